#include "core/clock.h"
#include "sandbox/priv/auth.h"
#include "sandbox/priv/auth_code.h"
#include "sandbox/priv/refusal.h"

#include <stdio.h>
#include <string.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

static bool malformed(const struct sl_exchange *x, bool query, struct sl_err *err, const char *what)
{
    if (!sl_auth_is_s3(x))
        return sl_refusal_make(err, 400, sl_auth_code(x, SL_AUTH_INCOMPLETE), "%s", what);
    return query ? sl_refusal_make(err, 400, "AuthorizationQueryParametersError", "%s", what)
                 : sl_refusal_make(err, 400, "AuthorizationHeaderMalformed",
                                   "The authorization header is malformed; %s", what);
}

static bool is_hex_signature(const char *s)
{
    return strlen(s) == 64 && s[strspn(s, "0123456789abcdef")] == 0;
}

/* "AKID/20130524/us-east-1/s3/aws4_request"; an access key id holds no '/'. */
static bool split_credential(struct sl_exchange *x, const char *text, bool query, struct sl_auth *a, struct sl_err *err)
{
    static const char what[] = "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/"
                               "aws4_request\".";
    const char *part[5];
    char *copy = sl_arena_str(x->arena, text, err);
    if (!copy)
        return false;
    size_t n = 0;
    for (char *p = copy; p && n < 5; n++) {
        part[n] = p;
        p = strchr(p, '/');
        if (p)
            *p++ = 0;
        if (n == 4 && p)
            return malformed(x, query, err, what);
    }
    if (n != 5 || !*part[0] || strlen(part[1]) != 8 || part[1][strspn(part[1], "0123456789")] || !*part[2]
        || strcmp(part[4], "aws4_request") != 0)
        return malformed(x, query, err, what);
    a->access_key_id = part[0];
    a->date = part[1];
    a->region = part[2];
    a->service = part[3];
    a->scope = strchr(text, '/') + 1;
    return true;
}

/* "Name=value" of the authorization header's comma-separated list; NULL when it is missing or there twice. */
static const char *member(struct sl_exchange *x, const char *list, const char *name, struct sl_err *err)
{
    const char *found = NULL;
    size_t len = strlen(name);
    for (const char *p = list; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
        p += strspn(p, " \t");
        if (strncmp(p, name, len) != 0 || p[len] != '=')
            continue;
        const char *value = p + len + 1;
        if (found)
            return NULL;
        found = sl_arena_span(x->arena, (struct sl_span){ (const uint8_t *)value, strcspn(value, ", \t") }, err);
    }
    return found;
}

static bool is_signed_headers(const char *s)
{
    return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_;")] == 0;
}

/* x-amz-date, else Date. */
static bool header_time(struct sl_exchange *x, struct sl_auth *a, struct sl_err *err)
{
    const char *basic = sl_exchange_request_header(x, "x-amz-date"), *http = sl_exchange_request_header(x, "date");
    if (!(basic ? sl_clock_from_basic(basic, &a->time_utc) : http && sl_clock_from_http(http, &a->time_utc)))
        return sl_auth_is_s3(x)
                   ? sl_refusal_make(err, 403, "AccessDenied",
                                     "AWS authentication requires a valid Date or x-amz-date header")
                   : sl_refusal_make(err, 400, sl_auth_code(x, SL_AUTH_INCOMPLETE),
                                     "Authorization header requires existence of either a valid 'X-Amz-Date' or a "
                                     "'Date' header.");
    char text[SL_CLOCK_BASIC_SIZE];
    sl_clock_basic(a->time_utc, text);
    a->time = sl_arena_str(x->arena, text, err);
    return a->time != NULL;
}

/* Buckets made since June 2020 take nothing but version 4. */
static bool signature_version_2(struct sl_err *err)
{
    return sl_refusal_make(err, 400, "InvalidRequest",
                           "The authorization mechanism you have provided is not supported. Please use "
                           "AWS4-HMAC-SHA256.");
}

static bool parse_header(struct sl_exchange *x, const char *header, struct sl_auth *a, struct sl_err *err)
{
    size_t len = strlen(ALGORITHM);
    if (strncmp(header, ALGORITHM, len) != 0 || header[len] != ' ')
        return sl_auth_is_s3(x) ? signature_version_2(err)
                                : malformed(x, false, err, "Authorization must begin with AWS4-HMAC-SHA256.");
    const char *credential = member(x, header + len, "Credential", err);
    a->signed_headers = member(x, header + len, "SignedHeaders", err);
    a->signature = member(x, header + len, "Signature", err);
    if (err->code != SL_OK)
        return false;
    if (!credential)
        return malformed(x, false, err, "Authorization header requires 'Credential' parameter.");
    if (!split_credential(x, credential, false, a, err))
        return false;
    /* AWS's service model of IoT named execute-api before 2023; clients of that time still sign for it. */
    x->service = !strcmp(a->service, "execute-api") ? "iot" : a->service;
    if (!a->signed_headers || !is_signed_headers(a->signed_headers))
        return malformed(x, false, err, "Authorization header requires 'SignedHeaders' parameter.");
    if (!a->signature || !is_hex_signature(a->signature))
        return malformed(x, false, err, "Authorization header requires 'Signature' parameter.");
    a->token = sl_exchange_request_header(x, "x-amz-security-token");
    return header_time(x, a, err);
}

static bool expires_in(const char *text, uint32_t *ret)
{
    uint32_t v = 0;
    if (!*text || strlen(text) > 6 || text[strspn(text, "0123456789")])
        return false;
    for (; *text; text++)
        v = v * 10 + (uint32_t)(*text - '0');
    *ret = v;
    return v >= 1 && v <= 604800;
}

static bool parse_query(struct sl_exchange *x, struct sl_auth *a, struct sl_err *err)
{
    const char *algorithm = sl_exchange_query(x, "X-Amz-Algorithm"),
               *credential = sl_exchange_query(x, "X-Amz-Credential"), *expires = sl_exchange_query(x, "X-Amz-Expires");
    a->presigned = true;
    a->time = sl_exchange_query(x, "X-Amz-Date");
    a->signed_headers = sl_exchange_query(x, "X-Amz-SignedHeaders");
    a->signature = sl_exchange_query(x, "X-Amz-Signature");
    a->token = sl_exchange_query(x, "X-Amz-Security-Token");
    if (!algorithm || !credential || !a->time || !a->signed_headers || !a->signature || !expires)
        return malformed(x, true, err,
                         "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                         "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
    if (strcmp(algorithm, ALGORITHM) != 0)
        return malformed(x, true, err, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    if (!sl_clock_from_basic(a->time, &a->time_utc))
        return malformed(x, true, err, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
    if (!expires_in(expires, &a->expires_seconds))
        return malformed(x, true, err,
                         "X-Amz-Expires must be a number from 1 to 604800: less than a week (in seconds)");
    if (!is_signed_headers(a->signed_headers))
        return malformed(x, true, err, "X-Amz-SignedHeaders is malformed");
    if (!is_hex_signature(a->signature))
        return sl_refusal_make(err, 403, "SignatureDoesNotMatch",
                               "The request signature we calculated does not match the signature you provided. Check "
                               "your key and signing method.");
    if (!split_credential(x, credential, true, a, err))
        return false;
    /* Other services take presigned requests too, but nothing here makes them. */
    return !strcmp(a->service, "s3") || malformed(x, true, err, "X-Amz-Credential must be scoped to the service s3");
}

/* Nobody signed: which service this would have been can only be guessed from its form. What a form asks for stands in its
 * body, which is still to come. */
static bool parse_nothing(struct sl_exchange *x, struct sl_auth *a, struct sl_err *err)
{
    const char *type = sl_exchange_request_header(x, "content-type");
    bool query = !strcmp(x->method, "POST") && !strcmp(x->path, "/") && type
                 && !strncmp(type, "application/x-www-form-urlencoded", 33);
    x->service = query ? "sts" : "s3";
    a->nobody = query;
    return query || sl_refusal_make(err, 403, "AccessDenied", "Access Denied");
}

bool sl_auth_parse(struct sl_exchange *x, struct sl_auth *ret, struct sl_err *err)
{
    const char *header = sl_exchange_request_header(x, "authorization");
    bool query = sl_exchange_query(x, "X-Amz-Signature") || sl_exchange_query(x, "X-Amz-Algorithm");
    x->service = "s3";
    if (header && query)
        return sl_refusal_make(err, 400, "InvalidArgument",
                               "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature "
                               "query string parameter or the Authorization header should be specified");
    if (query)
        return parse_query(x, ret, err);
    if (!header && sl_exchange_query(x, "AWSAccessKeyId"))
        return signature_version_2(err);
    return header ? parse_header(x, header, ret, err) : parse_nothing(x, ret, err);
}
