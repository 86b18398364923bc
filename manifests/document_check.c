#include "manifests/priv/check.h"

#include "core/file.h"

#include <stdio.h>
#include <string.h>

bool sl_document_check_plain(const struct sl_field *f, const char *at, const char *member, struct sl_err *err)
{
    const char *dot = member[0] ? "." : "";
    if (f->value && strstr(f->value, "{{"))
        return sl_fail(err, SL_E_INPUT, f->loc, "%s%s%s: '{{' has a meaning in the body of a custom document only", at,
                       dot, member);
    if (f->value && strstr(f->value, "${aws:"))
        return sl_fail(err, SL_E_INPUT, f->loc, "%s%s%s: AWS's placeholders belong into a custom document", at, dot,
                       member);
    return true;
}

static bool check_plain(const struct sl_field *f, const char *at, const char *member, struct sl_err *err)
{
    char document[SL_JOB_PATH_SIZE + 16];
    (void)snprintf(document, sizeof document, "%s.document", at);
    return sl_document_check_plain(f, document, member, err);
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

/* Which members of a document belong to which dialect. */
struct member {
    const char *name, *dialect;
    bool given;
    struct sl_loc loc;
};

static struct member field(const char *name, const char *dialect, const struct sl_field *f)
{
    return (struct member){ name, dialect, f->value != NULL, f->loc };
}

static struct member number(const char *name, const char *dialect, const struct sl_number *n)
{
    return (struct member){ name, dialect, n->set, n->loc };
}

static bool check_members(const struct sl_asked_document *d, const char *at, struct sl_mistakes *found,
                          struct sl_err *err)
{
    const struct member members[] = {
        { "body", "custom", d->body != NULL, d->body ? d->body->key_loc : SL_LOC_NONE },
        field("file", "custom", &d->file),
        field("schema", "custom", &d->schema),
        field("operation", "jobs-agent", &d->operation),
        field("package", "jobs-agent", &d->package),
        field("working_directory", "jobs-agent", &d->working_directory),
        field("launch", "jobs-agent", &d->launch),
        number("auto_start", "jobs-agent", &d->auto_start),
        field("certfile", "afr-ota", &d->certfile),
        field("filepath", "afr-ota", &d->filepath),
        number("file_type", "afr-ota", &d->file_type),
        { "protocols", "afr-ota", d->protocols.set, d->protocols.loc },
        { "steps", "device-client", d->steps.set, d->steps.loc },
        { "final_step", "device-client", d->final_step.here.set, d->final_step.here.loc },
        number("include_stdout", "device-client", &d->include_stdout),
    };
    const char *dialect = d->dialect.value;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct member *m = &members[i];
        bool ok = !m->given || strcmp(m->dialect, dialect) == 0 || misplaced(m->loc, at, m->name, dialect, err);
        if (!sl_mistakes_pass(found, ok, err))
            return false;
    }
    return true;
}

static bool check_jobs_agent(const struct sl_manifest *m, const struct sl_asked_job *job, const char *at,
                             struct sl_err *err)
{
    const struct sl_asked_document *d = &job->document;
    struct sl_mistakes *found = m->found;
    return sl_mistakes_pass(found, check_plain(&d->package, at, "package", err), err)
           && sl_mistakes_pass(found, check_plain(&d->working_directory, at, "working_directory", err), err)
           && sl_mistakes_pass(found, check_plain(&d->launch, at, "launch", err), err)
           && sl_mistakes_pass(found, check_base_names(m, job, err), err) && sl_document_check_role(job, true, err);
}

static bool check_custom(struct sl_manifest *m, const struct sl_asked_job *job, const char *at,
                         struct sl_job_facts *facts, struct sl_err *err)
{
    const struct sl_asked_document *d = &job->document;
    if (!d->body == !d->file.value)
        return sl_fail(err, SL_E_INPUT, d->here.loc,
                       "%s.document: the dialect 'custom' takes either 'body' or 'file', found %s", at,
                       d->body ? "both" : "neither");
    return !d->body
           || (sl_body_from_node(m, job, &m->arena, &facts->body, err)
               && sl_document_check_role(job, facts->body.needs_role, err));
}

static bool check_afr_ota(struct sl_manifest *m, const struct sl_asked_job *job, const char *at,
                          struct sl_job_facts *facts, struct sl_err *err)
{
    const struct sl_asked_document *d = &job->document;
    return sl_mistakes_pass(m->found, check_plain(&d->certfile, at, "certfile", err), err)
           && sl_mistakes_pass(m->found, check_plain(&d->filepath, at, "filepath", err), err)
           && sl_afr_ota_check(m, job, facts, err);
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

const char *sl_document_file_name(const struct sl_asked_artifact *a)
{
    return sl_path_base(a->file.value);
}

bool sl_document_check(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                       struct sl_err *err)
{
    const char *dialect = job->document.dialect.value;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(job, at);
    if (!check_members(&job->document, at, m->found, err))
        return false;
    if (strcmp(dialect, "custom") == 0)
        return check_custom(m, job, at, facts, err);
    if (strcmp(dialect, "afr-ota") == 0)
        return check_afr_ota(m, job, at, facts, err);
    if (sl_managed_is(job))
        return sl_managed_check(m, job, facts, err);
    if (strcmp(dialect, "device-client") == 0)
        return sl_steps_check(m, job, facts, err);
    return check_jobs_agent(m, job, at, err);
}
