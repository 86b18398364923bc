#include "publisher/priv/iot.h"
#include "publisher/priv/look.h"

#include <string.h>

/* The parts of "arn:aws:iot:eu-west-1:123456789012:thinggroup/thermostats" that are asked for. */
struct target_name {
    const char *kind, *name; /* "thing" or "thinggroup", up to the slash; what follows it */
};

static struct target_name read_target(const char *arn)
{
    const char *resource = arn;
    for (int colons = 0; *resource && colons < 5; resource++)
        colons += *resource == ':';
    const char *slash = strchr(resource, '/');
    return (struct target_name){ resource, slash ? slash + 1 : "" };
}

static bool is_group(const struct target_name *t)
{
    return !strncmp(t->kind, "thinggroup/", 11);
}

static bool ask_target(struct sl_look *l, const char *arn, const struct sl_plan_job *job, struct sl_err *err)
{
    for (size_t i = 0; i < l->n_targets; i++)
        if (!strcmp(l->targets[i].arn, arn))
            return true;
    struct target_name t = read_target(arn);
    const char *path = sl_arena_fmt(l->seen->arena, err, "/%s/%s", is_group(&t) ? "thing-groups" : "things", t.name);
    if (!path)
        return false;
    struct sl_iot_call call = { .operation = is_group(&t) ? "DescribeThingGroup" : "DescribeThing",
                                .subject = t.name,
                                .region = job->region,
                                .method = "GET",
                                .path = path };
    struct sl_look_target *target = &l->targets[l->n_targets++];
    *target = (struct sl_look_target){ .arn = arn, .loc = job->targets_loc };
    return sl_iot_add(l->batch, &call, &target->index, err);
}

bool sl_look_target_ask(struct sl_look *l, struct sl_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < l->plan->n_jobs; i++)
        n += l->plan->jobs[i].n_targets;
    l->targets = sl_arena_alloc(l->seen->arena, n, sizeof *l->targets, err);
    if (!l->targets)
        return false;
    for (size_t i = 0; i < l->plan->n_jobs; i++)
        for (size_t j = 0; j < l->plan->jobs[i].n_targets; j++)
            if (!ask_target(l, l->plan->jobs[i].targets[j], &l->plan->jobs[i], err))
                return false;
    return true;
}

bool sl_look_target_read(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->n_targets; i++) {
        const struct sl_look_target *target = &l->targets[i];
        struct target_name t = read_target(target->arn);
        bool missing;
        if (!sl_iot_missing(l->batch, target->index, &missing, err))
            return false;
        if (missing)
            return sl_fail(err, SL_E_DENIED, target->loc,
                           "target '%s' does not exist; run 'aws iot %s %s' or correct the targets", target->arn,
                           is_group(&t) ? "create-thing-group --thing-group-name" : "create-thing --thing-name",
                           t.name);
        if (!sl_batch_expect(l->batch, target->index, target->loc, err))
            return false;
    }
    return true;
}
