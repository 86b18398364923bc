#include "publisher/priv/own.h"

#include "publisher/priv/listing.h"
#include "publisher/priv/put.h"

#include <string.h>

const char *sl_own_job_name(const struct sl_plan_job *job)
{
    return job->name[0] ? job->name : "job";
}

const char *sl_own_statement_key(const struct sl_plan *plan, struct sl_arena *arena, struct sl_err *err)
{
    return sl_plan_own_key(plan, "statement.json", arena, err);
}

/* "<stem><suffix>", with ".<attempt>" between when there were earlier ones. */
static const char *attempt_key(const struct sl_plan *plan, const char *stem, unsigned attempt, const char *suffix,
                               struct sl_arena *arena, struct sl_err *err)
{
    const char *file = attempt ? sl_arena_fmt(arena, err, "%s.%u%s", stem, attempt, suffix)
                               : sl_arena_fmt(arena, err, "%s%s", stem, suffix);
    return file ? sl_plan_own_key(plan, file, arena, err) : NULL;
}

const char *sl_own_document_key(const struct sl_plan *plan, const struct sl_plan_job *job, unsigned attempt,
                                struct sl_arena *arena, struct sl_err *err)
{
    return attempt_key(plan, sl_own_job_name(job), attempt, ".job.json", arena, err);
}

static bool all_there(const struct sl_plan *plan, const bool *there)
{
    for (size_t i = 0; there && i < plan->n_jobs; i++)
        if (!there[i])
            return false;
    return true;
}

const char *sl_own_receipt_key(const struct sl_plan *plan, unsigned attempt, const bool *there, struct sl_arena *arena,
                               struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf stem = { 0 };
    size_t stages = 0;
    bool all = all_there(plan, there);
    if (!sl_buf_add_str(&stem, all ? "receipt" : "receipt.stage", err))
        return NULL;
    for (size_t i = 0; !all && i < plan->n_jobs; i++) {
        const struct sl_plan_stage *stage = &plan->jobs[i].stage;
        stages = (stage->follows ? stages : 0) + there[i];
        if (stage->follows && !stage->leads && !sl_buf_addf(&stem, err, "-%zu", stages))
            return NULL;
    }
    return attempt_key(plan, sl_buf_str(&stem), attempt, ".json", arena, err);
}

void sl_own_stored_clear(struct sl_own_stored *s)
{
    sl_buf_clear(&s->theirs);
    *s = (struct sl_own_stored){ 0 };
}

/* Read what the key holds (version_id NULL: at present) and compare it with ours. */
static bool read_existing(struct sl_wire *wire, const struct sl_plan_bucket *bucket, struct sl_span bytes,
                          struct sl_arena *arena, struct sl_own_stored *s, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    struct sl_object *object = &s->object;
    size_t i;
    if (!sl_s3_get(&batch, bucket, object->key, object->version_id, &i, err) || !sl_batch_send(&batch, wire, err)
        || !sl_batch_expect(&batch, i, bucket->loc, err))
        return false;
    if (!object->version_id && !sl_s3_version(&batch.replies[i], bucket, object->key, arena, &object->version_id, err))
        return false;
    struct sl_buf *body = &batch.replies[i].body;
    object->size_bytes = body->len;
    object->confirmed_by = SL_CONFIRMED_READ_BACK;
    s->ours = sl_span_eq(sl_buf_span(body), bytes);
    if (!sl_sha256(sl_buf_span(body), object->sha256, err))
        return false;
    if (!s->ours)
        sl_buf_move(&s->theirs, body);
    return true;
}

/* The version that counts where conditions are ignored: the oldest. */
static bool find_oldest(struct sl_wire *wire, const struct sl_plan_bucket *bucket, const char *key,
                        struct sl_arena *arena, const char **ret, struct sl_err *err)
{
    struct sl_listing listing = { .bucket = bucket, .versions = true, .arena = arena };
    if (!sl_listing_fetch(&listing, key, true, wire, err))
        return false;
    const struct sl_listed *listed = sl_listing_find(&listing, key);
    if (!listed)
        return sl_fail(err, SL_E_CHANGED, bucket->loc,
                       "'s3://%s/%s' was stored and is gone already: who deletes there?", bucket->name, key);
    *ret = listed->version_id;
    return true;
}

/* After our bytes were stored under the version of reply. */
static bool settle_stored(struct sl_wire *wire, const struct sl_plan_bucket *bucket, struct sl_span bytes,
                          const struct sl_put_reply *reply, struct sl_arena *arena, struct sl_own_stored *s,
                          struct sl_err *err)
{
    const char *key = s->object.key, *counts = reply->version_id;
    if (!bucket->conditional && !find_oldest(wire, bucket, key, arena, &counts, err))
        return false;
    s->object.version_id = counts;
    s->created = !strcmp(counts, reply->version_id);
    if (!s->created || !reply->has_checksum)
        return read_existing(wire, bucket, bytes, arena, s, err);
    s->ours = true;
    s->object.size_bytes = bytes.len;
    s->object.confirmed_by = SL_CONFIRMED_CHECKSUM;
    memcpy(s->object.sha256, reply->sha256, SL_SHA256_BYTES);
    return true;
}

/* Archives beside all the JSON. */
static const char *content_type(const char *key)
{
    const char *dot = strrchr(key, '.');
    return dot && !strcmp(dot, ".zip") ? "application/zip" : "application/json";
}

bool sl_own_store(struct sl_wire *wire, const struct sl_plan_bucket *bucket, const char *key, struct sl_span bytes,
                  struct sl_arena *arena, struct sl_own_stored *ret, struct sl_err *err)
{
    SL_AUTO(sl_own_stored_clear) struct sl_own_stored stored = { .object = { .key = key } };
    uint8_t sha256[SL_SHA256_BYTES];
    struct sl_s3_put put = { .key = key, .content_type = content_type(key), .body = bytes, .sha256 = sha256 };
    struct sl_put_reply reply = { .outcome = SL_PUT_EXISTS };
    if (!sl_sha256(bytes, sha256, err) || !sl_traits_make(bucket, SL_TRAITS_OWN, wire, arena, &put.traits, err)
        || !sl_put_all(wire, bucket, &put, 1, &reply, arena, err))
        return false;
    stored.refused = reply.outcome == SL_PUT_EXISTS;
    bool ok = stored.refused ? read_existing(wire, bucket, bytes, arena, &stored, err)
                             : settle_stored(wire, bucket, bytes, &reply, arena, &stored, err);
    if (!ok)
        return false;
    sl_buf_clear(&ret->theirs);
    *ret = stored;
    stored = (struct sl_own_stored){ 0 };
    return true;
}
