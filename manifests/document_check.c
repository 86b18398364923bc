#include "manifests/priv/check.h"

#include "core/file.h"

#include <string.h>

/* Texts of a jobs-agent document: holes and AWS's placeholders have no meaning in them, and would be taken for some. */
static bool check_plain(const struct sl_field *f, const char *at, const char *name, struct sl_err *err)
{
    if (f->value && strstr(f->value, "{{"))
        return sl_fail(err, SL_E_INPUT, f->loc,
                       "%s.document.%s: '{{' has a meaning in the body of a custom document only", at, name);
    if (f->value && strstr(f->value, "${aws:"))
        return sl_fail(err, SL_E_INPUT, f->loc, "%s.document.%s: AWS's placeholders belong into a custom document", at,
                       name);
    return true;
}

static bool misplaced(struct sl_loc loc, const char *at, const char *member, const char *dialect, struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, loc, "%s.document.%s: the dialect '%s' does not have it", at, member, dialect);
}

/* The agent writes files by their names into one directory. */
static bool check_base_names(const struct sl_manifest *m, const struct sl_asked_job *job, struct sl_err *err)
{
    const struct sl_asked_artifact *all = m->asked.artifacts.items;
    const struct sl_field *names = job->artifacts.items;
    size_t n = job->artifacts.set ? job->artifacts.n : m->asked.artifacts.n;
    for (size_t i = 0; i < n; i++) {
        const struct sl_asked_artifact *a = job->artifacts.set ? sl_asked_artifact(&m->asked, names[i].value) : &all[i];
        for (size_t k = 0; k < i; k++) {
            const struct sl_asked_artifact *b = job->artifacts.set ? sl_asked_artifact(&m->asked, names[k].value)
                                                                   : &all[k];
            bool two = a && b && a != b; /* an unknown one, or one named twice, is told elsewhere */
            if (two && strcmp(sl_path_base(a->file.value), sl_path_base(b->file.value)) == 0)
                return sl_fail(err, SL_E_INPUT, a->file.loc,
                               "the artifacts '%s' and '%s' would be one file '%.100s' on the device: rename one",
                               b->here.name, a->here.name, sl_path_base(a->file.value));
        }
    }
    return true;
}

static bool check_jobs_agent(const struct sl_manifest *m, const struct sl_asked_job *job, struct sl_err *err)
{
    const struct sl_asked_document *d = &job->document;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(job, at);
    struct sl_mistakes *found = m->found;
    return sl_mistakes_pass(found, !d->body || misplaced(d->body->key_loc, at, "body", "jobs-agent", err), err)
           && sl_mistakes_pass(found, !d->file.value || misplaced(d->file.loc, at, "file", "jobs-agent", err), err)
           && sl_mistakes_pass(found, check_plain(&d->package, at, "package", err), err)
           && sl_mistakes_pass(found, check_plain(&d->working_directory, at, "working_directory", err), err)
           && sl_mistakes_pass(found, check_plain(&d->launch, at, "launch", err), err)
           && sl_mistakes_pass(found, check_base_names(m, job, err), err) && sl_document_check_role(job, true, err);
}

static bool check_custom(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                         struct sl_err *err)
{
    const struct sl_asked_document *d = &job->document;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(job, at);
    const struct {
        const struct sl_field *field;
        const char *name;
    } not_ours[] = {
        { &d->operation, "operation" },
        { &d->package, "package" },
        { &d->working_directory, "working_directory" },
        { &d->launch, "launch" },
    };
    for (size_t i = 0; i < sizeof not_ours / sizeof *not_ours; i++)
        if (not_ours[i].field->value
            && !sl_mistakes_pass(m->found, misplaced(not_ours[i].field->loc, at, not_ours[i].name, "custom", err), err))
            return false;
    if (d->auto_start.set
        && !sl_mistakes_pass(m->found, misplaced(d->auto_start.loc, at, "auto_start", "custom", err), err))
        return false;
    if (!d->body == !d->file.value)
        return sl_fail(err, SL_E_INPUT, d->here.loc,
                       "%s.document: the dialect 'custom' takes either 'body' or 'file', found %s", at,
                       d->body ? "both" : "neither");
    return !d->body
           || (sl_body_from_node(m, job, &m->arena, &facts->body, err)
               && sl_document_check_role(job, facts->body.needs_role, err));
}

bool sl_document_check_role(const struct sl_asked_job *job, bool needs_role, struct sl_err *err)
{
    if (!needs_role || job->url.role.value)
        return true;
    char at[SL_JOB_PATH_SIZE];
    return sl_fail(err, SL_E_INPUT, job->url.here.set ? job->url.here.loc : job->here.loc,
                   "missing key '%s.url.role': the document holds download URLs, and AWS IoT signs them with a role",
                   sl_check_path(job, at));
}

bool sl_document_check(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                       struct sl_err *err)
{
    if (strcmp(job->document.dialect.value, "custom") == 0)
        return check_custom(m, job, facts, err);
    return check_jobs_agent(m, job, err);
}
