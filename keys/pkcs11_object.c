#include "core/text.h"
#include "keys/priv/pkcs11.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX_BYTES ((size_t)64 << 10)

/* Objects of the template, to the end; only the first are kept, all are counted up to a bound. */
static bool collect(struct sl_pkcs11_token *t, struct sl_pkcs11_hits *hits, struct sl_err *err)
{
    for (size_t turn = 0; turn < 4096; turn++) {
        CK_OBJECT_HANDLE found[16] = { 0 };
        CK_ULONG n = 0;
        CK_RV rv = t->module->call->C_FindObjects(t->session, found, 16, &n);
        if (rv != CKR_OK)
            return sl_pkcs11_reason_fail(err, "look for a key", rv);
        if (n == 0)
            return true;
        for (CK_ULONG i = 0; i < n && i < 16; i++) {
            if (hits->n < SL_PKCS11_HITS)
                hits->at[hits->n] = (struct sl_pkcs11_object){ t, found[i] };
            hits->n++;
        }
    }
    return true;
}

static bool search(struct sl_pkcs11_token *t, CK_ATTRIBUTE *template, size_t n, struct sl_pkcs11_hits *hits,
                   struct sl_err *err)
{
    if (!sl_pkcs11_token_session(t, err))
        return false;
    CK_RV rv = t->module->call->C_FindObjectsInit(t->session, template, (CK_ULONG)n);
    if (rv != CKR_OK)
        return sl_pkcs11_reason_fail(err, "look for a key", rv);
    bool ok = collect(t, hits, err);
    (void)t->module->call->C_FindObjectsFinal(t->session);
    return ok;
}

static CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, uint8_t *bytes, size_t len)
{
    return (CK_ATTRIBUTE){ type, bytes, (CK_ULONG)len };
}

bool sl_pkcs11_object_find(struct sl_pkcs11_token *t, const struct sl_pkcs11_uri *uri, CK_OBJECT_CLASS class,
                           bool named, struct sl_pkcs11_hits *hits, struct sl_err *err)
{
    /* the functions of PKCS #11 know no const */
    struct sl_pkcs11_value id = uri->attr[SL_PKCS11_ID], label = uri->attr[SL_PKCS11_OBJECT];
    CK_ATTRIBUTE template[3] = { { CKA_CLASS, &class, sizeof class } };
    size_t n = 1;
    if (named && id.given)
        template[n++] = attribute(CKA_ID, id.bytes, id.len);
    if (named && label.given)
        template[n++] = attribute(CKA_LABEL, label.bytes, label.len);
    return search(t, template, n, hits, err);
}

bool sl_pkcs11_object_find_id(struct sl_pkcs11_token *t, CK_OBJECT_CLASS class, struct sl_span id,
                              struct sl_pkcs11_hits *hits, struct sl_err *err)
{
    uint8_t bytes[SL_PKCS11_VALUE_MAX_BYTES] = { 0 };
    if (id.len == 0 || id.len > sizeof bytes)
        return true;
    memcpy(bytes, id.ptr, id.len);
    CK_ATTRIBUTE template[2] = { { CKA_CLASS, &class, sizeof class }, attribute(CKA_ID, bytes, id.len) };
    return search(t, template, 2, hits, err);
}

/* An object that lacks an attribute, or keeps it to itself, is no failure of the module. */
static bool lacks(CK_RV rv, const CK_ATTRIBUTE *a)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE
           || (rv == CKR_OK && a->ulValueLen == CK_UNAVAILABLE_INFORMATION);
}

bool sl_pkcs11_object_get(const struct sl_pkcs11_object *o, CK_ATTRIBUTE_TYPE type, struct sl_buf *ret,
                          struct sl_err *err)
{
    CK_FUNCTION_LIST *call = o->token->module->call;
    CK_ATTRIBUTE a = { type, NULL, 0 };
    CK_RV rv = call->C_GetAttributeValue(o->token->session, o->handle, &a, 1);
    sl_buf_reset(ret);
    if (lacks(rv, &a))
        return true;
    if (rv != CKR_OK || a.ulValueLen > VALUE_MAX_BYTES)
        return sl_pkcs11_reason_fail(err, "read an object", rv == CKR_OK ? CKR_GENERAL_ERROR : rv);
    size_t room = a.ulValueLen;
    if (!sl_buf_reserve(ret, room + 1, err))
        return false;
    a.pValue = ret->ptr;
    rv = room > 0 ? call->C_GetAttributeValue(o->token->session, o->handle, &a, 1) : CKR_OK;
    if (lacks(rv, &a))
        return true;
    if (rv != CKR_OK || a.ulValueLen > room)
        return sl_pkcs11_reason_fail(err, "read an object", rv == CKR_OK ? CKR_GENERAL_ERROR : rv);
    ret->len = a.ulValueLen;
    ret->ptr[ret->len] = 0;
    return true;
}

bool sl_pkcs11_object_ulong(const struct sl_pkcs11_object *o, CK_ATTRIBUTE_TYPE type, CK_ULONG *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf value = { 0 };
    if (!sl_pkcs11_object_get(o, type, &value, err))
        return false;
    if (value.len == sizeof *ret)
        memcpy(ret, value.ptr, sizeof *ret);
    return true;
}

bool sl_pkcs11_object_bool(const struct sl_pkcs11_object *o, CK_ATTRIBUTE_TYPE type, bool *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf value = { 0 };
    if (!sl_pkcs11_object_get(o, type, &value, err))
        return false;
    if (value.len == sizeof(CK_BBOOL))
        *ret = value.ptr[0] != CK_FALSE;
    return true;
}

struct name {
    char label[49], id[2 * 16 + 1];
};

static bool read_name(const struct sl_pkcs11_object *o, struct name *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf label = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf id = { 0 };
    if (!sl_pkcs11_object_get(o, CKA_LABEL, &label, err) || !sl_pkcs11_object_get(o, CKA_ID, &id, err))
        return false;
    sl_pkcs11_text(sl_buf_span(&label), ret->label, sizeof ret->label);
    if (id.len > 0)
        sl_hex_put(ret->id, sizeof ret->id, sl_span_sub(sl_buf_span(&id), 0, id.len < 16 ? id.len : 16));
    return true;
}

static int by_label(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    int order = strcmp(x->label, y->label);
    return order ? order : strcmp(x->id, y->id);
}

/* The one whose label is most like the one asked for comes first, the others keep their order. */
static void nearest_first(struct name *names, size_t n, const char *wanted)
{
    const char *labels[SL_PKCS11_HITS + 1] = { NULL };
    for (size_t i = 0; i < n; i++)
        labels[i] = names[i].label;
    const char *near = sl_nearest(wanted, labels);
    for (size_t i = 1; near && i < n; i++)
        if (labels[i] == near) {
            const struct name first = names[i];
            memmove(names + 1, names, i * sizeof *names);
            names[0] = first;
            return;
        }
}

/* A module may list its objects in another order each time; people are shown the same one. */
bool sl_pkcs11_object_names(const struct sl_pkcs11_query *q, const struct sl_pkcs11_hits *hits, struct sl_buf *ret,
                            struct sl_err *err)
{
    struct name names[SL_PKCS11_HITS] = { { { 0 }, { 0 } } };
    size_t n = hits->n < SL_PKCS11_HITS ? hits->n : SL_PKCS11_HITS;
    for (size_t i = 0; i < n; i++)
        if (!read_name(&hits->at[i], &names[i], err))
            return false;
    qsort(names, n, sizeof *names, by_label);
    if (q->uri.attr[SL_PKCS11_OBJECT].given)
        nearest_first(names, n, (const char *)q->uri.attr[SL_PKCS11_OBJECT].bytes);

    size_t shown = n < 4 ? n : 4;
    for (size_t i = 0; i < shown; i++)
        if (!sl_buf_addf(ret, err, "%s'%s' (id %s)", i > 0 ? ", " : "", names[i].label,
                         names[i].id[0] ? names[i].id : "none"))
            return false;
    return shown == hits->n || sl_buf_addf(ret, err, " and %zu more", hits->n - shown);
}
