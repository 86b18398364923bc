/* The ceremony: people sign a release where their keys are, on machines without a network.
 *
 * A request holds the plan itself, the public keys of those who sign, the trust file the plan names, and the digest of the
 * transcript of the ceremony before, so that none can be dropped from history. What else it says follows from those, and is
 * compared when it is read. Each signer answers with a response, which signs the statement, the artifacts that wait for that
 * key, and the request. Enough responses make a transcript, and from it comes the signed statement.
 *
 * All of them are canonical JSON (RFC 8785) without anything around it, so that the SHA-256 of the file is the digest that
 * is spoken of. Nothing in them depends on the clock, the machine, or the order in which responses arrive. */
#ifndef SL_SIGNER_CEREMONY_H
#define SL_SIGNER_CEREMONY_H

#include "signer/sigfile.h"
#include "signer/statement.h"
#include "signer/trust.h"

#define SL_CEREMONY_REQUEST_TYPE    "application/vnd.sealift.ceremony-request+json;version=1"
#define SL_CEREMONY_RESPONSE_TYPE   "application/vnd.sealift.ceremony-response+json"
#define SL_CEREMONY_TRANSCRIPT_TYPE "application/vnd.sealift.ceremony-transcript+json;version=1"
#define SL_CEREMONY_MAX_BYTES       ((size_t)16 << 20)

struct sl_ceremony_signer {
    const char *name;
    struct sl_pubkey pub;
    enum sl_algorithm algorithm; /* of the statement and of the response */
    bool statement;              /* may sign it; otherwise artifacts only */
    size_t n_artifacts;          /* that wait for this key */
};

/* A request, read. */
struct sl_ceremony {
    struct sl_arena arena;
    json_t *value;
    char digest[2 * SL_SHA256_BYTES + 1]; /* lower-case hex SHA-256 of the request */
    uint64_t number;                      /* 1 for the first */
    const char *previous;                 /* digest of the transcript before, "" for the first */
    bool rehearsal;                       /* its statement is for nobody */
    struct sl_plan plan; /* what a plan file says: release, artifacts, keys, digest; no manifest behind it */
    struct sl_ceremony_signer *signers; /* by name */
    size_t n, threshold;
    struct sl_trust trust; /* when has_trust: the file the plan names */
    bool has_trust;
};
void sl_ceremony_clear(struct sl_ceremony *c);

struct sl_ceremony_transcript;

/* What a request is made of. The plan is that of a plan file, canonical. Who signs: every key of the statement, and every
 * external: key of an artifact. */
struct sl_ceremony_ask {
    json_t *plan;
    const struct sl_ceremony_key {
        const char *name;
        const struct sl_pubkey *pub;
    } * keys;
    size_t n;
    struct sl_span trust;                          /* the file's bytes; empty when the plan names none */
    const struct sl_ceremony_transcript *previous; /* NULL: this is the first */
    bool rehearsal;
};

/* The names of those who sign a plan, one after the other; NULL past the end. *ret_uri is what the plan calls the key. The
 * text is borrowed from the plan. */
const char *sl_ceremony_who(const json_t *plan, size_t i, const char **ret_uri);

bool sl_ceremony_make(const struct sl_ceremony_ask *ask, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Read a request and compare everything in it with what follows from its plan, keys and trust file. name stands for it in
 * messages. SL_E_INPUT when it is none, SL_E_VERIFY with what was changed. */
bool sl_ceremony_read(struct sl_span text, const char *name, struct sl_ceremony *ret, struct sl_err *err) SL_MUST_USE;

/* Which of the signers holds this key; n when none does. */
size_t sl_ceremony_find(const struct sl_ceremony *c, const char *keyid);

/* A response: what the key of with signs. SL_E_VERIFY when it belongs to none of the signers. */
bool sl_ceremony_response_make(const struct sl_ceremony *c, struct sl_signer *signer, const struct sl_sign_with *with,
                               struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* A response, read: signed by one of the signers, to this request, with every signature it owes and no other. */
struct sl_ceremony_response {
    size_t by; /* of signers */
    json_t *envelope;
    struct sl_buf statement; /* the signature; empty for who signs artifacts only */
    json_t *artifacts;       /* borrowed from content: {name: base64} */
    json_t *content;
};
void sl_ceremony_response_clear(struct sl_ceremony_response *r);
bool sl_ceremony_response_read(const struct sl_ceremony *c, struct sl_span text, const char *name,
                               struct sl_ceremony_response *ret, struct sl_err *err) SL_MUST_USE;

/* A transcript, read or made. */
struct sl_ceremony_transcript {
    struct sl_ceremony ceremony;
    char digest[2 * SL_SHA256_BYTES + 1]; /* of the transcript */
    struct sl_buf bytes, statement;       /* the transcript; the signed statement, as publish takes it */
    bool *signed_by;                      /* one flag for each of the ceremony's signers */
    size_t good;                          /* signatures under the statement */
};
void sl_ceremony_transcript_clear(struct sl_ceremony_transcript *t);

/* Combine a request and its responses, in whatever order. SL_E_VERIFY when one answers twice, or too few do. */
struct sl_ceremony_part {
    struct sl_span text;
    const char *name;
};
bool sl_ceremony_transcript_make(const struct sl_ceremony_part *request, const struct sl_ceremony_part *responses,
                                 size_t n, struct sl_ceremony_transcript *ret, struct sl_err *err) SL_MUST_USE;

/* Read a transcript: combine what it holds again, and compare the bytes. */
bool sl_ceremony_transcript_read(struct sl_span text, const char *name, struct sl_ceremony_transcript *ret,
                                 struct sl_err *err) SL_MUST_USE;

/* Does a request come right after a transcript: the next number, its digest, and a trust file that does not go back?
 * SL_E_VERIFY says what is missing. */
bool sl_ceremony_follows(const struct sl_ceremony *c, const struct sl_ceremony_transcript *previous,
                         struct sl_err *err) SL_MUST_USE;

#endif
