#include "core/os.h"
#include "keys/evp.h"
#include "keys/priv/tpm2.h"

#include <openssl/err.h>

void sl_tpm2_stop(struct sl_tpm2 *t)
{
    if (t->tpm)
        (void)OSSL_PROVIDER_unload(t->tpm);
    if (t->standard)
        (void)OSSL_PROVIDER_unload(t->standard);
    OSSL_LIB_CTX_free(t->ctx);
    t->tpm = t->standard = NULL;
    t->ctx = NULL;
}

/* The provider itself is missing, or it did not find a TPM. */
static bool no_provider(const char *tcti, struct sl_err *err)
{
    bool absent = false;
    for (unsigned long e = ERR_get_error(); e; e = ERR_get_error())
        absent = absent || ERR_GET_LIB(e) == ERR_LIB_DSO;
    if (absent)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE,
                       "keys in a TPM need OpenSSL's provider 'tpm2', which is not here; install it (Debian: "
                       "tpm2-openssl)");
    return sl_fail(
        err, SL_E_IO, SL_LOC_NONE,
        "the TPM '%.80s' cannot be opened; name a device in SEALIFT_TPM2_TCTI that this user may use (Debian: group "
        "tss), one without a socket",
        tcti);
}

bool sl_tpm2_start(struct sl_tpm2 *t, const struct sl_token_access *access, struct sl_err *err)
{
    const char *tcti = access && access->tcti ? access->tcti : "";
    if (t->ctx)
        return true;
    if (!sl_os_can_load())
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "this program is linked statically and can load no provider for a TPM; keys in one need the "
                       "program that is not");
    t->ctx = OSSL_LIB_CTX_new();
    t->standard = t->ctx ? OSSL_PROVIDER_load(t->ctx, "default") : NULL;
    t->tpm = t->standard ? OSSL_PROVIDER_load(t->ctx, "tpm2") : NULL;
    if (t->tpm)
        return true;
    bool begun = t->standard != NULL;
    sl_tpm2_stop(t);
    return begun ? no_provider(tcti, err) : sl_evp_fail(err, "load its default provider");
}
