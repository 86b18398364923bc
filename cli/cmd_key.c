/* sealift key new, show, seal: the birth of a key, its public half, and a passphrase around it. */
#include "cli/interrupt.h"
#include "cli/one_key.h"
#include "cli/sealing.h"
#include "cli/tool.h"
#include "cli/view_key.h"
#include "core/file.h"
#include "keys/privkey.h"

#include <string.h>
#include <sys/stat.h>

static bool wanted(const char *name, enum sl_key_type *ret_type, unsigned *ret_bits)
{
    static const struct {
        const char *name;
        enum sl_key_type type;
        unsigned bits;
    } types[] = {
        { "ecdsa-p256", SL_KEY_EC_P256, 0 }, { "ecdsa-p384", SL_KEY_EC_P384, 0 }, { "rsa-3072", SL_KEY_RSA, 3072 },
        { "rsa-4096", SL_KEY_RSA, 4096 },    { "ed25519", SL_KEY_ED25519, 0 },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) != 0)
            continue;
        *ret_type = types[i].type;
        *ret_bits = types[i].bits;
        return true;
    }
    return false;
}

static bool public_file(const char *path, struct sl_buf *ret, struct sl_err *err)
{
    return sl_buf_addf(ret, err, "%s.pub", path);
}

/* Both files are new, or nothing is written: the public one is claimed first, committed last. */
static bool write_pair(const struct sl_privkey *key, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf pub = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf pem = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf dir = { 0 };
    SL_AUTO(sl_outfile_clear) struct sl_outfile out = SL_OUTFILE_NONE;
    if (!public_file(path, &pub, err) || !sl_pubkey_pem(&key->pub, &pem, err) || !sl_path_dir(path, &dir, err)
        || !sl_dir_make(sl_buf_str(&dir), err) || !sl_outfile_open(sl_buf_str(&pub), 0644, true, &out, err))
        return false;
    sl_outfile_add(&out, sl_buf_span(&pem));
    return sl_privkey_write(key, path, NULL, err) && sl_outfile_commit(&out, err);
}

/* Can both files be made? It takes a while to make a key. */
static bool can_write(const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf pub = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf dir = { 0 };
    struct stat st;
    if (!public_file(path, &pub, err) || !sl_path_dir(path, &dir, err) || !sl_dir_check(sl_buf_str(&dir), err))
        return false;
    const char *taken = lstat(path, &st) == 0 ? path : lstat(sl_buf_str(&pub), &st) == 0 ? sl_buf_str(&pub) : NULL;
    return !taken || sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "'%s' exists already and is not overwritten", taken);
}

bool sl_cmd_key_new(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    const char *path = c->args.positional[0];
    enum sl_key_type type = SL_KEY_EC_P256;
    unsigned bits = 0;
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    if (!wanted(sl_args_get(&c->args, SL_OPT_TYPE, "ecdsa-p256"), &type, &bits))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown type of key");
    if (!can_write(path, err) || !sl_privkey_generate(type, bits, &key, err))
        return false;
    if (*sl_interrupt_flag())
        return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted; no key was written");
    if (!write_pair(&key, path, err))
        return false;
    sl_console_note(&c->console, "private key written to %s, public key to %s.pub", path, path);
    return sl_view_key(c, &key.pub, path, NULL, err);
}

bool sl_cmd_key_show(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    return sl_one_key_public(c, c->args.positional[0], &key, err)
           && sl_view_key(c, &key, c->args.positional[0], NULL, err);
}

bool sl_cmd_key_seal(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    const char *from = c->args.positional[0], *to = sl_args_get(&c->args, SL_OPT_OUT, NULL);
    if (!to)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s key seal' needs -o FILE, the sealed key to write",
                       c->tool->name);

    struct sl_sealed_limits limits;
    struct sl_passphrases passphrases;
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret passphrase = { 0 };
    if (!sl_sealing_limits(&c->args, &limits, err) || !sl_passphrases_open(&c->args, &passphrases, err))
        return false;
    const struct sl_passphrase_source source = sl_passphrases_source(&passphrases);
    if (!sl_privkey_load(from, "old", &source, &key, err) || !sl_passphrases_new(&passphrases, "new", &passphrase, err)
        || !sl_sealing_write(c, &key, to, &passphrase, &limits, err))
        return false;
    sl_console_note(&c->console, "remove %s when it is no longer needed", from);
    return true;
}
