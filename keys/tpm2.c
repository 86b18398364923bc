#include "keys/tpm2.h"

#include "keys/evp.h"
#include "keys/priv/secmem.h"
#include "keys/priv/tpm2.h"

#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORE_URI_SIZE 32u

bool sl_tpm2_new(struct sl_tpm2 **ret, struct sl_err *err)
{
    struct sl_tpm2 *t = calloc(1, sizeof *t);
    if (!t)
        return sl_fail_nomem(err);
    *ret = t;
    return true;
}

void sl_tpm2_freep(struct sl_tpm2 **t)
{
    if (*t)
        sl_tpm2_stop(*t);
    free(*t);
    *t = NULL;
}

/* The provider asks for an auth value as others ask for the passphrase of a PEM file. */
static int give_auth(char *to, int size, int rwflag, void *ctx)
{
    (void)rwflag;
    const struct sl_secret *auth = ctx;
    if (size < 0 || auth->len > (size_t)size)
        return -1;
    memcpy(to, auth->ptr, auth->len);
    return (int)auth->len;
}

static void store_close(OSSL_STORE_CTX **store)
{
    (void)OSSL_STORE_close(*store);
}

static void ui_clear(UI_METHOD **ui)
{
    UI_destroy_method(*ui);
}

static void info_clear(OSSL_STORE_INFO **info)
{
    OSSL_STORE_INFO_free(*info);
}

/* auth NULL: what needs none. */
static bool load(struct sl_tpm2 *t, const struct sl_tpmkey *key, const struct sl_tpm2_ask *ask,
                 const struct sl_secret *auth, EVP_PKEY **ret, struct sl_err *err)
{
    char uri[STORE_URI_SIZE] = "";
    (void)snprintf(uri, sizeof uri, "handle:0x%08x%s", (unsigned)key->handle, auth ? "?pass" : "");
    SL_AUTO(ui_clear) UI_METHOD *ui = auth ? UI_UTIL_wrap_read_pem_callback(give_auth, 0) : NULL;
    if (auth && !ui)
        return sl_fail_nomem(err);
    ERR_clear_error(); /* what is found there afterwards is of this */
    /* It wants a pointer to data it may change; give_auth does not. */
    SL_AUTO(store_close)
    OSSL_STORE_CTX *store = OSSL_STORE_open_ex(uri, t->ctx, "?provider=tpm2", ui, (void *)(uintptr_t)auth, NULL, NULL,
                                               NULL);
    SL_AUTO(info_clear) OSSL_STORE_INFO *info = store ? OSSL_STORE_load(store) : NULL;
    EVP_PKEY *found = info ? OSSL_STORE_INFO_get1_PKEY(info) : NULL;
    if (!found)
        return sl_tpm2_reason_fail(t, ask, "give out a key", err);
    ERR_clear_error();
    *ret = found;
    return true;
}

/* As the standard provider writes it again, which is the one form this program knows. */
static bool public_of(EVP_PKEY *key, struct sl_pubkey *ret, struct sl_err *err)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    if (len <= 0)
        return sl_evp_fail(err, "write the public key of a TPM's key");
    bool ok = sl_pubkey_from_spki((struct sl_span){ der, (size_t)len }, ret, err);
    OPENSSL_free(der);
    return ok;
}

/* The key named, the TPM open. */
static bool enter(struct sl_tpm2 *t, const struct sl_tpm2_ask *ask, struct sl_tpmkey *ret, struct sl_err *err)
{
    sl_secmem_setup();
    return sl_tpmkey_read(ask->uri, SL_LOC_NONE, ret, err) && sl_tpm2_start(t, ask->access, err);
}

bool sl_tpm2_public(struct sl_tpm2 *t, const struct sl_tpm2_ask *ask, struct sl_pubkey *ret, struct sl_err *err)
{
    struct sl_tpmkey key = { 0 };
    SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *found = NULL;
    return enter(t, ask, &key, err) && load(t, &key, ask, NULL, &found, err) && public_of(found, ret, err);
}

static bool refused_before(struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the TPM refused a PIN in this run, and is not asked again");
}

static bool get_auth(const struct sl_tpm2 *t, const struct sl_tpm2_ask *ask, struct sl_secret *ret, struct sl_err *err)
{
    if (t->refused)
        return refused_before(err);
    if (!sl_token_pin(ask->access, ask->key_name, ret, err))
        return sl_advise(err, "the URI of a key without an auth value ends in '?auth=none'");
    return ret->len <= SL_TPM2_AUTH_MAX_BYTES
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "the PIN given for key '%.120s' cannot be right, and was not tried: auth values of a TPM have at "
                      "most %u bytes",
                      ask->key_name, SL_TPM2_AUTH_MAX_BYTES);
}

bool sl_tpm2_open(struct sl_tpm2 *t, const struct sl_tpm2_ask *ask, struct sl_privkey *ret, struct sl_err *err)
{
    struct sl_tpmkey named = { 0 };
    SL_AUTO(sl_evp_pkey_clear) EVP_PKEY *found = NULL;
    SL_AUTO(sl_secret_clear) struct sl_secret auth = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    if (!enter(t, ask, &named, err) || (!named.no_auth && !get_auth(t, ask, &auth, err))
        || !load(t, &named, ask, named.no_auth ? NULL : &auth, &found, err) || !public_of(found, &key.pub, err)
        || !sl_tpm2_sign_new(t, &found, ask, &key.token, err))
        return false;
    sl_privkey_move(ret, &key);
    return true;
}
