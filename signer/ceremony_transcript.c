#include "core/text.h"
#include "signer/priv/bundle.h"
#include "signer/priv/ceremony.h"
#include "signer/priv/dsse.h"

#include <stdlib.h>
#include <string.h>

void sl_ceremony_transcript_clear(struct sl_ceremony_transcript *t)
{
    sl_ceremony_clear(&t->ceremony);
    sl_buf_clear(&t->bytes);
    sl_buf_clear(&t->statement);
    free(t->signed_by);
    *t = (struct sl_ceremony_transcript){ 0 };
}

/* The responses, each in the place of its signer. */
struct answers {
    struct sl_ceremony_response *items;
    size_t n;
};

static void answers_clear(struct answers *a)
{
    for (size_t i = 0; a->items && i < a->n; i++)
        sl_ceremony_response_clear(&a->items[i]);
    free(a->items);
}

static bool take(struct sl_ceremony_transcript *t, const struct sl_ceremony_part *part, struct answers *a,
                 struct sl_err *err)
{
    SL_AUTO(sl_ceremony_response_clear) struct sl_ceremony_response r = { 0 };
    if (!sl_ceremony_response_read(&t->ceremony, part->text, part->name, &r, err))
        return false;
    if (t->signed_by[r.by])
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "%s: '%s' has answered already, and counts once", part->name,
                       t->ceremony.signers[r.by].name);
    t->signed_by[r.by] = true;
    t->good += t->ceremony.signers[r.by].statement;
    a->items[r.by] = r;
    r = (struct sl_ceremony_response){ 0 };
    return true;
}

/* Who has not answered and could, or must. */
static bool missing(const struct sl_ceremony_transcript *t, bool statement, struct sl_buf *ret, struct sl_err *err)
{
    for (size_t i = 0; i < t->ceremony.n; i++) {
        const struct sl_ceremony_signer *s = &t->ceremony.signers[i];
        bool due = !t->signed_by[i] && (statement ? s->statement : s->n_artifacts > 0);
        if (due && !sl_buf_addf(ret, err, "%s%s", ret->len ? ", " : "", s->name))
            return false;
    }
    return true;
}

static bool enough(const struct sl_ceremony_transcript *t, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf who = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf must = { 0 };
    if (!missing(t, true, &who, err) || !missing(t, false, &must, err))
        return false;
    if (t->good < t->ceremony.threshold)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "%zu of %zu signatures are there; who could still sign: %s",
                       t->good, t->ceremony.threshold, sl_buf_str(&who));
    return must.len == 0
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                      "artifacts wait for the signature of %s, and nobody else may sign them", sl_buf_str(&must));
}

/* ---- the signed statement ---- */

static void signatures_free(struct sl_signature **all)
{
    free(*all);
}

static bool envelope(const struct sl_ceremony_transcript *t, const struct answers *a, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    SL_AUTO(signatures_free) struct sl_signature *made = calloc(t->ceremony.n + 1, sizeof *made);
    size_t n = 0;
    if (!made)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < t->ceremony.n; i++) {
        if (!t->signed_by[i] || !t->ceremony.signers[i].statement)
            continue;
        memcpy(made[n].keyid, t->ceremony.signers[i].pub.keyid, sizeof made[n].keyid);
        made[n++].bytes = a->items[i].statement; /* borrowed */
    }
    return sl_statement_build(&t->ceremony.plan, &payload, err)
           && sl_dsse_build(SL_STATEMENT_PAYLOAD_TYPE, sl_buf_span(&payload), made, n, ret, err);
}

static bool add_artifact(const struct sl_ceremony_transcript *t, const struct answers *a,
                         const struct sl_plan_artifact *what, json_t *signatures, struct sl_err *err)
{
    for (size_t i = 0; i < t->ceremony.n; i++) {
        json_t *text = json_object_get(a->items[i].artifacts, what->name);
        if (text)
            return sl_json_set(signatures, what->name,
                               json_pack("{s:s, s:s, s:O}", "algorithm", sl_algorithm_name(what->algorithm), "keyid",
                                         t->ceremony.signers[i].pub.keyid, "signature", text),
                               err);
    }
    return true;
}

/* The envelope alone, or in a bundle with the signatures of artifacts (signer/signed.h) when there are any. */
static bool statement(const struct sl_ceremony_transcript *t, const struct answers *a, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *dsse = NULL;
    SL_AUTO(sl_json_clear) json_t *signatures = json_object();
    if (!signatures)
        return sl_fail_nomem(err);
    if (!envelope(t, a, &dsse, err))
        return false;
    for (size_t i = 0; i < t->ceremony.plan.n_artifacts; i++)
        if (!add_artifact(t, a, &t->ceremony.plan.artifacts[i], signatures, err))
            return false;
    *ret = json_object_size(signatures) == 0 ? json_incref(dsse)
                                             : json_pack("{s:O, s:s, s:O}", "dsseEnvelope", dsse, "mediaType",
                                                         SL_BUNDLE_MEDIA_TYPE, "signatures", signatures);
    return *ret ? true : sl_fail_nomem(err);
}

static bool write(struct sl_ceremony_transcript *t, const struct answers *a, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *made = NULL;
    SL_AUTO(sl_json_clear) json_t *whole = json_object();
    json_t *responses = NULL;
    if (!whole)
        return sl_fail_nomem(err);
    if (!statement(t, a, &made, err) || !sl_json_canonical(made, &t->statement, err)
        || !sl_json_set(whole, "mediaType", json_string(SL_CEREMONY_TRANSCRIPT_TYPE), err)
        || !sl_json_set(whole, "request", json_incref(t->ceremony.value), err)
        || !sl_json_set(whole, "statement", json_incref(made), err)
        || !sl_json_set(whole, "responses", responses = json_array(), err))
        return false;
    for (size_t i = 0; i < t->ceremony.n; i++)
        if (t->signed_by[i] && !sl_json_push(responses, json_incref(a->items[i].envelope), err))
            return false;
    t->bytes = SL_BUF_MAX(4 * SL_CEREMONY_MAX_BYTES);
    return sl_json_canonical(whole, &t->bytes, err) && sl_ceremony_digest(sl_buf_span(&t->bytes), t->digest, err);
}

bool sl_ceremony_transcript_make(const struct sl_ceremony_part *request, const struct sl_ceremony_part *responses,
                                 size_t n, struct sl_ceremony_transcript *ret, struct sl_err *err)
{
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript t = { 0 };
    SL_AUTO(answers_clear) struct answers a = { 0 };
    if (!sl_ceremony_read(request->text, request->name, &t.ceremony, err))
        return false;
    a.n = t.ceremony.n;
    a.items = calloc(a.n + 1, sizeof *a.items);
    t.signed_by = calloc(a.n + 1, sizeof *t.signed_by);
    if (!a.items || !t.signed_by)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (!take(&t, &responses[i], &a, err))
            return false;
    if (!enough(&t, err) || !write(&t, &a, err))
        return false;
    sl_ceremony_transcript_clear(ret);
    *ret = t;
    t = (struct sl_ceremony_transcript){ 0 };
    return true;
}

/* ---- reading ---- */

/* The parts of a transcript, as the files they were. */
struct parts {
    struct sl_buf *texts; /* the request, then the responses */
    struct sl_ceremony_part *list;
    size_t n;
};

static void parts_clear(struct parts *p)
{
    for (size_t i = 0; p->texts && i < p->n; i++)
        sl_buf_clear(&p->texts[i]);
    free(p->texts);
    free(p->list);
}

static bool split(const json_t *whole, struct parts *p, struct sl_err *err)
{
    const json_t *responses = json_object_get(whole, "responses"), *request = json_object_get(whole, "request");
    p->n = 1 + json_array_size(responses);
    p->texts = calloc(p->n, sizeof *p->texts);
    p->list = calloc(p->n, sizeof *p->list);
    if (!p->texts || !p->list) {
        (void)sl_fail_nomem(err); /* false always, which gcc's analyzer cannot know */
        return false;
    }
    for (size_t i = 0; i < p->n; i++) {
        const json_t *part = i == 0 ? request : json_array_get(responses, i - 1);
        if (!json_is_object(part))
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "it lacks its request, or a response is no object");
        p->texts[i] = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
        if (!sl_json_canonical(part, &p->texts[i], err))
            return false;
        p->list[i] = (struct sl_ceremony_part){ sl_buf_span(&p->texts[i]),
                                                i == 0 ? "its request" : "a response in it" };
    }
    return true;
}

static bool read_transcript(struct sl_span text, const char *name, struct sl_ceremony_transcript *ret,
                            struct sl_err *err)
{
    static const char *const members[] = { "mediaType", "request", "responses", "statement", NULL };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript t = { 0 };
    SL_AUTO(sl_json_clear) json_t *whole = NULL;
    SL_AUTO(parts_clear) struct parts p = { 0 };
    if (!sl_ceremony_parse(text, name, "a ceremony transcript", members, &whole, err))
        return false;
    if (strcmp(sl_json_str(whole, "mediaType"), SL_CEREMONY_TRANSCRIPT_TYPE) != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "its mediaType is '%.80s', expected '" SL_CEREMONY_TRANSCRIPT_TYPE "'",
                       sl_json_str(whole, "mediaType"));
    if (!split(whole, &p, err) || !sl_ceremony_transcript_make(&p.list[0], p.list + 1, p.n - 1, &t, err))
        return false;
    if (!sl_span_eq(sl_buf_span(&t.bytes), text))
        return sl_fail(
            err, SL_E_VERIFY, SL_LOC_NONE,
            "combining its request and responses again gives other bytes: its statement or their order was changed");
    sl_ceremony_transcript_clear(ret);
    *ret = t;
    t = (struct sl_ceremony_transcript){ 0 };
    return true;
}

bool sl_ceremony_transcript_read(struct sl_span text, const char *name, struct sl_ceremony_transcript *ret,
                                 struct sl_err *err)
{
    return read_transcript(text, name, ret, err) || sl_ceremony_while(name, err);
}
