/* Multipart uploads: begun, given their parts, given up. */
#include "core/file.h"
#include "core/text.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <string.h>

/* Which algorithms go with which type (S3 user guide, "Checking object integrity"). */
static bool check_type(const struct sl_exchange *x, const char *algorithm, const char *type, struct sl_err *err)
{
    bool crc64 = !strcmp(algorithm, "CRC64NVME"), sha = !strncmp(algorithm, "SHA", 3);
    if (strcmp(type, "COMPOSITE") != 0 && strcmp(type, "FULL_OBJECT") != 0)
        return sl_refusal_make(err, 400, "InvalidRequest", "Value for x-amz-checksum-type header is invalid.");
    if (sha && !strcmp(type, "FULL_OBJECT"))
        sl_refusal_note(x, "AWS's pages disagree on %s for a FULL_OBJECT; the stricter reading is taken", algorithm);
    if ((crc64 && !strcmp(type, "COMPOSITE")) || (sha && !strcmp(type, "FULL_OBJECT")))
        return sl_refusal_make(err, 400, "InvalidRequest",
                               "The %s checksum type cannot be used with the %s checksum algorithm.", type, algorithm);
    return true;
}

static bool choose_checksum(const struct sl_exchange *x, const char **ret_algorithm, const char **ret_type,
                            struct sl_err *err)
{
    const char *algorithm = sl_exchange_request_header(x, "x-amz-checksum-algorithm"),
               *type = sl_exchange_request_header(x, "x-amz-checksum-type");
    enum sl_checksum_kind kind;
    if (!algorithm && type)
        return sl_refusal_make(err, 400, "InvalidRequest",
                               "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
                               "header.");
    *ret_algorithm = *ret_type = "";
    if (!algorithm)
        return true;
    if (!sl_checksum_by_name(algorithm, &kind))
        return sl_refusal_make(err, 400, "InvalidRequest",
                               "Checksum algorithm provided is unsupported. Please try again with any of the valid "
                               "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
    *ret_algorithm = sl_checksum_name(kind);
    *ret_type = type ? type : kind == SL_CHECKSUM_CRC64NVME ? "FULL_OBJECT" : "COMPOSITE";
    return check_type(x, *ret_algorithm, *ret_type, err);
}

static bool new_id(struct sl_s3 *s, const char **ret, struct sl_err *err)
{
    char a[SL_S3_VERSION_ID_SIZE], b[SL_S3_VERSION_ID_SIZE], c[SL_S3_VERSION_ID_SIZE];
    if (!sl_s3_version_new(a, err) || !sl_s3_version_new(b, err) || !sl_s3_version_new(c, err))
        return false;
    *ret = sl_arena_fmt(s->x->arena, err, "%s%s%s", a, b, c);
    return *ret != NULL;
}

bool sl_s3_upload_create(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    const char *algorithm = "", *type = "", *headers, *id;
    int64_t order;
    if (!choose_checksum(x, &algorithm, &type, err) || !sl_s3_headers_store(s, &headers, err) || !new_id(s, &id, err)
        || !sl_s3_next_order(s, &order, err)
        || !sl_store_exec(x->store, err,
                          "INSERT INTO s3_uploads(id, bucket, key, ord, initiated, headers, algorithm, checksum_type) "
                          "VALUES(?,?,?,?,?,?,?,?)",
                          "sssiisss", id, s->bucket, s->key, order, x->now_utc, headers, algorithm, type))
        return false;
    if (*algorithm
        && (!sl_exchange_header(x, "x-amz-checksum-algorithm", algorithm, err)
            || !sl_exchange_header(x, "x-amz-checksum-type", type, err)))
        return false;
    return sl_s3_xml_begin(x, "InitiateMultipartUploadResult", err) && sl_s3_xml(&x->reply, "Bucket", s->bucket, err)
           && sl_s3_xml(&x->reply, "Key", s->key, err) && sl_s3_xml(&x->reply, "UploadId", id, err)
           && sl_buf_add_str(&x->reply, "</InitiateMultipartUploadResult>", err)
           && sl_s3_encryption_reply(s, headers, err) && sl_exchange_xml(x, 200, err);
}

bool sl_s3_upload_find(struct sl_s3 *s, struct sl_s3_upload *ret, struct sl_err *err)
{
    struct sl_rows r = { .arena = s->x->arena };
    const char *id = sl_exchange_query(s->x, "uploadId");
    if (!sl_store_query(s->x->store, sl_rows_add, &r, err,
                        "SELECT id, headers, algorithm, checksum_type, ord, initiated FROM s3_uploads WHERE id = ? AND "
                        "bucket = ? AND key = ?",
                        "sss", id, s->bucket, s->key))
        return false;
    if (!r.n)
        sl_refusal_note(s->x,
                        "AWS may answer the same completion twice, for a time it does not document; here an upload "
                        "is forgotten at once");
    if (!r.n)
        return sl_exchange_fact(s->x, "UploadId", id, err)
               && sl_refusal_make(err, 404, "NoSuchUpload",
                                  "The specified upload does not exist. The upload ID may be invalid, or the upload "
                                  "may have been aborted or completed.");
    *ret = (struct sl_s3_upload){ .id = sl_rows_text(&r, 0, 0),
                                  .headers = sl_rows_text(&r, 0, 1),
                                  .algorithm = sl_rows_text(&r, 0, 2),
                                  .checksum_type = sl_rows_text(&r, 0, 3),
                                  .order = sl_rows_number(&r, 0, 4),
                                  .initiated_utc = sl_rows_number(&r, 0, 5) };
    return true;
}

static bool part_number(const struct sl_exchange *x, int64_t *ret, struct sl_err *err)
{
    *ret = 0;
    if (!sl_exchange_query(x, "partNumber"))
        return sl_refusal_make(err, 400, "InvalidArgument", "This operation requires both partNumber and uploadId");
    struct sl_err why = { 0 };
    return sl_s3_number(x, "partNumber", 1, SL_S3_MAX_PARTS, ret, &why)
           || sl_refusal_make(err, 400, "InvalidArgument",
                              "Part number must be an integer between 1 and 10000, inclusive");
}

/* A part of an upload whose algorithm was named must bring that one's checksum; of a composite, each part must. */
static bool check_part_algorithm(const struct sl_s3_upload *u, const struct sl_s3_integrity *i, struct sl_err *err)
{
    if (!*u->algorithm || (!i->given && strcmp(u->checksum_type, "COMPOSITE") != 0)
        || (i->given && !strcmp(sl_checksum_name(i->kind), u->algorithm)))
        return true;
    return sl_refusal_make(err, 400, "InvalidRequest",
                           "Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s",
                           u->algorithm, i->given ? sl_checksum_name(i->kind) : "null");
}

bool sl_s3_upload_part_check(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_s3_upload u = { .id = "", .algorithm = "", .checksum_type = "" };
    struct sl_s3_integrity i = { .given = false };
    int64_t number;
    if (!part_number(s->x, &number, err) || !sl_s3_upload_find(s, &u, err) || !sl_s3_integrity_read(s->x, &i, err)
        || !check_part_algorithm(&u, &i, err))
        return false;
    s->x->checksum_named = *u.algorithm != 0;
    return sl_s3_encryption_open(s, u.headers, err);
}

/* A number that is sent again replaces what it held. */
static bool replace_part(struct sl_s3 *s, const char *id, int64_t number, struct sl_err *err)
{
    const char *file;
    return sl_store_text(s->x->store, s->x->arena, &file, err,
                         "SELECT file FROM s3_parts WHERE upload = ? AND number = ?", "si", id, number)
           && (!file || sl_s3_doom(s, file, err))
           && sl_store_exec(s->x->store, err, "DELETE FROM s3_parts WHERE upload = ? AND number = ?", "si", id, number);
}

bool sl_s3_upload_part(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_s3_upload u = { .id = "", .algorithm = "", .checksum_type = "" };
    struct sl_s3_integrity i = { .given = false };
    int64_t number;
    char etag[2 * SL_CHECKSUM_MAX_BYTES + 1], checksum[SL_CHECKSUM_BASE64_SIZE] = "";
    if (!part_number(x, &number, err) || !sl_s3_upload_find(s, &u, err) || !sl_s3_integrity_check(x, &i, err)
        || !replace_part(s, u.id, number, err))
        return false;
    /* Without a named algorithm S3 adds CRC-64/NVME itself; another checksum is compared, and not kept. */
    bool kept = i.given && !strcmp(u.algorithm, sl_checksum_name(i.kind));
    enum sl_checksum_kind kind = kept ? i.kind : SL_CHECKSUM_CRC64NVME;
    bool has_checksum = kept || !*u.algorithm;
    if (has_checksum)
        sl_checksum_base64(sl_checksums_get(x->body_checksums, kind), checksum);
    sl_hex_put(etag, sizeof etag, sl_checksums_get(x->body_checksums, SL_CHECKSUM_MD5));
    if (!sl_store_exec(x->store, err,
                       "INSERT INTO s3_parts(upload, number, size, modified, etag, file, algorithm, checksum) "
                       "VALUES(?,?,?,?,?,?,?,?)",
                       "siiissss", u.id, number, (int64_t)x->body_size_bytes, x->now_utc, etag,
                       sl_path_base(x->body_path), has_checksum ? sl_checksum_name(kind) : "", checksum))
        return false;
    s->takes_body = true;
    x->status = 200;
    const char *quoted = sl_arena_fmt(x->arena, err, "\"%s\"", etag);
    return quoted && sl_exchange_header(x, "ETag", quoted, err)
           && (!has_checksum || sl_s3_checksum_header(x, sl_checksum_name(kind), checksum, "", err))
           && sl_s3_encryption_reply(s, u.headers, err);
}

bool sl_s3_upload_drop(struct sl_s3 *s, const char *id, struct sl_err *err)
{
    struct sl_rows r = { .arena = s->x->arena };
    if (!sl_store_query(s->x->store, sl_rows_add, &r, err, "SELECT file FROM s3_parts WHERE upload = ?", "s", id))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!sl_s3_doom(s, sl_rows_text(&r, i, 0), err))
            return false;
    return sl_store_exec(s->x->store, err, "DELETE FROM s3_parts WHERE upload = ?", "s", id)
           && sl_store_exec(s->x->store, err, "DELETE FROM s3_uploads WHERE id = ?", "s", id);
}

bool sl_s3_upload_abort(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_s3_upload u = { .id = "", .algorithm = "", .checksum_type = "" };
    if (sl_exchange_request_header(s->x, "x-amz-if-match-initiated-time"))
        return sl_refusal_make(err, 501, "NotImplemented",
                               "A header you provided implies functionality that is not implemented: "
                               "'x-amz-if-match-initiated-time'");
    s->x->status = 204;
    return sl_s3_upload_find(s, &u, err) && sl_s3_upload_drop(s, u.id, err);
}
