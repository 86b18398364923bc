/* DeleteObject and DeleteObjects: versions are removed, without a version a marker is set.
 * Source: S3 user guide, "Working with delete markers", "Deleting object versions from a versioning-enabled bucket". */
#include "core/xml.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <string.h>

#define MAX_BATCH 1000

/* What became of one deletion. */
struct outcome {
    bool is_marker;             /* a marker was set or removed */
    const char *version;        /* of what was removed; "" when nothing was named */
    const char *marker_version; /* of the marker set or removed, "" for none */
};

static bool check_etag(struct sl_s3 *s, const struct sl_s3_object *o, bool found, const char *etag, struct sl_err *err)
{
    if (!etag)
        return true;
    if (!found)
        return sl_s3_not_found(s, "NoSuchKey", "The specified key does not exist.", err);
    size_t len = strlen(o->etag);
    bool same = !strcmp(etag, "*") || !strcmp(etag, o->etag)
                || (etag[0] == '"' && !strncmp(etag + 1, o->etag, len) && !strcmp(etag + 1 + len, "\""));
    return same
           || sl_refusal_make(err, 412, "PreconditionFailed",
                              "At least one of the pre-conditions you specified did not hold");
}

static bool remove_version(struct sl_s3 *s, const char *key, const char *version, const char *etag, struct outcome *ret,
                           struct sl_err *err)
{
    struct sl_s3_object o;
    bool found;
    if (!sl_s3_version_valid(version))
        return sl_refusal_make(err, 400, "InvalidArgument", "Invalid version id specified");
    *ret = (struct outcome){ false, version, "" };
    if (!sl_s3_find(s, key, version, &o, &found, err) || !check_etag(s, &o, found, etag, err))
        return false;
    if (!found)
        return true;
    if (!sl_s3_lock_deletable(s, key, &o, err))
        return false;
    ret->is_marker = o.is_marker;
    ret->marker_version = o.is_marker ? version : "";
    return sl_s3_remove(s, key, &o, err);
}

static bool set_marker(struct sl_s3 *s, const char *key, struct outcome *ret, struct sl_err *err)
{
    struct sl_s3_object o = { .modified_utc = s->x->now_utc,
                              .is_marker = true,
                              .etag = "",
                              .file = "",
                              .headers = "{}",
                              .algorithm = "",
                              .checksum = "",
                              .checksum_type = "" };
    if (!sl_s3_add_version(s, key, 0, &o, err))
        return false;
    *ret = (struct outcome){ true, "", o.version };
    return true;
}

static bool delete_one(struct sl_s3 *s, const char *key, const char *version, const char *etag, struct outcome *ret,
                       struct sl_err *err)
{
    struct sl_s3_object o;
    bool found;
    if (version)
        return remove_version(s, key, version, etag, ret, err);
    *ret = (struct outcome){ false, "", "" };
    if (!sl_s3_find(s, key, NULL, &o, &found, err) || !check_etag(s, &o, found && !o.is_marker, etag, err))
        return false;
    if (*s->versioning)
        return set_marker(s, key, ret, err);
    return !found || sl_s3_remove(s, key, &o, err);
}

bool sl_s3_delete(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct outcome out = { false, "", "" };
    if (!delete_one(s, s->key, sl_exchange_query(x, "versionId"), sl_exchange_request_header(x, "if-match"), &out, err))
        return false;
    x->status = 204;
    const char *version = *out.version ? out.version : out.marker_version;
    return (!out.is_marker || sl_exchange_header(x, "x-amz-delete-marker", "true", err))
           && (!*version || sl_s3_version_header(s, version, err));
}

static bool malformed(struct sl_err *err)
{
    return sl_refusal_make(err, 400, "MalformedXML",
                           "The XML you provided was not well-formed or did not validate against our published schema");
}

static bool add_deleted(struct sl_exchange *x, const char *key, const struct outcome *out, struct sl_err *err)
{
    struct sl_buf *b = &x->reply;
    return sl_buf_add_str(b, "<Deleted>", err) && sl_s3_xml(b, "Key", key, err)
           && (!*out->version || sl_s3_xml(b, "VersionId", out->version, err))
           && (!out->is_marker
               || (sl_s3_xml(b, "DeleteMarker", "true", err)
                   && sl_s3_xml(b, "DeleteMarkerVersionId", out->marker_version, err)))
           && sl_buf_add_str(b, "</Deleted>", err);
}

static bool add_error(struct sl_exchange *x, const char *key, const char *version, const struct sl_err *why,
                      struct sl_err *err)
{
    struct sl_buf *b = &x->reply;
    return sl_buf_add_str(b, "<Error>", err) && sl_s3_xml(b, "Key", key, err)
           && (!version || sl_s3_xml(b, "VersionId", version, err)) && sl_s3_xml(b, "Code", why->aws_code, err)
           && sl_s3_xml(b, "Message", why->msg, err) && sl_buf_add_str(b, "</Error>", err);
}

/* One of a batch; its refusal is told in the list, not as the reply. */
static bool delete_listed(struct sl_s3 *s, const struct sl_xml *object, bool quiet, struct sl_err *err)
{
    struct sl_err why = { 0 };
    struct outcome out = { false, "", "" };
    const char *key = sl_xml_text(object, "Key"), *version = sl_xml_text(object, "VersionId");
    if (!key || !*key || strlen(key) > SL_S3_MAX_KEY_BYTES)
        return malformed(err);
    struct sl_s3 at = *s;
    at.key = key;
    bool done = sl_s3_require(s, version ? "s3:DeleteObjectVersion" : "s3:DeleteObject", key, &why)
                && delete_one(&at, key, version, sl_xml_text(object, "ETag"), &out, &why);
    s->doomed = at.doomed;
    if (done)
        return quiet || add_deleted(s->x, key, &out, err);
    if (!why.http_status) {
        *err = why;
        return false;
    }
    return add_error(s->x, key, version, &why, err);
}

bool sl_s3_delete_many(struct sl_s3 *s, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    const struct sl_xml *root;
    struct sl_err why = { 0 };
    size_t n = 0;
    if (!sl_s3_integrity_require(x, err))
        return false;
    if (!sl_xml_parse(x->body, x->arena, &root, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : malformed(err);
    const char *quiet = sl_xml_text(root, "Quiet");
    for (const struct sl_xml *e = sl_xml_child(root, "Object"); e; e = sl_xml_again(e))
        n++;
    if (strcmp(root->name, "Delete") != 0 || n < 1 || n > MAX_BATCH)
        return malformed(err);
    if (!sl_s3_xml_begin(x, "DeleteResult", err))
        return false;
    for (const struct sl_xml *e = sl_xml_child(root, "Object"); e; e = sl_xml_again(e))
        if (!delete_listed(s, e, quiet && !strcmp(quiet, "true"), err))
            return false;
    return sl_buf_add_str(&x->reply, "</DeleteResult>", err) && sl_exchange_xml(x, 200, err);
}
