/* IAM policy documents: reading them strictly and evaluating them the way AWS does for one account.
 *
 * Used to check the download role before anything is written, and by the sandbox when a device asks. An explicit deny
 * wins; without an allow the answer is no. Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy
 * elements". Operators and keys that are not known are an error, never ignored. */
#ifndef SL_PUBLISHER_POLICY_H
#define SL_PUBLISHER_POLICY_H

#include "core/json.h"

/* Parse a policy document as IAM does: a Version of 2012-10-17 or 2008-10-17, Statement object or array, Effect, no
 * unknown members. trust: needs Principal and no Resource; otherwise the other way round. SL_E_INPUT with the reason in
 * words that follow "MalformedPolicyDocument". */
bool sl_policy_parse(struct sl_span text, bool trust, const char *name, json_t **ret, struct sl_err *err) SL_MUST_USE;

struct sl_policy_key {
    const char *name, *value; /* "aws:SourceAccount", "123456789012"; several with one name are a multi-valued key */
};

struct sl_policy_request {
    const char *principal_kind; /* "Service" or "AWS"; NULL for an identity policy */
    const char *principal;      /* "iot.amazonaws.com", or an ARN */
    const char *action;         /* "s3:GetObjectVersion" */
    const char *resource;       /* ARN; NULL for a trust policy */
    const struct sl_policy_key *keys;
    size_t n_keys;
};

enum sl_policy_effect { SL_POLICY_NONE, SL_POLICY_ALLOW, SL_POLICY_DENY };

struct sl_policy_answer {
    enum sl_policy_effect effect;
    size_t statement; /* index of the statement that decided, when effect is not NONE */
    char sid[128];    /* its Sid, "" when it has none */
    char
        why_not[240]; /* for NONE: the nearest statement and the part of it that did not match, "" when none was near */
};

/* Evaluate one parsed document. */
bool sl_policy_evaluate(const json_t *policy, const struct sl_policy_request *req, struct sl_policy_answer *ret,
                        struct sl_err *err) SL_MUST_USE;

/* Combine: deny wins over allow wins over none. */
void sl_policy_combine(struct sl_policy_answer *into, const struct sl_policy_answer *next);

#endif
