#include "manifests/needs.h"

#include "manifests/kmskey.h"
#include "manifests/priv/asked.h"

#include <string.h>

static void add_once(const char **list, size_t *n, const char *value)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i], value) == 0)
            return;
    list[(*n)++] = value;
}

/* The name after any of the two spellings of a kind: "thing/NAME", or ":thing/NAME" in an ARN. */
static const char *named(const char *target, const char *spelling, const char *arn_part)
{
    size_t len = strlen(spelling);
    if (strncmp(target, spelling, len) == 0)
        return target + len;
    const char *part = strstr(target, arn_part);
    return part ? part + strlen(arn_part) : NULL;
}

static void add_targets(const struct sl_asked_job *job, struct sl_needs *needs)
{
    const struct sl_field *targets = job->targets.items;
    for (size_t i = 0; i < job->targets.n; i++) {
        const char *group = named(targets[i].value, "group/", ":thinggroup/");
        const char *thing = named(targets[i].value, "thing/", ":thing/");
        if (group)
            add_once(needs->groups, &needs->n_groups, group);
        else if (thing)
            add_once(needs->things, &needs->n_things, thing);
    }
}

/* The fifth field of "arn:aws:iam::123456789012:role/name", of a target alike. */
static const char *account_of(const char *arn, struct sl_arena *arena, struct sl_err *err)
{
    for (int colons = 0; colons < 4 && arn; colons++) {
        arn = strchr(arn, ':');
        arn = arn ? arn + 1 : NULL;
    }
    return sl_arena_span(arena, sl_span_sub(sl_span_str(arn ? arn : ""), 0, arn ? strcspn(arn, ":") : 0), err);
}

/* Keys in KMS, and what each signs with; profiles of AWS Signer. */
static bool add_kms_keys(const struct sl_manifest *m, struct sl_arena *arena, struct sl_needs *needs,
                         struct sl_err *err)
{
    const struct sl_asked_key *keys = m->asked.keys.items;
    needs->kms_keys = sl_arena_alloc(arena, m->asked.keys.n, sizeof *needs->kms_keys, err);
    needs->profiles = sl_arena_alloc(arena, m->asked.keys.n, sizeof *needs->profiles, err);
    if (!needs->kms_keys || !needs->profiles)
        return false;
    for (size_t i = 0; i < m->asked.keys.n; i++) {
        const char *uri = keys[i].uri.value;
        const char *algorithm = keys[i].algorithm.value ? keys[i].algorithm.value : m->asked.signing.algorithm.value;
        if (sl_kmskey_is_profile(uri))
            add_once(needs->profiles, &needs->n_profiles, uri + strlen(SL_KMSKEY_PROFILE_SCHEME));
        if (strncmp(uri, SL_KMSKEY_SCHEME, strlen(SL_KMSKEY_SCHEME)) != 0)
            continue;
        needs->kms_keys[needs->n_kms_keys++] = (struct sl_needs_key){ uri + strlen(SL_KMSKEY_SCHEME),
                                                                      algorithm ? sl_algorithm_from_name(algorithm)
                                                                                : SL_ALG_NONE };
    }
    return true;
}

static void add_packages(const struct sl_asked_job *job, struct sl_needs *needs)
{
    const struct sl_asked_package *list = job->packages.items;
    for (size_t i = 0; i < job->packages.n; i++) {
        const char *name = list[i].name.value, *version = list[i].version.value;
        size_t k = 0;
        while (k < needs->n_packages
               && (strcmp(needs->packages[k].name, name) != 0 || strcmp(needs->packages[k].version, version) != 0))
            k++;
        if (k == needs->n_packages && !sl_asked_package_is_made(&list[i]))
            needs->packages[needs->n_packages++] = (struct sl_needs_package){ name, version };
    }
}

static bool make_lists(const struct sl_manifest *m, struct sl_arena *arena, struct sl_needs *ret, struct sl_err *err)
{
    size_t targets = 0, packages = 0;
    for (size_t i = 0; i < m->n_jobs; i++) {
        targets += m->jobs[i].targets.n;
        packages += m->jobs[i].packages.n;
    }
    ret->roles = sl_arena_alloc(arena, m->n_jobs, sizeof *ret->roles, err);
    ret->things = ret->roles ? sl_arena_alloc(arena, targets, sizeof *ret->things, err) : NULL;
    ret->groups = ret->things ? sl_arena_alloc(arena, targets, sizeof *ret->groups, err) : NULL;
    ret->packages = ret->groups ? sl_arena_alloc(arena, packages, sizeof *ret->packages, err) : NULL;
    return ret->packages != NULL;
}

bool sl_needs_read(const struct sl_manifest *m, struct sl_arena *arena, struct sl_needs *ret, struct sl_err *err)
{
    const struct sl_asked_bucket *bucket = &m->asked.bucket;
    struct sl_needs needs = { .bucket = bucket->name.value,
                              .region = bucket->region.value,
                              .prefix = bucket->prefix.value ? bucket->prefix.value : "",
                              .account = bucket->account.value ? bucket->account.value : "" };
    if (!make_lists(m, arena, &needs, err) || !add_kms_keys(m, arena, &needs, err))
        return false;
    for (size_t i = 0; i < m->n_jobs; i++) {
        add_targets(&m->jobs[i], &needs);
        add_packages(&m->jobs[i], &needs);
        const char *role = m->jobs[i].url.role.value;
        if (!role)
            continue;
        add_once(needs.roles, &needs.n_roles, role);
        if (!*needs.account)
            needs.account = account_of(role, arena, err);
        if (!needs.account)
            return false;
    }
    if (!*needs.account) /* then every target is an ARN, and all are in one account */
        needs.account = account_of(m->facts[0].targets[0], arena, err);
    if (!needs.account)
        return false;
    *ret = needs;
    return true;
}
