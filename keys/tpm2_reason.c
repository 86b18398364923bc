#include "keys/priv/tpm2.h"

#include "keys/evp.h"

#include <openssl/err.h>

#include <stdlib.h>
#include <string.h>

/* Response codes: TPM 2.0 Library, part 2, section 6.6.3. */
#define RC_LAYER      0xffff0000u /* not zero: the code is not the TPM's, but of the software before it */
#define RC_FORMAT_ONE 0x080u
#define RC_CODE       0x03fu /* of format one; the bits above number a handle, parameter or session */
#define RC_VALUE      0x084u
#define RC_HASH       0x083u
#define RC_HANDLE     0x08bu
#define RC_AUTH_FAIL  0x08eu
#define RC_SCHEME     0x092u
#define RC_SIZE       0x095u
#define RC_BAD_AUTH   0x0a2u
#define RC_TICKET     0x0a0u
#define RC_KEY        0x09cu
#define RC_ATTRIBUTES 0x082u
#define RC_LOCKOUT    0x921u

/* tpm2-openssl puts the code, in decimal, before its text. */
unsigned sl_tpm2_reason_code(void)
{
    const char *data = NULL;
    int flags = 0;
    unsigned long e = ERR_peek_error_all(NULL, NULL, NULL, &data, &flags);
    if (e == 0 || !(flags & ERR_TXT_STRING) || !data)
        return 0;
    unsigned long rc = strtoul(data, NULL, 10);
    if (rc == 0 || (rc & RC_LAYER))
        return 0;
    return rc & RC_FORMAT_ONE ? (unsigned)(RC_FORMAT_ONE | (rc & RC_CODE)) : (unsigned)rc;
}

static bool refuse(struct sl_tpm2 *t, const struct sl_tpm2_ask *ask, unsigned rc, struct sl_err *err)
{
    struct sl_tpmkey key = { 0 };
    struct sl_err ignored = { 0 };
    t->refused = true;
    if (rc == RC_LOCKOUT)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the TPM is locked after wrong PINs, and tries none of key '%.120s'; wait, or reset it with "
                       "'tpm2_dictionarylockout'",
                       ask->key_name);
    bool none = sl_tpmkey_read(ask->uri, SL_LOC_NONE, &key, &ignored) && key.no_auth;
    return none ? sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                          "key '%.120s' has an auth value: take '?auth=none' out of its URI and give the value as PIN",
                          ask->key_name)
                : sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                          "the PIN given for key '%.120s' is wrong; the TPM was tried once, and locks after a number "
                          "of wrong ones",
                          ask->key_name);
}

bool sl_tpm2_reason_fail(struct sl_tpm2 *t, const struct sl_tpm2_ask *ask, const char *what, struct sl_err *err)
{
    unsigned rc = sl_tpm2_reason_code();
    const char *data = NULL;
    int flags = 0;
    switch (rc) {
    case RC_AUTH_FAIL:
    case RC_BAD_AUTH:
    case RC_LOCKOUT:
        ERR_clear_error();
        return refuse(t, ask, rc, err);
    case RC_HANDLE:
        ERR_clear_error();
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the TPM has no key '%.40s'; 'tpm2_getcap handles-persistent' lists those there are", ask->uri);
    case RC_ATTRIBUTES:
    case RC_KEY:
    case RC_TICKET:
        ERR_clear_error();
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "key '%.40s' of the TPM may not sign what is made outside it; it must be made to sign, and not "
                       "be restricted",
                       ask->uri);
    case RC_SCHEME:
    case RC_VALUE:
    case RC_HASH:
    case RC_SIZE:
        ERR_clear_error();
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "key '%.40s' of the TPM is not made for this algorithm (it answered 0x%03x)", ask->uri, rc);
    default:
        (void)ERR_peek_error_all(NULL, NULL, NULL, &data, &flags);
        if (!data || !*data || !(flags & ERR_TXT_STRING))
            return sl_evp_fail(err, what);
        (void)sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "the TPM could not %s: %.120s", what, data);
        ERR_clear_error();
        return false;
    }
}
