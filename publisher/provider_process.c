/* Credentials that a program of the user's prints (AWS SDKs and Tools reference guide, "Process credential provider"). */
#include "core/text.h"
#include "core/program.h"
#include "publisher/priv/provider.h"
#include "publisher/priv/shellwords.h"

#include <string.h>

#define TIMEOUT_SECONDS 60
#define MAX_WORDS       256u

struct process {
    const char *profile;
    const struct sl_secret *words; /* argv points there */
    char **argv;
    const char *what;
};

static const struct sl_provider_names names = { .id = "AccessKeyId",
                                                .secret = "SecretAccessKey",
                                                .token = "SessionToken",
                                                .expiration = "Expiration",
                                                .account = "AccountId",
                                                .token_optional = true,
                                                .expiration_optional = true };

/* What it said is shown in part, unless it is what it should have printed. */
static bool refused(const struct process *c, const struct sl_program_result *r, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf said = { 0 };
    const char *text = sl_buf_str(&r->says);
    bool show = *text && !strstr(text, "SecretAccessKey") && !strstr(text, "SessionToken");
    if (show && !sl_safe_add(&said, sl_span_sub(sl_buf_span(&r->says), 0, strcspn(text, "\r\n")), 200, err))
        return false;
    return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "%s ended with status %d%s%s", c->what, r->status,
                   said.len ? ": " : "", sl_buf_str(&said));
}

static bool take_answer(struct sl_provider *p, struct sl_span out, struct sl_fresh *ret, struct sl_err *err)
{
    const struct process *c = p->config;
    SL_AUTO(sl_json_clear) json_t *object = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf what = { 0 };
    if (!sl_buf_addf(&what, err, "what %s printed", c->what)
        || !sl_provider_parse(out, sl_buf_str(&what), &object, err))
        return false;
    const json_t *version = json_object_get(object, "Version");
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "%s is not of Version 1", sl_buf_str(&what));
    return sl_provider_take(object, &names, sl_buf_str(&what), ret, err);
}

static bool fetch_process(struct sl_provider *p, int64_t now_utc, struct sl_fresh *ret, struct sl_err *err)
{
    SL_AUTO(sl_program_result_clear) struct sl_program_result result = { .status = 0 };
    const struct process *c = p->config;
    const struct sl_program_run run = { .argv = c->argv,
                                        .timeout_seconds = TIMEOUT_SECONDS,
                                        .interrupted = p->means->ask.wire.interrupted };
    (void)now_utc;
    if (!sl_program_run(&run, &result, err))
        return sl_while(err, SL_LOC_NONE, "%s", c->what);
    return result.status == 0 ? take_answer(p, sl_secret_span(&result.out), ret, err) : refused(c, &result, err);
}

/* ---- the command ---- */

static size_t length_of(const struct sl_config_entry *e)
{
    size_t len = e->value.len;
    for (const struct sl_config_line *l = e->more; l; l = l->next)
        len += 1 + l->text.len;
    return len;
}

/* A value of several lines, with their ends between. */
static bool joined(const struct sl_config_entry *e, struct sl_secret *ret, struct sl_err *err)
{
    if (!sl_secret_new(length_of(e), ret, err))
        return false;
    size_t len = e->value.len;
    if (len > 0)
        memcpy(ret->ptr, e->value.ptr, len);
    for (const struct sl_config_line *l = e->more; l; l = l->next) {
        ret->ptr[len++] = '\n';
        memcpy(ret->ptr + len, l->text.ptr, l->text.len);
        len += l->text.len;
    }
    return true;
}

static bool split(struct sl_provider_means *m, const struct sl_config_entry *e, struct process *c, bool *ret_bad,
                  struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    struct sl_secret *words = sl_provider_keep(m, err);
    c->argv = sl_arena_alloc(&m->arena, MAX_WORDS + 1, sizeof *c->argv, err);
    if (!words || !c->argv || !joined(e, &text, err) || !sl_secret_new(text.len + MAX_WORDS, words, err))
        return false;
    struct sl_span rest = sl_secret_span(&text);
    size_t n = 0, at = 0, len = 0;
    while (n < MAX_WORDS && sl_shellwords_next(&rest, (char *)words->ptr + at, &len, ret_bad)) {
        c->argv[n++] = (char *)words->ptr + at;
        at += len + 1;
        words->ptr[at - 1] = 0;
    }
    *ret_bad = *ret_bad || n == 0 || n == MAX_WORDS;
    c->words = words;
    return true;
}

bool sl_provider_process(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    const struct sl_profile_file *f = NULL;
    const struct sl_config_entry *e = sl_profile_find(&at->m->profile, at->profile, "credential_process", &f);
    struct process *c = sl_arena_alloc(&at->m->arena, 1, sizeof *c, err);
    bool bad = false;
    at->why = "the profile has no credential_process";
    if (!e || !c)
        return c != NULL;
    if (!split(at->m, e, c, &bad, err))
        return false;
    if (bad)
        return sl_fail(
            err, SL_E_INPUT, SL_LOC_NONE,
            "%s:%u: credential_process is not a command; a program and its arguments are expected, and every "
            "quote closed",
            sl_buf_str(&f->path), e->line);
    c->profile = at->profile;
    c->what = sl_arena_fmt(&at->m->arena, err, "the credential_process of the profile '%s'", at->profile);
    const struct sl_provider made = {
        .from = c->what, .habit = SL_PROVIDER_RENEWS, .fetch = fetch_process, .config = c
    };
    *ret = c->what ? sl_provider_new(at->m, &made, err) : NULL;
    return *ret != NULL;
}

/* "aws login": its renewal signs with a key of its own (DPoP, RFC 9449). */
bool sl_provider_login(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    const struct sl_profile_file *f = NULL;
    const struct sl_config_entry *e = sl_profile_find(&at->m->profile, at->profile, "login_session", &f);
    (void)ret;
    at->why = "the profile has no login_session";
    return !e
           || sl_fail(
               err, SL_E_UNSUPPORTED, SL_LOC_NONE,
               "%s:%u: the profile '%s' gets its credentials by login_session, which is not supported; 'eval "
               "\"$(aws configure export-credentials --profile %s --format env)\"' puts them into the environment",
               sl_buf_str(&f->path), e->line, at->profile, at->profile);
}
