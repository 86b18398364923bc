#include "cli/view.h"

static const char *color(const struct sl_console *c, enum sl_verdict v)
{
    return sl_console_style(c, v == SL_HOLDS ? SL_PLAIN : SL_BOLD);
}

/* "statement 2 ('Sid') of policy 'name'" on a line of its own, where one decides. */
static void say_where(struct sl_console *c, const struct sl_finding *f)
{
    const char *sid = f->sid ? f->sid : "";
    if (f->policy && f->statement)
        sl_console_say(c, "             decided by '%s', statement %zu%s%s%s", f->policy, f->statement,
                       *sid ? " ('" : "", sid, *sid ? "')" : "");
}

static void say(struct sl_console *c, const struct sl_finding *f)
{
    sl_console_say(c, "%s%-10s%s %s%s%s%s", color(c, f->verdict), sl_finding_verdict(f->verdict),
                   sl_console_style(c, SL_PLAIN), f->sentence, f->fault ? " [" : "", f->fault ? f->fault : "",
                   f->fault ? "]" : "");
    if (*f->reason)
        sl_console_say(c, "             because %s", f->reason);
    say_where(c, f);
    if (*f->remedy)
        sl_console_say(c, "             remedy: %s", f->remedy);
}

static bool push(json_t *list, const struct sl_finding *f, struct sl_err *err)
{
    json_t *value = json_pack("{s:s, s:s?, s:s?, s:s, s:s, s:s}", "verdict", sl_finding_verdict(f->verdict), "check",
                              f->check, "fault", f->fault, "finding", f->sentence, "reason", f->reason, "remedy",
                              f->remedy);
    if (!sl_json_push(list, value, err) || !f->policy)
        return err->code == SL_OK;
    return sl_json_set(value, "decidedBy",
                       json_pack("{s:s, s:i, s:s?}", "policy", f->policy, "statement", (int)f->statement, "sid",
                                 f->sid && *f->sid ? f->sid : NULL),
                       err);
}

bool sl_view_findings_json(const struct sl_findings *findings, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *answer = json_object();
    json_t *list = json_array();
    bool works = true;
    if (!sl_json_set(answer, "findings", list, err))
        return false;
    for (size_t i = 0; i < findings->n; i++) {
        works = works && findings->list[i].verdict != SL_FAILS;
        if (!push(list, &findings->list[i], err))
            return false;
    }
    if (!sl_json_set(answer, "works", json_boolean(works), err))
        return false;
    *ret = answer;
    answer = NULL;
    return true;
}

bool sl_view_findings(struct sl_console *c, const struct sl_findings *findings, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *answer = NULL;
    if (c->json)
        return sl_view_findings_json(findings, &answer, err) && sl_console_json(c, answer, err);
    for (size_t i = 0; i < findings->n; i++)
        say(c, &findings->list[i]);
    return true;
}
