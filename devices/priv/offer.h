/* The release a job document offers: its signed statement, and whether this device takes it at all. */
#ifndef SL_DEVICES_PRIV_OFFER_H
#define SL_DEVICES_PRIV_OFFER_H

#include "devices/priv/verdict.h"
#include "signer/statement.h"

/* Check a document in this order: operation, statement and its signatures, hardware, version. *ret is the statement,
 * ended by sl_statement_clear. False with a verdict, or with err for trouble of our own. */
bool sl_offer_judge(const struct sl_device_options *options, const json_t *document, struct sl_statement *ret,
                    struct sl_verdict *v, struct sl_err *err) SL_MUST_USE;

/* Is a file with this digest part of the release? */
bool sl_offer_has(const struct sl_statement *s, const uint8_t sha256[SL_SHA256_BYTES]);

#endif
