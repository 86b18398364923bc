#include "publisher/priv/look.h"

#include <string.h>

bool sl_look_warn(struct sl_look *l, const char *text, struct sl_err *err)
{
    if (!text)
        return false;
    const char **list = sl_arena_alloc(l->seen->arena, l->seen->n_warnings + 1, sizeof *list, err);
    if (!list)
        return false;
    if (l->seen->n_warnings)
        memcpy(list, l->seen->warnings, l->seen->n_warnings * sizeof *list);
    list[l->seen->n_warnings++] = text;
    l->seen->warnings = list;
    return true;
}

static bool run_steps(struct sl_look *l, bool (*const *steps)(struct sl_look *, struct sl_err *), struct sl_err *err)
{
    for (size_t i = 0; i < SL_LOOK_STEPS && steps[i]; i++)
        if (!steps[i](l, err))
            return false;
    return true;
}

bool sl_look_rounds(struct sl_look *l, const struct sl_look_round *rounds, size_t n, struct sl_err *err)
{
    bool ok = true;
    l->batch = &l->round;
    for (size_t i = 0; ok && i < n; i++) {
        ok = run_steps(l, rounds[i].ask, err) && sl_batch_send(l->batch, l->wire, err)
             && run_steps(l, rounds[i].read, err);
        sl_batch_clear(l->batch);
    }
    return ok;
}
