#include "core/text.h"
#include "manifests/hole.h"
#include "publisher/priv/audit.h"
#include "publisher/priv/compare.h"

#include <string.h>

#define PLACEHOLDER "${aws:iot:s3-presigned-url"

/* One job's document, as it is and as it should be. */
struct document {
    struct sl_auditing *g;
    const struct sl_audit_jobs_of *job;
    struct sl_span bytes;
    json_t *value, *expected;
    struct sl_buf expected_bytes;
    const char *what; /* the expected one */
    size_t n_links;
};

static void document_clear(struct document *d)
{
    sl_json_clear(&d->value);
    sl_json_clear(&d->expected);
    sl_buf_clear(&d->expected_bytes);
}

static bool tell(const struct document *d, enum sl_audit_verdict verdict, const char *check, const char *sentence,
                 struct sl_err *err)
{
    return sl_audit_add(d->g->audit, verdict, check, d->job->name, sentence, err);
}

/* ---- what it should be: the plan's, its holes filled as the release filled them; or what is stored ---- */

static bool give(json_t *value, json_t **ret, struct sl_err *err)
{
    *ret = value;
    return value || sl_fail_nomem(err);
}

/* "artifact.<name>.<what>" */
static bool give_artifact(const struct document *d, const char *hole, json_t **ret, struct sl_err *err)
{
    const char *name = hole + strlen("artifact."), *dot = strrchr(name, '.');
    const struct sl_audit_object *found = NULL;
    for (size_t i = 1; dot && i <= d->g->n_artifacts && !found; i++) {
        const char *candidate = d->g->objects[i].name;
        if (strlen(candidate) == (size_t)(dot - name) && !strncmp(candidate, name, (size_t)(dot - name)))
            found = &d->g->objects[i];
    }
    const json_t *signature = found ? json_object_get(json_object_get(d->g->bundle, "signatures"), found->name) : NULL;
    if (found && !strcmp(dot + 1, "versionId"))
        return give(json_string(found->found.version_id), ret, err);
    if (signature && (!strcmp(dot + 1, "signature") || !strcmp(dot + 1, "keyid")))
        return give(json_string(sl_json_str(signature, dot + 1)), ret, err);
    const json_t *format = dot ? json_object_get(json_object_get(signature, "formats"), dot + 1) : NULL;
    if (format)
        return give(json_deep_copy(format), ret, err);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the plan has a hole '{{%.100s}}', which the receipt cannot fill",
                   hole);
}

static bool value_of(void *ctx, const char *name, json_t **ret, struct sl_err *err)
{
    const struct document *d = ctx;
    if (!strncmp(name, "artifact.", strlen("artifact.")))
        return give_artifact(d, name, ret, err);
    if (!strcmp(name, "statement") && d->g->bundle)
        return give(json_incref(json_object_get(d->g->bundle, "dsseEnvelope")), ret, err);
    if (!strcmp(name, "job.id"))
        return give(json_string(sl_json_str(d->job->said, "id")), ret, err);
    if (!strcmp(name, "plan.digest"))
        return give(json_string(sl_json_str(d->g->expected->receipt, "planDigest")), ret, err);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the plan has a hole '{{%.100s}}', which the receipt cannot fill",
                   name);
}

static bool expect(struct document *d, struct sl_err *err)
{
    const struct sl_hole_filler filler = { value_of, d };
    const json_t *planned = json_object_get(d->job->planned, "document");
    if (planned && d->g->bundle) {
        d->what = "planned";
        return sl_hole_fill(planned, &filler, &d->expected, err)
               && sl_json_canonical(d->expected, &d->expected_bytes, err);
    }
    struct sl_err not_json = { .code = SL_OK };
    d->what = "stored";
    if (!d->job->document->there)
        return true;
    if (!sl_json_parse(sl_buf_span(&d->job->document->bytes), "stored document", &d->expected, &not_json)
        && not_json.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    return sl_buf_copy(&d->expected_bytes, sl_buf_span(&d->job->document->bytes), err);
}

/* ---- is it? ---- */

/* The stored document is gone; its digest in the receipt is not. */
static bool compare_digest(const struct document *d, struct sl_err *err)
{
    uint8_t digest[SL_SHA256_BYTES];
    char hex[2 * SL_SHA256_BYTES + 1];
    if (!sl_sha256(d->bytes, digest, err))
        return false;
    sl_hex_put(hex, sizeof hex, (struct sl_span){ digest, sizeof digest });
    const char *said = sl_json_str(d->job->said, "document.sha256");
    bool equal = strcmp(hex, said) == 0;
    return tell(d, equal ? SL_AUDIT_OK : SL_AUDIT_DIFFERS, "job document",
                sl_arena_fmt(d->g->audit->arena, err, "the job's document has sha256:%s, the receipt says sha256:%s",
                             hex, said),
                err);
}

static bool compare(const struct document *d, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf difference = { 0 };
    struct sl_arena *arena = d->g->audit->arena;
    if (!d->expected_bytes.len)
        return compare_digest(d, err);
    if (sl_span_eq(d->bytes, sl_buf_span(&d->expected_bytes)))
        return tell(d, SL_AUDIT_OK, "job document",
                    sl_arena_fmt(arena, err, "the job has the %s document, byte for byte", d->what), err);
    if (d->value && d->expected && sl_compare_values(d->expected, d->value))
        return tell(d, SL_AUDIT_OK, "job document",
                    sl_arena_fmt(arena, err, "the job has the %s document, written another way", d->what), err);
    if (!d->value || !d->expected)
        return tell(
            d, SL_AUDIT_DIFFERS, "job document",
            sl_arena_fmt(arena, err, "the job's document is not the %s one, and one of them is not JSON", d->what),
            err);
    return sl_compare_difference(d->expected, d->value, &difference, err)
           && tell(
               d, SL_AUDIT_DIFFERS, "job document",
               sl_arena_fmt(arena, err, "the job's document is not the %s one: %s", d->what, sl_buf_str(&difference)),
               err);
}

/* The statement that devices are given must be the one that is checked. */
static bool compare_statement(const struct document *d, struct sl_err *err)
{
    const json_t *carried = sl_json_at(d->value, "sealift.statement");
    const json_t *signed_one = json_object_get(d->g->bundle, "dsseEnvelope");
    if (!carried || !signed_one || json_equal(carried, signed_one))
        return true;
    return tell(d, SL_AUDIT_DIFFERS, "job document", "the statement in the job's document is not the one in the bucket",
                err);
}

/* ---- where it leads ---- */

static const struct sl_audit_object *artifact_at(const struct document *d, const char *path, const char *version)
{
    size_t bucket = strlen(d->g->bucket.name);
    if (strncmp(path, d->g->bucket.name, bucket) != 0 || path[bucket] != '/')
        return NULL;
    for (size_t i = 1; i <= d->g->n_artifacts; i++) {
        const struct sl_object *o = &d->g->objects[i].found;
        if (!strcmp(o->key, path + bucket + 1) && (!version || !strcmp(o->version_id, version)))
            return &d->g->objects[i];
    }
    return NULL;
}

/* link: "https://s3.<region>.<suffix>/<bucket>/<key>", then "?versionId=<id>" where it is pinned; decoded. */
static bool check_link(struct document *d, char *link, struct sl_err *err)
{
    struct sl_arena *arena = d->g->audit->arena;
    char *authority = strstr(link, "://");
    char *path = authority ? strchr(authority + 3, '/') : NULL;
    char *version = strstr(link, "?versionId=");
    d->n_links++;
    const char *shown = sl_arena_str(arena, link, err);
    if (!shown)
        return false;
    if (version) {
        *version = '\0';
        version += strlen("?versionId=");
    }
    const struct sl_audit_object *o = path ? artifact_at(d, path + 1, version) : NULL;
    if (!o)
        return tell(
            d, SL_AUDIT_DIFFERS, "downloads",
            sl_arena_fmt(arena, err, "the job lets devices download '%.400s', which the receipt does not have", shown),
            err);
    return version || !o->replaced
           || tell(d, SL_AUDIT_DIFFERS, "downloads",
                   sl_arena_fmt(arena, err,
                                "the job names no version of '%.400s', and the current one is not what was published",
                                shown),
                   err);
}

/* Every placeholder in one string of the document. */
static bool check_text(struct document *d, const char *text, struct sl_err *err)
{
    for (const char *at = strstr(text, PLACEHOLDER); at; at = strstr(at + 1, PLACEHOLDER)) {
        SL_AUTO(sl_buf_clear) struct sl_buf link = { 0 };
        const char *kind = at + strlen(PLACEHOLDER), *begin = strchr(kind, ':'), *end = strchr(kind, '}');
        if (!begin || !end || begin > end || !strncmp(kind, "-upload", strlen("-upload")))
            continue;
        if (!sl_percent_get((struct sl_span){ (const uint8_t *)begin + 1, (size_t)(end - begin - 1) }, &link, err)
            || !sl_buf_add_char(&link, '\0', err) || !check_link(d, (char *)link.ptr, err))
            return false;
    }
    return true;
}

static bool check_links(struct document *d, const json_t *value, unsigned depth, struct sl_err *err)
{
    const char *key = NULL;
    json_t *member = NULL;
    size_t i = 0;
    if (depth > 64)
        return true; /* no JSON of the service is so deep */
    if (json_is_string(value))
        return check_text(d, json_string_value(value), err);
    json_array_foreach((json_t *)(uintptr_t)value, i, member)
    {
        if (!check_links(d, member, depth + 1, err))
            return false;
    }
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        if (!check_links(d, member, depth + 1, err))
            return false;
    }
    return true;
}

static bool check_downloads(struct document *d, struct sl_err *err)
{
    size_t before = d->g->audit->n;
    if (!check_links(d, d->value, 0, err))
        return false;
    if (d->g->audit->n > before)
        return true;
    return tell(d, d->n_links ? SL_AUDIT_OK : SL_AUDIT_NOTE, "downloads",
                d->n_links ? sl_arena_fmt(d->g->audit->arena, err, "each of its %zu downloads is what the receipt has",
                                          d->n_links)
                           : "its document names no download",
                err);
}

bool sl_audit_document(struct sl_auditing *g, const struct sl_audit_jobs_of *j, struct sl_span installed,
                       struct sl_err *err)
{
    SL_AUTO(document_clear)
    struct document d = {
        .g = g, .job = j, .bytes = installed, .expected_bytes = SL_BUF_MAX(SL_S3_DOCUMENT_REPLY_MAX)
    };
    struct sl_err not_json = { .code = SL_OK };
    if (!sl_json_parse(installed, "job document", &d.value, &not_json) && not_json.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    return expect(&d, err) && compare(&d, err) && compare_statement(&d, err) && check_downloads(&d, err);
}
