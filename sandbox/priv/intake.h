/* Where a call's body goes while it comes in, and what is known of it when it is complete. */
#ifndef SL_SANDBOX_PRIV_INTAKE_H
#define SL_SANDBOX_PRIV_INTAKE_H

#include "sandbox/priv/call.h"

/* Make c->body: a file for S3 objects, memory for all else, with a ceiling. Refuses lengths that are not stated or too
 * large. For S3 after the signature was verified. */
bool sl_intake_open(struct sl_call *c, struct sl_err *err) SL_MUST_USE;

/* Show the complete body in c->x. */
bool sl_intake_take(struct sl_call *c, struct sl_err *err) SL_MUST_USE;

#endif
