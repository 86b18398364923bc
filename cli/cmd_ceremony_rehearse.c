/* sealift ceremony rehearse: all of it with keys that are thrown away. */
#include "cli/ceremony_view.h"
#include "cli/verb.h"
#include "core/file.h"
#include "signer/local.h"
#include "signer/throwaway.h"

#include <string.h>

struct rehearsal {
    struct sl_context *c;
    json_t *plan;
    struct sl_signer *signer;
    struct sl_pubkey pubs[SL_TRUST_KEYS_MAX];
    struct sl_ceremony_key keys[SL_TRUST_KEYS_MAX];
    size_t n;
    struct sl_buf request, responses[SL_TRUST_KEYS_MAX];
    struct sl_ceremony_part parts[SL_TRUST_KEYS_MAX];
    size_t n_parts;
    struct sl_ceremony ceremony;
    struct sl_ceremony_transcript transcript;
};

static void clear(struct rehearsal *r)
{
    for (size_t i = 0; i < r->n; i++)
        sl_pubkey_clear(&r->pubs[i]);
    for (size_t i = 0; i < SL_TRUST_KEYS_MAX; i++)
        sl_buf_clear(&r->responses[i]);
    sl_ceremony_transcript_clear(&r->transcript);
    sl_ceremony_clear(&r->ceremony);
    sl_buf_clear(&r->request);
    sl_signer_freep(&r->signer);
    sl_json_clear(&r->plan);
}

/* What the plan has a key do. */
static enum sl_algorithm use(void *ctx, const char *name)
{
    const struct rehearsal *r = ctx;
    static const char *const lists[][2] = { { "statement.keys", "name" }, { "artifacts", "key" } };
    for (size_t l = 0; l < 2; l++) {
        const json_t *list = sl_json_at(r->plan, lists[l][0]);
        for (size_t i = 0; i < json_array_size(list); i++)
            if (strcmp(sl_json_str(json_array_get(list, i), lists[l][1]), name) == 0)
                return sl_algorithm_from_name(sl_json_str(json_array_get(list, i), "algorithm"));
    }
    return SL_ALG_NONE;
}

static bool make_request(struct rehearsal *r, struct sl_err *err)
{
    const char *uri = "", *name;
    for (; (name = sl_ceremony_who(r->plan, r->n, &uri)) != NULL; r->n++) {
        if (r->n == SL_TRUST_KEYS_MAX)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the plan has more than %u signers", SL_TRUST_KEYS_MAX);
        if (!r->signer->public_key(r->signer, name, uri, "", &r->pubs[r->n], err))
            return false;
        r->keys[r->n] = (struct sl_ceremony_key){ name, &r->pubs[r->n] };
    }
    const struct sl_ceremony_ask ask = { .plan = r->plan, .keys = r->keys, .n = r->n, .rehearsal = true };
    return sl_ceremony_make(&ask, &r->request, err)
           && sl_ceremony_read(sl_buf_span(&r->request), "the request", &r->ceremony, err)
           && sl_ceremony_view(&r->c->console, &r->ceremony, err);
}

/* As many as must sign, and everyone whose artifacts wait. */
static bool make_responses(struct rehearsal *r, struct sl_err *err)
{
    size_t statements = 0;
    for (size_t i = 0; i < r->ceremony.n; i++) {
        const struct sl_ceremony_signer *s = &r->ceremony.signers[i];
        const struct sl_sign_with with = { .name = s->name, .uri = "", .path = "" };
        if (s->n_artifacts == 0 && statements == r->ceremony.threshold)
            continue;
        statements += s->statement;
        r->responses[r->n_parts] = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
        if (!sl_ceremony_response_make(&r->ceremony, r->signer, &with, &r->responses[r->n_parts], err))
            return false;
        r->parts[r->n_parts] = (struct sl_ceremony_part){ sl_buf_span(&r->responses[r->n_parts]), s->name };
        r->n_parts++;
        sl_console_say(&r->c->console, "signed    by %s, with a key that is thrown away", s->name);
    }
    return true;
}

/* A rehearsal shows the guard too: one response fewer, and one that is given twice. */
static bool show_refusals(struct rehearsal *r, struct sl_err *err)
{
    const struct sl_ceremony_part request = { sl_buf_span(&r->request), "the request" };
    struct sl_ceremony_part twice[SL_TRUST_KEYS_MAX + 1];
    struct sl_err few = { 0 }, again = { 0 };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript none = { .good = 0 };
    memcpy(twice, r->parts, r->n_parts * sizeof *twice);
    twice[r->n_parts] = r->parts[0];
    if (sl_ceremony_transcript_make(&request, r->parts, r->n_parts - 1, &none, &few)
        || sl_ceremony_transcript_make(&request, twice, r->n_parts + 1, &none, &again))
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "a ceremony with a response too few or twice was not refused");
    sl_console_say(&r->c->console, "refused   a response fewer: %s", few.msg);
    sl_console_say(&r->c->console, "refused   a response twice: %s", again.msg);
    return true;
}

static bool combine(struct rehearsal *r, struct sl_err *err)
{
    const struct sl_ceremony_part request = { sl_buf_span(&r->request), "the request" };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript again = { .good = 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    if (!sl_ceremony_transcript_make(&request, r->parts, r->n_parts, &r->transcript, err)
        || !sl_ceremony_transcript_read(sl_buf_span(&r->transcript.bytes), "the transcript", &again, err)
        || !sl_ceremony_view_names(&r->ceremony, again.signed_by, &names, err))
        return false;
    sl_console_say(&r->c->console, "combined  %s signed; the transcript, replayed, is the same: sha256:%s",
                   sl_buf_str(&names), again.digest);
    return true;
}

static bool put(const char *dir, const char *name, const char *suffix, struct sl_span bytes, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf file = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    return sl_buf_addf(&file, err, "%s%s", name, suffix) && sl_path_join(dir, sl_buf_str(&file), &path, err)
           && sl_file_write(sl_buf_str(&path), 0644, bytes, err);
}

static bool leave(const struct rehearsal *r, struct sl_err *err)
{
    const char *dir = sl_args_get(&r->c->args, SL_OPT_OUT, NULL);
    if (!dir)
        return true;
    if (!sl_dir_make(dir, err) || !put(dir, "request", ".json", sl_buf_span(&r->request), err)
        || !put(dir, "transcript", ".json", sl_buf_span(&r->transcript.bytes), err)
        || !put(dir, "statement", ".json", sl_buf_span(&r->transcript.statement), err))
        return false;
    for (size_t i = 0; i < r->n_parts; i++)
        if (!put(dir, r->parts[i].name, ".response.json", r->parts[i].text, err))
            return false;
    sl_console_say(&r->c->console, "written   %s", dir);
    return true;
}

bool sl_cmd_ceremony_rehearse(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(clear) struct rehearsal r = { .c = c };
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    const char *plan = c->args.positional[0];
    const struct sl_throwaway_use uses = { use, &r };
    r.request = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    if (!sl_file_read(plan, SL_CEREMONY_MAX_BYTES, &text, err) || !sl_json_parse(sl_buf_span(&text), plan, &r.plan, err)
        || !sl_throwaway_new(&uses, &r.signer, err) || !make_request(&r, err) || !make_responses(&r, err)
        || !show_refusals(&r, err) || !combine(&r, err) || !leave(&r, err))
        return false;
    SL_AUTO(sl_json_clear)
    json_t *answer = json_pack("{s:b, s:s+, s:I, s:I}", "rehearsed", true, "planDigest",
                               "sha256:", r.ceremony.plan.digest, "signatures", (json_int_t)r.transcript.good,
                               "threshold", (json_int_t)r.ceremony.threshold);
    if (!answer)
        return sl_fail_nomem(err);
    return !c->console.json || sl_console_json(&c->console, answer, err);
}
