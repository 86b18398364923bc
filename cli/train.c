#include "cli/train.h"

#define SHOWN_MISTAKES ((size_t)20) /* to people; programs get all of them */

bool sl_train_open(struct sl_context *c, size_t total, struct sl_train *ret, struct sl_err *err)
{
    struct sl_train t = { .c = c, .answers = json_array(), .total = total };
    if (!t.answers)
        return sl_fail_nomem(err);
    *ret = t;
    return true;
}

void sl_train_clear(struct sl_train *t)
{
    json_decref(t->answers);
    *t = (struct sl_train){ 0 };
}

bool sl_train_done(struct sl_train *t, json_t *answer, struct sl_err *err)
{
    return sl_json_push(t->answers, answer, err);
}

/* {"error": the first, "errors": all of them}. */
static bool answer_of(const struct sl_err *failure, const struct sl_mistakes *found, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *answer = NULL;
    json_t *all = NULL;
    int status = (int)sl_exit_of(failure->code);
    if (!sl_console_failure_json(failure, status, &answer, err)
        || !sl_json_set(answer, "errors", all = json_array(), err))
        return false;
    for (size_t i = 0; i < found->n; i++) {
        SL_AUTO(sl_json_clear) json_t *one = NULL;
        if (!sl_console_failure_json(&found->list[i], status, &one, err)
            || !sl_json_push(all, json_incref(json_object_get(one, "error")), err))
            return false;
    }
    *ret = answer;
    answer = NULL;
    return true;
}

static void failed(struct sl_train *t, const struct sl_err *failure, const struct sl_mistakes *found)
{
    enum sl_exit status = sl_exit_of(failure->code);
    struct sl_err err = { 0 };
    json_t *answer = NULL;
    bool ok = found && found->n > 0 ? answer_of(failure, found, &answer, &err)
                                    : sl_console_failure_json(failure, (int)status, &answer, &err);
    if (!ok || !sl_json_push(t->answers, answer, &err))
        sl_console_failure(&t->c->console, &err);
    t->status = t->failed == 0 || t->status == status ? status : SL_EXIT_OTHER;
    t->failed++;
}

void sl_train_failed(struct sl_train *t, const struct sl_err *failure)
{
    sl_console_failure(&t->c->console, failure);
    failed(t, failure, NULL);
}

void sl_train_refused(struct sl_train *t, const char *name, const struct sl_mistakes *found)
{
    size_t shown = found->n < SHOWN_MISTAKES ? found->n : SHOWN_MISTAKES;
    for (size_t i = 0; i < shown; i++)
        sl_console_failure(&t->c->console, &found->list[i]);
    if (shown < found->n)
        sl_console_note(&t->c->console, "%s: %zu mistakes%s; the first %zu are above", name, found->n,
                        found->n == SL_MISTAKES_MAX ? " or more" : "", shown);
    else if (shown > 1)
        sl_console_note(&t->c->console, "%s: %zu mistakes", name, found->n);
    failed(t, &found->list[0], found);
}

bool sl_train_finish(struct sl_train *t, enum sl_exit *status, struct sl_err *err)
{
    if (t->failed > 0)
        *status = t->failed == t->total ? t->status : SL_EXIT_OTHER;
    if (!sl_console_wants(&t->c->console))
        return true;
    const json_t *answer = t->total == 1 ? json_array_get(t->answers, 0) : t->answers;
    return sl_console_json(&t->c->console, answer, err);
}
