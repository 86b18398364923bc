#include "core/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static bool refused(struct sl_err *err)
{
    return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "OpenSSL could not compute a digest");
}

bool sl_hmac_sha256(struct sl_span key, struct sl_span bytes, uint8_t ret[SL_SHA256_BYTES], struct sl_err *err)
{
    static const uint8_t none[1] = { 0 }; /* HMAC() takes a NULL key for "the key of last time" */
    if (key.len > INT32_MAX)
        return refused(err);
    if (!HMAC(EVP_sha256(), key.len ? key.ptr : none, (int)key.len, bytes.len ? bytes.ptr : none, bytes.len, ret, NULL))
        return refused(err);
    return true;
}
