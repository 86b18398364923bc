#include "sandbox/priv/call.h"

#include "core/clock.h"
#include "core/os.h"
#include "core/text.h"
#include "sandbox/priv/auth_code.h"
#include "sandbox/priv/intake.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"
#include "sandbox/priv/strike.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_HEADERS 128
#define MAX_QUERY   64

static bool make_request_id(struct sl_call *c, struct sl_err *err)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint8_t random[16];
    if (!sl_os_random(random, sizeof random, err))
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        c->request_id[i] = digits[random[i] & 31];
    c->x.request_id = c->request_id;
    return true;
}

bool sl_call_new(const struct sl_call_env *env, struct sl_call **ret, struct sl_err *err)
{
    struct sl_call *c = calloc(1, sizeof *c);
    if (!c)
        return sl_fail_nomem(err);
    c->env = env;
    c->x = (struct sl_exchange){ .facts = env->facts,
                                 .store = env->store,
                                 .arena = &c->arena,
                                 .now_utc = sl_clock_now_utc(),
                                 .log = env->log,
                                 .method = "",
                                 .path = "/",
                                 .raw_path = "/",
                                 .service = "s3",
                                 .caller_arn = "",
                                 .caller_role = "",
                                 .reply_fd = -1 };
    c->headers = sl_arena_alloc(&c->arena, MAX_HEADERS, sizeof *c->headers, err);
    c->headers_capacity = MAX_HEADERS;
    c->x.headers = c->headers;
    if (!c->headers || !make_request_id(c, err)) {
        sl_call_free(c);
        return false;
    }
    *ret = c;
    return true;
}

void sl_call_free(struct sl_call *c)
{
    if (!c)
        return;
    if (c->x.reply_fd >= 0)
        (void)close(c->x.reply_fd);
    sl_buf_clear(&c->x.reply);
    sl_body_free(c->body);
    sl_auth_clear(&c->auth);
    sl_arena_clear(&c->arena);
    free(c);
}

/* Trouble becomes the reply: a refusal as it is, anything else as the service's 500. */
static void answer(struct sl_call *c, const struct sl_err *why)
{
    struct sl_err second = { 0 };
    bool told;
    c->refused = true;
    if (why->http_status != 0) {
        told = sl_exchange_refuse(&c->x, why->http_status, why->aws_code, &second, "%s", why->msg);
    } else {
        sl_refusal_note(&c->x, "trouble of the sandbox's own: %s", why->msg);
        bool query = !strcmp(c->x.service, "iam") || !strcmp(c->x.service, "sts");
        const char *code = !strcmp(c->x.service, "s3")       ? "InternalError"
                           : !strcmp(c->x.service, "kms")    ? "KMSInternalException"
                           : !strcmp(c->x.service, "signer") ? "InternalServiceErrorException"
                           : query                           ? "ServiceFailure"
                                                             : "InternalFailureException";
        told = sl_exchange_refuse(&c->x, 500, code, &second, "We encountered an internal error. Please try again.");
    }
    if (!told)
        c->x.status = 500;
}

static bool uri_wrong(struct sl_err *err)
{
    return sl_refusal_make(err, 400, "InvalidURI", "Couldn't parse the specified URI.");
}

/* Percent-decoded text; a NUL inside or bytes that are no UTF-8 are refused. */
static bool decode(struct sl_call *c, struct sl_span text, const char **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    struct sl_err why = { 0 };
    if (!sl_percent_get(text, &bytes, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : uri_wrong(err);
    if (memchr(sl_buf_str(&bytes), 0, bytes.len) || !sl_utf8_valid(sl_buf_span(&bytes)))
        return uri_wrong(err);
    *ret = sl_arena_str(&c->arena, sl_buf_str(&bytes), err);
    return *ret != NULL;
}

static bool parse_query(struct sl_call *c, const char *query, struct sl_err *err)
{
    struct sl_pair *pairs = sl_arena_alloc(&c->arena, MAX_QUERY, sizeof *pairs, err);
    if (!pairs)
        return false;
    c->x.query = pairs;
    while (*query) {
        struct sl_span part = { (const uint8_t *)query, strcspn(query, "&") };
        query += part.len + (query[part.len] == '&');
        if (!part.len)
            continue;
        const uint8_t *equals = memchr(part.ptr, '=', part.len);
        size_t at = equals ? (size_t)(equals - part.ptr) : part.len;
        struct sl_pair *pair = &pairs[c->x.n_query];
        if (c->x.n_query == MAX_QUERY)
            return uri_wrong(err);
        if (!decode(c, sl_span_sub(part, 0, at), &pair->name, err)
            || !decode(c, sl_span_sub(part, at + 1, part.len), &pair->value, err))
            return false;
        c->x.n_query++;
    }
    return true;
}

bool sl_call_line(struct sl_call *c, const char *method, const char *target, struct sl_err *err)
{
    size_t path = strcspn(target, "?");
    c->x.method = sl_arena_str(&c->arena, method, err);
    c->x.raw_path = sl_arena_span(&c->arena, (struct sl_span){ (const uint8_t *)target, path }, err);
    if (!c->x.method || !c->x.raw_path)
        return false;
    struct sl_err why = { 0 };
    if ((target[0] != '/' && !uri_wrong(&why)) || !decode(c, sl_span_str(c->x.raw_path), &c->x.path, &why)
        || (target[path] && !parse_query(c, target + path + 1, &why)))
        answer(c, &why);
    return true;
}

bool sl_call_header(struct sl_call *c, const char *name, const char *value, struct sl_err *err)
{
    char *lower = sl_arena_str(&c->arena, name, err), *text = sl_arena_str(&c->arena, value, err);
    if (!lower || !text)
        return false;
    if (c->x.n_headers == c->headers_capacity) {
        struct sl_err why = { 0 };
        (void)sl_refusal_make(&why, 400, "RequestHeaderSectionTooLarge", "Your request has too many headers.");
        answer(c, &why);
        return true;
    }
    for (char *p = lower; *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    c->headers[c->x.n_headers++] = (struct sl_pair){ lower, text };
    return true;
}

static bool is_s3(const struct sl_call *c)
{
    return sl_auth_is_s3(&c->x);
}

/* IAM and STS say Action=Name in a form; letters only, so nothing needs decoding. */
static const char *form_action(struct sl_call *c, struct sl_err *err)
{
    static const char key[] = "Action=";
    const char *text = (const char *)c->x.body.ptr;
    for (size_t i = 0; i + sizeof key <= c->x.body.len; i++) {
        if ((i && text[i - 1] != '&') || strncmp(text + i, key, sizeof key - 1) != 0)
            continue;
        size_t from = i + sizeof key - 1, n = 0;
        while (from + n < c->x.body.len && text[from + n] != '&')
            n++;
        return sl_arena_span(&c->arena, (struct sl_span){ c->x.body.ptr + from, n }, err);
    }
    return "";
}

static bool name_operation(struct sl_call *c, struct sl_err *err)
{
    struct sl_exchange *x = &c->x;
    if (is_s3(c))
        return sl_s3_route(x, err);
    x->operation = !strcmp(x->service, "iot")             ? sl_iot_operation(x)
                   : !strcmp(x->service, "iot-jobs-data") ? sl_jobs_data_operation(x)
                   : !strcmp(x->service, "kms")           ? sl_kms_api_operation(x)
                   : !strcmp(x->service, "signer")        ? sl_signer_api_operation(x)
                                                          : form_action(c, err);
    return err->code == SL_OK;
}

static bool begin_s3(struct sl_call *c, struct sl_err *err)
{
    return name_operation(c, err) && sl_strike_call(c, err) && sl_auth_verify(&c->x, &c->auth, &c->env->root, err)
           && sl_s3_prepare(&c->x, err) && sl_intake_open(c, err);
}

bool sl_call_begin(struct sl_call *c)
{
    struct sl_err err = { 0 };
    const char *expect = sl_exchange_request_header(&c->x, "expect");
    if (!c->refused && (!sl_auth_parse(&c->x, &c->auth, &err) || !(is_s3(c) ? begin_s3 : sl_intake_open)(c, &err)))
        answer(c, &err);
    return c->refused && expect && !strcmp(expect, "100-continue");
}

bool sl_call_body(struct sl_call *c, struct sl_span bytes)
{
    struct sl_err err = { 0 };
    c->received_bytes += bytes.len;
    if (c->strike.reset && c->received_bytes >= c->strike.reset_after_bytes)
        return false;
    if (!c->refused && !sl_body_add(c->body, bytes, &err))
        answer(c, &err);
    return true;
}

static bool handle(struct sl_call *c, struct sl_err *err)
{
    static const struct {
        const char *service;
        bool (*handle)(struct sl_exchange *, struct sl_err *);
    } services[] = { { "s3", sl_s3_handle },
                     { "iam", sl_iam_handle },
                     { "sts", sl_sts_handle },
                     { "iot", sl_iot_handle },
                     { "iot-jobs-data", sl_jobs_data_handle },
                     { "kms", sl_kms_api_handle },
                     { "signer", sl_signer_api_handle } };
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (!strcmp(c->x.service, services[i].service))
            return services[i].handle(&c->x, err);
    return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "no service '%s'", c->x.service);
}

/* CompleteMultipartUpload may answer 200 and then fail (API reference); here anything may, when asked to. */
static bool error_in_200(struct sl_call *c, struct sl_err *err)
{
    bool ok = sl_exchange_refuse(&c->x, 200, is_s3(c) ? "InternalError" : "InternalFailureException", err,
                                 "We encountered an internal error. Please try again.");
    c->x.status = 200;
    return ok;
}

/* A body was sent that a fault resets; what happens is seen by nobody, so nothing happens. */
static bool is_reset_by_now(const struct sl_call *c)
{
    return c->strike.reset && c->received_bytes > 0;
}

static bool work(struct sl_call *c, struct sl_err *err)
{
    if (!sl_intake_take(c, err))
        return false;
    bool proven = is_s3(c) ? sl_auth_check_payload(&c->x, &c->auth, err)
                           : name_operation(c, err) && sl_strike_call(c, err)
                                 && sl_auth_verify(&c->x, &c->auth, &c->env->root, err);
    if (!proven)
        return false;
    if (is_reset_by_now(c))
        return true;
    return c->strike.error_200 ? error_in_200(c, err) : handle(c, err);
}

static void wait_ms(const struct sl_call *c, uint64_t ms)
{
    while (ms > 0 && !atomic_load(c->env->stopping)) {
        uint64_t step = ms < 50 ? ms : 50;
        sl_clock_sleep_ms(step);
        ms -= step;
    }
}

static bool add_common_headers(struct sl_call *c, struct sl_err *err)
{
    struct sl_exchange *x = &c->x;
    char date[SL_CLOCK_HTTP_SIZE];
    sl_clock_http(x->now_utc, date);
    if (!sl_exchange_header(x, "Date", date, err))
        return false;
    if (!is_s3(c))
        return sl_exchange_header(x, "x-amzn-RequestId", x->request_id, err);
    return sl_exchange_header(x, "x-amz-request-id", x->request_id, err)
           && sl_exchange_header(x, "x-amz-id-2", x->request_id, err)
           && sl_exchange_header(x, "Server", "AmazonS3", err);
}

enum sl_call_end sl_call_finish(struct sl_call *c)
{
    struct sl_err err = { 0 };
    if (!c->refused && !work(c, &err))
        answer(c, &err);
    if (c->body_handed_over && !c->x.body_path) /* the handler took the file */
        sl_body_take(c->body);
    if (!add_common_headers(c, &err))
        c->x.status = 500;
    wait_ms(c, c->strike.slow_ms);
    if (is_reset_by_now(c))
        return SL_CALL_RESET;
    return c->strike.drop_reply ? SL_CALL_CLOSE : SL_CALL_REPLY;
}

void sl_call_log(const struct sl_call *c, const char *how)
{
    const struct sl_exchange *x = &c->x;
    if (!x->log)
        return;
    SL_AUTO(sl_buf_clear) struct sl_buf line = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf safe = { 0 };
    struct sl_err ignored = { 0 };
    char now[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(x->now_utc, now);
    /* The service too is as the caller wrote it: a request that is refused may name any. */
    bool ok = sl_buf_addf(&line, &ignored, "%s %s %.40s.%s %.200s %d %s%s%s%s", now, x->request_id, x->service,
                          x->operation && *x->operation ? x->operation : "-", x->path, x->status,
                          *x->caller_arn ? x->caller_arn : "-", x->refusal_code ? " " : "",
                          x->refusal_code ? x->refusal_code : "", how)
              && sl_safe_add(&safe, sl_buf_span(&line), SIZE_MAX, &ignored);
    if (ok)
        (void)fprintf(x->log, "%s\n", sl_buf_str(&safe));
}
