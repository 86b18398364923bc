/* sealift key combine: open a sealed key with shares of its sealing key, and put it under a new passphrase. */
#include "cli/passphrase.h"
#include "cli/sealing.h"
#include "cli/tool.h"
#include "cli/typed.h"
#include "core/file.h"
#include "core/text.h"
#include "keys/share.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MOST            SL_SLIP39_MOST_SHARES
#define MOST_FILE_BYTES ((size_t)16 << 10)

/* The shares given so far, what each is called, and the sealed key they are for. */
struct combining {
    const char *file;
    struct sl_secret sealed;
    struct sl_pubkey pub;
    uint8_t keyid[SL_SHA256_BYTES], sealed_head[SL_SHA256_BYTES];
    struct sl_slip39_share share[MOST];
    char name[MOST][128];
    size_t n;
};

static void combining_clear(struct combining *k)
{
    sl_secret_clear(&k->sealed);
    sl_pubkey_clear(&k->pub);
    for (size_t i = 0; i < MOST; i++)
        sl_slip39_share_clear(&k->share[i]);
}

static bool open_sealed(struct combining *k, struct sl_err *err)
{
    if (!sl_sealed_read(k->file, &k->sealed, err))
        return false;
    const struct sl_span text = sl_secret_span(&k->sealed);
    if (!sl_sealed_public(text, &k->pub, err) || !sl_sealed_digest(text, k->sealed_head, err))
        return sl_while(err, SL_LOC_NONE, "'%s'", k->file);
    return sl_hex_get(sl_span_str(k->pub.keyid), k->keyid, sizeof k->keyid)
           || sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "a keyid is not hexadecimal");
}

/* Room for one more share, called so. */
static bool begin_share(struct combining *k, const char *name, struct sl_err *err)
{
    if (k->n == MOST)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "more than %u shares are given", MOST);
    (void)snprintf(k->name[k->n], sizeof k->name[k->n], "%s", name);
    k->share[k->n].name = k->name[k->n];
    return true;
}

static bool belongs(const struct combining *k, const struct sl_share *s, struct sl_err *err)
{
    char theirs[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(theirs, sizeof theirs, (struct sl_span){ s->keyid, sizeof s->keyid });
    if (strcmp(theirs, k->pub.keyid) != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the share is of key %.16s..., and '%s' holds key %.16s...",
                       theirs, k->file, k->pub.keyid);
    return sl_span_eq_ct((struct sl_span){ s->sealed_head, sizeof s->sealed_head },
                         (struct sl_span){ k->sealed_head, sizeof k->sealed_head })
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "the share is of another sealed file of this key than '%s'; look for the one it was made with",
                      k->file);
}

static bool take_file(struct combining *k, const char *path, struct sl_err *err)
{
    char name[128];
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    SL_AUTO(sl_share_clear) struct sl_share s = { 0 };
    (void)snprintf(name, sizeof name, "'%.120s'", path);
    if (!sl_file_read_secret(path, MOST_FILE_BYTES, &text, err) || !begin_share(k, name, err))
        return false;
    if (!sl_share_is(sl_secret_span(&text)))
        return sl_fail(
            err, SL_E_INPUT, SL_LOC_NONE,
            "'%s' is no share file; words alone are read from stdin, one share a line: sealift key combine -", path);
    if (!sl_share_read(sl_secret_span(&text), &s, err) || !belongs(k, &s, err))
        return sl_while(err, SL_LOC_NONE, "'%s'", path);
    s.words.name = k->share[k->n].name;
    k->share[k->n++] = s.words;
    s.words = (struct sl_slip39_share){ 0 };
    return true;
}

static bool is_blank(struct sl_span line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.ptr[i] != ' ' && line.ptr[i] != '\t' && line.ptr[i] != '\r')
            return false;
    return true;
}

static bool take_stdin(struct sl_context *c, struct combining *k, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!sl_typed_read(&c->console, "type the words of each share on a line of its own", MOST_FILE_BYTES, &text, err))
        return false;
    struct sl_span rest = sl_secret_span(&text);
    for (unsigned number = 1; rest.len > 0; number++) {
        char name[32];
        const uint8_t *newline = memchr(rest.ptr, '\n', rest.len);
        const size_t len = newline ? (size_t)(newline - rest.ptr) : rest.len;
        const struct sl_span line = sl_span_sub(rest, 0, len);
        rest = sl_span_sub(rest, len + 1, rest.len);
        if (is_blank(line))
            continue;
        (void)snprintf(name, sizeof name, "line %u of stdin", number);
        if (!begin_share(k, name, err))
            return false;
        if (!sl_slip39_share_read(line, &k->share[k->n], err))
            return sl_while(err, SL_LOC_NONE, "%s", name);
        k->n++;
    }
    return true;
}

static bool take_all(struct sl_context *c, struct combining *k, struct sl_err *err)
{
    for (size_t i = 0; i < c->args.n_positional; i++) {
        const char *from = c->args.positional[i];
        if (strcmp(from, "-") == 0 ? !take_stdin(c, k, err) : !take_file(k, from, err))
            return false;
    }
    return k->n > 0 || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "no share was given: stdin is empty");
}

static bool recover(const struct combining *k, struct sl_privkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret key = { 0 };
    if (!sl_slip39_combine(k->share, k->n, SL_SPAN_EMPTY, &key, err))
        return false;
    if (key.len != SL_SEALED_KEY_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the shares hold a secret of %zu bytes; a sealing key has %u",
                       key.len, SL_SEALED_KEY_BYTES);
    return sl_sealed_open_by(sl_secret_span(&k->sealed), k->file, &key, ret, err);
}

static bool options(const struct sl_context *c, const char **ret_sealed, const char **ret_out,
                    struct sl_sealed_limits *ret, struct sl_err *err)
{
    const struct sl_args *args = &c->args;
    struct stat st;
    *ret_sealed = sl_args_get(args, SL_OPT_SEALED, NULL);
    *ret_out = sl_args_get(args, SL_OPT_OUT, NULL);
    if (!*ret_sealed || !*ret_out)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "'%s key combine' needs --sealed FILE, which the shares open, and -o FILE, the new one",
                       c->tool->name);
    if (lstat(*ret_out, &st) == 0)
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "'%s' exists already and is not overwritten", *ret_out);
    return sl_sealing_limits(args, ret, err);
}

bool sl_cmd_key_combine(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    struct sl_sealed_limits limits;
    struct sl_passphrases passphrases;
    const char *out = NULL;
    SL_AUTO(combining_clear) struct combining k = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret passphrase = { 0 };
    if (!options(c, &k.file, &out, &limits, err) || !sl_passphrases_open(&c->args, &passphrases, err)
        || !open_sealed(&k, err) || !take_all(c, &k, err) || !recover(&k, &key, err))
        return false;
    sl_console_note(&c->console, "the shares open %s", k.file);
    return sl_passphrases_new(&passphrases, "new", &passphrase, err)
           && sl_sealing_write(c, &key, out, &passphrase, &limits, err);
}
