#include "publisher/priv/provider.h"

#include "core/clock.h"

#include <stdio.h>
#include <string.h>

#define EARLY_SECONDS 900 /* renewed this long before they expire, if it can be had */
#define LATE_SECONDS  600 /* renewed this long before, or there is no going on */
#define PAUSE_SECONDS 60  /* between attempts that were early and failed */

void sl_provider_fresh_clear(struct sl_fresh *f)
{
    sl_credentials_clear(&f->cred);
    f->expires = false;
}

struct sl_provider *sl_provider_new(struct sl_provider_means *m, const struct sl_provider *made, struct sl_err *err)
{
    struct sl_provider *p = sl_arena_alloc(&m->arena, 1, sizeof *p, err);
    if (!p)
        return NULL;
    *p = *made;
    p->means = m;
    p->next = m->all;
    m->all = p;
    return p;
}

struct sl_kept {
    struct sl_secret secret;
    struct sl_kept *next;
};

struct sl_secret *sl_provider_keep(struct sl_provider_means *m, struct sl_err *err)
{
    struct sl_kept *k = sl_arena_alloc(&m->arena, 1, sizeof *k, err);
    if (!k)
        return NULL;
    k->next = m->kept;
    m->kept = k;
    return &k->secret;
}

void sl_provider_means_clear(struct sl_provider_means *m)
{
    for (struct sl_provider *p = m->all; p; p = p->next)
        sl_provider_fresh_clear(&p->fresh);
    for (struct sl_kept *k = m->kept; k; k = k->next)
        sl_secret_clear(&k->secret);
    sl_profile_clear(&m->profile);
    sl_arena_clear(&m->arena);
    m->all = NULL;
    m->kept = NULL;
}

/* The metadata service hands out what it has while it cannot get others, and the services take it. How long to go on with
 * it before asking again is spread a little, as AWS asks of its clients. */
static void prolong(struct sl_fresh *f, int64_t now_utc)
{
    int64_t least = EARLY_SECONDS + 120 + now_utc % 480;
    if (f->expires && f->expires_utc - now_utc < least)
        f->expires_utc = now_utc + least;
}

static bool refuse_expired(const struct sl_provider *p, const struct sl_fresh *f, int64_t now_utc, struct sl_err *err)
{
    char when[SL_CLOCK_EXTENDED_SIZE];
    if (!f->expires || f->expires_utc > now_utc)
        return true;
    sl_clock_extended(f->expires_utc, when);
    return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "the credentials from %s have expired, at %s; get new ones", p->from,
                   when);
}

static bool fetch(struct sl_provider *p, int64_t now_utc, struct sl_err *err)
{
    SL_AUTO(sl_provider_fresh_clear) struct sl_fresh fresh = { .expires = false };
    if (!p->fetch(p, now_utc, &fresh, err))
        return false;
    if (p->habit == SL_PROVIDER_UNFAILING)
        prolong(&fresh, now_utc);
    if (!refuse_expired(p, &fresh, now_utc, err))
        return false;
    sl_credentials_move(&p->fresh.cred, &fresh.cred);
    p->fresh.expires = fresh.expires;
    p->fresh.expires_utc = fresh.expires_utc;
    p->fetched_utc = now_utc;
    p->not_before_utc = 0;
    p->has = true;
    p->generation++;
    return true;
}

static int64_t at_most(int64_t value, int64_t most)
{
    return value < most ? value : most;
}

/* A failure in time for another attempt does not count, but for one that would be the same for anything else. */
static bool fetch_early(struct sl_provider *p, int64_t now_utc, struct sl_err *err)
{
    struct sl_err why = { .code = SL_OK };
    if (now_utc < p->not_before_utc || fetch(p, now_utc, &why))
        return true;
    p->not_before_utc = now_utc + PAUSE_SECONDS;
    if (why.code != SL_E_NOMEM && why.code != SL_E_INTERRUPTED)
        return true;
    *err = why;
    return false;
}

static bool keep_fresh(struct sl_provider *p, int64_t now_utc, struct sl_err *err)
{
    if (!p->has)
        return fetch(p, now_utc, err);
    if (!p->fresh.expires)
        return true;
    if (p->habit == SL_PROVIDER_STATIC)
        return refuse_expired(p, &p->fresh, now_utc, err);
    int64_t left = p->fresh.expires_utc - now_utc, life = p->fresh.expires_utc - p->fetched_utc;
    if (left < at_most(life / 6, LATE_SECONDS))
        return fetch(p, now_utc, err) || sl_while(err, SL_LOC_NONE, "renewing the credentials");
    bool early = left < at_most(life / 4, EARLY_SECONDS) && p->habit != SL_PROVIDER_ASKS;
    return !early || fetch_early(p, now_utc, err);
}

bool sl_provider_current(void *provider, int64_t now_utc, const struct sl_credentials **ret, unsigned *ret_generation,
                         struct sl_err *err)
{
    struct sl_provider *p = provider;
    if (!keep_fresh(p, now_utc, err))
        return false;
    *ret = &p->fresh.cred;
    *ret_generation = p->generation;
    return true;
}

bool sl_provider_renew(void *provider, int64_t now_utc, unsigned generation, bool certain, bool *ret_renewed,
                       struct sl_err *err)
{
    struct sl_provider *p = provider;
    *ret_renewed = generation != p->generation;
    bool expired = certain || (p->fresh.expires && now_utc >= p->fresh.expires_utc);
    if (*ret_renewed || !expired || p->habit == SL_PROVIDER_STATIC)
        return true;
    if (!fetch(p, now_utc, err))
        return sl_while(err, SL_LOC_NONE, "renewing the credentials, which have expired");
    *ret_renewed = true;
    return true;
}

/* ---- the order within a profile ---- */

bool sl_provider_of_profile(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err)
{
    static bool (*const kinds[])(struct sl_provider_place *, struct sl_provider **, struct sl_err *) = {
        sl_provider_web,   sl_provider_sso,     sl_provider_credentials_file,
        sl_provider_login, sl_provider_process, sl_provider_config_file,
    };
    *ret = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !*ret; i++)
        if (!kinds[i](at, ret, err))
            return false;
    return true;
}

/* ---- what the files of providers share ---- */

const char *sl_provider_variable(const struct sl_provider_means *m, const char *name)
{
    return m->ask.where.env(m->ask.where.ctx, name);
}

bool sl_provider_setting(struct sl_provider_means *m, const char *profile, const char *key, const char **ret,
                         struct sl_err *err)
{
    const struct sl_profile_file *f = NULL;
    const struct sl_config_entry *e = sl_profile_find(&m->profile, profile, key, &f);
    *ret = NULL;
    if (!e)
        return true;
    if (e->more)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "%s:%u: the value of %s goes on in the next line, which is not "
                       "expected",
                       sl_buf_str(&f->path), e->line, key);
    *ret = sl_arena_span(&m->arena, e->value, err);
    return *ret != NULL;
}

bool sl_provider_file(const char *path, const char *what, bool exact, struct sl_secret *ret, struct sl_err *err)
{
    bool found = false;
    if (!sl_profile_read_file(path, ret, &found, err))
        return sl_while(err, SL_LOC_NONE, "%s", what);
    if (!found)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "%s: there is no file '%s'", what, path);
    size_t len = ret->len;
    while (!exact && len > 0 && strchr(" \t\r\n", ret->ptr[len - 1]))
        len--;
    sl_secret_shorten(ret, len);
    return true;
}
