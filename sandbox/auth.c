#include "sandbox/priv/auth.h"

#include "core/clock.h"
#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/auth_code.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <string.h>

#define UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"
#define MAX_HEADERS      128

void sl_auth_clear(struct sl_auth *a)
{
    sl_secret_clear(&a->key);
}

bool sl_auth_is_s3(const struct sl_exchange *x)
{
    return !strcmp(x->service, "s3");
}

/* IAM user guide, "Common errors", and what the services are seen to answer. */
const char *sl_auth_code(const struct sl_exchange *x, enum sl_auth_trouble trouble)
{
    static const char *const codes[3][SL_AUTH_TROUBLES] = {
        { "AuthorizationHeaderMalformed", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
          "InvalidToken" },
        { "IncompleteSignature", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken",
          "InvalidClientTokenId" },
        { "IncompleteSignatureException", "UnrecognizedClientException", "InvalidSignatureException",
          "ExpiredTokenException", "UnrecognizedClientException" },
    };
    bool query = !strcmp(x->service, "iam") || !strcmp(x->service, "sts");
    return codes[sl_auth_is_s3(x) ? 0 : query ? 1 : 2][trouble];
}

static bool wrong_signature(const struct sl_exchange *x, struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 403, sl_auth_code(x, SL_AUTH_WRONG_SIGNATURE), "%s", why);
}

/* IAM is one service per partition, signed for the Region it lives in, and STS also answers for the old global endpoint.
 * AWS's SDKs sign for the configured Region once an endpoint is given by URL, so that one is taken too. */
static bool is_right_region(const struct sl_exchange *x, const char *region)
{
    const char *home = !strncmp(x->facts->region, "cn-", 3)       ? "cn-north-1"
                       : !strncmp(x->facts->region, "us-gov-", 7) ? "us-gov-west-1"
                                                                  : "us-east-1";
    bool global = !strcmp(x->service, "iam") || !strcmp(x->service, "sts");
    return !strcmp(region, x->facts->region) || (global && !strcmp(region, home));
}

static bool is_known_service(const char *service)
{
    static const char *const known[] = { "s3", "iam", "sts", "iot", "iot-jobs-data", "kms", "signer" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(service, known[i]))
            return true;
    return false;
}

static bool check_scope(struct sl_exchange *x, const struct sl_auth *a, struct sl_err *err)
{
    if (!is_known_service(x->service))
        return sl_refusal_make(err, 403, "InvalidSignatureException",
                               "Credential should be scoped to correct service: the sandbox has s3, iam, sts, iot, "
                               "iot-jobs-data, kms and signer, not '%s'.",
                               a->service);
    if (strncmp(a->time, a->date, 8) != 0)
        return sl_auth_is_s3(x) ? sl_refusal_make(
                   err, 400, a->presigned ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed",
                   "Invalid credential date \"%s\". This date is not the same as "
                   "X-Amz-Date: \"%.8s\".",
                   a->date, a->time)
                                : wrong_signature(x, err,
                                                  "Date in Credential scope does not match YYYYMMDD from "
                                                  "ISO-8601 version of date from HTTP");
    if (is_right_region(x, a->region))
        return true;
    if (!sl_auth_is_s3(x))
        return wrong_signature(x, err, "Credential should be scoped to a valid region.");
    if (!sl_exchange_fact(x, "Region", x->facts->region, err)
        || !sl_exchange_refusal_header(x, "x-amz-bucket-region", x->facts->region, err))
        return false;
    return sl_refusal_make(err, 400,
                           a->presigned ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed",
                           a->presigned ? "Error parsing the X-Amz-Credential parameter; the region '%s' is wrong; "
                                          "expecting '%s'"
                                        : "The authorization header is malformed; the region '%s' is wrong; expecting "
                                          "'%s'",
                           a->region, x->facts->region);
}

static bool add_time_fact(struct sl_exchange *x, const char *name, int64_t utc, struct sl_err *err)
{
    char text[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(utc, text);
    return sl_exchange_fact(x, name, text, err);
}

static bool skewed(struct sl_exchange *x, const struct sl_auth *a, struct sl_err *err)
{
    char now[SL_CLOCK_BASIC_SIZE], limit[SL_CLOCK_BASIC_SIZE];
    bool early = a->time_utc > x->now_utc;
    sl_clock_basic(x->now_utc, now);
    sl_clock_basic(x->now_utc + (early ? SL_AUTH_SKEW_SECONDS : -SL_AUTH_SKEW_SECONDS), limit);
    if (!sl_auth_is_s3(x))
        return sl_refusal_make(err, 403, sl_auth_code(x, SL_AUTH_WRONG_SIGNATURE),
                               early ? "Signature not yet current: %s is still later than %s (%s + 15 min.)"
                                     : "Signature expired: %s is now earlier than %s (%s - 15 min.)",
                               a->time, limit, now);
    return sl_exchange_fact(x, "RequestTime", a->time, err) && add_time_fact(x, "ServerTime", x->now_utc, err)
           && sl_exchange_fact(x, "MaxAllowedSkewMilliseconds", "900000", err)
           && sl_refusal_make(err, 403, "RequestTimeTooSkewed",
                              "The difference between the request time and the current time is too large.");
}

static bool expired_url(struct sl_exchange *x, const struct sl_auth *a, struct sl_err *err)
{
    char seconds[16];
    (void)snprintf(seconds, sizeof seconds, "%u", (unsigned)a->expires_seconds);
    return sl_exchange_fact(x, "X-Amz-Expires", seconds, err)
           && add_time_fact(x, "Expires", a->time_utc + a->expires_seconds, err)
           && add_time_fact(x, "ServerTime", x->now_utc, err)
           && sl_refusal_make(err, 403, "AccessDenied", "Request has expired");
}

static bool check_clock(struct sl_exchange *x, const struct sl_auth *a, struct sl_err *err)
{
    if (a->time_utc > x->now_utc + SL_AUTH_SKEW_SECONDS)
        return a->presigned ? sl_refusal_make(err, 403, "AccessDenied", "Request is not yet valid") : skewed(x, a, err);
    if (a->presigned)
        return x->now_utc < a->time_utc + a->expires_seconds || expired_url(x, a, err);
    return a->time_utc >= x->now_utc - SL_AUTH_SKEW_SECONDS || skewed(x, a, err);
}

bool sl_auth_refuse_expired(const struct sl_exchange *x, struct sl_err *err)
{
    return sl_refusal_make(err, sl_auth_is_s3(x) ? 400 : 403, sl_auth_code(x, SL_AUTH_EXPIRED), "%s",
                           sl_auth_is_s3(x) ? "The provided token has expired."
                                            : "The security token included in the request is expired");
}

static bool unknown_key(struct sl_exchange *x, const struct sl_auth *a, struct sl_err *err)
{
    if (!sl_auth_is_s3(x))
        return sl_refusal_make(err, 403, sl_auth_code(x, SL_AUTH_UNKNOWN_KEY),
                               "The security token included in the request is invalid.");
    return sl_exchange_fact(x, "AWSAccessKeyId", a->access_key_id, err)
           && sl_refusal_make(err, 403, "InvalidAccessKeyId",
                              "The AWS Access Key Id you provided does not exist in our records.");
}

static bool check_token(const struct sl_exchange *x, const struct sl_auth *a, const struct sl_access_key *key,
                        struct sl_err *err)
{
    if (!sl_span_eq_ct(sl_span_str(a->token ? a->token : ""), sl_span_str(key->session_token)))
        return sl_refusal_make(err, sl_auth_is_s3(x) ? 400 : 403, sl_auth_code(x, SL_AUTH_WRONG_TOKEN), "%s",
                               sl_auth_is_s3(x) ? "The provided token is malformed or otherwise invalid."
                                                : "The security token included in the request is invalid.");
    return x->now_utc < key->expires_utc || sl_auth_refuse_expired(x, err);
}

static bool find_key(struct sl_exchange *x, const struct sl_auth *a, const struct sl_auth_root *root,
                     struct sl_access_key *ret, struct sl_err *err)
{
    if (!strcmp(a->access_key_id, root->access_key_id)) {
        ret->secret_access_key = (const char *)root->secret_access_key.ptr;
        ret->session_token = ret->role = "";
        ret->user_id = x->facts->account;
        ret->expires_utc = INT64_MAX;
        ret->arn = sl_arena_fmt(x->arena, err, "arn:%s:iam::%s:root", sl_access_partition(x), x->facts->account);
        return ret->arn != NULL;
    }
    bool found = false;
    if (!sl_store_begin(x->store, err))
        return false;
    bool ok = sl_access_find(x->store, x->facts, x->arena, a->access_key_id, ret, &found, err);
    sl_store_rollback(x->store);
    return ok && (found || unknown_key(x, a, err));
}

/* Is name one of the list "a;b;c"? */
static bool is_signed(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = list;; p++) {
        if (!strncmp(p, name, len) && (p[len] == ';' || !p[len]))
            return true;
        p = strchr(p, ';');
        if (!p)
            return false;
    }
}

/* The headers the client signed; refuses when one that must be signed is not. */
static bool choose_headers(struct sl_exchange *x, const struct sl_auth *a, struct sl_pair *ret, size_t *ret_n,
                           struct sl_err *err)
{
    size_t n = 0;
    if (!is_signed(a->signed_headers, "host"))
        return sl_auth_is_s3(x) ? sl_refusal_make(err, 403, "AccessDenied",
                                                  "There were headers present in the request which were not signed")
                                : wrong_signature(x, err,
                                                  "'Host' or ':authority' must be a 'SignedHeader' in the AWS "
                                                  "Authorization.");
    for (size_t i = 0; i < x->n_headers; i++) {
        const char *name = x->headers[i].name;
        bool chosen = is_signed(a->signed_headers, name);
        if (!chosen && !strncmp(name, "x-amz-", 6)) {
            if (!sl_exchange_fact(x, "HeadersNotSigned", name, err))
                return false;
            return sl_auth_is_s3(x) ? sl_refusal_make(err, 403, "AccessDenied",
                                                      "There were headers present in the request which were not signed")
                                    : wrong_signature(x, err, "Every x-amz- header must be a 'SignedHeader'.");
        }
        if (chosen && n < MAX_HEADERS)
            ret[n++] = x->headers[i];
    }
    *ret_n = n;
    return true;
}

static bool declared_hash(const struct sl_exchange *x, const struct sl_auth *a, const char **ret, struct sl_err *err)
{
    *ret = sl_exchange_request_header(x, "x-amz-content-sha256");
    if (!*ret && a->presigned)
        *ret = UNSIGNED_PAYLOAD;
    return *ret
           || sl_refusal_make(err, 400, "InvalidRequest",
                              "Missing required header for this request: x-amz-content-sha256");
}

/* What stands in the canonical request for the payload. */
static bool signed_hash(const struct sl_exchange *x, const struct sl_auth *a, char body_hex[65], const char **ret,
                        struct sl_err *err)
{
    if (sl_auth_is_s3(x))
        return declared_hash(x, a, ret, err);
    sl_hex_put(body_hex, 65, x->body_sha256);
    *ret = body_hex;
    return true;
}

static bool check_signature(struct sl_exchange *x, struct sl_auth *a, const char *secret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf canonical = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_pair headers[MAX_HEADERS];
    char hash[65], signature[65];
    struct sl_sigv4_request req = { .method = x->method,
                                    .path = x->path,
                                    .encoded_path = x->raw_path,
                                    .query = x->query,
                                    .n_query = x->n_query,
                                    .headers = headers,
                                    .every_header = true };
    struct sl_sigv4_scope scope = {
        .region = a->region, .service = a->service, .time_utc = a->time_utc, .s3_path = sl_auth_is_s3(x)
    };
    if (!signed_hash(x, a, hash, &req.payload_hash, err) || !choose_headers(x, a, headers, &req.n_headers, err)
        || !sl_sigv4_canonical(&req, &scope, &canonical, &names, err)
        || !sl_sigv4_string_to_sign(sl_buf_span(&canonical), &scope, &text, err)
        || !sl_sigv4_key(sl_span_str(secret), &scope, &a->key, err)
        || !sl_sigv4_signature(sl_secret_span(&a->key), sl_buf_span(&text), signature, err))
        return false;
    /* A list that is not in order makes another canonical request than the client's. */
    if (!strcmp(sl_buf_str(&names), a->signed_headers)
        && sl_span_eq_ct(sl_span_str(signature), sl_span_str(a->signature)))
        return true;
    return wrong_signature(x, err,
                           "The request signature we calculated does not match the signature you provided. Check your "
                           "AWS Secret Access Key and signing method. Consult the service documentation for details.");
}

bool sl_auth_verify(struct sl_exchange *x, struct sl_auth *a, const struct sl_auth_root *root, struct sl_err *err)
{
    struct sl_access_key key = { 0 };
    if (a->nobody)
        return (x->operation && !strcmp(x->operation, "AssumeRoleWithWebIdentity"))
               || sl_refusal_make(err, 403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    if (!check_scope(x, a, err) || !check_clock(x, a, err) || !find_key(x, a, root, &key, err)
        || !check_token(x, a, &key, err) || !check_signature(x, a, key.secret_access_key, err))
        return false;
    x->caller_arn = key.arn;
    x->caller_role = key.role;
    x->caller_key = a->access_key_id;
    x->caller_is_session = *key.session_token != '\0';
    x->presigned = a->presigned;
    x->signed_utc = a->time_utc;
    return true;
}

static bool is_sha256_hex(const char *s)
{
    return strlen(s) == 64 && s[strspn(s, "0123456789abcdef")] == 0;
}

bool sl_auth_payload_form(const struct sl_exchange *x, const struct sl_auth *a, struct sl_auth_payload_form *ret,
                          struct sl_err *err)
{
    static const struct {
        const char *name;
        struct sl_auth_payload_form form;
    } forms[] = {
        { UNSIGNED_PAYLOAD, { SL_PAYLOAD_UNSIGNED, false, false } },
        { "STREAMING-UNSIGNED-PAYLOAD-TRAILER", { SL_PAYLOAD_CHUNKED, false, true } },
        { "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", { SL_PAYLOAD_CHUNKED, true, false } },
        { "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", { SL_PAYLOAD_CHUNKED, true, true } },
    };
    const char *hash;
    if (!declared_hash(x, a, &hash, err))
        return false;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (!strcmp(hash, forms[i].name)) {
            *ret = forms[i].form;
            return true;
        }
    *ret = (struct sl_auth_payload_form){ SL_PAYLOAD_HASHED, false, false };
    return is_sha256_hex(hash)
           || sl_refusal_make(err, 400, "InvalidArgument",
                              "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                              "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a "
                              "valid sha256 value.");
}

bool sl_auth_check_payload(struct sl_exchange *x, const struct sl_auth *a, struct sl_err *err)
{
    struct sl_auth_payload_form form;
    char hex[65];
    const char *declared;
    if (!sl_auth_payload_form(x, a, &form, err) || !declared_hash(x, a, &declared, err))
        return false;
    sl_hex_put(hex, sizeof hex, x->body_sha256);
    if (form.kind != SL_PAYLOAD_HASHED || !strcmp(hex, declared))
        return true;
    return sl_exchange_fact(x, "ClientComputedContentSHA256", declared, err)
           && sl_exchange_fact(x, "S3ComputedContentSHA256", hex, err)
           && sl_refusal_make(err, 400, "XAmzContentSHA256Mismatch",
                              "The provided 'x-amz-content-sha256' header does not match what was computed.");
}
