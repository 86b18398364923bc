#include "core/clock.h"
#include "core/xml.h"
#include "publisher/priv/provider.h"

#include <stdio.h>
#include <string.h>

#define MAX_FIELD 32768u

/* ---- the form that goes out: it may hold a token, so it is put together in guarded memory ---- */

static bool unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

static size_t put_encoded(uint8_t *to, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0;
    for (; *text; text++) {
        uint8_t c = (uint8_t)*text;
        if (!unreserved(c)) {
            to[n++] = '%';
            to[n++] = (uint8_t)hex[c >> 4];
        }
        to[n++] = unreserved(c) ? c : (uint8_t)hex[c & 15];
    }
    return n;
}

static bool make_form(const struct sl_pair *fields, size_t n, struct sl_secret *ret, struct sl_err *err)
{
    size_t most = 0, len = 0;
    for (size_t i = 0; i < n; i++)
        most += strlen(fields[i].name) + 3 * strlen(fields[i].value) + 2;
    if (!sl_secret_new(most, ret, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            ret->ptr[len++] = '&';
        len += put_encoded(ret->ptr + len, fields[i].name);
        ret->ptr[len++] = '=';
        len += put_encoded(ret->ptr + len, fields[i].value);
    }
    sl_secret_shorten(ret, len);
    return true;
}

/* ---- what comes back ---- */

struct answer {
    struct sl_secret id, secret, token, expiration, arn;
};

static void answer_clear(struct answer *a)
{
    sl_secret_clear(&a->id);
    sl_secret_clear(&a->secret);
    sl_secret_clear(&a->token);
    sl_secret_clear(&a->expiration);
    sl_secret_clear(&a->arn);
}

/* The fifth field: arn:aws:sts::123456789012:assumed-role/name/session. */
static struct sl_span account_of(const struct sl_secret *arn)
{
    struct sl_span rest = sl_secret_span(arn);
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *colon = rest.len ? memchr(rest.ptr, ':', rest.len) : NULL;
        rest = sl_span_sub(rest, colon ? (size_t)(colon - rest.ptr) + 1 : rest.len, rest.len);
    }
    const uint8_t *end = rest.len ? memchr(rest.ptr, ':', rest.len) : NULL;
    return sl_span_sub(rest, 0, end ? (size_t)(end - rest.ptr) : 0);
}

static bool malformed(const char *doing, const char *what, struct sl_err *err)
{
    return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "%s: the answer of STS cannot be used: %s", doing, what);
}

static bool take_answer(struct sl_span body, const char *doing, struct sl_fresh *ret, struct sl_err *err)
{
    SL_AUTO(answer_clear) struct answer a = { .id = { 0 } };
    const struct sl_xml_want wants[] = { { "AccessKeyId", 256, &a.id },
                                         { "SecretAccessKey", 1024, &a.secret },
                                         { "SessionToken", MAX_FIELD, &a.token },
                                         { "Expiration", 64, &a.expiration },
                                         { "Arn", 2048, &a.arn } };
    struct sl_err why = { .code = SL_OK };
    const char *wrong = NULL;
    if (!sl_xml_secrets(body, wants, sizeof wants / sizeof *wants, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : malformed(doing, "it is not XML", err);
    for (size_t i = 0; i < 4; i++)
        if (wants[i].ret->len == 0) {
            char what[64];
            (void)snprintf(what, sizeof what, "it has no %s", wants[i].name);
            return malformed(doing, what, err);
        }
    if (!sl_credentials_take(sl_secret_span(&a.id), sl_secret_span(&a.secret), sl_secret_span(&a.token), &ret->cred,
                             &wrong, err))
        return false;
    if (!wrong && !sl_clock_from_extended((const char *)a.expiration.ptr, &ret->expires_utc))
        wrong = "the expiration is not a time";
    ret->expires = true;
    sl_credentials_set_account(&ret->cred, account_of(&a.arn));
    return !wrong || malformed(doing, wrong, err);
}

bool sl_provider_sts(struct sl_provider_means *m, const struct sl_provider_sts *call, struct sl_fresh *ret,
                     struct sl_err *err)
{
    static const struct sl_pair form_type = { "content-type", "application/x-www-form-urlencoded; charset=utf-8" };
    SL_AUTO(sl_secret_clear) struct sl_secret form = { 0 };
    SL_AUTO(sl_provider_call_clear) struct sl_provider_call made = { .signer = call->signer };
    if (!make_form(call->fields, call->n_fields, &form, err))
        return false;
    const struct sl_request req = { .service = SL_STS,
                                    .method = "POST",
                                    .path = "/",
                                    .headers = &form_type,
                                    .n_headers = 1,
                                    .body = sl_secret_span(&form),
                                    .what = call->doing };
    return sl_provider_send(m, &req, &made, err) && sl_reply_expect(&req, &made.reply, call->doing, err)
           && take_answer(sl_secret_span(&made.body), call->doing, ret, err);
}
