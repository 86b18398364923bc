/* Headers S3 knows: which are taken, which are stored with an object, which come back. */
#include "core/json.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <stdio.h>
#include <string.h>

#define MAX_METADATA_BYTES 2048
#define CREATES            "&PutObject&CreateMultipartUpload&"

static bool is_one_of(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (!strcmp(*list, name))
            return true;
    return false;
}

static bool not_carried_out(const char *name, struct sl_err *err)
{
    return sl_refusal_make(err, 501, "NotImplemented",
                           "A header you provided implies functionality that is not implemented: '%.80s'", name);
}

/* Headers that only some operations take. */
static bool check_place(const struct sl_exchange *x, const struct sl_pair *h, bool *ret_known, struct sl_err *err)
{
    static const struct {
        const char *name, *operations;
    } places[] = { { "x-amz-server-side-encryption", CREATES },
                   { "x-amz-server-side-encryption-aws-kms-key-id", CREATES },
                   { "x-amz-server-side-encryption-bucket-key-enabled", CREATES },
                   { "x-amz-storage-class", CREATES },
                   { "x-amz-tagging", CREATES },
                   { "x-amz-object-lock-mode", CREATES },
                   { "x-amz-object-lock-retain-until-date", CREATES },
                   { "x-amz-object-lock-legal-hold", CREATES },
                   { "x-amz-bypass-governance-retention", "&DeleteObject&DeleteObjects&PutObjectRetention&" },
                   { "x-amz-transition-default-minimum-object-size", "&PutBucketLifecycleConfiguration&" } };
    char wrapped[64];
    int n = snprintf(wrapped, sizeof wrapped, "&%s&", x->operation);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strcmp(h->name, places[i].name) != 0)
            continue;
        *ret_known = n > 0 && (size_t)n < sizeof wrapped && strstr(places[i].operations, wrapped);
        return *ret_known
               || sl_refusal_make(err, 400, "InvalidArgument", "%s header is not supported for this operation.",
                                  h->name);
    }
    return true;
}

/* Settings of which only one value changes nothing. */
static bool check_fixed(const struct sl_pair *h, bool *ret_known, struct sl_err *err)
{
    static const struct {
        const char *name, *value;
    } fixed[] = { { "x-amz-object-ownership", "BucketOwnerEnforced" } };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (!strcmp(h->name, fixed[i].name)) {
            *ret_known = true;
            return !strcmp(h->value, fixed[i].value) || not_carried_out(h->name, err);
        }
    if (strcmp(h->name, "x-amz-acl") != 0)
        return true;
    /* Buckets made today have no ACLs: BucketOwnerEnforced. */
    *ret_known = true;
    return !strcmp(h->value, "bucket-owner-full-control") || !strcmp(h->value, "private")
           || sl_refusal_make(err, 400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
}

bool sl_s3_headers_check(const struct sl_exchange *x, struct sl_err *err)
{
    static const char *const known[] = { "x-amz-bucket-object-lock-enabled",
                                         "x-amz-checksum-algorithm",
                                         "x-amz-checksum-mode",
                                         "x-amz-checksum-type",
                                         "x-amz-content-sha256",
                                         "x-amz-date",
                                         "x-amz-decoded-content-length",
                                         "x-amz-expected-bucket-owner",
                                         "x-amz-if-match-initiated-time",
                                         "x-amz-max-parts",
                                         "x-amz-mp-object-size",
                                         "x-amz-object-attributes",
                                         "x-amz-part-number-marker",
                                         "x-amz-sdk-checksum-algorithm",
                                         "x-amz-security-token",
                                         "x-amz-trailer",
                                         "x-amz-user-agent",
                                         NULL };
    size_t metadata = 0;
    for (size_t i = 0; i < x->n_headers; i++) {
        const struct sl_pair *h = &x->headers[i];
        enum sl_checksum_kind kind;
        bool is_known = is_one_of(known, h->name) || sl_checksum_by_header(h->name, &kind);
        if (strncmp(h->name, "x-amz-", 6) != 0)
            continue;
        if (!strncmp(h->name, "x-amz-meta-", 11)) {
            metadata += strlen(h->name) - 11 + strlen(h->value);
            continue;
        }
        if (!check_place(x, h, &is_known, err) || !check_fixed(h, &is_known, err)
            || (!is_known && !not_carried_out(h->name, err)))
            return false;
    }
    return metadata <= MAX_METADATA_BYTES
           || sl_refusal_make(err, 400, "MetadataTooLarge",
                              "Your metadata headers exceed the maximum allowed metadata size");
}

static bool is_stored(const char *name)
{
    static const char *const stored[] = { "cache-control",       "content-disposition", "content-encoding",
                                          "content-language",    "content-type",        "expires",
                                          "x-amz-storage-class", "x-amz-tagging",       NULL };
    return is_one_of(stored, name) || !strncmp(name, "x-amz-meta-", 11);
}

/* "aws-chunked" says how the body travels and is not kept; what stands beside it is. */
static const char *without_chunked(struct sl_exchange *x, const char *value, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    for (const char *p = value; *p;) {
        p += strspn(p, ", \t");
        struct sl_span word = { (const uint8_t *)p, strcspn(p, ",") };
        p += word.len;
        while (word.len && (word.ptr[word.len - 1] == ' ' || word.ptr[word.len - 1] == '\t'))
            word.len--;
        if (!word.len || sl_span_is(word, "aws-chunked"))
            continue;
        if ((b.len && !sl_buf_add_str(&b, ",", err)) || !sl_buf_add(&b, word, err))
            return NULL;
    }
    return sl_arena_str(x->arena, sl_buf_str(&b), err);
}

/* Metadata sent twice under one name is joined with a comma, as S3 does. */
static bool store_one(struct sl_exchange *x, json_t *object, const struct sl_pair *h, struct sl_err *err)
{
    const char *value = strcmp(h->name, "content-encoding") ? h->value : without_chunked(x, h->value, err);
    const char *before = json_string_value(json_object_get(object, h->name));
    if (value && before)
        value = sl_arena_fmt(x->arena, err, "%s,%s", before, value);
    if (!value)
        return false;
    json_t *text = json_string(value);
    if (!text && err->code == SL_OK)
        return sl_refusal_make(err, 400, "InvalidArgument", "The header '%.80s' is not valid UTF-8", h->name);
    return !*value ? (json_decref(text), true) : sl_json_set(object, h->name, text, err);
}

bool sl_s3_headers_wish(struct sl_s3 *s, struct sl_err *err)
{
    static const char *const classes[] = { "STANDARD", "REDUCED_REDUNDANCY",  "STANDARD_IA",  "ONEZONE_IA",
                                           "GLACIER",  "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR",
                                           NULL };
    const char *class = sl_exchange_request_header(s->x, "x-amz-storage-class");
    if (class && !is_one_of(classes, class))
        return sl_refusal_make(err, 400, "InvalidStorageClass", "The storage class you specified is not valid");
    return sl_s3_encryption_check(s, err) && sl_s3_lock_check(s, err) && sl_s3_tagging_check(s, err);
}

bool sl_s3_headers_class(struct sl_exchange *x, const char *stored, const char **ret, struct sl_err *err)
{
    if (!sl_s3_setting_of(x, stored, "x-amz-storage-class", ret, err))
        return false;
    *ret = *ret ? *ret : "STANDARD";
    return true;
}

bool sl_s3_headers_store(struct sl_s3 *s, const char **ret, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    SL_AUTO(sl_json_clear) json_t *object = json_object();
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!object)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < x->n_headers; i++)
        if (is_stored(x->headers[i].name) && !store_one(x, object, &x->headers[i], err))
            return false;
    if (!sl_s3_encryption_fill(s, object, err) || !sl_s3_lock_fill(s, object, err)
        || !sl_json_canonical(object, &text, err))
        return false;
    *ret = sl_arena_str(x->arena, sl_buf_str(&text), err);
    return *ret != NULL;
}

/* response-content-type and the like, of which signed requests may make use. */
static const char * override(const struct sl_exchange *x, const char *name)
{
    static const struct {
        const char *header, *query;
    } may[] = { { "content-type", "response-content-type" },
                { "content-language", "response-content-language" },
                { "content-disposition", "response-content-disposition" },
                { "content-encoding", "response-content-encoding" },
                { "cache-control", "response-cache-control" },
                { "expires", "response-expires" } };
    for (size_t i = 0; i < sizeof may / sizeof *may; i++)
        if (!strcmp(may[i].header, name))
            return sl_exchange_query(x, may[i].query);
    return NULL;
}

/* The class is told when it is not the usual one, the number of tags to those who may read them. */
static bool add_standing(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    const char *class;
    bool tags = false, version = sl_exchange_query(s->x, "versionId") != NULL;
    if (!sl_s3_headers_class(s->x, o->headers, &class, err)
        || (strcmp(class, "STANDARD") != 0 && !sl_exchange_header(s->x, "x-amz-storage-class", class, err)))
        return false;
    if (strstr(o->headers, "\"x-amz-tagging\"")
        && !sl_s3_may(s, version ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging", s->key, &tags, err))
        return false;
    return (!tags || sl_s3_tagging_count(s, o->headers, err)) && sl_s3_lock_reply(s, o, err);
}

bool sl_s3_headers_reply(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    const char *stored = o->headers;
    static const char *const plain[] = {
        "content-type", "content-language", "content-disposition", "content-encoding", "cache-control", "expires", NULL
    };
    SL_AUTO(sl_json_clear) json_t *object = NULL;
    const char *name;
    json_t *value;
    if (!sl_json_parse(sl_span_str(stored), "stored headers", &object, err))
        return false;
    for (size_t i = 0; plain[i]; i++) {
        const char *kept = json_string_value(json_object_get(object, plain[i])), *asked = override(x, plain[i]);
        const char *put = asked ? asked : kept;
        if (!put && !i)
            put = "binary/octet-stream";
        if (put && !sl_exchange_header(x, plain[i], put, err))
            return false;
    }
    json_object_foreach(object, name,
                        value) if (!strncmp(name, "x-amz-meta-", 11)
                                   && !sl_exchange_header(x, name, json_string_value(value), err)) return false;
    return add_standing(s, o, err);
}

bool sl_s3_checksum_header(struct sl_exchange *x, const char *algorithm, const char *value, const char *type,
                           struct sl_err *err)
{
    enum sl_checksum_kind kind;
    if (!sl_checksum_by_name(algorithm, &kind))
        return true;
    return sl_exchange_header(x, sl_checksum_header(kind), value, err)
           && (!*type || sl_exchange_header(x, "x-amz-checksum-type", type, err));
}
