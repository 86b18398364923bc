#include "keys/pkcs11.h"

#include "keys/priv/pkcs11.h"

#include <stdlib.h>
#include <string.h>

bool sl_pkcs11_new(struct sl_pkcs11 **ret, struct sl_err *err)
{
    struct sl_pkcs11 *p = calloc(1, sizeof *p);
    if (!p)
        return sl_fail_nomem(err);
    *ret = p;
    return true;
}

void sl_pkcs11_freep(struct sl_pkcs11 **p)
{
    if (!*p)
        return;
    while ((*p)->modules) {
        struct sl_pkcs11_module *m = (*p)->modules;
        (*p)->modules = m->next;
        sl_pkcs11_module_free(m);
    }
    free(*p);
    *p = NULL;
}

static bool read_query(const struct sl_pkcs11_ask *ask, struct sl_pkcs11_query *ret, struct sl_err *err)
{
    if (strcmp(ask->uri, "pkcs11:") == 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "'pkcs11:' alone names no key; say which by 'token', 'object' or 'id', as in "
                       "'pkcs11:token=release;object=fw'");
    ret->ask = ask;
    sl_pkcs11_text((struct sl_span){ (const uint8_t *)ask->uri, strcspn(ask->uri, "?") }, ret->text, sizeof ret->text);
    return sl_pkcs11_uri_read(ask->uri, &ret->uri, err);
}

/* The module of a query, in which at least one token is meant. */
static struct sl_pkcs11_module *enter(struct sl_pkcs11 *p, const struct sl_pkcs11_query *q, struct sl_err *err)
{
    struct sl_pkcs11_module *m = sl_pkcs11_module_get(p, q, err);
    return m && sl_pkcs11_token_some(m, q, err) ? m : NULL;
}

static bool find_all(struct sl_pkcs11_module *m, const struct sl_pkcs11_uri *uri, CK_OBJECT_CLASS class, bool named,
                     struct sl_pkcs11_hits *hits, struct sl_err *err)
{
    for (struct sl_pkcs11_token *t = m->tokens; t; t = t->next)
        if (sl_pkcs11_token_allowed(t, uri) && !sl_pkcs11_object_find(t, uri, class, named, hits, err))
            return false;
    return true;
}

static bool several(const struct sl_pkcs11_query *q, const struct sl_pkcs11_hits *hits, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    return sl_pkcs11_object_names(q, hits, &names, err)
           && sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "'%s' names several keys: %s; say which by 'token', 'object' or 'id'", q->text,
                      sl_buf_str(&names));
}

/* The one key that all these objects are of, none when none says. */
static bool agree(const struct sl_pkcs11_query *q, const struct sl_pkcs11_hits *hits, struct sl_pubkey *ret,
                  struct sl_err *err)
{
    if (hits->n > SL_PKCS11_HITS)
        return several(q, hits, err);
    for (size_t i = 0; i < hits->n; i++) {
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey one = { 0 };
        bool known = false;
        if (!sl_pkcs11_spki(&hits->at[i], &one, &known, err))
            return false;
        if (!known)
            continue;
        if (ret->spki.len > 0 && !sl_span_eq(sl_buf_span(&ret->spki), sl_buf_span(&one.spki)))
            return several(q, hits, err);
        sl_pubkey_move(ret, &one);
    }
    return true;
}

/* The public half by what the URI says, from what can be read as things are; ret->spki is empty when nothing says it.
 * *ret_token: where it was found. */
static bool look(struct sl_pkcs11_module *m, const struct sl_pkcs11_query *q, struct sl_pubkey *ret,
                 struct sl_pkcs11_token **ret_token, struct sl_err *err)
{
    static const CK_OBJECT_CLASS classes[] = { CKO_PUBLIC_KEY, CKO_CERTIFICATE };
    for (size_t i = 0; i < sizeof classes / sizeof *classes && ret->spki.len == 0; i++) {
        struct sl_pkcs11_hits hits = { 0 };
        if (!find_all(m, &q->uri, classes[i], true, &hits, err) || !agree(q, &hits, ret, err))
            return false;
        *ret_token = hits.n > 0 ? hits.at[0].token : NULL;
        for (size_t k = 1; k < hits.n; k++)
            if (hits.at[k].token != hits.at[0].token)
                *ret_token = NULL;
    }
    return true;
}

/* The one token to log in to: a PIN is shown to no other. */
static bool choose_token(struct sl_pkcs11_module *m, const struct sl_pkcs11_query *q, struct sl_pkcs11_token **ret,
                         struct sl_err *err)
{
    size_t n = 0;
    struct sl_pkcs11_token *last = NULL;
    for (struct sl_pkcs11_token *t = m->tokens; t; t = t->next)
        if (sl_pkcs11_token_allowed(t, &q->uri)) {
            last = t;
            n++;
        }
    if (n == 1)
        *ret = last;
    return *ret
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "%zu tokens are '%s'; say which by 'token' or 'serial', so that the PIN goes to no other", n,
                      q->text);
}

static bool no_key(struct sl_pkcs11_token *t, const struct sl_pkcs11_query *q, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    struct sl_pkcs11_hits there = { 0 };
    if (!sl_pkcs11_object_find(t, &q->uri, CKO_PRIVATE_KEY, false, &there, err)
        || !sl_pkcs11_object_names(q, &there, &names, err))
        return false;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "no private key is '%s'; token '%s' shows %s", q->text, t->label,
                   there.n > 0 ? sl_buf_str(&names) : "none");
}

static bool find_private(struct sl_pkcs11_token *t, const struct sl_pkcs11_query *q, struct sl_pkcs11_object *ret,
                         struct sl_err *err)
{
    struct sl_pkcs11_hits hits = { 0 };
    if (!sl_pkcs11_login(t, q, err) || !sl_pkcs11_object_find(t, &q->uri, CKO_PRIVATE_KEY, true, &hits, err))
        return false;
    if (hits.n == 0)
        return no_key(t, q, err);
    if (hits.n > 1)
        return several(q, &hits, err);
    *ret = hits.at[0];
    return true;
}

/* The public half of a private key whose public object has other names: by its id, or as far as it tells itself. */
static bool look_by_id(const struct sl_pkcs11_object *private, const struct sl_pkcs11_query *q, struct sl_pubkey *ret,
                       struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf id = { 0 };
    struct sl_pkcs11_hits hits = { 0 };
    bool known = false;
    if (!sl_pkcs11_object_get(private, CKA_ID, &id, err)
        || !sl_pkcs11_object_find_id(private->token, CKO_PUBLIC_KEY, sl_buf_span(&id), &hits, err)
        || !sl_pkcs11_object_find_id(private->token, CKO_CERTIFICATE, sl_buf_span(&id), &hits, err)
        || !agree(q, &hits, ret, err))
        return false;
    if (ret->spki.len > 0)
        return true;
    if (!sl_pkcs11_spki(private, ret, &known, err))
        return false;
    return known
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "token '%s' keeps no public key or certificate for '%s'; store one with the same id",
                      private->token->label, q->text);
}

static bool open_key(struct sl_pkcs11 *p, const struct sl_pkcs11_query *q, struct sl_pubkey *ret_pub,
                     struct sl_pkcs11_object *ret, struct sl_err *err)
{
    struct sl_pkcs11_module *m = enter(p, q, err);
    struct sl_pkcs11_token *token = NULL;
    if (!m || !look(m, q, ret_pub, &token, err) || !choose_token(m, q, &token, err)
        || !find_private(token, q, ret, err))
        return false;
    return ret_pub->spki.len > 0 || look_by_id(ret, q, ret_pub, err);
}

bool sl_pkcs11_public(struct sl_pkcs11 *p, const struct sl_pkcs11_ask *ask, struct sl_pubkey *ret, struct sl_err *err)
{
    struct sl_pkcs11_query q = { 0 };
    struct sl_pkcs11_token *token = NULL;
    struct sl_pkcs11_object private = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    struct sl_pkcs11_module *m = read_query(ask, &q, err) ? enter(p, &q, err) : NULL;
    if (!m || !look(m, &q, &pub, &token, err))
        return false;
    if (pub.spki.len == 0 && !open_key(p, &q, &pub, &private, err))
        return false;
    sl_pubkey_move(ret, &pub);
    return true;
}

bool sl_pkcs11_open(struct sl_pkcs11 *p, const struct sl_pkcs11_ask *ask, struct sl_privkey *ret, struct sl_err *err)
{
    struct sl_pkcs11_query q = { 0 };
    struct sl_pkcs11_object private = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    if (!read_query(ask, &q, err) || !open_key(p, &q, &key.pub, &private, err)
        || !sl_pkcs11_sign_new(&private, ask, &key.token, err))
        return false;
    sl_privkey_move(ret, &key);
    return true;
}
