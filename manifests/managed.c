/* Jobs from templates that AWS manages: the document is AWS's, the job gives its parameters. Those are text (AWS IoT API
 * reference, CreateJob, documentParameters). */
#include "manifests/priv/check.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 128u

bool sl_managed_is(const struct sl_asked_job *job)
{
    return strcmp(job->document.dialect.value, "managed-template") == 0;
}

/* "arn:aws:iot:eu-west-1::jobtemplate/AWS-Reboot:1.0": no account owns it. */
bool sl_managed_arn(const char *arn)
{
    return strstr(arn, "::jobtemplate/") != NULL;
}

static bool check_name(const struct sl_field *key, const char *at, struct sl_err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t len = strlen(key->value);
    return (len > 0 && len <= NAME_MAX_BYTES && key->value[strspn(key->value, allowed)] == 0)
           || sl_fail(err, SL_E_INPUT, key->loc,
                      "%s.template.parameters: '%.80s' is not the name of a parameter: expected 1 to %u letters, "
                      "digits, '_' and '-'",
                      at, key->value, NAME_MAX_BYTES);
}

/* "{{artifact.app.size}}" is a number where it stands alone, and a statement is no text anywhere. */
static bool check_value(const struct sl_pair *p, const char *at, struct sl_err *err)
{
    const char *text = p->value.value, *end = strstr(text, "}}");
    bool whole = strncmp(text, "{{", 2) == 0 && end && end[2] == 0;
    bool number = whole && end - text >= 5 && strncmp(end - 5, ".size", 5) == 0;
    return (!number && !strstr(text, "{{statement}}"))
           || sl_fail(err, SL_E_INPUT, p->value.loc,
                      "%s.template.parameters.%s: '%.80s' is not text, which AWS IoT wants", at, p->key.value, text);
}

static bool check_parameters(const struct sl_manifest *m, const struct sl_asked_job *job, const char *at,
                             struct sl_err *err)
{
    const struct sl_pair *pairs = job->template.parameters.items;
    for (size_t i = 0; i < job->template.parameters.n; i++)
        if (!sl_mistakes_pass(m->found, check_name(&pairs[i].key, at, err), err)
            || !sl_mistakes_pass(m->found, check_value(&pairs[i], at, err), err)
            || !sl_mistakes_pass(m->found, sl_body_check_text(m, job, &pairs[i].value, err), err))
            return false;
    return true;
}

static bool check_document(const struct sl_asked_job *job, const char *at, struct sl_err *err)
{
    if (!job->template.arn.value || !sl_managed_arn(job->template.arn.value))
        return sl_fail(err, SL_E_INPUT, job->document.dialect.loc,
                       "%s.document: the dialect 'managed-template' needs a template of AWS's in %s.template, such as "
                       "'arn:aws:iot:eu-west-1::jobtemplate/AWS-Reboot:1.0'",
                       at, at);
    return !job->document.reg.value
           || sl_fail(err, SL_E_INPUT, job->document.reg.loc,
                      "%s.document.register: parameters go inline only; leave it out", at);
}

static bool build(const struct sl_list *list, json_t *parameters, struct sl_err *err)
{
    const struct sl_pair *pairs = list->items;
    for (size_t i = 0; i < list->n; i++)
        if (!sl_json_set(parameters, pairs[i].key.value, json_string(pairs[i].value.value), err))
            return false;
    return true;
}

bool sl_managed_check(struct sl_manifest *m, const struct sl_asked_job *job, struct sl_job_facts *facts,
                      struct sl_err *err)
{
    char at[SL_JOB_PATH_SIZE];
    size_t before = m->found ? m->found->n : 0;
    (void)sl_check_path(job, at);
    if (!check_document(job, at, err) || !check_parameters(m, job, at, err))
        return false;
    if (m->found && m->found->n > before)
        return true;
    SL_AUTO(sl_json_clear) json_t *parameters = json_object();
    if (!parameters)
        return sl_fail_nomem(err);
    return build(&job->template.parameters, parameters, err)
           && sl_body_from_value(m, job, parameters, &m->arena, &facts->body, err)
           && sl_document_check_role(job, facts->body.needs_role, err);
}

/* What is allowed and may surprise. */
bool sl_managed_doubt(const struct sl_asked_job *job, struct sl_mistakes *doubts, struct sl_err *err)
{
    const struct sl_pair *pairs = job->template.parameters.items;
    char at[SL_JOB_PATH_SIZE];
    if (!sl_managed_is(job))
        return true;
    (void)sl_check_path(job, at);
    for (size_t i = 0; i < job->template.parameters.n; i++)
        if (strstr(pairs[i].value.value, ".url}}"))
            return sl_mistakes_pass(
                doubts,
                sl_fail(err, SL_E_INPUT, pairs[i].value.loc,
                        "%s.template.parameters.%s: AWS does not document that it puts download URLs into parameters, "
                        "and its own handler verifies nothing: try it on one thing first; the dialect 'device-client' "
                        "with 'fetch' verifies",
                        at, pairs[i].key.value),
                err);
    return true;
}
