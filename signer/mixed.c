#include "signer/mixed.h"

#include "signer/external.h"
#include "signer/local.h"
#include "signer/priv/signable.h"
#include "signer/priv/verify.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A service's public key, once it is known. */
struct known {
    struct known *next;
    struct sl_buf uri;
    struct sl_pubkey pub;
};

struct mixed {
    struct sl_signer port; /* first, so that one is the other */
    struct sl_signer *local, *external;
    struct sl_keyservice *services[SL_MIXED_SERVICES];
    size_t n;
    struct known *keys;
};

static struct sl_keyservice *service_of(const struct mixed *m, const char *uri)
{
    for (size_t i = 0; i < m->n; i++)
        if (sl_span_starts(sl_span_str(uri), m->services[i]->scheme))
            return m->services[i];
    return NULL;
}

static void known_free(struct known *k)
{
    sl_buf_clear(&k->uri);
    sl_pubkey_clear(&k->pub);
    free(k);
}

static bool fetch(struct sl_keyservice *service, const char *uri, const char *path, struct sl_pubkey *ret,
                  struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    if (!service->public_key)
        return sl_pubkey_load(path, ret, err);
    return service->public_key(service, uri, &spki, err) && sl_pubkey_from_spki(sl_buf_span(&spki), ret, err);
}

/* The public key of a service's key, asked for once. */
static const struct known *know(struct mixed *m, struct sl_keyservice *service, const char *uri, const char *path,
                                struct sl_err *err)
{
    for (struct known *k = m->keys; k; k = k->next)
        if (strcmp(sl_buf_str(&k->uri), uri) == 0)
            return k;
    struct known *k = calloc(1, sizeof *k);
    if (!k) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    if (!sl_buf_add_str(&k->uri, uri, err) || !fetch(service, uri, path, &k->pub, err)
        || (service->check && !service->check(service, uri, err))) {
        known_free(k);
        return NULL;
    }
    k->next = m->keys;
    m->keys = k;
    return k;
}

/* Who has the keys that no service has. */
static struct sl_signer *here(const struct mixed *m, const char *uri)
{
    return sl_external_is(uri) ? m->external : m->local;
}

static bool nobody(const char *uri, struct sl_err *err)
{
    return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE, "not supported here: key '%.80s'", uri);
}

static bool public_key(struct sl_signer *self, const char *name, const char *uri, const char *path,
                       struct sl_pubkey *ret, struct sl_err *err)
{
    struct mixed *m = (struct mixed *)self;
    struct sl_keyservice *service = service_of(m, uri);
    struct sl_signer *port = here(m, uri);
    if (!service)
        return port ? port->public_key(port, name, uri, path, ret, err) : nobody(uri, err);
    const struct known *k = know(m, service, uri, path, err);
    return k && sl_pubkey_from_spki(sl_buf_span(&k->pub.spki), ret, err);
}

static bool sign(struct sl_signer *self, const char *name, const char *uri, const char *path,
                 const struct sl_to_sign *what, struct sl_buf *ret, struct sl_err *err)
{
    struct mixed *m = (struct mixed *)self;
    struct sl_keyservice *service = service_of(m, uri);
    struct sl_signer *port = here(m, uri);
    SL_AUTO(sl_signable_clear) struct sl_signable message = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    if (!service)
        return port ? port->sign(port, name, uri, path, what, ret, err) : nobody(uri, err);
    const struct known *k = know(m, service, uri, path, err);
    if (!k || !sl_verify_able(&k->pub, what->algorithm, err) || !sl_signable_take(what, &message, err))
        return false;
    const struct sl_keyservice_ask ask = { what->algorithm, message.span };
    if (!service->sign(service, uri, &ask, &signature, err))
        return false;
    if (!sl_verify_message(&k->pub, what->algorithm, message.span, sl_buf_span(&signature), err))
        return sl_while(err, SL_LOC_NONE, "what the service of '%.120s' returned", uri);
    sl_buf_move(ret, &signature);
    return true;
}

static void mixed_free(struct sl_signer *self)
{
    struct mixed *m = (struct mixed *)self;
    while (m->keys) {
        struct known *k = m->keys;
        m->keys = k->next;
        known_free(k);
    }
    for (size_t i = 0; i < m->n; i++)
        sl_keyservice_freep(&m->services[i]);
    sl_signer_freep(&m->local);
    sl_signer_freep(&m->external);
    free(m);
}

bool sl_mixed_new(struct sl_signer *local, struct sl_keyservice *const *services, struct sl_signer **ret,
                  struct sl_err *err)
{
    struct sl_signer *external = NULL;
    struct mixed *m = sl_external_new(&external, err) ? calloc(1, sizeof *m) : NULL;
    if (!m) {
        sl_signer_freep(&external);
        sl_signer_freep(&local);
        for (; *services; services++) {
            struct sl_keyservice *service = *services;
            sl_keyservice_freep(&service);
        }
        return sl_fail_nomem(err);
    }
    m->port = (struct sl_signer){ public_key, sign, mixed_free };
    m->local = local;
    m->external = external;
    for (; *services; services++) {
        assert(m->n < SL_MIXED_SERVICES);
        m->services[m->n++] = *services;
    }
    *ret = &m->port;
    return true;
}
