#include "manifests/priv/check.h"

#include "core/text.h"
#include "manifests/priv/type.h"

#include <stdio.h>
#include <string.h>

/* A target taken apart. Spans into the manifest's text. */
struct target {
    struct sl_span partition, region, account, name;
    bool group;
};

const char *sl_target_role_account(const char *role)
{
    const char *account = strstr(role, ":iam::");
    return account ? account + strlen(":iam::") : "";
}

static bool malformed(const struct sl_field *f, struct sl_err *err)
{
    char shown[SL_SHOWN_SIZE], near_text[SL_SHOWN_SIZE + 40] = "";
    static const char *const kinds[] = { "thing", "group", NULL };
    char kind[24] = "";
    size_t n = strcspn(f->value, "/");
    if (n < sizeof kind && f->value[n] == '/')
        memcpy(kind, f->value, n);
    const char *near = kind[0] ? sl_nearest(kind, kinds) : NULL;
    if (strcmp(kind, "thinggroup") == 0 || strcmp(kind, "thing-group") == 0)
        near = "group";
    if (near)
        (void)snprintf(near_text, sizeof near_text, ", did you mean '%s/%s'?", near,
                       sl_shown_put(f->value + n + 1, shown));
    return sl_fail(err, SL_E_INPUT, f->loc,
                   "expected a target 'thing/NAME', 'group/NAME' or the ARN of a thing or thing group, found '%s'%s",
                   sl_shown_put(f->value, shown), near_text);
}

/* Thing and thing group names: 1 to 128 of [a-zA-Z0-9:_-] (IoT API reference, CreateThing, CreateThingGroup). */
static bool check_name(const struct target *t, const struct sl_field *f, struct sl_err *err)
{
    const char *what = t->group ? "thing group" : "thing";
    if (t->name.len == 0 || t->name.len > 128)
        return sl_fail(err, SL_E_INPUT, f->loc, "a %s name has 1 to 128 characters, this one has %zu", what,
                       t->name.len);
    char shown[SL_SHOWN_SIZE];
    for (size_t i = 0; i < t->name.len; i++) {
        char c = (char)t->name.ptr[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr(":_-", c);
        if (!ok)
            return sl_fail(err, SL_E_INPUT, f->loc,
                           "a %s name holds letters, digits, ':', '_' and '-' only, found '%s'", what,
                           sl_shown_put((const char *)t->name.ptr, shown));
    }
    return true;
}

/* The next part of an ARN: up to ':' (or all that is left for the last one). */
static struct sl_span part(const char **p, bool last)
{
    size_t n = last ? strlen(*p) : strcspn(*p, ":");
    struct sl_span ret = { (const uint8_t *)*p, n };
    *p += n + ((*p)[n] == ':');
    return ret;
}

static bool read_arn(const struct sl_field *f, struct target *ret, struct sl_err *err)
{
    const char *p = f->value + strlen("arn:");
    struct sl_span partition = part(&p, false), service = part(&p, false);
    struct target t = { .partition = partition, .region = part(&p, false), .account = part(&p, false) };
    struct sl_span resource = part(&p, true);
    t.group = sl_span_starts(resource, "thinggroup/");
    size_t skip = strlen(t.group ? "thinggroup/" : "thing/");
    if (!sl_span_is(service, "iot") || (!t.group && !sl_span_starts(resource, "thing/")) || t.account.len != 12
        || strspn((const char *)t.account.ptr, "0123456789") < 12)
        return malformed(f, err);
    t.name = sl_span_sub(resource, skip, resource.len);
    *ret = t;
    return true;
}

static bool read_target(const struct sl_field *f, struct target *ret, struct sl_err *err)
{
    *ret = (struct target){ 0 };
    if (strncmp(f->value, "arn:", 4) == 0)
        return read_arn(f, ret, err) && check_name(ret, f, err);
    ret->group = strncmp(f->value, "group/", 6) == 0;
    if (!ret->group && strncmp(f->value, "thing/", 6) != 0)
        return malformed(f, err);
    ret->name = sl_span_str(f->value + 6);
    return check_name(ret, f, err);
}

static bool differs(const struct sl_field *f, const char *what, struct sl_span found, const char *expected,
                    struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, f->loc, "the target is in %s '%.*s', but the job is in '%.40s'", what,
                   (int)(found.len < 40 ? found.len : 40), (const char *)found.ptr, expected);
}

/* Where the job's account is known from: the bucket's guard, else the role. "" when neither says. */
static void put_account(const struct sl_manifest *m, const struct sl_asked_job *job, char ret[13])
{
    const char *from = m->asked.bucket.account.value;
    if (!from)
        from = job->url.role.value ? sl_target_role_account(job->url.role.value) : "";
    (void)snprintf(ret, 13, "%.12s", from);
}

/* The targets of one job on their way to ARNs. */
struct walk {
    struct sl_manifest *m;
    const char *region;
    char account[13]; /* "" when nothing says it */
    bool told;        /* that nothing does */
    const char **arns;
};

/* Said of the first target that needs it; it is the same for the others. */
static bool unknown_account(struct walk *w, const struct sl_field *f, struct sl_err *err)
{
    bool told = w->told;
    w->told = true;
    return told
           || sl_fail(
               err, SL_E_INPUT, f->loc,
               "the account of '%.140s' is not known: state bucket.account or job.url.role, or give the target's ARN",
               f->value);
}

/* *ret stays NULL when the account is not known. */
static bool arn_of(struct walk *w, const struct sl_field *f, const char **ret, struct sl_err *err)
{
    struct target t;
    const char *partition = sl_region_partition(w->region);
    if (!read_target(f, &t, err))
        return false;
    if (!t.partition.ptr && !w->account[0])
        return unknown_account(w, f, err);
    if (!t.partition.ptr) {
        *ret = sl_arena_fmt(&w->m->arena, err, "arn:%s:iot:%s:%s:%s/%s", partition, w->region, w->account,
                            t.group ? "thinggroup" : "thing", (const char *)t.name.ptr);
        return *ret != NULL;
    }
    if (!sl_span_is(t.partition, partition))
        return differs(f, "partition", t.partition, partition, err);
    if (!sl_span_is(t.region, w->region))
        return differs(f, "Region", t.region, w->region, err);
    if (w->account[0] && !sl_span_is(t.account, w->account))
        return differs(f, "account", t.account, w->account, err);
    *ret = f->value;
    return true;
}

/* Jobs do not reach across accounts: without another guard, all targets must be in one. */
static bool check_same_account(const struct walk *w, const char *arn, const struct sl_field *f, struct sl_err *err)
{
    if (!w->arns[0])
        return true;
    const char *p = arn + strlen("arn:"), *q = w->arns[0] + strlen("arn:");
    struct sl_span mine = SL_SPAN_EMPTY, first = SL_SPAN_EMPTY;
    for (int k = 0; k < 4; k++) {
        mine = part(&p, false);
        first = part(&q, false);
    }
    if (sl_span_eq(mine, first))
        return true;
    char account[13];
    (void)snprintf(account, sizeof account, "%.12s", (const char *)first.ptr);
    return differs(f, "account", mine, account, err);
}

/* Target i, which stays NULL when it is wrong. */
static bool add_arn(struct walk *w, const struct sl_field *f, size_t i, struct sl_err *err)
{
    const char *arn = NULL;
    if (!arn_of(w, f, &arn, err))
        return false;
    if (arn && !check_same_account(w, arn, f, err))
        return false;
    for (size_t k = 0; arn && k < i; k++)
        if (w->arns[k] && strcmp(w->arns[k], arn) == 0)
            return sl_fail(err, SL_E_INPUT, f->loc, "the target '%.160s' stands here a second time", f->value);
    w->arns[i] = arn;
    return true;
}

bool sl_target_arns(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                    struct sl_err *err)
{
    const struct sl_field *fields = job->targets.items;
    size_t n = job->targets.n;
    struct walk w = { .m = m, .region = facts->region, .arns = sl_arena_alloc(&m->arena, n, sizeof *w.arns, err) };
    if (!w.arns)
        return false;
    put_account(m, job, w.account);
    for (size_t i = 0; i < n; i++)
        if (!sl_mistakes_pass(m->found, add_arn(&w, &fields[i], i, err), err))
            return false;
    facts->targets = w.arns;
    return true;
}
