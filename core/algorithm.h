/* The signature algorithms, their names, and the hash each one needs. */
#ifndef SL_CORE_ALGORITHM_H
#define SL_CORE_ALGORITHM_H

#include "core/digest.h"

enum sl_algorithm {
    SL_ALG_NONE = 0, /* not known yet; never in a plan */
    SL_ALG_ECDSA_P256_SHA256,
    SL_ALG_ECDSA_P384_SHA384,
    SL_ALG_RSA_PSS_SHA256,   /* MGF1 with SHA-256, salt 32 bytes (RFC 8017) */
    SL_ALG_RSA_PKCS1_SHA256, /* RSASSA-PKCS1-v1_5 (RFC 8017) */
    SL_ALG_ED25519,          /* RFC 8032 pure: over the bytes, not a digest */
    SL_ALG_ED25519PH,        /* RFC 8032 prehash with SHA-512, empty context */
    SL_ALG_COUNT
};

/* Name as in the manifest, such as "ecdsa-p256-sha256". */
const char *sl_algorithm_name(enum sl_algorithm alg);

/* The algorithm of that name, SL_ALG_NONE when there is none. */
enum sl_algorithm sl_algorithm_from_name(const char *name);

/* The name job documents carry in signature.codesign.signatureAlgorithm: "SHA256withECDSA" and the like. */
const char *sl_algorithm_document_name(enum sl_algorithm alg);
enum sl_algorithm sl_algorithm_from_document_name(const char *name);

/* The hash whose value is signed. For SL_ALG_ED25519, which signs the bytes, SL_SHA256: the digest that names them. */
enum sl_hash sl_algorithm_hash(enum sl_algorithm alg);

/* True when two signatures of the same bytes differ (a random salt). */
bool sl_algorithm_randomized(enum sl_algorithm alg);

#define SL_ED25519_MAX_BYTES ((uint64_t)16 << 20) /* pure Ed25519 needs the whole file in memory, twice over */

#endif
