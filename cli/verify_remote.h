/* sealift verify --remote and --job: what S3 and AWS IoT hold now against what was signed. The only part of verify that
 * uses the network. */
#ifndef SL_CLI_VERIFY_REMOTE_H
#define SL_CLI_VERIFY_REMOTE_H

#include "cli/verify.h"
#include "publisher/audit.h"

/* Check the release that the argument (a receipt, a plan or a manifest) or --job names. Every finding is told; *status
 * says what they come to. False only when the checking itself failed. */
bool sl_verify_remote(struct sl_verifying *v, enum sl_exit *status, struct sl_err *err) SL_MUST_USE;

/* Add what the keys that were given say of the statement an audit read, and of the artifacts' signatures; and whether the
 * receipt is of the plan that was given (plan NULL: none). */
bool sl_verify_remote_signed(struct sl_verifying *v, json_t *receipt, const json_t *plan, const char *plan_digest,
                             struct sl_audit *a, struct sl_err *err) SL_MUST_USE;

#endif
