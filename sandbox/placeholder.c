#include "sandbox/priv/placeholder.h"

#include "core/text.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define OPEN        "${aws:"
#define VERSION_AT  "%3FversionId%3D"
#define KEY_MAX     1024
#define UNRESERVED  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
#define BUCKET_SET  "abcdefghijklmnopqrstuvwxyz0123456789-."
#define NOT_CLOSED  "One or more parameters or placeholders are not terminated."
#define BAD_DOC     "InvalidJobDocumentException"
#define BAD_REQUEST "InvalidRequestException"

static bool invalid_url(struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 400, BAD_REQUEST, "Provided argument for presigned url is invalid: %s", why);
}

/* Parts of one placeholder; bucket, key and version are what they point to. */
struct parts {
    struct sl_buf bucket, key, version;
};

static void parts_clear(struct parts *p)
{
    sl_buf_clear(&p->bucket);
    sl_buf_clear(&p->key);
    sl_buf_clear(&p->version);
}

static bool bucket_valid(const struct sl_buf *bucket)
{
    const char *name = sl_buf_str(bucket);
    return bucket->len >= 3 && bucket->len <= 63 && strspn(name, BUCKET_SET) == bucket->len;
}

static bool decode_once(struct sl_span text, struct sl_buf *ret, struct sl_err *err)
{
    struct sl_err why = { 0 };
    for (size_t i = 0; i < text.len; i++)
        if (!text.ptr[i] || !strchr(UNRESERVED "/%", text.ptr[i]))
            return invalid_url(err, "the URL of a v2 placeholder must be percent-encoded but for unreserved characters "
                                    "and '/'");
    if (sl_percent_get(text, ret, &why))
        return true;
    return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : invalid_url(err, "a '%' without two hexadecimal digits");
}

static size_t find_version(struct sl_span key)
{
    size_t len = sizeof VERSION_AT - 1;
    for (size_t i = 0; i + len <= key.len; i++)
        if (!strncasecmp((const char *)key.ptr + i, VERSION_AT, len)
            && !strncmp((const char *)key.ptr + i + 3, "versionId", 9))
            return i;
    return key.len;
}

static bool read_encoded_key(struct sl_span text, struct parts *p, struct sl_err *err)
{
    size_t at = find_version(text);
    if (!decode_once(sl_span_sub(text, 0, at), &p->key, err))
        return false;
    if (strchr(sl_buf_str(&p->key), '?'))
        return invalid_url(err, "a '?' in the key, which AWS might take for a query");
    if (at == text.len)
        return true;
    if (!decode_once(sl_span_sub(text, at + sizeof VERSION_AT - 1, text.len), &p->version, err))
        return false;
    const char *version = sl_buf_str(&p->version);
    if (!*version || version[strspn(version, UNRESERVED)])
        return invalid_url(err,
                           "a versionId of other than unreserved characters; AWS does not say how often it decodes "
                           "those");
    return true;
}

static bool read_plain_key(struct sl_span text, struct parts *p, struct sl_err *err)
{
    if (find_version(text) != text.len || (text.len && memchr(text.ptr, '?', text.len)))
        return invalid_url(err, "s3-presigned-url (version 1) takes no versionId, s3-presigned-url-v2 does");
    return sl_buf_add(&p->key, text, err);
}

/* "bucket/key", or the key alone when the host named the bucket. */
static bool read_path(struct sl_span path, bool v2, struct parts *p, struct sl_err *err)
{
    if (!p->bucket.len) {
        const uint8_t *slash = path.len ? memchr(path.ptr, '/', path.len) : NULL;
        size_t len = slash ? (size_t)(slash - path.ptr) : path.len;
        if (!sl_buf_add(&p->bucket, sl_span_sub(path, 0, len), err))
            return false;
        path = sl_span_sub(path, len + 1, path.len);
    }
    if (!bucket_valid(&p->bucket))
        return invalid_url(err, "no bucket name where it was expected");
    if (!(v2 ? read_encoded_key(path, p, err) : read_plain_key(path, p, err)))
        return false;
    if (!p->key.len || p->key.len > KEY_MAX || !sl_utf8_valid(sl_buf_span(&p->key)))
        return invalid_url(err, "the key must be 1 to 1024 bytes of UTF-8");
    return true;
}

/* The hosts the documentation shows: s3.<region>.<suffix>; in version 1 also s3.<suffix>, in version 2 also
 * <bucket>.s3.<region>.<suffix>. */
static bool read_host(const struct sl_placeholder_filler *f, struct sl_span host, bool v2, struct parts *p,
                      struct sl_err *err)
{
    char own[128], global[64];
    (void)snprintf(own, sizeof own, "s3.%s.%s", f->region, f->suffix);
    (void)snprintf(global, sizeof global, "s3.%s", f->suffix);
    if (sl_span_is(host, own) || (!v2 && sl_span_is(host, global)))
        return true;
    size_t len = strlen(own);
    if (v2 && host.len > len + 1 && sl_span_is(sl_span_sub(host, host.len - len, len), own)
        && host.ptr[host.len - len - 1] == '.')
        return sl_buf_add(&p->bucket, sl_span_sub(host, 0, host.len - len - 1), err);
    SL_AUTO(sl_buf_clear) struct sl_buf shown = { 0 };
    if (!sl_safe_add(&shown, host, 100, err))
        return false;
    return sl_refusal_make(err, 400, BAD_REQUEST,
                           "Provided argument for presigned url is invalid: host '%s', expected '%s'",
                           sl_buf_str(&shown), own);
}

static bool add_url(const struct sl_placeholder_filler *f, struct sl_span url, bool v2, struct sl_buf *b,
                    struct sl_err *err)
{
    SL_AUTO(parts_clear) struct parts p = { .bucket = { 0 } };
    if (!sl_span_starts(url, "https://"))
        return invalid_url(err, "it must begin with https://");
    struct sl_span rest = sl_span_sub(url, 8, url.len);
    const uint8_t *slash = rest.len ? memchr(rest.ptr, '/', rest.len) : NULL;
    size_t host = slash ? (size_t)(slash - rest.ptr) : rest.len;
    if (!read_host(f, sl_span_sub(rest, 0, host), v2, &p, err)
        || !read_path(sl_span_sub(rest, host + 1, rest.len), v2, &p, err))
        return false;
    struct sl_placeholder found = { sl_buf_str(&p.bucket), sl_buf_str(&p.key), sl_buf_str(&p.version) };
    return f->url(f->ctx, &found, b, err);
}

/* What stands between "${aws:" and "}". */
static bool add_placeholder(const struct sl_placeholder_filler *f, struct sl_span inside, struct sl_buf *b,
                            struct sl_err *err)
{
    static const struct {
        const char *prefix, *why;
    } refused[] = {
        { "iot:s3-presigned-url-upload:", "presigned url upload placeholders are not carried out by the sandbox" },
        { "iot:parameter:", "parameters are for AWS managed job templates only" },
        { "iot:code-sign-signature:", "AWS does not say what CreateJob does with a code signing placeholder" },
    };
    static const char v1[] = "iot:s3-presigned-url:", v2[] = "iot:s3-presigned-url-v2:";
    const bool is_url = sl_span_starts(inside, v1) || sl_span_starts(inside, v2);
    if (is_url && !f->url)
        return sl_buf_add_str(b, OPEN, err) && sl_buf_add(b, inside, err) && sl_buf_add_char(b, '}', err);
    if (sl_span_starts(inside, "iot:package:"))
        return f->package(f->ctx, sl_span_sub(inside, 4, inside.len), b, err);
    if (sl_span_starts(inside, v1))
        return add_url(f, sl_span_sub(inside, sizeof v1 - 1, inside.len), false, b, err);
    if (sl_span_starts(inside, v2))
        return add_url(f, sl_span_sub(inside, sizeof v2 - 1, inside.len), true, b, err);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (sl_span_starts(inside, refused[i].prefix))
            return sl_refusal_make(err, 400, BAD_DOC, "Placeholder ${aws:%s...}: %s", refused[i].prefix,
                                   refused[i].why);
    SL_AUTO(sl_buf_clear) struct sl_buf shown = { 0 };
    if (!sl_safe_add(&shown, inside, 60, err))
        return false;
    return sl_refusal_make(err, 400, BAD_DOC, "Undefined placeholder, ${aws:%s}", sl_buf_str(&shown));
}

static bool check_local(const char *at, struct sl_err *err)
{
    static const char *const names[] = { "${thingName}", "${jobId}", "${executionNumber}" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(at, names[i], strlen(names[i])))
            return sl_refusal_make(err, 400, BAD_DOC,
                                   "Local placeholder, %s, is only valid inside of presign url upload", names[i]);
    return true;
}

/* The placeholder that begins at at; *ret_end is behind its '}'. */
static bool add_at(const struct sl_placeholder_filler *f, const char *at, const char **ret_end, struct sl_buf *b,
                   struct sl_err *err)
{
    const char *inside = at + sizeof OPEN - 1, *end = strchr(inside, '}');
    if (!end)
        return sl_refusal_make(err, 400, BAD_DOC, NOT_CLOSED);
    const char *second = strstr(inside, "${");
    if (second && second < end) {
        if (strncmp(second, OPEN, sizeof OPEN - 1) != 0)
            return check_local(second, err) && sl_refusal_make(err, 400, BAD_DOC, NOT_CLOSED);
        return sl_refusal_make(err, 400, BAD_DOC, "${aws:%.*s[...]} should not be the second layer pattern.",
                               (int)strcspn(second + sizeof OPEN - 1, ":}"), second + sizeof OPEN - 1);
    }
    *ret_end = end + 1;
    return add_placeholder(f, (struct sl_span){ (const uint8_t *)inside, (size_t)(end - inside) }, b, err);
}

static bool fill_text(const struct sl_placeholder_filler *f, const char *text, struct sl_buf *b, struct sl_err *err)
{
    while (*text) {
        const char *at = strstr(text, "${");
        size_t before = at ? (size_t)(at - text) : strlen(text);
        if (!sl_buf_add(b, (struct sl_span){ (const uint8_t *)text, before }, err))
            return false;
        if (!at)
            return true;
        text = at + 2;
        bool ours = !strncmp(at, OPEN, sizeof OPEN - 1);
        if (ours ? !add_at(f, at, &text, b, err) : !check_local(at, err) || !sl_buf_add_str(b, "${", err))
            return false;
    }
    return true;
}

static bool fill_string(const json_t *value, const struct sl_placeholder_filler *f, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    if (!fill_text(f, json_string_value(value), &b, err))
        return false;
    *ret = json_string(sl_buf_str(&b));
    return *ret || sl_fail_nomem(err);
}

static bool fill_array(const json_t *value, const struct sl_placeholder_filler *f, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *copy = json_array();
    if (!copy)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *element = NULL;
        if (!sl_placeholder_fill(json_array_get(value, i), f, &element, err) || !sl_json_push(copy, element, err))
            return false;
    }
    *ret = json_incref(copy);
    return true;
}

static bool fill_object(const json_t *value, const struct sl_placeholder_filler *f, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *copy = json_object();
    if (!copy)
        return sl_fail_nomem(err);
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        json_t *filled = NULL;
        if (strstr(key, OPEN))
            return sl_refusal_make(err, 400, BAD_DOC, "a placeholder stands in the name of a member, not in a value");
        if (json_is_null(member))
            continue;
        if (!sl_placeholder_fill(member, f, &filled, err) || !sl_json_set(copy, key, filled, err))
            return false;
    }
    *ret = json_incref(copy);
    return true;
}

bool sl_placeholder_fill(const json_t *document, const struct sl_placeholder_filler *filler, json_t **ret,
                         struct sl_err *err)
{
    if (json_is_string(document))
        return fill_string(document, filler, ret, err);
    if (json_is_array(document))
        return fill_array(document, filler, ret, err);
    if (json_is_object(document))
        return fill_object(document, filler, ret, err);
    *ret = json_incref((json_t *)(uintptr_t)document);
    return true;
}
