#include "sandbox/priv/job.h"

#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/iot.h"
#include "sandbox/priv/placeholder.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <string.h>

#define SESSION_SECONDS    3600 /* of a role the service assumes */
#define DOCUMENT_MAX_BYTES 32768
#define SESSION_NAME       "AWSIoTJobs"

/* A document being delivered; the role is assumed once, when its first placeholder is met. */
struct delivery {
    struct sl_exchange *x;
    const struct sl_job *job;
    const char *role;
    uint32_t expires_seconds;
    bool assumed;
    struct sl_credentials credentials;
};

static void delivery_clear(struct delivery *d)
{
    sl_credentials_clear(&d->credentials);
}

static bool cannot_assume(struct delivery *d, const char *role_arn, const char *why, struct sl_err *err)
{
    sl_refusal_note(d->x, "job '%s': iot.amazonaws.com cannot assume %s: %s", d->job->id, role_arn, why);
    return sl_refusal_make(err, 400, "InvalidRequestException",
                           "the role of job %s, %s, cannot be assumed by iot.amazonaws.com: %s", d->job->id, role_arn,
                           why);
}

static bool assume(struct delivery *d, struct sl_err *err)
{
    struct sl_exchange *x = d->x;
    const char *role_arn = sl_json_str(d->job->config, "presignedUrlConfig.roleArn");
    const char *job_arn = sl_iot_arn(x, "job", d->job->id, err);
    if (!job_arn)
        return false;
    struct sl_policy_key keys[] = { { "aws:SourceAccount", x->facts->account }, { "aws:SourceArn", job_arn } };
    struct sl_access_principal service = { .kind = "Service", .name = "iot.amazonaws.com", .keys = keys, .n_keys = 2 };
    struct sl_policy_answer answer;
    if (!sl_access_role_of_arn(x, role_arn, &d->role))
        return cannot_assume(d, role_arn, "it is no role of this account", err);
    if (!sl_access_trusts(x, d->role, &service, &answer, err))
        return false;
    if (answer.effect == SL_POLICY_DENY)
        return cannot_assume(d, role_arn, "its trust policy denies it", err);
    if (answer.effect != SL_POLICY_ALLOW)
        return cannot_assume(d, role_arn, *answer.why_not ? answer.why_not : "its trust policy does not allow it", err);
    d->assumed = sl_access_assume(x, d->role, SESSION_NAME, SESSION_SECONDS, &d->credentials, err);
    return d->assumed;
}

/* Presigning never fails for want of a permission, here as in AWS; say now what the device will find out. */
static bool foretell(struct delivery *d, const struct sl_placeholder *p, struct sl_err *err)
{
    struct sl_policy_answer answer;
    const char *action = *p->version ? "s3:GetObjectVersion" : "s3:GetObject";
    const char *arn = sl_arena_fmt(d->x->arena, err, "arn:%s:s3:::%s/%s", sl_access_partition(d->x), p->bucket, p->key);
    if (!arn || !sl_access_role(d->x, d->role, action, arn, &answer, err))
        return false;
    if (answer.effect != SL_POLICY_ALLOW)
        sl_refusal_note(d->x, "job '%s': role '%s' does not allow %s on %s, so its URL will answer 403%s%s", d->job->id,
                        d->role, action, arn, *answer.why_not ? ": " : "", answer.why_not);
    return true;
}

static bool add_url(void *ctx, const struct sl_placeholder *p, struct sl_buf *b, struct sl_err *err)
{
    struct delivery *d = ctx;
    struct sl_exchange *x = d->x;
    if ((!d->assumed && !assume(d, err)) || !foretell(d, p, err))
        return false;
    const char *authority = strstr(x->facts->url, "://");
    const char *path = sl_arena_fmt(x->arena, err, "/%s/%s", p->bucket, p->key);
    struct sl_pair host = { "host", authority ? authority + 3 : x->facts->url }, version = { "versionId", p->version };
    struct sl_sigv4_request req = { .method = "GET",
                                    .path = path,
                                    .query = &version,
                                    .n_query = *p->version ? 1 : 0,
                                    .headers = &host,
                                    .n_headers = 1,
                                    .payload_hash = "UNSIGNED-PAYLOAD" };
    struct sl_sigv4_scope scope = { x->facts->region, "s3", x->now_utc, true, false };
    SL_AUTO(sl_secret_clear) struct sl_secret query = { 0 };
    return path && sl_sigv4_presign(&req, &d->credentials, &scope, d->expires_seconds, &query, err)
           && sl_buf_add_str(b, x->facts->url, err) && sl_percent_add(b, sl_span_str(path), true, err)
           && sl_buf_add_char(b, '?', err) && sl_buf_add(b, sl_secret_span(&query), err);
}

static bool fill_package(void *ctx, struct sl_span inside, struct sl_buf *b, struct sl_err *err)
{
    struct delivery *d = ctx;
    return sl_iot_package_attribute(d->x, json_object_get(d->job->config, "destinationPackageVersions"), inside, b,
                                    err);
}

bool sl_job_document_resolved(struct sl_exchange *x, const struct sl_job *job, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *document = NULL;
    SL_AUTO(sl_json_clear) json_t *filled = NULL;
    struct delivery d = { .x = x, .job = job };
    const struct sl_placeholder_filler filler = { x->facts->region, sl_access_suffix(x), NULL, fill_package, &d };
    if (!strstr(job->document, "${aws:iot:package:"))
        return sl_buf_add_str(ret, job->document, err);
    return sl_json_parse(sl_span_str(job->document), "stored document", &document, err)
           && sl_placeholder_fill(document, &filler, &filled, err) && sl_json_canonical(filled, ret, err);
}

bool sl_job_document(struct sl_exchange *x, const struct sl_job *job, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *document = NULL;
    SL_AUTO(sl_json_clear) json_t *filled = NULL;
    SL_AUTO(delivery_clear) struct delivery d = { .x = x, .job = job, .expires_seconds = SESSION_SECONDS };
    struct sl_placeholder_filler filler = { x->facts->region, sl_access_suffix(x), add_url, fill_package, &d };
    uint64_t expires;
    if (sl_json_u64(job->config, "presignedUrlConfig.expiresInSec", &expires) && expires < SESSION_SECONDS)
        d.expires_seconds = (uint32_t)expires;
    if (!sl_json_parse(sl_span_str(job->document), "stored document", &document, err)
        || !sl_placeholder_fill(document, &filler, &filled, err) || !sl_json_canonical(filled, ret, err))
        return false;
    if (ret->len <= DOCUMENT_MAX_BYTES)
        return true;
    sl_refusal_note(
        x,
        "job '%s': its document is %zu bytes long with its URLs; AWS does not say whether the maximum of %d "
        "holds then, taken as yes",
        job->id, ret->len, DOCUMENT_MAX_BYTES);
    return sl_refusal_make(err, 400, "InvalidRequestException",
                           "the document of job %s is %zu bytes long with its URLs, at most %d are allowed", job->id,
                           ret->len, DOCUMENT_MAX_BYTES);
}
