#include "signer/local.h"

#include "core/os.h"
#include "keys/privkey.h"
#include "keys/sealed.h"
#include "signer/priv/raw.h"

#include <stdlib.h>
#include <string.h>

/* A key that was used: its public half, and since it first signed the private one. */
struct entry {
    struct entry *next;
    char *name, *uri, *path;
    struct sl_pubkey pub;
    struct sl_privkey key;
    bool open;
};

struct local {
    struct sl_signer port; /* first, so that one is the other */
    struct sl_passphrase_source source;
    struct entry *entries;
    bool for_one;
};

static void entry_free(struct entry *e)
{
    free(e->name);
    free(e->uri);
    free(e->path);
    sl_pubkey_clear(&e->pub);
    sl_privkey_clear(&e->key);
    free(e);
}

static char *text_copy(const char *s)
{
    size_t size = strlen(s) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, s, size);
    return copy;
}

static struct entry *entry_new(const char *name, const char *uri, const char *path, struct sl_err *err)
{
    struct entry *e = calloc(1, sizeof *e);
    if (!e) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    e->name = text_copy(name);
    e->uri = text_copy(uri);
    e->path = text_copy(path);
    if (e->name && e->uri && e->path)
        return e;
    (void)sl_fail_nomem(err);
    entry_free(e);
    return NULL;
}

static bool is_sealed(const struct entry *e)
{
    return sl_span_starts(sl_span_str(e->uri), "sealed:");
}

static bool copy_public(const struct sl_pubkey *from, struct sl_pubkey *ret, struct sl_err *err)
{
    return sl_pubkey_from_spki(sl_buf_span(&from->spki), ret, err);
}

/* A kernel that cannot do so is no reason not to sign; who started this process says so. */
static bool give_up_files(struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (sl_os_forbid_files(&why) || why.code == SL_E_UNSUPPORTED)
        return true;
    *err = why;
    return false;
}

/* Open the private key. A sealed key whose file now states another public key than before is refused. */
static bool unlock(struct local *l, struct entry *e, struct sl_err *err)
{
    if (e->open)
        return true;
    bool ok = is_sealed(e) ? sl_sealed_load(e->path, e->name, &l->source, &e->key, err)
                           : sl_privkey_load(e->path, e->name, &l->source, &e->key, err);
    if (!ok)
        return false;
    if (e->pub.spki.len > 0 && !sl_span_eq_ct(sl_buf_span(&e->pub.spki), sl_buf_span(&e->key.pub.spki))) {
        sl_privkey_clear(&e->key);
        return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE, "'%s' holds another key than when it was first read", e->path);
    }
    if (e->pub.spki.len == 0 && !copy_public(&e->key.pub, &e->pub, err)) {
        sl_privkey_clear(&e->key);
        return false;
    }
    e->open = true;
    return !l->for_one || give_up_files(err);
}

static bool supported(const char *uri, const char *path, struct sl_err *err)
{
    struct sl_span u = sl_span_str(uri);
    if (!sl_span_starts(u, "file:") && !sl_span_starts(u, "sealed:"))
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "not supported yet: key '%.80s'; use 'file:' with a PEM file or 'sealed:'", uri);
    if (path[0] == 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "key '%.80s' names no file", uri);
    return true;
}

/* The entry of a key, with its public half known. */
static struct entry *find(struct local *l, const char *name, const char *uri, const char *path, struct sl_err *err)
{
    for (struct entry *e = l->entries; e; e = e->next)
        if (strcmp(e->name, name) == 0 && strcmp(e->uri, uri) == 0 && strcmp(e->path, path) == 0)
            return e;
    struct entry *e = supported(uri, path, err) ? entry_new(name, uri, path, err) : NULL;
    if (!e)
        return NULL;
    bool ok = is_sealed(e) ? sl_sealed_load_public(path, &e->pub, err) : unlock(l, e, err);
    if (!ok) {
        entry_free(e);
        return NULL;
    }
    e->next = l->entries;
    l->entries = e;
    return e;
}

static bool public_key(struct sl_signer *self, const char *name, const char *uri, const char *path,
                       struct sl_pubkey *ret, struct sl_err *err)
{
    const struct entry *e = find((struct local *)self, name, uri, path, err);
    return e && copy_public(&e->pub, ret, err);
}

static bool sign(struct sl_signer *self, const char *name, const char *uri, const char *path,
                 const struct sl_to_sign *what, struct sl_buf *ret, struct sl_err *err)
{
    struct local *l = (struct local *)self;
    struct entry *e = find(l, name, uri, path, err);
    return e && unlock(l, e, err) && sl_raw_sign(&e->key, what, ret, err);
}

static void local_free(struct sl_signer *self)
{
    struct local *l = (struct local *)self;
    while (l->entries) {
        struct entry *e = l->entries;
        l->entries = e->next;
        entry_free(e);
    }
    free(l);
}

void sl_local_for_one(struct sl_signer *local)
{
    ((struct local *)local)->for_one = true;
}

bool sl_local_new(const struct sl_passphrase_source *source, struct sl_signer **ret, struct sl_err *err)
{
    if (!sl_secret_setup(err))
        return false;
    struct local *l = calloc(1, sizeof *l);
    if (!l)
        return sl_fail_nomem(err);
    l->port = (struct sl_signer){ public_key, sign, local_free };
    l->source = source ? *source : (struct sl_passphrase_source){ .fd = -1 };
    *ret = &l->port;
    return true;
}
