/* sealift check: everything that can be known from the manifest alone. */
#include "cli/certifying.h"
#include "cli/planning.h"
#include "cli/scheduling.h"
#include "cli/train.h"
#include "core/clock.h"

/* What depends on the time: certificates that are there already, and schedules. */
static bool check_times(const struct sl_manifest *m, struct sl_err *err)
{
    const int64_t now_utc = sl_clock_now_utc();
    SL_AUTO(sl_plan_clear) struct sl_plan draft = { 0 };
    if (!sl_draft_plan(m, &draft, err) || !sl_certifying_draft(&draft, now_utc, err))
        return false;
    for (size_t i = 0; i < draft.n_jobs; i++)
        if (!sl_scheduling_check(&draft.jobs[i], now_utc, err))
            return false;
    return true;
}

static bool check_one(struct sl_context *c, const char *path, struct sl_train *train, struct sl_err *err)
{
    SL_AUTO(sl_manifest_freep) struct sl_manifest *m = NULL;
    SL_AUTO(sl_mistakes_clear) struct sl_mistakes found = { 0 };
    struct sl_err failure = { 0 };
    if (!sl_planning_load_all(c, path, NULL, &found, &m, &failure)) {
        if (found.n > 0 && failure.code == found.list[0].code)
            sl_train_refused(train, path, &found);
        else
            sl_train_failed(train, &failure);
        return true;
    }
    if (!check_times(m, &failure)) {
        sl_train_failed(train, &failure);
        return true;
    }
    sl_planning_doubt(c, m);
    sl_console_say(&c->console, "%s: correct", path);
    json_t *doubts = json_array();
    for (size_t i = 0; sl_manifest_doubt(m, i); i++)
        if (!sl_json_push(doubts, json_string(sl_manifest_doubt(m, i)->msg), err)) {
            json_decref(doubts);
            return false;
        }
    return sl_train_done(train, json_pack("{s:s,s:b,s:o}", "manifest", path, "correct", 1, "warnings", doubts), err);
}

static bool schema(struct sl_context *c, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_manifest_schema(&text, err) && sl_console_bytes(&c->console, sl_buf_span(&text), err);
}

bool sl_cmd_check(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    if (sl_args_has(&c->args, SL_OPT_SCHEMA))
        return schema(c, err);

    SL_AUTO(sl_train_clear) struct sl_train train = { 0 };
    size_t n = c->args.n_positional > 0 ? c->args.n_positional : 1;
    if (!sl_train_open(c, n, &train, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!check_one(c, i > 0 ? c->args.positional[i] : sl_planning_path(c), &train, err))
            return false;
    return sl_train_finish(&train, status, err);
}
