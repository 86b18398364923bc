#include "manifests/priv/build.h"
#include "manifests/priv/check.h"
#include "manifests/priv/jsonschema.h"

#include "core/text.h"

#include <string.h>

/* A presigned URL is the object's own URL and a query (Signature Version 4, "Authenticating requests: using query
 * parameters"), in which only the Region, the version id and the session token differ in length. Of the token AWS STS
 * promises no length; percent-encoded, those of assumed roles have between these two. */
#define TOKEN_MIN_BYTES ((size_t)600)
#define TOKEN_MAX_BYTES ((size_t)1300)
/* The buffer of aws/ota-for-aws-iot-embedded-sdk: OTA_REQUEST_URL_MAX_SIZE. */
#define AFR_OTA_URL_BYTES ((uint64_t)1500)

struct sizing {
    size_t query_bytes; /* behind the object's URL */
    size_t longest_url; /* found so far */
};

static size_t query_bytes(const char *region, size_t token_bytes)
{
    static const char fixed[] = "&X-Amz-Algorithm=AWS4-HMAC-SHA256"
                                "&X-Amz-Credential=ASIAXXXXXXXXXXXXXXXX%2F20261201%2F%2Fs3%2Faws4_request"
                                "&X-Amz-Date=20261201T000000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host"
                                "&X-Amz-Security-Token="
                                "&X-Amz-Signature=";
    return sizeof fixed - 1 + strlen(region) + token_bytes + (size_t)2 * SL_SHA256_BYTES;
}

/* Length of the placeholder at text up to its end, 0 when none begins there. Those nested inside were checked. */
static size_t placeholder_bytes(const char *text)
{
    unsigned depth = 1;
    if (strncmp(text, "${aws:", 6) != 0)
        return 0;
    for (const char *p = text + 2; *p; p++) {
        depth += strncmp(p, "${", 2) == 0;
        if (*p == '}' && --depth == 0)
            return (size_t)(p - text) + 1;
    }
    return 0;
}

/* The URL AWS puts in: the one the placeholder names, and the query. A value of the package catalog may have any
 * length and counts as it stands. */
static size_t url_bytes(const struct sizing *s, const char *placeholder, size_t len)
{
    static const char encoded[] = "%3FversionId%3D", plain[] = "?versionId=";
    const char *url = strstr(placeholder, ":https://"), *version = strstr(placeholder, encoded);
    bool names_one = url && url < placeholder + len, pinned = version && version < placeholder + len;
    if (strncmp(placeholder, "${aws:iot:s3-presigned-url", 26) != 0)
        return 0;
    return (names_one ? len - (size_t)(url + 1 - placeholder) - 1 : 0) - (pinned ? sizeof encoded - sizeof plain : 0)
           + s->query_bytes;
}

/* As long as the URL, and as much of one as a pattern may want. */
static bool add_filler(struct sl_buf *b, size_t n, struct sl_err *err)
{
    static const char start[] = "https://s3.amazonaws.com/";
    for (size_t i = 0; i < n; i++)
        if (!sl_buf_addf(b, err, "%c", i < sizeof start - 1 ? start[i] : 'a'))
            return false;
    return true;
}

static bool substitute_text(struct sizing *s, const char *text, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf out = { 0 };
    for (const char *p = text; *p;) {
        size_t len = placeholder_bytes(p), url = len ? url_bytes(s, p, len) : 0;
        struct sl_span same = { (const uint8_t *)p, url ? 0 : 1 };
        if (!sl_buf_add(&out, same, err) || !add_filler(&out, url, err))
            return false;
        s->longest_url = url > s->longest_url ? url : s->longest_url;
        p += url ? len : 1;
    }
    *ret = json_stringn(sl_buf_str(&out), out.len);
    return *ret || sl_fail_nomem(err);
}

/* The same document with the URLs in place, changed where it is: what it holds is no longer than a checked body is deep. */
static bool substitute(struct sizing *s, json_t *value, struct sl_err *err)
{
    size_t i;
    json_t *item, *text = NULL;
    const char *key;
    void *next;
    json_array_foreach(value, i, item)
    {
        if (json_is_string(item)) {
            if (!substitute_text(s, json_string_value(item), &text, err) || json_array_set_new(value, i, text) != 0)
                return err->code != SL_OK ? false : sl_fail_nomem(err);
        } else if (!substitute(s, item, err)) {
            return false;
        }
    }
    json_object_foreach_safe(value, next, key, item)
    {
        if (json_is_string(item)) {
            if (!substitute_text(s, json_string_value(item), &text, err) || json_object_set_new(value, key, text) != 0)
                return err->code != SL_OK ? false : sl_fail_nomem(err);
        } else if (!substitute(s, item, err)) {
            return false;
        }
    }
    return true;
}

/* What a device gets, with tokens of that length. */
static bool size_up(const struct sl_plan *plan, const json_t *filled, size_t token_bytes, size_t *ret_document,
                    size_t *ret_url, struct sl_err *err)
{
    struct sizing s = { query_bytes(plan->bucket.region, token_bytes), 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_json_clear) json_t *copy = json_deep_copy(filled);
    if (!copy)
        return sl_fail_nomem(err);
    if (!substitute(&s, copy, err) || !sl_json_canonical(copy, &text, err))
        return false;
    *ret_document = text.len;
    *ret_url = s.longest_url;
    return true;
}

bool sl_budget_shape(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_asked_job *asked,
                     const json_t *schema, const json_t *document, struct sl_err *err)
{
    struct sizing s = { query_bytes(plan->bucket.region, TOKEN_MAX_BYTES), 0 };
    SL_AUTO(sl_json_clear) json_t *filled = NULL;
    bool broken = false;
    char at[SL_JOB_PATH_SIZE];
    if (!sl_worst_fill(plan, job, document, &filled, err) || !substitute(&s, filled, err))
        return false;
    return sl_jsonschema_check(schema, filled, &broken, err)
           || sl_while(err, asked->document.schema.loc, "%s.document.schema: %s'%.100s'", sl_check_path(asked, at),
                       broken ? "" : "the document does not fit ", asked->document.schema.value);
}

static bool check_document(const struct sl_asked_job *asked, size_t bytes, const char *how_sure, struct sl_err *err)
{
    const struct sl_number *budget = &asked->device.max_document;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(asked, at);
    if (budget->set && bytes > budget->value)
        return sl_fail(err, SL_E_INPUT, budget->loc,
                       "%s.device.max_document: with its download URLs the job document %s %zu bytes, devices take "
                       "%llu: carry fewer artifacts in one job, or say less",
                       at, how_sure, bytes, (unsigned long long)budget->value);
    return bytes <= SL_DOCUMENT_MAX_BYTES
           || sl_fail(err, SL_E_INPUT, asked->document.here.loc,
                      "%s.document: with its download URLs the job document %s %zu bytes, AWS IoT delivers %zu: carry "
                      "fewer artifacts in one job, or say less",
                      at, how_sure, bytes, SL_DOCUMENT_MAX_BYTES);
}

static bool check_url(const struct sl_asked_job *asked, size_t bytes, const char *how_sure, struct sl_err *err)
{
    const struct sl_number *budget = &asked->device.max_url;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(asked, at);
    return !budget->set || bytes <= budget->value
           || sl_fail(
               err, SL_E_INPUT, budget->loc,
               "%s.device.max_url: a download URL %s %zu characters, devices take %llu: shorten bucket.prefix or "
               "the object keys, or give devices a longer buffer",
               at, how_sure, bytes, (unsigned long long)budget->value);
}

static bool check_images(const struct sl_plan_job *job, const struct sl_asked_job *asked, struct sl_err *err)
{
    const struct sl_number *budget = &asked->device.max_image;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(asked, at);
    for (size_t i = 0; budget->set && i < job->n_artifacts; i++)
        if (job->artifacts[i]->size_bytes > budget->value)
            return sl_fail(err, SL_E_INPUT, job->artifacts[i]->loc,
                           "artifacts.%s.file: '%.100s' has %llu bytes, devices take %llu (%s.device.max_image)",
                           job->artifacts[i]->name, job->artifacts[i]->file,
                           (unsigned long long)job->artifacts[i]->size_bytes, (unsigned long long)budget->value, at);
    return true;
}

bool sl_budget_check(const struct sl_plan *plan, const struct sl_plan_job *job, const struct sl_asked_job *asked,
                     const json_t *filled, struct sl_err *err)
{
    size_t document = 0, url = 0;
    return check_images(job, asked, err) && size_up(plan, filled, TOKEN_MIN_BYTES, &document, &url, err)
           && check_document(asked, document, "has at least", err) && check_url(asked, url, "has at least", err);
}

/* Only where nothing is stated: a stated budget is a better answer than the library's default. */
static bool doubt_afr_ota(const struct sl_asked_job *asked, size_t url, struct sl_err *err)
{
    char at[SL_JOB_PATH_SIZE];
    bool ota = strcmp(asked->document.dialect.value, "afr-ota") == 0;
    if (!ota || asked->device.max_url.set || url <= AFR_OTA_URL_BYTES)
        return true;
    return sl_fail(err, SL_E_INPUT, asked->document.dialect.loc,
                   "%s.document: a download URL may have %zu characters, the OTA library takes %llu "
                   "(OTA_REQUEST_URL_MAX_SIZE) unless it is configured for more: state '%s.device.max_url' if yours is",
                   sl_check_path(asked, at), url, (unsigned long long)AFR_OTA_URL_BYTES, at);
}

bool sl_budget_doubt(const struct sl_plan *plan, const struct sl_asked_job *asked, const json_t *filled,
                     struct sl_mistakes *doubts, struct sl_err *err)
{
    size_t document = 0, url = 0;
    return size_up(plan, filled, TOKEN_MAX_BYTES, &document, &url, err)
           && sl_mistakes_pass(doubts, check_document(asked, document, "may have", err), err)
           && sl_mistakes_pass(doubts, check_url(asked, url, "may have", err), err)
           && sl_mistakes_pass(doubts, doubt_afr_ota(asked, url, err), err);
}
