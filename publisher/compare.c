#include "publisher/priv/compare.h"

#include "publisher/jobs.h"

#include "core/text.h"

#include <string.h>

#define SHOWN_MAX 80 /* bytes of a value in a message */
#define CONTEXT   8  /* bytes shown before texts part */

/* How two values are compared. */
enum mode {
    EXACT,   /* a document: arrays in order */
    HOLES,   /* the same; "{{" in the planned value matches anything */
    SETTINGS /* arrays in any order; nothing, null, "", {} and [] are the same */
};

static bool is_nothing(const json_t *v)
{
    if (!v || json_is_null(v))
        return true;
    if (json_is_string(v))
        return !json_string_length(v);
    return (json_is_object(v) && !json_object_size(v)) || (json_is_array(v) && !json_array_size(v));
}

static bool same(json_t *planned, json_t *stored, enum mode mode);

/* "2026-12-01T09:00", however the service writes the rest of a whole minute. */
static bool same_minute(const char *planned, const char *stored)
{
    static const char *const tails[] = { "", "Z", ":00", ":00Z" };
    bool time = strlen(planned) == 16 && planned[4] == '-' && planned[10] == 'T' && planned[13] == ':';
    for (size_t i = 0; time && strlen(stored) >= 16 && i < sizeof tails / sizeof *tails; i++)
        if (!strncmp(planned, stored, 16) && !strcmp(stored + 16, tails[i]))
            return true;
    return false;
}

static bool same_string(const json_t *planned, const json_t *stored, enum mode mode)
{
    const char *text = json_string_value(planned);
    if (mode == SETTINGS && json_is_string(stored) && same_minute(text, json_string_value(stored)))
        return true;
    const char *hole = mode == HOLES ? strstr(text, "{{") : NULL;
    if (hole == text)
        return stored != NULL;
    if (!json_is_string(stored))
        return false;
    return hole ? !strncmp(text, json_string_value(stored), (size_t)(hole - text))
                : !strcmp(text, json_string_value(stored));
}

static bool same_number(const json_t *planned, const json_t *stored)
{
    if (json_is_integer(planned) && json_is_integer(stored))
        return json_integer_value(planned) == json_integer_value(stored);
    double a = json_number_value(planned), b = json_number_value(stored);
    return json_is_number(stored) && a >= b && a <= b;
}

/* Is there a value in list like planned? */
static bool listed(json_t *planned, const json_t *list, enum mode mode)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (same(planned, json_array_get(list, i), mode))
            return true;
    return false;
}

static bool same_set(const json_t *planned, const json_t *stored)
{
    for (size_t i = 0; i < json_array_size(planned); i++)
        if (!listed(json_array_get(planned, i), stored, SETTINGS))
            return false;
    for (size_t i = 0; i < json_array_size(stored); i++)
        if (!listed(json_array_get(stored, i), planned, SETTINGS))
            return false;
    return true;
}

static bool same_array(const json_t *planned, const json_t *stored, enum mode mode)
{
    if (!json_is_array(stored))
        return false;
    if (mode == SETTINGS)
        return same_set(planned, stored);
    if (json_array_size(planned) != json_array_size(stored))
        return false;
    for (size_t i = 0; i < json_array_size(planned); i++)
        if (!same(json_array_get(planned, i), json_array_get(stored, i), mode))
            return false;
    return true;
}

static bool same_object(json_t *planned, json_t *stored, enum mode mode)
{
    if (!json_is_object(stored))
        return false;
    const char *key;
    json_t *value;
    json_object_foreach(planned, key, value)
    {
        if (!same(value, json_object_get(stored, key), mode))
            return false;
    }
    json_object_foreach(stored, key, value)
    {
        bool fine = json_object_get(planned, key) || (mode == SETTINGS && is_nothing(value));
        if (!fine)
            return false;
    }
    return true;
}

static bool same(json_t *planned, json_t *stored, enum mode mode)
{
    if (mode == SETTINGS && is_nothing(planned))
        return is_nothing(stored);
    if (!planned || !stored)
        return planned == stored;
    switch (json_typeof(planned)) {
    case JSON_STRING:
        return same_string(planned, stored, mode);
    case JSON_INTEGER:
    case JSON_REAL:
        return same_number(planned, stored);
    case JSON_ARRAY:
        return same_array(planned, stored, mode);
    case JSON_OBJECT:
        return same_object(planned, stored, mode);
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return json_typeof(planned) == json_typeof(stored);
}

bool sl_compare_values(json_t *a, json_t *b)
{
    return same(a, b, EXACT);
}

bool sl_compare_setting(json_t *planned, json_t *stored)
{
    return same(planned, stored, SETTINGS);
}

/* The differences found so far, as one sentence. */
struct report {
    struct sl_buf text;
    size_t n;
};

static bool add_value(struct sl_buf *b, const json_t *value, struct sl_err *err)
{
    if (!value)
        return sl_buf_add_str(b, "nothing", err);
    SL_AUTO(sl_buf_clear) struct sl_buf shown = { 0 };
    if (!sl_json_canonical(value, &shown, err))
        return false;
    bool cut = shown.len > SHOWN_MAX;
    return sl_safe_add(b, sl_span_sub(sl_buf_span(&shown), 0, SHOWN_MAX), SHOWN_MAX, err)
           && (!cut || sl_buf_add_str(b, "...", err));
}

/* Where two long texts part, a little before it; 0 when showing them from their beginning tells as much. */
static size_t parting(const json_t *a, const json_t *b)
{
    const char *x = json_string_value(a), *y = json_string_value(b);
    size_t same_bytes = 0;
    while (x && y && x[same_bytes] && x[same_bytes] == y[same_bytes])
        same_bytes++;
    return same_bytes > SHOWN_MAX / 2 ? same_bytes - CONTEXT : 0;
}

static bool add_tail(struct sl_buf *b, const json_t *text, size_t from, struct sl_err *err)
{
    struct sl_span tail = sl_span_sub(sl_span_str(json_string_value(text)), from, SHOWN_MAX);
    return sl_buf_add_str(b, "\"...", err) && sl_safe_add(b, tail, SHOWN_MAX, err) && sl_buf_add_str(b, "\"", err);
}

static bool add_difference(struct report *r, const char *path, const json_t *planned, const json_t *stored,
                           struct sl_err *err)
{
    size_t from = parting(planned, stored);
    return sl_buf_addf(&r->text, err, "%s%s is ", r->n++ ? "; " : "", path)
           && (from ? add_tail(&r->text, stored, from, err) : add_value(&r->text, stored, err))
           && sl_buf_add_str(&r->text, ", planned is ", err)
           && (from ? add_tail(&r->text, planned, from, err) : add_value(&r->text, planned, err));
}

/* The first key under which two objects differ; they do. */
static const char *differing_key(json_t *planned, json_t *stored, enum mode mode)
{
    const char *key;
    json_t *value;
    json_object_foreach(planned, key, value)
    {
        if (!same(value, json_object_get(stored, key), mode))
            return key;
    }
    json_object_foreach(stored, key, value)
    {
        if (!json_object_get(planned, key))
            return key;
    }
    return "";
}

static size_t differing_index(const json_t *planned, const json_t *stored, enum mode mode)
{
    size_t i = 0;
    while (same(json_array_get(planned, i), json_array_get(stored, i), mode))
        i++;
    return i;
}

/* Follow a differing document down to where it differs first: the message then shows little and says much. */
static bool add_document_difference(struct report *r, json_t *planned, json_t *stored, enum mode mode,
                                    struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    bool ok = sl_buf_add_str(&path, "document", err);
    while (ok) {
        if (json_is_object(planned) && json_is_object(stored)) {
            const char *key = differing_key(planned, stored, mode);
            ok = sl_buf_addf(&path, err, ".%s", key);
            planned = json_object_get(planned, key);
            stored = json_object_get(stored, key);
        } else if (json_is_array(planned) && json_is_array(stored)
                   && json_array_size(planned) == json_array_size(stored)) {
            size_t i = differing_index(planned, stored, mode);
            ok = sl_buf_addf(&path, err, "[%zu]", i);
            planned = json_array_get(planned, i);
            stored = json_array_get(stored, i);
        } else {
            return add_difference(r, sl_buf_str(&path), planned, stored, err);
        }
    }
    return false;
}

/* AWS fills in what CreateJob leaves out. */
static json_t *with_defaults(const json_t *body, struct sl_err *err)
{
    json_t *copy = json_deep_copy(body);
    bool ok = copy != NULL;
    if (ok && !json_object_get(copy, "targetSelection"))
        ok = sl_json_set(copy, "targetSelection", json_string("SNAPSHOT"), err);
    json_t *url = json_object_get(copy, "presignedUrlConfig");
    if (ok && json_object_get(url, "roleArn") && !json_object_get(url, "expiresInSec"))
        ok = sl_json_set(url, "expiresInSec", json_integer(3600), err);
    if (ok)
        return copy;
    json_decref(copy);
    (void)sl_fail_nomem(err);
    return NULL;
}

/* The members DescribeJob tells. Tags are not among them; those are asked for elsewhere. */
static const char *const settings[] = {
    "targets",
    "presignedUrlConfig",
    "targetSelection",
    "description",
    "jobExecutionsRolloutConfig",
    "abortConfig",
    "timeoutConfig",
    "jobExecutionsRetryConfig",
    "schedulingConfig",
    "destinationPackageVersions",
    "jobTemplateArn",
    NULL,
};

/* What the plan leaves to the job template is as the template had it when the job was made. */
static bool from_template(const json_t *body, const char *name)
{
    return json_object_get(body, "jobTemplateArn") && !json_object_get(body, name) && !sl_jobs_managed(body);
}

static bool compare_settings(const struct sl_comparison *c, struct report *r, struct sl_buf *unreported,
                             struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *body = with_defaults(c->body, err);
    if (!body)
        return false;
    for (const char *const *name = settings; *name; name++) {
        json_t *planned = json_object_get(body, *name), *stored = json_object_get(c->described, *name);
        if (same(planned, stored, SETTINGS) || from_template(body, *name))
            continue;
        bool told = stored != NULL;
        if (told ? !add_difference(r, *name, planned, stored, err)
                 : !sl_buf_addf(unreported, err, "%s%s", unreported->len ? ", " : "", *name))
            return false;
    }
    return true;
}

/* The link the job was made with, where the service tells it: beside "job" in DescribeJob's reply. */
static bool compare_sources(const struct sl_comparison *c, struct report *r, struct sl_err *err)
{
    const json_t *stored = json_object_get(c->described, "documentSource");
    const char *text = json_string_value(stored);
    if (!text || !*text || (c->source && !strcmp(text, c->source)))
        return true;
    SL_AUTO(sl_json_clear) json_t *planned = c->source ? json_string(c->source) : NULL;
    if (c->source && !planned)
        return sl_fail_nomem(err);
    return add_difference(r, "documentSource", planned, stored, err);
}

static bool compare_documents(const struct sl_comparison *c, struct report *r, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *planned = json_deep_copy(c->document);
    SL_AUTO(sl_json_clear) json_t *stored = json_deep_copy(c->installed);
    if (!planned || !stored)
        return sl_fail_nomem(err);
    enum mode mode = c->holes ? HOLES : EXACT;
    return same(planned, stored, mode) || add_document_difference(r, planned, stored, mode, err);
}

static bool check_status(const struct sl_comparison *c, struct sl_err *err)
{
    static const char *const alive[] = { "IN_PROGRESS", "SCHEDULED", "QUEUED", NULL };
    const char *status = sl_json_str(c->described, "status");
    for (const char *const *s = alive; *s; s++)
        if (!strcmp(status, *s))
            return true;
    if (c->may_be_over && !strcmp(status, "COMPLETED"))
        return true;
    return sl_fail(
        err, SL_E_CONFLICT, c->loc,
        "job '%s' exists as planned but is %.40s, so no device will take it any more; '--attempt %u' makes a new "
        "job of the same release",
        c->id, status[0] ? status : "in no state the service tells", c->attempt + 1);
}

bool sl_compare_settings(const struct sl_comparison *c, struct sl_buf *ret_differences, struct sl_buf *ret_unreported,
                         struct sl_err *err)
{
    struct report r = { .n = 0 };
    bool ok = compare_settings(c, &r, ret_unreported, err);
    if (ok)
        sl_buf_move(ret_differences, &r.text);
    sl_buf_clear(&r.text);
    return ok;
}

bool sl_compare_difference(json_t *planned, json_t *stored, struct sl_buf *ret, struct sl_err *err)
{
    struct report r = { .n = 0 };
    bool ok = same(planned, stored, EXACT) || add_document_difference(&r, planned, stored, EXACT, err);
    if (ok)
        sl_buf_move(ret, &r.text);
    sl_buf_clear(&r.text);
    return ok;
}

bool sl_compare_job(const struct sl_comparison *c, struct sl_buf *ret_unreported, struct sl_err *err)
{
    struct report r = { .n = 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf unreported = { 0 };
    bool ok = compare_settings(c, &r, &unreported, err) && compare_sources(c, &r, err) && compare_documents(c, &r, err);
    if (ok && r.n)
        ok = sl_fail(err, SL_E_CONFLICT, c->loc, "job '%s' exists and is not the planned one: stored %s", c->id,
                     sl_buf_str(&r.text));
    ok = ok && check_status(c, err);
    sl_buf_clear(&r.text);
    if (ok)
        sl_buf_move(ret_unreported, &unreported);
    return ok;
}
