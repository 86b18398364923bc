#include "manifests/plan.h"

#include "core/text.h"

#include <assert.h>
#include <string.h>

void sl_plan_clear(struct sl_plan *plan)
{
    json_decref(plan->value);
    sl_buf_clear(&plan->json);
    sl_arena_clear(&plan->arena);
    *plan = (struct sl_plan){ 0 };
}

static bool is_id(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* "-<job>" for one of several, then twelve digits of the digest that says what the job is. */
static bool derive(const struct sl_plan *plan, const struct sl_plan_job *job, struct sl_buf *ret, struct sl_err *err)
{
    if (!sl_buf_addf(ret, err, "%s-%s%s%s-%.12s", plan->release_name, plan->release_version, job->name[0] ? "-" : "",
                     job->name, plan->digest))
        return false;
    for (size_t i = 0; i < ret->len; i++)
        if (!is_id((char)ret->ptr[i]))
            ret->ptr[i] = '-';
    return true;
}

bool sl_plan_job_id(const struct sl_plan *plan, const struct sl_plan_job *job, unsigned attempt,
                    char ret[SL_JOB_ID_SIZE], struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf id = { 0 };
    bool ok = job->id[0] ? sl_buf_add_str(&id, job->id, err) : derive(plan, job, &id, err);
    if (!ok || (attempt > 0 && !sl_buf_addf(&id, err, "-%u", attempt)))
        return false;
    if (job->id[0] && id.len >= SL_JOB_ID_SIZE)
        return sl_fail(err, SL_E_INPUT, job->id_loc, "the job id '%s' would be longer than 64 characters: shorten 'id'",
                       sl_buf_str(&id));
    size_t cut = id.len >= SL_JOB_ID_SIZE ? id.len - (SL_JOB_ID_SIZE - 1) : 0;
    assert(id.len - cut < SL_JOB_ID_SIZE);
    memcpy(ret, sl_buf_str(&id) + cut, id.len - cut + 1);
    return true;
}

const char *sl_plan_own_key(const struct sl_plan *plan, const char *file, struct sl_arena *arena, struct sl_err *err)
{
    return sl_arena_fmt(arena, err, "%s%s/.sealift/%s/%s", plan->bucket.prefix, plan->release_version, plan->digest,
                        file);
}

bool sl_plan_source_url(const struct sl_plan *plan, const char *key, struct sl_buf *ret, struct sl_err *err)
{
    const struct sl_plan_bucket *b = &plan->bucket;
    return sl_buf_addf(ret, err, "https://s3.%s.%s/%s/", b->region, sl_region_suffix(b->region), b->name)
           && sl_percent_add(ret, sl_span_str(key), true, err);
}
