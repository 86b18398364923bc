#include "publisher/wish.h"

#include "core/buf.h"

#include <string.h>

const char *sl_wish_literal(const char *text, struct sl_arena *arena, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf out = { 0 };
    for (const char *p = text; *p; p++)
        if (!(strchr("*?$", *p) ? sl_buf_addf(&out, err, "${%c}", *p) : sl_buf_add_char(&out, *p, err)))
            return NULL;
    return sl_arena_span(arena, sl_buf_span(&out), err);
}

const char *sl_wish_account(const char *arn, struct sl_arena *arena, struct sl_err *err)
{
    for (int colons = 0; *arn && colons < 4; arn++)
        colons += *arn == ':';
    return sl_arena_fmt(arena, err, "%.*s", (int)strcspn(arn, ":"), arn);
}

static void add_once(const char **list, size_t *n, const char *value)
{
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(list[i], value))
            return;
    list[(*n)++] = value;
}

static const char *object_pattern(const struct sl_plan *plan, const char *key, const char *tail, struct sl_arena *arena,
                                  struct sl_err *err)
{
    const char *literal = sl_wish_literal(key, arena, err);
    if (!literal)
        return NULL;
    return sl_arena_fmt(arena, err, "arn:%s:s3:::%s/%s%s", sl_region_partition(plan->bucket.region), plan->bucket.name,
                        literal, tail);
}

/* Everything below the prefix; a manifest may store single objects elsewhere. */
static bool add_resources(const struct sl_plan *plan, struct sl_wish *w, struct sl_arena *arena, struct sl_err *err)
{
    const char *prefix = plan->bucket.prefix;
    const char **list = sl_arena_alloc(arena, plan->n_artifacts + 1, sizeof *list, err);
    if (!list || !(list[0] = object_pattern(plan, prefix, "*", arena, err)))
        return false;
    w->n_resources = 1;
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        if (!strncmp(plan->artifacts[i].object, prefix, strlen(prefix)))
            continue;
        const char *one = object_pattern(plan, plan->artifacts[i].object, "", arena, err);
        if (!one)
            return false;
        add_once(list, &w->n_resources, one);
    }
    w->resources = list;
    return true;
}

/* "arn:aws:iam::123456789012:role/path/name". */
static bool read_arn(struct sl_wish *w, struct sl_arena *arena, struct sl_err *err)
{
    const char *path = strchr(w->arn, '/'), *slash = strrchr(w->arn, '/');
    w->name = slash ? slash + 1 : w->arn;
    w->path = sl_arena_fmt(arena, err, "%.*s", path ? (int)(slash - path + 1) : 0, path ? path : "");
    return w->path != NULL;
}

static struct sl_wish *wish_of(struct sl_wish *list, size_t n, const char *arn)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i].arn, arn))
            return &list[i];
    return NULL;
}

static bool begin(const struct sl_plan *plan, const struct sl_plan_job *job, const char *kms_key, struct sl_wish *w,
                  struct sl_arena *arena, struct sl_err *err)
{
    *w = (struct sl_wish){ .arn = job->role,
                           .partition = sl_region_partition(job->region),
                           .account = sl_wish_account(job->n_targets ? job->targets[0] : job->role, arena, err),
                           .kms_key = kms_key,
                           .kms_region = plan->bucket.region,
                           .loc = job->role_loc };
    w->regions = sl_arena_alloc(arena, plan->n_jobs, sizeof *w->regions, err);
    return w->account && w->regions && read_arn(w, arena, err) && add_resources(plan, w, arena, err);
}

bool sl_wish_list(const struct sl_plan *plan, const char *kms_key, struct sl_arena *arena, struct sl_wish **ret,
                  size_t *ret_n, struct sl_err *err)
{
    size_t n = 0;
    struct sl_wish *list = sl_arena_alloc(arena, plan->n_jobs, sizeof *list, err);
    if (!list)
        return false;
    if (!kms_key[0] && plan->bucket.storage.kms_key)
        kms_key = plan->bucket.storage.kms_key;
    for (size_t i = 0; i < plan->n_jobs; i++) {
        const struct sl_plan_job *job = &plan->jobs[i];
        if (!job->role[0])
            continue;
        struct sl_wish *w = wish_of(list, n, job->role);
        if (!w && !begin(plan, job, kms_key, w = &list[n++], arena, err))
            return false;
        add_once(w->regions, &w->n_regions, job->region);
    }
    *ret = list;
    *ret_n = n;
    return true;
}

const char *sl_wish_key_arn(const struct sl_wish *w, const char **ret_alias, struct sl_arena *arena, struct sl_err *err)
{
    const char *alias = strstr(w->kms_key, "alias/");
    *ret_alias = alias ? alias : "";
    if (alias && !strncmp(w->kms_key, "arn:", 4)) /* "arn:aws:kms:eu-west-1:123456789012:alias/fw" */
        return sl_arena_fmt(arena, err, "%.*skey/*", (int)(alias - w->kms_key), w->kms_key);
    if (!strncmp(w->kms_key, "arn:", 4))
        return w->kms_key;
    return sl_arena_fmt(arena, err, "arn:%s:kms:%s:%s:key/%s", w->partition, w->kms_region, w->account,
                        alias ? "*" : w->kms_key);
}
