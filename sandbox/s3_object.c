/* PutObject, GetObject, HeadObject, GetObjectAttributes. */
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "sandbox/priv/pieces.h"
#include "sandbox/priv/range.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A body that travels in chunks must say so in both places, or it would be stored with its chunk headers inside. */
static bool check_encoding(const struct sl_exchange *x, struct sl_err *err)
{
    const char *encoding = sl_exchange_request_header(x, "content-encoding"),
               *hash = sl_exchange_request_header(x, "x-amz-content-sha256");
    bool says = encoding && strstr(encoding, "aws-chunked"), is = hash && !strncmp(hash, "STREAMING-", 10);
    if (says != is)
        sl_refusal_note(x, "AWS does not document a body that is aws-chunked in one header and not in the other; it is "
                           "refused here");
    return says == is
           || sl_refusal_make(
               err, 400, "InvalidRequest",
               "Content-Encoding aws-chunked and a STREAMING- value of x-amz-content-sha256 go together");
}

bool sl_s3_put_check(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_s3_integrity i = { .given = false };
    if (!check_encoding(s->x, err) || !sl_s3_integrity_read(s->x, &i, err))
        return false;
    s->x->checksum_named = i.given;
    return sl_s3_headers_wish(s, err) && sl_s3_write_condition(s, err);
}

/* The checksum that is stored: the client's, or CRC-64/NVME, which S3 adds itself. */
static bool fill_checksum(struct sl_exchange *x, const struct sl_s3_integrity *i, struct sl_s3_object *o,
                          struct sl_err *err)
{
    char text[SL_CHECKSUM_BASE64_SIZE];
    enum sl_checksum_kind kind = i->given ? i->kind : SL_CHECKSUM_CRC64NVME;
    sl_checksum_base64(sl_checksums_get(x->body_checksums, kind), text);
    o->algorithm = sl_checksum_name(kind);
    o->checksum = sl_arena_str(x->arena, text, err);
    o->checksum_type = "FULL_OBJECT";
    return o->checksum != NULL;
}

static bool etag_header(struct sl_exchange *x, const char *etag, struct sl_err *err)
{
    const char *quoted = sl_arena_fmt(x->arena, err, "\"%s\"", etag);
    return quoted && sl_exchange_header(x, "ETag", quoted, err);
}

static const char *hex_of(struct sl_exchange *x, struct sl_span bytes, struct sl_err *err)
{
    char hex[2 * SL_CHECKSUM_MAX_BYTES + 1];
    sl_hex_put(hex, sizeof hex, bytes);
    return sl_arena_str(x->arena, hex, err);
}

bool sl_s3_put_object(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_s3_integrity i = { .given = false };
    struct sl_s3_object o = { .modified_utc = x->now_utc, .size_bytes = (int64_t)x->body_size_bytes };
    if (!sl_s3_integrity_check(x, &i, err) || !sl_s3_headers_store(s, &o.headers, err)
        || !fill_checksum(x, &i, &o, err))
        return false;
    o.etag = hex_of(x, sl_checksums_get(x->body_checksums, SL_CHECKSUM_MD5), err);
    o.file = sl_arena_str(x->arena, sl_path_base(x->body_path), err);
    if (!o.etag || !o.file || !sl_s3_add_version(s, s->key, 0, &o, err))
        return false;
    s->takes_body = true;
    x->status = 200;
    return etag_header(x, o.etag, err) && sl_s3_version_header(s, o.version, err)
           && sl_s3_checksum_header(x, o.algorithm, o.checksum, o.checksum_type, err)
           && sl_s3_encryption_reply(s, o.headers, err);
}

static bool refuse_marker(struct sl_s3 *s, const struct sl_s3_object *o, bool by_version, struct sl_err *err)
{
    char modified[SL_CLOCK_HTTP_SIZE];
    sl_clock_http(o->modified_utc, modified);
    if (!sl_exchange_refusal_header(s->x, "x-amz-delete-marker", "true", err)
        || !sl_exchange_refusal_header(s->x, "x-amz-version-id", o->version, err))
        return false;
    if (!by_version)
        return sl_s3_not_found(s, "NoSuchKey", "The specified key does not exist.", err);
    return sl_exchange_refusal_header(s->x, "Allow", "DELETE", err)
           && sl_exchange_refusal_header(s->x, "Last-Modified", modified, err)
           && sl_exchange_fact(s->x, "Method", s->x->method, err)
           && sl_exchange_fact(s->x, "ResourceType", "DeleteMarker", err)
           && sl_refusal_make(err, 405, "MethodNotAllowed",
                              "The specified method is not allowed against this resource.");
}

/* The version a read is about, or a refusal. */
bool sl_s3_find_readable(struct sl_s3 *s, struct sl_s3_object *ret, struct sl_err *err)
{
    const char *version = sl_exchange_query(s->x, "versionId");
    bool found;
    if (version && !sl_s3_version_valid(version))
        return sl_exchange_fact(s->x, "ArgumentName", "versionId", err)
               && sl_exchange_fact(s->x, "ArgumentValue", version, err)
               && sl_refusal_make(err, 400, "InvalidArgument", "Invalid version id specified");
    if (!sl_s3_find(s, s->key, version, ret, &found, err))
        return false;
    if (!found && version)
        return sl_exchange_fact(s->x, "VersionId", version, err)
               && sl_s3_not_found(s, "NoSuchVersion", "The specified version does not exist.", err);
    if (!found)
        return sl_s3_not_found(s, "NoSuchKey", "The specified key does not exist.", err);
    return !ret->is_marker || refuse_marker(s, ret, version != NULL, err);
}

static bool part_of(struct sl_exchange *x, uint64_t size, struct sl_err *err)
{
    x->status = 206;
    const char *content = sl_arena_fmt(x->arena, err, "bytes %llu-%llu/%llu", (unsigned long long)x->reply_from_bytes,
                                       (unsigned long long)(x->reply_from_bytes + x->reply_size_bytes - 1),
                                       (unsigned long long)size);
    return content && sl_exchange_header(x, "Content-Range", content, err);
}

static bool set_range(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    uint64_t size = (uint64_t)o->size_bytes;
    const char *header = sl_exchange_request_header(x, "range");
    x->reply_from_bytes = 0;
    x->reply_size_bytes = size;
    x->status = 200;
    if (sl_exchange_query(x, "partNumber"))
        return sl_s3_part_range(s, o, &x->reply_from_bytes, &x->reply_size_bytes, err) && part_of(x, size, err);
    enum sl_range_kind kind = sl_range_parse(header, size, &x->reply_from_bytes, &x->reply_size_bytes);
    if (kind == SL_RANGE_WHOLE)
        return true;
    if (kind == SL_RANGE_SEVERAL)
        return sl_refusal_make(err, 501, "NotImplemented",
                               "A header you provided implies functionality that is not implemented: several ranges");
    char actual[24];
    (void)snprintf(actual, sizeof actual, "%llu", (unsigned long long)size);
    if (kind == SL_RANGE_UNSATISFIABLE)
        return sl_exchange_fact(x, "RangeRequested", header, err)
               && sl_exchange_fact(x, "ActualObjectSize", actual, err)
               && sl_refusal_make(err, 416, "InvalidRange", "The requested range is not satisfiable");
    return part_of(x, size, err);
}

static bool describe(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    char modified[SL_CLOCK_HTTP_SIZE];
    sl_clock_http(o->modified_utc, modified);
    return etag_header(x, o->etag, err) && sl_exchange_header(x, "Last-Modified", modified, err)
           && sl_s3_version_header(s, o->version, err) && sl_s3_encryption_reply(s, o->headers, err);
}

static bool wants_checksum(const struct sl_exchange *x)
{
    const char *mode = sl_exchange_request_header(x, "x-amz-checksum-mode");
    return mode && !strcmp(mode, "ENABLED") && x->status == 200;
}

/* What came in parts is kept in them. */
static bool open_pieces(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT file, size FROM s3_object_parts WHERE object = ? ORDER BY number", "i", o->seq))
        return false;
    struct sl_piece *list = sl_arena_alloc(x->arena, r.n, sizeof *list, err);
    x->reply_pieces = sl_arena_alloc(x->arena, 1, sizeof *x->reply_pieces, err);
    if (!list || !x->reply_pieces)
        return false;
    for (size_t i = 0; i < r.n; i++) {
        list[i].size_bytes = (uint64_t)sl_rows_number(&r, i, 1);
        if (!sl_s3_path(s, sl_rows_text(&r, i, 0), &list[i].path, err))
            return false;
    }
    *x->reply_pieces = (struct sl_pieces){ .list = list, .n = r.n };
    return sl_pieces_open(x, err);
}

static bool open_file(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    const char *path;
    uint64_t size;
    if (o->n_parts)
        return open_pieces(s, o, err);
    if (!sl_s3_path(s, o->file, &path, err) || !sl_file_open(path, &s->x->reply_fd, &size, err))
        return false;
    return size == (uint64_t)o->size_bytes
           || sl_fail(err, SL_E_IO, SL_LOC_NONE, "the object file '%s' has changed its size", o->file);
}

/* What archives hold must be restored before it is read, what KMS holds the key of, decrypted; a checksum tells of the
 * bytes too. */
static bool open_sealed(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    const char *class, *mode = sl_exchange_request_header(s->x, "x-amz-checksum-mode");
    bool head = !strcmp(s->x->method, "HEAD");
    if (!sl_s3_headers_class(s->x, o->headers, &class, err))
        return false;
    if (!head && (!strcmp(class, "GLACIER") || !strcmp(class, "DEEP_ARCHIVE")))
        return sl_exchange_fact(s->x, "StorageClass", class, err)
               && sl_refusal_make(err, 403, "InvalidObjectState",
                                  "The operation is not valid for the object's storage class");
    return (head && (!mode || strcmp(mode, "ENABLED") != 0)) || sl_s3_encryption_open(s, o->headers, err);
}

bool sl_s3_get_object(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_s3_object o = { .seq = 0 };
    bool same = false;
    if (!sl_s3_find_readable(s, &o, err) || !open_sealed(s, &o, err) || !sl_s3_read_condition(x, &o, &same, err)
        || !describe(s, &o, err))
        return false;
    x->status = 304;
    if (same)
        return true;
    return set_range(s, &o, err) && sl_exchange_header(x, "Accept-Ranges", "bytes", err)
           && sl_s3_headers_reply(s, &o, err)
           && (!wants_checksum(x) || sl_s3_checksum_header(x, o.algorithm, o.checksum, o.checksum_type, err))
           && open_file(s, &o, err);
}

/* The parts an object was made of, which S3 tells when it has a checksum of each. */
static bool add_parts(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_buf *b = &x->reply;
    struct sl_rows r = { .arena = x->arena };
    const char *max_text = sl_exchange_request_header(x, "x-amz-max-parts"),
               *after_text = sl_exchange_request_header(x, "x-amz-part-number-marker");
    int64_t max = max_text ? strtoll(max_text, NULL, 10) : 1000, after = after_text ? strtoll(after_text, NULL, 10) : 0;
    enum sl_checksum_kind kind;
    if (max < 1 || max > 1000 || after < 0)
        return sl_refusal_make(err, 400, "InvalidArgument", "x-amz-max-parts must be from 1 to 1000");
    if (!sl_buf_add_str(b, "<ObjectParts>", err) || !sl_s3_xml_number(b, "PartsCount", o->n_parts, err)
        || !sl_store_query(x->store, sl_rows_add, &r, err,
                           "SELECT number, size, checksum FROM s3_object_parts WHERE object = ? AND number > ? AND "
                           "checksum <> '' ORDER BY number LIMIT ?",
                           "iii", o->seq, after, max + 1))
        return false;
    bool more = (int64_t)r.n > max;
    size_t n = more ? (size_t)max : r.n;
    if (n
        && (!sl_s3_xml_number(b, "PartNumberMarker", after, err)
            || !sl_s3_xml_number(b, "NextPartNumberMarker", sl_rows_number(&r, n - 1, 0), err)
            || !sl_s3_xml_number(b, "MaxParts", max, err)
            || !sl_s3_xml(b, "IsTruncated", more ? "true" : "false", err)))
        return false;
    for (size_t i = 0; i < n && sl_checksum_by_name(o->algorithm, &kind); i++)
        if (!sl_buf_add_str(b, "<Part>", err) || !sl_s3_xml_number(b, "PartNumber", sl_rows_number(&r, i, 0), err)
            || !sl_s3_xml_number(b, "Size", sl_rows_number(&r, i, 1), err)
            || !sl_s3_xml(b, sl_checksum_element(kind), sl_rows_text(&r, i, 2), err)
            || !sl_buf_add_str(b, "</Part>", err))
            return false;
    return sl_buf_add_str(b, "</ObjectParts>", err);
}

static bool add_checksum(struct sl_buf *b, const struct sl_s3_object *o, struct sl_err *err)
{
    enum sl_checksum_kind kind;
    if (!sl_checksum_by_name(o->algorithm, &kind))
        return true;
    return sl_buf_add_str(b, "<Checksum>", err) && sl_s3_xml(b, sl_checksum_element(kind), o->checksum, err)
           && sl_s3_xml(b, "ChecksumType", o->checksum_type, err) && sl_buf_add_str(b, "</Checksum>", err);
}

static bool asks_for(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = list; *p; p += strcspn(p, ", ") + strspn(p + strcspn(p, ", "), ", "))
        if (strcspn(p, ", ") == len && !strncmp(p, name, len))
            return true;
    return false;
}

static bool check_attributes(struct sl_s3 *s, const char **ret_list, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf list = { 0 };
    bool by_version = sl_exchange_query(s->x, "versionId") != NULL;
    if (!sl_s3_require(s, by_version ? "s3:GetObjectVersionAttributes" : "s3:GetObjectAttributes", s->key, err))
        return false;
    for (size_t i = 0; i < s->x->n_headers; i++)
        if (!strcmp(s->x->headers[i].name, "x-amz-object-attributes")
            && (!sl_buf_add_str(&list, s->x->headers[i].value, err) || !sl_buf_add_char(&list, ',', err)))
            return false;
    *ret_list = sl_arena_str(s->x->arena, sl_buf_str(&list), err);
    if (!*ret_list)
        return false;
    return list.len > 0
           || sl_refusal_make(err, 400, "InvalidRequest",
                              "Missing required header for this request: x-amz-object-attributes");
}

bool sl_s3_attributes(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_buf *b = &x->reply;
    struct sl_s3_object o = { .seq = 0 };
    const char *list = "", *class;
    char modified[SL_CLOCK_HTTP_SIZE];
    if (!check_attributes(s, &list, err) || !sl_s3_find_readable(s, &o, err)
        || !sl_s3_headers_class(x, o.headers, &class, err) || !sl_s3_xml_begin(x, "GetObjectAttributesResponse", err))
        return false;
    if ((asks_for(list, "ETag") && !sl_s3_xml(b, "ETag", o.etag, err))
        || (asks_for(list, "Checksum") && !add_checksum(b, &o, err))
        || (asks_for(list, "ObjectParts") && o.n_parts > 0 && !add_parts(s, &o, err))
        || (asks_for(list, "StorageClass") && !sl_s3_xml(b, "StorageClass", class, err))
        || (asks_for(list, "ObjectSize") && !sl_s3_xml_number(b, "ObjectSize", o.size_bytes, err)))
        return false;
    sl_clock_http(o.modified_utc, modified);
    return sl_buf_add_str(b, "</GetObjectAttributesResponse>", err)
           && sl_exchange_header(x, "Last-Modified", modified, err) && sl_s3_version_header(s, o.version, err)
           && sl_exchange_xml(x, 200, err);
}
