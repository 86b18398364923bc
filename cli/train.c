#include "cli/train.h"

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

void sl_train_failed(struct sl_train *t, const struct sl_err *failure)
{
    enum sl_exit status = sl_exit_of(failure->code);
    struct sl_err err = { 0 };
    json_t *answer = NULL;
    sl_console_failure(&t->c->console, failure);
    if (!sl_console_failure_json(failure, (int)status, &answer, &err) || !sl_json_push(t->answers, answer, &err))
        sl_console_failure(&t->c->console, &err);
    t->status = t->failed == 0 || t->status == status ? status : SL_EXIT_OTHER;
    t->failed++;
}

bool sl_train_finish(struct sl_train *t, enum sl_exit *status, struct sl_err *err)
{
    if (t->failed > 0)
        *status = t->failed == t->total ? t->status : SL_EXIT_OTHER;
    if (!t->c->console.json)
        return true;
    const json_t *answer = t->total == 1 ? json_array_get(t->answers, 0) : t->answers;
    return sl_console_json(&t->c->console, answer, err);
}
