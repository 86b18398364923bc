#include "core/clock.h"
#include "publisher/priv/provider.h"

#include <string.h>

bool sl_provider_parse(struct sl_span text, const char *what, json_t **ret, struct sl_err *err)
{
    struct sl_err why = { .code = SL_OK }; /* it would show some of the text */
    if (sl_json_parse(text, what, ret, &why) && json_is_object(*ret))
        return true;
    if (why.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "%s is not a JSON object", what);
}

/* A member that is a string; empty when it is not there or null, and may be missing. */
static bool text_of(const json_t *object, const char *name, bool optional, const char *what, struct sl_span *ret,
                    struct sl_err *err)
{
    const json_t *value = name ? json_object_get(object, name) : NULL;
    *ret = SL_SPAN_EMPTY;
    if (json_is_string(value)) {
        *ret = (struct sl_span){ (const uint8_t *)json_string_value(value), json_string_length(value) };
        return true;
    }
    if (!name || (optional && (!value || json_is_null(value))))
        return true;
    return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, value ? "%s: '%s' is not a string" : "%s has no '%s'", what, name);
}

/* A time as text, or in milliseconds since 1970. */
static bool expiration_of(const json_t *object, const struct sl_provider_names *n, const char *what,
                          struct sl_fresh *ret, struct sl_err *err)
{
    const json_t *value = n->expiration ? json_object_get(object, n->expiration) : NULL;
    struct sl_span text = SL_SPAN_EMPTY;
    if (json_is_integer(value)) {
        ret->expires = true;
        ret->expires_utc = (int64_t)json_integer_value(value) / 1000;
        return true;
    }
    if (!text_of(object, n->expiration, n->expiration_optional, what, &text, err))
        return false;
    ret->expires = text.len > 0;
    return text.len == 0 || sl_clock_from_extended((const char *)text.ptr, &ret->expires_utc)
           || sl_fail(err, SL_E_DENIED, SL_LOC_NONE,
                      "%s: '%s' is not a time; one such as '2026-01-31T12:00:00Z' is expected", what, n->expiration);
}

bool sl_provider_take(const json_t *object, const struct sl_provider_names *names, const char *what,
                      struct sl_fresh *ret, struct sl_err *err)
{
    struct sl_span id, secret, token, account;
    const char *wrong = NULL;
    if (!text_of(object, names->id, false, what, &id, err) || !text_of(object, names->secret, false, what, &secret, err)
        || !text_of(object, names->token, names->token_optional, what, &token, err)
        || !text_of(object, names->account, true, what, &account, err) || !expiration_of(object, names, what, ret, err)
        || !sl_credentials_take(id, secret, token, &ret->cred, &wrong, err))
        return false;
    sl_credentials_set_account(&ret->cred, account);
    return !wrong || sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "%s: %s", what, wrong);
}
