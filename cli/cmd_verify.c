/* sealift verify: what FILE is, and who answers for its kind. */
#include "cli/tool.h"
#include "cli/verify.h"
#include "cli/verify_format.h"
#include "signer/format.h"

#include <string.h>
#include <unistd.h>

/* --signature; with --ca FILE.p7s; else the first of FILE.sig, FILE.minisig and FILE.p7s that is there. */
static bool signature_path(const struct sl_args *args, const char *file, struct sl_buf *ret, struct sl_err *err)
{
    static const enum sl_format formats[] = { SL_FORMAT_RAW, SL_FORMAT_MINISIGN, SL_FORMAT_CMS };
    const char *given = sl_args_get(args, SL_OPT_SIGNATURE, NULL);
    if (given)
        return sl_buf_add_str(ret, given, err);
    if (sl_args_has(args, SL_OPT_CA))
        return sl_buf_addf(ret, err, "%s%s", file, sl_format_suffix(SL_FORMAT_CMS));
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
        if (!sl_buf_addf(&path, err, "%s%s", file, sl_format_suffix(formats[i])))
            return false;
        if (access(sl_buf_str(&path), F_OK) != 0)
            continue;
        sl_buf_move(ret, &path);
        return true;
    }
    return sl_buf_addf(ret, err, "%s%s", file, sl_format_suffix(SL_FORMAT_RAW));
}

/* One that failed may be older than another, which is then named. */
static void name_others(const struct sl_verifying *v, const char *file, const char *tried)
{
    static const enum sl_format formats[] = { SL_FORMAT_RAW, SL_FORMAT_MINISIGN, SL_FORMAT_CMS };
    struct sl_err err = { 0 };
    if (sl_args_has(&v->c->args, SL_OPT_SIGNATURE))
        return;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
        if (sl_buf_addf(&path, &err, "%s%s", file, sl_format_suffix(formats[i]))
            && strcmp(sl_buf_str(&path), tried) != 0 && access(sl_buf_str(&path), F_OK) == 0)
            sl_console_note(&v->c->console, "'%s' was looked at; '%s' is there too: --signature checks that one", tried,
                            sl_buf_str(&path));
    }
}

/* FILE against FILE.sig or --signature. */
static bool verify_by(struct sl_verifying *v, const char *file, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    enum sl_algorithm alg = SL_ALG_NONE;
    bool ca = sl_args_has(&v->c->args, SL_OPT_CA);
    if (ca && sl_verifying_has_keys(v))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--ca goes in place of --key or --trust; give one of them");
    if ((!ca && !sl_verifying_keys(v, err)) || !sl_sigfile_read(path, &signature, err))
        return false;
    if (ca || sl_format_of(sl_buf_span(&signature)) != SL_FORMAT_RAW)
        return sl_verify_format(v, file, path, sl_buf_span(&signature), err);
    if (!sl_verifying_file(v, file, sl_buf_span(&signature), &alg, err))
        return false;
    if (!sl_buf_addf(&how, err, "%s signature", sl_algorithm_name(alg)))
        return false;
    const char *const what[] = { file, sl_buf_str(&how), sl_buf_str(&v->by) };
    return sl_verifying_text(details, "signature", path, err)
           && sl_verifying_text(details, "algorithm", sl_algorithm_name(alg), err)
           && sl_verifying_keyids(v, details, err) && sl_verifying_good(v, what, details, err);
}

static bool verify_file(struct sl_verifying *v, const char *file, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    if (!signature_path(&v->c->args, file, &path, err))
        return false;
    if (verify_by(v, file, sl_buf_str(&path), err))
        return true;
    if (err->code == SL_E_VERIFY)
        name_others(v, file, sl_buf_str(&path));
    return false;
}

/* A lone JSON file of ours says itself what it is; anything else is a file with a signature beside it. */
static bool verify_any(struct sl_verifying *v, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_VERIFYING_MAX_BYTES);
    enum sl_verify_kind kind = SL_VERIFY_FILE;
    if (!sl_args_has(&v->c->args, SL_OPT_SIGNATURE) && !sl_verify_kind(path, &text, &kind, err))
        return false;
    switch (kind) {
    case SL_VERIFY_STATEMENT:
        return sl_verify_statement(v, path, sl_buf_span(&text), err);
    case SL_VERIFY_TRUST:
        return sl_verify_trust(v, path, sl_buf_span(&text), err);
    case SL_VERIFY_RECEIPT:
        return sl_verify_receipt(v, path, sl_buf_span(&text), err);
    case SL_VERIFY_PLAN:
    case SL_VERIFY_FILE:
        break;
    }
    return verify_file(v, path, err);
}

static bool answer(struct sl_verifying *v, struct sl_err *err)
{
    bool one = json_array_size(v->answers) == 1;
    sl_verifying_decided(v);
    return !sl_console_wants(&v->c->console)
           || sl_console_json(&v->c->console, one ? json_array_get(v->answers, 0) : v->answers, err);
}

static bool verify_remote(struct sl_verifying *v, enum sl_exit *status, struct sl_err *err)
{
    const struct sl_tool *t = v->c->tool;
    if (t->network)
        return t->network->verify_remote(v, status, err);
    return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                   "--remote and --job: %s reaches no network; 'sealift verify' does", t->name);
}

bool sl_cmd_verify(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(sl_verifying_clear) struct sl_verifying v = { .c = c, .answers = json_array() };
    const char *statement = sl_args_get(&c->args, SL_OPT_STATEMENT, NULL);
    if (!v.answers)
        return sl_fail_nomem(err);
    if (sl_args_has(&c->args, SL_OPT_REMOTE) || sl_args_has(&c->args, SL_OPT_JOB))
        return verify_remote(&v, status, err) && answer(&v, err);
    if (!c->args.n_positional)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s verify' needs FILE, --remote or --job ID", c->tool->name);
    if (statement)
        return sl_verify_by_statement(&v, statement, err) && answer(&v, err);
    if (c->args.n_positional > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s verify' checks one file, or several with --statement",
                       c->tool->name);
    return verify_any(&v, c->args.positional[0], err) && answer(&v, err);
}
