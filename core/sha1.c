#include "core/digest.h"

#include <openssl/evp.h>

bool sl_sha1(struct sl_span bytes, uint8_t ret[SL_SHA1_BYTES], struct sl_err *err)
{
    if (EVP_Digest(bytes.ptr, bytes.len, ret, NULL, EVP_sha1(), NULL) != 1)
        return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "OpenSSL could not compute a digest");
    return true;
}
