/* sealift job retry: other jobs for the things a job failed on, and for no others. */
#include "cli/job_change.h"
#include "core/text.h"
#include "publisher/again.h"

#include <stdio.h>
#include <string.h>

struct retrying {
    struct sl_job_change change;
    json_t *things, *tags;
    struct sl_buf document;
    struct sl_again again;
    json_t *answer;
    size_t n_fresh;
};

static void clear(struct retrying *r)
{
    sl_json_clear(&r->things);
    sl_json_clear(&r->tags);
    sl_json_clear(&r->answer);
    sl_buf_clear(&r->document);
    sl_again_clear(&r->again);
    sl_job_change_clear(&r->change);
}

/* ---- what failed ---- */

static bool add_failed(struct retrying *r, const char *status, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *list = NULL;
    if (!sl_jobs_executions(r->change.wire, &r->change.name, status, &list, err))
        return false;
    size_t i = 0;
    json_t *e = NULL;
    json_array_foreach(list, i, e)
    {
        const char *arn = sl_json_str(e, "thingArn"), *thing = strstr(arn, ":thing/");
        if (!thing || !sl_jobs_is_thing(thing + strlen(":thing/")))
            return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "ListJobExecutionsForJob '%s': the reply names no thing",
                           r->change.name.id);
        if (!sl_json_push(r->things, json_string(arn), err))
            return false;
    }
    if (json_array_size(list) > 0)
        sl_console_say(&r->change.c->console, "  %-12s %zu", status, json_array_size(list));
    return true;
}

static bool find_failed(struct retrying *r, struct sl_err *err)
{
    static const char *const statuses[] = { "FAILED", "REJECTED", "TIMED_OUT" };
    sl_console_say(&r->change.c->console, "%s", r->change.name.id);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (!add_failed(r, statuses[i], err))
            return false;
    return true;
}

/* Tags are for accounting; that they cannot be read stops no device's update. */
static bool read_job(struct retrying *r, struct sl_err *err)
{
    struct sl_err why = { 0 };
    const struct sl_jobs_name *name = &r->change.name;
    const bool resolved = json_object_size(json_object_get(r->change.job, "documentParameters")) > 0;
    if (!(resolved ? sl_jobs_document(r->change.wire, name, &r->document, err)
                   : sl_jobs_document_given(r->change.wire, name, &r->document, err)))
        return false;
    if (sl_jobs_tags(r->change.wire, name, sl_json_str(r->change.job, "jobArn"), &r->tags, &why))
        return true;
    if (why.code == SL_E_NOMEM || why.code == SL_E_INTERRUPTED) {
        *err = why;
        return false;
    }
    sl_console_warn(&r->change.c->console, "tags are not carried over: %s", why.msg);
    return true;
}

/* ---- the plan ---- */

static bool show_one(struct retrying *r, const struct sl_again_job *job, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *there = NULL;
    struct sl_err why = { 0 };
    const struct sl_jobs_name name = { r->change.name.region, job->id };
    bool exists = sl_jobs_describe(r->change.wire, &name, &there, &why);
    if (!exists && strcmp(why.aws_code, "ResourceNotFoundException") != 0) {
        *err = why;
        return false;
    }
    const char *state = sl_json_str(there, "status");
    bool over = exists && strcmp(state, "IN_PROGRESS") != 0 && strcmp(state, "SCHEDULED") != 0;
    if (over)
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE,
                       "these things were tried again already, by job '%s', which is %.40s: retry what failed of that "
                       "one",
                       job->id, state);
    const json_t *targets = json_object_get(job->body, "targets");
    size_t n = json_array_size(targets);
    const char *first = strrchr(json_string_value(json_array_get(targets, 0)), '/') + 1;
    sl_console_say(&r->change.c->console, "  %s %s: %zu thing%s (%s%s)", exists ? "=" : "+", job->id, n,
                   n == 1 ? "" : "s", first, n > 1 ? ", ..." : "");
    r->n_fresh += !exists;
    return sl_json_push(
        r->answer,
        json_pack("{s:s, s:b, s:b, s:O}", "jobId", job->id, "exists", (int)exists, "created", 0, "body", job->body),
        err);
}

static bool plan(struct retrying *r, struct sl_err *err)
{
    const struct sl_again_from from = { .id = r->change.name.id,
                                        .described = r->change.job,
                                        .tags = r->tags,
                                        .document = sl_buf_span(&r->document),
                                        .things = r->things };
    if (!sl_again_plan(&from, &r->again, err))
        return false;
    for (size_t i = 0; i < r->again.n; i++)
        if (!show_one(r, &r->again.jobs[i], err))
            return false;
    return true;
}

/* ---- done ---- */

static bool create(struct retrying *r, struct sl_err *err)
{
    for (size_t i = 0; i < r->again.n; i++) {
        json_t *told = json_array_get(r->answer, i);
        const struct sl_jobs_name name = { r->change.name.region, r->again.jobs[i].id };
        bool taken = false;
        if (json_is_true(json_object_get(told, "exists")))
            continue;
        if (!sl_jobs_create(r->change.wire, &name, r->again.jobs[i].body, &taken, err))
            return sl_while(err, SL_LOC_NONE, "job %zu of %zu; the same command goes on here", i + 1, r->again.n);
        if (!sl_json_set(told, "created", json_boolean(!taken), err))
            return false;
        sl_console_note(&r->change.c->console, "%s: %s", name.id, taken ? "was there already" : "created");
    }
    return true;
}

static bool answer(struct retrying *r, struct sl_err *err)
{
    return !r->change.c->console.json || sl_console_json(&r->change.c->console, r->answer, err);
}

bool sl_cmd_job_retry(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(clear) struct retrying r = { .things = json_array(), .answer = json_array() };
    char question[160];
    bool go = false;
    if (!r.things || !r.answer)
        return sl_fail_nomem(err);
    if (!sl_job_change_begin(c, c->args.positional[0], NULL, &r.change, err) || !find_failed(&r, err))
        return false;
    if (!json_array_size(r.things)) {
        sl_console_say(&c->console, "  nothing to retry: no device failed, rejected it or timed out");
        return answer(&r, err);
    }
    if (!read_job(&r, err) || !plan(&r, err))
        return false;
    if (!r.n_fresh) {
        sl_console_say(&c->console, "  nothing to create: the jobs that try again are there");
        return answer(&r, err);
    }
    (void)snprintf(question, sizeof question, "Create %zu job%s for %zu thing%s?", r.n_fresh, r.n_fresh == 1 ? "" : "s",
                   json_array_size(r.things), json_array_size(r.things) == 1 ? "" : "s");
    if (!sl_job_change_agreed(c, question, "nothing was created", status, &go, err) || (go && !create(&r, err)))
        return false;
    return answer(&r, err);
}
