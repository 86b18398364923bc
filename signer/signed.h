/* What signing yields: a signature per artifact, and the release statement with its signatures.
 *
 * bundle is what the bucket keeps as statement.json: canonical JSON {"dsseEnvelope": ..., "mediaType":
 * "application/vnd.sealift.bundle+json;version=1", "signatures": {"app": {"algorithm", "keyid", "signature"}}}. An artifact
 * whose plan asks for more formats has "formats" as well: {"cms": base64 of the DER, "minisign": text, "signify": text}. */
#ifndef SL_SIGNER_SIGNED_H
#define SL_SIGNER_SIGNED_H

#include "core/buf.h"
#include "core/json.h"
#include "manifests/plan.h"

#define SL_KEYID_SIZE (2 * SL_SHA256_BYTES + 1)

struct sl_signature {
    char keyid[SL_KEYID_SIZE];              /* lower-case hex SHA-256 of the SubjectPublicKeyInfo */
    struct sl_buf bytes;                    /* DER for ECDSA, raw otherwise */
    struct sl_buf formats[SL_FORMAT_COUNT]; /* of an artifact, those its plan asks for beside raw: DER of cms, text */
};

struct sl_signed {
    const struct sl_plan *from;
    struct sl_signature *artifacts; /* one per plan artifact, same order */
    struct sl_buf statement;        /* the DSSE payload: Statement v1, canonical */
    json_t *envelope;               /* the DSSE envelope */
    struct sl_buf bundle;           /* canonical bytes of all of it */
    bool adopted;                   /* true: taken from the bucket, where somebody stored it first */
};

/* A format as the bundle and job documents have it: text as it is, DER as base64 in one line. */
bool sl_signature_format(const struct sl_signature *s, enum sl_format format, struct sl_buf *ret,
                         struct sl_err *err) SL_MUST_USE;

void sl_signature_clear(struct sl_signature *s);

void sl_signed_clear(struct sl_signed *s);

#endif
