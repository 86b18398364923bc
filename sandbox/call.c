#include "sandbox/priv/call.h"

#include "core/clock.h"
#include "core/os.h"
#include "core/text.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_HEADERS      128
#define MAX_QUERY        64
#define MAX_MEMORY_BYTES ((uint64_t)1 << 20)

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
        const char *code = !strcmp(c->x.service, "s3") ? "InternalError"
                           : query                     ? "ServiceFailure"
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
    return !strcmp(c->x.service, "s3");
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
                                                          : form_action(c, err);
    return err->code == SL_OK;
}

/* What a status asked for by a fault is called. */
static const char *fault_code(const struct sl_call *c, int status)
{
    if (is_s3(c))
        return status == 503   ? "SlowDown"
               : status == 500 ? "InternalError"
               : status == 403 ? "AccessDenied"
               : status == 404 ? "NoSuchKey"
               : status == 409 ? "ConditionalRequestConflict"
               : status == 412 ? "PreconditionFailed"
               : status == 429 ? "TooManyRequests"
               : status >= 500 ? "ServiceUnavailable"
                               : "InvalidRequest";
    bool query = !strcmp(c->x.service, "iam") || !strcmp(c->x.service, "sts");
    if (query)
        return status == 500 ? "ServiceFailure" : status > 500 ? "ServiceUnavailable" : "AccessDenied";
    return status == 500   ? "InternalFailureException"
           : status > 500  ? "ServiceUnavailableException"
           : status == 429 ? "ThrottlingException"
           : status == 404 ? "ResourceNotFoundException"
           : status == 403 ? "ForbiddenException"
                           : "InvalidRequestException";
}

static bool refuse_throttled(const struct sl_call *c, struct sl_err *err)
{
    if (is_s3(c))
        return sl_refusal_make(err, 503, "SlowDown", "Please reduce your request rate.");
    bool query = !strcmp(c->x.service, "iam") || !strcmp(c->x.service, "sts");
    return query ? sl_refusal_make(err, 400, "Throttling", "Rate exceeded")
                 : sl_refusal_make(err, 429, "ThrottlingException", "Rate exceeded");
}

/* Faults that stand in the place of an answer. */
static bool strike(struct sl_call *c, struct sl_err *err)
{
    const struct sl_exchange *x = &c->x;
    sl_faults_strike(c->env->faults, x->service, x->operation ? x->operation : "", &c->strike);
    c->x.now_utc += c->strike.skew_seconds;
    if (c->strike.expired_token)
        return sl_auth_refuse_expired(x, err);
    if (c->strike.throttle)
        return refuse_throttled(c, err);
    return !c->strike.status
           || sl_refusal_make(err, c->strike.status, fault_code(c, c->strike.status),
                              "A fault with status %d was asked for.", c->strike.status);
}

static bool number_header(const struct sl_exchange *x, const char *name, bool *ret_given, uint64_t *ret,
                          struct sl_err *err)
{
    const char *text = sl_exchange_request_header(x, name);
    *ret_given = text != NULL;
    if (!text)
        return true;
    if (!*text || strlen(text) > 18 || text[strspn(text, "0123456789")])
        return sl_refusal_make(err, 400, "InvalidArgument", "%s must be a number of bytes", name);
    *ret = strtoull(text, NULL, 10);
    return true;
}

/* Lengths a PUT to S3 must state; *ret is the payload's. */
static bool stated_length(const struct sl_call *c, uint64_t *ret, struct sl_err *err)
{
    bool plain, decoded;
    uint64_t plain_bytes = 0, decoded_bytes = 0;
    if (!number_header(&c->x, "content-length", &plain, &plain_bytes, err)
        || !number_header(&c->x, "x-amz-decoded-content-length", &decoded, &decoded_bytes, err))
        return false;
    bool is_chunked = c->form.kind == SL_PAYLOAD_CHUNKED;
    if (is_chunked ? !decoded : !plain)
        return sl_refusal_make(err, 411, "MissingContentLength", "You must provide the %s HTTP header.",
                               is_chunked ? "x-amz-decoded-content-length" : "Content-Length");
    *ret = is_chunked ? decoded_bytes : plain_bytes;
    return true;
}

static bool too_large(struct sl_call *c, uint64_t size, uint64_t max, struct sl_err *err)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)size);
    if (!sl_exchange_fact(&c->x, "ProposedSize", text, err))
        return false;
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)max);
    return sl_exchange_fact(&c->x, "MaxSizeAllowed", text, err)
           && sl_refusal_make(err, 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
}

static void prepare_chunked(struct sl_call *c, uint64_t decoded_bytes)
{
    const char *names = sl_exchange_request_header(&c->x, "x-amz-trailer");
    c->chunked = (struct sl_chunked_options){ .is_signed = c->form.is_signed,
                                              .has_trailer = c->form.has_trailer,
                                              .decoded_bytes = decoded_bytes,
                                              .trailer_names = names ? names : "",
                                              .key = sl_secret_span(&c->auth.key),
                                              .date = c->auth.time,
                                              .scope = c->auth.scope,
                                              .seed_signature = c->auth.signature };
}

/* The checksums a client announces by header or trailer; CRC-64/NVME, S3's own choice, when it announces none. */
static unsigned wanted_checksums(const struct sl_exchange *x)
{
    unsigned want = 0;
    enum sl_checksum_kind kind;
    for (size_t i = 0; i < x->n_headers; i++)
        if (sl_checksum_by_header(x->headers[i].name, &kind)
            || (!strcmp(x->headers[i].name, "x-amz-trailer") && sl_checksum_by_header(x->headers[i].value, &kind)))
            want |= SL_CHECKSUM_BIT(kind);
    const char *algorithm = sl_exchange_request_header(x, "x-amz-sdk-checksum-algorithm");
    if (algorithm && sl_checksum_by_name(algorithm, &kind))
        want |= SL_CHECKSUM_BIT(kind);
    return want | SL_CHECKSUM_BIT(SL_CHECKSUM_CRC64NVME) | SL_CHECKSUM_BIT(SL_CHECKSUM_MD5);
}

static bool open_s3_body(struct sl_call *c, struct sl_err *err)
{
    bool to_file = sl_s3_stores_body(&c->x);
    uint64_t size = 0, max = to_file ? SL_S3_MAX_PUT_BYTES : SL_S3_MAX_XML_BYTES;
    bool has_body = !strcmp(c->x.method, "PUT") || !strcmp(c->x.method, "POST");
    if (!sl_auth_payload_form(&c->x, &c->auth, &c->form, err) || (has_body && !stated_length(c, &size, err))
        || (size > max && !too_large(c, size, max, err)))
        return false;
    prepare_chunked(c, size);
    struct sl_body_options options = { .dir = to_file ? sl_store_objects_dir(c->env->store) : NULL,
                                       .max_bytes = max,
                                       .want = wanted_checksums(&c->x),
                                       .chunked = c->form.kind == SL_PAYLOAD_CHUNKED ? &c->chunked : NULL };
    return sl_body_new(&options, &c->body, err);
}

static bool begin_s3(struct sl_call *c, struct sl_err *err)
{
    return name_operation(c, err) && strike(c, err) && sl_auth_verify(&c->x, &c->auth, &c->env->root, err)
           && sl_s3_prepare(&c->x, err) && open_s3_body(c, err);
}

static bool begin_other(struct sl_call *c, struct sl_err *err)
{
    struct sl_body_options options = { .max_bytes = MAX_MEMORY_BYTES };
    return sl_body_new(&options, &c->body, err);
}

bool sl_call_begin(struct sl_call *c)
{
    struct sl_err err = { 0 };
    const char *expect = sl_exchange_request_header(&c->x, "expect");
    if (!c->refused && (!sl_auth_parse(&c->x, &c->auth, &err) || !(is_s3(c) ? begin_s3 : begin_other)(c, &err)))
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

static bool take_body(struct sl_call *c, struct sl_err *err)
{
    struct sl_exchange *x = &c->x;
    if (!sl_body_finish(c->body, err))
        return false;
    x->body = sl_body_bytes(c->body);
    x->body_path = sl_body_path(c->body);
    c->body_handed_over = x->body_path != NULL;
    x->body_size_bytes = sl_body_size(c->body);
    x->body_checksums = sl_body_checksums(c->body);
    x->body_sha256 = sl_checksums_get(x->body_checksums, SL_CHECKSUM_SHA256);
    if (sl_body_chunked(c->body))
        x->trailers = sl_chunked_trailers(sl_body_chunked(c->body), &x->n_trailers);
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
                     { "iot-jobs-data", sl_jobs_data_handle } };
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
    if (!take_body(c, err))
        return false;
    bool proven = is_s3(c)
                      ? sl_auth_check_payload(&c->x, &c->auth, err)
                      : name_operation(c, err) && strike(c, err) && sl_auth_verify(&c->x, &c->auth, &c->env->root, err);
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
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    struct sl_err ignored = { 0 };
    char now[SL_CLOCK_EXTENDED_SIZE];
    sl_clock_extended(x->now_utc, now);
    if (!sl_safe_add(&path, sl_span_str(x->path), 200, &ignored))
        sl_buf_reset(&path);
    (void)fprintf(x->log, "%s %s %s.%s %s %d %s%s%s%s\n", now, x->request_id, x->service,
                  x->operation && *x->operation ? x->operation : "-", sl_buf_str(&path), x->status,
                  *x->caller_arn ? x->caller_arn : "-", x->refusal_code ? " " : "",
                  x->refusal_code ? x->refusal_code : "", how);
}
