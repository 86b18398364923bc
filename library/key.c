#include "keys/token.h"
#include "library/priv/error.h"
#include "signer/local.h"
#include "signer/sigfile.h"

#include <stdlib.h>
#include <string.h>

struct sealift_key {
    char *uri;
    const struct sealift_secrets *secrets;
    struct sl_token_access token;
    struct sl_passphrase_source source;
    struct sl_signer *signer;
};

/* What a caller's function says, in memory that is wiped. */
static bool ask(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    const struct sealift_key *key = ctx;
    SL_AUTO(sl_secret_clear) struct sl_secret whole = { 0 };
    size_t length = 0;
    if (!key->secrets)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "key '%.120s' needs a passphrase or PIN, and none was given",
                       key_name);
    if (!sl_secret_new(SL_PASSPHRASE_MAX_BYTES, &whole, err))
        return false;
    if (!key->secrets->get(key->secrets->context, key_name, (char *)whole.ptr, whole.len, &length)
        || length > whole.len)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "no passphrase or PIN was given for key '%.120s'", key_name);
    if (!sl_secret_new(length, ret, err))
        return false;
    memcpy(ret->ptr, whole.ptr, length);
    return true;
}

void sealift_key_close(struct sealift_key *key)
{
    if (!key)
        return;
    sl_signer_freep(&key->signer);
    free(key->uri);
    free(key);
}

static void close_key(struct sealift_key **key)
{
    sealift_key_close(*key);
}

bool sealift_key_open(const char *uri, const struct sealift_secrets *secrets, struct sealift_key **ret,
                      struct sealift_error *err)
{
    struct sl_err why = { 0 };
    SL_AUTO(close_key) struct sealift_key *key = calloc(1, sizeof *key);
    char *copy = strdup(uri);
    if (!key || !copy) {
        free(copy);
        (void)sl_fail_nomem(&why);
        return sealift_error_from(&why, err);
    }
    *key = (struct sealift_key){ .uri = copy, .secrets = secrets };
    key->token = (struct sl_token_access){ .pin = ask, .ctx = key, .fd = -1 };
    key->source = (struct sl_passphrase_source){ .get = ask, .ctx = key, .fd = -1, .token = &key->token };
    if (!strchr(uri, ':'))
        (void)sl_fail(&why, SL_E_INPUT, SL_LOC_NONE,
                      "key '%.200s' does not say where it is; did you mean 'file:%.200s'?", uri, uri);
    else if (sl_secret_begin(&why) && sl_local_new(&key->source, &key->signer, &why)) {
        *ret = key;
        key = NULL;
        return true;
    }
    return sealift_error_from(&why, err);
}

bool sealift_key_sign_file(struct sealift_key *key, const char *algorithm, const char *path, struct sealift_bytes *ret,
                           struct sealift_error *err)
{
    struct sl_err why = { 0 };
    const char *rest = strchr(key->uri, ':') + 1;
    struct sl_sign_with with = { .name = rest, .uri = key->uri, .path = rest };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    if (!sealift_error_algorithm(algorithm, &with.algorithm, &why)
        || !sl_sign_file(path, key->signer, &with, NULL, &signature, &why))
        return sealift_error_from(&why, err);
    uint8_t *data = malloc(signature.len);
    if (!data) {
        (void)sl_fail_nomem(&why);
        return sealift_error_from(&why, err);
    }
    memcpy(data, sl_buf_span(&signature).ptr, signature.len);
    *ret = (struct sealift_bytes){ data, signature.len };
    return true;
}

void sealift_bytes_clear(struct sealift_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct sealift_bytes){ NULL, 0 };
}
