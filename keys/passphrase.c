#include "keys/passphrase.h"

bool sl_passphrase_ask(const struct sl_passphrase_source *source, const char *key_name, struct sl_secret *ret,
                       struct sl_err *err)
{
    if (!source || !source->get)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "key '%s' needs a passphrase and none was given", key_name);
    SL_AUTO(sl_secret_clear) struct sl_secret answer = { 0 };
    if (!source->get(source->ctx, key_name, &answer, err))
        return false;
    if (answer.len == 0 || answer.len > SL_PASSPHRASE_MAX_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the passphrase of key '%s' must have 1 to %u bytes", key_name,
                       SL_PASSPHRASE_MAX_BYTES);
    sl_secret_move(ret, &answer);
    return true;
}
