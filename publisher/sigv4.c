#include "publisher/sigv4.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

void sl_sigv4_headers_clear(struct sl_sigv4_headers *h)
{
    sl_buf_clear(&h->authorization);
    h->x_amz_date[0] = 0;
}

static void wipe_buf(struct sl_buf *b)
{
    sl_wipe(b->ptr, b->cap);
    sl_buf_clear(b);
}

/* "20150830/eu-west-1/s3/aws4_request" */
static bool add_credential_scope(struct sl_buf *b, const struct sl_sigv4_scope *scope, struct sl_err *err)
{
    char date[SL_CLOCK_BASIC_SIZE];
    sl_clock_basic(scope->time_utc, date);
    return sl_buf_addf(b, err, "%.8s/%s/%s/aws4_request", date, scope->region, scope->service);
}

bool sl_sigv4_string_to_sign(struct sl_span canonical, const struct sl_sigv4_scope *scope, struct sl_buf *ret,
                             struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    uint8_t digest[SL_SHA256_BYTES];
    char date[SL_CLOCK_BASIC_SIZE];
    sl_clock_basic(scope->time_utc, date);
    if (!sl_sha256(canonical, digest, err) || !sl_buf_addf(&text, err, ALGORITHM "\n%s\n", date)
        || !add_credential_scope(&text, scope, err) || !sl_buf_add_char(&text, '\n', err)
        || !sl_hex_add(&text, (struct sl_span){ digest, sizeof digest }, err))
        return false;
    sl_buf_move(ret, &text);
    return true;
}

bool sl_sigv4_key(struct sl_span secret_access_key, const struct sl_sigv4_scope *scope, struct sl_secret *ret,
                  struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret first = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret key = { 0 };
    if (!sl_secret_new(secret_access_key.len + 4, &first, err) || !sl_secret_new(SL_SHA256_BYTES, &key, err))
        return false;
    memcpy(first.ptr, "AWS4", 4);
    if (secret_access_key.len > 0)
        memcpy(first.ptr + 4, secret_access_key.ptr, secret_access_key.len);

    char date[SL_CLOCK_BASIC_SIZE];
    sl_clock_basic(scope->time_utc, date);
    date[8] = 0;
    if (!sl_hmac_sha256(sl_secret_span(&first), sl_span_str(date), key.ptr, err)
        || !sl_hmac_sha256(sl_secret_span(&key), sl_span_str(scope->region), key.ptr, err)
        || !sl_hmac_sha256(sl_secret_span(&key), sl_span_str(scope->service), key.ptr, err)
        || !sl_hmac_sha256(sl_secret_span(&key), sl_span_str("aws4_request"), key.ptr, err))
        return false;
    sl_secret_move(ret, &key);
    return true;
}

bool sl_sigv4_signature(struct sl_span key, struct sl_span string_to_sign, char ret[65], struct sl_err *err)
{
    uint8_t mac[SL_SHA256_BYTES];
    if (!sl_hmac_sha256(key, string_to_sign, mac, err))
        return false;
    sl_hex_put(ret, 65, (struct sl_span){ mac, sizeof mac });
    return true;
}

/* From the canonical request to the signature. */
static bool finish(struct sl_span canonical, const struct sl_credentials *cred, const struct sl_sigv4_scope *scope,
                   char ret[65], struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf to_sign = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret key = { 0 };
    return sl_sigv4_string_to_sign(canonical, scope, &to_sign, err)
           && sl_sigv4_key(sl_secret_span(&cred->secret_access_key), scope, &key, err)
           && sl_sigv4_signature(sl_secret_span(&key), sl_buf_span(&to_sign), ret, err);
}

/* The pairs and after them room for extra more; names and values are borrowed. */
static struct sl_pair *with_room(const struct sl_pair *pairs, size_t n, size_t extra, struct sl_arena *arena,
                                 struct sl_err *err)
{
    struct sl_pair *all = sl_arena_alloc(arena, n + extra, sizeof *all, err);
    if (all && n > 0)
        memcpy(all, pairs, n * sizeof *all);
    return all;
}

bool sl_sigv4_sign(const struct sl_sigv4_request *req, const struct sl_credentials *cred,
                   const struct sl_sigv4_scope *scope, struct sl_sigv4_headers *ret, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(wipe_buf) struct sl_buf canonical = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    SL_AUTO(sl_sigv4_headers_clear) struct sl_sigv4_headers made = { .x_amz_date = "" };
    struct sl_sigv4_request full = *req;
    struct sl_pair *headers = with_room(req->headers, req->n_headers, 2, &arena, err);
    if (!headers)
        return false;

    sl_clock_basic(scope->time_utc, made.x_amz_date);
    headers[full.n_headers++] = (struct sl_pair){ "x-amz-date", made.x_amz_date };
    if (cred->session_token.len > 0 && !scope->omit_token)
        headers[full.n_headers++] = (struct sl_pair){ "x-amz-security-token", (const char *)cred->session_token.ptr };
    full.headers = headers;

    char signature[65];
    struct sl_buf *line = &made.authorization;
    if (!sl_sigv4_canonical(&full, scope, &canonical, &names, err)
        || !finish(sl_buf_span(&canonical), cred, scope, signature, err)
        || !sl_buf_addf(line, err, ALGORITHM " Credential=%s/", cred->access_key_id)
        || !add_credential_scope(line, scope, err)
        || !sl_buf_addf(line, err, ", SignedHeaders=%s, Signature=%s", sl_buf_str(&names), signature))
        return false;
    sl_buf_move(&ret->authorization, line);
    memcpy(ret->x_amz_date, made.x_amz_date, sizeof ret->x_amz_date);
    return true;
}

/* What presigning adds to the query before it is signed, all but the session token. */
struct presign_text {
    char date[SL_CLOCK_BASIC_SIZE], expires[11];
    struct sl_buf credential, names;
};

static void presign_text_clear(struct presign_text *t)
{
    sl_buf_clear(&t->credential);
    sl_buf_clear(&t->names);
}

static bool presign_text_make(const struct sl_sigv4_request *req, const struct sl_credentials *cred,
                              const struct sl_sigv4_scope *scope, uint32_t expires_seconds, struct presign_text *ret,
                              struct sl_err *err)
{
    if (expires_seconds < 1 || expires_seconds > 604800)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "a presigned URL is good for 1 second to 7 days, not for %u seconds", (unsigned)expires_seconds);
    SL_AUTO(wipe_buf) struct sl_buf dry_run = { 0 };
    sl_clock_basic(scope->time_utc, ret->date);
    (void)snprintf(ret->expires, sizeof ret->expires, "%u", (unsigned)expires_seconds);
    return sl_buf_addf(&ret->credential, err, "%s/", cred->access_key_id)
           && add_credential_scope(&ret->credential, scope, err)
           && sl_sigv4_canonical(req, scope, &dry_run, &ret->names, err);
}

/* The third line of the canonical request is the query as it will be sent. */
static struct sl_span canonical_query(struct sl_span canonical)
{
    size_t begin = 0, end = 0;
    for (unsigned line = 0; line < 3; line++) {
        begin = end;
        while (end < canonical.len && canonical.ptr[end++] != '\n')
            ;
    }
    return sl_span_sub(canonical, begin, end - begin - 1);
}

/* The query, the token where it is not part of what is signed, and the signature. */
static bool presigned_query(struct sl_span query, const char *unsigned_token, const char *signature,
                            struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(wipe_buf) struct sl_buf text = { 0 };
    if (!sl_buf_reserve(&text, query.len + 3 * strlen(unsigned_token) + 128, err) || !sl_buf_add(&text, query, err))
        return false;
    if (*unsigned_token
        && (!sl_buf_add_str(&text, "&X-Amz-Security-Token=", err)
            || !sl_percent_add(&text, sl_span_str(unsigned_token), false, err)))
        return false;
    return sl_buf_addf(&text, err, "&X-Amz-Signature=%s", signature) && sl_secret_copy(sl_buf_span(&text), ret, err);
}

bool sl_sigv4_presign(const struct sl_sigv4_request *req, const struct sl_credentials *cred,
                      const struct sl_sigv4_scope *scope, uint32_t expires_seconds, struct sl_secret *ret,
                      struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(wipe_buf) struct sl_buf canonical = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    SL_AUTO(presign_text_clear) struct presign_text text = { .date = "" };
    struct sl_pair *query = with_room(req->query, req->n_query, 6, &arena, err);
    if (!query || !presign_text_make(req, cred, scope, expires_seconds, &text, err))
        return false;

    struct sl_sigv4_request full = *req;
    full.query = query;
    query[full.n_query++] = (struct sl_pair){ "X-Amz-Algorithm", ALGORITHM };
    query[full.n_query++] = (struct sl_pair){ "X-Amz-Credential", sl_buf_str(&text.credential) };
    query[full.n_query++] = (struct sl_pair){ "X-Amz-Date", text.date };
    query[full.n_query++] = (struct sl_pair){ "X-Amz-Expires", text.expires };
    query[full.n_query++] = (struct sl_pair){ "X-Amz-SignedHeaders", sl_buf_str(&text.names) };
    const char *token = cred->session_token.len > 0 ? (const char *)cred->session_token.ptr : "";
    if (*token && !scope->omit_token)
        query[full.n_query++] = (struct sl_pair){ "X-Amz-Security-Token", token };

    char signature[65];
    return sl_sigv4_canonical(&full, scope, &canonical, &names, err)
           && finish(sl_buf_span(&canonical), cred, scope, signature, err)
           && presigned_query(canonical_query(sl_buf_span(&canonical)), scope->omit_token ? token : "", signature, ret,
                              err);
}
