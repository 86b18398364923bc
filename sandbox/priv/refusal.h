/* A refusal on its way up: a failure that is a reply to the client, not trouble of our own.
 *
 * Inside a service, functions return false for both. A refusal carries the HTTP status and AWS's error code in the
 * error; the service's outermost function turns it into the reply and forgets what the transaction did. */
#ifndef SL_SANDBOX_PRIV_REFUSAL_H
#define SL_SANDBOX_PRIV_REFUSAL_H

#include "sandbox/priv/exchange.h"

/* Record a refusal and return false. Does nothing but return false when err already holds a failure. */
bool sl_refusal_make(struct sl_err *err, int status, const char *code, const char *fmt, ...) SL_PRINTF(4, 5);

/* Close a service's transaction: commit when done is true and the reply is no refusal, otherwise roll back. A refusal in
 * err becomes the reply and err is emptied; any other failure is handed on. */
bool sl_refusal_settle(struct sl_exchange *x, bool done, struct sl_err *err) SL_MUST_USE;

/* One line in the sandbox's log, for what a client cannot see: why a role would not work, what AWS leaves open. Never a
 * secret. */
void sl_refusal_note(const struct sl_exchange *x, const char *fmt, ...) SL_PRINTF(2, 3);

#endif
