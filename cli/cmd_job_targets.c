/* sealift job add-targets: more things or groups for a continuous job. */
#include "cli/job_change.h"

#include <stdio.h>
#include <string.h>

#define MOST_TARGETS 100 /* of one job (General Reference, AWS IoT Device Management quotas) */

struct adding {
    struct sl_job_change change;
    const char *prefix; /* "arn:aws:iot:eu-west-1:123456789012:" */
    json_t *fresh;      /* ARNs the job does not have */
};

static void clear(struct adding *a)
{
    sl_json_clear(&a->fresh);
    sl_job_change_clear(&a->change);
}

/* Partition, Region and account are the job's own. */
static bool read_prefix(struct adding *a, struct sl_err *err)
{
    const char *arn = sl_json_str(a->change.job, "jobArn"), *job = strstr(arn, ":job/");
    if (!job)
        return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "DescribeJob '%s': the reply names no jobArn",
                       a->change.name.id);
    a->prefix = sl_arena_fmt(&a->change.arena, err, "%.*s", (int)(job - arn + 1), arn);
    return a->prefix != NULL;
}

static bool malformed(const char *text, struct sl_err *err)
{
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                   "expected a target 'thing/NAME', 'group/NAME' or the ARN of a thing or thing group, found '%.160s'",
                   text);
}

/* The ARN of a target as it is written; NULL with err filled. */
static const char *arn_of(struct adding *a, const char *text, struct sl_err *err)
{
    static const struct {
        const char *written, *kind;
    } kinds[] = { { "thing/", "thing/" }, { "group/", "thinggroup/" }, { "thinggroup/", "thinggroup/" } };
    bool whole = !strncmp(text, "arn:", 4);
    size_t skip = whole ? strlen(a->prefix) : 0;
    if (whole && strncmp(text, a->prefix, skip) != 0) {
        (void)sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "the target '%.160s' is not of the job's account and Region, '%s'",
                      text, a->prefix);
        return NULL;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *start = whole ? kinds[i].kind : kinds[i].written, *name = text + skip + strlen(start);
        if (!strncmp(text + skip, start, strlen(start)) && sl_jobs_is_thing(name))
            return sl_arena_fmt(&a->change.arena, err, "%s%s%s", a->prefix, kinds[i].kind, name);
    }
    (void)malformed(text, err);
    return NULL;
}

static bool has(const json_t *list, const char *arn)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));
        if (one && !strcmp(one, arn))
            return true;
    }
    return false;
}

static bool take(struct adding *a, const char *text, struct sl_err *err)
{
    const char *arn = arn_of(a, text, err);
    if (!arn)
        return false;
    bool there = has(json_object_get(a->change.job, "targets"), arn) || has(a->fresh, arn);
    sl_console_say(&a->change.c->console, "  %s %s", there ? "=" : "+", arn);
    return there || sl_json_push(a->fresh, json_string(arn), err);
}

/* AWS IoT API reference, AssociateTargetsWithJob: "The job must have been created with the targetSelection parameter set
 * to CONTINUOUS", and "the job status must currently be IN_PROGRESS". */
static bool check_job(const struct adding *a, struct sl_err *err)
{
    const char *selection = sl_json_str(a->change.job, "targetSelection"),
               *state = sl_json_str(a->change.job, "status");
    size_t n = json_array_size(json_object_get(a->change.job, "targets")) + json_array_size(a->fresh);
    if (strcmp(selection, "CONTINUOUS") != 0)
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE,
                       "job '%s' is a snapshot: its targets were fixed when it was made. Only jobs with 'selection: "
                       "continuous' take more; publish another job with '--attempt' for these",
                       a->change.name.id);
    if (strcmp(state, "IN_PROGRESS") != 0)
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "job '%s' is %.40s: only a job in progress takes targets",
                       a->change.name.id, state);
    return n <= MOST_TARGETS
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "job '%s' would have %zu targets, AWS IoT allows at most %d: put things into a group",
                      a->change.name.id, n, MOST_TARGETS);
}

static bool answer(const struct adding *a, bool done, struct sl_err *err)
{
    struct sl_console *console = &a->change.c->console;
    if (!console->json)
        return true;
    SL_AUTO(sl_json_clear)
    json_t *value = json_pack("{s:s, s:b, s:O}", "jobId", a->change.name.id, "added", (int)done, "targets", a->fresh);
    return value ? sl_console_json(console, value, err) : sl_fail_nomem(err);
}

static bool add(struct adding *a, enum sl_exit *status, struct sl_err *err)
{
    struct sl_context *c = a->change.c;
    char question[160];
    bool go = false;
    if (!json_array_size(a->fresh)) {
        sl_console_say(&c->console, "  nothing to add");
        return answer(a, false, err);
    }
    (void)snprintf(question, sizeof question, "Add %zu target%s to job '%.64s'?", json_array_size(a->fresh),
                   json_array_size(a->fresh) == 1 ? "" : "s", a->change.name.id);
    if (!sl_job_change_agreed(c, question, "nothing was added", status, &go, err))
        return false;
    if (go
        && !sl_jobs_add_targets(a->change.wire, &a->change.name, a->fresh, sl_args_get(&c->args, SL_OPT_COMMENT, NULL),
                                err))
        return false;
    if (go)
        sl_console_note(&c->console, "%s: %zu added", a->change.name.id, json_array_size(a->fresh));
    return answer(a, go, err);
}

bool sl_cmd_job_add_targets(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(clear) struct adding a = { .fresh = json_array() };
    if (!a.fresh)
        return sl_fail_nomem(err);
    if (!sl_job_change_begin(c, c->args.positional[0], NULL, &a.change, err) || !read_prefix(&a, err))
        return false;
    for (size_t i = 1; i < c->args.n_positional; i++)
        if (!take(&a, c->args.positional[i], err))
            return false;
    return check_job(&a, err) && add(&a, status, err);
}
