/* sealift publish: one or several manifests or plans, each to its receipt.
 *
 * Law 4: all of them are planned before the first request, and all of them are observed before the first write. */
#include "cli/planning.h"
#include "cli/promoting.h"
#include "cli/release.h"
#include "cli/session.h"
#include "cli/train.h"
#include "cli/view.h"
#include "core/file.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST_STATEMENT_BYTES ((size_t)4 << 20)

struct car { /* of the train: one manifest on its way */
    const char *path;
    struct sl_planning *planning;
    struct sl_release release;
};

struct cars {
    struct car *list;
    size_t n;
    struct sl_observe_options options;
    struct sl_promoting promoting;
};

static void clear(struct cars *cars)
{
    for (size_t i = 0; i < cars->n; i++)
        sl_release_clear(&cars->list[i].release);
    free(cars->list);
}

/* Better known before the first request than when everything is published. */
static bool can_keep(const struct sl_plan *plan, struct sl_err *err)
{
    return sl_dir_check(plan->state_dir, err)
           || sl_while(err, SL_LOC_NONE, "the receipt could not be kept; choose another folder with --state");
}

/* What a ceremony signed must be for this plan, whole and good, before anything is asked of AWS. */
static bool take_statement(struct sl_context *c, struct sl_planning *p, struct sl_err *err)
{
    const char *path = sl_args_get(&c->args, SL_OPT_STATEMENT, NULL);
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(MOST_STATEMENT_BYTES);
    if (!path)
        return true;
    if (!sl_file_read(path, MOST_STATEMENT_BYTES, &text, err)
        || !sl_sign_given_check(&p->plan, sl_buf_span(&text), p->signer, err))
        return sl_while(err, SL_LOC_NONE, "--statement '%s'", path);
    sl_buf_move(&p->statement, &text);
    return true;
}

static bool load(struct sl_context *c, struct cars *cars, struct sl_err *err)
{
    size_t n = c->args.n_positional > 0 ? c->args.n_positional : 1;
    if (n > 1
        && (sl_args_has(&c->args, SL_OPT_EXPECT_PLAN) || sl_args_has(&c->args, SL_OPT_MANIFEST)
            || sl_args_has(&c->args, SL_OPT_STATEMENT) || sl_args_has(&c->args, SL_OPT_THROUGH)
            || sl_args_has(&c->args, SL_OPT_WAIT)))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--expect-plan, --manifest, --statement, --through and --wait speak of one manifest, not of %zu",
                       n);
    cars->list = calloc(n, sizeof *cars->list);
    if (!cars->list)
        return sl_fail_nomem(err);
    cars->n = n;
    for (size_t i = 0; i < n; i++)
        if (!sl_planning_begin(c, NULL, &cars->list[i].planning, err))
            return false;
    for (size_t i = 0; i < n; i++) {
        struct car *car = &cars->list[i];
        car->path = c->args.n_positional > 0 ? c->args.positional[i] : sl_planning_path(c);
        if (!sl_planning_finish(c, car->path, car->planning, err) || !sl_planning_expected(c, &car->planning->plan, err)
            || !sl_planning_check_keys(car->planning, false, err) || !take_statement(c, car->planning, err)
            || !can_keep(&car->planning->plan, err))
            return false;
    }
    return true;
}

/* A conflict ends with a new version or another key: what an earlier run left half sent under this one would stay for
 * ever. That it cannot be given up is no reason to say anything but what the conflict is. */
static void give_up(const struct sl_plan *plan, struct sl_wire *wire, const struct sl_err *why)
{
    if (why->code == SL_E_CONFLICT)
        sl_upload_give_up(plan, wire);
}

static bool read_options(const struct sl_args *args, struct cars *cars, struct sl_err *err)
{
    cars->options = (struct sl_observe_options){ .require_role_check = sl_args_has(args, SL_OPT_REQUIRE_ROLE_CHECK),
                                                 .through = sl_args_get(args, SL_OPT_THROUGH, NULL),
                                                 .brief = true };
    return sl_args_number(args, SL_OPT_ATTEMPT, 1, 999, 0, &cars->options.attempt, err)
           && sl_promoting_read(args, &cars->promoting, err);
}

static bool observe(struct sl_context *c, struct cars *cars, struct sl_wire *wire, struct sl_err *err)
{
    for (size_t i = 0; i < cars->n; i++) {
        struct car *car = &cars->list[i];
        if (!sl_release_observe(&car->release, &car->planning->plan, wire, &cars->options, err)) {
            give_up(&car->planning->plan, wire, err);
            return false;
        }
        if (!sl_release_timely(&car->release, err))
            return false;
        for (size_t w = 0; w < car->release.seen.n_warnings; w++)
            sl_console_warn(&c->console, "%s", car->release.seen.warnings[w]);
    }
    return true;
}

/* On a terminal show the plans and ask once; elsewhere never ask. */
static bool agreed(struct sl_context *c, const struct cars *cars, bool *ret_yes, struct sl_err *err)
{
    bool complete = true;
    for (size_t i = 0; i < cars->n; i++)
        complete = complete && sl_seen_complete(&cars->list[i].release.seen);
    *ret_yes = true;
    if (complete || c->console.json || sl_args_has(&c->args, SL_OPT_YES) || !isatty(STDIN_FILENO)
        || !isatty(STDERR_FILENO))
        return true;
    for (size_t i = 0; i < cars->n; i++) {
        const struct sl_release *r = &cars->list[i].release;
        if (!sl_view_plan(&c->console, r->plan, r->seen.attempt, err))
            return false;
        sl_view_changes(&c->console, r);
    }
    return sl_console_ask(&c->console, "Publish?", ret_yes, err);
}

/* What is observed, and nothing that waits. */
static bool apply(struct sl_context *c, struct car *car, struct sl_wire *wire, struct sl_err *err)
{
    car->release.shelf = &car->planning->shelf;
    car->release.given = sl_buf_span(&car->planning->statement);
    car->release.trust = car->planning->trusts ? &car->planning->trust : NULL;
    bool applied = sl_release_apply(&car->release, car->planning->signer, wire, err);
    for (size_t i = 0; i < car->planning->plan.n_artifacts && car->release.stored.differences; i++)
        if (car->release.stored.differences[i])
            sl_console_warn(&c->console, "%s", car->release.stored.differences[i]);
    return applied && sl_release_keep(&car->release, err);
}

static bool publish_one(struct sl_context *c, const struct cars *cars, struct car *car, struct sl_wire *wire,
                        json_t **ret, struct sl_err *err)
{
    bool changed = false;
    for (;;) {
        if (!apply(c, car, wire, err))
            return false;
        changed = changed || car->release.changed;
        if (!cars->promoting.wait || !sl_promoting_waits(&car->release))
            break;
        if (!sl_promoting_await(c, &cars->promoting, &cars->options, wire, &car->release, err))
            return false;
    }
    car->release.changed = changed;
    return (c->console.json || sl_view_receipt(&c->console, &car->release, err))
           && (!sl_console_wants(&c->console) || sl_view_receipt_json(&car->release, ret, err));
}

static bool publish(struct sl_context *c, struct cars *cars, struct sl_wire *wire, enum sl_exit *status,
                    struct sl_err *err)
{
    SL_AUTO(sl_train_clear) struct sl_train train = { 0 };
    if (!sl_train_open(c, cars->n, &train, err))
        return false;
    for (size_t i = 0; i < cars->n; i++) {
        struct sl_err failure = { 0 };
        json_t *answer = NULL;
        if (!publish_one(c, cars, &cars->list[i], wire, &answer, &failure)) {
            if (cars->n > 1)
                (void)sl_while(&failure, SL_LOC_NONE, "%s", cars->list[i].path);
            sl_train_failed(&train, &failure);
            continue;
        }
        if (answer && !sl_train_done(&train, answer, err))
            return false;
    }
    return sl_train_finish(&train, status, err);
}

bool sl_cmd_publish(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(clear) struct cars cars = { 0 };
    struct sl_wire *wire = NULL;
    bool yes = false;
    if (!read_options(&c->args, &cars, err) || !load(c, &cars, err))
        return false;
    assert(cars.list);
    if (!sl_session_wire(c, cars.list[0].planning->plan.bucket.region, &wire, err) || !observe(c, &cars, wire, err)
        || !agreed(c, &cars, &yes, err))
        return false;
    if (!yes) {
        *status = SL_EXIT_OTHER;
        sl_console_warn(&c->console, "nothing was published, because the answer was not yes");
        return true;
    }
    return publish(c, &cars, wire, status, err);
}
