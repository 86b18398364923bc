#include "sandbox/priv/s3_schema.h"

#include "core/clock.h"
#include "core/text.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <string.h>

bool sl_s3_schema_refuse(struct sl_err *err)
{
    return sl_refusal_make(err, 400, "MalformedXML",
                           "The XML you provided was not well-formed or did not validate against our published schema");
}

/* ISO 8601 with a fraction that is passed over; the rest becomes the basic form. */
bool sl_s3_schema_time(const char *text, int64_t *ret_utc)
{
    char basic[SL_CLOCK_BASIC_SIZE];
    size_t len = strlen(text);
    if (len < 20 || len > 30 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':'
        || text[16] != ':' || text[len - 1] != 'Z')
        return false;
    if (len > 20 && (text[19] != '.' || strspn(text + 20, "0123456789") != len - 21))
        return false;
    (void)snprintf(basic, sizeof basic, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", text, text + 5, text + 8, text + 11, text + 14,
                   text + 17);
    return sl_clock_from_basic(basic, ret_utc);
}

static bool is_one_of(const char *const *values, const char *text)
{
    for (; *values; values++)
        if (!strcmp(*values, text))
            return true;
    return false;
}

static bool value_fits(const struct sl_s3_schema *s, const char *text)
{
    int64_t utc;
    switch (s->kind) {
    case SL_S3_NUMBER:
        return *text && strlen(text) <= 15 && !text[strspn(text, "0123456789")];
    case SL_S3_FLAG:
        return !strcmp(text, "true") || !strcmp(text, "false");
    case SL_S3_DATE:
        return sl_s3_schema_time(text, &utc);
    case SL_S3_TEXT:
        return !s->values || is_one_of(s->values, text);
    case SL_S3_GROUP:
        break;
    }
    return true;
}

static const struct sl_s3_schema *find(const struct sl_s3_schema *in, const char *name)
{
    for (; in->name; in++)
        if (!strcmp(in->name, name))
            return in;
    return NULL;
}

static unsigned count(const struct sl_xml *e, const char *name)
{
    unsigned n = 0;
    for (const struct sl_xml *c = sl_xml_child(e, name); c; c = sl_xml_again(c))
        n++;
    return n;
}

bool sl_s3_schema_check(const struct sl_xml *e, const struct sl_s3_schema *in, struct sl_err *err)
{
    for (const struct sl_xml *c = e->child; c; c = c->next) {
        const struct sl_s3_schema *s = find(in, c->name);
        if (!s || (s->kind != SL_S3_GROUP && (c->child || !value_fits(s, c->text))))
            return sl_s3_schema_refuse(err);
        if (s->kind == SL_S3_GROUP && !sl_s3_schema_check(c, s->in, err))
            return false;
    }
    for (; in->name; in++) {
        unsigned n = count(e, in->name);
        if (n < in->min || n > in->max)
            return sl_s3_schema_refuse(err);
    }
    return true;
}

bool sl_s3_schema_read(struct sl_exchange *x, const char *root, const struct sl_s3_schema *in,
                       const struct sl_xml **ret, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (!sl_xml_parse(x->body, x->arena, ret, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : sl_s3_schema_refuse(err);
    return strcmp((*ret)->name, root) ? sl_s3_schema_refuse(err) : sl_s3_schema_check(*ret, in, err);
}

bool sl_s3_schema_copy(struct sl_buf *b, const struct sl_xml *e, struct sl_err *err)
{
    if (!e->child)
        return sl_xml_escape(b, e->text, err);
    for (const struct sl_xml *c = e->child; c; c = c->next)
        if (!sl_buf_addf(b, err, "<%s>", c->name) || !sl_s3_schema_copy(b, c, err)
            || !sl_buf_addf(b, err, "</%s>", c->name))
            return false;
    return true;
}
