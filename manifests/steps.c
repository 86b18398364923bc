#include "manifests/priv/build.h"
#include "manifests/priv/check.h"

#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* Documents of the AWS IoT Device Client, schema "1.0". What is said of the client here is in its sources
 * (awslabs/aws-iot-device-client, source/jobs/JobDocument.cpp and JobEngine.cpp). */

#define STEP_PATH_SIZE 120

/* "job.document.steps[0]", for messages. */
struct place {
    char text[STEP_PATH_SIZE];
};

static struct place place_of(const char *at, const struct sl_asked_document *d, const struct sl_asked_step *s)
{
    struct place p = { "" };
    if (s == &d->final_step)
        (void)snprintf(p.text, sizeof p.text, "%s.document.final_step", at);
    else
        (void)snprintf(p.text, sizeof p.text, "%s.document.steps[%zu]", at,
                       (size_t)(s - (const struct sl_asked_step *)d->steps.items));
    return p;
}

static bool only_with(struct sl_loc loc, const struct place *at, const char *member, const char *with,
                      struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, loc, "%s.%s: goes with '%s' only", at->text, member, with);
}

/* What stands where it has no meaning. */
static bool check_members(const struct sl_asked_step *s, const struct place *at, struct sl_mistakes *found,
                          struct sl_err *err)
{
    const struct sl_field *fetched[] = { &s->to, &s->mode };
    static const char *const names[] = { "to", "mode" };
    for (size_t i = 0; i < 2; i++)
        if (!sl_mistakes_pass(
                found, !fetched[i]->value || s->fetch.value || only_with(fetched[i]->loc, at, names[i], "fetch", err),
                err))
            return false;
    return sl_mistakes_pass(found,
                            !s->args.set || s->handler.value || only_with(s->args.loc, at, "args", "handler", err), err)
           && sl_mistakes_pass(
               found, !s->path.value || s->handler.value || only_with(s->path.loc, at, "path", "handler", err), err);
}

/* With allowStdErr the client passes over the exit status, so that a file that does not verify would be used. */
static bool check_fetch(const struct sl_manifest *m, const struct sl_asked_step *s, const struct place *at,
                        struct sl_err *err)
{
    if (!sl_asked_artifact(&m->asked, s->fetch.value))
        return sl_fail(err, SL_E_INPUT, s->fetch.loc, "%s.fetch: there is no artifact '%s' in 'artifacts'", at->text,
                       s->fetch.value);
    if (!s->to.value)
        return sl_fail(err, SL_E_INPUT, s->here.loc, "missing key '%s.to': the file on the device", at->text);
    if (s->allow_stderr.set)
        return sl_fail(err, SL_E_INPUT, s->allow_stderr.loc,
                       "%s.allow_stderr: with it the device client goes on although the file did not verify: leave it "
                       "out",
                       at->text);
    return !s->ignore_failure.value
           || sl_fail(err, SL_E_INPUT, s->ignore_failure.loc,
                      "%s.ignore_failure: a file that did not verify must not be passed over", at->text);
}

/* The client splits a command at commas, but for those behind a backslash, and drops what is empty; it takes blanks off
 * both ends of each part, and refuses a program with one inside. */
static bool check_word(const struct sl_field *f, bool program, const struct place *at, struct sl_err *err)
{
    const char *text = f->value, *why = NULL;
    size_t len = strlen(text);
    if (len == 0)
        why = "is empty, and the device client drops it";
    else if (strchr(" \t", text[0]) || strchr(" \t", text[len - 1]))
        why = "begins or ends with a blank, which the device client takes off";
    else if (text[len - 1] == '\\')
        why = "ends with a backslash, which would join it with the next word";
    else if (program && strpbrk(text, " \t"))
        why = "holds a blank, which the device client does not take in a program: write each word as an entry";
    return !why || sl_fail(err, SL_E_INPUT, f->loc, "%s.command: '%.80s' %s", at->text, text, why);
}

/* Values that are no text alone, or may hold a comma or a line end. */
static bool check_holes(const struct sl_field *f, const char *member, bool command, const struct place *at,
                        struct sl_err *err)
{
    static const char *const loose[] = { ".file}}", ".object}}", ".certificate}}", ".minisign}}", ".signify}}" };
    const char *text = f->value, *end = strstr(text, "}}");
    bool whole = strncmp(text, "{{", 2) == 0 && end && end[2] == 0;
    if (whole && !command && end - text >= 5 && strncmp(end - 5, ".size", 5) == 0)
        return sl_fail(err, SL_E_INPUT, f->loc,
                       "%s.%s: '%.80s' alone becomes a number, and the device client reads text only: write something "
                       "beside it, as in 'size=%.80s'",
                       at->text, member, text, text);
    if (strstr(text, "{{statement}}"))
        return sl_fail(err, SL_E_INPUT, f->loc, "%s.%s: the statement is no text: it stands in the document already",
                       at->text, member);
    for (size_t i = 0; command && i < sizeof loose / sizeof *loose; i++)
        if (strstr(text, loose[i]))
            return sl_fail(err, SL_E_INPUT, f->loc,
                           "%s.%s: '%.80s' may hold a comma, at which the device client splits: use a handler",
                           at->text, member, text);
    return true;
}

static bool check_words(const struct sl_manifest *m, const struct sl_asked_job *job, const struct sl_list *list,
                        const char *member, const struct place *at, struct sl_err *err)
{
    bool command = strcmp(member, "command") == 0;
    const struct sl_field *fields = list->items;
    for (size_t i = 0; i < list->n; i++)
        if (!sl_mistakes_pass(m->found, !command || check_word(&fields[i], i == 0, at, err), err)
            || !sl_mistakes_pass(m->found, check_holes(&fields[i], member, command, at, err), err)
            || !sl_mistakes_pass(m->found, sl_body_check_text(m, job, &fields[i], err), err))
            return false;
    return true;
}

static bool check_step(const struct sl_manifest *m, const struct sl_asked_job *job, const struct sl_asked_step *s,
                       const struct place *at, struct sl_err *err)
{
    int kinds = (s->fetch.value != NULL) + (s->handler.value != NULL) + s->command.set;
    if (kinds != 1)
        return sl_fail(err, SL_E_INPUT, s->here.loc, "%s: a step has one of 'fetch', 'handler' and 'command', found %s",
                       at->text, kinds ? "several" : "none");
    if (!s->name.value && !s->fetch.value)
        return sl_fail(err, SL_E_INPUT, s->here.loc, "missing key '%s.name': what the step is called", at->text);
    const struct sl_field plain[] = { s->name, s->to, s->handler, s->path };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (!sl_mistakes_pass(m->found, sl_document_check_plain(&plain[i], at->text, "", err), err))
            return false;
    return check_members(s, at, m->found, err)
           && sl_mistakes_pass(m->found, !s->fetch.value || check_fetch(m, s, at, err), err)
           && check_words(m, job, &s->args, "args", at, err) && check_words(m, job, &s->command, "command", at, err);
}

/* A placeholder of AWS IoT is documented as a whole value only, so the URL stands alone. The others have names, so that
 * each is text: the client takes no numbers for arguments. */
static bool add_fetch(const struct sl_asked_step *s, json_t *input, struct sl_err *err)
{
    static const char *const members[][2] = {
        { "sha256", "sha256" }, { "size", "size" }, { "algorithm", "signatureAlgorithm" }, { "signature", "signature" }
    };
    json_t *args = json_array();
    if (!sl_json_set(input, "args", args, err) || !sl_json_set(input, "handler", json_string("sealift-fetch"), err)
        || !sl_json_set(input, "path", json_string("default"), err)
        || !sl_json_push(args, json_sprintf("{{artifact.%s.url}}", s->fetch.value), err)
        || !sl_json_push(args, json_sprintf("file=%s", s->to.value), err)
        || !sl_json_push(args, json_sprintf("mode=%s", s->mode.value ? s->mode.value : "0644"), err))
        return false;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!sl_json_push(args, json_sprintf("%s={{artifact.%s.%s}}", members[i][0], s->fetch.value, members[i][1]),
                          err))
            return false;
    return true;
}

static bool add_handler(const struct sl_asked_step *s, json_t *input, struct sl_err *err)
{
    const struct sl_field *fields = s->args.items;
    json_t *args = json_array();
    if (!sl_json_set(input, "args", args, err) || !sl_json_set(input, "handler", json_string(s->handler.value), err)
        || !sl_json_set(input, "path", json_string(s->path.value ? s->path.value : "default"), err))
        return false;
    for (size_t i = 0; i < s->args.n; i++)
        if (!sl_json_push(args, json_string(fields[i].value), err))
            return false;
    return true;
}

static bool add_command(const struct sl_asked_step *s, json_t *input, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const struct sl_field *fields = s->command.items;
    for (size_t i = 0; i < s->command.n; i++) {
        if (i > 0 && !sl_buf_add_str(&text, ",", err))
            return false;
        for (const char *c = fields[i].value; *c; c++)
            if (!sl_buf_addf(&text, err, "%s%c", *c == ',' ? "\\" : "", *c))
                return false;
    }
    return sl_json_set(input, "command", json_string(sl_buf_str(&text)), err);
}

/* Flags are the text "true": the client passes over true. */
static bool add_flag(json_t *to, const char *key, const struct sl_number *flag, struct sl_err *err)
{
    return !flag->set || !flag->value || sl_json_set(to, key, json_string("true"), err);
}

static bool build_step(const struct sl_asked_step *s, json_t *step, struct sl_err *err)
{
    json_t *action = json_object(), *input = json_object();
    bool ok = sl_json_set(step, "action", action, err);
    ok = sl_json_set(action, "input", input, err) && ok;
    json_t *name = s->name.value ? json_string(s->name.value) : json_sprintf("fetch %s", s->fetch.value);
    ok = sl_json_set(action, "name", name, err) && ok;
    if (!ok || !sl_json_set(action, "type", json_string(s->command.set ? "runCommand" : "runHandler"), err))
        return false;
    if (s->run_as.value && !sl_json_set(action, "runAsUser", json_string(s->run_as.value), err))
        return false;
    if (s->allow_stderr.set
        && !sl_json_set(action, "allowStdErr", json_integer((json_int_t)s->allow_stderr.value), err))
        return false;
    if (!add_flag(action, "ignoreStepFailure", &s->ignore_failure, err))
        return false;
    if (s->command.set)
        return add_command(s, input, err);
    return s->fetch.value ? add_fetch(s, input, err) : add_handler(s, input, err);
}

static bool build(const struct sl_asked_document *d, json_t *document, struct sl_err *err)
{
    const struct sl_asked_step *steps = d->steps.items;
    json_t *list = json_array(), *release = json_object(), *last = json_object();
    bool ok = sl_json_set(document, "steps", list, err);
    ok = sl_json_set(document, "finalStep", last, err) && ok;
    ok = sl_json_set(document, "sealift", release, err) && ok;
    ok = ok && sl_json_set(document, "version", json_string("1.0"), err)
         && sl_json_set(release, "release", json_string("{{release.name}}"), err)
         && sl_json_set(release, "version", json_string("{{release.version}}"), err)
         && sl_json_set(release, "statement", json_string("{{statement}}"), err)
         && add_flag(document, "includeStdOut", &d->include_stdout, err);
    for (size_t i = 0; ok && i < d->steps.n; i++) {
        json_t *step = json_object();
        ok = sl_json_push(list, step, err) && build_step(&steps[i], step, err);
    }
    if (!ok || d->final_step.here.set)
        return ok && build_step(&d->final_step, last, err);
    return json_object_del(document, "finalStep") == 0;
}

static bool check_all(const struct sl_manifest *m, const struct sl_asked_job *job, const char *at, struct sl_err *err)
{
    const struct sl_asked_document *d = &job->document;
    const struct sl_asked_step *steps = d->steps.items;
    for (size_t i = 0; i <= d->steps.n; i++) {
        const struct sl_asked_step *s = i < d->steps.n ? &steps[i] : &d->final_step;
        struct place place = place_of(at, d, s);
        if (s->here.set && !sl_mistakes_pass(m->found, check_step(m, job, s, &place, err), err))
            return false;
    }
    return true;
}

bool sl_steps_check(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                    struct sl_err *err)
{
    char at[SL_JOB_PATH_SIZE];
    size_t before = m->found ? m->found->n : 0;
    (void)sl_check_path(job, at);
    if (!job->document.steps.set)
        return sl_fail(err, SL_E_INPUT, job->document.here.loc, "missing key '%s.document.steps': what devices do", at);
    if (!check_all(m, job, at, err))
        return false;
    if (m->found && m->found->n > before)
        return true;
    SL_AUTO(sl_json_clear) json_t *document = json_object();
    if (!document)
        return sl_fail_nomem(err);
    return build(&job->document, document, err) && sl_body_from_value(m, job, document, &m->arena, &facts->body, err)
           && sl_document_check_role(job, facts->body.needs_role, err);
}

/* What is allowed and surprises. */
static bool doubt_step(const struct sl_asked_job *job, const struct sl_asked_step *s, const struct place *at,
                       struct sl_mistakes *doubts, struct sl_err *err)
{
    bool downloads = s->handler.value && strcmp(s->handler.value, "download-file.sh") == 0;
    bool ok = !downloads
              || sl_fail(
                  err, SL_E_INPUT, s->handler.loc, "%s: 'download-file.sh' verifies nothing%s: 'fetch' does", at->text,
                  job->document.include_stdout.value ? ", and prints the URL, which include_stdout makes known" : "");
    return sl_mistakes_pass(doubts, ok, err)
           && sl_mistakes_pass(doubts,
                               !s->allow_stderr.set
                                   || sl_fail(err, SL_E_INPUT, s->allow_stderr.loc,
                                              "%s.allow_stderr: with it the device client passes over the step's exit "
                                              "status",
                                              at->text),
                               err);
}

bool sl_steps_doubt(const struct sl_asked_job *job, struct sl_mistakes *doubts, struct sl_err *err)
{
    const struct sl_asked_document *d = &job->document;
    const struct sl_asked_step *steps = d->steps.items;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(job, at);
    for (size_t i = 0; i <= d->steps.n; i++) {
        const struct sl_asked_step *s = i < d->steps.n ? &steps[i] : &d->final_step;
        struct place place = place_of(at, d, s);
        if (s->here.set && !doubt_step(job, s, &place, doubts, err))
            return false;
    }
    return true;
}

bool sl_steps_fit(const struct sl_plan *plan, const struct sl_asked_job *asked, struct sl_err *err)
{
    const struct sl_asked_document *d = &asked->document;
    const struct sl_asked_step *steps = d->steps.items;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(asked, at);
    for (size_t i = 0; i <= d->steps.n; i++) {
        const struct sl_asked_step *s = i < d->steps.n ? &steps[i] : &d->final_step;
        struct place place = place_of(at, d, s);
        for (size_t k = 0; s->fetch.value && k < plan->n_artifacts; k++)
            if (strcmp(plan->artifacts[k].name, s->fetch.value) == 0
                && plan->artifacts[k].algorithm == SL_ALG_ED25519PH)
                return sl_fail(err, SL_E_INPUT, s->fetch.loc,
                               "%s.fetch: '%s' is signed with ed25519ph, which the 'openssl' of devices cannot verify: "
                               "use ecdsa-p256-sha256",
                               place.text, s->fetch.value);
    }
    return true;
}
