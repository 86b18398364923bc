/* CompleteMultipartUpload: the parts named become the object.
 * Source: S3 API reference, "CompleteMultipartUpload"; user guide, "Checking object integrity". */
#include "core/file.h"
#include "core/text.h"
#include "core/xml.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A part as it is stored, in the order of the list that came. */
struct part {
    int64_t number, size_bytes;
    const char *etag, *file, *algorithm, *checksum;
};

struct parts {
    struct part *list;
    size_t n;
    uint64_t size_bytes;
};

static bool malformed(struct sl_err *err)
{
    return sl_refusal_make(err, 400, "MalformedXML",
                           "The XML you provided was not well-formed or did not validate against our published schema");
}

static bool invalid_part(struct sl_err *err)
{
    return sl_refusal_make(err, 400, "InvalidPart",
                           "One or more of the specified parts could not be found.  The part may not have been "
                           "uploaded, or the specified entity tag may not match the part's entity tag.");
}

static bool same_etag(const char *sent, const char *etag)
{
    size_t len = strlen(etag);
    return !strcmp(sent, etag) || (sent[0] == '"' && !strncmp(sent + 1, etag, len) && !strcmp(sent + 1 + len, "\""));
}

static bool part_number(const char *text, int64_t *ret)
{
    if (!text || !*text || strlen(text) > 5 || text[strspn(text, "0123456789")])
        return false;
    *ret = strtoll(text, NULL, 10);
    return *ret >= 1 && *ret <= SL_S3_MAX_PARTS;
}

/* The checksums of a Part element: those that are given must be the part's own. */
static bool check_part_checksum(const struct sl_s3_upload *u, const struct sl_xml *e, const struct part *p,
                                struct sl_err *err)
{
    bool told = false;
    for (unsigned i = 0; i < SL_CHECKSUM_MD5; i++) {
        enum sl_checksum_kind kind = (enum sl_checksum_kind)i;
        const char *sent = sl_xml_text(e, sl_checksum_element(kind));
        if (!sent)
            continue;
        if (strcmp(p->algorithm, sl_checksum_name(kind)) != 0 || strcmp(p->checksum, sent) != 0)
            return invalid_part(err);
        told = true;
    }
    if (told || strcmp(u->checksum_type, "COMPOSITE") != 0)
        return true;
    return sl_refusal_make(err, 400, "InvalidRequest",
                           "The upload was created using a %s checksum. The complete request must include the checksum "
                           "for each part. It was missing for part %lld in the request.",
                           u->algorithm, (long long)p->number);
}

static bool read_part(struct sl_s3 *s, const struct sl_s3_upload *u, const struct sl_xml *e, struct parts *ret,
                      struct sl_err *err)
{
    struct sl_rows r = { .arena = s->x->arena };
    struct part *p = &ret->list[ret->n];
    const char *etag = sl_xml_text(e, "ETag");
    if (!part_number(sl_xml_text(e, "PartNumber"), &p->number) || !etag)
        return malformed(err);
    if (ret->n && p->number <= ret->list[ret->n - 1].number)
        return sl_refusal_make(err, 400, "InvalidPartOrder",
                               "The list of parts was not in ascending order. Parts must be ordered by part number.");
    if (!sl_store_query(s->x->store, sl_rows_add, &r, err,
                        "SELECT size, etag, file, algorithm, checksum FROM s3_parts WHERE upload = ? AND number = ?",
                        "si", u->id, p->number))
        return false;
    if (!r.n || !same_etag(etag, sl_rows_text(&r, 0, 1)))
        return invalid_part(err);
    p->size_bytes = sl_rows_number(&r, 0, 0);
    p->etag = sl_rows_text(&r, 0, 1);
    p->file = sl_rows_text(&r, 0, 2);
    p->algorithm = sl_rows_text(&r, 0, 3);
    p->checksum = sl_rows_text(&r, 0, 4);
    ret->n++;
    ret->size_bytes += (uint64_t)p->size_bytes;
    return check_part_checksum(u, e, p, err);
}

static bool check_sizes(struct sl_exchange *x, const struct parts *parts, struct sl_err *err)
{
    for (size_t i = 0; i + 1 < parts->n; i++) {
        const struct part *p = &parts->list[i];
        char size[24], number[24];
        if ((uint64_t)p->size_bytes >= SL_S3_MIN_PART_BYTES)
            continue;
        (void)snprintf(size, sizeof size, "%lld", (long long)p->size_bytes);
        (void)snprintf(number, sizeof number, "%lld", (long long)p->number);
        return sl_exchange_fact(x, "ProposedSize", size, err) && sl_exchange_fact(x, "MinSizeAllowed", "5242880", err)
               && sl_exchange_fact(x, "PartNumber", number, err) && sl_exchange_fact(x, "ETag", p->etag, err)
               && sl_refusal_make(err, 400, "EntityTooSmall",
                                  "Your proposed upload is smaller than the minimum allowed size");
    }
    return true;
}

/* Composite checksums need parts 1, 2, 3 ...; AWS answers anything else with a 500. */
static bool check_consecutive(const struct sl_s3_upload *u, const struct parts *parts, struct sl_err *err)
{
    if (strcmp(u->checksum_type, "COMPOSITE") != 0)
        return true;
    for (size_t i = 0; i < parts->n; i++)
        if (parts->list[i].number != (int64_t)i + 1)
            return sl_refusal_make(err, 500, "InternalError",
                                   "We encountered an internal error. Please try again. (Parts of a composite checksum "
                                   "must be numbered from 1 without gaps.)");
    return true;
}

static bool check_total(const struct sl_exchange *x, const struct parts *parts, struct sl_err *err)
{
    const char *stated = sl_exchange_request_header(x, "x-amz-mp-object-size");
    char real[24];
    (void)snprintf(real, sizeof real, "%llu", (unsigned long long)parts->size_bytes);
    return !stated || !strcmp(stated, real)
           || sl_refusal_make(
               err, 400, "InvalidRequest",
               "The provided 'x-amz-mp-object-size' header value %.24s does not match what was computed: "
               "%s",
               stated, real);
}

static bool read_list(struct sl_s3 *s, const struct sl_s3_upload *u, struct parts *ret, struct sl_err *err)
{
    struct sl_err why = { 0 };
    const struct sl_xml *root;
    size_t n = 0;
    if (!sl_xml_parse(s->x->body, s->x->arena, &root, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : malformed(err);
    for (const struct sl_xml *e = root->child; e; e = e->next, n++)
        if (strcmp(e->name, "Part") != 0)
            return malformed(err);
    if (strcmp(root->name, "CompleteMultipartUpload") != 0 || !n || n > SL_S3_MAX_PARTS)
        return malformed(err);
    ret->list = sl_arena_alloc(s->x->arena, n, sizeof *ret->list, err);
    if (!ret->list)
        return false;
    for (const struct sl_xml *e = root->child; e; e = e->next)
        if (!read_part(s, u, e, ret, err))
            return false;
    return check_sizes(s->x, ret, err) && check_consecutive(u, ret, err) && check_total(s->x, ret, err);
}

static bool read_part_file(struct sl_s3 *s, const struct part *p, struct sl_checksummer *sums, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int from = -1;
    const char *path;
    uint64_t size;
    uint8_t buffer[32768];
    if (!sl_s3_path(s, p->file, &path, err) || !sl_file_open(path, &from, &size, err))
        return false;
    for (;;) {
        ssize_t n = read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sl_fail(err, SL_E_IO, SL_LOC_NONE, "a part cannot be read: %s", strerror(errno));
        if (n == 0)
            return true;
        if (!sl_checksummer_update(sums, (struct sl_span){ buffer, (size_t)n }, err))
            return false;
    }
}

/* The checksum of the whole by reading it. */
static bool read_whole(struct sl_s3 *s, const struct parts *parts, enum sl_checksum_kind kind, struct sl_checksums *ret,
                       struct sl_err *err)
{
    SL_AUTO(sl_checksummer_freep) struct sl_checksummer *sums = NULL;
    if (!sl_checksummer_new(SL_CHECKSUM_BIT(kind), &sums, err))
        return false;
    for (size_t i = 0; i < parts->n; i++)
        if (!read_part_file(s, &parts->list[i], sums, err))
            return false;
    return sl_checksummer_final(sums, ret, err);
}

/* The same from the checksums of the parts, when each has one and the algorithm allows it. */
static bool combine(const struct parts *parts, enum sl_checksum_kind kind, struct sl_checksums *ret)
{
    uint8_t next[SL_CHECKSUM_MAX_BYTES];
    struct sl_checksums sum = { .have = SL_CHECKSUM_BIT(kind) };
    for (size_t i = 0; i < parts->n; i++) {
        const struct part *p = &parts->list[i];
        if (strcmp(p->algorithm, sl_checksum_name(kind)) != 0 || !sl_checksum_parse(kind, p->checksum, next)
            || !sl_checksum_combine(kind, sum.value[kind], next, (uint64_t)p->size_bytes))
            return false;
    }
    *ret = sum;
    return true;
}

/* The digest of the parts' digests: MD5 for the ETag, the upload's algorithm for a composite checksum. */
static bool digest_of_digests(const struct parts *parts, enum sl_checksum_kind kind, struct sl_checksums *ret,
                              struct sl_err *err)
{
    SL_AUTO(sl_checksummer_freep) struct sl_checksummer *sums = NULL;
    if (!sl_checksummer_new(SL_CHECKSUM_BIT(kind), &sums, err))
        return false;
    for (size_t i = 0; i < parts->n; i++) {
        uint8_t value[SL_CHECKSUM_MAX_BYTES];
        const struct part *p = &parts->list[i];
        bool got = kind == SL_CHECKSUM_MD5 ? sl_hex_get(sl_span_str(p->etag), value, sl_checksum_bytes(kind))
                                           : sl_checksum_parse(kind, p->checksum, value);
        if (!got)
            return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "part %lld has no %s", (long long)p->number,
                           sl_checksum_name(kind));
        if (!sl_checksummer_update(sums, (struct sl_span){ value, sl_checksum_bytes(kind) }, err))
            return false;
    }
    return sl_checksummer_final(sums, ret, err);
}

static bool fill_etag(struct sl_s3 *s, const struct parts *parts, struct sl_s3_object *o, struct sl_err *err)
{
    struct sl_checksums md5;
    char hex[2 * SL_CHECKSUM_MAX_BYTES + 1];
    if (!digest_of_digests(parts, SL_CHECKSUM_MD5, &md5, err))
        return false;
    sl_hex_put(hex, sizeof hex, sl_checksums_get(&md5, SL_CHECKSUM_MD5));
    o->etag = sl_arena_fmt(s->x->arena, err, "%s-%zu", hex, parts->n);
    return o->etag != NULL;
}

static bool fill_checksum(struct sl_s3 *s, const struct sl_s3_upload *u, const struct parts *parts,
                          struct sl_s3_object *o, struct sl_err *err)
{
    char text[SL_CHECKSUM_BASE64_SIZE];
    struct sl_checksums sums;
    enum sl_checksum_kind kind = SL_CHECKSUM_CRC64NVME;
    bool composite = !strcmp(u->checksum_type, "COMPOSITE");
    if (*u->algorithm && !sl_checksum_by_name(u->algorithm, &kind))
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "no checksum '%s'", u->algorithm);
    if (composite ? !digest_of_digests(parts, kind, &sums, err)
                  : !combine(parts, kind, &sums) && !read_whole(s, parts, kind, &sums, err))
        return false;
    sl_checksum_base64(sl_checksums_get(&sums, kind), text);
    o->algorithm = sl_checksum_name(kind);
    o->checksum_type = composite ? "COMPOSITE" : "FULL_OBJECT";
    o->checksum = composite ? sl_arena_fmt(s->x->arena, err, "%s-%zu", text, parts->n)
                            : sl_arena_str(s->x->arena, text, err);
    return o->checksum != NULL;
}

/* What the request says the object's checksum is. */
static bool check_object_checksum(struct sl_s3 *s, const struct sl_s3_upload *u, const struct sl_s3_object *o,
                                  struct sl_err *err)
{
    const struct sl_exchange *x = s->x;
    const char *type = sl_exchange_request_header(x, "x-amz-checksum-type");
    if (type && *u->checksum_type && strcmp(type, u->checksum_type) != 0)
        return sl_refusal_make(err, 400, "InvalidRequest",
                               "The upload was created using the %s checksum mode. The complete request must use the "
                               "same checksum mode.",
                               u->checksum_type);
    for (size_t i = 0; i < x->n_headers; i++) {
        enum sl_checksum_kind kind;
        const char *sent = x->headers[i].value;
        if (!sl_checksum_by_header(x->headers[i].name, &kind))
            continue;
        bool compared = !strcmp(o->algorithm, sl_checksum_name(kind));
        if (!compared && *u->algorithm)
            return sl_refusal_make(err, 400, "InvalidRequest",
                                   "Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: "
                                   "%s",
                                   u->algorithm, sl_checksum_name(kind));
        if (!compared)
            sl_refusal_note(x, "%s is neither validated nor stored: the upload was begun without an algorithm",
                            x->headers[i].name);
        size_t len = strlen(sent);
        bool bare = len && !strncmp(sent, o->checksum, len) && o->checksum[len] == '-';
        if (compared && !bare && strcmp(sent, o->checksum) != 0)
            return sl_refusal_make(err, 400, "BadDigest", "The %s you specified did not match the calculated checksum.",
                                   sl_checksum_name(kind));
    }
    return true;
}

/* The files of the parts become the object's; those that were not named go with the upload. */
static bool keep_parts(struct sl_s3 *s, const struct sl_s3_upload *u, const struct parts *parts,
                       const struct sl_s3_object *o, struct sl_err *err)
{
    for (size_t i = 0; i < parts->n; i++) {
        const struct part *p = &parts->list[i];
        bool told = !strcmp(p->algorithm, o->algorithm) && !strcmp(o->checksum_type, "COMPOSITE");
        if (!sl_store_exec(s->x->store, err,
                           "INSERT INTO s3_object_parts(object, number, size, checksum, file) VALUES(?,?,?,?,?)",
                           "iiiss", o->seq, p->number, p->size_bytes, told ? p->checksum : "", p->file)
            || !sl_store_exec(s->x->store, err, "DELETE FROM s3_parts WHERE upload = ? AND number = ?", "si", u->id,
                              p->number))
            return false;
    }
    return true;
}

static bool reply(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_buf *b = &x->reply;
    enum sl_checksum_kind kind;
    const char *location = sl_arena_fmt(x->arena, err, "%s%s", x->facts->url, x->raw_path);
    return location && sl_s3_xml_begin(x, "CompleteMultipartUploadResult", err)
           && sl_s3_xml(b, "Location", location, err) && sl_s3_xml(b, "Bucket", s->bucket, err)
           && sl_s3_xml(b, "Key", s->key, err) && sl_buf_addf(b, err, "<ETag>&quot;%s&quot;</ETag>", o->etag)
           && (!sl_checksum_by_name(o->algorithm, &kind) || sl_s3_xml(b, sl_checksum_element(kind), o->checksum, err))
           && sl_s3_xml(b, "ChecksumType", o->checksum_type, err)
           && sl_buf_add_str(b, "</CompleteMultipartUploadResult>", err) && sl_s3_version_header(s, o->version, err)
           && sl_s3_encryption_reply(s, o->headers, err) && sl_exchange_xml(x, 200, err);
}

bool sl_s3_upload_complete(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_s3_upload u = { .id = "", .algorithm = "", .checksum_type = "" };
    struct parts parts = { .n = 0 };
    struct sl_s3_object o = { .modified_utc = x->now_utc, .algorithm = "", .checksum = "" };
    if (!sl_s3_upload_find(s, &u, err) || !sl_s3_encryption_open(s, u.headers, err) || !sl_s3_write_condition(s, err)
        || !read_list(s, &u, &parts, err) || !fill_etag(s, &parts, &o, err) || !fill_checksum(s, &u, &parts, &o, err)
        || !check_object_checksum(s, &u, &o, err))
        return false;
    o.file = "";
    o.headers = u.headers;
    o.size_bytes = (int64_t)parts.size_bytes;
    o.n_parts = (int64_t)parts.n;
    return sl_s3_add_version(s, s->key, u.order, &o, err) && keep_parts(s, &u, &parts, &o, err)
           && sl_s3_upload_drop(s, u.id, err) && reply(s, &o, err);
}
