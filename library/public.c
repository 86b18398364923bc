#include "core/secret.h"
#include "library/priv/error.h"
#include "signer/sigfile.h"

#include <stdlib.h>

bool sealift_public_load(const char *path, struct sealift_public **ret, struct sealift_error *err)
{
    struct sl_err why = { 0 };
    struct sealift_public *key = calloc(1, sizeof *key);
    if (!key)
        (void)sl_fail_nomem(&why);
    else if (sl_secret_begin(&why) && sl_pubkey_load(path, &key->key, &why)) {
        *ret = key;
        return true;
    }
    free(key);
    return sealift_error_from(&why, err);
}

void sealift_public_free(struct sealift_public *key)
{
    if (!key)
        return;
    sl_pubkey_clear(&key->key);
    free(key);
}

const char *sealift_public_keyid(const struct sealift_public *key)
{
    return key->key.keyid;
}

bool sealift_public_verify_file(const struct sealift_public *key, const char *algorithm, const char *path,
                                const uint8_t *signature, size_t signature_size, struct sealift_error *err)
{
    struct sl_err why = { 0 };
    enum sl_algorithm alg = SL_ALG_NONE;
    const struct sl_span bytes = { signature, signature_size };
    return (sealift_error_algorithm(algorithm, &alg, &why) && sl_verify_file(path, &key->key, alg, bytes, NULL, &why))
           || sealift_error_from(&why, err);
}
