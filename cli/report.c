#include "cli/report.h"

#include "cli/env.h"
#include "cli/markdown.h"
#include "core/file.h"
#include "core/os.h"
#include "core/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void sl_report_open_brief(struct sl_report *ret)
{
    const char *actions = sl_env_get("GITHUB_ACTIONS");
    *ret = (struct sl_report){ .actions = actions && strcmp(actions, "true") == 0 };
}

void sl_report_open(const char *verb, const char *summary, struct sl_report *ret)
{
    sl_report_open_brief(ret);
    ret->verb = verb;
    ret->summary = summary;
    if (!summary && ret->actions)
        ret->summary = sl_env_get("GITHUB_STEP_SUMMARY");
    ret->output = ret->actions ? sl_env_get("GITHUB_OUTPUT") : NULL;
}

void sl_report_clear(struct sl_report *r)
{
    sl_buf_clear(&r->failures);
    sl_buf_clear(&r->answers);
}

bool sl_report_wants(const struct sl_report *r)
{
    return r->summary || r->output;
}

/* Data of a workflow command; a property's value may hold neither ':' nor ','. */
static void put_data(FILE *to, const char *text, bool property)
{
    for (struct sl_span rest = sl_span_str(text); rest.len > 0;) {
        bool show = true;
        size_t n = sl_safe_next(rest, &show);
        char c = (char)rest.ptr[0];
        /* "##[" is an older way to begin a command. */
        if (!show || strncmp((const char *)rest.ptr, "##[", 3) == 0)
            (void)fputc('?', to);
        else if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            (void)fprintf(to, "%%%02X", (unsigned)(unsigned char)c);
        else
            (void)fwrite(rest.ptr, 1, n, to);
        rest = sl_span_sub(rest, n, rest.len);
    }
}

/* The path as the runner knows it: below the workspace; NULL when the place is in no file there. */
static char *in_workspace(const char *file)
{
    const char *workspace = sl_env_get("GITHUB_WORKSPACE");
    char *real = sl_os_real_path(file), *root = workspace ? sl_os_real_path(workspace) : NULL;
    char *found = NULL;
    size_t len = root ? strlen(root) : 0;
    if (real && root && strncmp(real, root, len) == 0 && real[len] == '/')
        found = strdup(real + len + 1);
    free(real);
    free(root);
    return found;
}

static void put_place(FILE *to, const struct sl_loc *loc)
{
    char *file = loc->line && loc->file ? in_workspace(loc->file) : NULL;
    if (file) {
        (void)fputs("file=", to);
        put_data(to, file, true);
        (void)fprintf(to, ",line=%u,col=%u,", loc->line, loc->col);
    }
    free(file);
}

bool sl_report_tell(struct sl_report *r, const char *level, const struct sl_err *what, FILE *to)
{
    struct sl_err unsaid = { 0 };
    /* What cannot be kept for the summary, because memory ran out, is still shown. */
    bool kept = !r->summary || sl_markdown_failure(level, what, &r->failures, &unsaid);
    if (!r->actions || !kept)
        return false;
    (void)fprintf(to, "::%s ", level);
    put_place(to, &what->loc);
    (void)fputs("title=sealift::", to);
    if (what->loc.line) {
        put_data(to, what->loc.file ? what->loc.file : "input", false);
        (void)fprintf(to, ":%u:%u: ", what->loc.line, what->loc.col);
    }
    put_data(to, what->msg, false);
    (void)fputc('\n', to);
    return true;
}

/* Append to a file the runner made; nothing is ever taken away from it. */
static bool append(const char *path, struct sl_span bytes, struct sl_err *err)
{
    FILE *to = fopen(path, "ab");
    if (!to)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot open '%.200s': %s", path, strerror(errno));
    bool ok = bytes.len == 0 || fwrite(bytes.ptr, 1, bytes.len, to) == bytes.len;
    if (fclose(to) != 0 || !ok)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write '%.200s': %s", path, strerror(errno));
    return true;
}

/* One output. The lines between the delimiters are the value; a delimiter is not one of its lines. */
static bool add_output(struct sl_buf *b, const char *name, const char *value, struct sl_err *err)
{
    unsigned n = 0;
    char delimiter[32] = "end";
    while (strstr(value, delimiter))
        (void)snprintf(delimiter, sizeof delimiter, "end-%u", ++n);
    return !*value || sl_buf_addf(b, err, "%s<<%s\n%s\n%s\n", name, delimiter, value, delimiter);
}

/* Values of several manifests and jobs, a line each. */
struct outputs {
    struct sl_buf ids, arns, digests, receipts;
    bool has_change, changed;
};

static void clear(struct outputs *o)
{
    sl_buf_clear(&o->ids);
    sl_buf_clear(&o->arns);
    sl_buf_clear(&o->digests);
    sl_buf_clear(&o->receipts);
}

static bool add_line(struct sl_buf *b, const char *value, struct sl_err *err)
{
    return !value || sl_buf_addf(b, err, "%s%s", b->len > 0 ? "\n" : "", value);
}

static bool gather(const json_t *answer, struct outputs *o, struct sl_err *err)
{
    const char *name;
    json_t *job;
    const json_t *changed = json_object_get(answer, "changed");
    if (!changed)
        changed = json_object_get(json_object_get(answer, "observed"), "changes");
    o->has_change = o->has_change || changed;
    o->changed = o->changed || json_is_true(changed);
    if (!add_line(&o->digests, sl_json_str(answer, "planDigest"), err)
        || !add_line(&o->receipts, sl_json_str(answer, "receiptFile"), err))
        return false;
    /* A rehearsal's jobs are in no account. */
    if (json_object_get(answer, "devices"))
        return true;
    json_object_foreach(json_object_get(json_object_get(answer, "receipt"), "jobs"), name,
                        job) if (!add_line(&o->ids, sl_json_str(job, "id"), err)
                                 || !add_line(&o->arns, sl_json_str(job, "arn"), err)) return false;
    return true;
}

static bool put_outputs(const json_t *answer, const char *path, struct sl_err *err)
{
    SL_AUTO(clear) struct outputs o = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    size_t n = json_is_array(answer) ? json_array_size(answer) : 1;
    for (size_t i = 0; i < n; i++)
        if (!gather(json_is_array(answer) ? json_array_get(answer, i) : answer, &o, err))
            return false;
    return add_output(&text, "job-id", sl_buf_str(&o.ids), err)
           && add_output(&text, "job-arn", sl_buf_str(&o.arns), err)
           && add_output(&text, "plan-digest", sl_buf_str(&o.digests), err)
           && add_output(&text, "receipt", sl_buf_str(&o.receipts), err)
           && (!o.has_change || add_output(&text, "changed", o.changed ? "true" : "false", err))
           && append(path, sl_buf_span(&text), err);
}

bool sl_report_answer(struct sl_report *r, const json_t *answer, struct sl_err *err)
{
    size_t n = json_is_array(answer) ? json_array_size(answer) : 1;
    if (r->output && !put_outputs(answer, r->output, err))
        return false;
    for (size_t i = 0; r->summary && i < n; i++)
        if (!sl_markdown_answer(json_is_array(answer) ? json_array_get(answer, i) : answer, &r->answers, err))
            return false;
    return true;
}

bool sl_report_finish(struct sl_report *r, int status, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!r->summary)
        return true;
    return sl_markdown_head(r->verb, status, &text, err) && sl_buf_add(&text, sl_buf_span(&r->failures), err)
           && sl_buf_add(&text, sl_buf_span(&r->answers), err) && append(r->summary, sl_buf_span(&text), err);
}
