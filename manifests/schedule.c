/* When a job runs, which package versions it installs, and the template it is made from: checks, and CreateJob's members.
 * Limits: IoT API reference, SchedulingConfig, MaintenanceWindow, CreateJob. */
#include "core/clock.h"
#include "core/text.h"
#include "manifests/priv/build.h"
#include "manifests/priv/check.h"
#include "manifests/priv/cron.h"
#include "manifests/priv/type.h"

#include <stdio.h>
#include <string.h>

#define LEAST_SECONDS ((int64_t)30 * 60)
#define MOST_SECONDS  ((int64_t)2 * 366 * 86400)

/* "2026-12-01T09:00Z" or with ":00" seconds. */
static bool read_moment(const struct sl_field *f, const char *at, const char *name, int64_t *ret_utc,
                        struct sl_err *err)
{
    char text[40] = "";
    const char *seconds = f->value + 16;
    (void)snprintf(text, sizeof text, "%.16s:00Z", f->value);
    if (!sl_clock_from_extended(text, ret_utc))
        return sl_fail(err, SL_E_INPUT, f->loc, "%s.schedule.%s: there is no such time as '%s'", at, name, f->value);
    return *seconds != ':' || strncmp(seconds, ":00", 3) == 0
           || sl_fail(err, SL_E_INPUT, f->loc, "%s.schedule.%s: AWS IoT takes whole minutes, found '%s'", at, name,
                      f->value);
}

static bool check_times(const struct sl_asked_schedule *s, const char *at, struct sl_err *err)
{
    int64_t start = 0, end = 0;
    if (s->start.value && !read_moment(&s->start, at, "start", &start, err))
        return false;
    if (s->end.value && !read_moment(&s->end, at, "end", &end, err))
        return false;
    if (s->at_end.value && !s->end.value)
        return sl_fail(err, SL_E_INPUT, s->at_end.loc,
                       "%s.schedule.at_end: says what happens at 'end', which is missing", at);
    if (s->start.value && s->end.value && end - start < LEAST_SECONDS)
        return sl_fail(err, SL_E_INPUT, s->end.loc,
                       "%s.schedule.end: AWS IoT wants at least 30 minutes between start and end", at);
    return !s->start.value || !s->end.value || end - start <= MOST_SECONDS
           || sl_fail(err, SL_E_INPUT, s->end.loc,
                      "%s.schedule.end: AWS IoT allows at most two years between start "
                      "and end",
                      at);
}

static bool check_windows(const struct sl_asked_job *job, const char *at, struct sl_err *err)
{
    const struct sl_list *list = &job->schedule.windows;
    const struct sl_asked_window *windows = list->items;
    if (list->set && (!job->selection.value || strcmp(job->selection.value, "continuous") != 0))
        return sl_fail(err, SL_E_INPUT, list->loc,
                       "%s.schedule.windows: AWS IoT has maintenance windows for continuous jobs only: add 'selection: "
                       "continuous'",
                       at);
    for (size_t i = 0; i < list->n; i++) {
        const char *fault = sl_cron_fault(windows[i].start.value);
        char shown[SL_SHOWN_SIZE];
        if (fault)
            return sl_fail(err, SL_E_INPUT, windows[i].start.loc,
                           "%s.schedule.windows[%zu].start: expected a schedule such as 'cron(0 2 ? * MON *)', found "
                           "'%s': %s",
                           at, i, sl_shown_put(windows[i].start.value, shown), fault);
    }
    return true;
}

static bool check_schedule(const struct sl_asked_job *job, const char *at, struct sl_err *err)
{
    const struct sl_asked_schedule *s = &job->schedule;
    if (!s->here.set)
        return true;
    if (!s->start.value && !s->end.value && !s->windows.set)
        return sl_fail(err, SL_E_INPUT, s->here.loc,
                       "%s.schedule: expected 'start', 'end' or 'windows', found none of them", at);
    return check_times(s, at, err) && check_windows(job, at, err);
}

static bool check_packages(const struct sl_asked_job *job, const char *at, struct sl_err *err)
{
    const struct sl_asked_package *p = job->packages.items;
    for (size_t i = 0; i < job->packages.n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(p[i].name.value, p[k].name.value) == 0)
                return sl_fail(err, SL_E_INPUT, p[i].name.loc,
                               "%s.packages[%zu]: package '%s' stands here a second time", at, i, p[i].name.value);
    return true;
}

/* The part of an ARN between its colons. */
static struct sl_span arn_part(const char *arn, int number)
{
    for (; number > 0 && arn; number--) {
        arn = strchr(arn, ':');
        arn = arn ? arn + 1 : NULL;
    }
    return sl_span_sub(sl_span_str(arn ? arn : ""), 0, strcspn(arn ? arn : "", ":"));
}

static bool check_template(const struct sl_asked_job *job, const struct sl_job_facts *facts, const char *at,
                           struct sl_err *err)
{
    const struct sl_asked_template *t = &job->template;
    if (!t->here.set)
        return true;
    const char *arn = t->arn.value;
    bool managed = sl_managed_arn(arn);
    if (managed && !sl_managed_is(job))
        return sl_fail(err, SL_E_INPUT, t->arn.loc,
                       "%s.template: a template of AWS's brings its own document: write '%s.document: {dialect: "
                       "managed-template}'",
                       at, at);
    if (!managed && t->parameters.set)
        return sl_fail(err, SL_E_INPUT, t->parameters.loc,
                       "%s.template.parameters: AWS IoT takes parameters with templates of its own only", at);
    if (!facts->region || !facts->targets || !facts->targets[0])
        return true; /* told elsewhere */
    if (!sl_span_is(arn_part(arn, 3), facts->region))
        return sl_fail(err, SL_E_INPUT, t->arn.loc, "%s.template: is in Region '%.*s', but the job is in '%s'", at,
                       (int)arn_part(arn, 3).len, (const char *)arn_part(arn, 3).ptr, facts->region);
    return managed || sl_span_eq(arn_part(arn, 4), arn_part(facts->targets[0], 4))
           || sl_fail(err, SL_E_INPUT, t->arn.loc, "%s.template: is of account '%.*s', but the job's is '%.*s'", at,
                      (int)arn_part(arn, 4).len, (const char *)arn_part(arn, 4).ptr, 12,
                      (const char *)arn_part(facts->targets[0], 4).ptr);
}

bool sl_schedule_check(const struct sl_asked_job *job, const struct sl_job_facts *facts, struct sl_mistakes *found,
                       struct sl_err *err)
{
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(job, at);
    return sl_mistakes_pass(found, check_schedule(job, at, err), err)
           && sl_mistakes_pass(found, check_packages(job, at, err), err)
           && sl_mistakes_pass(found, check_template(job, facts, at, err), err);
}

/* ---- CreateJob's members ---- */

/* "2026-12-01T09:00": date and HH:MM in UTC, without a zone (IoT API reference, SchedulingConfig). */
static bool set_moment(json_t *config, const char *key, const struct sl_field *f, struct sl_err *err)
{
    return !f->value || sl_json_set(config, key, json_stringn(f->value, 16), err);
}

static const char *end_behavior(const struct sl_field *at_end)
{
    if (!at_end->value || strcmp(at_end->value, "stop_rollout") == 0)
        return "STOP_ROLLOUT";
    return strcmp(at_end->value, "cancel") == 0 ? "CANCEL" : "FORCE_CANCEL";
}

static bool add_windows(json_t *config, const struct sl_list *list, struct sl_err *err)
{
    const struct sl_asked_window *windows = list->items;
    json_t *array = NULL;
    if (!list->set)
        return true;
    if (!sl_json_set(config, "maintenanceWindows", array = json_array(), err))
        return false;
    for (size_t i = 0; i < list->n; i++)
        if (!sl_json_push(array,
                          json_pack("{s:s, s:I}", "startTime", windows[i].start.value, "durationInMinutes",
                                    (json_int_t)(windows[i].length.value / 60)),
                          err))
            return false;
    return true;
}

static bool add_schedule(json_t *body, const struct sl_asked_schedule *s, struct sl_err *err)
{
    json_t *config = NULL;
    if (!s->here.set)
        return true;
    return sl_json_set(body, "schedulingConfig", config = json_object(), err)
           && set_moment(config, "startTime", &s->start, err) && set_moment(config, "endTime", &s->end, err)
           && (!s->end.value || sl_json_set(config, "endBehavior", json_string(end_behavior(&s->at_end)), err))
           && add_windows(config, &s->windows, err);
}

/* "arn:aws:iot:<region>:<account>:package/<name>/version/<version>". */
static bool add_packages(json_t *body, const struct sl_plan_job *job, const struct sl_list *list, struct sl_err *err)
{
    const struct sl_asked_package *p = list->items;
    json_t *array = NULL;
    if (!list->set)
        return true;
    if (!sl_json_set(body, "destinationPackageVersions", array = json_array(), err))
        return false;
    for (size_t i = 0; i < list->n; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf arn = { 0 };
        const struct sl_span account = arn_part(job->targets[0], 4);
        if (!sl_buf_addf(&arn, err, "arn:%s:iot:%s:%.*s:package/%s/version/%s", sl_region_partition(job->region),
                         job->region, (int)account.len, (const char *)account.ptr, p[i].name.value, p[i].version.value)
            || !sl_json_push(array, json_string(sl_buf_str(&arn)), err))
            return false;
    }
    return true;
}

bool sl_schedule_add(const struct sl_plan_job *job, const struct sl_asked_job *asked, json_t *body, struct sl_err *err)
{
    const struct sl_field *template = &asked->template.arn;
    return add_schedule(body, &asked->schedule, err) && add_packages(body, job, &asked->packages, err)
           && (!template->value || sl_json_set(body, "jobTemplateArn", json_string(template->value), err));
}
