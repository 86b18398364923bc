/* Writing DER (X.690): a tag, the shortest length, the content. */
#ifndef SL_SIGNER_PRIV_DER_H
#define SL_SIGNER_PRIV_DER_H

#include "core/buf.h"

bool sl_der_add(struct sl_buf *to, unsigned tag, struct sl_span content, struct sl_err *err) SL_MUST_USE;

#endif
