#include "core/text.h"
#include "signer/priv/ceremony.h"
#include "signer/priv/dsse.h"
#include "signer/verify.h"

#include <string.h>

static const struct sl_dsse_kind kind = { SL_CEREMONY_RESPONSE_TYPE, "the response" };

void sl_ceremony_response_clear(struct sl_ceremony_response *r)
{
    sl_json_clear(&r->envelope);
    sl_json_clear(&r->content);
    sl_buf_clear(&r->statement);
    *r = (struct sl_ceremony_response){ 0 };
}

bool sl_ceremony_pae(const struct sl_ceremony *c, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf statement = { 0 };
    return sl_statement_build(&c->plan, &statement, err)
           && sl_dsse_pae(SL_STATEMENT_PAYLOAD_TYPE, sl_buf_span(&statement), ret, err);
}

/* ---- making ---- */

struct making {
    const struct sl_ceremony *c;
    const struct sl_ceremony_signer *who;
    struct sl_signer *signer;
    const struct sl_sign_with *with;
};

static bool sign(const struct making *m, const struct sl_to_sign *what, struct sl_buf *ret, struct sl_err *err)
{
    return m->signer->sign(m->signer, m->with->name, m->with->uri, m->with->path, what, ret, err);
}

static bool sign_pae(const struct making *m, struct sl_span pae, struct sl_buf *ret, struct sl_err *err)
{
    struct sl_digests digests;
    struct sl_to_sign what;
    return sl_dsse_to_sign(m->who->algorithm, pae, &digests, &what, err) && sign(m, &what, ret, err);
}

static bool set_base64(json_t *to, const char *key, struct sl_span bytes, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_base64_add(&text, bytes, err) && sl_json_set(to, key, json_string(sl_buf_str(&text)), err);
}

static bool is_theirs(const struct sl_plan_artifact *a, const struct sl_ceremony_signer *who)
{
    return sl_ceremony_plan_waits(a) && strcmp(a->key->name, who->name) == 0;
}

static bool add_artifacts(const struct making *m, json_t *content, struct sl_err *err)
{
    json_t *artifacts = NULL;
    if (m->who->n_artifacts == 0)
        return true;
    if (!sl_json_set(content, "artifacts", artifacts = json_object(), err))
        return false;
    for (size_t i = 0; i < m->c->plan.n_artifacts; i++) {
        const struct sl_plan_artifact *a = &m->c->plan.artifacts[i];
        const struct sl_to_sign what = { .algorithm = a->algorithm, .digests = &a->digests };
        SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
        if (is_theirs(a, m->who)
            && (!sign(m, &what, &signature, err) || !set_base64(artifacts, a->name, sl_buf_span(&signature), err)))
            return sl_while(err, SL_LOC_NONE, "signing artifact '%.60s'", a->name);
    }
    return true;
}

static bool add_statement(const struct making *m, json_t *content, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf pae = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    if (!m->who->statement)
        return true;
    return (sl_ceremony_pae(m->c, &pae, err) && sign_pae(m, sl_buf_span(&pae), &signature, err)
            && set_base64(content, "statement", sl_buf_span(&signature), err))
           || sl_while(err, SL_LOC_NONE, "signing the release statement");
}

static void signature_clear(struct sl_signature *s)
{
    sl_buf_clear(&s->bytes);
}

/* The response itself is signed, so that it answers this request and no other. */
static bool enclose(const struct making *m, const json_t *content, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf payload = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    SL_AUTO(sl_buf_clear) struct sl_buf pae = SL_BUF_MAX(2 * SL_CEREMONY_MAX_BYTES);
    SL_AUTO(signature_clear) struct sl_signature signature = { 0 };
    SL_AUTO(sl_json_clear) json_t *envelope = NULL;
    memcpy(signature.keyid, m->who->pub.keyid, sizeof signature.keyid);
    return sl_json_canonical(content, &payload, err)
           && sl_dsse_pae(SL_CEREMONY_RESPONSE_TYPE, sl_buf_span(&payload), &pae, err)
           && sign_pae(m, sl_buf_span(&pae), &signature.bytes, err)
           && sl_dsse_build(SL_CEREMONY_RESPONSE_TYPE, sl_buf_span(&payload), &signature, 1, &envelope, err)
           && sl_json_canonical(envelope, ret, err);
}

static bool stranger(const struct sl_ceremony *c, const char *keyid, const char *what, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    for (size_t i = 0; i < c->n; i++)
        if (!sl_buf_addf(&names, err, "%s%s", i ? ", " : "", c->signers[i].name))
            return false;
    return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "%s keyid %.64s, which is none of the signers' of this request (%s)",
                   what, keyid, sl_buf_str(&names));
}

bool sl_ceremony_response_make(const struct sl_ceremony *c, struct sl_signer *signer, const struct sl_sign_with *with,
                               struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    SL_AUTO(sl_json_clear) json_t *content = NULL;
    SL_AUTO(sl_ceremony_response_clear) struct sl_ceremony_response read = { 0 };
    if (!signer->public_key(signer, with->name, with->uri, with->path, &pub, err))
        return false;
    size_t who = sl_ceremony_find(c, pub.keyid);
    if (who == c->n)
        return stranger(c, pub.keyid, "the key given has", err);
    const struct making m = { c, &c->signers[who], signer, with };
    content = json_pack("{s:s, s:s, s:s, s:s}", "keyid", pub.keyid, "name", m.who->name, "planDigest", c->plan.digest,
                        "request", c->digest);
    if (!content)
        return sl_fail_nomem(err);
    if (!add_statement(&m, content, err) || !add_artifacts(&m, content, err) || !enclose(&m, content, &bytes, err)
        || !sl_ceremony_response_read(c, sl_buf_span(&bytes), "the response", &read, err))
        return false;
    sl_buf_move(ret, &bytes);
    return true;
}

/* ---- reading ---- */

/* Who signed it; nothing of the payload is looked at before. */
static bool open_envelope(const struct sl_ceremony *c, struct sl_ceremony_response *r, struct sl_buf *ret,
                          struct sl_err *err)
{
    const json_t *signatures = json_object_get(r->envelope, "signatures");
    const json_t *signature = json_array_get(signatures, 0);
    const char *keyid = sl_json_str(signature, "keyid");
    bool signed_it = false;
    if (json_array_size(signatures) != 1)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a response has one signature, not %zu",
                       json_array_size(signatures));
    r->by = sl_ceremony_find(c, keyid);
    if (r->by == c->n)
        return stranger(c, keyid, "it is signed by", err);
    return sl_dsse_signers(r->envelope, &kind, &c->signers[r->by].pub, 1, ret, &signed_it, err)
           && (signed_it || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "its signature does not verify"));
}

static bool same_ceremony(const struct sl_ceremony *c, const struct sl_ceremony_response *r, struct sl_err *err)
{
    const struct sl_ceremony_signer *who = &c->signers[r->by];
    const char *plan = sl_json_str(r->content, "planDigest"), *request = sl_json_str(r->content, "request");
    if (strcmp(plan, c->plan.digest) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "'%s' signed another plan: sha256:%.64s, not sha256:%s",
                       who->name, plan, c->plan.digest);
    if (strcmp(request, c->digest) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "'%s' answered another request of the same plan: sha256:%.64s, not sha256:%s", who->name,
                       request, c->digest);
    if (strcmp(sl_json_str(r->content, "name"), who->name) != 0
        || strcmp(sl_json_str(r->content, "keyid"), who->pub.keyid) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "it calls itself the response of '%.60s', and '%s' signed it",
                       sl_json_str(r->content, "name"), who->name);
    return true;
}

static bool check_signature(const struct sl_pubkey *key, const struct sl_to_sign *what, const char *base64,
                            struct sl_buf *ret, struct sl_err *err)
{
    return sl_base64_get(sl_span_str(base64), ret, err) && sl_verify(key, what, sl_buf_span(ret), err);
}

static bool check_statement(const struct sl_ceremony *c, struct sl_ceremony_response *r, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf pae = { 0 };
    const struct sl_ceremony_signer *who = &c->signers[r->by];
    struct sl_digests digests;
    struct sl_to_sign what;
    bool there = json_object_get(r->content, "statement") != NULL;
    if (there != who->statement)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       there ? "'%s' signed the statement, which is not theirs to sign"
                             : "it lacks the signature of the statement by '%s'",
                       who->name);
    if (!there)
        return true;
    return (sl_ceremony_pae(c, &pae, err) && sl_dsse_to_sign(who->algorithm, sl_buf_span(&pae), &digests, &what, err)
            && check_signature(&who->pub, &what, sl_json_str(r->content, "statement"), &r->statement, err))
           || sl_while(err, SL_LOC_NONE, "the signature of the statement by '%s'", who->name);
}

static bool check_artifacts(const struct sl_ceremony *c, const struct sl_ceremony_response *r, struct sl_err *err)
{
    const struct sl_ceremony_signer *who = &c->signers[r->by];
    size_t found = 0;
    for (size_t i = 0; i < c->plan.n_artifacts; i++) {
        const struct sl_plan_artifact *a = &c->plan.artifacts[i];
        const struct sl_to_sign what = { .algorithm = a->algorithm, .digests = &a->digests };
        const json_t *text = json_object_get(r->artifacts, a->name);
        SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
        if (!is_theirs(a, who) || !text)
            continue;
        found++;
        if (!check_signature(&who->pub, &what, json_is_string(text) ? json_string_value(text) : "", &signature, err))
            return sl_while(err, SL_LOC_NONE, "the signature of artifact '%.60s' by '%s'", a->name, who->name);
    }
    if (found != who->n_artifacts || json_object_size(r->artifacts) != found)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "it has signatures of %zu artifacts, and the plan has '%s' sign %zu others or more",
                       json_object_size(r->artifacts), who->name, who->n_artifacts);
    return true;
}

static bool read_response(const struct sl_ceremony *c, struct sl_span text, const char *name,
                          struct sl_ceremony_response *r, struct sl_err *err)
{
    static const char *const outer[] = { "payload", "payloadType", "signatures", NULL };
    static const char *const inner[] = { "artifacts", "keyid", "name", "planDigest", "request", "statement", NULL };
    SL_AUTO(sl_buf_clear) struct sl_buf payload = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    if (!sl_ceremony_parse(text, name, "a ceremony response", outer, &r->envelope, err)
        || !open_envelope(c, r, &payload, err)
        || !sl_ceremony_parse(sl_buf_span(&payload), name, "a ceremony response", inner, &r->content, err))
        return false;
    r->artifacts = json_object_get(r->content, "artifacts");
    return same_ceremony(c, r, err) && check_statement(c, r, err) && check_artifacts(c, r, err);
}

bool sl_ceremony_response_read(const struct sl_ceremony *c, struct sl_span text, const char *name,
                               struct sl_ceremony_response *ret, struct sl_err *err)
{
    SL_AUTO(sl_ceremony_response_clear) struct sl_ceremony_response r = { 0 };
    if (!read_response(c, text, name, &r, err))
        return sl_ceremony_while(name, err);
    sl_ceremony_response_clear(ret);
    *ret = r;
    r = (struct sl_ceremony_response){ 0 };
    return true;
}
