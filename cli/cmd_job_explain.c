/* sealift job explain: which manifest, plan, signers, versions, role statement and document led to what devices see; and
 * what has changed since. */
#include "cli/explaining.h"
#include "cli/job_counts.h"
#include "cli/planning.h"
#include "cli/verify_remote.h"
#include "cli/view.h"
#include "core/text.h"

#include <string.h>

static void clear(struct sl_explaining *e)
{
    sl_json_clear(&e->receipt);
    sl_json_clear(&e->bundle);
    sl_buf_clear(&e->document);
    sl_audit_clear(&e->audit);
    sl_verifying_clear(&e->verifying);
    sl_job_change_clear(&e->change);
}

/* ---- look ---- */

static bool take_manifest(struct sl_explaining *e, struct sl_err *err)
{
    struct sl_context *c = e->change.c;
    struct sl_planning *planning = NULL;
    if (c->args.n_positional < 2)
        return true;
    e->manifest = c->args.positional[1];
    if (!sl_planning_make(c, e->manifest, NULL, &planning, err))
        return false;
    e->plan_digest = planning->plan.digest;
    e->plan = planning->plan.value;
    return true;
}

/* The plan of another release says nothing about this job. */
static const json_t *plan_of_job(const struct sl_explaining *e)
{
    bool same = e->plan && !strcmp(sl_json_str(e->receipt, "planDigest"), e->plan_digest);
    return same ? e->plan : NULL;
}

static bool read_bundle(struct sl_explaining *e, struct sl_err *err)
{
    struct sl_err none = { .code = SL_OK };
    const struct sl_span bytes = sl_buf_span(&e->audit.statement);
    return !bytes.len || sl_json_parse(bytes, "statement.json", &e->bundle, &none) || none.code != SL_E_NOMEM
           || sl_fail_nomem(err);
}

static bool look(struct sl_explaining *e, struct sl_err *err)
{
    const struct sl_audit_job job = { e->change.name.region, e->change.name.id };
    e->audit.arena = &e->change.arena;
    if (!sl_jobs_document(e->change.wire, &e->change.name, &e->document, err)
        || !sl_audit_find_by_job(&job, e->change.wire, &e->audit, &e->receipt, &e->receipt_name, err))
        return false;
    if (!e->receipt)
        return true;
    const struct sl_audit_expected expected = { e->receipt, plan_of_job(e) };
    return sl_audit(&expected, e->change.wire, &e->audit, err) && read_bundle(e, err)
           && sl_verify_remote_signed(&e->verifying, e->receipt, e->plan, e->plan_digest, &e->audit, err);
}

/* ---- tell ---- */

static void line(struct sl_explaining *e, const char *label, const char *text)
{
    struct sl_err none = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
    if (sl_safe_add(&safe, sl_span_str(text), 500, &none))
        sl_console_say(&e->change.c->console, "  %-10s %s", label, sl_buf_str(&safe));
}

static void title(struct sl_explaining *e, const char *text)
{
    struct sl_console *c = &e->change.c->console;
    sl_console_say(c, "%s%s%s", sl_console_style(c, SL_BOLD), text, sl_console_style(c, SL_PLAIN));
}

static bool object_text(struct sl_explaining *e, const json_t *object, struct sl_buf *ret, struct sl_err *err)
{
    return sl_buf_addf(ret, err, "s3://%s/%s version %s", sl_json_str(e->receipt, "bucket.name"),
                       sl_json_str(object, "object"), sl_json_str(object, "versionId"));
}

static bool tell_object(struct sl_explaining *e, const char *label, const char *name, const json_t *object,
                        struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const char *keyid = sl_json_str(object, "signature.keyid");
    if ((*name && !sl_buf_addf(&text, err, "%s: ", name)) || !object_text(e, object, &text, err)
        || (*keyid
            && !sl_buf_addf(&text, err, ", %s by keyid %.16s...", sl_json_str(object, "signature.algorithm"), keyid)))
        return false;
    line(e, label, sl_buf_str(&text));
    return true;
}

static bool tell_signers(struct sl_explaining *e, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(sl_json_at(e->bundle, "dsseEnvelope.signatures"), i, one)
    {
        if (!sl_buf_addf(&text, err, "%skeyid %s", i ? ", " : "", sl_json_str(one, "keyid")))
            return false;
    }
    if (text.len)
        line(e, "signed", sl_buf_str(&text));
    if (e->verifying.by.len)
        line(e, "verified", sl_buf_str(&e->verifying.by));
    return true;
}

static bool tell_manifest(struct sl_explaining *e, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!e->manifest)
        line(e, "manifest", "none was given; name it behind the job, and it is held against the plan");
    else if (!sl_buf_addf(&text, err, "%s, which makes %s", e->manifest,
                          plan_of_job(e) ? "this very plan" : "another plan now"))
        return false;
    else
        line(e, "manifest", sl_buf_str(&text));
    return true;
}

/* As the stored statement has it, or as the receipt does when that is gone. */
static bool tell_release(struct sl_explaining *e, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    struct sl_err unread = { .code = SL_OK };
    if (!sl_base64_get(sl_span_str(sl_json_str(e->bundle, "dsseEnvelope.payload")), &payload, &unread)
        || !sl_statement_read(sl_buf_span(&payload), &s, &unread))
        s.rollback_from = "";
    if (unread.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    if (!sl_buf_addf(&text, err, "%s %s%s%s", sl_json_str(e->receipt, "release.name"),
                     sl_json_str(e->receipt, "release.version"), s.rollback_from[0] ? ", rolled back from " : "",
                     s.rollback_from))
        return false;
    line(e, "release", sl_buf_str(&text));
    return true;
}

static bool tell_origin(struct sl_explaining *e, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const char *name = NULL;
    json_t *value = NULL;
    title(e, "Where it comes from");
    if (!tell_manifest(e, err) || !tell_release(e, err)
        || !sl_buf_addf(&text, err, "sha256:%s", sl_json_str(e->receipt, "planDigest")))
        return false;
    line(e, "plan", sl_buf_str(&text));
    line(e, "receipt", e->receipt_name);
    if (!tell_object(e, "statement", "", json_object_get(e->receipt, "statement"), err) || !tell_signers(e, err))
        return false;
    json_object_foreach(json_object_get(e->receipt, "artifacts"), name, value)
    {
        if (!tell_object(e, "artifact", name, value, err))
            return false;
    }
    return true;
}

static bool tell_devices(struct sl_explaining *e, struct sl_err *err)
{
    const json_t *job = e->change.job;
    const struct sl_gate_counts n = sl_gate_count(job);
    const char *name = NULL;
    json_t *value = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    title(e, "What devices see");
    if (!sl_buf_addf(&text, err, "%s, %s: ", sl_json_str(job, "jobArn"), sl_json_str(job, "status"))
        || !sl_job_counts_add(&n, &text, err))
        return false;
    line(e, "job", sl_buf_str(&text));
    json_object_foreach(json_object_get(e->receipt, "jobs"), name, value)
    {
        if (!strcmp(sl_json_str(value, "id"), e->change.name.id)
            && !tell_object(e, "document", "", json_object_get(value, "document"), err))
            return false;
    }
    if (*sl_json_str(job, "presignedUrlConfig.roleArn"))
        line(e, "role", sl_json_str(job, "presignedUrlConfig.roleArn"));
    return true;
}

static bool tell_checks(struct sl_explaining *e, json_t *answer, struct sl_err *err)
{
    json_t *list = NULL, *drift = NULL;
    if (!sl_json_set(answer, "checks", list = json_array(), err)
        || !sl_json_set(answer, "drift", drift = json_array(), err))
        return false;
    title(e, "What AWS has now");
    for (size_t i = 0; i < e->audit.n; i++) {
        const struct sl_audit_line *l = &e->audit.lines[i];
        const char *verdict = sl_audit_verdict_name(l->verdict);
        bool drifted = l->verdict == SL_AUDIT_DIFFERS || l->verdict == SL_AUDIT_MISSING;
        sl_console_fold(&e->change.c->console, 16, "%-14s  %s%s%s: %s", drifted ? "DRIFT" : verdict, l->check,
                        *l->name ? " " : "", l->name, l->sentence);
        if (!sl_json_push(list,
                          json_pack("{s:s, s:s, s:s, s:s}", "check", l->check, "finding", l->sentence, "name", l->name,
                                    "verdict", verdict),
                          err)
            || (drifted && !sl_json_push(drift, json_string(l->sentence), err)))
            return false;
    }
    return true;
}

/* What the role allows is not in the receipt: it is judged as it is now. */
static bool tell_role(struct sl_explaining *e, const struct sl_findings *f, json_t *answer, struct sl_err *err)
{
    json_t *findings = NULL, *drift = json_object_get(answer, "drift");
    if (!f->n)
        return true;
    title(e, "What lets devices download");
    for (size_t i = 0; i < f->n; i++) {
        if (f->list[i].verdict == SL_FAILS && (!sl_json_push(drift, json_string(f->list[i].sentence), err)))
            return false;
    }
    if (!e->change.c->console.json && !sl_view_findings(&e->change.c->console, f, err))
        return false;
    return sl_view_findings_json(f, &findings, err) && sl_json_set(answer, "role", findings, err);
}

/* ---- the answer ---- */

static bool origin_json(const struct sl_explaining *e, json_t *answer, struct sl_err *err)
{
    return sl_json_set(answer, "jobId", json_string(e->change.name.id), err)
           && sl_json_set(answer, "status", json_string(sl_json_str(e->change.job, "status")), err)
           && (!e->receipt
               || (sl_json_set(answer, "receipt", json_incref(e->receipt), err)
                   && sl_json_set(answer, "receiptObject", json_string(e->receipt_name), err)))
           && (!e->manifest
               || sl_json_set(answer, "manifest",
                              json_pack("{s:s, s:s, s:b}", "file", e->manifest, "planDigest", e->plan_digest, "same",
                                        (int)(plan_of_job(e) != NULL)),
                              err));
}

/* What has drifted, or could not be read, as one failure; false. */
static bool verdict(const struct sl_explaining *e, const json_t *drift, struct sl_err *err)
{
    const enum sl_code code = sl_audit_outcome(&e->audit);
    size_t n = json_array_size(drift);
    if (n > 0)
        return sl_fail(err, code == SL_E_VERIFY ? SL_E_VERIFY : SL_E_DENIED, SL_LOC_NONE,
                       "job '%s' has drifted, in %zu %s: %s", e->change.name.id, n, n == 1 ? "finding" : "findings",
                       json_string_value(json_array_get(drift, 0)));
    return code == SL_OK
           || sl_fail(err, code, SL_LOC_NONE, "job '%s': not everything could be read", e->change.name.id);
}

/* The answer is whole also when something has drifted: one JSON value, and one line on stderr. */
static bool finish(struct sl_explaining *e, json_t *answer, enum sl_exit *status, struct sl_err *err)
{
    struct sl_console *c = &e->change.c->console;
    struct sl_err failure = { .code = SL_OK };
    bool well = verdict(e, json_object_get(answer, "drift"), &failure);
    if (well) {
        sl_console_say(c, "nothing has drifted");
    } else {
        sl_console_failure(c, &failure);
        *status = sl_exit_of(failure.code);
    }
    return (well
            || sl_json_set(answer, "error", json_pack("{s:i, s:s}", "exitStatus", (int)*status, "message", failure.msg),
                           err))
           && (!c->json || sl_console_json(c, answer, err));
}

bool sl_cmd_job_explain(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(clear)
    struct sl_explaining e = { .change = { .c = c }, .verifying = { .c = c }, .plan_digest = "" };
    SL_AUTO(sl_json_clear) json_t *answer = json_object();
    struct sl_findings findings = { .arena = &e.change.arena };
    if (!answer)
        return sl_fail_nomem(err);
    if ((sl_verifying_has_keys(&e.verifying) && !sl_verifying_keys(&e.verifying, err)) || !take_manifest(&e, err)
        || !sl_job_change_begin(c, c->args.positional[0], NULL, &e.change, err) || !look(&e, err)
        || !sl_explaining_role(&e, &findings, err))
        return false;
    if ((e.receipt && !tell_origin(&e, err)) || !tell_devices(&e, err) || !origin_json(&e, answer, err)
        || !tell_checks(&e, answer, err) || !tell_role(&e, &findings, answer, err))
        return false;
    return finish(&e, answer, status, err);
}
