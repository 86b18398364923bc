#include "generated/version.h"
#include "library/priv/error.h"

#include <stdio.h>

const char *sealift_version(void)
{
    return SL_VERSION;
}

static enum sealift_code code_of(enum sl_code code)
{
    switch (code) {
    case SL_OK:
        return SEALIFT_OK;
    case SL_E_NOMEM:
        return SEALIFT_OUT_OF_MEMORY;
    case SL_E_IO:
        return SEALIFT_CANNOT_READ;
    case SL_E_USAGE:
    case SL_E_INPUT:
        return SEALIFT_WRONG_INPUT;
    case SL_E_UNSUPPORTED:
        return SEALIFT_NOT_SUPPORTED;
    case SL_E_VERIFY:
    case SL_E_CHANGED:
        return SEALIFT_NOT_VERIFIED;
    case SL_E_CRYPTO:
        return SEALIFT_LIBRARY_FAILED;
    default:
        return SEALIFT_FAILED;
    }
}

bool sealift_error_from(const struct sl_err *from, struct sealift_error *to)
{
    to->code = code_of(from->code);
    (void)snprintf(to->message, sizeof to->message, "%s", from->msg);
    return false;
}

bool sealift_error_algorithm(const char *name, enum sl_algorithm *ret, struct sl_err *err)
{
    enum sl_algorithm alg = name ? sl_algorithm_from_name(name) : SL_ALG_NONE;
    if (name && alg == SL_ALG_NONE)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "unknown algorithm '%.80s'; there are ecdsa-p256-sha256, ecdsa-p384-sha384, rsa-pss-sha256, "
                       "rsa-pkcs1-sha256, ed25519 and ed25519ph",
                       name);
    *ret = alg;
    return true;
}
