/* sealift ceremony request, sign, combine, verify: people sign where their keys are. */
#include "cli/ceremony_view.h"
#include "cli/one_key.h"
#include "cli/tool.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "signer/external.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_MANIFEST "sealift.yaml"

static bool read_whole(const char *path, struct sl_buf *ret, struct sl_err *err)
{
    *ret = SL_BUF_MAX(4 * SL_CEREMONY_MAX_BYTES);
    return sl_file_read(path, 4 * SL_CEREMONY_MAX_BYTES, ret, err);
}

static bool read_request(const char *path, struct sl_ceremony *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return read_whole(path, &text, err) && sl_ceremony_read(sl_buf_span(&text), path, ret, err);
}

static bool read_transcript(const char *path, struct sl_ceremony_transcript *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return read_whole(path, &text, err) && sl_ceremony_transcript_read(sl_buf_span(&text), path, ret, err);
}

/* A new file; the same bytes may be there already. */
static bool write_new(const char *path, struct sl_span bytes, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf there = { 0 };
    SL_AUTO(sl_outfile_clear) struct sl_outfile out = SL_OUTFILE_NONE;
    struct sl_err none = { 0 };
    if (access(path, F_OK) == 0 && read_whole(path, &there, &none) && sl_span_eq(sl_buf_span(&there), bytes))
        return true;
    if (!sl_outfile_open(path, 0644, true, &out, err))
        return false;
    sl_outfile_add(&out, bytes);
    return sl_outfile_commit(&out, err);
}

/* ---- request ---- */

/* What a request is made from, while it is collected. */
struct asking {
    struct sl_context *c;
    struct sl_buf plan_text, trust_text, dir;
    json_t *plan;
    struct sl_trust trust;
    bool has_trust;
    struct sl_ceremony_transcript previous;
    struct sl_pubkey pubs[SL_TRUST_KEYS_MAX];
    struct sl_ceremony_key keys[SL_TRUST_KEYS_MAX];
    size_t n;
};

static void asking_clear(struct asking *a)
{
    for (size_t i = 0; i < a->n; i++)
        sl_pubkey_clear(&a->pubs[i]);
    sl_ceremony_transcript_clear(&a->previous);
    sl_trust_clear(&a->trust);
    sl_json_clear(&a->plan);
    sl_buf_clear(&a->plan_text);
    sl_buf_clear(&a->trust_text);
    sl_buf_clear(&a->dir);
}

/* The file --signer names for this signer, NULL when it names none. */
static const char *named(const struct sl_args *args, const char *name)
{
    size_t len = strlen(name);
    for (const char **v = args->value[SL_OPT_SIGNER]; v && *v; v++)
        if (strncmp(*v, name, len) == 0 && (*v)[len] == '=')
            return *v + len + 1;
    return NULL;
}

static bool from_trust(const struct asking *a, const char *name, struct sl_pubkey *ret, bool *ret_found,
                       struct sl_err *err)
{
    for (size_t i = 0; a->has_trust && i < a->trust.n_keys; i++)
        if (strcmp(a->trust.keys[i].name, name) == 0) {
            *ret_found = true;
            return sl_pubkey_from_spki(sl_buf_span(&a->trust.pubs[i].spki), ret, err);
        }
    return true;
}

/* The public half beside a private key: FILE.pub as 'key new' writes it, else what FILE itself gives away. */
static bool from_uri(const struct asking *a, const char *name, const char *uri, struct sl_pubkey *ret,
                     struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf pub = { 0 };
    bool external = sl_external_is(uri), file = strncmp(uri, "file:", 5) == 0 || strncmp(uri, "sealed:", 7) == 0;
    if (!external && !file)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "the public key of signer '%.60s' (%.80s) is not at hand; give --signer %s=FILE", name, uri,
                       name);
    if (!sl_path_join(sl_buf_str(&a->dir), strchr(uri, ':') + 1, &path, err)
        || !(external ? sl_external_public_path(sl_buf_str(&path), &pub, err)
                      : sl_buf_addf(&pub, err, "%s.pub", sl_buf_str(&path))))
        return false;
    bool beside = external || access(sl_buf_str(&pub), F_OK) == 0;
    return sl_pubkey_load(sl_buf_str(beside ? &pub : &path), ret, err)
           || sl_advise(err, "or give the public key of '%s' with --signer %s=FILE", name, name);
}

static bool find_key(struct asking *a, const char *name, const char *uri, struct sl_err *err)
{
    struct sl_pubkey *pub = &a->pubs[a->n];
    const char *given = named(&a->c->args, name);
    bool found = given != NULL;
    if (given && !sl_pubkey_load(given, pub, err))
        return sl_while(err, SL_LOC_NONE, "--signer %s", name);
    if ((!found && !from_trust(a, name, pub, &found, err)) || (!found && !from_uri(a, name, uri, pub, err)))
        return false;
    a->keys[a->n] = (struct sl_ceremony_key){ name, pub };
    a->n++;
    return true;
}

static bool find_keys(struct asking *a, struct sl_err *err)
{
    const char *uri = "", *name;
    for (size_t i = 0; (name = sl_ceremony_who(a->plan, i, &uri)) != NULL; i++) {
        if (i == SL_TRUST_KEYS_MAX)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the plan has more than %u signers", SL_TRUST_KEYS_MAX);
        if (!find_key(a, name, uri, err))
            return false;
    }
    for (const char **v = a->c->args.value[SL_OPT_SIGNER]; v && *v; v++) {
        size_t i = 0, len = strcspn(*v, "=");
        while (i < a->n && (strlen(a->keys[i].name) != len || strncmp(a->keys[i].name, *v, len) != 0))
            i++;
        if (i == a->n)
            return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--signer '%.80s': the plan has no signer of that name", *v);
    }
    return true;
}

/* A rehearsal's transcript counts for nothing, and a request says itself whether it is the first. */
static bool read_history(struct asking *a, struct sl_err *err)
{
    const char *path = sl_args_get(&a->c->args, SL_OPT_PREVIOUS, NULL);
    bool first = sl_args_has(&a->c->args, SL_OPT_FIRST);
    if (first == (path != NULL))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "give --previous TRANSCRIPT, of the ceremony before this one, or --first when there was none");
    return !path || read_transcript(path, &a->previous, err);
}

static bool collect(struct asking *a, struct sl_err *err)
{
    const struct sl_args *args = &a->c->args;
    const char *trust = sl_args_get(args, SL_OPT_TRUST, NULL), *plan = args->positional[0];
    if (!sl_path_dir(sl_args_get(args, SL_OPT_MANIFEST, DEFAULT_MANIFEST), &a->dir, err)
        || !read_whole(plan, &a->plan_text, err) || !sl_json_parse(sl_buf_span(&a->plan_text), plan, &a->plan, err))
        return false;
    if (trust) {
        a->has_trust = true;
        if (!read_whole(trust, &a->trust_text, err)
            || !sl_trust_read(sl_buf_span(&a->trust_text), trust, &a->trust, err)
            || !sl_trust_check(&a->trust, sl_clock_now_utc(), err))
            return sl_while(err, SL_LOC_NONE, "--trust");
    }
    if (sl_json_str(a->plan, "trust.sha256")[0] && !trust)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "the plan names a trust file; give it with --trust");
    return read_history(a, err) && find_keys(a, err);
}

/* The plan in the request is the plan file to the byte, or its digest would be another. */
static bool same_plan(const struct asking *a, const struct sl_ceremony *made, struct sl_err *err)
{
    uint8_t digest[SL_SHA256_BYTES];
    char hex[2 * SL_SHA256_BYTES + 1];
    if (!sl_sha256(sl_buf_span(&a->plan_text), digest, err))
        return false;
    sl_hex_put(hex, sizeof hex, (struct sl_span){ digest, sizeof digest });
    return strcmp(hex, made->plan.digest) == 0
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "'%s' is not a plan as 'sealift plan -o' writes it: it was reformatted or edited; make it again",
                      a->c->args.positional[0]);
}

static bool answer_request(struct sl_context *c, const struct sl_ceremony *made, const char *path, struct sl_err *err)
{
    if (!c->console.json)
        return sl_ceremony_view(&c->console, made, err);
    SL_AUTO(sl_json_clear)
    json_t *answer = json_pack("{s:s, s:s+, s:s+, s:I}", "file", path, "planDigest", "sha256:", made->plan.digest,
                               "requestDigest", "sha256:", made->digest, "number", (json_int_t)made->number);
    return answer ? sl_console_json(&c->console, answer, err) : sl_fail_nomem(err);
}

bool sl_cmd_ceremony_request(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(asking_clear) struct asking a = { .c = c };
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    SL_AUTO(sl_ceremony_clear) struct sl_ceremony made = { 0 };
    const char *out = sl_args_get(&c->args, SL_OPT_OUT, NULL);
    if (!out)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s ceremony request' needs -o FILE, the request to write",
                       c->tool->name);
    if (!collect(&a, err))
        return false;
    const struct sl_ceremony_ask ask = { .plan = a.plan,
                                         .keys = a.keys,
                                         .n = a.n,
                                         .trust = sl_buf_span(&a.trust_text),
                                         .previous = a.previous.bytes.len ? &a.previous : NULL };
    return sl_ceremony_make(&ask, &bytes, err) && sl_ceremony_read(sl_buf_span(&bytes), out, &made, err)
           && same_plan(&a, &made, err) && write_new(out, sl_buf_span(&bytes), err)
           && answer_request(c, &made, out, err);
}

/* ---- sign ---- */

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
    return !path || (read_transcript(path, &previous, err) && sl_ceremony_follows(r, &previous, err));
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
        || !write_new(sl_buf_str(&path), sl_buf_span(&bytes), err))
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
    if (!sl_one_key_open(c, &key, err) || !read_request(c->args.positional[0], &r, err) || !expected(c, &r, err)
        || !in_order(c, &r, err) || !may_sign(c, &r, &key, err) || !sl_ceremony_view(&c->console, &r, err)
        || !agreed(c, &yes, err))
        return false;
    if (yes)
        return write_response(c, &r, &key, err);
    *status = SL_EXIT_OTHER;
    sl_console_warn(&c->console, "nothing was signed, because the answer was not yes");
    return true;
}

/* ---- combine ---- */

/* The files of a request and its responses. */
struct files {
    struct sl_buf *texts;
    struct sl_ceremony_part *parts;
    size_t n;
};

static void files_clear(struct files *f)
{
    for (size_t i = 0; f->texts && i < f->n; i++)
        sl_buf_clear(&f->texts[i]);
    free(f->texts);
    free(f->parts);
}

static bool read_files(const struct sl_args *args, struct files *f, struct sl_err *err)
{
    f->n = args->n_positional;
    f->texts = calloc(f->n, sizeof *f->texts);
    f->parts = calloc(f->n, sizeof *f->parts);
    if (!f->texts || !f->parts)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < f->n; i++) {
        if (!read_whole(args->positional[i], &f->texts[i], err))
            return false;
        f->parts[i] = (struct sl_ceremony_part){ sl_buf_span(&f->texts[i]), args->positional[i] };
    }
    return true;
}

static bool write_both(struct sl_context *c, const struct sl_ceremony_transcript *t, struct sl_err *err)
{
    const char *dir = sl_args_get(&c->args, SL_OPT_OUT, ".");
    SL_AUTO(sl_buf_clear) struct sl_buf statement = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf transcript = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    if (!sl_dir_make(dir, err) || !sl_path_join(dir, "statement.json", &statement, err)
        || !sl_path_join(dir, "transcript.json", &transcript, err)
        || !write_new(sl_buf_str(&transcript), sl_buf_span(&t->bytes), err)
        || !write_new(sl_buf_str(&statement), sl_buf_span(&t->statement), err)
        || !sl_ceremony_view_names(&t->ceremony, t->signed_by, &names, err))
        return false;
    sl_console_say(&c->console, "statement   %s, plan sha256:%s", sl_buf_str(&statement), t->ceremony.plan.digest);
    sl_console_say(&c->console, "signed by   %s: %zu signatures of %zu that must be there%s", sl_buf_str(&names),
                   t->good, t->ceremony.threshold, t->ceremony.rehearsal ? " (a REHEARSAL)" : "");
    sl_console_say(&c->console, "transcript  %s, sha256:%s", sl_buf_str(&transcript), t->digest);
    SL_AUTO(sl_json_clear)
    json_t *answer = json_pack("{s:s, s:s, s:s+, s:s+, s:s}", "statement", sl_buf_str(&statement), "transcript",
                               sl_buf_str(&transcript), "transcriptDigest", "sha256:", t->digest, "planDigest",
                               "sha256:", t->ceremony.plan.digest, "signedBy", sl_buf_str(&names));
    if (!answer)
        return sl_fail_nomem(err);
    return !c->console.json || sl_console_json(&c->console, answer, err);
}

bool sl_cmd_ceremony_combine(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(files_clear) struct files f = { 0 };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript t = { .good = 0 };
    return read_files(&c->args, &f, err) && sl_ceremony_transcript_make(&f.parts[0], f.parts + 1, f.n - 1, &t, err)
           && write_both(c, &t, err);
}

/* ---- verify ---- */

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
    if (!read_transcript(path, &t, err) || !check_known(k, &t, path, err))
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
    if (!load_known(c, &k, err) || (previous && !read_transcript(previous, &before, err)))
        return false;
    for (size_t i = 0; i < c->args.n_positional; i++)
        if (!verify_one(c, &k, c->args.positional[i], &before, answers, err))
            return false;
    return !c->console.json || sl_console_json(&c->console, answers, err);
}
