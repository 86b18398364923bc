#include "keys/priv/pkcs11.h"

#include <stdlib.h>
#include <string.h>

#define TOKENS_SHOWN 8u

#define SLOTS_MAX 4096u

void sl_pkcs11_text(struct sl_span from, char *ret, size_t size)
{
    while (from.len > 0 && (from.ptr[from.len - 1] == ' ' || from.ptr[from.len - 1] == 0))
        from.len--;
    size_t n = from.len < size - 1 ? from.len : size - 1;
    for (size_t i = 0; i < n; i++)
        ret[i] = (char)(from.ptr[i] >= 0x20 && from.ptr[i] < 0x7f ? from.ptr[i] : '?');
    ret[n] = 0;
}

void sl_pkcs11_token_free(struct sl_pkcs11_token *t)
{
    if (t->has_session)
        (void)t->module->call->C_CloseSession(t->session); /* the last one closed logs out */
    sl_secret_clear(&t->pin);
    free(t);
}

/* Slots whose token cannot be asked, or was never set up, hold no key. */
static bool add(struct sl_pkcs11_module *m, CK_SLOT_ID slot, struct sl_err *err)
{
    struct sl_pkcs11_token *t = calloc(1, sizeof *t);
    if (!t)
        return sl_fail_nomem(err);
    t->module = m;
    t->slot = slot;
    if (m->call->C_GetTokenInfo(slot, &t->info) != CKR_OK || !(t->info.flags & CKF_TOKEN_INITIALIZED)
        || m->call->C_GetSlotInfo(slot, &t->slot_info) != CKR_OK) {
        free(t);
        return true;
    }
    sl_pkcs11_text((struct sl_span){ t->info.label, sizeof t->info.label }, t->label, sizeof t->label);
    struct sl_pkcs11_token **end = &m->tokens;
    while (*end && strcmp((*end)->label, t->label) <= 0)
        end = &(*end)->next;
    t->next = *end;
    *end = t;
    return true;
}

static void slots_clear(CK_SLOT_ID **slots)
{
    free(*slots);
}

bool sl_pkcs11_token_list(struct sl_pkcs11_module *m, struct sl_err *err)
{
    CK_ULONG n = 0;
    CK_RV rv = m->call->C_GetSlotList(CK_TRUE, NULL, &n);
    if (rv != CKR_OK)
        return sl_pkcs11_reason_fail(err, "list its slots", rv);
    if (n > SLOTS_MAX)
        n = SLOTS_MAX;
    SL_AUTO(slots_clear) CK_SLOT_ID *slots = calloc(n ? n : 1, sizeof *slots);
    if (!slots)
        return sl_fail_nomem(err);
    rv = n > 0 ? m->call->C_GetSlotList(CK_TRUE, slots, &n) : CKR_OK;
    if (rv != CKR_OK)
        return sl_pkcs11_reason_fail(err, "list its slots", rv);
    for (CK_ULONG i = 0; i < n; i++)
        if (!add(m, slots[i], err))
            return false;
    return true;
}

#define FIELD(array) ((struct sl_span){ (array), sizeof(array) })

bool sl_pkcs11_token_allowed(const struct sl_pkcs11_token *t, const struct sl_pkcs11_uri *uri)
{
    const CK_INFO *library = &t->module->info;
    const struct {
        enum sl_pkcs11_attr attr;
        struct sl_span field;
    } fields[] = {
        { SL_PKCS11_TOKEN, FIELD(t->info.label) },
        { SL_PKCS11_MANUFACTURER, FIELD(t->info.manufacturerID) },
        { SL_PKCS11_SERIAL, FIELD(t->info.serialNumber) },
        { SL_PKCS11_MODEL, FIELD(t->info.model) },
        { SL_PKCS11_LIBRARY_MANUFACTURER, FIELD(library->manufacturerID) },
        { SL_PKCS11_LIBRARY_DESCRIPTION, FIELD(library->libraryDescription) },
        { SL_PKCS11_SLOT_DESCRIPTION, FIELD(t->slot_info.slotDescription) },
        { SL_PKCS11_SLOT_MANUFACTURER, FIELD(t->slot_info.manufacturerID) },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!sl_pkcs11_uri_allows(uri, fields[i].attr, fields[i].field))
            return false;
    if (uri->attr[SL_PKCS11_SLOT_ID].given && uri->slot_id != t->slot)
        return false;
    return !uri->attr[SL_PKCS11_LIBRARY_VERSION].given
           || (uri->version_major == library->libraryVersion.major
               && uri->version_minor == library->libraryVersion.minor);
}

static bool names(const struct sl_pkcs11_module *m, struct sl_buf *ret, struct sl_err *err)
{
    size_t n = 0;
    for (const struct sl_pkcs11_token *t = m->tokens; t; t = t->next, n++)
        if (n < TOKENS_SHOWN && !sl_buf_addf(ret, err, "%s'%s'", n ? ", " : "", t->label))
            return false;
    return n <= TOKENS_SHOWN || sl_buf_addf(ret, err, " and %zu more", n - TOKENS_SHOWN);
}

bool sl_pkcs11_token_some(const struct sl_pkcs11_module *m, const struct sl_pkcs11_query *q, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf there = { 0 };
    for (const struct sl_pkcs11_token *t = m->tokens; t; t = t->next)
        if (sl_pkcs11_token_allowed(t, &q->uri))
            return true;
    if (!m->tokens)
        return sl_fail(
            err, SL_E_INPUT, SL_LOC_NONE,
            "the PKCS #11 module '%.120s' shows no token; a module that needs a daemon, such as pcscd, cannot "
            "reach it, for the process that signs may create no socket",
            m->path);
    return names(m, &there, err)
           && sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "no token is '%s'; the PKCS #11 module '%.120s' shows %.160s",
                      q->text, m->path, sl_buf_str(&there));
}

bool sl_pkcs11_token_session(struct sl_pkcs11_token *t, struct sl_err *err)
{
    if (t->has_session)
        return true;
    CK_RV rv = t->module->call->C_OpenSession(t->slot, CKF_SERIAL_SESSION, NULL, NULL, &t->session);
    if (rv != CKR_OK)
        return sl_pkcs11_reason_fail(err, "open a session", rv) || sl_while(err, SL_LOC_NONE, "token '%s'", t->label);
    t->has_session = true;
    return true;
}

bool sl_pkcs11_token_refresh(struct sl_pkcs11_token *t, struct sl_err *err)
{
    CK_RV rv = t->module->call->C_GetTokenInfo(t->slot, &t->info);
    return rv == CKR_OK || sl_pkcs11_reason_fail(err, "say how its token is", rv);
}
