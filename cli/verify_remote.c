#include "cli/verify_remote.h"

#include "cli/session.h"
#include "core/text.h"
#include "publisher/receipt.h"

#include <string.h>

static bool hold(struct sl_findings *f, const char *check, const char *sentence, struct sl_err *err)
{
    return sl_findings_add(f, &(struct sl_finding){ .check = check, .sentence = sentence, .reason = "", .remedy = "" },
                           err);
}

/* The statement as the bucket holds it, under the keys given, must name what the receipt names. */
static bool check_signed(struct sl_verifying *v, json_t *receipt, struct sl_wire *wire, struct sl_findings *f,
                         struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_VERIFYING_MAX_BYTES);
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    if (!sl_receipt_statement(receipt, wire, &text, err)
        || !sl_bundle_read(sl_buf_span(&text), "statement.json", &b, err) || !sl_verifying_statement(v, &b, &s, err)
        || !sl_verify_same_release(&s, receipt, err))
        return false;
    for (size_t i = 0; i < v->n_signers; i++)
        if (!hold(f, "statement",
                  sl_arena_fmt(f->arena, err, "the statement of plan sha256:%s is signed by keyid %s", s.plan_digest,
                               v->signers[i].key->keyid),
                  err))
            return false;
    const char *name;
    json_t *artifact;
    json_object_foreach(json_object_get(receipt, "artifacts"), name, artifact)
    {
        uint8_t stated[SL_SHA256_BYTES], stored[SL_SHA256_BYTES];
        if (!sl_hex_get(sl_span_str(sl_json_str(artifact, "sha256")), stored, sizeof stored)
            || !sl_statement_subject(&s, name, stated)
            || !sl_span_eq_ct((struct sl_span){ stated, sizeof stated }, (struct sl_span){ stored, sizeof stored }))
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "artifact '%s' is not what the signed statement names", name);
        if (!hold(f, "artifact",
                  sl_arena_fmt(f->arena, err, "the signed statement names '%s' with sha256:%s", name,
                               sl_json_str(artifact, "sha256")),
                  err))
            return false;
    }
    return true;
}

/* What each check of a receipt asks. */
static const char *rule_of(const char *check)
{
    static const char *const rules[][2] = {
        { "object", "the version of the object has the size and SHA-256 that the receipt says" },
        { "job", "the job has the ARN and role that the receipt says, and the document that is stored" },
        { "statement", "the key signed the stored statement, which is about the receipt's release and plan" },
        { "artifact", "the signed statement names the artifact with the SHA-256 that the receipt says" },
    };
    for (size_t i = 0; check && i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i][0], check) == 0)
            return rules[i][1];
    return "";
}

static bool add_checks(const struct sl_findings *f, json_t *to, struct sl_err *err)
{
    json_t *list = NULL;
    if (!sl_json_set(to, "checks", list = json_array(), err))
        return false;
    for (size_t i = 0; i < f->n; i++)
        if (!sl_json_push(list,
                          json_pack("{s:s?, s:s, s:s, s:s}", "check", f->list[i].check, "rule",
                                    rule_of(f->list[i].check), "verdict", sl_finding_verdict(f->list[i].verdict),
                                    "finding", f->list[i].sentence),
                          err))
            return false;
    return true;
}

static bool add_receipt(const struct sl_verifying *v, const json_t *receipt, json_t *to, struct sl_err *err)
{
    json_t *release = json_object_get(receipt, "release");
    return sl_json_set(to, "release", json_incref(release), err)
           && sl_json_set(to, "planDigest", json_sprintf("sha256:%s", sl_json_str(receipt, "planDigest")), err)
           && sl_verifying_keyids(v, to, err);
}

static bool check_receipt(struct sl_verifying *v, json_t *receipt, struct sl_findings *findings, struct sl_err *err)
{
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    if (!sl_session_open(v->c, sl_json_str(receipt, "bucket.region"), &wire, err))
        return false;
    bool ok = sl_receipt_check(receipt, wire, findings, err);
    ok = ok && (!sl_verifying_has_keys(v) || check_signed(v, receipt, wire, findings, err));
    for (size_t i = 0; i < findings->n; i++)
        sl_console_fold(&v->c->console, 10, "%-9s %s", sl_finding_verdict(findings->list[i].verdict),
                        findings->list[i].sentence);
    return ok;
}

bool sl_verify_remote(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *receipt = NULL;
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_findings findings = { .arena = &arena };
    if (!sl_receipt_read(text, path, &receipt, err) || !check_receipt(v, receipt, &findings, err))
        return false;
    bool with_key = sl_verifying_has_keys(v);
    const char *const what[] = { path, "receipt", with_key ? "AWS and the signed statement agree" : "AWS agrees" };
    return add_receipt(v, receipt, details, err) && add_checks(&findings, details, err)
           && sl_verifying_good(v, what, details, err);
}
