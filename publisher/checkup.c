#include "publisher/checkup.h"

#include <string.h>

static bool push(struct sl_checkup *c, const struct sl_check *check, struct sl_err *err)
{
    if (!check->answer) /* copying it failed, and err says why */
        return false;
    if (c->n == c->capacity) {
        size_t capacity = c->capacity ? 2 * c->capacity : 16;
        struct sl_check *list = sl_arena_alloc(c->arena, capacity, sizeof *list, err);
        if (!list)
            return false;
        if (c->n)
            memcpy(list, c->list, c->n * sizeof *list);
        c->list = list;
        c->capacity = capacity;
    }
    c->list[c->n++] = *check;
    return true;
}

bool sl_checkup_add(struct sl_checkup *c, const char *topic, enum sl_verdict verdict, const char *answer,
                    struct sl_err *err)
{
    const struct sl_check check = { .topic = topic,
                                    .verdict = verdict,
                                    .code = verdict == SL_FAILS ? SL_E_DENIED : SL_OK,
                                    .answer = answer ? sl_arena_str(c->arena, answer, err) : NULL };
    return push(c, &check, err);
}

bool sl_checkup_add_failure(struct sl_checkup *c, const char *topic, const struct sl_err *failure, struct sl_err *err)
{
    if (failure->code == SL_E_NOMEM || failure->code == SL_E_INTERRUPTED || failure->code == SL_E_INTERNAL) {
        *err = *failure;
        return false;
    }
    const struct sl_check check = { .topic = topic,
                                    .verdict = SL_FAILS,
                                    .code = failure->code,
                                    .loc = failure->loc,
                                    .answer = sl_arena_str(c->arena, failure->msg, err) };
    return push(c, &check, err);
}

const struct sl_check *sl_checkup_first_failure(const struct sl_checkup *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->list[i].verdict == SL_FAILS)
            return &c->list[i];
    return NULL;
}
