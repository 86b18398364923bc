/* A release statement, and files that must be what it names. */
#include "cli/verify.h"
#include "core/file.h"
#include "core/text.h"

#include <string.h>

bool sl_verify_release(const struct sl_verifying *v, const struct sl_statement *s, json_t *to, struct sl_err *err)
{
    json_t *release = json_pack("{s:s, s:s}", "name", s->name, "version", s->version);
    return sl_json_set(to, "release", release, err)
           && sl_json_set(to, "planDigest", json_sprintf("sha256:%s", s->plan_digest), err)
           && sl_verifying_keyids(v, to, err);
}

/* Is the file named as the subject, but for folders and what follows the first dot? */
static bool named_as(const char *file, const char *subject)
{
    const char *base = sl_path_base(file);
    size_t len = strlen(subject);
    return strncmp(base, subject, len) == 0 && (base[len] == 0 || base[len] == '.');
}

/* The subject that has this digest, the one of the file's own name if there are several; NULL when none has. */
static const char *subject_with(const struct sl_statement *s, const char *file, struct sl_span digest)
{
    size_t i = 0;
    json_t *subject = NULL;
    const char *found = NULL;
    json_array_foreach(json_object_get(s->value, "subject"), i, subject)
    {
        const char *name = sl_json_str(subject, "name");
        uint8_t value[SL_SHA256_BYTES];
        if (sl_statement_subject(s, name, value) && sl_span_eq_ct((struct sl_span){ value, sizeof value }, digest)
            && (!found || named_as(file, name)))
            found = name;
    }
    return found;
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

static bool digest_file(struct sl_verifying *v, const char *file, unsigned hashes, struct sl_digests *ret,
                        struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    return sl_file_open(file, &fd, &size, err)
           && sl_digest_fd(fd, file, SL_HASH_BIT(SL_SHA256) | hashes, &v->c->console.progress, &size, ret, err);
}

/* The subject a file is, and its own signature where the bundle has one. */
static bool check_subject(struct sl_verifying *v, const struct sl_bundle *b, const struct sl_statement *s,
                          const char *file, const struct sl_verify_artifact *a, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    char hex[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(hex, sizeof hex, sl_digests_get(a->digests, SL_SHA256));
    if (!sl_buf_addf(&how, err, "artifact '%s' of release %s %s", a->name, s->name, s->version)
        || (b->signatures && !sl_verify_artifact(v, b, a, &signature, details, err)))
        return false;
    const char *const what[] = { file, sl_buf_str(&how), v->has_trust ? sl_buf_str(&v->by) : "signed statement" };
    if (!sl_verifying_text(details, "artifact", a->name, err) || !sl_verifying_text(details, "sha256", hex, err)
        || !sl_verify_release(v, s, details, err) || !sl_verifying_good(v, what, details, err))
        return false;
    if (b->signatures)
        sl_console_fold(&v->c->console, 13, "  signature  %s", sl_buf_str(&signature));
    return true;
}

static bool verify_subject(struct sl_verifying *v, const struct sl_bundle *b, const struct sl_statement *s,
                           const char *file, struct sl_err *err)
{
    struct sl_digests d = { 0 };
    if (!digest_file(v, file, sl_bundle_hashes(b), &d, err))
        return false;
    const char *subject = subject_with(s, file, sl_digests_get(&d, SL_SHA256));
    if (!subject)
        return no_subject(s, file, sl_digests_get(&d, SL_SHA256), err);
    const struct sl_verify_artifact a = { subject, file, &d };
    return check_subject(v, b, s, file, &a, err);
}

static bool verify_one(struct sl_verifying *v, const struct sl_bundle *b, struct sl_span text,
                       const struct sl_statement *s, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf receipt = SL_BUF_MAX(SL_VERIFYING_MAX_BYTES);
    enum sl_verify_kind kind = SL_VERIFY_FILE;
    if (!sl_verify_kind(path, &receipt, &kind, err))
        return false;
    if (kind != SL_VERIFY_RECEIPT)
        return verify_subject(v, b, s, path, err);
    const struct sl_verify_stated stated = { b, s, text };
    return sl_verify_receipt_by(v, path, sl_buf_span(&receipt), &stated, err);
}

bool sl_verify_by_statement(struct sl_verifying *v, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_VERIFYING_MAX_BYTES);
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    if (!sl_file_read(path, SL_VERIFYING_MAX_BYTES, &text, err) || !sl_bundle_read(sl_buf_span(&text), path, &b, err)
        || !sl_verifying_statement(v, &b, &s, err))
        return false;
    for (size_t i = 0; i < v->c->args.n_positional; i++)
        if (!verify_one(v, &b, sl_buf_span(&text), &s, v->c->args.positional[i], err))
            return false;
    return true;
}

/* An artifact of the statement: its digest and, of a bundle, what its signature came to; a line each for people. */
static bool add_subject(struct sl_verifying *v, const struct sl_bundle *b, const struct sl_statement *s,
                        const char *name, json_t *to, struct sl_buf *lines, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *checked = json_object();
    struct sl_digests d = { .have = SL_HASH_BIT(SL_SHA256) };
    const struct sl_verify_artifact a = { name, NULL, &d };
    char hex[2 * SL_SHA256_BYTES + 1];
    if (!sl_statement_subject(s, name, d.value[SL_SHA256]))
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the statement lost artifact '%.80s'", name);
    sl_hex_put(hex, sizeof hex, sl_digests_get(&d, SL_SHA256));
    if (!sl_buf_addf(lines, err, "  artifact   %s, sha256 %s\n", name, hex)
        || !sl_verifying_text(json_object_get(to, "artifacts"), name, hex, err))
        return false;
    if (!b->signatures)
        return true;
    return sl_buf_add_str(lines, "             ", err) && sl_verify_artifact(v, b, &a, lines, checked, err)
           && sl_buf_add_str(lines, "\n", err)
           && sl_json_set(json_object_get(to, "signatures"), name, json_incref(json_object_get(checked, "signature")),
                          err);
}

static bool add_subjects(struct sl_verifying *v, const struct sl_bundle *b, const struct sl_statement *s, json_t *to,
                         struct sl_buf *lines, struct sl_err *err)
{
    size_t i = 0;
    json_t *subject = NULL;
    if (!sl_json_set(to, "artifacts", json_object(), err)
        || (b->signatures && !sl_json_set(to, "signatures", json_object(), err)))
        return false;
    json_array_foreach(json_object_get(s->value, "subject"), i, subject)
    {
        if (!add_subject(v, b, s, sl_json_str(subject, "name"), to, lines, err))
            return false;
    }
    return true;
}

bool sl_verify_statement(struct sl_verifying *v, const char *path, struct sl_span text, struct sl_err *err)
{
    SL_AUTO(sl_bundle_clear) struct sl_bundle b = { 0 };
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf lines = { 0 };
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    if (!sl_bundle_read(text, path, &b, err) || !sl_verifying_statement(v, &b, &s, err)
        || !sl_buf_addf(&how, err, "statement of release %s %s, plan sha256:%s", s.name, s.version, s.plan_digest)
        || !sl_verify_release(v, &s, details, err) || !add_subjects(v, &b, &s, details, &lines, err))
        return false;
    const char *const what[] = { path, sl_buf_str(&how), sl_buf_str(&v->by) };
    if (!sl_verifying_good(v, what, details, err))
        return false;
    for (const char *line = sl_buf_str(&lines); *line; line += strcspn(line, "\n") + 1)
        sl_console_fold(&v->c->console, 13, "%.*s", (int)strcspn(line, "\n"), line);
    return true;
}
