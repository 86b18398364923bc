#include "keys/custody.h"

#include "keys/pkcs11.h"
#include "keys/sealed.h"
#include "keys/tpm2.h"

#include <stdlib.h>
#include <string.h>

struct sl_custody {
    struct sl_passphrase_source source;
    struct sl_pkcs11 *pkcs11;
    struct sl_tpm2 *tpm2;
};

static bool open_file(struct sl_custody *c, const struct sl_custody_key *key, struct sl_privkey *ret,
                      struct sl_err *err)
{
    return sl_privkey_load(key->path, key->name, &c->source, ret, err);
}

static bool sealed_public(struct sl_custody *c, const struct sl_custody_key *key, struct sl_pubkey *ret,
                          struct sl_err *err)
{
    (void)c;
    return sl_sealed_load_public(key->path, ret, err);
}

static bool open_sealed(struct sl_custody *c, const struct sl_custody_key *key, struct sl_privkey *ret,
                        struct sl_err *err)
{
    return sl_sealed_load(key->path, key->name, &c->source, ret, err);
}

static struct sl_pkcs11_ask pkcs11_ask(const struct sl_custody *c, const struct sl_custody_key *key)
{
    return (struct sl_pkcs11_ask){ key->uri, key->name, c->source.token };
}

static bool pkcs11_public(struct sl_custody *c, const struct sl_custody_key *key, struct sl_pubkey *ret,
                          struct sl_err *err)
{
    const struct sl_pkcs11_ask ask = pkcs11_ask(c, key);
    return sl_pkcs11_public(c->pkcs11, &ask, ret, err);
}

static bool open_pkcs11(struct sl_custody *c, const struct sl_custody_key *key, struct sl_privkey *ret,
                        struct sl_err *err)
{
    const struct sl_pkcs11_ask ask = pkcs11_ask(c, key);
    return sl_pkcs11_open(c->pkcs11, &ask, ret, err);
}

static struct sl_tpm2_ask tpm2_ask(const struct sl_custody *c, const struct sl_custody_key *key)
{
    return (struct sl_tpm2_ask){ key->uri, key->name, c->source.token };
}

static bool tpm2_public(struct sl_custody *c, const struct sl_custody_key *key, struct sl_pubkey *ret,
                        struct sl_err *err)
{
    const struct sl_tpm2_ask ask = tpm2_ask(c, key);
    return sl_tpm2_public(c->tpm2, &ask, ret, err);
}

static bool open_tpm2(struct sl_custody *c, const struct sl_custody_key *key, struct sl_privkey *ret,
                      struct sl_err *err)
{
    const struct sl_tpm2_ask ask = tpm2_ask(c, key);
    return sl_tpm2_open(c->tpm2, &ask, ret, err);
}

static const struct row {
    const char *scheme;
    bool in_file;
    /* NULL: the public half is known when the private one is open */
    bool (*public_half)(struct sl_custody *, const struct sl_custody_key *, struct sl_pubkey *, struct sl_err *);
    bool (*open)(struct sl_custody *, const struct sl_custody_key *, struct sl_privkey *, struct sl_err *);
} rows[] = {
    { "file:", true, NULL, open_file },
    { "sealed:", true, sealed_public, open_sealed },
    { "pkcs11:", false, pkcs11_public, open_pkcs11 },
    { "tpm2:", false, tpm2_public, open_tpm2 },
};

static const struct row *row_of(const struct sl_custody_key *key, struct sl_err *err)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!sl_span_starts(sl_span_str(key->uri), rows[i].scheme))
            continue;
        if (!rows[i].in_file)
            return &rows[i];
        if (strcmp(key->path, "-") == 0)
            (void)sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                          "key '%.80s': a key is not read from standard input; name its file", key->uri);
        else if (key->path[0] == 0)
            (void)sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "key '%.80s' names no file", key->uri);
        else
            return &rows[i];
        return NULL;
    }
    (void)sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                  "key '%.80s' does not begin as a key of this machine does: 'file:', 'sealed:', 'pkcs11:', 'tpm2:' or "
                  "'external:' was expected ('awskms:' with a network)",
                  key->uri);
    return NULL;
}

bool sl_custody_new(const struct sl_passphrase_source *source, struct sl_custody **ret, struct sl_err *err)
{
    SL_AUTO(sl_custody_freep) struct sl_custody *c = calloc(1, sizeof *c);
    if (!c)
        return sl_fail_nomem(err);
    c->source = source ? *source : (struct sl_passphrase_source){ .fd = -1 };
    if (!sl_pkcs11_new(&c->pkcs11, err) || !sl_tpm2_new(&c->tpm2, err))
        return false;
    *ret = c;
    c = NULL;
    return true;
}

void sl_custody_freep(struct sl_custody **c)
{
    if (!*c)
        return;
    sl_pkcs11_freep(&(*c)->pkcs11);
    sl_tpm2_freep(&(*c)->tpm2);
    free(*c);
    *c = NULL;
}

bool sl_custody_knows(const struct sl_custody_key *key, struct sl_err *err)
{
    return row_of(key, err) != NULL;
}

bool sl_custody_public(struct sl_custody *c, const struct sl_custody_key *key, struct sl_pubkey *ret, bool *ret_known,
                       struct sl_err *err)
{
    const struct row *row = row_of(key, err);
    if (!row)
        return false;
    *ret_known = row->public_half != NULL;
    return !row->public_half || row->public_half(c, key, ret, err);
}

bool sl_custody_open(struct sl_custody *c, const struct sl_custody_key *key, struct sl_privkey *ret, struct sl_err *err)
{
    const struct row *row = row_of(key, err);
    return row && row->open(c, key, ret, err);
}
