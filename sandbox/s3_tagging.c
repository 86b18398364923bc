/* Tags of objects. Source: S3 user guide, "Categorizing your storage using tags". */
#include "core/text.h"
#include "core/xml.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"
#include "sandbox/priv/s3_schema.h"

#include <string.h>

#define MAX_TAGS  10
#define MAX_KEY   128
#define MAX_VALUE 256
#define HEADER    "x-amz-tagging"

#define END                                                                                                            \
    {                                                                                                                  \
        NULL, SL_S3_TEXT, 0, 0, NULL, NULL                                                                             \
    }
static const struct sl_s3_schema tag[] = { { "Key", SL_S3_TEXT, 1, 1, NULL, NULL },
                                           { "Value", SL_S3_TEXT, 1, 1, NULL, NULL },
                                           END };
static const struct sl_s3_schema set[] = { { "Tag", SL_S3_GROUP, 0, 1000, NULL, tag }, END };
static const struct sl_s3_schema tagging[] = { { "TagSet", SL_S3_GROUP, 1, 1, NULL, set }, END };

static bool not_encoded(struct sl_err *err)
{
    return sl_refusal_make(err, 400, "InvalidArgument",
                           "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
                           "without tag name duplicates.");
}

static bool decode(struct sl_exchange *x, struct sl_span text, const char **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf spaced = { 0 }, plain = { 0 };
    struct sl_err why = { 0 };
    if (!sl_buf_add(&spaced, text, err))
        return false;
    for (size_t i = 0; i < spaced.len; i++)
        if (spaced.ptr[i] == '+')
            spaced.ptr[i] = ' ';
    if (!sl_percent_get(sl_buf_span(&spaced), &plain, &why) || !sl_utf8_valid(sl_buf_span(&plain)))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : not_encoded(err);
    *ret = sl_arena_span(x->arena, sl_buf_span(&plain), err);
    return *ret != NULL;
}

bool sl_s3_tags_read(struct sl_exchange *x, const char *text, struct sl_pair *ret, size_t max, size_t *ret_n,
                     struct sl_err *err)
{
    size_t n = 0;
    while (*text) {
        struct sl_span part = { (const uint8_t *)text, strcspn(text, "&") };
        const uint8_t *equals = part.len ? memchr(part.ptr, '=', part.len) : NULL;
        size_t name = equals ? (size_t)(equals - part.ptr) : part.len;
        text += part.len + (text[part.len] == '&');
        if (!part.len || n == max)
            return not_encoded(err);
        if (!decode(x, sl_span_sub(part, 0, name), &ret[n].name, err)
            || !decode(x, sl_span_sub(part, name + 1, part.len), &ret[n].value, err))
            return false;
        n++;
    }
    *ret_n = n;
    return true;
}

/* Letters of any script, digits, spaces and a few signs: bytes beyond ASCII are taken for letters. */
static bool is_plain(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x80
            && !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.:/=+-@", *p))
            return false;
    return true;
}

static bool check(const struct sl_pair *tags, size_t n, struct sl_err *err)
{
    if (n > MAX_TAGS)
        return sl_refusal_make(err, 400, "BadRequest", "Object tags cannot be greater than 10");
    for (size_t i = 0; i < n; i++) {
        size_t key = sl_utf8_length(sl_span_str(tags[i].name));
        if (!key || key > MAX_KEY || !is_plain(tags[i].name) || !strncmp(tags[i].name, "aws:", 4))
            return sl_refusal_make(err, 400, "InvalidTag", "The TagKey you have provided is invalid");
        if (sl_utf8_length(sl_span_str(tags[i].value)) > MAX_VALUE || !is_plain(tags[i].value))
            return sl_refusal_make(err, 400, "InvalidTag", "The TagValue you have provided is invalid");
        for (size_t k = 0; k < i; k++)
            if (!strcmp(tags[i].name, tags[k].name))
                return sl_refusal_make(err, 400, "InvalidTag", "Cannot provide multiple Tags with the same key");
    }
    return true;
}

bool sl_s3_tagging_check(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_pair tags[MAX_TAGS + 1] = { { NULL, NULL } };
    size_t n = 0;
    const char *header = sl_exchange_request_header(s->x, HEADER);
    return !header
           || (sl_s3_require(s, "s3:PutObjectTagging", s->key, err)
               && sl_s3_tags_read(s->x, header, tags, MAX_TAGS + 1, &n, err) && check(tags, n, err));
}

bool sl_s3_tagging_count(struct sl_s3 *s, const char *headers, struct sl_err *err)
{
    struct sl_pair tags[MAX_TAGS + 1] = { { NULL, NULL } };
    size_t n = 0;
    const char *text = NULL, *number;
    if (!sl_s3_setting_of(s->x, headers, HEADER, &text, err)
        || (text && !sl_s3_tags_read(s->x, text, tags, MAX_TAGS + 1, &n, err)))
        return false;
    number = sl_arena_fmt(s->x->arena, err, "%zu", n);
    return number && (!n || sl_exchange_header(s->x, "x-amz-tagging-count", number, err));
}

bool sl_s3_tagging_get(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_s3_object o = { .seq = 0 };
    struct sl_pair tags[MAX_TAGS + 1] = { { NULL, NULL } };
    size_t n = 0;
    struct sl_buf *b = &s->x->reply;
    const char *text = NULL;
    if (!sl_s3_find_readable(s, &o, err) || !sl_s3_setting_of(s->x, o.headers, HEADER, &text, err)
        || (text && !sl_s3_tags_read(s->x, text, tags, MAX_TAGS + 1, &n, err)) || !sl_s3_xml_begin(s->x, "Tagging", err)
        || !sl_buf_add_str(b, "<TagSet>", err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!sl_buf_add_str(b, "<Tag>", err) || !sl_s3_xml(b, "Key", tags[i].name, err)
            || !sl_s3_xml(b, "Value", tags[i].value, err) || !sl_buf_add_str(b, "</Tag>", err))
            return false;
    return sl_buf_add_str(b, "</TagSet></Tagging>", err) && sl_s3_version_header(s, o.version, err)
           && sl_exchange_xml(s->x, 200, err);
}

static bool encode(const struct sl_pair *tags, size_t n, struct sl_buf *ret, struct sl_err *err)
{
    for (size_t i = 0; i < n; i++)
        if ((i && !sl_buf_add_char(ret, '&', err)) || !sl_percent_add(ret, sl_span_str(tags[i].name), false, err)
            || !sl_buf_add_char(ret, '=', err) || !sl_percent_add(ret, sl_span_str(tags[i].value), false, err))
            return false;
    return true;
}

static bool change(struct sl_s3 *s, const struct sl_pair *tags, size_t n, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_s3_object o = { .seq = 0 };
    struct sl_pair to = { HEADER, NULL };
    if (!sl_s3_find_readable(s, &o, err) || !encode(tags, n, &text, err))
        return false;
    to.value = sl_buf_str(&text);
    return sl_s3_setting_change(s, &o, &to, 1, err) && sl_s3_version_header(s, o.version, err);
}

bool sl_s3_tagging_put(struct sl_s3 *s, struct sl_err *err)
{
    const struct sl_xml *root;
    struct sl_pair tags[MAX_TAGS + 1] = { { NULL, NULL } };
    size_t n = 0;
    if (!sl_s3_integrity_require(s->x, err) || !sl_s3_schema_read(s->x, "Tagging", tagging, &root, err))
        return false;
    const struct sl_xml *e = sl_xml_child(sl_xml_child(root, "TagSet"), "Tag");
    for (; e && n <= MAX_TAGS; e = sl_xml_again(e))
        tags[n++] = (struct sl_pair){ sl_xml_text(e, "Key"), sl_xml_text(e, "Value") };
    s->x->status = 200;
    return check(tags, n, err) && change(s, tags, n, err);
}

bool sl_s3_tagging_delete(struct sl_s3 *s, struct sl_err *err)
{
    s->x->status = 204;
    return change(s, NULL, 0, err);
}
