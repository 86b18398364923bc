#include "cli/verify_remote.h"

#include "cli/planning.h"
#include "cli/session.h"
#include "core/file.h"
#include "core/text.h"
#include "publisher/audit.h"
#include "publisher/receipt.h"

#include <string.h>

/* What is checked: a receipt, from a file or found in the bucket, and the plan where there is one. */
struct subject {
    const char *name; /* of the receipt */
    json_t *receipt;
    const json_t *plan; /* borrowed */
    const char *plan_digest;
    struct sl_plan_file file; /* of a plan file */
    struct sl_wire *wire;
};

static void subject_clear(struct subject *s)
{
    sl_json_clear(&s->receipt);
    sl_plan_file_clear(&s->file);
    sl_wire_closep(&s->wire);
}

static bool find_by_plan(struct sl_verifying *v, struct subject *s, struct sl_audit *a, struct sl_err *err)
{
    unsigned attempt = 0;
    return sl_args_number(&v->c->args, SL_OPT_ATTEMPT, 0, 1000000, 0, &attempt, err)
           && sl_session_open(v->c, sl_json_str(s->plan, "bucket.region"), &s->wire, err)
           && sl_audit_find_by_plan(s->plan, s->plan_digest, attempt, s->wire, a, &s->receipt, &s->name, err);
}

static bool find_by_job(struct sl_verifying *v, struct subject *s, struct sl_audit *a, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf region = { 0 };
    struct sl_audit_job job = { .id = sl_args_get(&v->c->args, SL_OPT_JOB, "") };
    if (v->c->args.n_positional || sl_args_has(&v->c->args, SL_OPT_ATTEMPT))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--job finds the receipt by itself; give either it or a FILE with --remote, and no --attempt");
    if (!job.id[0] || strlen(job.id) > 64
        || job.id[strspn(job.id, "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")])
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--job '%.80s' is no job id: 1 to 64 letters, digits, '_' and '-' were expected", job.id);
    if (!sl_session_region_required(v->c, &region, err))
        return false;
    job.region = sl_arena_str(a->arena, sl_buf_str(&region), err);
    return job.region && sl_session_open(v->c, job.region, &s->wire, err)
           && sl_audit_find_by_job(&job, s->wire, a, &s->receipt, &s->name, err);
}

static bool take_manifest(struct sl_verifying *v, const char *path, struct subject *s, struct sl_err *err)
{
    struct sl_planning *p = NULL;
    if (!sl_planning_make(v->c, path, NULL, &p, err))
        return false;
    s->plan = p->plan.value;
    s->plan_digest = p->plan.digest;
    return true;
}

/* The argument says by its content what it is; what is no JSON is a manifest. */
static bool find(struct sl_verifying *v, struct subject *s, struct sl_audit *a, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_VERIFYING_MAX_BYTES);
    enum sl_verify_kind kind = SL_VERIFY_FILE;
    const char *path = v->c->args.n_positional || !v->plan.value ? sl_planning_path(v->c) : v->plan.path;
    s->plan = v->plan.value; /* NULL when none was given */
    s->plan_digest = v->plan.digest;
    if (sl_args_has(&v->c->args, SL_OPT_JOB))
        return find_by_job(v, s, a, err);
    if (v->c->args.n_positional > 1 || sl_args_has(&v->c->args, SL_OPT_STATEMENT))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--remote checks one release: give its receipt, its plan or its manifest, and no --statement");
    if (!sl_verify_kind(path, &text, &kind, err))
        return false;
    s->name = path;
    if (kind == SL_VERIFY_RECEIPT)
        return sl_receipt_read(sl_buf_span(&text), path, &s->receipt, err)
               && sl_session_open(v->c, sl_json_str(s->receipt, "bucket.region"), &s->wire, err);
    if (kind != SL_VERIFY_PLAN && sl_plan_file_is(path))
        return sl_fail(
            err, SL_E_USAGE, SL_LOC_NONE,
            "--remote: '%s' is neither a receipt nor a plan; only those and a manifest say where a release is", path);
    if (kind != SL_VERIFY_PLAN)
        return take_manifest(v, path, s, err) && find_by_plan(v, s, a, err);
    if (!sl_plan_file_read(path, &s->file, err))
        return false;
    s->plan = s->file.value;
    s->plan_digest = s->file.digest;
    return find_by_plan(v, s, a, err);
}

/* ---- what was signed ---- */

/* What does not verify is a line; what went wrong otherwise ends the run. */
static bool add_refusal(struct sl_audit *a, const struct sl_err *why, const char *check, const char *name,
                        struct sl_err *err)
{
    if (why->code == SL_E_VERIFY || why->code == SL_E_INPUT)
        return sl_audit_add(a, SL_AUDIT_DIFFERS, check, name, why->msg, err);
    *err = *why;
    return false;
}

static bool check_signature(const struct sl_verifying *v, const struct sl_bundle *b, const struct sl_statement *st,
                            const char *name, struct sl_audit *a, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    SL_AUTO(sl_json_clear) json_t *answer = json_object();
    struct sl_digests d = { .have = SL_HASH_BIT(SL_SHA256) };
    const struct sl_verify_artifact artifact = { name, NULL, &d };
    struct sl_err why = { .code = SL_OK };
    if (!sl_statement_subject(st, name, d.value[SL_SHA256]) || !sl_verify_artifact(v, b, &artifact, &how, answer, &why))
        return add_refusal(a, &why, "signature", name, err);
    bool checked = json_is_true(sl_json_at(answer, "signature.checked"));
    return sl_audit_add(a, checked ? SL_AUDIT_OK : SL_AUDIT_NOTE, "signature", name, sl_buf_str(&how), err);
}

static bool check_bundle(struct sl_verifying *v, const struct subject *s, struct sl_audit *a, struct sl_err *err)
{
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    SL_AUTO(sl_statement_clear) struct sl_statement st = { 0 };
    struct sl_err why = { .code = SL_OK };
    size_t i = 0;
    json_t *subject = NULL;
    if (!sl_bundle_read(sl_buf_span(&a->statement), "statement.json", &b, &why)
        || !sl_verifying_statement(v, &b, &st, &why) || !sl_verify_same_release(&st, s->receipt, &why)) {
        v->n_signers = 0; /* nobody's signature decided anything */
        return add_refusal(a, &why, "signed", "", err);
    }
    if (!sl_audit_add(
            a, SL_AUDIT_OK, "signed", "",
            sl_arena_fmt(a->arena, err,
                         "%s: the statement of release %s %s, plan sha256:%s, and it names every artifact with "
                         "the sha256 of the receipt",
                         sl_buf_str(&v->by), st.name, st.version, st.plan_digest),
            err))
        return false;
    json_array_foreach(json_object_get(st.value, "subject"), i, subject)
    {
        if (b.signatures && !check_signature(v, &b, &st, sl_json_str(subject, "name"), a, err))
            return false;
    }
    return true;
}

static bool check_signed(struct sl_verifying *v, const struct subject *s, struct sl_audit *a, struct sl_err *err)
{
    if (s->plan && strcmp(sl_json_str(s->receipt, "planDigest"), s->plan_digest) != 0
        && !sl_audit_add(a, SL_AUDIT_DIFFERS, "plan", "",
                         sl_arena_fmt(a->arena, err, "the receipt is of plan sha256:%s, the one given is sha256:%s",
                                      sl_json_str(s->receipt, "planDigest"), s->plan_digest),
                         err))
        return false;
    if (!sl_verifying_has_keys(v))
        return sl_audit_add(a, SL_AUDIT_NOTE, "signed", "",
                            "no key was given, so nobody's signature was checked: give --key or --trust", err);
    if (!a->statement.len)
        return sl_audit_add(a, SL_AUDIT_NOTE, "signed", "", "without the statement no signature could be checked", err);
    return check_bundle(v, s, a, err);
}

bool sl_verify_remote_signed(struct sl_verifying *v, json_t *receipt, const json_t *plan, const char *plan_digest,
                             struct sl_audit *a, struct sl_err *err)
{
    const struct subject s = { .name = "", .receipt = receipt, .plan = plan, .plan_digest = plan_digest };
    return check_signed(v, &s, a, err);
}

/* ---- the answer ---- */

/* What each check asks. */
static const char *rule_of(const char *check)
{
    static const char *const rules[][2] = {
        { "receipt", "the bucket has a receipt of this release" },
        { "statement", "the pinned version has the size and SHA-256 that the receipt says" },
        { "artifact", "the pinned version has the size and SHA-256 that the receipt says" },
        { "stored document", "the pinned version has the size and SHA-256 that the receipt says" },
        { "job", "the job exists" },
        { "job ARN", "it is the receipt's" },
        { "download role", "it is the receipt's" },
        { "url timeout", "it is the plan's" },
        { "settings", "they are those of the plan, whose digest is signed" },
        { "job document", "it is the planned one with the receipt's versions, or the stored one" },
        { "downloads", "every download URL names a version that the receipt has" },
        { "plan", "its digest is the receipt's" },
        { "signed", "enough keys that count signed the statement, which is about the receipt's release and artifacts" },
        { "signature", "the artifact's signature is good, by a key that may sign artifacts" },
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i][0], check) == 0)
            return rules[i][1];
    return "";
}

static bool add_checks(struct sl_console *c, const struct sl_audit *a, json_t *to, struct sl_err *err)
{
    json_t *list = NULL;
    if (!sl_json_set(to, "checks", list = json_array(), err))
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct sl_audit_line *l = &a->lines[i];
        const char *verdict = sl_audit_verdict_name(l->verdict);
        bool named = l->name[0] && strcmp(l->name, "job") != 0; /* so the only job is called */
        sl_console_fold(c, 16, "%-14s  %s%s%s: %s", verdict, l->check, named ? " " : "", named ? l->name : "",
                        l->sentence);
        if (!sl_json_push(list,
                          json_pack("{s:s, s:s, s:s, s:s, s:s}", "check", l->check, "finding", l->sentence, "name",
                                    l->name, "rule", rule_of(l->check), "verdict", verdict),
                          err))
            return false;
    }
    return true;
}

static bool add_release(const struct sl_verifying *v, const struct subject *s, json_t *to, struct sl_err *err)
{
    if (!s->receipt)
        return true;
    return sl_json_set(to, "release", json_incref(json_object_get(s->receipt, "release")), err)
           && sl_json_set(to, "planDigest", json_sprintf("sha256:%s", sl_json_str(s->receipt, "planDigest")), err)
           && sl_verifying_keyids(v, to, err);
}

/* One line on stderr for a failure whose details are told already. */
static bool fail_in_words(const struct sl_audit *a, const struct subject *s, enum sl_code code, struct sl_err *ret)
{
    size_t n = 0;
    const char *first = NULL;
    for (size_t i = 0; i < a->n; i++) {
        bool counts = code == SL_E_VERIFY
                          ? a->lines[i].verdict == SL_AUDIT_DIFFERS || a->lines[i].verdict == SL_AUDIT_MISSING
                          : a->lines[i].verdict == SL_AUDIT_UNREAD;
        n += counts;
        first = counts && !first ? a->lines[i].sentence : first;
    }
    return sl_fail(ret, code, SL_LOC_NONE, "'%.60s': %zu of %zu findings %s: %s", s->name, n, a->n,
                   code == SL_E_VERIFY ? "say that something differs or is gone" : "could not be made",
                   first ? first : "");
}

static bool tell(struct sl_verifying *v, const struct subject *s, const struct sl_audit *a, enum sl_exit *status,
                 struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *answer = json_object();
    struct sl_err failure = { .code = SL_OK };
    enum sl_code code = sl_audit_outcome(a);
    bool with_keys = sl_verifying_has_keys(v);
    const char *by = with_keys ? "AWS and the signed statement agree" : "AWS agrees";
    if (!add_checks(&v->c->console, a, answer, err) || !add_release(v, s, answer, err))
        return false;
    const char *const what[] = { s->name, "receipt", by };
    if (code == SL_OK)
        return sl_verifying_good(v, what, answer, err);
    if (!fail_in_words(a, s, code, &failure))
        sl_console_failure(&v->c->console, &failure);
    *status = sl_exit_of(code);
    return sl_verifying_text(answer, "file", s->name, err) && sl_json_set(answer, "verified", json_false(), err)
           && sl_json_set(answer, "error", json_pack("{s:i, s:s}", "exitStatus", (int)*status, "message", failure.msg),
                          err)
           && sl_json_push(v->answers, json_incref(answer), err);
}

bool sl_verify_remote(struct sl_verifying *v, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(subject_clear) struct subject s = { .name = "" };
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_audit_clear) struct sl_audit a = { .arena = &arena };
    if ((sl_verifying_has_keys(v) && !sl_verifying_keys(v, err)) || !find(v, &s, &a, err))
        return false;
    const struct sl_audit_expected expected = { s.receipt, s.plan };
    if (s.receipt && (!sl_audit(&expected, s.wire, &a, err) || !check_signed(v, &s, &a, err)))
        return false;
    return tell(v, &s, &a, status, err);
}
