/* sealift verify: a file against its signature or a signed statement; a receipt against what AWS holds. */
#include "cli/keyring.h"
#include "cli/session.h"
#include "cli/verb.h"
#include "core/file.h"
#include "core/text.h"
#include "publisher/receipt.h"
#include "signer/sigfile.h"
#include "signer/statement.h"

#include <stdlib.h>
#include <string.h>

#define MAX_JSON_BYTES ((size_t)4 << 20)

/* The public keys given by --key. */
struct keys {
    struct sl_pubkey *list;
    size_t n;
};

static void clear(struct keys *k)
{
    for (size_t i = 0; i < k->n; i++)
        sl_pubkey_clear(&k->list[i]);
    free(k->list);
}

static bool load_keys(struct sl_context *c, struct keys *k, struct sl_err *err)
{
    const char *const *paths = c->args.value[SL_OPT_KEY];
    size_t n = 0;
    while (paths && paths[n])
        n++;
    if (n == 0)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'sealift verify' needs --key, the public key to check with");
    k->list = calloc(n, sizeof *k->list);
    if (!k->list)
        return sl_fail_nomem(err);
    for (; k->n < n; k->n++)
        if (!sl_keyring_public(c, paths[k->n], &k->list[k->n], err))
            return false;
    return true;
}

static bool good(struct sl_context *c, const char *what, const char *how, const char *by, struct sl_err *err)
{
    if (c->console.json) {
        SL_AUTO(sl_json_clear)
        json_t *answer = json_pack("{s:s,s:b,s:s,s:s}", "file", what, "verified", 1, "as", how, "by", by);
        return answer ? sl_console_json(&c->console, answer, err) : sl_fail_nomem(err);
    }
    sl_console_say(&c->console, "%s: good, %s, %s", what, how, by);
    return true;
}

/* FILE against FILE.sig or --signature. */
static bool verify_file(struct sl_context *c, const char *file, struct sl_err *err)
{
    SL_AUTO(clear) struct keys keys = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    const char *given = sl_args_get(&c->args, SL_OPT_SIGNATURE, NULL);
    const char *name = sl_args_get(&c->args, SL_OPT_ALGORITHM, NULL);
    enum sl_algorithm alg = name ? sl_algorithm_from_name(name) : SL_ALG_NONE;
    if (name && alg == SL_ALG_NONE)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown algorithm '%s'", name);
    if (!load_keys(c, &keys, err))
        return false;
    if (keys.n > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "a file has one signature; give one --key, or --statement");
    if (!(given ? sl_buf_add_str(&path, given, err) : sl_buf_addf(&path, err, "%s.sig", file))
        || !sl_sigfile_read(sl_buf_str(&path), &signature, err)
        || !sl_verify_file(file, &keys.list[0], alg, sl_buf_span(&signature), &c->console.progress, err))
        return false;
    return good(c, file, "signature", keys.list[0].keyid, err);
}

/* The envelope in a bundle (statement.json) or alone. */
static const json_t *envelope_of(const json_t *value)
{
    const json_t *inner = json_object_get(value, "dsseEnvelope");
    return inner ? inner : value;
}

static bool load_statement(struct sl_context *c, struct sl_span text, const char *name, struct sl_statement *ret,
                           struct sl_err *err)
{
    SL_AUTO(clear) struct keys keys = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf payload = SL_BUF_MAX(MAX_JSON_BYTES);
    /* Every key given must have signed: who names two keys means two. */
    return load_keys(c, &keys, err) && sl_json_parse(text, name, &value, err)
           && sl_dsse_verify(envelope_of(value), keys.list, keys.n, keys.n, &payload, NULL, err)
           && sl_statement_read(sl_buf_span(&payload), ret, err);
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

static bool verify_subject(struct sl_context *c, const struct sl_statement *s, const char *file, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    struct sl_digests d = { 0 };
    if (!sl_file_open(file, &fd, &size, err)
        || !sl_digest_fd(fd, file, SL_HASH_BIT(SL_SHA256), &c->console.progress, &size, &d, err))
        return false;
    const char *subject = subject_with(s, sl_digests_get(&d, SL_SHA256));
    if (!subject)
        return no_subject(s, file, sl_digests_get(&d, SL_SHA256), err);
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    if (!sl_buf_addf(&how, err, "artifact '%s' of release %s %s", subject, s->name, s->version))
        return false;
    return good(c, file, sl_buf_str(&how), "signed statement", err);
}

static bool verify_with_statement(struct sl_context *c, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(MAX_JSON_BYTES);
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    if (!sl_file_read(path, MAX_JSON_BYTES, &text, err) || !load_statement(c, sl_buf_span(&text), path, &s, err))
        return false;
    for (size_t i = 0; i < c->args.n_positional; i++)
        if (!verify_subject(c, &s, c->args.positional[i], err))
            return false;
    return true;
}

static bool verify_statement(struct sl_context *c, struct sl_span text, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    return load_statement(c, text, path, &s, err)
           && sl_buf_addf(&how, err, "statement of release %s %s, plan sha256:%s", s.name, s.version, s.plan_digest)
           && good(c, path, sl_buf_str(&how), "every key given", err);
}

/* Is the receipt about the release that was signed, and about all of it? */
static bool same_release(const struct sl_statement *s, const json_t *receipt, struct sl_err *err)
{
    const struct {
        const char *path, *stated;
    } members[] = { { "release.name", s->name }, { "release.version", s->version }, { "planDigest", s->plan_digest } };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (strcmp(sl_json_str(receipt, members[i].path), members[i].stated) != 0)
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "the receipt's %s is '%.80s', the signed statement says '%.80s'", members[i].path,
                           sl_json_str(receipt, members[i].path), members[i].stated);
    size_t i;
    json_t *subject;
    json_array_foreach(json_object_get(s->value, "subject"), i, subject)
    {
        const char *name = sl_json_str(subject, "name");
        if (!json_object_get(json_object_get(receipt, "artifacts"), name))
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "the receipt lacks artifact '%.80s', which the signed statement names", name);
    }
    return true;
}

/* The statement as the bucket holds it, under the keys given, must name what the receipt names. */
static bool check_signed(struct sl_context *c, const json_t *receipt, struct sl_wire *wire, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bundle = SL_BUF_MAX(MAX_JSON_BYTES);
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    if (!sl_receipt_statement(receipt, wire, &bundle, err)
        || !load_statement(c, sl_buf_span(&bundle), "statement.json", &s, err) || !same_release(&s, receipt, err))
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
    }
    return true;
}

static bool verify_receipt(struct sl_context *c, const char *path, struct sl_span text, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *receipt = NULL;
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_findings findings = { .arena = &arena };
    if (!sl_receipt_read(text, path, &receipt, err)
        || !sl_session_open(c, sl_json_str(receipt, "bucket.region"), &wire, err))
        return false;
    bool ok = sl_receipt_check(receipt, wire, &findings, err);
    for (size_t i = 0; i < findings.n; i++)
        sl_console_say(&c->console, "%-9s %s", findings.list[i].verdict == SL_HOLDS ? "holds" : "FAILS",
                       findings.list[i].sentence);
    if (!ok || (sl_args_has(&c->args, SL_OPT_KEY) && !check_signed(c, receipt, wire, err)))
        return false;
    return good(c, path, "receipt",
                sl_args_has(&c->args, SL_OPT_KEY) ? "AWS and the signed statement agree" : "AWS agrees", err);
}

static bool is_json(const char *path)
{
    size_t len = strlen(path);
    return len > 5 && strcmp(path + len - 5, ".json") == 0;
}

/* A lone JSON file of ours says itself what it is; anything else is a file with a signature beside it. */
static bool verify_any(struct sl_context *c, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(MAX_JSON_BYTES);
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    struct sl_err not_json = { 0 };
    if (!is_json(path) || sl_args_has(&c->args, SL_OPT_SIGNATURE))
        return verify_file(c, path, err);
    if (!sl_file_read(path, MAX_JSON_BYTES, &text, err))
        return false;
    if (!sl_json_parse(sl_buf_span(&text), path, &value, &not_json))
        return verify_file(c, path, err);
    if (json_object_get(value, "dsseEnvelope") || json_object_get(value, "payloadType"))
        return verify_statement(c, sl_buf_span(&text), path, err);
    if (strcmp(sl_json_str(value, "mediaType"), SL_RECEIPT_MEDIA_TYPE) == 0)
        return verify_receipt(c, path, sl_buf_span(&text), err);
    return verify_file(c, path, err);
}

bool sl_cmd_verify(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    const char *statement = sl_args_get(&c->args, SL_OPT_STATEMENT, NULL);
    if (statement)
        return verify_with_statement(c, statement, err);
    if (c->args.n_positional > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'sealift verify' checks one file, or several with --statement");
    return verify_any(c, c->args.positional[0], err);
}
