/* sealift manual: pages of the manual, as man reads them. */
#include "cli/manual.h"
#include "core/file.h"

#include <stdio.h>

static bool list(struct sl_context *c, struct sl_err *err)
{
    struct sl_manual_page page;
    SL_AUTO(sl_json_clear) json_t *pages = json_array(), *top = json_object();
    for (size_t i = 0; sl_manual_page(c->tool, i, &page); i++) {
        if (!sl_json_push(pages, json_pack("{s:s, s:i}", "name", page.name, "section", (int)page.section), err))
            return false;
        sl_console_say(&c->console, "%s.%u", page.name, page.section);
    }
    return !c->console.json
           || (sl_json_set(top, "pages", json_incref(pages), err) && sl_console_json(&c->console, top, err));
}

/* Every page, as a file of its name and section. */
static bool write_all(struct sl_context *c, const char *folder, struct sl_err *err)
{
    struct sl_manual_page page;
    if (!sl_dir_make(folder, err))
        return false;
    for (size_t i = 0; sl_manual_page(c->tool, i, &page); i++) {
        char name[80];
        SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 }, text = SL_BUF_MAX((size_t)1 << 20);
        (void)snprintf(name, sizeof name, "%s.%u", page.name, page.section);
        if (!sl_path_join(folder, name, &path, err) || !sl_manual_write(c->tool, &page, &text, err)
            || !sl_file_write(sl_buf_str(&path), 0666, sl_buf_span(&text), err))
            return false;
    }
    return true;
}

bool sl_cmd_manual(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    struct sl_manual_page page;
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX((size_t)1 << 20);
    const char *folder = sl_args_get(&c->args, SL_OPT_OUT, NULL);
    if (folder && c->args.n_positional > 0)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "-o takes every page; give it without PAGE");
    if (folder && !write_all(c, folder, err))
        return false;
    if (c->args.n_positional == 0)
        return list(c, err);
    if (!sl_manual_find(c->tool, c->args.positional[0], &page, err) || !sl_manual_write(c->tool, &page, &text, err))
        return false;
    if (!c->console.json)
        return sl_console_bytes(&c->console, sl_buf_span(&text), err);
    SL_AUTO(sl_json_clear)
    json_t *answer = json_pack("{s:s, s:i, s:s}", "name", page.name, "section", (int)page.section, "text",
                               sl_buf_str(&text));
    return answer ? sl_console_json(&c->console, answer, err) : sl_fail_nomem(err);
}
