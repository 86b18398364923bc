#include "signer/local.h"

#include "core/os.h"
#include "core/text.h"
#include "keys/custody.h"
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
    struct sl_custody *custody;
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

static struct entry *entry_new(const char *name, const char *uri, const char *path, struct sl_err *err)
{
    struct entry *e = calloc(1, sizeof *e);
    if (!e) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    e->name = sl_text_copy(name);
    e->uri = sl_text_copy(uri);
    e->path = sl_text_copy(path);
    if (e->name && e->uri && e->path)
        return e;
    (void)sl_fail_nomem(err);
    entry_free(e);
    return NULL;
}

static struct sl_custody_key key_of(const struct entry *e)
{
    return (struct sl_custody_key){ e->name, e->uri, e->path };
}

static bool copy_public(const struct sl_pubkey *from, struct sl_pubkey *ret, struct sl_err *err)
{
    return sl_pubkey_from_spki(sl_buf_span(&from->spki), ret, err);
}

/* A kernel that cannot do so is no reason not to sign; who started this process says so. A
 * token's module opens files and devices as it needs them. */
static bool give_up_files(const struct entry *e, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (e->key.token || sl_os_forbid_files(&why) || why.code == SL_E_UNSUPPORTED)
        return true;
    *err = why;
    return false;
}

/* Open the private key. One whose public half is another now than before is refused. */
static bool unlock(struct local *l, struct entry *e, struct sl_err *err)
{
    const struct sl_custody_key key = key_of(e);
    if (e->open)
        return true;
    if (!sl_custody_open(l->custody, &key, &e->key, err))
        return false;
    if (e->pub.spki.len > 0 && !sl_span_eq_ct(sl_buf_span(&e->pub.spki), sl_buf_span(&e->key.pub.spki))) {
        sl_privkey_clear(&e->key);
        return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE, "'%.160s' holds another key than when it was first read",
                       e->path[0] ? e->path : e->uri);
    }
    if (e->pub.spki.len == 0 && !copy_public(&e->key.pub, &e->pub, err)) {
        sl_privkey_clear(&e->key);
        return false;
    }
    e->open = true;
    return !l->for_one || give_up_files(e, err);
}

/* Learn the public half, without opening the private one where that can be. */
static bool look(struct local *l, struct entry *e, struct sl_err *err)
{
    const struct sl_custody_key key = key_of(e);
    bool known = false;
    return sl_custody_public(l->custody, &key, &e->pub, &known, err) && (known || unlock(l, e, err));
}

/* The entry of a key, with its public half known. */
static struct entry *find(struct local *l, const char *name, const char *uri, const char *path, struct sl_err *err)
{
    for (struct entry *e = l->entries; e; e = e->next)
        if (strcmp(e->name, name) == 0 && strcmp(e->uri, uri) == 0 && strcmp(e->path, path) == 0)
            return e;
    const struct sl_custody_key key = { name, uri, path };
    struct entry *e = sl_custody_knows(&key, err) ? entry_new(name, uri, path, err) : NULL;
    if (!e)
        return NULL;
    if (!look(l, e, err)) {
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
    sl_custody_freep(&l->custody);
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
    if (!sl_custody_new(source, &l->custody, err)) {
        free(l);
        return false;
    }
    *ret = &l->port;
    return true;
}
