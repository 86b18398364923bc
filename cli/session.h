/* A connection to AWS as the command line and the environment describe it: credentials, endpoints, Region. */
#ifndef SL_CLI_SESSION_H
#define SL_CLI_SESSION_H

#include "cli/verb.h"
#include "publisher/identity.h"

/* Open the wire for a Region. SL_E_DENIED when there are no credentials. */
bool sl_session_open(struct sl_context *c, const char *region, struct sl_wire **ret, struct sl_err *err) SL_MUST_USE;

/* The two halves of that, for who wants to look at the identity: read what is configured, and open with it. The wire takes
 * the identity over when that succeeds; otherwise it remains the caller's, with its trace. */
bool sl_session_identity(struct sl_context *c, const char *region, struct sl_identity **ret,
                         struct sl_err *err) SL_MUST_USE;
bool sl_session_open_as(struct sl_context *c, const char *region, struct sl_identity *id, struct sl_wire **ret,
                        struct sl_err *err) SL_MUST_USE;

/* The same, opened once and shared: borrowed from the context. Every request over it names its Region. */
bool sl_session_wire(struct sl_context *c, const char *region, struct sl_wire **ret, struct sl_err *err) SL_MUST_USE;

/* The Region that --region, AWS_REGION or AWS_DEFAULT_REGION gives, NULL when none does. */
const char *sl_session_region(const struct sl_context *c);

/* The same, else the profile's; for verbs that have no manifest. SL_E_INPUT when there is none. */
bool sl_session_region_required(const struct sl_context *c, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* The Region for a key of AWS KMS that is named without a manifest: the key's own when it is an ARN ("" then), else as
 * above. */
bool sl_session_region_of_key(const struct sl_context *c, const char *uri, struct sl_buf *ret,
                              struct sl_err *err) SL_MUST_USE;

#endif
