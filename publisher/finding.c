#include "publisher/finding.h"

#include <string.h>

bool sl_findings_add(struct sl_findings *f, const struct sl_finding *finding, struct sl_err *err)
{
    bool made = finding->sentence && finding->reason && finding->remedy;
    if (!made) /* the caller's sl_arena_fmt failed and has filled err */
        return false;
    if (f->n == f->capacity) {
        size_t capacity = f->capacity ? 2 * f->capacity : 8;
        struct sl_finding *list = sl_arena_alloc(f->arena, capacity, sizeof *list, err);
        if (!list)
            return false;
        if (f->n)
            memcpy(list, f->list, f->n * sizeof *list);
        f->list = list;
        f->capacity = capacity;
    }
    f->list[f->n++] = *finding;
    return true;
}

const char *sl_finding_line(const struct sl_finding *finding, struct sl_arena *arena, struct sl_err *err)
{
    const char *reason = finding->reason, *remedy = finding->remedy;
    size_t len = strlen(finding->sentence) + strlen(reason) + strlen(remedy) + sizeof " (); ";
    if (len > sizeof err->msg)
        reason = finding->fault ? finding->fault : "";
    return sl_arena_fmt(arena, err, "%s%s%s%s%s%s", finding->sentence, *reason ? " (" : "", reason, *reason ? ")" : "",
                        *remedy ? "; " : "", remedy);
}

const char *sl_finding_verdict(enum sl_verdict v)
{
    return v == SL_HOLDS ? "holds" : v == SL_FAILS ? "fails" : "undecided";
}
