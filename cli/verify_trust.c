/* A trust file: who signed it, and does it count? */
#include "cli/verify.h"
#include "core/clock.h"

#include <inttypes.h>

static bool note_signers(struct sl_verifying *v, const struct sl_trust *t, const char *path, struct sl_buf *ret_names,
                         struct sl_err *err)
{
    SL_AUTO(sl_trust_count_clear) struct sl_trust_count count = { 0 };
    const struct sl_trust_rule *rule = &t->rules[SL_TRUST_CHANGES];
    if (!sl_trust_count(t, t, v->now_utc, &count, err))
        return false;
    for (size_t i = 0; i < t->n_keys; i++)
        if (count.signers[i])
            sl_verifying_signed(v, &t->pubs[i], t->keys[i].name, sl_pubkey_statement_algorithm(&t->pubs[i]));
    const char *before = sl_args_get(&v->c->args, SL_OPT_TRUST, NULL);
    if (!sl_buf_addf(ret_names, err, "signed by %s", sl_buf_str(&count.signed_by)))
        return false;
    if (before)
        return sl_verifying_rule(v, rule->threshold, rule->n, err,
                                 "role 'trust' of '%.120s' itself, version %" PRIu64 ", and that of '%.120s' before it",
                                 path, t->version, before);
    return sl_verifying_rule(v, rule->threshold, rule->n, err,
                             "role 'trust' of '%.120s' itself, version %" PRIu64
                             ": compare its digest with what you were told",
                             path, t->version);
}

/* With --trust, the version before decides as well. */
static bool follows(struct sl_verifying *v, const struct sl_trust *t, bool *ret_follows, struct sl_err *err)
{
    SL_AUTO(sl_trust_clear) struct sl_trust previous = { 0 };
    const char *path = sl_args_get(&v->c->args, SL_OPT_TRUST, NULL);
    *ret_follows = path != NULL;
    return !path || (sl_trust_load(path, &previous, err) && sl_trust_follows(t, &previous, v->now_utc, err));
}

bool sl_verify_trust(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    bool after = false;
    if (sl_args_has(&v->c->args, SL_OPT_KEY))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "a trust file names its own keys; leave --key out, or give the version before with --trust");
    if (!sl_args_time(&v->c->args, SL_OPT_AT, sl_clock_now_utc(), &v->now_utc, err)
        || !sl_trust_read(text, path, &v->trust, err) || !sl_trust_check(&v->trust, v->now_utc, err)
        || !follows(v, &v->trust, &after, err) || !note_signers(v, &v->trust, path, &names, err))
        return false;
    v->has_trust = true;
    if (!sl_buf_addf(&how, err, "trust file, version %" PRIu64 "%s, expires %s, sha256:%s", v->trust.version,
                     after ? ", which follows the one given" : "", v->trust.expires, v->trust.digest))
        return false;
    const char *const what[] = { path, sl_buf_str(&how), sl_buf_str(&names) };
    return sl_verifying_keyids(v, details, err) && sl_verifying_good(v, what, details, err);
}
