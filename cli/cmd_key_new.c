/* sealift key new: a key from the system's randomness, or from what several contributed. */
#include "cli/interrupt.h"
#include "cli/tool.h"
#include "cli/view_key.h"
#include "core/file.h"
#include "core/text.h"
#include "keys/birth.h"
#include "keys/privkey.h"

#include <string.h>
#include <sys/stat.h>

#define MOST_FILE_BYTES ((size_t)16 << 10)

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

/* Those who take part: what each contributed, and what each had committed to. */
struct parents {
    struct sl_contribution contribution[SL_BIRTH_MOST];
    struct sl_commitment commitment[SL_BIRTH_MOST];
    size_t n, n_commitments;
};

static void parents_clear(struct parents *p)
{
    for (size_t i = 0; i < SL_BIRTH_MOST; i++)
        sl_contribution_clear(&p->contribution[i]);
}

static bool take_contribution(struct parents *p, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    if (!sl_file_read_secret(path, MOST_FILE_BYTES, &text, err))
        return false;
    return sl_contribution_read(sl_secret_span(&text), &p->contribution[p->n++], err)
           || sl_while(err, SL_LOC_NONE, "'%s'", path);
}

static bool take_commitment(struct parents *p, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_file_read(path, MOST_FILE_BYTES, &text, err))
        return false;
    return sl_commitment_read(sl_buf_span(&text), &p->commitment[p->n_commitments++], err)
           || sl_while(err, SL_LOC_NONE, "'%s'", path);
}

static bool gather(const struct sl_args *args, struct parents *p, struct sl_err *err)
{
    const char *const *contribution = args->value[SL_OPT_CONTRIBUTION];
    const char *const *commitment = args->value[SL_OPT_COMMITMENT];
    for (size_t i = 0; commitment && commitment[i]; i++)
        if (i == SL_BIRTH_MOST ? !sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "at most %u can contribute", SL_BIRTH_MOST)
                               : !take_commitment(p, commitment[i], err))
            return false;
    for (size_t i = 0; contribution && contribution[i]; i++)
        if (i == SL_BIRTH_MOST ? !sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "at most %u can contribute", SL_BIRTH_MOST)
                               : !take_contribution(p, contribution[i], err))
            return false;
    return sl_birth_check(p->contribution, p->n, p->commitment, p->n_commitments, err);
}

/* {"commitments": {NAME: SHA-256, ...}}, and the same to read out. *ret is a new reference. */
static bool say_parents(struct sl_context *c, const struct parents *p, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *all = json_object();
    json_t *by_name = NULL;
    if (!all)
        return sl_fail_nomem(err);
    if (!sl_json_set(all, "commitments", by_name = json_object(), err))
        return false;
    for (size_t i = 0; i < p->n; i++) {
        const struct sl_commitment *m = &p->contribution[i].commitment;
        char hex[2 * SL_SHA256_BYTES + 1];
        sl_hex_put(hex, sizeof hex, (struct sl_span){ m->sha256, sizeof m->sha256 });
        sl_console_say(&c->console, "from    %s, committed to as %s", m->name, hex);
        if (!sl_json_set(by_name, m->name, json_string(hex), err))
            return false;
    }
    *ret = json_incref(all);
    return true;
}

/* What the command line asks for. */
struct wish {
    const char *path; /* NULL: a dry run */
    enum sl_key_type type;
    unsigned bits;
    bool contributed;
};

static bool read_wish(const struct sl_context *c, struct wish *w, struct sl_err *err)
{
    const bool dry = sl_args_has(&c->args, SL_OPT_DRY_RUN);
    const char *const name = c->tool->name;
    w->path = c->args.n_positional ? c->args.positional[0] : NULL;
    w->contributed = sl_args_has(&c->args, SL_OPT_CONTRIBUTION) || sl_args_has(&c->args, SL_OPT_COMMITMENT);
    if (!wanted(sl_args_get(&c->args, SL_OPT_TYPE, "ecdsa-p256"), &w->type, &w->bits))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown type of key");
    if (dry && !w->contributed)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--dry-run shows which key contributions make, and none is given; see '%s key new --help'",
                       name);
    if (dry && w->path)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--dry-run writes nothing; leave '%s' out", w->path);
    if (!dry && !w->path)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s key new' needs FILE; see '%s key new --help'", name, name);
    return true;
}

static bool make(struct sl_context *c, const struct wish *w, struct sl_privkey *ret, json_t **ret_more,
                 struct sl_err *err)
{
    SL_AUTO(parents_clear) struct parents p = { 0 };
    if (!w->contributed)
        return sl_privkey_generate(w->type, w->bits, ret, err);
    return gather(&c->args, &p, err) && sl_birth_key(w->type, p.contribution, p.n, ret, err)
           && say_parents(c, &p, ret_more, err);
}

bool sl_cmd_key_new(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    struct wish w = { 0 };
    SL_AUTO(sl_json_clear) json_t *more = NULL;
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    if (!read_wish(c, &w, err) || (w.path && !can_write(w.path, err)) || !make(c, &w, &key, &more, err))
        return false;
    if (*sl_interrupt_flag())
        return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted; no key was written");
    if (w.path && !write_pair(&key, w.path, err))
        return false;
    if (w.path)
        sl_console_note(&c->console, "private key written to %s, public key to %s.pub", w.path, w.path);
    if (w.contributed)
        sl_console_note(&c->console, "whoever has all contributions has the key: destroy them once it is witnessed");
    return sl_view_key(c, &key.pub, w.path, json_incref(more), err);
}
