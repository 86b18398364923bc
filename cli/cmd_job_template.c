/* sealift job template save: keep a job's settings and document as a job template. */
#include "cli/job_change.h"
#include "core/text.h"
#include "publisher/template.h"
#include "publisher/update.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 300

struct saving {
    struct sl_job_change change;
    struct sl_jobs_name name; /* of the template */
    struct sl_buf document;
    json_t *tags, *body, *there;
};

static void clear(struct saving *s)
{
    sl_json_clear(&s->tags);
    sl_json_clear(&s->body);
    sl_json_clear(&s->there);
    sl_buf_clear(&s->document);
    sl_job_change_clear(&s->change);
}

static bool read_job(struct saving *s, struct sl_err *err)
{
    struct sl_err why = { 0 };
    const struct sl_jobs_name *job = &s->change.name;
    if (!sl_jobs_document_given(s->change.wire, job, &s->document, err))
        return false;
    if (sl_jobs_tags(s->change.wire, job, sl_json_str(s->change.job, "jobArn"), &s->tags, &why))
        return true;
    if (why.code == SL_E_NOMEM || why.code == SL_E_INTERRUPTED) {
        *err = why;
        return false;
    }
    sl_console_warn(&s->change.c->console, "tags are not carried over: %s", why.msg);
    return true;
}

static bool show(struct saving *s, struct sl_err *err)
{
    const char *member = NULL;
    json_t *value = NULL;
    sl_console_say(&s->change.c->console, "%s, from job %s", s->name.id, s->change.name.id);
    json_object_foreach(s->body, member, value)
    {
        SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
        const char *word = sl_update_word(member);
        bool windows = !strcmp(member, "maintenanceWindows");
        if (!sl_json_canonical(value, &text, err) || !sl_safe_add(&safe, sl_buf_span(&text), SHOWN_MAX, err))
            return false;
        sl_console_say(&s->change.c->console, "  %-12s %s%s",
                       windows ? "windows"
                       : word  ? word
                               : member,
                       sl_buf_str(&safe), text.len > SHOWN_MAX ? "..." : "");
    }
    return true;
}

/* Is it there already, and the same? */
static bool look(struct saving *s, bool *ret_same, struct sl_err *err)
{
    struct sl_err why = { 0 };
    const char *difference = "";
    *ret_same = false;
    if (!sl_jobs_template(s->change.wire, &s->name, &s->there, &why)) {
        if (!strcmp(why.aws_code, "ResourceNotFoundException"))
            return true;
        *err = why;
        return false;
    }
    *ret_same = sl_template_same(s->body, s->there, &difference);
    return *ret_same
           || sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE,
                      "job template '%s' exists and has another %s; templates cannot be changed: choose another name, "
                      "or delete it",
                      s->name.id, difference);
}

static bool answer(struct saving *s, bool saved, struct sl_err *err)
{
    struct sl_console *console = &s->change.c->console;
    const char *job = sl_json_str(s->change.job, "jobArn"), *tail = strstr(job, ":job/");
    const char *arn = sl_arena_fmt(&s->change.arena, err, "%.*s:jobtemplate/%s", tail ? (int)(tail - job) : 0, job,
                                   s->name.id);
    if (!arn)
        return false;
    sl_console_say(console, "  %-12s %s", "arn", arn);
    if (!console->json)
        return true;
    SL_AUTO(sl_json_clear)
    json_t *value = json_pack("{s:s, s:s, s:b, s:O}", "jobTemplateId", s->name.id, "jobTemplateArn", arn, "saved",
                              (int)saved, "body", s->body);
    return value ? sl_console_json(console, value, err) : sl_fail_nomem(err);
}

static bool save(struct saving *s, enum sl_exit *status, struct sl_err *err)
{
    struct sl_context *c = s->change.c;
    bool same = false, go = false;
    char question[160];
    if (!look(s, &same, err))
        return false;
    if (same) {
        sl_console_say(&c->console, "  exists already, as it would be saved");
        return answer(s, false, err);
    }
    (void)snprintf(question, sizeof question, "Save job template '%.64s' in %.32s?", s->name.id, s->name.region);
    if (!sl_job_change_agreed(c, question, "nothing was saved", status, &go, err)
        || (go && !sl_jobs_template_create(s->change.wire, &s->name, s->body, err)))
        return false;
    return answer(s, go, err);
}

bool sl_cmd_job_template_save(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(clear) struct saving s = { .change = { .c = c } };
    const char *name = c->args.positional[0], *description = sl_args_get(&c->args, SL_OPT_DESCRIPTION, NULL);
    if (!sl_jobs_is_id(name))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "'%.80s' is not a name for a template: expected at most 64 letters, digits, '_' and '-'", name);
    if (description && (strlen(description) > 2028 || !*description))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--description must have 1 to 2028 bytes");
    if (!sl_job_change_begin(c, c->args.positional[1], NULL, &s.change, err) || !read_job(&s, err))
        return false;
    s.name = (struct sl_jobs_name){ s.change.name.region, name };
    const struct sl_template_from from = {
        .described = s.change.job, .tags = s.tags, .document = sl_buf_span(&s.document), .description = description
    };
    return sl_template_body(&from, &s.body, err) && show(&s, err) && save(&s, status, err);
}
