/* What signing yields: a signature per artifact, and the release statement with its signatures.
 *
 * bundle is what the bucket keeps as statement.json: canonical JSON {"dsseEnvelope": ..., "mediaType":
 * "application/vnd.sealift.bundle+json;version=1", "signatures": {"app": {"algorithm", "keyid", "signature"}}}. */
#ifndef SL_SIGNER_SIGNED_H
#define SL_SIGNER_SIGNED_H

#include "core/buf.h"
#include "core/json.h"
#include "manifests/plan.h"

#define SL_KEYID_SIZE (2 * SL_SHA256_BYTES + 1)

struct sl_signature {
    char keyid[SL_KEYID_SIZE]; /* lower-case hex SHA-256 of the SubjectPublicKeyInfo */
    struct sl_buf bytes;       /* DER for ECDSA, raw otherwise */
};

struct sl_signed {
    const struct sl_plan *from;
    struct sl_signature *artifacts; /* one per plan artifact, same order */
    struct sl_buf statement;        /* the DSSE payload: Statement v1, canonical */
    json_t *envelope;               /* the DSSE envelope */
    struct sl_buf bundle;           /* canonical bytes of all of it */
    bool adopted;                   /* true: taken from the bucket, where somebody stored it first */
};

void sl_signed_clear(struct sl_signed *s);

#endif
