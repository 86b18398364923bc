/* Objects in S3 that package versions point to, and the software bill of materials among them.
 *
 * AWS IoT looks into the ZIP archive for SPDX and CycloneDX files (ListSbomValidationResults). Here that is done for
 * entries that are stored without compression; a compressed one is taken for right, and the log says so. */
#include "sandbox/priv/access.h"
#include "sandbox/priv/inner.h"
#include "sandbox/priv/iot.h"
#include "sandbox/priv/refusal.h"

#include <string.h>

#define INVALID        "ValidationException"
#define SBOM_MAX_BYTES ((size_t)32 << 20) /* AWS names no number */
#define ENTRY_BYTES    30                 /* of a local file header before its name (APPNOTE.TXT 4.3.7) */
#define MOST_ENTRIES   64

/* The object at bucket, key and version, as the caller may read it: its bytes into ret, or only whether it is there. */
static bool reach(struct sl_iot_call *c, const json_t *location, struct sl_buf *ret, struct sl_err *err)
{
    const char *bucket = sl_json_str(location, "bucket"), *key = sl_json_str(location, "key");
    const char *version = sl_json_str(location, "version");
    const char *path = sl_arena_fmt(c->x->arena, err, "/%s/%s", bucket, key);
    SL_AUTO(sl_inner_clear) struct sl_exchange reply = { .reply_fd = -1 };
    struct sl_inner get = { .service = "s3",
                            .method = ret ? "GET" : "HEAD",
                            .path = path,
                            .query = { "versionId", version },
                            .has_query = true,
                            .as_caller = true };
    if (!path)
        return false;
    if (!*bucket || !*key || !*version)
        return sl_refusal_make(err, 400, INVALID, "s3Location needs bucket, key and version");
    if (!sl_inner_call(c->x, &get, &reply, err))
        return false;
    if (reply.status != 200)
        return sl_refusal_make(err, 400, INVALID,
                               "%s version %s is not accessible: make sure that it exists and that the caller has "
                               "s3:GetObjectVersion (HTTP %d)",
                               path, version, reply.status);
    return !ret || sl_inner_body(&reply, ret, err);
}

bool sl_iot_sbom_reach_artifact(struct sl_iot_call *c, struct sl_err *err)
{
    const json_t *location = sl_json_at(c->body, "artifact.s3Location");
    return !location || reach(c, location, NULL, err);
}

bool sl_iot_sbom_fetch(struct sl_iot_call *c, struct sl_err *err)
{
    return reach(c, sl_json_at(c->body, "sbom.s3Location"), &c->document, err);
}

static uint32_t little(const uint8_t *p, unsigned n)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < n; i++)
        v |= (uint32_t)p[i] << (8 * i);
    return v;
}

static bool is_bill(struct sl_span text)
{
    SL_AUTO(sl_json_clear) json_t *bill = NULL;
    struct sl_err none = { 0 };
    return sl_json_parse(text, "SBOM", &bill, &none)
           && (*sl_json_str(bill, "spdxVersion") || !strcmp(sl_json_str(bill, "bomFormat"), "CycloneDX"));
}

static bool add_result(json_t *results, struct sl_span name, bool good, struct sl_err *err)
{
    json_t *one = json_pack("{s:s%, s:s}", "fileName", (const char *)name.ptr, name.len, "validationResult",
                            good ? "SUCCEEDED" : "FAILED");
    if (!sl_json_push(results, one, err) || good)
        return one && good;
    return sl_json_set(one, "errorCode", json_string("INCOMPATIBLE_FORMAT"), err)
           && sl_json_set(one, "errorMessage", json_string("neither SPDX nor CycloneDX"), err);
}

/* One entry; *at moves behind it. False without an error: there is none any more. */
static bool look_at_entry(struct sl_iot_call *c, struct sl_span zip, size_t *at, json_t *results, bool *all,
                          struct sl_err *err)
{
    if (zip.len - *at < ENTRY_BYTES || little(zip.ptr + *at, 4) != 0x04034b50)
        return false;
    const uint8_t *p = zip.ptr + *at;
    const size_t size = little(p + 18, 4), name_len = little(p + 26, 2), extra = little(p + 28, 2);
    const size_t head = ENTRY_BYTES + name_len + extra;
    if (zip.len - *at < head || zip.len - *at - head < size)
        return false;
    const struct sl_span name = sl_span_sub(zip, *at + ENTRY_BYTES, name_len);
    const bool stored = little(p + 8, 2) == 0;
    const bool good = !stored || is_bill(sl_span_sub(zip, *at + head, size));
    if (!stored)
        sl_refusal_note(c->x, "an SBOM is compressed in its archive: it is taken for right");
    *all = *all && good;
    *at += head + size;
    return add_result(results, name, good, err);
}

bool sl_iot_sbom_associate(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *results = json_array();
    SL_AUTO(sl_buf_clear) struct sl_buf found = { 0 }, sbom = { 0 };
    size_t at = 0, n = 0;
    bool all = true;
    if (!results)
        return sl_fail_nomem(err);
    if (c->document.len > SBOM_MAX_BYTES)
        return sl_refusal_make(err, 400, INVALID, "S3 object file size exceeds limit");
    while (n < MOST_ENTRIES && look_at_entry(c, sl_buf_span(&c->document), &at, results, &all, err))
        n++;
    if (err->code != SL_OK)
        return false;
    const char *status = n > 0 && all ? "SUCCEEDED" : "FAILED";
    json_t *asked = json_object_get(c->body, "sbom");
    if (!sl_json_canonical(results, &found, err) || !sl_json_canonical(asked, &sbom, err)
        || !sl_access_require(c->x, "iot:GetIndexingConfiguration", "*", err)
        || !sl_store_exec(c->x->store, err,
                          "UPDATE package_versions SET sbom = ?, sbom_status = ?, sbom_results = ?, modified = ? WHERE "
                          "package = ? AND version = ?",
                          "sssiss", sl_buf_str(&sbom), status, sl_buf_str(&found), c->x->now_utc, c->package,
                          c->version))
        return false;
    if (sl_store_changes(c->x->store) == 0)
        return sl_refusal_make(err, 404, "ResourceNotFoundException", "Package version not found: %s %s", c->package,
                               c->version);
    return sl_json_set(c->out, "packageName", json_string(c->package), err)
           && sl_json_set(c->out, "versionName", json_string(c->version), err)
           && sl_json_set(c->out, "sbom", json_incref(asked), err)
           && sl_json_set(c->out, "sbomValidationStatus", json_string("IN_PROGRESS"), err);
}

bool sl_iot_sbom_disassociate(struct sl_iot_call *c, struct sl_err *err)
{
    return sl_store_exec(
               c->x->store, err,
               "UPDATE package_versions SET sbom = NULL, sbom_status = NULL, sbom_results = NULL WHERE package "
               "= ? AND version = ?",
               "ss", c->package, c->version)
           && (sl_store_changes(c->x->store) > 0
               || sl_refusal_make(err, 404, "ResourceNotFoundException", "Package version not found: %s %s", c->package,
                                  c->version));
}

bool sl_iot_sbom_results(struct sl_iot_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    json_t *list = NULL;
    if (!sl_store_query(c->x->store, sl_rows_add, &r, err,
                        "SELECT sbom_results FROM package_versions WHERE package = ? AND version = ?", "ss", c->package,
                        c->version))
        return false;
    if (!r.n)
        return sl_refusal_make(err, 404, "ResourceNotFoundException", "Package version not found: %s %s", c->package,
                               c->version);
    const char *text = sl_rows_nullable(&r, 0, 0);
    return sl_json_parse(sl_span_str(text ? text : "[]"), "stored results", &list, err)
           && sl_json_set(c->out, "validationResultSummaries", list, err);
}
