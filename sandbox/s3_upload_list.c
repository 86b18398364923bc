/* ListParts and ListMultipartUploads. */
#include "sandbox/priv/page.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LISTED 1000

static bool add_part(struct sl_s3 *s, const struct sl_rows *r, size_t i, struct sl_err *err)
{
    struct sl_buf *b = &s->x->reply;
    enum sl_checksum_kind kind;
    return sl_buf_add_str(b, "<Part>", err) && sl_s3_xml_number(b, "PartNumber", sl_rows_number(r, i, 0), err)
           && sl_s3_xml_time(b, "LastModified", sl_rows_number(r, i, 2), err)
           && sl_buf_addf(b, err, "<ETag>&quot;%s&quot;</ETag>", sl_rows_text(r, i, 3))
           && sl_s3_xml_number(b, "Size", sl_rows_number(r, i, 1), err)
           && (!sl_checksum_by_name(sl_rows_text(r, i, 4), &kind)
               || sl_s3_xml(b, sl_checksum_element(kind), sl_rows_text(r, i, 5), err))
           && sl_buf_add_str(b, "</Part>", err);
}

static bool begin_parts(struct sl_s3 *s, const struct sl_s3_upload *u, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_buf *b = &x->reply;
    return sl_s3_xml_begin(x, "ListPartsResult", err) && sl_s3_xml(b, "Bucket", s->bucket, err)
           && sl_s3_xml(b, "Key", s->key, err) && sl_s3_xml(b, "UploadId", u->id, err)
           && (!*u->algorithm
               || (sl_s3_xml(b, "ChecksumAlgorithm", u->algorithm, err)
                   && sl_s3_xml(b, "ChecksumType", u->checksum_type, err)))
           && sl_s3_xml_owner(x, b, "Initiator", err) && sl_s3_xml_owner(x, b, "Owner", err)
           && sl_s3_xml(b, "StorageClass", "STANDARD", err);
}

bool sl_s3_upload_parts(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_buf *b = &x->reply;
    struct sl_s3_upload u;
    struct sl_rows r = { .arena = x->arena };
    int64_t max = MAX_LISTED, after = 0;
    if (!sl_s3_number(x, "max-parts", 0, INT32_MAX, &max, err)
        || !sl_s3_number(x, "part-number-marker", 0, INT32_MAX, &after, err) || !sl_s3_upload_find(s, &u, err))
        return false;
    max = max < MAX_LISTED ? max : MAX_LISTED;
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT number, size, modified, etag, algorithm, checksum FROM s3_parts WHERE upload = ? AND "
                        "number > ? ORDER BY number LIMIT ?",
                        "sii", u.id, after, max + 1)
        || !begin_parts(s, &u, err))
        return false;
    bool more = (int64_t)r.n > max;
    size_t n = more ? (size_t)max : r.n;
    int64_t last = n ? sl_rows_number(&r, n - 1, 0) : 0;
    if (!sl_s3_xml_number(b, "PartNumberMarker", after, err) || !sl_s3_xml_number(b, "NextPartNumberMarker", last, err)
        || !sl_s3_xml_number(b, "MaxParts", max, err) || !sl_s3_xml(b, "IsTruncated", more ? "true" : "false", err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!add_part(s, &r, i, err))
            return false;
    return sl_buf_add_str(b, "</ListPartsResult>", err) && sl_exchange_xml(x, 200, err);
}

/* A list of uploads being made. */
struct list {
    struct sl_s3 *s;
    struct sl_page page;
    struct sl_buf prefixes;
    const char *last_id;
};

static bool add_upload(struct list *l, const char *const *c, struct sl_err *err)
{
    struct sl_exchange *x = l->s->x;
    struct sl_buf *b = &x->reply;
    l->last_id = sl_arena_str(x->arena, c[1], err);
    return l->last_id && sl_buf_add_str(b, "<Upload>", err) && sl_s3_xml_key(x, b, "Key", c[0], err)
           && sl_s3_xml(b, "UploadId", c[1], err) && sl_s3_xml_owner(x, b, "Initiator", err)
           && sl_s3_xml_owner(x, b, "Owner", err) && sl_s3_xml(b, "StorageClass", "STANDARD", err)
           && sl_s3_xml_time(b, "Initiated", strtoll(c[2], NULL, 10), err)
           && (!*c[3] || (sl_s3_xml(b, "ChecksumAlgorithm", c[3], err) && sl_s3_xml(b, "ChecksumType", c[4], err)))
           && sl_buf_add_str(b, "</Upload>", err);
}

static bool take_row(void *ctx, const char *const *columns, size_t n, struct sl_err *err)
{
    struct list *l = ctx;
    enum sl_page_verdict verdict = SL_PAGE_END;
    (void)n;
    if (!sl_page_admit(&l->page, columns[0], &verdict, err))
        return false;
    if (verdict == SL_PAGE_ENTRY)
        return add_upload(l, columns, err);
    if (verdict == SL_PAGE_PREFIX)
        return sl_buf_add_str(&l->prefixes, "<CommonPrefixes>", err)
               && sl_s3_xml_key(l->s->x, &l->prefixes, "Prefix", l->page.last_prefix, err)
               && sl_buf_add_str(&l->prefixes, "</CommonPrefixes>", err);
    return verdict == SL_PAGE_SKIP;
}

static const char *text_of(const struct sl_exchange *x, const char *name)
{
    const char *text = sl_exchange_query(x, name);
    return text ? text : "";
}

static bool list_uploads(struct list *l, struct sl_err *err)
{
    struct sl_exchange *x = l->s->x;
    struct sl_buf *b = &x->reply;
    int64_t max = MAX_LISTED;
    const char *id = text_of(x, "upload-id-marker");
    if (!sl_s3_number(x, "max-uploads", 1, INT32_MAX, &max, err))
        return false;
    l->page = (struct sl_page){ .prefix = text_of(x, "prefix"),
                                .delimiter = text_of(x, "delimiter"),
                                .marker = text_of(x, "key-marker"),
                                .max = max < MAX_LISTED ? (size_t)max : MAX_LISTED,
                                .arena = x->arena };
    if (!sl_s3_xml_begin(x, "ListMultipartUploadsResult", err) || !sl_s3_xml(b, "Bucket", l->s->bucket, err)
        || !sl_s3_xml_key(x, b, "KeyMarker", l->page.marker, err) || !sl_s3_xml(b, "UploadIdMarker", id, err)
        || !sl_s3_xml_key(x, b, "Prefix", l->page.prefix, err)
        || (*l->page.delimiter && !sl_s3_xml_key(x, b, "Delimiter", l->page.delimiter, err))
        || (sl_exchange_query(x, "encoding-type") && !sl_s3_xml(b, "EncodingType", "url", err))
        || !sl_s3_xml_number(b, "MaxUploads", (int64_t)l->page.max, err)
        || !sl_store_query(x->store, take_row, l, err,
                           "SELECT key, id, initiated, algorithm, checksum_type FROM s3_uploads WHERE bucket = ?1 AND "
                           "key >= ?3 AND (key > ?2 OR (key = ?2 AND ?4 <> '' AND id > ?4)) ORDER BY key, id",
                           "ssss", l->s->bucket, l->page.marker, l->page.prefix, id)
        || !sl_buf_add(b, sl_buf_span(&l->prefixes), err))
        return false;
    bool at_prefix = l->page.last && l->page.last == l->page.last_prefix;
    return (!l->page.truncated
            || (sl_s3_xml_key(x, b, "NextKeyMarker", l->page.last, err)
                && (at_prefix || sl_s3_xml(b, "NextUploadIdMarker", l->last_id, err))))
           && sl_s3_xml(b, "IsTruncated", l->page.truncated ? "true" : "false", err)
           && sl_buf_add_str(b, "</ListMultipartUploadsResult>", err) && sl_exchange_xml(x, 200, err);
}

bool sl_s3_upload_list(struct sl_s3 *s, struct sl_err *err)
{
    struct list l = { .s = s };
    bool ok = list_uploads(&l, err);
    sl_buf_clear(&l.prefixes);
    return ok;
}
