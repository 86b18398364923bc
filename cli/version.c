#include "cli/version.h"

#include "generated/version.h"

/* The i-th library of a program: what every program has, then its own. */
static bool library(const struct sl_tool *p, size_t i, struct sl_library *ret)
{
    size_t shared = 0;
    while (sl_library_core(shared, ret)) {
        if (shared == i)
            return true;
        shared++;
    }
    return p->library && p->library(i - shared, ret);
}

bool sl_version_text(const struct sl_tool *p, struct sl_buf *b, struct sl_err *err)
{
    struct sl_library l;
    if (!sl_buf_addf(b, err, "%s %s\ncommit %s\n", p->name, SL_VERSION, SL_COMMIT))
        return false;
    for (size_t i = 0; library(p, i, &l); i++)
        if (!sl_buf_addf(b, err, "%s %s\n", l.name, l.version))
            return false;
    return true;
}

bool sl_version_json(const struct sl_tool *p, struct sl_buf *b, struct sl_err *err)
{
    struct sl_library l;
    SL_AUTO(sl_json_clear) json_t *top = json_object();
    json_t *libraries = json_object();
    if (!sl_json_set(top, "program", json_string(p->name), err)
        || !sl_json_set(top, "version", json_string(SL_VERSION), err)
        || !sl_json_set(top, "commit", json_string(SL_COMMIT), err) || !sl_json_set(top, "libraries", libraries, err))
        return false;
    for (size_t i = 0; library(p, i, &l); i++)
        if (!sl_json_set(libraries, l.name, json_string(l.version), err))
            return false;
    return sl_json_canonical(top, b, err) && sl_buf_add_char(b, '\n', err);
}
