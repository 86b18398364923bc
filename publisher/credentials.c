#include "publisher/credentials.h"

#include <stdio.h>
#include <string.h>

#define MAX_SECRET 1024u
#define MAX_TOKEN  16384u

void sl_credentials_clear(struct sl_credentials *c)
{
    sl_secret_clear(&c->secret_access_key);
    sl_secret_clear(&c->session_token);
    sl_wipe(c, sizeof *c);
}

void sl_credentials_move(struct sl_credentials *to, struct sl_credentials *from)
{
    if (to == from)
        return;
    sl_credentials_clear(to);
    *to = *from;
    *from = (struct sl_credentials){ .access_key_id = "" };
}

/* Printable ASCII without spaces: whatever else is there was not meant. */
static bool is_word(struct sl_span s, size_t max)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
            return false;
    return s.len > 0 && s.len <= max;
}

static bool is_key_id(struct sl_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return s.len > 0 && s.len <= 128;
}

bool sl_credentials_take(struct sl_span id, struct sl_span secret, struct sl_span token, struct sl_credentials *ret,
                         const char **ret_wrong, struct sl_err *err)
{
    *ret_wrong = !is_key_id(id)                                ? "the access key id is malformed"
                 : !is_word(secret, MAX_SECRET)                ? "the secret access key is malformed"
                 : token.len > 0 && !is_word(token, MAX_TOKEN) ? "the session token is malformed"
                                                               : NULL;
    if (*ret_wrong)
        return true;
    SL_AUTO(sl_credentials_clear) struct sl_credentials made = { .access_key_id = "" };
    (void)snprintf(made.access_key_id, sizeof made.access_key_id, "%.*s", (int)id.len, (const char *)id.ptr);
    if (!sl_secret_copy(secret, &made.secret_access_key, err)
        || (token.len > 0 && !sl_secret_copy(token, &made.session_token, err)))
        return false;
    sl_credentials_move(ret, &made);
    return true;
}

void sl_credentials_set_account(struct sl_credentials *c, struct sl_span account)
{
    bool ok = account.len == sizeof c->account - 1;
    for (size_t i = 0; ok && i < account.len; i++)
        ok = account.ptr[i] >= '0' && account.ptr[i] <= '9';
    if (ok)
        memcpy(c->account, account.ptr, account.len);
    c->account[ok ? account.len : 0] = 0;
}
