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
