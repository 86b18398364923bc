#include "core/file.h"
#include "keys/priv/pkcs11.h"

#include <stdio.h>

/* What a token says of the tries that are left, as far as PKCS #11 lets it (section 3.4, flags of CK_TOKEN_INFO). */
static const char *tries_left(const CK_TOKEN_INFO *info)
{
    if (info->flags & CKF_USER_PIN_LOCKED)
        return "the PIN is locked now, and must be reset with the token's SO PIN (its PUK)";
    if (info->flags & CKF_USER_PIN_FINAL_TRY)
        return "one more wrong PIN will lock it";
    if (info->flags & CKF_USER_PIN_COUNT_LOW)
        return "few tries are left before it is locked";
    return "the token does not say how many tries are left";
}

static bool refused_before(const struct sl_pkcs11_token *t, struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "token '%s' refused a PIN in this run, and is not asked again",
                   t->label);
}

/* May a PIN be tried at all? Asked before a person types one. */
static bool may_try(struct sl_pkcs11_token *t, const struct sl_token_access *access, struct sl_err *err)
{
    char reason[160] = "", question[160] = "";
    if (t->refused)
        return refused_before(t, err);
    if (!sl_pkcs11_token_refresh(t, err))
        return false;
    if (t->info.flags & CKF_USER_PIN_LOCKED)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the PIN of token '%s' is locked; reset it with the token's SO PIN (its PUK)", t->label);
    if (!(t->info.flags & CKF_USER_PIN_INITIALIZED))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "token '%s' has no user PIN yet; set one with the token's own tool", t->label);
    if (!(t->info.flags & CKF_USER_PIN_FINAL_TRY))
        return true;
    (void)snprintf(reason, sizeof reason, "token '%s' allows one last try of its PIN before it locks", t->label);
    (void)snprintf(question, sizeof question, "Token '%s' allows one last try of its PIN before it locks. Try? [y/N] ",
                   t->label);
    return sl_token_confirm(access, reason, question, err);
}

/* RFC 7512 section 2.4: a file whose content is the PIN. */
static bool from_file(const char *path, struct sl_secret *ret, struct sl_err *err)
{
    if (!sl_file_read_secret(path, SL_PIN_MAX_BYTES + 1, ret, err))
        return sl_while(err, SL_LOC_NONE, "'pin-source'");
    if (ret->len > 0 && ret->ptr[ret->len - 1] == '\n')
        sl_secret_shorten(ret, ret->len - 1);
    return ret->len > 0 || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'pin-source': '%s' is empty", path);
}

static bool get_pin(struct sl_pkcs11_token *t, const struct sl_pkcs11_ask *ask, const struct sl_pkcs11_uri *uri,
                    struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret pin = { 0 };
    const struct sl_pkcs11_value *source = &uri->attr[SL_PKCS11_PIN_SOURCE];
    bool ok = source->given ? from_file((const char *)source->bytes, &pin, err)
                            : sl_token_pin(ask->access, ask->key_name, &pin, err);
    if (!ok)
        return false;
    if (pin.len < t->info.ulMinPinLen || (t->info.ulMaxPinLen > 0 && pin.len > t->info.ulMaxPinLen))
        return sl_fail(
            err, SL_E_INPUT, SL_LOC_NONE,
            "the PIN given for key '%.120s' cannot be right, and was not tried: those of token '%s' have %lu to "
            "%lu bytes",
            ask->key_name, t->label, t->info.ulMinPinLen, t->info.ulMaxPinLen);
    sl_secret_move(&t->pin, &pin);
    return true;
}

/* What became of the one try. */
static bool judge(struct sl_pkcs11_token *t, const struct sl_pkcs11_ask *ask, CK_RV rv, struct sl_err *err)
{
    struct sl_err ignored = { 0 };
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
        return true;
    t->refused = true;
    sl_secret_clear(&t->pin);
    bool fresh = sl_pkcs11_token_refresh(t, &ignored);
    (void)fresh; /* where it is not, what was known before is said */
    if (rv == CKR_PIN_LOCKED)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the PIN of token '%s' is locked; reset it with the token's SO PIN (its PUK)", t->label);
    if (rv == CKR_PIN_EXPIRED)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the PIN of token '%s' has expired; change it with the token's own tool", t->label);
    if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the PIN given for key '%.120s' is wrong; token '%s' was tried once, and %s", ask->key_name,
                       t->label, tries_left(&t->info));
    return sl_pkcs11_reason_fail(err, "log in", rv) || sl_while(err, SL_LOC_NONE, "token '%s'", t->label);
}

static bool try_once(struct sl_pkcs11_token *t, CK_USER_TYPE user, const struct sl_pkcs11_ask *ask,
                     const struct sl_pkcs11_uri *uri, struct sl_err *err)
{
    if (!may_try(t, ask->access, err))
        return false;
    bool by_itself = t->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH; /* a keypad of its own */
    if (!by_itself && t->pin.len == 0 && !get_pin(t, ask, uri, err))
        return false;
    return judge(t, ask,
                 t->module->call->C_Login(t->session, user, by_itself ? NULL : t->pin.ptr, (CK_ULONG)t->pin.len), err);
}

static bool logged_in(const struct sl_pkcs11_token *t)
{
    CK_SESSION_INFO info = { .state = CKS_RO_PUBLIC_SESSION };
    return t->module->call->C_GetSessionInfo(t->session, &info) == CKR_OK
           && (info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS);
}

bool sl_pkcs11_login(struct sl_pkcs11_token *t, const struct sl_pkcs11_query *q, struct sl_err *err)
{
    if (!sl_pkcs11_token_session(t, err))
        return false;
    if (!(t->info.flags & CKF_LOGIN_REQUIRED) || logged_in(t))
        return true;
    return try_once(t, CKU_USER, q->ask, &q->uri, err);
}

bool sl_pkcs11_login_again(struct sl_pkcs11_token *t, const struct sl_pkcs11_ask *ask, struct sl_err *err)
{
    struct sl_pkcs11_uri uri;
    return sl_pkcs11_uri_read(ask->uri, &uri, err) && try_once(t, CKU_CONTEXT_SPECIFIC, ask, &uri, err);
}
