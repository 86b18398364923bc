#include "core/digest.h"

#include <openssl/evp.h>

bool sl_sha256(struct sl_span bytes, uint8_t ret[SL_SHA256_BYTES], struct sl_err *err)
{
    if (EVP_Digest(bytes.ptr, bytes.len, ret, NULL, EVP_sha256(), NULL) != 1)
        return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "OpenSSL could not compute a digest");
    return true;
}
