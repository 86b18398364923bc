#include "cli/view_key.h"

#include "keys/commented.h"

#include <string.h>

static bool public_text(const struct sl_context *c, const struct sl_pubkey *key, struct sl_buf *ret, struct sl_err *err)
{
    const char *format = sl_args_get(&c->args, SL_OPT_KEY_FORMAT, "pem");
    return strcmp(format, "pem") == 0 ? sl_pubkey_pem(key, ret, err) : sl_commented_key_add(ret, key, format, err);
}

bool sl_view_key(struct sl_context *c, const struct sl_pubkey *key, const char *file, json_t *more, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *extra = more;
    SL_AUTO(sl_buf_clear) struct sl_buf pem = { 0 };
    if (!public_text(c, key, &pem, err))
        return false;
    if (c->console.json) {
        SL_AUTO(sl_json_clear)
        json_t *answer = json_pack("{s:s*,s:s,s:i,s:s,s:s}", "file", file, "type", sl_pubkey_type_name(key->type),
                                   "bits", (int)key->bits, "keyid", key->keyid, "publicKey", sl_buf_str(&pem));
        if (!answer || (extra && json_object_update(answer, extra) != 0))
            return sl_fail_nomem(err);
        return sl_console_json(&c->console, answer, err);
    }
    if (sl_args_has(&c->args, SL_OPT_KEY_FORMAT)) /* stdout becomes a file that other programs read */
        return sl_console_bytes(&c->console, sl_buf_span(&pem), err);
    sl_console_say(&c->console, "type    %s, %u bits", sl_pubkey_type_name(key->type), key->bits);
    sl_console_say(&c->console, "keyid   %s", key->keyid);
    return sl_console_bytes(&c->console, sl_buf_span(&pem), err);
}
