/* sealift verify: a file against its signature or a signed statement; a receipt against what AWS holds. */
#include "cli/verify_format.h"
#include "cli/verifying.h"
#include "core/file.h"
#include "core/text.h"
#include "publisher/receipt.h"
#include "signer/format.h"

#include <string.h>
#include <unistd.h>

/* --signature, or the first of FILE.sig, FILE.minisig and FILE.p7s that is there. */
static bool signature_path(const struct sl_args *args, const char *file, struct sl_buf *ret, struct sl_err *err)
{
    static const enum sl_format formats[] = { SL_FORMAT_RAW, SL_FORMAT_MINISIGN, SL_FORMAT_CMS };
    const char *given = sl_args_get(args, SL_OPT_SIGNATURE, NULL);
    if (given)
        return sl_buf_add_str(ret, given, err);
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

/* FILE against FILE.sig or --signature. */
static bool verify_file(struct sl_verifying *v, const char *file, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    enum sl_algorithm alg = SL_ALG_NONE;
    bool ca = sl_args_has(&v->c->args, SL_OPT_CA);
    if ((!ca && !sl_verifying_keys(v, err)) || !signature_path(&v->c->args, file, &path, err)
        || !sl_sigfile_read(sl_buf_str(&path), &signature, err))
        return false;
    if (ca || sl_format_of(sl_buf_span(&signature)) != SL_FORMAT_RAW)
        return sl_verify_format(v, file, sl_buf_str(&path), sl_buf_span(&signature), err);
    if (!sl_verifying_file(v, file, sl_buf_span(&signature), &alg, err))
        return false;
    if (!sl_buf_addf(&how, err, "%s signature", sl_algorithm_name(alg)))
        return false;
    const char *const what[] = { file, sl_buf_str(&how), sl_buf_str(&v->by) };
    return sl_verifying_text(details, "signature", sl_buf_str(&path), err)
           && sl_verifying_text(details, "algorithm", sl_algorithm_name(alg), err)
           && sl_verifying_keyids(v, details, err) && sl_verifying_good(v, what, details, err);
}

/* What every answer about a release says for programs. */
static bool add_release(const struct sl_verifying *v, const struct sl_statement *s, json_t *to, struct sl_err *err)
{
    json_t *release = json_pack("{s:s, s:s}", "name", s->name, "version", s->version);
    return sl_json_set(to, "release", release, err)
           && sl_json_set(to, "planDigest", json_sprintf("sha256:%s", s->plan_digest), err)
           && sl_verifying_keyids(v, to, err);
}

/* The subject that has this digest, NULL when none has. */
static const char *subject_with(const struct sl_statement *s, struct sl_span digest)
{
    size_t i;
    json_t *subject;
    json_array_foreach(json_object_get(s->value, "subject"), i, subject)
    {
        const char *name = sl_json_str(subject, "name");
        uint8_t value[SL_SHA256_BYTES];
        if (sl_statement_subject(s, name, value) && sl_span_eq_ct((struct sl_span){ value, sizeof value }, digest))
            return name;
    }
    return NULL;
}

/* Is the file named as the subject, but for folders and what follows the first dot? */
static bool named_as(const char *file, const char *subject)
{
    const char *base = sl_path_base(file);
    size_t len = strlen(subject);
    return strncmp(base, subject, len) == 0 && (base[len] == 0 || base[len] == '.');
}

/* What the statement names: the subject this file must be, or the first few when its name does not tell. */
static bool add_named(const struct sl_statement *s, const char *file, struct sl_buf *b, struct sl_err *err)
{
    size_t i, shown = 0;
    json_t *subject;
    const json_t *all = json_object_get(s->value, "subject");
    json_array_foreach(all, i, subject)
    {
        const char *name = sl_json_str(subject, "name");
        if (!named_as(file, name) && json_array_size(all) > 1)
            continue;
        return sl_buf_addf(b, err, "has for '%s' %s", name, sl_json_str(subject, "digest.sha256"));
    }
    if (!sl_buf_add_str(b, "has ", err))
        return false;
    json_array_foreach(all, i, subject)
    {
        if (shown++ == 2)
            return sl_buf_addf(b, err, " and %zu more", json_array_size(all) - 2);
        if (!sl_buf_addf(b, err, "%s'%.40s' %s", i ? ", " : "", sl_json_str(subject, "name"),
                         sl_json_str(subject, "digest.sha256")))
            return false;
    }
    return true;
}

static bool no_subject(const struct sl_statement *s, const char *file, struct sl_span digest, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf named = { 0 };
    char hex[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(hex, sizeof hex, digest);
    if (!add_named(s, file, &named, err))
        return false;
    return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                   "'%s' has sha256 %s, which no file of release %s %s has: the signed statement %s", file, hex,
                   s->name, s->version, sl_buf_str(&named));
}

static bool verify_subject(struct sl_verifying *v, const struct sl_statement *s, const char *file, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    uint64_t size = 0;
    struct sl_digests d = { 0 };
    if (!sl_file_open(file, &fd, &size, err)
        || !sl_digest_fd(fd, file, SL_HASH_BIT(SL_SHA256), &v->c->console.progress, &size, &d, err))
        return false;
    const char *subject = subject_with(s, sl_digests_get(&d, SL_SHA256));
    if (!subject)
        return no_subject(s, file, sl_digests_get(&d, SL_SHA256), err);
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    char hex[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(hex, sizeof hex, sl_digests_get(&d, SL_SHA256));
    if (!sl_buf_addf(&how, err, "artifact '%s' of release %s %s", subject, s->name, s->version))
        return false;
    const char *const what[] = { file, sl_buf_str(&how), v->has_trust ? sl_buf_str(&v->by) : "signed statement" };
    return sl_verifying_text(details, "artifact", subject, err) && sl_verifying_text(details, "sha256", hex, err)
           && add_release(v, s, details, err) && sl_verifying_good(v, what, details, err);
}

static bool verify_with_statement(struct sl_verifying *v, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_VERIFYING_MAX_BYTES);
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    if (!sl_file_read(path, SL_VERIFYING_MAX_BYTES, &text, err)
        || !sl_verifying_statement(v, sl_buf_span(&text), path, &s, err))
        return false;
    for (size_t i = 0; i < v->c->args.n_positional; i++)
        if (!verify_subject(v, &s, v->c->args.positional[i], err))
            return false;
    return true;
}

/* The artifacts a statement names, with their digests. */
static bool add_subjects(const struct sl_statement *s, json_t *to, struct sl_err *err)
{
    json_t *subjects = NULL, *subject;
    size_t i;
    if (!sl_json_set(to, "artifacts", subjects = json_object(), err))
        return false;
    json_array_foreach(json_object_get(s->value, "subject"), i, subject)
    {
        if (!sl_verifying_text(subjects, sl_json_str(subject, "name"), sl_json_str(subject, "digest.sha256"), err))
            return false;
    }
    return true;
}

static bool verify_statement(struct sl_verifying *v, struct sl_span text, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    if (!sl_verifying_statement(v, text, path, &s, err)
        || !sl_buf_addf(&how, err, "statement of release %s %s, plan sha256:%s", s.name, s.version, s.plan_digest))
        return false;
    const char *const what[] = { path, sl_buf_str(&how), sl_buf_str(&v->by) };
    return add_release(v, &s, details, err) && add_subjects(&s, details, err)
           && sl_verifying_good(v, what, details, err);
}

static bool is_json(const char *path)
{
    size_t len = strlen(path);
    return len > 5 && strcmp(path + len - 5, ".json") == 0;
}

/* A lone JSON file of ours says itself what it is; anything else is a file with a signature beside it. */
static bool verify_any(struct sl_verifying *v, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_VERIFYING_MAX_BYTES);
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    struct sl_err not_json = { 0 };
    if (!is_json(path) || sl_args_has(&v->c->args, SL_OPT_SIGNATURE))
        return verify_file(v, path, err);
    if (!sl_file_read(path, SL_VERIFYING_MAX_BYTES, &text, err))
        return false;
    if (!sl_json_parse(sl_buf_span(&text), path, &value, &not_json))
        return verify_file(v, path, err);
    if (json_object_get(value, "dsseEnvelope") || json_object_get(value, "payloadType"))
        return verify_statement(v, sl_buf_span(&text), path, err);
    if (strcmp(sl_json_str(value, "mediaType"), SL_RECEIPT_MEDIA_TYPE) == 0)
        return sl_verify_receipt(v, path, sl_buf_span(&text), err);
    return verify_file(v, path, err);
}

static bool answer(struct sl_verifying *v, struct sl_err *err)
{
    bool one = json_array_size(v->answers) == 1;
    return !v->c->console.json
           || sl_console_json(&v->c->console, one ? json_array_get(v->answers, 0) : v->answers, err);
}

bool sl_cmd_verify(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(sl_verifying_clear) struct sl_verifying v = { .c = c, .answers = json_array() };
    const char *statement = sl_args_get(&c->args, SL_OPT_STATEMENT, NULL);
    if (!v.answers)
        return sl_fail_nomem(err);
    if (statement)
        return verify_with_statement(&v, statement, err) && answer(&v, err);
    if (c->args.n_positional > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'sealift verify' checks one file, or several with --statement");
    return verify_any(&v, c->args.positional[0], err) && answer(&v, err);
}
