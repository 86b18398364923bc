#include "keys/slip39.h"

#include "core/os.h"
#include "keys/priv/slip39.h"

#include <sodium.h>

#include <assert.h>
#include <string.h>

#define SECRET_X     255u
#define DIGEST_X     254u
#define DIGEST_BYTES 4u

/* The digest share: the beginning of the HMAC-SHA-256 of the secret under random bytes, and those bytes. ret has as many
 * bytes as the secret, the random ones in their place already. */
static void put_digest(struct sl_span secret, uint8_t *ret)
{
    uint8_t mac[crypto_auth_hmacsha256_BYTES] = { 0 };
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, ret + DIGEST_BYTES, secret.len - DIGEST_BYTES);
    (void)crypto_auth_hmacsha256_update(&state, secret.ptr, secret.len);
    (void)crypto_auth_hmacsha256_final(&state, mac);
    memcpy(ret, mac, DIGEST_BYTES);
    sl_wipe(mac, sizeof mac);
    sl_wipe(&state, sizeof state);
}

static bool has_digest(struct sl_span secret, struct sl_span digest_share, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret again = { 0 };
    if (!sl_secret_copy(digest_share, &again, err))
        return false;
    put_digest(secret, again.ptr);
    return sl_span_eq_ct(sl_secret_span(&again), digest_share)
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                      "the shares give no secret: the digest within them does not match; one of them was not made with "
                      "the others");
}

/* All that is known of a secret: threshold - 2 random shares, the digest at 254, the secret at 255. */
struct polynomial {
    struct sl_secret y[SL_SLIP39_MOST_SHARES];
    struct sl_slip39_point point[SL_SLIP39_MOST_SHARES];
};

static void polynomial_clear(struct polynomial *p)
{
    for (size_t i = 0; i < SL_SLIP39_MOST_SHARES; i++)
        sl_secret_clear(&p->y[i]);
}

static bool draw(struct sl_span secret, unsigned threshold, struct polynomial *p, struct sl_err *err)
{
    for (unsigned i = 0; i < threshold; i++) {
        if (!sl_secret_new(secret.len, &p->y[i], err) || !sl_os_random(p->y[i].ptr, secret.len, err))
            return false;
        uint8_t x = (uint8_t)(i + 1 == threshold ? SECRET_X : i + 2 == threshold ? DIGEST_X : i);
        if (x == SECRET_X)
            memcpy(p->y[i].ptr, secret.ptr, secret.len);
        if (x == DIGEST_X)
            put_digest(secret, p->y[i].ptr);
        p->point[i] = (struct sl_slip39_point){ x, sl_secret_span(&p->y[i]) };
    }
    return true;
}

static bool deal(struct sl_span encrypted, const struct sl_slip39_share *set, unsigned count,
                 struct sl_slip39_share *ret, struct sl_err *err)
{
    SL_AUTO(polynomial_clear) struct polynomial p = { 0 };
    if (!draw(encrypted, set->threshold, &p, err))
        return false;
    for (unsigned i = 0; i < count; i++) {
        ret[i] = *set;
        ret[i].index = i;
        if (!sl_secret_new(encrypted.len, &ret[i].value, err))
            return false;
        sl_slip39_field_at(p.point, set->threshold, (uint8_t)i, ret[i].value.ptr);
    }
    return true;
}

bool sl_slip39_split(struct sl_span secret, struct sl_span passphrase, const struct sl_slip39_options *options,
                     struct sl_slip39_share *ret, struct sl_err *err)
{
    assert(secret.len >= SL_SLIP39_LEAST_BYTES && secret.len <= SL_SLIP39_MOST_BYTES && secret.len % 2 == 0);
    assert(options->iteration_exponent < 16);
    if (options->count < 1 || options->count > SL_SLIP39_MOST_SHARES || options->threshold < 1
        || options->threshold > options->count || (options->threshold == 1 && options->count > 1))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "a secret cannot be split into %u shares of which %u are needed; 2 of 2 up to %u of %u can be, "
                       "and 1 of 1",
                       options->count, options->threshold, SL_SLIP39_MOST_SHARES, SL_SLIP39_MOST_SHARES);
    uint8_t id[2] = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret encrypted = { 0 };
    if (!sl_os_random(id, sizeof id, err))
        return false;
    const struct sl_slip39_share set = { .identifier = (uint16_t)((id[0] << 8 | id[1]) & 0x7fff),
                                         .extendable = options->extendable,
                                         .iteration_exponent = options->iteration_exponent,
                                         .group_threshold = 1,
                                         .group_count = 1,
                                         .threshold = options->threshold };
    if (!sl_slip39_cipher(&set, passphrase, false, secret, &encrypted, err))
        return false;
    if (deal(sl_secret_span(&encrypted), &set, options->count, ret, err))
        return true;
    for (unsigned i = 0; i < options->count; i++)
        sl_slip39_share_clear(&ret[i]);
    return false;
}

/* The secret of one level, from n points of which threshold are needed; the others must lie on the same polynomials. */
static bool recover(const struct sl_slip39_point *point, size_t n, unsigned threshold, struct sl_secret *ret,
                    struct sl_err *err)
{
    const size_t len = point[0].y.len;
    SL_AUTO(sl_secret_clear) struct sl_secret found = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret other = { 0 };
    assert(n >= threshold);
    if (!sl_secret_new(len, &found, err) || !sl_secret_new(len, &other, err))
        return false;
    for (size_t i = threshold; i < n; i++) {
        sl_slip39_field_at(point, threshold, point[i].x, other.ptr);
        if (!sl_span_eq_ct(sl_secret_span(&other), point[i].y))
            return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                           "the shares contradict each other: one of them was not made with the others");
    }
    sl_slip39_field_at(point, threshold, SECRET_X, found.ptr);
    sl_slip39_field_at(point, threshold, DIGEST_X, other.ptr);
    if (threshold > 1 && !has_digest(sl_secret_span(&found), sl_secret_span(&other), err))
        return false;
    sl_secret_move(ret, &found);
    return true;
}

/* Two shares that cannot both be used. */
static bool agree(const struct sl_slip39_share *a, const struct sl_slip39_share *b, struct sl_err *err)
{
    const char *first = a->name ? a->name : "a share", *second = b->name ? b->name : "another";
    if (a->identifier != b->identifier || a->extendable != b->extendable
        || a->iteration_exponent != b->iteration_exponent || a->group_threshold != b->group_threshold
        || a->group_count != b->group_count || a->value.len != b->value.len)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "%s and %s belong to different sets of shares; the first two words of a set are the same", first,
                       second);
    if (a->group_index != b->group_index)
        return true;
    if (a->threshold != b->threshold)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s asks for %u shares and %s for %u: they are of different sets",
                       first, a->threshold, second, b->threshold);
    if (a->index != b->index)
        return true;
    if (sl_span_eq_ct(sl_secret_span(&a->value), sl_secret_span(&b->value)))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s and %s are the same share", first, second);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s and %s both say that they are share %u, and differ", first, second,
                   a->index + 1);
}

static bool agree_all(const struct sl_slip39_share *share, size_t n, struct sl_err *err)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (!agree(&share[i], &share[j], err))
                return false;
    return true;
}

/* The secrets of the groups that shares are there of. */
struct groups {
    struct sl_secret y[SL_SLIP39_MOST_SHARES];
    struct sl_slip39_point point[SL_SLIP39_MOST_SHARES];
    size_t n;
};

static void groups_clear(struct groups *g)
{
    for (size_t i = 0; i < SL_SLIP39_MOST_SHARES; i++)
        sl_secret_clear(&g->y[i]);
}

static bool too_few(const struct sl_slip39_share *any, size_t have, struct sl_err *err)
{
    const unsigned missing = any->threshold - (unsigned)have;
    if (any->group_count == 1)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%u shares are needed and %zu given; %u more must be found",
                       any->threshold, have, missing);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "group %u needs %u shares and %zu of it are given; %u more must be found", any->group_index + 1,
                   any->threshold, have, missing);
}

static bool recover_group(const struct sl_slip39_share *share, size_t n, unsigned group, struct groups *g,
                          struct sl_err *err)
{
    struct sl_slip39_point point[SL_SLIP39_MOST_SHARES];
    const struct sl_slip39_share *any = NULL;
    size_t have = 0;
    for (size_t i = 0; i < n; i++) {
        if (share[i].group_index != group)
            continue;
        any = &share[i];
        point[have++] = (struct sl_slip39_point){ (uint8_t)any->index, sl_secret_span(&any->value) };
    }
    if (!any)
        return true;
    if (have < any->threshold)
        return too_few(any, have, err);
    if (!recover(point, have, any->threshold, &g->y[g->n], err))
        return false;
    g->point[g->n] = (struct sl_slip39_point){ (uint8_t)group, sl_secret_span(&g->y[g->n]) };
    g->n++;
    return true;
}

bool sl_slip39_combine(const struct sl_slip39_share *share, size_t n, struct sl_span passphrase, struct sl_secret *ret,
                       struct sl_err *err)
{
    SL_AUTO(groups_clear) struct groups g = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret encrypted = { 0 };
    assert(n > 0);
    if (!agree_all(share, n, err))
        return false;
    for (unsigned group = 0; group < SL_SLIP39_MOST_SHARES; group++)
        if (!recover_group(share, n, group, &g, err))
            return false;
    if (g.n < share[0].group_threshold)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "shares of %u groups are needed and of %zu given",
                       share[0].group_threshold, g.n);
    return recover(g.point, g.n, share[0].group_threshold, &encrypted, err)
           && sl_slip39_cipher(&share[0], passphrase, true, sl_secret_span(&encrypted), ret, err);
}
