/* IAM policy documents: reading them strictly and evaluating them the way AWS does for one account.
 *
 * Used to check the download role before anything is written, and by the sandbox when a device asks. An explicit deny
 * wins; without an allow the answer is no. Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy
 * elements". Operators and keys that are not known are an error, never ignored. */
#ifndef SL_PUBLISHER_POLICY_H
#define SL_PUBLISHER_POLICY_H

#include "core/json.h"

/* What a policy is attached to decides which elements its statements have. */
enum sl_policy_kind {
    SL_POLICY_IDENTITY, /* a user or role: Resource, no Principal */
    SL_POLICY_TRUST,    /* a role's trust policy: Principal, no Resource */
    SL_POLICY_RESOURCE  /* a bucket or key: both */
};

/* Parse a policy document as AWS does: a Version of 2012-10-17 or 2008-10-17, Statement object or array, Effect, no
 * unknown members, the elements of its kind. SL_E_INPUT with the reason in words that follow
 * "MalformedPolicyDocument". */
bool sl_policy_parse(struct sl_span text, enum sl_policy_kind kind, const char *name, json_t **ret,
                     struct sl_err *err) SL_MUST_USE;

struct sl_policy_key {
    const char *name, *value; /* "aws:SourceAccount", "123456789012"; several with one name are a multi-valued key */
};

struct sl_policy_request {
    const char *principal_kind; /* "Service" or "AWS"; NULL for an identity policy */
    const char *principal;      /* "iot.amazonaws.com", or an ARN */
    const char *principal_role; /* for the ARN of a session, that of its role, which stands for it; NULL: none */
    const char *action;         /* "s3:GetObjectVersion" */
    const char *resource;       /* ARN; NULL for a trust policy */
    const struct sl_policy_key *keys;
    size_t n_keys;
};

enum sl_policy_effect { SL_POLICY_NONE, SL_POLICY_ALLOW, SL_POLICY_DENY };

/* The part of a statement that did not match. */
enum sl_policy_part {
    SL_POLICY_ALL_MATCH,
    SL_POLICY_PRINCIPAL,
    SL_POLICY_ACTION,
    SL_POLICY_WHERE,
    SL_POLICY_CONDITION
};

/* A statement that comes near an answer, for those who want to mend it. */
struct sl_policy_near {
    enum sl_policy_part part; /* the first that is in the way; SL_POLICY_ALL_MATCH: no statement was near */
    char operator_name[48];   /* of the condition in the way: "StringEquals" */
    char key[96];             /* "aws:SourceArn" */
    char asked[240];          /* the first value in the statement of what did not match */
};

struct sl_policy_answer {
    enum sl_policy_effect effect;
    size_t statement; /* index of the statement that decided, or for NONE came nearest */
    char sid[128];    /* its Sid, "" when it has none */
    bool by_account; /* its Principal names the account of the principal, and so leaves it to that account's policies */
    struct sl_policy_near near; /* for NONE */
    char why_not[240]; /* for NONE: the nearest statement and the part that did not match, "" when none was near */
};

/* Evaluate one parsed document. */
bool sl_policy_evaluate(const json_t *policy, const struct sl_policy_request *req, struct sl_policy_answer *ret,
                        struct sl_err *err) SL_MUST_USE;

/* Combine: deny wins over allow wins over none. */
void sl_policy_combine(struct sl_policy_answer *into, const struct sl_policy_answer *next);

#endif
