#include "cli/keyring.h"

#include "cli/planning.h"
#include "cli/session.h"
#include "cli/verify_remote.h"
#include "publisher/kms.h"
#include "signer/local.h"
#include "publisher/wire.h"
#include "signer/mixed.h"

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

static bool open_one(struct sl_context *c, const char *uri, struct sl_signer **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf region = { 0 };
    return sl_session_region_of_key(c, uri, &region, err)
           && sl_keyring_new(c, NULL, sl_buf_str(&region), NULL, ret, err);
}

static bool public_key(struct sl_context *c, const char *uri, struct sl_pubkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    return open_one(c, uri, &signer, err) && signer->public_key(signer, "key", uri, "", ret, err);
}

static void end(struct sl_context *c)
{
    sl_planning_end(c);
    sl_wire_closep(&c->wire);
}

const struct sl_network sl_keyring_network = { open_one, public_key, sl_verify_remote, end };
