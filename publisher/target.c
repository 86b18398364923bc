#include "publisher/priv/target.h"

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

bool sl_target_ask(struct sl_batch *b, const char *arn, const char *region, size_t *ret_index, struct sl_err *err)
{
    struct target_name t = read_target(arn);
    const char *path = sl_arena_fmt(&b->arena, err, "/%s/%s", is_group(&t) ? "thing-groups" : "things", t.name);
    if (!path)
        return false;
    struct sl_iot_call call = { .operation = is_group(&t) ? "DescribeThingGroup" : "DescribeThing",
                                .subject = t.name,
                                .region = region,
                                .method = "GET",
                                .path = path };
    return sl_iot_add(b, &call, ret_index, err);
}

bool sl_target_expect(struct sl_batch *b, size_t i, const char *arn, struct sl_loc loc, struct sl_err *err)
{
    struct target_name t = read_target(arn);
    bool missing;
    if (!sl_iot_missing(b, i, &missing, err))
        return false;
    if (missing)
        return sl_fail(err, SL_E_DENIED, loc, "target '%s' does not exist; run 'aws iot %s %s' or correct the targets",
                       arn, is_group(&t) ? "create-thing-group --thing-group-name" : "create-thing --thing-name",
                       t.name);
    return sl_batch_expect(b, i, loc, err);
}
