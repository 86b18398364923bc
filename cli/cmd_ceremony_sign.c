/* sealift ceremony sign: show what it is about, and sign it. */
#include "cli/ceremony_file.h"
#include "cli/ceremony_view.h"
#include "cli/one_key.h"
#include "core/clock.h"

#include <string.h>
#include <unistd.h>

static bool expected(const struct sl_context *c, const struct sl_ceremony *r, struct sl_err *err)
{
    const char *asked = sl_args_get(&c->args, SL_OPT_EXPECT_PLAN, NULL);
    if (!asked || (strncmp(asked, "sha256:", 7) == 0 && strcmp(asked + 7, r->plan.digest) == 0))
        return true;
    return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE, "the request is for plan sha256:%s, not for the expected %.80s",
                   r->plan.digest, asked);
}

static bool in_order(const struct sl_context *c, const struct sl_ceremony *r, struct sl_err *err)
{
    const char *path = sl_args_get(&c->args, SL_OPT_PREVIOUS, NULL);
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript previous = { .good = 0 };
    return !path || (sl_ceremony_file_transcript(path, &previous, err) && sl_ceremony_follows(r, &previous, err));
}

/* May this key sign now, by the trust file in the request? */
static bool may_sign(const struct sl_context *c, const struct sl_ceremony *r, struct sl_one_key *key,
                     struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { .type = SL_KEY_ED25519 };
    int64_t now_utc = 0;
    if (!key->signer->public_key(key->signer, key->name, key->uri, key->path, &pub, err)
        || !sl_args_time(&c->args, SL_OPT_AT, sl_clock_now_utc(), &now_utc, err))
        return false;
    size_t who = sl_ceremony_find(r, pub.keyid);
    if (!r->has_trust || who == r->n || !r->signers[who].statement)
        return true; /* a stranger is refused where it signs */
    return sl_trust_check(&r->trust, now_utc, err)
           && sl_trust_may_sign(&r->trust, SL_TRUST_STATEMENTS, pub.keyid, r->signers[who].name, now_utc, err);
}

static bool agreed(struct sl_context *c, bool *ret_yes, struct sl_err *err)
{
    *ret_yes = true;
    if (c->console.json || sl_args_has(&c->args, SL_OPT_YES) || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return true;
    return sl_console_ask(&c->console, "Do the words agree with those read aloud? Sign?", ret_yes, err);
}

static bool write_response(struct sl_context *c, const struct sl_ceremony *r, struct sl_one_key *key,
                           struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    SL_AUTO(sl_ceremony_response_clear) struct sl_ceremony_response made = { .by = 0 };
    const struct sl_sign_with with = { .name = key->name, .uri = key->uri, .path = key->path };
    const char *out = sl_args_get(&c->args, SL_OPT_OUT, NULL);
    if (!sl_ceremony_response_make(r, key->signer, &with, &bytes, err)
        || !sl_ceremony_response_read(r, sl_buf_span(&bytes), "the response", &made, err))
        return false;
    const char *name = r->signers[made.by].name;
    if (!(out ? sl_buf_add_str(&path, out, err) : sl_buf_addf(&path, err, "%s.response.json", name))
        || !sl_ceremony_file_write(sl_buf_str(&path), sl_buf_span(&bytes), err))
        return false;
    sl_console_say(&c->console, "signed    by %s: %s", name, sl_buf_str(&path));
    SL_AUTO(sl_json_clear)
    json_t *answer = json_pack("{s:s, s:s, s:s, s:s+}", "file", sl_buf_str(&path), "signer", name, "keyid",
                               r->signers[made.by].pub.keyid, "planDigest", "sha256:", r->plan.digest);
    if (!answer)
        return sl_fail_nomem(err);
    return !c->console.json || sl_console_json(&c->console, answer, err);
}

bool sl_cmd_ceremony_sign(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(sl_one_key_close) struct sl_one_key key = { 0 };
    SL_AUTO(sl_ceremony_clear) struct sl_ceremony r = { 0 };
    bool yes = false;
    if (!sl_one_key_open(c, &key, err) || !sl_ceremony_file_request(c->args.positional[0], &r, err)
        || !expected(c, &r, err) || !in_order(c, &r, err) || !may_sign(c, &r, &key, err)
        || !sl_ceremony_view(&c->console, &r, err) || !agreed(c, &yes, err))
        return false;
    if (yes)
        return write_response(c, &r, &key, err);
    *status = SL_EXIT_OTHER;
    sl_console_warn(&c->console, "nothing was signed, because the answer was not yes");
    return true;
}
