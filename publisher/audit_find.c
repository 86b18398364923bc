/* Where the receipt of a plan, or of a job, lies in the bucket. */
#include "core/text.h"
#include "publisher/again.h"
#include "publisher/jobs.h"
#include "publisher/priv/audit.h"
#include "publisher/priv/listing.h"
#include "publisher/receipt.h"

#include <stdio.h>
#include <string.h>

#define PLACEHOLDER  "${aws:iot:s3-presigned-url"
#define RECEIPTS_MAX 32 /* attempts of one plan that are looked through */

static bool get(struct sl_wire *wire, const struct sl_plan_bucket *bucket, const char *key, struct sl_audit *a,
                json_t **ret, const char **ret_name, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    struct sl_err why = { .code = SL_OK };
    size_t i = 0;
    const char *name = sl_arena_fmt(a->arena, err, "s3://%s/%s", bucket->name, key);
    if (!name || !sl_s3_get(&batch, bucket, key, NULL, &i, err) || !sl_batch_send(&batch, wire, err))
        return false;
    *ret_name = name;
    const struct sl_audit_subject subject = { "receipt", "",
                                              sl_arena_fmt(
                                                  a->arena, err,
                                                  "'%s' does not exist: nothing was published by this plan, or "
                                                  "its receipt was deleted",
                                                  name) };
    if (!sl_batch_expect(&batch, i, SL_LOC_NONE, &why))
        return sl_audit_failed(a, &why, &subject, err);
    if (sl_receipt_read(sl_buf_span(&batch.replies[i].body), name, ret, &why))
        return true;
    if (why.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    return sl_audit_add(a, SL_AUDIT_DIFFERS, "receipt", "", sl_arena_str(a->arena, why.msg, err), err);
}

/* ---- among several ---- */

/* Which receipts are looked through: those of one job, or of one attempt. */
struct wanted {
    const struct sl_audit_job *job; /* NULL: by attempt */
    unsigned attempt;
    const char *what; /* for people: "names job 'x'" */
};

/* The receipt's job that is this one, else the one that this was made again from; NULL when there is neither. */
static json_t *job_in(const json_t *receipt, const struct sl_audit_job *job)
{
    const char *name = NULL;
    json_t *value = NULL, *from = NULL;
    json_object_foreach(json_object_get(receipt, "jobs"), name, value)
    {
        const char *id = sl_json_str(value, "id");
        if (strcmp(sl_json_str(value, "region"), job->region) != 0)
            continue;
        if (strcmp(id, job->id) == 0)
            return value;
        if (sl_again_is_of(job->id, id))
            from = value;
    }
    return from;
}

/* "receipt.json" or "receipt.stage-2.json"; of a later attempt with ".<attempt>" before ".json". */
static bool is_of_attempt(const char *key, unsigned attempt)
{
    static const char whole[] = "receipt", staged[] = "receipt.stage-";
    const char *slash = strrchr(key, '/'), *file = slash ? slash + 1 : key;
    char end[32] = ".json";
    if (attempt)
        (void)snprintf(end, sizeof end, ".%u.json", attempt);
    const size_t len = strlen(file), tail = strlen(end);
    if (len < tail || strcmp(file + len - tail, end) != 0)
        return false;
    const struct sl_span stem = { (const uint8_t *)file, len - tail };
    return sl_span_is(stem, whole)
           || (sl_span_starts(stem, staged) && !memchr(stem.ptr + strlen(staged), '.', stem.len - strlen(staged)));
}

/* Of those that are wanted the one with the most jobs: a promotion leaves one behind at each stage. */
static bool search(const struct wanted *w, const struct sl_listing *listing, struct sl_wire *wire, struct sl_audit *a,
                   json_t **ret, const char **ret_name, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *best = NULL;
    for (size_t i = 0, n = 0; i < listing->n && n < RECEIPTS_MAX; i++) {
        SL_AUTO(sl_json_clear) json_t *receipt = NULL;
        const char *name = NULL;
        if (!w->job && !is_of_attempt(listing->entries[i].key, w->attempt))
            continue;
        n++;
        if (!get(wire, listing->bucket, listing->entries[i].key, a, &receipt, &name, err))
            return false;
        if (!receipt || (w->job && !job_in(receipt, w->job))
            || (best
                && json_object_size(json_object_get(receipt, "jobs"))
                       <= json_object_size(json_object_get(best, "jobs"))))
            continue;
        sl_json_clear(&best);
        best = json_incref(receipt);
        *ret_name = name;
    }
    if (best) {
        *ret = json_incref(best);
        return true;
    }
    return a->n
           || sl_audit_add(
               a, SL_AUDIT_MISSING, "receipt", "",
               sl_arena_fmt(a->arena, err, "'s3://%s' has no receipt that %s", listing->bucket->name, w->what), err);
}

/* List what begins with "<folder>receipt", and look through it. */
static bool search_folder(const struct wanted *w, const struct sl_plan_bucket *bucket, const char *folder,
                          struct sl_wire *wire, struct sl_audit *a, json_t **ret, const char **ret_name,
                          struct sl_err *err)
{
    struct sl_listing listing = { .bucket = bucket, .arena = a->arena };
    struct sl_err why = { .code = SL_OK };
    const char *prefix = sl_arena_fmt(a->arena, err, "%sreceipt", folder);
    *ret_name = sl_arena_fmt(a->arena, err, "s3://%s/%s", bucket->name, folder);
    if (!w->what || !prefix || !*ret_name)
        return false;
    const struct sl_audit_subject subject = { "receipt", "", "its bucket is gone" };
    if (!sl_listing_fetch(&listing, prefix, false, wire, &why))
        return sl_audit_failed(a, &why, &subject, err);
    return search(w, &listing, wire, a, ret, ret_name, err);
}

/* ---- from a plan ---- */

static bool has_stages(const json_t *plan)
{
    size_t i = 0;
    json_t *job = NULL;
    json_array_foreach(json_object_get(plan, "jobs"), i, job)
    {
        if (sl_json_at(job, "stage.gate"))
            return true;
    }
    return false;
}

bool sl_audit_find_by_plan(const json_t *plan, const char *digest, unsigned attempt, struct sl_wire *wire,
                           struct sl_audit *a, json_t **ret, const char **ret_name, struct sl_err *err)
{
    const struct sl_plan_bucket bucket = { .name = sl_json_str(plan, "bucket.name"),
                                           .region = sl_json_str(plan, "bucket.region"),
                                           .prefix = "",
                                           .account = sl_json_str(plan, "bucket.account") };
    const char *folder = sl_arena_fmt(a->arena, err, "%s%s/.sealift/%s/", sl_json_str(plan, "bucket.prefix"),
                                      sl_json_str(plan, "release.version"), digest);
    const struct wanted w = { NULL, attempt, "is of this plan" };
    if (!folder)
        return false;
    if (has_stages(plan))
        return search_folder(&w, &bucket, folder, wire, a, ret, ret_name, err);
    const char *key = attempt ? sl_arena_fmt(a->arena, err, "%sreceipt.%u.json", folder, attempt)
                              : sl_arena_fmt(a->arena, err, "%sreceipt.json", folder);
    return key && get(wire, &bucket, key, a, ret, ret_name, err);
}

/* ---- from a job's document ---- */

/* What a document tells of where it came from. None of it is believed: it only finds the receipt. */
struct origin {
    const char *region, *bucket, *folder;
};

static bool no_origin(const struct sl_audit_job *job, struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "the document of job '%s' does not tell where its receipt lies: give --remote and the receipt, the "
                   "plan or the manifest",
                   job->id);
}

/* The text of the first placeholder in a value, decoded; empty when there is none. */
static bool first_link(const json_t *value, unsigned depth, struct sl_buf *ret, struct sl_err *err)
{
    const char *key = NULL;
    json_t *member = NULL;
    size_t i = 0;
    const char *at = json_is_string(value) ? strstr(json_string_value(value), PLACEHOLDER) : NULL;
    const char *begin = at ? strchr(at + strlen(PLACEHOLDER), ':') : NULL;
    if (begin)
        return sl_percent_get((struct sl_span){ (const uint8_t *)begin + 1, strcspn(begin + 1, "}") }, ret, err);
    json_array_foreach((json_t *)(uintptr_t)value, i, member)
    {
        if (!ret->len && depth < 64 && !first_link(member, depth + 1, ret, err))
            return false;
    }
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        if (!ret->len && depth < 64 && !first_link(member, depth + 1, ret, err))
            return false;
    }
    return true;
}

/* "https://s3.<region>.<suffix>/<bucket>/<prefix><version>/<file>" gives all but the plan's digest. */
static bool read_link(const char *link, const char *version, const char *digest, struct sl_arena *arena,
                      struct origin *ret, struct sl_err *err)
{
    static const char scheme[] = "https://s3.";
    if (strncmp(link, scheme, strlen(scheme)) != 0)
        return true;
    const char *region = link + strlen(scheme), *path = strchr(region, '/');
    const char *key = path ? strchr(path + 1, '/') : NULL;
    const char *tail = sl_arena_fmt(arena, err, "/%s/", version);
    if (!tail)
        return false;
    const char *found = key ? strstr(key, tail) : NULL;
    if (!found)
        return true;
    ret->region = sl_arena_fmt(arena, err, "%.*s", (int)strcspn(region, "./"), region);
    ret->bucket = sl_arena_fmt(arena, err, "%.*s", (int)(key - path - 1), path + 1);
    ret->folder = sl_arena_fmt(arena, err, "%.*s%s/.sealift/%s/", (int)(found + 1 - key - 1), key + 1, version, digest);
    return ret->region && ret->bucket && ret->folder;
}

static bool read_origin(const json_t *document, struct sl_arena *arena, struct origin *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf link = { 0 };
    SL_AUTO(sl_json_clear) json_t *statement = NULL;
    struct sl_err unread = { .code = SL_OK };
    if (!sl_base64_get(sl_span_str(sl_json_str(document, "sealift.statement.payload")), &payload, &unread)
        || !payload.len || !sl_json_parse(sl_buf_span(&payload), "statement", &statement, &unread)
        || !first_link(document, 0, &link, &unread))
        return unread.code != SL_E_NOMEM || sl_fail_nomem(err);
    const char *version = sl_json_str(statement, "predicate.version");
    const char *digest = sl_json_str(statement, "predicate.planDigest");
    return !version[0] || !digest[0] || read_link(sl_buf_str(&link), version, digest, arena, ret, err);
}

/* No receipt names a job that was made again from another. It takes that one's place in this copy of the receipt: its
 * document and its role must be the same. */
static bool take_place(const json_t *receipt, const struct sl_audit_job *job, struct sl_audit *a, struct sl_err *err)
{
    json_t *row = job_in(receipt, job);
    const char *from = sl_arena_str(a->arena, sl_json_str(row, "id"), err), *arn = sl_json_str(row, "arn");
    if (!from || strcmp(from, job->id) == 0)
        return from != NULL;
    const size_t len = strlen(arn), tail = strlen(from);
    const bool whole = len > tail && strcmp(arn + (len - tail), from) == 0;
    return sl_audit_add(a, SL_AUDIT_NOTE, "job", "",
                        sl_arena_fmt(a->arena, err, "job '%s' was made by 'job retry' from '%s'", job->id, from), err)
           && sl_json_set(row, "arn", json_sprintf("%.*s%s", (int)(whole ? len - tail : 0), arn, job->id), err)
           && sl_json_set(row, "id", json_string(job->id), err) && sl_json_set(row, "retryOf", json_string(from), err);
}

bool sl_audit_find_by_job(const struct sl_audit_job *job, struct sl_wire *wire, struct sl_audit *a, json_t **ret,
                          const char **ret_name, struct sl_err *err)
{
    const struct sl_jobs_name name = { job->region, job->id };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_json_clear) json_t *document = NULL;
    struct origin o = { NULL, NULL, NULL };
    struct sl_err why = { .code = SL_OK };
    if (!sl_jobs_document(wire, &name, &text, err))
        return false;
    if (!sl_json_parse(sl_buf_span(&text), "job document", &document, &why) && why.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    if (!read_origin(document, a->arena, &o, err))
        return false;
    if (!o.folder)
        return no_origin(job, err);
    const struct sl_plan_bucket bucket = { .name = o.bucket, .region = o.region, .prefix = "", .account = "" };
    const struct wanted w = { job, 0, sl_arena_fmt(a->arena, err, "names job '%s'", job->id) };
    return search_folder(&w, &bucket, o.folder, wire, a, ret, ret_name, err)
           && (!*ret || take_place(*ret, job, a, err));
}
