/* The kinds of things 'sealift verify' answers for, and a function for each. All ask nothing of the network. */
#ifndef SL_CLI_VERIFY_H
#define SL_CLI_VERIFY_H

#include "cli/verifying.h"

enum sl_verify_kind {
    SL_VERIFY_FILE = 0,  /* anything with a signature beside it */
    SL_VERIFY_STATEMENT, /* an envelope, alone or in a bundle */
    SL_VERIFY_TRUST,
    SL_VERIFY_RECEIPT,
    SL_VERIFY_PLAN /* as 'sealift plan -o' writes it */
};

/* What a file is by its name and content; what it holds goes to ret_text unless it is SL_VERIFY_FILE. */
bool sl_verify_kind(const char *path, struct sl_buf *ret_text, enum sl_verify_kind *ret,
                    struct sl_err *err) SL_MUST_USE;

/* A statement by its signers; and, of a bundle, each artifact's signature that needs no file to be checked. */
bool sl_verify_statement(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_err *err) SL_MUST_USE;

/* Every argument by the statement at path: a file must be one of its artifacts, and is checked by its signature in the
 * bundle too; a receipt must be about what the statement names. */
bool sl_verify_by_statement(struct sl_verifying *v, const char *path, struct sl_err *err) SL_MUST_USE;

/* A verified statement, the bundle it stands in, and the bytes of that. */
struct sl_verify_stated {
    const struct sl_bundle *bundle;
    const struct sl_statement *statement;
    struct sl_span bytes;
};

/* Is this receipt about the release, the plan and the artifacts of a verified statement, and are its bytes what it calls
 * its statement? Adds the answer. */
bool sl_verify_receipt_by(struct sl_verifying *v, const char *path, struct sl_span text,
                          const struct sl_verify_stated *stated, struct sl_err *err) SL_MUST_USE;

/* A receipt alone: nobody signed it, so this says what to give. SL_E_USAGE. */
bool sl_verify_receipt(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_err *err) SL_MUST_USE;

/* A trust file by its own threshold and, with --trust, by that of the version before. */
bool sl_verify_trust(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_err *err) SL_MUST_USE;

/* By --plan: load the plan, and the public halves of the keys it names, those of the statement first. */
bool sl_verify_plan_keys(struct sl_verifying *v, const char *path, struct sl_err *err) SL_MUST_USE;

/* Check an envelope by signing.statement of the plan; is the statement about this very plan? and is this the key that the
 * plan names for an artifact? SL_E_VERIFY. */
bool sl_verify_plan_statement(struct sl_verifying *v, const json_t *envelope, struct sl_buf *ret,
                              struct sl_err *err) SL_MUST_USE;
bool sl_verify_plan_is(const struct sl_verifying *v, const struct sl_statement *s, struct sl_err *err) SL_MUST_USE;
bool sl_verify_plan_key(const struct sl_verifying *v, const char *artifact, const char *keyid,
                        struct sl_verifying_signer *ret, struct sl_err *err) SL_MUST_USE;

/* Is a receipt about the release that a statement is about, and about all of it? SL_E_VERIFY says what differs. */
bool sl_verify_same_release(const struct sl_statement *s, json_t *receipt, struct sl_err *err) SL_MUST_USE;

/* What every answer about a release says for programs. */
bool sl_verify_release(const struct sl_verifying *v, const struct sl_statement *s, json_t *to,
                       struct sl_err *err) SL_MUST_USE;

/* One artifact's signature in a bundle, checked with its file (path, and digests of what the bundle needs) or, where
 * SHA-256 is what was signed, with the digest of the signed statement alone (path NULL). */
struct sl_verify_artifact {
    const char *name, *path;
    const struct sl_digests *digests;
};
/* *ret_how: "good, ..." or why it was not checked, in a buffer for people; to gets {"algorithm", "checked", "keyid"}. */
bool sl_verify_artifact(const struct sl_verifying *v, const struct sl_bundle *b, const struct sl_verify_artifact *a,
                        struct sl_buf *ret_how, json_t *to, struct sl_err *err) SL_MUST_USE;

#endif
