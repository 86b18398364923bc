#include "publisher/again.h"

#include "core/digest.h"
#include "core/text.h"
#include "publisher/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_LENGTH 12u /* "-r" and 10 hex */

void sl_again_clear(struct sl_again *a)
{
    for (size_t i = 0; i < a->n; i++)
        sl_json_clear(&a->jobs[i].body);
    free(a->jobs);
    *a = (struct sl_again){ 0 };
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The job's id without the end a job like these has, so that ids of retries of retries do not grow. */
static size_t stem_length(const char *id)
{
    size_t len = strlen(id);
    const char *tail = len > TAIL_LENGTH ? id + len - TAIL_LENGTH : "";
    bool ours = !strncmp(tail, "-r", 2) && strspn(tail + 2, "0123456789abcdef") == TAIL_LENGTH - 2;
    len = ours ? len - TAIL_LENGTH : len;
    return len;
}

/* The id of a job like 'from'; its tail is these 10 hex. */
static void put_id(const char *from, const char *hex, char ret[65])
{
    size_t len = stem_length(from), most = 64 - TAIL_LENGTH;
    (void)snprintf(ret, 65, "%.*s-r%.10s", (int)(len < most ? len : most), len > most ? from + (len - most) : from,
                   hex);
}

bool sl_again_is_of(const char *id, const char *from)
{
    char due[65];
    size_t len = strlen(id);
    if (stem_length(id) == len)
        return false;
    put_id(from, id + len - (TAIL_LENGTH - 2), due);
    return strcmp(id, due) == 0;
}

static bool name_job(const char *from, const char *const *things, size_t n, char ret[65], struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    uint8_t digest[SL_SHA256_BYTES];
    char hex[2 * SL_SHA256_BYTES + 1];
    if (!sl_buf_addf(&text, err, "%s\n", from))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!sl_buf_addf(&text, err, "%s\n", things[i]))
            return false;
    if (!sl_sha256(sl_buf_span(&text), digest, err))
        return false;
    sl_hex_put(hex, sizeof hex, (struct sl_span){ digest, sizeof digest });
    put_id(from, hex, ret);
    return true;
}

/* Members of the job that make sense for another. */
static bool copy_settings(const json_t *described, json_t *body, struct sl_err *err)
{
    static const char *const members[] = {
        "description",   "presignedUrlConfig",       "jobExecutionsRolloutConfig", "abortConfig",
        "timeoutConfig", "jobExecutionsRetryConfig", "destinationPackageVersions",
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const json_t *value = json_object_get(described, members[i]);
        bool empty = !value || json_is_null(value) || (json_is_string(value) && !json_string_length(value))
                     || (json_is_object(value) && !json_object_size(value))
                     || (json_is_array(value) && !json_array_size(value));
        if (!empty && !sl_json_set(body, members[i], json_deep_copy(value), err))
            return false;
    }
    return true;
}

static json_t *targets_of(const char *const *things, size_t n, struct sl_err *err)
{
    json_t *list = json_array();
    if (!list)
        (void)sl_fail_nomem(err);
    for (size_t i = 0; list && i < n; i++)
        if (!sl_json_push(list, json_string(things[i]), err))
            sl_json_clear(&list);
    return list;
}

/* The document of a template of AWS's is not the job's own: it is made from the template again. */
static bool set_document(const struct sl_again_from *from, json_t *body, struct sl_err *err)
{
    json_t *parameters = NULL;
    if (!sl_jobs_managed(from->described))
        return sl_json_set(body, "document", json_stringn((const char *)from->document.ptr, from->document.len), err);
    const char *template = sl_json_str(from->described, "jobTemplateArn");
    return sl_json_set(body, "jobTemplateArn", json_string(template), err)
           && sl_jobs_parameters(from->described, &parameters, err)
           && sl_json_set(body, "documentParameters", parameters, err);
}

static bool make_job(const struct sl_again_from *from, const char *const *things, size_t n, struct sl_again_job *ret,
                     struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = json_object();
    if (!body)
        return sl_fail_nomem(err);
    if (!name_job(from->id, things, n, ret->id, err) || !copy_settings(from->described, body, err)
        || !sl_json_set(body, "targetSelection", json_string("SNAPSHOT"), err) || !set_document(from, body, err)
        || (json_array_size(from->tags) && !sl_json_set(body, "tags", json_deep_copy(from->tags), err)))
        return false;
    json_t *targets = targets_of(things, n, err);
    if (!targets || !sl_json_set(body, "targets", targets, err))
        return false;
    ret->body = json_incref(body);
    return true;
}

/* The ARNs, in order; the caller frees them. */
static const char **sorted(const json_t *list, size_t n, struct sl_err *err)
{
    const char **things = calloc(n ? n : 1, sizeof *things);
    if (!things) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        things[i] = json_string_value(json_array_get(list, i));
    qsort(things, n, sizeof *things, by_text);
    return things;
}

bool sl_again_plan(const struct sl_again_from *from, struct sl_again *ret, struct sl_err *err)
{
    size_t n = json_array_size(from->things);
    SL_AUTO(sl_again_clear)
    struct sl_again again = { .jobs = calloc(n / SL_AGAIN_TARGETS_MAX + 1, sizeof *again.jobs) };
    if (!again.jobs)
        return sl_fail_nomem(err);
    const char **things = sorted(from->things, n, err);
    bool ok = things != NULL;
    for (size_t i = 0; ok && i < n; i += SL_AGAIN_TARGETS_MAX) {
        size_t some = n - i < SL_AGAIN_TARGETS_MAX ? n - i : SL_AGAIN_TARGETS_MAX;
        ok = make_job(from, things + i, some, &again.jobs[again.n++], err);
    }
    free(things);
    if (ok) {
        *ret = again;
        again = (struct sl_again){ 0 };
    }
    return ok;
}
