#include "manifests/priv/build.h"

#include "core/file.h"
#include "core/text.h"
#include "manifests/hole.h"

#include <string.h>

const struct sl_plan_artifact *sl_document_artifact(const struct sl_plan *plan, const char *hole,
                                                    const char **ret_member)
{
    static const char start[] = "artifact.";
    const char *name = hole + strlen(start), *dot;
    if (strncmp(hole, start, strlen(start)) != 0 || !(dot = strchr(name, '.')))
        return NULL;
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &plan->artifacts[i];
        if (strlen(a->name) == (size_t)(dot - name) && strncmp(a->name, name, strlen(a->name)) == 0) {
            *ret_member = dot + 1;
            return a;
        }
    }
    return NULL;
}

/* Path style, on AWS's own host for the bucket's Region whatever endpoint is talked to. Version 2 holds the key
 * percent-encoded and the version id behind an encoded "?versionId="; version 1 holds the key as it is (IoT developer
 * guide, "Create and manage jobs", "Presigned URLs"). */
static bool add_url(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_plan_artifact *a,
                    struct sl_buf *ret, struct sl_err *err)
{
    const struct sl_plan_bucket *b = &plan->bucket;
    if (!sl_buf_addf(ret, err, "${aws:iot:s3-presigned-url%s:https://s3.%s.%s/%s/", job->pinned ? "-v2" : "", b->region,
                     sl_region_suffix(b->region), b->name))
        return false;
    if (!job->pinned)
        return sl_buf_addf(ret, err, "%s}", a->object);
    return sl_percent_add(ret, sl_span_str(a->object), true, err)
           && sl_buf_addf(ret, err, "%%3FversionId%%3D{{artifact.%s.versionId}}}", a->name);
}

static json_t *url_of(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_plan_artifact *a,
                      struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return add_url(plan, job, a, &text, err) ? json_string(sl_buf_str(&text)) : NULL;
}

static json_t *sha256_of(const struct sl_plan_artifact *a)
{
    char hex[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(hex, sizeof hex, sl_digests_get(&a->digests, SL_SHA256));
    return json_string(hex);
}

struct filling {
    const struct sl_plan *plan;
    const struct sl_plan_job *job;
};

static json_t *member_of(const struct filling *f, const struct sl_plan_artifact *a, const char *member,
                         struct sl_err *err)
{
    if (strcmp(member, "url") == 0)
        return url_of(f->plan, f->job, a, err);
    if (strcmp(member, "sha256") == 0)
        return sha256_of(a);
    if (strcmp(member, "size") == 0)
        return json_integer((json_int_t)a->size_bytes);
    if (strcmp(member, "object") == 0)
        return json_string(a->object);
    const struct sl_span certificate = a->key->certificate.bytes; /* ASCII; none in a draft */
    if (strcmp(member, "certificate") == 0)
        return json_stringn(certificate.len ? (const char *)certificate.ptr : "", certificate.len);
    if (strcmp(member, "file") == 0)
        return json_string(sl_path_base(a->file));
    return json_string(sl_algorithm_document_name(a->algorithm));
}

/* What is known when the plan is made; names were checked when the manifest was read. */
static bool known_value(void *ctx, const char *name, json_t **ret, struct sl_err *err)
{
    static const char *const later[] = { "versionId", "signature", "keyid", "cms", "minisign", "signify" };
    const struct filling *f = ctx;
    const char *member = "";
    const struct sl_plan_artifact *a = sl_document_artifact(f->plan, name, &member);
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (a && strcmp(member, later[i]) == 0)
            return true;
    if (a)
        *ret = member_of(f, a, member, err);
    else if (strcmp(name, "release.name") == 0)
        *ret = json_string(f->plan->release_name);
    else if (strcmp(name, "release.version") == 0)
        *ret = json_string(f->plan->release_version);
    else
        return true;
    return *ret || sl_fail_nomem(err);
}

static bool set_text(json_t *object, const char *key, const char *value, struct sl_err *err)
{
    return sl_json_set(object, key, json_string(value), err);
}

static bool add_hole(json_t *object, const char *key, const struct sl_plan_artifact *a, const char *member,
                     struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_buf_addf(&text, err, "{{artifact.%s.%s}}", a->name, member)
           && set_text(object, key, sl_buf_str(&text), err);
}

/* checksum.inline.value in lower-case hex, as the agent compares it; signature.codesign as documents in the field carry
 * it (aws-iot-device-sdk-js, examples/jobs-agent.js and its history). */
static bool add_file(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_plan_artifact *a,
                     json_t *files, struct sl_err *err)
{
    json_t *file = json_object(), *source = json_object(), *checksum = json_object(), *value = json_object();
    json_t *signature = json_object(), *codesign = json_object();
    bool ok = sl_json_push(files, file, err);
    ok = sl_json_set(file, "fileSource", source, err) && ok;
    ok = sl_json_set(file, "checksum", checksum, err) && ok;
    ok = sl_json_set(checksum, "inline", value, err) && ok;
    ok = sl_json_set(file, "signature", signature, err) && ok;
    ok = sl_json_set(signature, "codesign", codesign, err) && ok;
    if (!ok)
        return false;
    json_t *url = url_of(plan, job, a, err);
    return sl_json_set(source, "url", url, err) && set_text(file, "fileName", sl_path_base(a->file), err)
           && set_text(file, "fileVersion", plan->release_version, err)
           && sl_json_set(value, "value", sha256_of(a), err) && set_text(checksum, "hashAlgorithm", "sha256", err)
           && sl_json_set(codesign, "rawPayloadSize", json_integer((json_int_t)a->size_bytes), err)
           && set_text(codesign, "signatureAlgorithm", sl_algorithm_document_name(a->algorithm), err)
           && add_hole(codesign, "signature", a, "signature", err);
}

static bool add_release(const struct sl_plan *plan, json_t *document, struct sl_err *err)
{
    json_t *sealift = json_object();
    return sl_json_set(document, "sealift", sealift, err) && set_text(sealift, "release", plan->release_name, err)
           && set_text(sealift, "version", plan->release_version, err)
           && set_text(sealift, "statement", "{{statement}}", err);
}

static bool build_jobs_agent(const struct sl_plan *plan, const struct sl_plan_job *job,
                             const struct sl_asked_document *asked, json_t *document, struct sl_err *err)
{
    json_t *files = json_array();
    if (!sl_json_set(document, "files", files, err) || !set_text(document, "operation", "install", err)
        || !set_text(document, "packageName", asked->package.value ? asked->package.value : plan->release_name, err))
        return false;
    if (asked->working_directory.value && !set_text(document, "workingDirectory", asked->working_directory.value, err))
        return false;
    if (asked->launch.value && !set_text(document, "launchCommand", asked->launch.value, err))
        return false;
    if (asked->auto_start.set && !sl_json_set(document, "autoStart", json_boolean(asked->auto_start.value), err))
        return false;
    for (size_t i = 0; i < job->n_artifacts; i++)
        if (!add_file(plan, job, job->artifacts[i], files, err))
            return false;
    return add_release(plan, document, err);
}

bool sl_document_build(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_asked_job *asked,
                       const struct sl_body *body, json_t **ret, struct sl_err *err)
{
    struct filling f = { plan, job };
    struct sl_hole_filler filler = { known_value, &f };
    if (body->value)
        return sl_hole_fill(body->value, &filler, ret, err);
    SL_AUTO(sl_json_clear) json_t *document = json_object();
    if (!document)
        return sl_fail_nomem(err);
    if (!build_jobs_agent(plan, job, &asked->document, document, err))
        return false;
    *ret = json_incref(document);
    return true;
}
