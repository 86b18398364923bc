/* sealift ceremony verify: replay transcripts, and the chain they make. */
#include "cli/ceremony_file.h"
#include "cli/ceremony_view.h"
#include "cli/one_key.h"
#include "cli/tool.h"

#include <inttypes.h>
#include <string.h>

/* Whom the one who verifies knows. */
struct known {
    struct sl_pubkey pubs[SL_TRUST_KEYS_MAX];
    size_t n;
    struct sl_trust trust;
    bool has_trust;
};

static void known_clear(struct known *k)
{
    for (size_t i = 0; i < k->n; i++)
        sl_pubkey_clear(&k->pubs[i]);
    sl_trust_clear(&k->trust);
}

static bool load_known(struct sl_context *c, struct known *k, struct sl_err *err)
{
    const char *trust = sl_args_get(&c->args, SL_OPT_TRUST, NULL);
    const char **keys = c->args.value[SL_OPT_KEY];
    if ((trust != NULL) == (keys != NULL))
        return sl_fail(
            err, SL_E_USAGE, SL_LOC_NONE,
            "'%s ceremony verify' needs the public keys of the signers, a --key for each, or --trust, a trust "
            "file: those in the transcript say nothing of themselves",
            c->tool->name);
    k->has_trust = trust != NULL;
    if (trust)
        return sl_trust_load(trust, &k->trust, err) && sl_trust_check(&k->trust, INT64_MIN, err);
    for (; keys[k->n]; k->n++)
        if (k->n == SL_TRUST_KEYS_MAX || !sl_one_key_public(c, keys[k->n], &k->pubs[k->n], err))
            return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--key: %u are the most", SL_TRUST_KEYS_MAX);
    return true;
}

static bool is_known(const struct known *k, const struct sl_ceremony_signer *s, struct sl_err *err)
{
    if (k->has_trust)
        return !s->statement
               || sl_trust_may_sign(&k->trust, SL_TRUST_STATEMENTS, s->pub.keyid, s->name, INT64_MIN, err);
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->pubs[i].keyid, s->pub.keyid) == 0)
            return true;
    return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "'%s' signed with keyid %s, which is none of those given with --key",
                   s->name, s->pub.keyid);
}

static bool check_known(const struct known *k, const struct sl_ceremony_transcript *t, const char *path,
                        struct sl_err *err)
{
    size_t asked = k->has_trust ? k->trust.rules[SL_TRUST_STATEMENTS].threshold : 1;
    for (size_t i = 0; i < t->ceremony.n; i++)
        if (t->signed_by[i] && !is_known(k, &t->ceremony.signers[i], err))
            return sl_while(err, SL_LOC_NONE, "%s", path);
    return t->good >= asked
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                      "%s: %zu signed, and role 'statement' of the trust file asks for %zu", path, t->good, asked);
}

static bool say_verified(struct sl_context *c, const struct sl_ceremony_transcript *t, const char *path,
                         json_t *answers, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    if (!sl_ceremony_view_names(&t->ceremony, t->signed_by, &names, err))
        return false;
    sl_console_say(&c->console, "%s: good, ceremony %" PRIu64 "%s, plan sha256:%s, signed by %s (%zu must sign)", path,
                   t->ceremony.number, t->ceremony.rehearsal ? " (a REHEARSAL)" : "", t->ceremony.plan.digest,
                   sl_buf_str(&names), t->ceremony.threshold);
    return sl_json_push(answers,
                        json_pack("{s:s, s:I, s:s+, s:s+, s:s, s:I, s:b, s:b}", "file", path, "number",
                                  (json_int_t)t->ceremony.number, "planDigest", "sha256:", t->ceremony.plan.digest,
                                  "transcriptDigest", "sha256:", t->digest, "signedBy", sl_buf_str(&names), "threshold",
                                  (json_int_t)t->ceremony.threshold, "rehearsal", t->ceremony.rehearsal, "verified",
                                  true),
                        err);
}

/* One transcript and its place in the chain; before is what came before it, and becomes this one. */
static bool verify_one(struct sl_context *c, const struct known *k, const char *path,
                       struct sl_ceremony_transcript *before, json_t *answers, struct sl_err *err)
{
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript t = { .good = 0 };
    if (!sl_ceremony_file_transcript(path, &t, err) || !check_known(k, &t, path, err))
        return false;
    if (before->bytes.len > 0 && !sl_ceremony_follows(&t.ceremony, before, err))
        return sl_while(err, SL_LOC_NONE, "%s", path);
    if (before->bytes.len == 0 && t.ceremony.number > 1)
        sl_console_note(&c->console,
                        "%s is ceremony %" PRIu64 "; give those before it too, or --previous, to check the chain", path,
                        t.ceremony.number);
    if (!say_verified(c, &t, path, answers, err))
        return false;
    sl_ceremony_transcript_clear(before);
    *before = t;
    t = (struct sl_ceremony_transcript){ .good = 0 };
    return true;
}

bool sl_cmd_ceremony_verify(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(known_clear) struct known k = { .n = 0 };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript before = { .good = 0 };
    SL_AUTO(sl_json_clear) json_t *answers = json_array();
    const char *previous = sl_args_get(&c->args, SL_OPT_PREVIOUS, NULL);
    if (!answers)
        return sl_fail_nomem(err);
    if (!load_known(c, &k, err) || (previous && !sl_ceremony_file_transcript(previous, &before, err)))
        return false;
    for (size_t i = 0; i < c->args.n_positional; i++)
        if (!verify_one(c, &k, c->args.positional[i], &before, answers, err))
            return false;
    return !c->console.json || sl_console_json(&c->console, answers, err);
}
