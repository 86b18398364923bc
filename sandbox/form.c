#include "sandbox/priv/form.h"

#include "core/clock.h"
#include "core/text.h"
#include "core/xml.h"
#include "sandbox/priv/refusal.h"

#include <string.h>

#define MAX_FIELDS 1000

/* Forms write a space as '+'. */
static bool decode(struct sl_span text, struct sl_arena *arena, const char **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf spaced = { 0 }, plain = { 0 };
    struct sl_err why = { 0 };
    if (!sl_buf_add(&spaced, text, err))
        return false;
    for (size_t i = 0; i < spaced.len; i++)
        if (spaced.ptr[i] == '+')
            spaced.ptr[i] = ' ';
    if (!sl_percent_get(sl_buf_span(&spaced), &plain, &why))
        return why.code == SL_E_NOMEM
                   ? sl_fail_nomem(err)
                   : sl_refusal_make(err, 400, "MalformedInput", "the form is not percent-encoded: %s", why.msg);
    if (!sl_utf8_valid(sl_buf_span(&plain)) || (plain.len && memchr(plain.ptr, 0, plain.len)))
        return sl_refusal_make(err, 400, "MalformedInput", "the form is not valid UTF-8 text");
    *ret = sl_arena_span(arena, sl_buf_span(&plain), err);
    return *ret != NULL;
}

static bool add_field(struct sl_form *f, struct sl_span field, struct sl_arena *arena, struct sl_err *err)
{
    if (f->n == MAX_FIELDS)
        return sl_refusal_make(err, 400, "MalformedInput", "the form has more than %d fields", MAX_FIELDS);
    const uint8_t *equals = field.len ? memchr(field.ptr, '=', field.len) : NULL;
    size_t name = equals ? (size_t)(equals - field.ptr) : field.len;
    struct sl_pair *p = &f->fields[f->n++];
    return decode(sl_span_sub(field, 0, name), arena, &p->name, err)
           && decode(sl_span_sub(field, equals ? name + 1 : field.len, field.len), arena, &p->value, err);
}

bool sl_form_read(struct sl_exchange *x, struct sl_form *ret, struct sl_err *err)
{
    struct sl_form f = { 0 };
    f.fields = sl_arena_alloc(x->arena, MAX_FIELDS, sizeof *f.fields, err);
    if (!f.fields)
        return false;
    for (size_t i = 0; !x->body.len && i < x->n_query && f.n < MAX_FIELDS; i++)
        f.fields[f.n++] = x->query[i];
    for (size_t at = 0; at < x->body.len;) {
        const uint8_t *end = memchr(x->body.ptr + at, '&', x->body.len - at);
        size_t len = end ? (size_t)(end - x->body.ptr) - at : x->body.len - at;
        if (len && !add_field(&f, sl_span_sub(x->body, at, len), x->arena, err))
            return false;
        at += len + 1;
    }
    *ret = f;
    return true;
}

const char *sl_form_get(const struct sl_form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (!strcmp(f->fields[i].name, name))
            return f->fields[i].value;
    return NULL;
}

bool sl_form_need(const struct sl_form *f, const char *name, size_t max, const char **ret, struct sl_err *err)
{
    const char *value = sl_form_get(f, name);
    if (!value || !*value)
        return sl_refusal_make(err, 400, "ValidationError",
                               "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member "
                               "must not be null",
                               name);
    if (sl_utf8_length(sl_span_str(value)) > max)
        return sl_refusal_make(err, 400, "ValidationError",
                               "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must "
                               "have length less than or equal to %zu",
                               name, max);
    *ret = value;
    return true;
}

bool sl_form_element(struct sl_buf *b, const char *name, const char *text, struct sl_err *err)
{
    return sl_buf_addf(b, err, "<%s>", name) && sl_xml_escape(b, text, err) && sl_buf_addf(b, err, "</%s>", name);
}

bool sl_form_time(struct sl_buf *b, const char *name, int64_t utc, struct sl_err *err)
{
    char text[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(utc, text);
    return sl_form_element(b, name, text, err);
}

bool sl_form_reply(struct sl_exchange *x, const char *action, const char *xml_namespace, const struct sl_buf *result,
                   struct sl_err *err)
{
    struct sl_buf *b = &x->reply;
    x->status = 200;
    return sl_exchange_header(x, "Content-Type", "text/xml", err)
           && sl_buf_addf(b, err, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%sResponse xmlns=\"%s\">", action,
                          xml_namespace)
           && (!result
               || (sl_buf_addf(b, err, "<%sResult>", action) && sl_buf_add(b, sl_buf_span(result), err)
                   && sl_buf_addf(b, err, "</%sResult>", action)))
           && sl_buf_add_str(b, "<ResponseMetadata>", err) && sl_form_element(b, "RequestId", x->request_id, err)
           && sl_buf_addf(b, err, "</ResponseMetadata></%sResponse>\n", action);
}
