/* One run of 'sealift verify': the public keys it was given, and an answer for each thing that was good. */
#ifndef SL_CLI_VERIFYING_H
#define SL_CLI_VERIFYING_H

#include "cli/verb.h"
#include "keys/pubkey.h"
#include "signer/statement.h"
#include "signer/trust.h"

#define SL_VERIFYING_MAX_BYTES ((size_t)4 << 20) /* of a statement or receipt */

struct sl_verifying {
    struct sl_context *c;
    struct sl_pubkey *keys; /* of --key, once they are loaded */
    size_t n_keys;
    struct sl_trust trust; /* of --trust, once it is loaded and found to count */
    bool has_trust;
    int64_t now_utc;
    const struct sl_pubkey *signers[SL_TRUST_KEYS_MAX]; /* whose signatures were good and count */
    size_t n_signers;
    struct sl_buf by; /* the same for people, and the rule that decided */
    json_t *answers;  /* array */
};
void sl_verifying_clear(struct sl_verifying *v);

/* True when there is something to check signatures with. */
bool sl_verifying_has_keys(const struct sl_verifying *v);

/* Load the keys of --key, or the trust file of --trust; there must be one of the two. */
bool sl_verifying_keys(struct sl_verifying *v, struct sl_err *err) SL_MUST_USE;

/* Check the signature of a file, by the one key given or by those that may sign artifacts. */
bool sl_verifying_file(struct sl_verifying *v, const char *path, struct sl_span signature,
                       enum sl_algorithm *ret_algorithm, struct sl_err *err) SL_MUST_USE;

/* The same in a format other than raw (signer/format.h). */
bool sl_verifying_format(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_buf *ret_trusted,
                         struct sl_err *err) SL_MUST_USE;

/* Load the keys and read a statement (an envelope, or the bundle it stands in) that every one of them signed, for who
 * names two keys means two; or, by a trust file, as many as it asks for. */
bool sl_verifying_statement(struct sl_verifying *v, struct sl_span text, const char *name, struct sl_statement *ret,
                            struct sl_err *err) SL_MUST_USE;

/* Say what was good, as what, and by what. details: further members of the answer for programs, borrowed. */
bool sl_verifying_good(struct sl_verifying *v, const char *const what[3], const json_t *details,
                       struct sl_err *err) SL_MUST_USE;

/* Members of such details: a text; the keyids of who signed, and the trust file when there is one. */
bool sl_verifying_text(json_t *to, const char *key, const char *text, struct sl_err *err) SL_MUST_USE;
bool sl_verifying_keyids(const struct sl_verifying *v, json_t *to, struct sl_err *err) SL_MUST_USE;

/* Check a receipt against AWS and, with --key, against the signed statement (verify_receipt.c). */
bool sl_verify_receipt(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_err *err) SL_MUST_USE;

#endif
