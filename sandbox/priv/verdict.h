/* Whether one request is allowed, by every policy that has a say in it.
 *
 * The root identity may do what no policy of the resource denies. A user or a session of a role may do what its identity's
 * policies allow and its permissions boundary too, or what the policy of the resource grants to it by name; a deny
 * anywhere wins. Where a policy of a resource leaves the matter to an account, the identity's policies decide. Source:
 * IAM user guide, "Policy evaluation logic". A policy that cannot be evaluated is taken as a denial, and the log says
 * why. All of these run inside the caller's transaction. */
#ifndef SL_SANDBOX_PRIV_VERDICT_H
#define SL_SANDBOX_PRIV_VERDICT_H

#include "publisher/policy.h"
#include "sandbox/priv/exchange.h"

#define SL_VERDICT_MAX_KEYS 96

/* What a request's conditions may ask about. Strings are borrowed; those of its own stand in the buffers. */
struct sl_verdict_context {
    struct sl_policy_key keys[SL_VERDICT_MAX_KEYS];
    size_t n;
    char now[24], epoch[24];
};
void sl_verdict_context_add(struct sl_verdict_context *c, const char *name,
                            const char *value); /* value NULL: nothing */

/* The keys any request has: time, transport, Region; and those of the caller. */
void sl_verdict_context_fill(struct sl_verdict_context *c, const struct sl_exchange *x);
bool sl_verdict_context_caller(struct sl_verdict_context *c, struct sl_exchange *x, struct sl_err *err) SL_MUST_USE;

struct sl_verdict_ask {
    const char *action, *resource;
    const struct sl_policy_key *keys; /* of this one call: "iam:PassedToService" */
    size_t n_keys;
    const char *policy; /* text of the resource's own policy, NULL for none */
    const char *policy_name;
    enum sl_policy_kind policy_kind;
    bool must_allow; /* without an allow there the answer is no: trust policies */
    bool is_silent;  /* note nothing: it is only a part of the answer */
};
struct sl_verdict {
    bool allowed;
    bool denied;      /* by a statement, not for want of one */
    char because[96]; /* when not allowed, in AWS's words: "because no identity-based policy allows it" */
};

/* May the caller of x do it? What is in the way is noted in the log. */
bool sl_verdict_reach(struct sl_exchange *x, const struct sl_verdict_ask *ask, struct sl_verdict *ret,
                      struct sl_err *err) SL_MUST_USE;

/* What the policies of an identity say ("role" or "user", and its name), and its permissions boundary, which allows
 * everything when there is none. */
bool sl_verdict_identity(struct sl_exchange *x, const char *kind, const char *owner,
                         const struct sl_policy_request *req, struct sl_policy_answer *ret,
                         struct sl_err *err) SL_MUST_USE;
bool sl_verdict_boundary(struct sl_exchange *x, const char *kind, const char *owner,
                         const struct sl_policy_request *req, struct sl_policy_answer *ret,
                         struct sl_err *err) SL_MUST_USE;

/* What one document says, added to what others said. */
bool sl_verdict_document(struct sl_exchange *x, const char *name, const char *text, enum sl_policy_kind kind,
                         const struct sl_policy_request *req, struct sl_policy_answer *ret,
                         struct sl_err *err) SL_MUST_USE;

#endif
