/* sealift key show, seal: the public half of a key, and a passphrase around it. */
#include "cli/one_key.h"
#include "cli/sealing.h"
#include "cli/tool.h"
#include "cli/view_key.h"
#include "keys/privkey.h"

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
