/* ListObjects, ListObjectsV2, ListObjectVersions. */
#include "core/text.h"
#include "sandbox/priv/page.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEYS 1000

/* A list being made: entries go into the reply at once, common prefixes after them. */
struct list {
    struct sl_s3 *s;
    struct sl_page page;
    struct sl_buf prefixes;
    bool owner, versions;
    const char *previous_key, *last_version; /* of ListObjectVersions */
};

static const char *text_of(const struct sl_exchange *x, const char *name)
{
    const char *text = sl_exchange_query(x, name);
    return text ? text : "";
}

static bool page_of(struct sl_s3 *s, const char *marker, struct sl_page *ret, struct sl_err *err)
{
    const char *encoding = sl_exchange_query(s->x, "encoding-type");
    int64_t max = MAX_KEYS;
    *ret = (struct sl_page){ .prefix = text_of(s->x, "prefix"),
                             .delimiter = text_of(s->x, "delimiter"),
                             .marker = marker,
                             .arena = s->x->arena };
    if (encoding && strcmp(encoding, "url") != 0)
        return sl_refusal_make(err, 400, "InvalidArgument", "Invalid Encoding Method specified in Request");
    if (!sl_s3_number(s->x, "max-keys", 0, INT32_MAX, &max, err))
        return false;
    ret->max = max < MAX_KEYS ? (size_t)max : MAX_KEYS;
    return true;
}

static bool add_prefix(struct list *l, struct sl_err *err)
{
    return sl_buf_add_str(&l->prefixes, "<CommonPrefixes>", err)
           && sl_s3_xml_key(l->s->x, &l->prefixes, "Prefix", l->page.last_prefix, err)
           && sl_buf_add_str(&l->prefixes, "</CommonPrefixes>", err);
}

/* What versions and objects are told alike: time, ETag, checksum, size, class. */
static bool add_about(struct list *l, const char *const *c, struct sl_err *err)
{
    struct sl_buf *b = &l->s->x->reply;
    if (!sl_s3_xml_time(b, "LastModified", strtoll(c[1], NULL, 10), err))
        return false;
    if (c[6][0] != '0')
        return true;
    return sl_buf_addf(b, err, "<ETag>&quot;%s&quot;</ETag>", c[2])
           && (!*c[4] || (sl_s3_xml(b, "ChecksumAlgorithm", c[4], err) && sl_s3_xml(b, "ChecksumType", c[5], err)))
           && sl_buf_addf(b, err, "<Size>%s</Size><StorageClass>%s</StorageClass>", c[3], c[8]);
}

static bool add_object(struct list *l, const char *const *c, struct sl_err *err)
{
    struct sl_exchange *x = l->s->x;
    return sl_buf_add_str(&x->reply, "<Contents>", err) && sl_s3_xml_key(x, &x->reply, "Key", c[0], err)
           && add_about(l, c, err) && (!l->owner || sl_s3_xml_owner(x, &x->reply, "Owner", err))
           && sl_buf_add_str(&x->reply, "</Contents>", err);
}

static bool add_version(struct list *l, const char *const *c, struct sl_err *err)
{
    struct sl_exchange *x = l->s->x;
    const char *element = c[6][0] == '0' ? "Version" : "DeleteMarker";
    bool latest = c[9][0] == '1';
    l->last_version = sl_arena_str(x->arena, c[7], err);
    return l->last_version && sl_buf_addf(&x->reply, err, "<%s>", element)
           && sl_s3_xml_key(x, &x->reply, "Key", c[0], err) && sl_s3_xml(&x->reply, "VersionId", c[7], err)
           && sl_s3_xml(&x->reply, "IsLatest", latest ? "true" : "false", err) && add_about(l, c, err)
           && sl_s3_xml_owner(x, &x->reply, "Owner", err) && sl_buf_addf(&x->reply, err, "</%s>", element);
}

/* Columns: key, modified, etag, size, algorithm, checksum type, marker, version, is it the current one. */
static bool take_row(void *ctx, const char *const *columns, size_t n, struct sl_err *err)
{
    struct list *l = ctx;
    enum sl_page_verdict verdict = SL_PAGE_END;
    (void)n;
    if (!sl_page_admit(&l->page, columns[0], &verdict, err))
        return false;
    if (verdict == SL_PAGE_ENTRY)
        return l->versions ? add_version(l, columns, err) : add_object(l, columns, err);
    if (verdict == SL_PAGE_PREFIX)
        return add_prefix(l, err);
    return verdict == SL_PAGE_SKIP;
}

#define COLUMNS                                                                                                        \
    "key, modified, etag, size, algorithm, checksum_type, marker, version, "                                           \
    "coalesce(json_extract(headers, '$.\"x-amz-storage-class\"'), 'STANDARD'), "                                       \
    "ord = (SELECT max(m.ord) FROM s3_objects m WHERE m.bucket = o.bucket AND m.key = o.key)"

static bool add_objects(struct list *l, struct sl_err *err)
{
    return sl_store_query(l->s->x->store, take_row, l, err,
                          "SELECT " COLUMNS
                          " AS latest FROM s3_objects o WHERE bucket = ? AND key > ? AND key >= ? AND marker = 0 AND "
                          "latest ORDER BY key",
                          "sss", l->s->bucket, l->page.marker, l->page.prefix)
           && sl_buf_add(&l->s->x->reply, sl_buf_span(&l->prefixes), err);
}

static bool add_head(struct list *l, struct sl_err *err)
{
    struct sl_exchange *x = l->s->x;
    struct sl_buf *b = &x->reply;
    return sl_s3_xml(b, "Name", l->s->bucket, err) && sl_s3_xml_key(x, b, "Prefix", l->page.prefix, err)
           && (!*l->page.delimiter || sl_s3_xml_key(x, b, "Delimiter", l->page.delimiter, err))
           && (!sl_exchange_query(x, "encoding-type") || sl_s3_xml(b, "EncodingType", "url", err))
           && sl_s3_xml_number(b, "MaxKeys", (int64_t)l->page.max, err);
}

static bool end_list(struct list *l, const char *root, struct sl_err *err)
{
    struct sl_exchange *x = l->s->x;
    return sl_s3_xml(&x->reply, "IsTruncated", l->page.truncated ? "true" : "false", err)
           && sl_buf_addf(&x->reply, err, "</%s>", root) && sl_exchange_xml(x, 200, err);
}

static bool list_v1(struct list *l, struct sl_err *err)
{
    struct sl_exchange *x = l->s->x;
    return page_of(l->s, text_of(x, "marker"), &l->page, err) && sl_s3_xml_begin(x, "ListBucketResult", err)
           && add_head(l, err) && sl_s3_xml_key(x, &x->reply, "Marker", l->page.marker, err) && add_objects(l, err)
           && (!l->page.truncated || !*l->page.delimiter
               || sl_s3_xml_key(x, &x->reply, "NextMarker", l->page.last, err))
           && end_list(l, "ListBucketResult", err);
}

bool sl_s3_list_v1(struct sl_s3 *s, struct sl_err *err)
{
    struct list l = { .s = s, .owner = true };
    bool ok = list_v1(&l, err);
    sl_buf_clear(&l.prefixes);
    return ok;
}

/* A token is the last name in base64: opaque to clients, and refused when it is anything else. */
static bool read_token(struct sl_exchange *x, const char *token, const char **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
    struct sl_err why = { 0 };
    if (!sl_base64_get(sl_span_str(token), &name, &why) || memchr(sl_buf_str(&name), 0, name.len))
        return why.code == SL_E_NOMEM
                   ? sl_fail_nomem(err)
                   : sl_refusal_make(err, 400, "InvalidArgument", "The continuation token provided is incorrect");
    *ret = sl_arena_str(x->arena, sl_buf_str(&name), err);
    return *ret != NULL;
}

static bool add_token(struct sl_exchange *x, const char *name, const char *last, struct sl_err *err)
{
    return sl_buf_addf(&x->reply, err, "<%s>", name) && sl_base64_add(&x->reply, sl_span_str(last), err)
           && sl_buf_addf(&x->reply, err, "</%s>", name);
}

static bool list_v2(struct list *l, struct sl_err *err)
{
    struct sl_exchange *x = l->s->x;
    const char *type = text_of(x, "list-type"), *token = sl_exchange_query(x, "continuation-token"),
               *start = text_of(x, "start-after"), *marker = start;
    if (strcmp(type, "2") != 0)
        return sl_refusal_make(err, 400, "InvalidArgument", "Invalid List Type specified in Request");
    if ((token && !read_token(x, token, &marker, err)) || !page_of(l->s, marker, &l->page, err)
        || !sl_s3_xml_begin(x, "ListBucketResult", err) || !add_head(l, err)
        || (*start && !sl_s3_xml_key(x, &x->reply, "StartAfter", start, err)) || !add_objects(l, err))
        return false;
    return (!token || sl_s3_xml(&x->reply, "ContinuationToken", token, err))
           && (!l->page.truncated || add_token(x, "NextContinuationToken", l->page.last, err))
           && sl_s3_xml_number(&x->reply, "KeyCount", (int64_t)l->page.n, err) && end_list(l, "ListBucketResult", err);
}

bool sl_s3_list_v2(struct sl_s3 *s, struct sl_err *err)
{
    struct list l = { .s = s, .owner = !strcmp(text_of(s->x, "fetch-owner"), "true") };
    bool ok = list_v2(&l, err);
    sl_buf_clear(&l.prefixes);
    return ok;
}

/* From a version on: those of its key that are older, then the keys after it. */
static bool add_versions(struct list *l, const char *version, struct sl_err *err)
{
    static const char after_version[] =
        "SELECT " COLUMNS " AS latest FROM s3_objects o WHERE bucket = ?1 AND key >= ?3 AND (key > ?2 OR (key = ?2 AND "
        "ord < (SELECT v.ord FROM s3_objects v WHERE v.bucket = ?1 AND v.key = ?2 AND v.version = ?4))) ORDER BY key, "
        "ord DESC";
    return sl_store_query(l->s->x->store, take_row, l, err, after_version, "ssss", l->s->bucket, l->page.marker,
                          l->page.prefix, version)
           && sl_buf_add(&l->s->x->reply, sl_buf_span(&l->prefixes), err);
}

static bool list_versions(struct list *l, struct sl_err *err)
{
    struct sl_exchange *x = l->s->x;
    const char *version = text_of(x, "version-id-marker"), *key = text_of(x, "key-marker");
    if (*version && !*key)
        return sl_refusal_make(err, 400, "InvalidArgument",
                               "A version-id marker cannot be specified without a key marker.");
    if (*version && !sl_s3_version_valid(version))
        return sl_refusal_make(err, 400, "InvalidArgument", "Invalid version id specified");
    if (!page_of(l->s, key, &l->page, err) || !sl_s3_xml_begin(x, "ListVersionsResult", err) || !add_head(l, err)
        || !sl_s3_xml_key(x, &x->reply, "KeyMarker", key, err) || !sl_s3_xml(&x->reply, "VersionIdMarker", version, err)
        || !add_versions(l, version, err))
        return false;
    bool at_prefix = l->page.last && l->page.last == l->page.last_prefix;
    return (!l->page.truncated
            || (sl_s3_xml_key(x, &x->reply, "NextKeyMarker", l->page.last, err)
                && (at_prefix || sl_s3_xml(&x->reply, "NextVersionIdMarker", l->last_version, err))))
           && end_list(l, "ListVersionsResult", err);
}

bool sl_s3_list_versions(struct sl_s3 *s, struct sl_err *err)
{
    struct list l = { .s = s, .versions = true };
    bool ok = list_versions(&l, err);
    sl_buf_clear(&l.prefixes);
    return ok;
}
