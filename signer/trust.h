/* Trust: whose signatures count. Public keys by name, the roles they hold with a threshold each, and an expiry; signed
 * itself, so that it changes only by the hands it names.
 *
 * The file is a DSSE envelope (DSSE v1.0) of payloadType application/vnd.sealift.trust+json. The payload is canonical
 * JSON: {"expires", "keys": {keyid: {"name", "publicKey", "expires"?, "revoked"?: {"at", "reason"}}}, "previous"?,
 * "roles": {role: {"keys": [keyid ...], "threshold"}}, "version"}. publicKey is base64 of the SubjectPublicKeyInfo. A
 * later version names the digest of the one before, and is accepted only when the threshold of the old and of the new
 * role "trust" signed it, as roots are in The Update Framework (specification, section 5.3). */
#ifndef SL_SIGNER_TRUST_H
#define SL_SIGNER_TRUST_H

#include "core/arena.h"
#include "core/json.h"
#include "signer/sigfile.h"

#define SL_TRUST_PAYLOAD_TYPE "application/vnd.sealift.trust+json"
#define SL_TRUST_MAX_BYTES    ((size_t)1 << 20)
#define SL_TRUST_KEYS_MAX     64u

/* Who may change the trust file, sign release statements, sign artifacts. */
enum sl_trust_role { SL_TRUST_CHANGES, SL_TRUST_STATEMENTS, SL_TRUST_ARTIFACTS, SL_TRUST_ROLES };

/* "trust", "statement", "artifacts"; and back, SL_TRUST_ROLES when there is none of that name. */
const char *sl_trust_role_name(enum sl_trust_role role);
enum sl_trust_role sl_trust_role_from_name(const char *name);

struct sl_trust_key {
    const char *name;
    const char *expires; /* "2027-11-23T00:00:00Z", "" when it does not of itself */
    int64_t expires_utc; /* INT64_MAX then */
    const char *revoked; /* since when, "" when it is not */
    const char *reason;  /* of the revocation */
};

struct sl_trust_rule {
    size_t keys[SL_TRUST_KEYS_MAX]; /* indexes into keys, in the order of their names */
    size_t n, threshold;
};

struct sl_trust {
    struct sl_arena arena;
    json_t *envelope, *content;
    struct sl_buf payload;                /* canonical bytes */
    char digest[2 * SL_SHA256_BYTES + 1]; /* lower-case hex SHA-256 of payload: what the next version names */
    uint64_t version;
    const char *expires, *previous; /* previous: "" in version 1 */
    int64_t expires_utc;
    struct sl_trust_key *keys; /* by name */
    struct sl_pubkey *pubs;    /* the same order */
    size_t n_keys;
    struct sl_trust_rule rules[SL_TRUST_ROLES];
};
void sl_trust_clear(struct sl_trust *t);

/* Read a trust file; name stands for it in errors. It is whole and consistent, but nobody's signature is looked at:
 * sl_trust_check does that. SL_E_INPUT says what was expected. */
bool sl_trust_read(struct sl_span text, const char *name, struct sl_trust *ret, struct sl_err *err) SL_MUST_USE;
bool sl_trust_load(const char *path, struct sl_trust *ret, struct sl_err *err) SL_MUST_USE;

/* Who signed, counted for one role at one moment. */
struct sl_trust_count {
    size_t good, threshold;
    bool signers[SL_TRUST_KEYS_MAX]; /* those that count */
    struct sl_buf signed_by;         /* for people: "alice, bob" */
    struct sl_buf missing;           /* who could still sign */
    struct sl_buf void_;             /* who signed in vain, and why */
};
void sl_trust_count_clear(struct sl_trust_count *c);

/* Count the signatures under another version's envelope, or its own, by the role "trust" of t. SL_E_VERIFY when a
 * signature by one of t's keys does not verify. */
bool sl_trust_count(const struct sl_trust *t, const struct sl_trust *signed_one, int64_t now_utc,
                    struct sl_trust_count *ret, struct sl_err *err) SL_MUST_USE;

/* In force now: signed by its own threshold, and not expired. SL_E_VERIFY with who is missing, or since when. */
bool sl_trust_check(const struct sl_trust *t, int64_t now_utc, struct sl_err *err) SL_MUST_USE;

/* The successor of previous: the next version, naming its digest, signed by the thresholds of both. An expired previous
 * may still be followed. SL_E_VERIFY; SL_E_CONFLICT when versions or digests do not follow each other. */
bool sl_trust_follows(const struct sl_trust *t, const struct sl_trust *previous, int64_t now_utc,
                      struct sl_err *err) SL_MUST_USE;

/* Check the envelope of a release statement by the role "statement". The verified payload goes to ret_payload, who
 * signed to ret. SL_E_VERIFY says who did, who could, and which signature counts for nothing, such as that of a key
 * revoked or expired. */
bool sl_trust_statement(const struct sl_trust *t, const json_t *envelope, int64_t now_utc, struct sl_buf *ret_payload,
                        struct sl_trust_count *ret, struct sl_err *err) SL_MUST_USE;

/* What has been signed, or adopted, by the same rules: the statement, and each artifact by a key that may sign them. */
struct sl_signed;
bool sl_trust_signed(const struct sl_trust *t, const struct sl_signed *s, int64_t now_utc,
                     struct sl_err *err) SL_MUST_USE;

/* May this key sign in that role now? SL_E_VERIFY says why not; name is what the manifest calls the key. */
bool sl_trust_may_sign(const struct sl_trust *t, enum sl_trust_role role, const char *keyid, const char *name,
                       int64_t now_utc, struct sl_err *err) SL_MUST_USE;

/* The i-th key that may sign artifacts now, NULL past the end. */
const struct sl_pubkey *sl_trust_artifact_key(const struct sl_trust *t, size_t i, int64_t now_utc,
                                              const char **ret_name);

/* ---- making and changing ---- */

/* The content of a first version without keys, and of the version after t. New references. */
bool sl_trust_draft_new(json_t **ret, struct sl_err *err) SL_MUST_USE;
bool sl_trust_draft_next(const struct sl_trust *t, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* Changes to a draft. Names are [a-z0-9][a-z0-9-]*, at most 64 characters. A key that is removed or revoked leaves its
 * roles. expires is a date or a time in UTC. */
bool sl_trust_draft_add(json_t *draft, const char *name, const struct sl_pubkey *pub, struct sl_err *err) SL_MUST_USE;
bool sl_trust_draft_remove(json_t *draft, const char *name, struct sl_err *err) SL_MUST_USE;
bool sl_trust_draft_revoke(json_t *draft, const char *name, int64_t at_utc, const char *reason,
                           struct sl_err *err) SL_MUST_USE;
bool sl_trust_draft_expires(json_t *draft, const char *name_or_null, const char *expires,
                            struct sl_err *err) SL_MUST_USE;
/* "2:alice,bob,carol", or "2" for the names it has already. */
bool sl_trust_draft_role(json_t *draft, enum sl_trust_role role, const char *signers, struct sl_err *err) SL_MUST_USE;

/* The file of a draft, not signed yet; refused where sl_trust_read would refuse it. */
bool sl_trust_draft_finish(const json_t *draft, const char *name, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Sign: the file with one more signature; the algorithm is the key's own. The key must stand in the role "trust" of t or of previous (may be NULL), and
 * must not have signed it already. */
bool sl_trust_sign(const struct sl_trust *t, const struct sl_trust *previous, struct sl_signer *signer,
                   const struct sl_sign_with *with, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

#endif
