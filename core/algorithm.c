#include "core/algorithm.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name, *document_name;
    enum sl_hash hash;
    bool randomized;
} table[SL_ALG_COUNT] = {
    [SL_ALG_NONE] = { "", "", SL_SHA256, false },
    [SL_ALG_ECDSA_P256_SHA256] = { "ecdsa-p256-sha256", "SHA256withECDSA", SL_SHA256, false },
    [SL_ALG_ECDSA_P384_SHA384] = { "ecdsa-p384-sha384", "SHA384withECDSA", SL_SHA384, false },
    [SL_ALG_RSA_PSS_SHA256] = { "rsa-pss-sha256", "SHA256withRSAandMGF1", SL_SHA256, true },
    [SL_ALG_RSA_PKCS1_SHA256] = { "rsa-pkcs1-sha256", "SHA256withRSA", SL_SHA256, false },
    [SL_ALG_ED25519] = { "ed25519", "Ed25519", SL_SHA256, false },
    [SL_ALG_ED25519PH] = { "ed25519ph", "Ed25519ph", SL_SHA512, false },
};

const char *sl_algorithm_name(enum sl_algorithm alg)
{
    assert(alg < SL_ALG_COUNT);
    return table[alg].name;
}

enum sl_algorithm sl_algorithm_from_name(const char *name)
{
    for (int alg = SL_ALG_NONE + 1; alg < SL_ALG_COUNT; alg++)
        if (strcmp(table[alg].name, name) == 0)
            return (enum sl_algorithm)alg;
    return SL_ALG_NONE;
}

const char *sl_algorithm_document_name(enum sl_algorithm alg)
{
    assert(alg < SL_ALG_COUNT);
    return table[alg].document_name;
}

enum sl_algorithm sl_algorithm_from_document_name(const char *name)
{
    for (int alg = SL_ALG_NONE + 1; alg < SL_ALG_COUNT; alg++)
        if (strcmp(table[alg].document_name, name) == 0)
            return (enum sl_algorithm)alg;
    return SL_ALG_NONE;
}

enum sl_hash sl_algorithm_hash(enum sl_algorithm alg)
{
    assert(alg < SL_ALG_COUNT);
    return table[alg].hash;
}

bool sl_algorithm_randomized(enum sl_algorithm alg)
{
    assert(alg < SL_ALG_COUNT);
    return table[alg].randomized;
}
