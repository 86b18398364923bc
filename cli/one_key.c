#include "cli/one_key.h"

#include "cli/keyring.h"
#include "cli/session.h"
#include "manifests/kmskey.h"
#include "signer/local.h"

#include <string.h>

void sl_one_key_close(struct sl_one_key *k)
{
    sl_signer_freep(&k->signer);
}

/* A key in AWS needs no process of its own: it is not here. */
static bool open_remote(struct sl_context *c, struct sl_one_key *k, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf region = { 0 };
    return sl_session_region_of_key(c, k->uri, &region, err)
           && sl_keyring_new(c, NULL, sl_buf_str(&region), NULL, &k->signer, err);
}

bool sl_one_key_open(struct sl_context *c, struct sl_one_key *ret, struct sl_err *err)
{
    const char *uri = sl_args_get(&c->args, SL_OPT_KEY, NULL);
    if (!uri || c->args.value[SL_OPT_KEY][1])
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'sealift %s' needs one --key, such as file:keys/release.pem",
                       c->verb->name);
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
    if (sl_keyring_is_remote(uri))
        return open_remote(c, ret, err);
    const struct sl_passphrase_source source = sl_passphrases_source(&ret->passphrases);
    return sl_child_new(&source, &ret->signer, err);
}
