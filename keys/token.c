#include "keys/token.h"

bool sl_token_pin(const struct sl_token_access *access, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret answer = { 0 };
    if (!access || !access->pin)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "key '%.120s' needs a PIN and none was given", key_name);
    if (!access->pin(access->ctx, key_name, &answer, err))
        return false;
    if (answer.len == 0 || answer.len > SL_PIN_MAX_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the PIN for key '%.120s' must have 1 to %u bytes; it was not tried", key_name,
                       SL_PIN_MAX_BYTES);
    sl_secret_move(ret, &answer);
    return true;
}

bool sl_token_confirm(const struct sl_token_access *access, const char *reason, const char *question,
                      struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (access && access->confirm && access->confirm(access->ctx, question, &why))
        return true;
    if (why.code == SL_E_INTERRUPTED) {
        *err = why;
        return false;
    }
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s; it was not tried%s%s", reason, why.code == SL_OK ? "" : ": ",
                   why.msg);
}
