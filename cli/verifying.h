/* One run of 'sealift verify': the public keys it was given, who signed and which rule decided, and an answer for each
 * thing that was good. */
#ifndef SL_CLI_VERIFYING_H
#define SL_CLI_VERIFYING_H

#include "cli/plan_file.h"
#include "cli/verb.h"
#include "keys/pubkey.h"
#include "signer/bundle.h"
#include "signer/statement.h"
#include "signer/trust.h"

#define SL_VERIFYING_MAX_BYTES ((size_t)4 << 20) /* of a statement or receipt */

/* Somebody whose signature was good and counts. algorithm is SL_ALG_NONE where the format hides it (CMS). */
struct sl_verifying_signer {
    const struct sl_pubkey *key;
    const char *name; /* as the trust file, the manifest or the command line has it */
    enum sl_algorithm algorithm;
};

struct sl_verifying {
    struct sl_context *c;
    struct sl_pubkey *keys; /* of --key, once they are loaded */
    const char **names;     /* of those */
    size_t n_keys;
    struct sl_plan_file plan; /* of --plan; value NULL when it was not given */
    size_t n_statement_keys;  /* with a plan: the first so many keys are the statement's, the others the artifacts' */
    struct sl_trust trust;    /* of --trust, once it is loaded and found to count */
    bool has_trust;
    int64_t now_utc;
    struct sl_pubkey found;   /* of a certificate */
    struct sl_buf found_name; /* its subject */
    struct sl_verifying_signer signers[SL_TRUST_KEYS_MAX];
    size_t n_signers;
    size_t threshold, of; /* so many must sign, of so many that may */
    struct sl_buf rule;   /* the rule that decided */
    struct sl_buf by;     /* who signed, in a line for people */
    json_t *answers;      /* array */
};
void sl_verifying_clear(struct sl_verifying *v);

/* True when there is something to check signatures with. */
bool sl_verifying_has_keys(const struct sl_verifying *v);

/* Load the keys of --key or of --plan, or the trust file of --trust; there must be one of them. */
bool sl_verifying_keys(struct sl_verifying *v, struct sl_err *err) SL_MUST_USE;

/* Check the signature of a file, by the one key given or by those that may sign artifacts. */
bool sl_verifying_file(struct sl_verifying *v, const char *path, struct sl_span signature,
                       enum sl_algorithm *ret_algorithm, struct sl_err *err) SL_MUST_USE;

/* The same in a format other than raw (signer/format.h). */
bool sl_verifying_format(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_buf *ret_trusted,
                         struct sl_err *err) SL_MUST_USE;

/* Load the keys and check a statement that every one of them signed, for who names two keys means two; or, by a trust
 * file, as many as it asks for. A bundle must be bound to its statement (sl_bundle_bound). */
bool sl_verifying_statement(struct sl_verifying *v, const struct sl_bundle *b, struct sl_statement *ret,
                            struct sl_err *err) SL_MUST_USE;

/* The key that may have made an artifact's signature: among those that may sign artifacts, or those given. *ret is NULL
 * when it was not given, which is no fault. SL_E_VERIFY says why a trust file or a plan does not let it sign. */
bool sl_verifying_artifact_key(const struct sl_verifying *v, const char *artifact, const char *keyid,
                               struct sl_verifying_signer *ret, struct sl_err *err) SL_MUST_USE;

/* Note somebody whose signature was good; and the threshold and rule that decided. */
void sl_verifying_signed(struct sl_verifying *v, const struct sl_pubkey *key, const char *name,
                         enum sl_algorithm algorithm);
bool sl_verifying_rule(struct sl_verifying *v, size_t threshold, size_t of, struct sl_err *err, const char *fmt, ...)
    SL_PRINTF(5, 6) SL_MUST_USE;

/* Say what was good, as what, and by what. details: further members of the answer for programs, borrowed. */
bool sl_verifying_good(struct sl_verifying *v, const char *const what[3], const json_t *details,
                       struct sl_err *err) SL_MUST_USE;

/* Say who signed, how many had to, and by which rule, for people; sl_verifying_good tells programs. */
void sl_verifying_decided(struct sl_verifying *v);

/* Members of such details: a text; the keyids of who signed, what decided, and the trust file when there is one. */
bool sl_verifying_text(json_t *to, const char *key, const char *text, struct sl_err *err) SL_MUST_USE;
bool sl_verifying_keyids(const struct sl_verifying *v, json_t *to, struct sl_err *err) SL_MUST_USE;

#endif
