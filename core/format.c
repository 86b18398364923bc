#include "core/format.h"

#include <assert.h>
#include <string.h>

#define BIT(alg) (1u << (unsigned)(alg))
#define CLASSIC                                                                                                        \
    (BIT(SL_ALG_ECDSA_P256_SHA256) | BIT(SL_ALG_ECDSA_P384_SHA384) | BIT(SL_ALG_RSA_PSS_SHA256)                        \
     | BIT(SL_ALG_RSA_PKCS1_SHA256))

static const struct {
    const char *name, *algorithms;
    unsigned carries;
} table[SL_FORMAT_COUNT] = {
    [SL_FORMAT_RAW] = { "raw", "all", CLASSIC | BIT(SL_ALG_ED25519) | BIT(SL_ALG_ED25519PH) },
    [SL_FORMAT_CMS] = { "cms", "RSA and ECDSA", CLASSIC },
    [SL_FORMAT_MINISIGN] = { "minisign", "Ed25519", BIT(SL_ALG_ED25519) | BIT(SL_ALG_ED25519PH) },
    [SL_FORMAT_SIGNIFY] = { "signify", "pure Ed25519", BIT(SL_ALG_ED25519) },
};

const char *sl_format_name(enum sl_format format)
{
    assert(format < SL_FORMAT_COUNT);
    return table[format].name;
}

enum sl_format sl_format_from_name(const char *name)
{
    unsigned i = 0;
    while (i < SL_FORMAT_COUNT && strcmp(table[i].name, name) != 0)
        i++;
    return (enum sl_format)i;
}

bool sl_format_carries(enum sl_format format, enum sl_algorithm alg)
{
    assert(format < SL_FORMAT_COUNT && alg < SL_ALG_COUNT);
    return (table[format].carries & BIT(alg)) != 0;
}

const char *sl_format_algorithms(enum sl_format format)
{
    assert(format < SL_FORMAT_COUNT);
    return table[format].algorithms;
}
