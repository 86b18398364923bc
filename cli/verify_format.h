/* sealift verify of a file whose signature is in a format of another program. */
#ifndef SL_CLI_VERIFY_FORMAT_H
#define SL_CLI_VERIFY_FORMAT_H

#include "cli/verifying.h"

/* text is what the signature file at path holds, of a format other than raw (signer/format.h), or of any with --ca;
 * v holds the keys. */
bool sl_verify_format(struct sl_verifying *v, const char *file, const char *path, struct sl_span text,
                      struct sl_err *err) SL_MUST_USE;

#endif
