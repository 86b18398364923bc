/* sealift ceremony request: what a ceremony is to sign, in one file. */
#include "cli/ceremony_file.h"
#include "cli/ceremony_view.h"
#include "cli/one_key.h"
#include "cli/tool.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"

#include <string.h>

#define DEFAULT_MANIFEST "sealift.yaml"

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

static bool from_uri(const struct asking *a, const char *name, const char *uri, struct sl_pubkey *ret,
                     struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    bool file = false;
    if (!sl_one_key_beside(sl_buf_str(&a->dir), uri, &path, &file, err))
        return false;
    if (!file)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "the public key of signer '%.60s' (%.80s) is not at hand; give --signer %s=FILE", name, uri,
                       name);
    return sl_pubkey_load(sl_buf_str(&path), ret, err)
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
    return !path || sl_ceremony_file_transcript(path, &a->previous, err);
}

static bool collect(struct asking *a, struct sl_err *err)
{
    const struct sl_args *args = &a->c->args;
    const char *trust = sl_args_get(args, SL_OPT_TRUST, NULL), *plan = args->positional[0];
    if (!sl_path_dir(sl_args_get(args, SL_OPT_MANIFEST, DEFAULT_MANIFEST), &a->dir, err)
        || !sl_ceremony_file_read(plan, &a->plan_text, err)
        || !sl_json_parse(sl_buf_span(&a->plan_text), plan, &a->plan, err))
        return false;
    if (trust) {
        a->has_trust = true;
        if (!sl_ceremony_file_read(trust, &a->trust_text, err)
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
           && same_plan(&a, &made, err) && sl_ceremony_file_write(out, sl_buf_span(&bytes), err)
           && answer_request(c, &made, out, err);
}
