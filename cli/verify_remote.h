/* sealift verify --remote: what S3 and AWS IoT hold now against a receipt. The only part of verify with a network. */
#ifndef SL_CLI_VERIFY_REMOTE_H
#define SL_CLI_VERIFY_REMOTE_H

#include "cli/verify.h"

/* Check a receipt against AWS and, with keys, against the signed statement. */
bool sl_verify_remote(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_err *err) SL_MUST_USE;

#endif
