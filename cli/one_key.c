#include "cli/one_key.h"

#include "cli/tool.h"
#include "core/file.h"
#include "core/os.h"
#include "core/tpmkey.h"
#include "manifests/kmskey.h"
#include "signer/external.h"
#include "signer/local.h"

#include <string.h>
#include <unistd.h>

void sl_one_key_close(struct sl_one_key *k)
{
    sl_signer_freep(&k->signer);
}

bool sl_one_key_is_remote(const char *uri)
{
    return strncmp(uri, SL_KMSKEY_SCHEME, strlen(SL_KMSKEY_SCHEME)) == 0 || sl_kmskey_is_profile(uri);
}

bool sl_one_key_is_in_token(const char *uri)
{
    return strncmp(uri, "pkcs11:", 7) == 0 || sl_tpmkey_is(uri);
}

static bool no_network(const struct sl_context *c, const char *uri, struct sl_err *err)
{
    return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                   "key '%.120s' is in AWS, and %s reaches no network; 'sealift' signs with it", uri, c->tool->name);
}

/* In a process of its own, like everything that may ask for a PIN. */
static bool public_in_token(struct sl_context *c, const char *uri, struct sl_pubkey *ret, struct sl_err *err)
{
    struct sl_passphrases passphrases = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    if (!sl_passphrases_open(&c->args, &passphrases, err))
        return false;
    const struct sl_passphrase_source source = sl_passphrases_source(&passphrases);
    return sl_child_new(&source, &signer, err) && signer->public_key(signer, strchr(uri, ':') + 1, uri, "", ret, err);
}

static bool public_in_file(const char *key, struct sl_pubkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    if (sl_external_is(key))
        return sl_external_public_path(strchr(key, ':') + 1, &path, err) && sl_pubkey_load(sl_buf_str(&path), ret, err);
    bool scheme = strncmp(key, "file:", 5) == 0 || strncmp(key, "sealed:", 7) == 0;
    return sl_pubkey_load(scheme ? strchr(key, ':') + 1 : key, ret, err);
}

bool sl_one_key_public(struct sl_context *c, const char *key, struct sl_pubkey *ret, struct sl_err *err)
{
    if (sl_kmskey_is_profile(key))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "AWS Signer gives out no public key; name the file with the certificate of '%.120s'", key);
    if (sl_one_key_is_in_token(key))
        return public_in_token(c, key, ret, err);
    if (!sl_one_key_is_remote(key))
        return public_in_file(key, ret, err);
    return c->tool->network ? c->tool->network->public_key(c, key, ret, err) : no_network(c, key, err);
}

bool sl_one_key_beside(const char *dir, const char *uri, struct sl_buf *ret, bool *ret_has, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf pub = { 0 };
    bool external = sl_external_is(uri);
    *ret_has = external || strncmp(uri, "file:", 5) == 0 || strncmp(uri, "sealed:", 7) == 0;
    if (!*ret_has)
        return true;
    if (!sl_path_join(dir, strchr(uri, ':') + 1, &path, err)
        || !(external ? sl_external_public_path(sl_buf_str(&path), &pub, err)
                      : sl_buf_addf(&pub, err, "%s.pub", sl_buf_str(&path))))
        return false;
    sl_buf_move(ret, external || access(sl_buf_str(&pub), F_OK) == 0 ? &pub : &path);
    return true;
}

/* What this kernel cannot take from the process that will hold the key. */
static void confess(struct sl_context *c, const char *uri)
{
    if (c->tool->network)
        return;
    if (!sl_os_sockets_forbidden())
        sl_console_note(&c->console, "this kernel cannot forbid sockets; nothing here makes one");
    if (!sl_os_can_forbid_files() && !sl_one_key_is_in_token(uri)) /* a token's module needs its files */
        sl_console_note(&c->console, "this kernel has no Landlock; the signing process can open files");
}

bool sl_one_key_open(struct sl_context *c, struct sl_one_key *ret, struct sl_err *err)
{
    const char *uri = sl_args_get(&c->args, SL_OPT_KEY, NULL);
    if (!uri || c->args.value[SL_OPT_KEY][1])
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s %s' needs one --key, such as file:keys/release.pem",
                       c->tool->name, c->verb->name);
    const char *colon = strchr(uri, ':');
    if (!colon)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--key '%s' does not say where the key is; did you mean 'file:%s'?", uri, uri);
    ret->uri = uri;
    ret->name = ret->path = colon + 1;
    if (!sl_passphrases_open(&c->args, &ret->passphrases, err))
        return false;
    if (sl_kmskey_is_profile(uri))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--key '%.120s': AWS Signer signs what stands in a bucket; name the profile in a manifest", uri);
    /* A key in AWS needs no process of its own: it is not here. */
    if (sl_one_key_is_remote(uri))
        return c->tool->network ? c->tool->network->open(c, uri, &ret->signer, err) : no_network(c, uri, err);
    const struct sl_passphrase_source source = sl_passphrases_source(&ret->passphrases);
    if (sl_external_is(uri))
        return sl_external_new(&ret->signer, err);
    confess(c, uri);
    return sl_child_new_for_one(&source, &ret->signer, err);
}
