#include "signer/priv/nonce.h"

#include "keys/evp.h"

#include <openssl/hmac.h>

#include <assert.h>
#include <string.h>

/* The state in locked memory: K, V, and room for V || one byte || x || h. */
struct state {
    uint8_t k[SL_NONCE_MAX_BYTES];
    uint8_t v[SL_NONCE_MAX_BYTES];
    uint8_t message[3 * SL_NONCE_MAX_BYTES + 1];
    bool used; /* a candidate was given out already */
};

static struct state *state_of(struct sl_nonce *n)
{
    return (struct state *)(void *)n->state.ptr;
}

static const EVP_MD *method(const struct sl_nonce *n)
{
    return n->hash == SL_SHA384 ? EVP_sha384() : EVP_sha256();
}

/* to = HMAC_K(bytes); to may be K or V itself. */
static bool hmac(struct sl_nonce *n, const uint8_t *bytes, size_t len, uint8_t *to, struct sl_err *err)
{
    if (!HMAC(method(n), state_of(n)->k, (int)n->len, bytes, len, to, NULL))
        return sl_evp_fail(err, "compute an HMAC");
    return true;
}

/* K = HMAC_K(V || mark || extra), V = HMAC_K(V): steps d to g of section 3.2, and the update after a rejection. */
static bool update(struct sl_nonce *n, uint8_t mark, struct sl_span x, struct sl_span h, struct sl_err *err)
{
    struct state *s = state_of(n);
    uint8_t *to = s->message;
    memcpy(to, s->v, n->len);
    to += n->len;
    *to++ = mark;
    if (x.len > 0)
        memcpy(to, x.ptr, x.len);
    if (h.len > 0)
        memcpy(to + x.len, h.ptr, h.len);
    return hmac(n, s->message, n->len + 1 + x.len + h.len, s->k, err) && hmac(n, s->v, n->len, s->v, err);
}

bool sl_nonce_init(enum sl_algorithm alg, struct sl_span x, struct sl_span reduced, struct sl_nonce *ret,
                   struct sl_err *err)
{
    enum sl_hash hash = sl_algorithm_hash(alg);
    struct sl_nonce n = { .hash = hash, .len = sl_hash_bytes(hash) };
    assert(n.len <= SL_NONCE_MAX_BYTES && x.len == n.len && reduced.len == n.len);
    if (!sl_secret_new(sizeof(struct state), &n.state, err))
        return false;
    memset(state_of(&n)->v, 1, n.len); /* K is zero already */
    if (!update(&n, 0, x, reduced, err) || !update(&n, 1, x, reduced, err)) {
        sl_nonce_clear(&n);
        return false;
    }
    *ret = n;
    return true;
}

bool sl_nonce_next(struct sl_nonce *n, struct sl_secret *ret, struct sl_err *err)
{
    struct state *s = state_of(n);
    if (s->used && !update(n, 0, SL_SPAN_EMPTY, SL_SPAN_EMPTY, err))
        return false;
    s->used = true;
    return hmac(n, s->v, n->len, s->v, err) && sl_secret_copy((struct sl_span){ s->v, n->len }, ret, err);
}

void sl_nonce_clear(struct sl_nonce *n)
{
    sl_secret_clear(&n->state);
}
