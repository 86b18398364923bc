#include "publisher/update.h"

#include "publisher/priv/compare.h"

#include <string.h>

static const struct {
    const char *member, *word;
    bool updatable;
} members[] = {
    { "description", "description", true },
    { "presignedUrlConfig", "url", true },
    { "jobExecutionsRolloutConfig", "rollout", true },
    { "abortConfig", "abort", true },
    { "timeoutConfig", "timeout", true },
    { "jobExecutionsRetryConfig", "retry", true },
    { "targetSelection", "selection", false },
    { "targets", "targets", false },
    { "schedulingConfig", "schedule", false },
    { "destinationPackageVersions", "packages", false },
};

const char *sl_update_word(const char *member)
{
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!strcmp(members[i].member, member))
            return members[i].word;
    return NULL;
}

void sl_update_clear(struct sl_update *u)
{
    sl_json_clear(&u->change);
    sl_json_clear(&u->kept);
    sl_json_clear(&u->fixed);
}

/* One member that is not as planned. */
static bool note(struct sl_update *u, size_t i, json_t *planned, struct sl_err *err)
{
    const char *name = members[i].member;
    if (!planned)
        return sl_json_push(u->kept, json_string(name), err);
    if (!members[i].updatable)
        return sl_json_push(u->fixed, json_string(name), err);
    return sl_json_set(u->change, name, json_deep_copy(planned), err);
}

bool sl_update_plan(const json_t *described, const json_t *body, struct sl_update *ret, struct sl_err *err)
{
    struct sl_update u = { json_object(), json_array(), json_array() };
    bool ok = u.change && u.kept && u.fixed ? true : sl_fail_nomem(err);
    for (size_t i = 0; ok && i < sizeof members / sizeof *members; i++) {
        json_t *planned = json_object_get(body, members[i].member);
        if (!sl_compare_setting(planned, json_object_get(described, members[i].member)))
            ok = note(&u, i, planned, err);
    }
    if (ok)
        *ret = u;
    else
        sl_update_clear(&u);
    return ok;
}
