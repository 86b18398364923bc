/* Judging: what policies say to a request of which only a part is known.
 *
 * A policy is asked three times: with what is known, in the hope that every condition on what only a device's own request
 * has turns out well, and in the fear that none does. Where hope and fear differ the outcome is undecided, and so is it
 * where a policy cannot be read. */
#ifndef SL_PUBLISHER_PRIV_JUDGE_H
#define SL_PUBLISHER_PRIV_JUDGE_H

#include "publisher/policy.h"
#include "publisher/role.h"

struct sl_judged {
    struct sl_policy_answer answer;  /* with what is known of the request */
    struct sl_policy_answer hopeful; /* if every condition on what only a device's request has were in our favor */
    struct sl_policy_answer fearful; /* if every such condition were against us */
    const char *undecided;           /* why these differ, NULL when they do not */
    const char *policy;              /* the name of the policy the answer is from, NULL: none had one */
    bool boundary;                   /* and it is the permissions boundary */
    bool unread;                     /* the policy could not be read or judged at all */
};

/* Ask one policy, given as JSON text; name borrowed. One that cannot be read or judged leaves it undecided. */
bool sl_judge_policy(const char *text, enum sl_policy_kind kind, const char *name, const struct sl_policy_request *req,
                     struct sl_judged *ret, struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* Ask all of a role's policies together, and its boundary, which must allow as well. */
bool sl_judge_role(const struct sl_role *role, const struct sl_policy_request *req, struct sl_judged *ret,
                   struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

enum sl_verdict sl_judge_verdict(const struct sl_judged *j);

/* Fill reason, fault, policy, statement and sid of a finding from what was judged. action and resource are those asked
 * for; resource may be NULL. */
bool sl_judge_explain(const struct sl_judged *j, const struct sl_policy_request *req, struct sl_finding *f,
                      struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* What is wrong with an answer that is no Allow; a string literal. */
const char *sl_mend_fault(const struct sl_judged *j, const struct sl_policy_request *req);

/* The statement an answer is from, as "statement 2 ('Sid') of policy 'name'". */
const char *sl_mend_statement(const struct sl_judged *j, struct sl_arena *arena, struct sl_err *err);

/* The smallest change that would make the answer an Allow. wanted: what Resource or the condition should say; otherwise:
 * what to do where no statement is near enough to be changed. */
const char *sl_mend_remedy(const struct sl_judged *j, const struct sl_policy_request *req, const char *wanted,
                           const char *otherwise, struct sl_arena *arena, struct sl_err *err);

#endif
