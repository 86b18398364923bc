#include "manifests/mistakes.h"

#include <stdlib.h>
#include <string.h>

void sl_mistakes_clear(struct sl_mistakes *m)
{
    free(m->list);
    *m = (struct sl_mistakes){ 0 };
}

static bool is_mistake(const struct sl_err *err)
{
    return err->code == SL_E_INPUT || err->code == SL_E_UNSUPPORTED;
}

bool sl_mistakes_add(struct sl_mistakes *m, struct sl_err *err)
{
    if (!m || !is_mistake(err) || m->n == SL_MISTAKES_MAX)
        return false;
    if (!m->list && !(m->list = calloc(SL_MISTAKES_MAX, sizeof *m->list))) {
        *err = (struct sl_err){ 0 };
        return sl_fail_nomem(err);
    }
    m->list[m->n++] = *err;
    *err = (struct sl_err){ 0 };
    return true;
}

static bool same_place(const struct sl_loc *a, const struct sl_loc *b)
{
    bool same_file = a->file == b->file || (a->file && b->file && strcmp(a->file, b->file) == 0);
    return same_file && a->line == b->line && a->col == b->col;
}

bool sl_mistakes_pass(struct sl_mistakes *m, bool ok, struct sl_err *err)
{
    for (size_t i = 0; !ok && m && is_mistake(err) && i < m->n; i++)
        if (same_place(&m->list[i].loc, &err->loc)) {
            *err = (struct sl_err){ 0 };
            return true;
        }
    return ok || sl_mistakes_add(m, err);
}

bool sl_mistakes_none(const struct sl_mistakes *m, struct sl_err *err)
{
    if (m->n == 0)
        return true;
    *err = m->list[0];
    return false;
}
