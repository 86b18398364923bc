#include "cli/keyring.h"

#include "cli/session.h"
#include "manifests/kmskey.h"
#include "publisher/kms.h"
#include "signer/local.h"
#include "signer/mixed.h"

#include <string.h>

bool sl_keyring_is_remote(const char *uri)
{
    return strncmp(uri, SL_KMSKEY_SCHEME, strlen(SL_KMSKEY_SCHEME)) == 0 || sl_kmskey_is_profile(uri);
}

static bool reach(void *ctx, const char *region, struct sl_wire **ret, struct sl_err *err)
{
    struct sl_context *c = ctx;
    if (sl_args_has(&c->args, SL_OPT_OFFLINE))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "the key is in AWS, and --offline asks nothing of the network: state the key's algorithm in the "
                       "manifest, or leave --offline out");
    if (c->reach)
        return c->reach->wire(c->reach->ctx, region, ret, err);
    return sl_session_wire(c, region, ret, err);
}

bool sl_keyring_new(struct sl_context *c, struct sl_signer *local, const char *region,
                    const struct sl_codesign_shelf *shelf, struct sl_signer **ret, struct sl_err *err)
{
    const struct sl_codesign_options options = {
        .reach = { reach, c }, .region = region, .shelf = shelf, .rehearsal = c->reach != NULL
    };
    struct sl_keyservice *services[3] = { NULL, NULL, NULL };
    if (!sl_kms_new(&options.reach, region, &services[0], err) || !sl_codesign_new(&options, &services[1], err)) {
        sl_keyservice_freep(&services[0]);
        sl_signer_freep(&local);
        return false;
    }
    return sl_mixed_new(local, services, ret, err);
}

bool sl_keyring_public(struct sl_context *c, const char *key, struct sl_pubkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf region = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    if (sl_kmskey_is_profile(key))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "AWS Signer gives out no public key; name the file with the certificate of '%.120s'", key);
    if (!sl_keyring_is_remote(key))
        return sl_pubkey_load(strncmp(key, "file:", 5) == 0 ? key + 5 : key, ret, err);
    return sl_session_region_of_key(c, key, &region, err)
           && sl_keyring_new(c, NULL, sl_buf_str(&region), NULL, &signer, err)
           && signer->public_key(signer, "key", key, "", ret, err);
}
