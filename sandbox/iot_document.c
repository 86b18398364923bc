/* Where a job document comes from, and whether it is one. */
#include "sandbox/priv/iot.h"

#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/inner.h"
#include "sandbox/priv/placeholder.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <string.h>

#define DOCUMENT_MAX_BYTES 32768

static bool bad_source(struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 400, "InvalidRequestException",
                           "documentSource is not a usable link to an S3 object: %s", why);
}

/* "https://s3.<region>.<suffix>/bucket/key", "https://s3.<suffix>/bucket/key" or
 * "https://bucket.s3.<region>.<suffix>/key", as a path "/bucket/key". */
static bool source_path(struct sl_iot_call *c, const char *url, struct sl_buf *ret, struct sl_err *err)
{
    char own[128], global[64];
    (void)snprintf(own, sizeof own, "s3.%s.%s", c->x->facts->region, sl_access_suffix(c->x));
    (void)snprintf(global, sizeof global, "s3.%s", sl_access_suffix(c->x));
    if (strncmp(url, "https://", 8) != 0)
        return bad_source(err, "it must begin with https://");
    const char *host = url + 8, *slash = strchr(host, '/');
    if (!slash || strpbrk(url, "?#"))
        return bad_source(err, "it must name bucket and key, and nothing more");
    struct sl_span name = { (const uint8_t *)host, (size_t)(slash - host) };
    size_t own_len = strlen(own);
    bool virtual_host = name.len > own_len + 1 && host[name.len - own_len - 1] == '.'
                        && sl_span_is(sl_span_sub(name, name.len - own_len, own_len), own);
    if (!virtual_host && !sl_span_is(name, own) && !sl_span_is(name, global))
        return sl_refusal_make(err, 400, "InvalidRequestException", "documentSource names the host '%.*s', expected %s",
                               (int)(name.len < 100 ? name.len : 100), host, own);
    if (virtual_host) {
        sl_refusal_note(c->x, "AWS does not document the virtual-hosted form of documentSource");
        if (!sl_buf_add_char(ret, '/', err) || !sl_buf_add(ret, sl_span_sub(name, 0, name.len - own_len - 1), err))
            return false;
    }
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    struct sl_err why = { 0 };
    if (!sl_percent_get(sl_span_str(slash), &path, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : bad_source(err, "its percent-encoding is broken");
    return sl_buf_add(ret, sl_buf_span(&path), err);
}

static bool take_source(struct sl_iot_call *c, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_inner_clear) struct sl_exchange reply = { .reply_fd = -1 };
    struct sl_inner get = { .service = "s3", .method = "GET", .path = path, .as_caller = true };
    if (!sl_inner_call(c->x, &get, &reply, err))
        return false;
    if (reply.status != 200)
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "documentSource cannot be read: S3 answers the caller %s for %s (HTTP %d)",
                               reply.refusal_code ? reply.refusal_code : "an error", path, reply.status);
    if (reply.reply_size_bytes > DOCUMENT_MAX_BYTES)
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "the job document is %llu bytes long, at most %d are allowed",
                               (unsigned long long)reply.reply_size_bytes, DOCUMENT_MAX_BYTES);
    c->source_arn = sl_arena_fmt(c->x->arena, err, "arn:%s:s3:::%s", sl_access_partition(c->x), path + 1);
    return c->source_arn && sl_inner_body(&reply, &c->document, err);
}

static bool get_text(struct sl_iot_call *c, struct sl_err *err)
{
    const char *inline_text = json_string_value(json_object_get(c->body, "document"));
    const char *source = json_string_value(json_object_get(c->body, "documentSource"));
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    if (!inline_text == !source)
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "exactly one of document and documentSource is required");
    if (inline_text)
        return sl_buf_add_str(&c->document, inline_text, err);
    return source_path(c, source, &path, err) && take_source(c, sl_buf_str(&path), err);
}

/* What a placeholder names must be there: a wrong version is documented to be refused; a missing bucket or key is the
 * stricter reading. */
static bool check_object(void *ctx, const struct sl_placeholder *p, struct sl_buf *b, struct sl_err *err)
{
    struct sl_iot_call *c = ctx;
    (void)b;
    if (!sl_json_at(c->body, "presignedUrlConfig.roleArn"))
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "presignedUrlConfig role ARN is required to generate an S3 presigned url in job "
                               "document.");
    const char *path = sl_arena_fmt(c->x->arena, err, "/%s/%s", p->bucket, p->key);
    SL_AUTO(sl_inner_clear) struct sl_exchange reply = { .reply_fd = -1 };
    struct sl_inner head = { .service = "s3",
                             .method = "HEAD",
                             .path = path,
                             .query = { "versionId", p->version },
                             .has_query = *p->version != '\0' };
    if (!path || !sl_inner_call(c->x, &head, &reply, err))
        return false;
    if (reply.status == 200)
        return true;
    sl_refusal_note(c->x, "the placeholder for %s%s%s names what is not there (HTTP %d)", path,
                    *p->version ? " version " : "", p->version, reply.status);
    if (*p->version)
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "VersionId not found when attempting to access s3 url");
    return sl_refusal_make(err, 400, "InvalidRequestException",
                           "Provided argument for presigned url is invalid: there is no object %s", path);
}

static bool fill_package(void *ctx, struct sl_span inside, struct sl_buf *b, struct sl_err *err)
{
    struct sl_iot_call *c = ctx;
    return sl_iot_package_attribute(c->x, json_object_get(c->body, "destinationPackageVersions"), inside, b, err);
}

static bool has_null(const json_t *value)
{
    const char *key;
    json_t *member;
    if (json_is_null(value))
        return true;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (has_null(json_array_get(value, i)))
            return true;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        if (has_null(member))
            return true;
    }
    return false;
}

/* A JSON object of a length that is allowed. */
static bool check_json(struct sl_iot_call *c, json_t **ret, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (c->document.len > DOCUMENT_MAX_BYTES)
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "the job document is %zu bytes long, at most %d are allowed", c->document.len,
                               DOCUMENT_MAX_BYTES);
    if (!sl_json_parse(sl_buf_span(&c->document), "document", ret, &why)) {
        if (why.code == SL_E_NOMEM)
            return sl_fail_nomem(err);
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "the job document is no JSON text: line %u, column "
                               "%u: %s",
                               why.loc.line, why.loc.col, why.msg);
    }
    return json_is_object(*ret)
           || sl_refusal_make(err, 400, "InvalidRequestException", "the job document must be a JSON object");
}

static bool check_text(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *document = NULL;
    SL_AUTO(sl_json_clear) json_t *filled = NULL;
    struct sl_placeholder_filler check = { c->x->facts->region, sl_access_suffix(c->x), check_object, fill_package, c };
    if (!check_json(c, &document, err))
        return false;
    if (has_null(document))
        sl_refusal_note(c->x, "members of the document that are null will not reach devices");
    return sl_placeholder_fill(document, &check, &filled, err);
}

bool sl_iot_document_draft(struct sl_iot_call *c, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *document = NULL;
    if (!json_object_get(c->body, "document") && !json_object_get(c->body, "documentSource"))
        return true;
    return get_text(c, err) && check_json(c, &document, err);
}

bool sl_iot_document_get(struct sl_iot_call *c, struct sl_err *err)
{
    return get_text(c, err) && check_text(c, err);
}

/* The documentation asks for s3:GetObject in the presign role when the document is an S3 object; whether AWS reads it
 * with the role or as the caller it does not say, so both must be allowed. */
bool sl_iot_document_role(struct sl_iot_call *c, struct sl_err *err)
{
    const char *role = sl_json_str(c->body, "presignedUrlConfig.roleArn"), *name;
    struct sl_policy_answer answer;
    if (!c->source_arn || !*role || !sl_access_role_of_arn(c->x, role, &name))
        return true;
    if (!sl_access_role(c->x, name, "s3:GetObject", c->source_arn, &answer, err))
        return false;
    return answer.effect == SL_POLICY_ALLOW
           || sl_refusal_make(err, 400, "InvalidRequestException",
                              "role '%.200s' does not allow s3:GetObject on the documentSource %s%s%s", role,
                              c->source_arn, *answer.why_not ? ": " : "", answer.why_not);
}
