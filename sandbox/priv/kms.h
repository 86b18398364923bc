/* KMS: keys that never leave, and what they sign.
 *
 * kms.c has the cryptography and nothing else of the service; kms_api.c finds the operation, opens the transaction, looks
 * the key up and asks for permission; then one of the operations below runs. */
#ifndef SL_SANDBOX_PRIV_KMS_H
#define SL_SANDBOX_PRIV_KMS_H

#include "core/secret.h"
#include "sandbox/priv/exchange.h"
#include "sandbox/priv/shape.h"

/* A kind of key there is here. algorithms: those it signs with, NULL for a symmetric key. */
struct sl_kms_spec {
    const char *name;
    const char *const *algorithms; /* ends with NULL */
    bool may_encrypt;              /* KeyUsage ENCRYPT_DECRYPT is possible */
};
const struct sl_kms_spec *sl_kms_spec(const char *name); /* NULL when there is none of that name */

/* A new key pair: the private half as PKCS #8 DER, the public half as SubjectPublicKeyInfo DER. */
bool sl_kms_make(const struct sl_kms_spec *spec, struct sl_secret *ret_private, struct sl_buf *ret_public,
                 struct sl_err *err) SL_MUST_USE;

/* What an operation signs: a digest of the right length, or the message itself. */
struct sl_kms_message {
    const char *algorithm; /* one of the key's */
    bool is_digest;
    struct sl_span bytes;
};

/* Bytes a digest for this algorithm has. */
size_t sl_kms_digest_bytes(const char *algorithm);

bool sl_kms_sign(const struct sl_secret *private_key, const struct sl_kms_message *what, struct sl_buf *ret,
                 struct sl_err *err) SL_MUST_USE;
bool sl_kms_verify(struct sl_span public_key, const struct sl_kms_message *what, struct sl_span signature,
                   bool *ret_good, struct sl_err *err) SL_MUST_USE;

/* A key's row. Strings live in the exchange's arena. */
struct sl_kms_key {
    const char *id, *arn, *usage, *state;          /* "Enabled", "Disabled", "PendingDeletion" */
    const char *description, *policy, *public_key; /* in base64, "" for a symmetric key */
    const char *alias;                             /* that it was asked for by, "" when it was its id */
    const struct sl_kms_spec *spec;
    int64_t created_utc, deletion_utc;
};

struct sl_kms_call {
    struct sl_exchange *x;
    json_t *body, *out;
    struct sl_kms_key key; /* of operations on one */
};

/* "arn:aws:kms:eu-west-1:123456789012:key/..." of "key/..." or "alias/...". */
const char *sl_kms_api_arn(struct sl_exchange *x, const char *name, struct sl_err *err) SL_MUST_USE;

/* CustomerMasterKeySpec, the old name of KeySpec, which knows only the old specs. */
bool sl_kms_api_old_spec(json_t *reply, const struct sl_kms_spec *spec, struct sl_err *err) SL_MUST_USE;

/* The key a KeyId names; aliases only where they may stand. A refusal with NotFoundException. */
bool sl_kms_api_find(struct sl_exchange *x, const char *key_id, bool aliases, struct sl_kms_key *ret,
                     struct sl_err *err) SL_MUST_USE;

/* Is the key in a state to be used? Refusals with DisabledException and KMSInvalidStateException. */
bool sl_kms_api_usable(const struct sl_kms_key *key, struct sl_err *err) SL_MUST_USE;

/* Limit and Marker; then NextMarker and Truncated. */
bool sl_kms_api_page(const struct sl_kms_call *c, int64_t usual, int64_t *ret_limit, int64_t *ret_after,
                     struct sl_err *err) SL_MUST_USE;
bool sl_kms_api_page_end(struct sl_kms_call *c, bool more, int64_t last_row, struct sl_err *err) SL_MUST_USE;

/* May the caller do action ("kms:Sign") with the key? The key policy decides, and where it names the account, IAM does;
 * an explicit denial wins. A refusal with AccessDeniedException. */
bool sl_kms_policy_require(struct sl_exchange *x, const struct sl_kms_key *key, const char *action,
                           struct sl_err *err) SL_MUST_USE;

/* The same for a session of a role, without a refusal: for S3, which decrypts on the caller's behalf. */
bool sl_kms_policy_allows(struct sl_exchange *x, const struct sl_kms_key *key, const char *action, bool *ret,
                          struct sl_err *err) SL_MUST_USE;

/* A key policy as KMS takes it. A refusal with MalformedPolicyDocumentException. */
bool sl_kms_policy_check(struct sl_kms_call *c, const char *text, struct sl_err *err) SL_MUST_USE;
const char *sl_kms_policy_usual(struct sl_exchange *x, struct sl_err *err) SL_MUST_USE;

/* Make a key; id NULL: a random one. For CreateKey and for preparing a sandbox. */
struct sl_kms_wish {
    const char *id, *spec, *usage, *description, *policy;
};
bool sl_kms_key_make(struct sl_exchange *x, const struct sl_kms_wish *wish, struct sl_kms_key *ret,
                     struct sl_err *err) SL_MUST_USE;

/* Operations. */
bool sl_kms_key_create(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_key_describe(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_key_list(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_key_enable(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_key_disable(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_key_schedule(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_key_cancel(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_use_public(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_use_sign(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_use_verify(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_alias_create(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_alias_update(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_alias_delete(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_alias_list(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_policy_get(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;
bool sl_kms_policy_put(struct sl_kms_call *c, struct sl_err *err) SL_MUST_USE;

extern const struct sl_shape sl_kms_shape_create_key, sl_kms_shape_describe, sl_kms_shape_key, sl_kms_shape_sign,
    sl_kms_shape_verify, sl_kms_shape_schedule, sl_kms_shape_list, sl_kms_shape_list_aliases, sl_kms_shape_alias,
    sl_kms_shape_delete_alias, sl_kms_shape_get_policy, sl_kms_shape_put_policy;

#endif
