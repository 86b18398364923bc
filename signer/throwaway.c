#include "signer/throwaway.h"

#include "keys/privkey.h"
#include "signer/priv/raw.h"

#include <stdlib.h>
#include <string.h>

#define RSA_BITS 3072

struct fresh {
    struct fresh *next;
    char *name;
    struct sl_privkey key;
};

struct throwaway {
    struct sl_signer port; /* first, so that one is the other */
    struct sl_throwaway_use use;
    struct fresh *keys;
};

static void fresh_free(struct fresh *f)
{
    if (!f)
        return;
    free(f->name);
    sl_privkey_clear(&f->key);
    free(f);
}

static void fresh_freep(struct fresh **f)
{
    fresh_free(*f);
}

static enum sl_key_type type_for(enum sl_algorithm alg)
{
    switch (alg) {
    case SL_ALG_ECDSA_P384_SHA384:
        return SL_KEY_EC_P384;
    case SL_ALG_RSA_PSS_SHA256:
    case SL_ALG_RSA_PKCS1_SHA256:
        return SL_KEY_RSA;
    case SL_ALG_ED25519:
    case SL_ALG_ED25519PH:
        return SL_KEY_ED25519;
    case SL_ALG_NONE:
    case SL_ALG_ECDSA_P256_SHA256:
    case SL_ALG_COUNT:
        break;
    }
    return SL_KEY_EC_P256;
}

static struct fresh *find(struct throwaway *t, const char *name, struct sl_err *err)
{
    for (struct fresh *f = t->keys; f; f = f->next)
        if (strcmp(f->name, name) == 0)
            return f;

    SL_AUTO(fresh_freep) struct fresh *f = calloc(1, sizeof *f);
    size_t size = strlen(name) + 1;
    if (f)
        f->name = malloc(size);
    if (!f || !f->name) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    memcpy(f->name, name, size);
    if (!sl_privkey_generate(type_for(t->use.algorithm(t->use.ctx, name)), RSA_BITS, &f->key, err))
        return NULL;
    struct fresh *ret = f;
    ret->next = t->keys;
    t->keys = ret;
    f = NULL;
    return ret;
}

static bool public_key(struct sl_signer *self, const char *name, const char *uri, const char *path,
                       struct sl_pubkey *ret, struct sl_err *err)
{
    (void)uri, (void)path;
    const struct fresh *f = find((struct throwaway *)self, name, err);
    return f && sl_pubkey_from_spki(sl_buf_span(&f->key.pub.spki), ret, err);
}

static bool sign(struct sl_signer *self, const char *name, const char *uri, const char *path,
                 const struct sl_to_sign *what, struct sl_buf *ret, struct sl_err *err)
{
    (void)uri, (void)path;
    const struct fresh *f = find((struct throwaway *)self, name, err);
    return f && sl_raw_sign(&f->key, what, ret, err);
}

static void throwaway_free(struct sl_signer *self)
{
    struct throwaway *t = (struct throwaway *)self;
    while (t->keys) {
        struct fresh *f = t->keys;
        t->keys = f->next;
        fresh_free(f);
    }
    free(t);
}

bool sl_throwaway_new(const struct sl_throwaway_use *use, struct sl_signer **ret, struct sl_err *err)
{
    if (!sl_secret_setup(err))
        return false;
    struct throwaway *t = calloc(1, sizeof *t);
    if (!t)
        return sl_fail_nomem(err);
    t->port = (struct sl_signer){ public_key, sign, throwaway_free };
    t->use = *use;
    *ret = &t->port;
    return true;
}
