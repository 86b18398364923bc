#include "sandbox/priv/oidc.h"

#include "core/digest.h"
#include "core/os.h"
#include "core/text.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BITS        2048
#define KEY_ID_SIZE     (2 * SL_SHA256_BYTES + 1)
#define EARLIER_SECONDS 600 /* nbf lies before iat, as in GitHub's own */
#define LIFE_SECONDS    300
#define MAX_BYTES       20000

#define OWNER      "acme"
#define REPOSITORY OWNER "/firmware"
#define REF        "refs/heads/main"
#define WORKFLOW   REPOSITORY "/.github/workflows/release.yaml@" REF
#define COMMIT     "2b1d6f3f3c3e4a5b6c7d8e9f0a1b2c3d4e5f6a7b"

struct sl_oidc {
    EVP_PKEY *key;
    char id[KEY_ID_SIZE];
};

static void ctx_free(EVP_MD_CTX **ctx)
{
    EVP_MD_CTX_free(*ctx);
}

static void number_free(BIGNUM **n)
{
    BN_free(*n);
}

static bool failed(const char *doing, struct sl_err *err)
{
    return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "OpenSSL cannot %s for the sandbox's identity provider", doing);
}

/* base64url without padding (RFC 7515 section 2). */
static bool encode(struct sl_buf *b, struct sl_span bytes, struct sl_err *err)
{
    size_t from = b->len;
    if (!sl_base64_add(b, bytes, err))
        return false;
    for (size_t i = from; i < b->len; i++)
        b->ptr[i] = b->ptr[i] == '+' ? '-' : b->ptr[i] == '/' ? '_' : b->ptr[i];
    while (b->len > from && b->ptr[b->len - 1] == '=')
        b->ptr[--b->len] = 0;
    return true;
}

static bool decode(struct sl_span text, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf plain = { 0 };
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '+' || c == '/' || c == '=')
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a part of the token is not base64url");
        if (!sl_buf_add_char(&plain, c == '-' ? '+' : c == '_' ? '/' : (char)c, err))
            return false;
    }
    while (plain.len % 4)
        if (!sl_buf_add_char(&plain, '=', err))
            return false;
    return sl_base64_get(sl_buf_span(&plain), ret, err);
}

static bool encode_json(struct sl_buf *b, const json_t *value, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_json_canonical(value, &text, err) && encode(b, sl_buf_span(&text), err);
}

bool sl_oidc_new(struct sl_oidc **ret, struct sl_err *err)
{
    struct sl_oidc *o = calloc(1, sizeof *o);
    uint8_t random[SL_SHA256_BYTES];
    if (!o)
        return sl_fail_nomem(err);
    o->key = EVP_RSA_gen(KEY_BITS);
    if ((!o->key && !failed("make a key", err)) || !sl_os_random(random, sizeof random, err)) {
        sl_oidc_free(o);
        return false;
    }
    sl_hex_put(o->id, sizeof o->id, (struct sl_span){ random, sizeof random });
    *ret = o;
    return true;
}

void sl_oidc_free(struct sl_oidc *o)
{
    if (!o)
        return;
    EVP_PKEY_free(o->key);
    free(o);
}

/* What GitHub says of a push to the main branch, of a repository that does not exist. */
static bool make_claims(const char *audience, int64_t now_utc, json_t **ret, struct sl_err *err)
{
    static const char *const fixed[][2] = {
        { "actor", "release-bot" },
        { "actor_id", "1001" },
        { "base_ref", "" },
        { "event_name", "push" },
        { "head_ref", "" },
        { "iss", SL_OIDC_ISSUER },
        { "job_workflow_ref", WORKFLOW },
        { "job_workflow_sha", COMMIT },
        { "ref", REF },
        { "ref_protected", "true" },
        { "ref_type", "branch" },
        { "repository", REPOSITORY },
        { "repository_id", "456789" },
        { "repository_owner", OWNER },
        { "repository_owner_id", "123456" },
        { "repository_visibility", "private" },
        { "run_attempt", "1" },
        { "run_id", "10000001" },
        { "run_number", "1" },
        { "runner_environment", "github-hosted" },
        { "sha", COMMIT },
        { "sub", "repo:" REPOSITORY ":ref:" REF },
        { "workflow", "release" },
        { "workflow_ref", WORKFLOW },
        { "workflow_sha", COMMIT },
    };
    SL_AUTO(sl_json_clear) json_t *claims = json_object();
    uint8_t random[16];
    char id[2 * sizeof random + 1];
    if (!claims)
        return sl_fail_nomem(err);
    if (!sl_os_random(random, sizeof random, err))
        return false;
    sl_hex_put(id, sizeof id, (struct sl_span){ random, sizeof random });
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (!sl_json_set(claims, fixed[i][0], json_string(fixed[i][1]), err))
            return false;
    if (!sl_json_set(claims, "jti", json_string(id), err) || !sl_json_set(claims, "aud", json_string(audience), err)
        || !sl_json_set(claims, "iat", json_integer(now_utc), err)
        || !sl_json_set(claims, "nbf", json_integer(now_utc - EARLIER_SECONDS), err)
        || !sl_json_set(claims, "exp", json_integer(now_utc + LIFE_SECONDS), err))
        return false;
    *ret = claims;
    claims = NULL;
    return true;
}

static bool sign(const struct sl_oidc *o, struct sl_span text, struct sl_buf *b, struct sl_err *err)
{
    SL_AUTO(ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t signature[KEY_BITS / 8];
    size_t len = sizeof signature;
    if (!ctx || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, o->key) != 1
        || EVP_DigestSign(ctx, signature, &len, text.ptr, text.len) != 1)
        return failed("sign a token", err);
    return encode(b, (struct sl_span){ signature, len }, err);
}

bool sl_oidc_issue(const struct sl_oidc *o, const char *audience, int64_t now_utc, struct sl_buf *ret,
                   struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *header = json_pack("{s:s, s:s, s:s}", "alg", "RS256", "kid", o->id, "typ", "JWT");
    SL_AUTO(sl_json_clear) json_t *claims = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf token = { 0 }, signature = { 0 };
    if (!header)
        return sl_fail_nomem(err);
    return make_claims(audience, now_utc, &claims, err) && encode_json(&token, header, err)
           && sl_buf_add_char(&token, '.', err) && encode_json(&token, claims, err)
           && sign(o, sl_buf_span(&token), &signature, err) && sl_buf_add_char(&token, '.', err)
           && sl_buf_add(&token, sl_buf_span(&signature), err) && sl_buf_copy(ret, sl_buf_span(&token), err);
}

static bool add_number(const struct sl_oidc *o, const char *parameter, const char *name, json_t *key,
                       struct sl_err *err)
{
    SL_AUTO(number_free) BIGNUM *n = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    uint8_t bytes[KEY_BITS / 8] = { 0 };
    if (EVP_PKEY_get_bn_param(o->key, parameter, &n) != 1 || BN_num_bytes(n) > (int)sizeof bytes)
        return failed("show a key", err);
    size_t len = (size_t)BN_bn2bin(n, bytes);
    return encode(&text, (struct sl_span){ bytes, len }, err)
           && sl_json_set(key, name, json_string(sl_buf_str(&text)), err);
}

bool sl_oidc_keys(const struct sl_oidc *o, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear)
    json_t *set = json_pack("{s:[{s:s, s:s, s:s, s:s}]}", "keys", "alg", "RS256", "kid", o->id, "kty", "RSA", "use",
                            "sig");
    json_t *key = json_array_get(json_object_get(set, "keys"), 0);
    if (!key)
        return sl_fail_nomem(err);
    if (!add_number(o, OSSL_PKEY_PARAM_RSA_N, "n", key, err) || !add_number(o, OSSL_PKEY_PARAM_RSA_E, "e", key, err))
        return false;
    *ret = set;
    set = NULL;
    return true;
}

void sl_oidc_token_clear(struct sl_oidc_token *t)
{
    sl_json_clear(&t->header);
    sl_json_clear(&t->claims);
    sl_buf_clear(&t->signature);
}

static bool read_json(struct sl_span text, const char *name, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    if (!decode(text, &bytes, err) || !sl_json_parse(sl_buf_span(&bytes), name, ret, err))
        return false;
    return json_is_object(*ret) || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the %s is no JSON object", name);
}

bool sl_oidc_token_read(const char *text, struct sl_oidc_token *ret, struct sl_err *err)
{
    SL_AUTO(sl_oidc_token_clear) struct sl_oidc_token t = { .header = NULL };
    struct sl_span whole = sl_span_str(text);
    const char *first = strchr(text, '.'), *second = first ? strchr(first + 1, '.') : NULL;
    if (!second || strchr(second + 1, '.') || whole.len > MAX_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the token has not the three parts of a signed JWT");
    size_t one = (size_t)(first - text), two = (size_t)(second - text);
    t.signing_input = sl_span_sub(whole, 0, two);
    if (!read_json(sl_span_sub(whole, 0, one), "header", &t.header, err)
        || !read_json(sl_span_sub(whole, one + 1, two - one - 1), "claims", &t.claims, err)
        || !decode(sl_span_sub(whole, two + 1, whole.len), &t.signature, err))
        return false;
    *ret = t;
    t = (struct sl_oidc_token){ .header = NULL };
    return true;
}

bool sl_oidc_verify(const struct sl_oidc *o, const struct sl_oidc_token *t, struct sl_err *err)
{
    if (strcmp(sl_json_str(t->header, "alg"), "RS256") != 0 || strcmp(sl_json_str(t->header, "kid"), o->id) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the token was signed with another key than the provider's");
    SL_AUTO(ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, o->key) != 1)
        return failed("verify a token", err);
    return EVP_DigestVerify(ctx, t->signature.ptr, t->signature.len, t->signing_input.ptr, t->signing_input.len) == 1
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the token's signature does not hold");
}
