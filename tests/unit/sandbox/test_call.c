/* Whole requests, signed as a client would, without a socket: what is judged when, and what faults do. */
#include "sandbox/priv/call.h"

#include "core/clock.h"
#include "core/digest.h"
#include "core/secret.h"
#include "core/text.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEY_ID "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

struct fixture {
    struct sl_sandbox_facts facts;
    struct sl_call_env env;
    struct sl_store *store;
    struct sl_faults *faults;
    atomic_bool stopping;
    FILE *log;
    char *log_text;
    size_t log_size;
};

static struct fixture f;

static void set_faults(const char *fault)
{
    const char *const texts[] = { fault, NULL };
    struct sl_err err = { 0 };
    sl_faults_free(f.faults);
    f.faults = NULL;
    assert_ok(err, sl_faults_new(texts, &f.faults, &err));
    f.env.faults = f.faults;
}

/* What was asked and what came back. */
struct asked {
    const char *service, *method, *path, *body;
    struct sl_pair query[4], headers[6];
    bool reads_continue; /* "Expect: 100-continue" */
    const char *payload; /* x-amz-content-sha256 instead of the body's hash */

    bool early; /* answered before the body */
    bool cut;   /* reset while the body was read */
    enum sl_call_end end;
    int status;
    char code[80], text[4096];
    struct sl_pair replied[24];
    struct sl_arena arena;
};

static size_t pairs(const struct sl_pair *list, size_t max)
{
    size_t n = 0;
    while (n < max && list[n].name)
        n++;
    return n;
}

static void sign(const struct asked *a, const char *hash, struct sl_sigv4_headers *ret)
{
    struct sl_err err = { 0 };
    struct sl_credentials cred = { .access_key_id = KEY_ID };
    struct sl_sigv4_scope scope = { .region = "eu-west-1",
                                    .service = a->service,
                                    .time_utc = sl_clock_now_utc(),
                                    .s3_path = !strcmp(a->service, "s3") };
    struct sl_pair headers[10] = { { "host", "127.0.0.1:1" }, { "x-amz-content-sha256", hash } };
    size_t n = pairs(a->headers, COUNT_OF(a->headers));
    memcpy(headers + 2, a->headers, n * sizeof *headers);
    struct sl_sigv4_request req = { .method = a->method,
                                    .path = a->path,
                                    .query = a->query,
                                    .n_query = pairs(a->query, COUNT_OF(a->query)),
                                    .headers = headers,
                                    .n_headers = n + 2,
                                    .payload_hash = hash };
    assert_ok(err, sl_secret_copy(SPAN(SECRET), &cred.secret_access_key, &err));
    assert_ok(err, sl_sigv4_sign(&req, &cred, &scope, ret, &err));
    sl_credentials_clear(&cred);
}

/* What a client computes before it sends. */
struct prepared {
    char hash[65], length[24];
    struct sl_sigv4_headers made;
};

static void prepare(const struct asked *a, struct prepared *ret)
{
    uint8_t digest[SL_SHA256_BYTES];
    struct sl_err err = { 0 };
    *ret = (struct prepared){ .hash = "" };
    assert_ok(err, sl_sha256(sl_span_str(a->body), digest, &err));
    sl_hex_put(ret->hash, sizeof ret->hash, (struct sl_span){ digest, sizeof digest });
    (void)snprintf(ret->length, sizeof ret->length, "%zu", strlen(a->body));
    sign(a, a->payload ? a->payload : ret->hash, &ret->made);
}

static bool send_prepared(struct sl_call *c, const struct asked *a, const struct prepared *p, struct sl_err *err)
{
    const char *declared = a->payload ? a->payload : p->hash;
    bool ok = sl_call_header(c, "Host", "127.0.0.1:1", err) && sl_call_header(c, "X-Amz-Date", p->made.x_amz_date, err)
              && sl_call_header(c, "X-Amz-Content-SHA256", declared, err)
              && sl_call_header(c, "Authorization", sl_buf_str(&p->made.authorization), err)
              && sl_call_header(c, "Content-Length", p->length, err);
    for (size_t i = 0; ok && i < pairs(a->headers, COUNT_OF(a->headers)); i++)
        ok = sl_call_header(c, a->headers[i].name, a->headers[i].value, err);
    if (ok && a->reads_continue)
        ok = sl_call_header(c, "Expect", "100-continue", err);
    return ok;
}

static bool send_headers(struct sl_call *c, const struct asked *a, struct sl_err *err)
{
    struct prepared p;
    prepare(a, &p);
    bool ok = send_prepared(c, a, &p, err);
    sl_sigv4_headers_clear(&p.made);
    return ok;
}

static void target_of(const struct asked *a, struct sl_buf *ret)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_percent_add(ret, sl_span_str(a->path), true, &err));
    for (size_t i = 0; i < pairs(a->query, COUNT_OF(a->query)); i++) {
        assert_ok(err, sl_buf_addf(ret, &err, "%c%s=", i ? '&' : '?', a->query[i].name));
        assert_ok(err, sl_percent_add(ret, sl_span_str(a->query[i].value), false, &err));
    }
}

static void take(struct sl_call *c, struct asked *a)
{
    struct sl_err err = { 0 };
    a->status = c->x.status;
    (void)snprintf(a->code, sizeof a->code, "%s", c->x.refusal_code ? c->x.refusal_code : "");
    (void)snprintf(a->text, sizeof a->text, "%s", sl_buf_str(&c->x.reply));
    for (size_t i = 0; i < c->x.n_reply_headers && i < COUNT_OF(a->replied); i++) {
        a->replied[i].name = sl_arena_str(&a->arena, c->x.reply_headers[i].name, &err);
        a->replied[i].value = sl_arena_str(&a->arena, c->x.reply_headers[i].value, &err);
    }
}

/* Everything after the headers. */
static void converse(struct sl_call *c, struct asked *a)
{
    struct sl_span body = sl_span_str(a->body);
    size_t piece = body.len > 3000 ? body.len / 7 : 3;
    a->early = sl_call_begin(c);
    for (size_t at = 0; !a->early && at < body.len; at += piece)
        if (!sl_call_body(c, sl_span_sub(body, at, piece))) {
            a->cut = true;
            return;
        }
    a->end = sl_call_finish(c);
    sl_call_log(c, "");
    take(c, a);
}

static void ask(struct asked *a)
{
    struct sl_err err = { 0 };
    struct sl_call *c = NULL;
    struct sl_buf target = { 0 };
    a->body = a->body ? a->body : "";
    target_of(a, &target);
    assert_ok(err, sl_call_new(&f.env, &c, &err));
    assert_ok(err, sl_call_line(c, a->method, sl_buf_str(&target), &err));
    assert_ok(err, send_headers(c, a, &err));
    converse(c, a);
    sl_call_free(c);
    sl_buf_clear(&target);
}

static const char *replied(const struct asked *a, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(a->replied) && a->replied[i].name; i++)
        if (!strcmp(a->replied[i].name, name))
            return a->replied[i].value;
    return "";
}

static void done(struct asked *a)
{
    sl_arena_clear(&a->arena);
}

/* Ask, and the reply is of this status and code ("" for none). */
static void expect(struct asked a, int status, const char *code)
{
    ask(&a);
    assert_string_equal(a.code, code);
    assert_int_equal(a.status, status);
    assert_int_equal(a.end, SL_CALL_REPLY);
    done(&a);
}

#define PUT(key, bytes) ((struct asked){ .service = "s3", .method = "PUT", .path = "/bucket/" key, .body = (bytes) })
#define GET(key)        ((struct asked){ .service = "s3", .method = "GET", .path = "/bucket/" key })

static int setup(void **state)
{
    struct sl_err err = { 0 };
    assert_int_equal(unit_scratch_setup(state), 0);
    f = (struct fixture){ .facts = { .region = "eu-west-1", .account = "123456789012", .url = "http://127.0.0.1:1" } };
    assert_ok(err, sl_secret_setup(&err));
    assert_ok(err, sl_store_open(".", &f.store, &err));
    assert_ok(err, sl_s3_setup(f.store, &err));
    assert_ok(err, sl_iam_setup(f.store, &err));
    assert_ok(err, sl_iot_setup(f.store, &err));
    f.log = open_memstream(&f.log_text, &f.log_size);
    assert_non_null(f.log);
    atomic_init(&f.stopping, false);
    f.env = (struct sl_call_env){
        .facts = &f.facts, .store = f.store, .root = { KEY_ID, SPAN(SECRET) }, .log = f.log, .stopping = &f.stopping
    };
    set_faults(NULL);
    expect((struct asked){ .service = "s3",
                           .method = "PUT",
                           .path = "/bucket",
                           .body = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
                                   "</CreateBucketConfiguration>" },
           200, "");
    return 0;
}

static int teardown(void **state)
{
    sl_faults_free(f.faults);
    sl_store_close(f.store);
    (void)fclose(f.log);
    free(f.log_text);
    return unit_scratch_teardown(state);
}

static size_t objects(void)
{
    struct sl_err err = { 0 };
    struct sl_arena arena = { 0 };
    const char *n = NULL;
    assert_ok(err, sl_store_begin(f.store, &err));
    assert_ok(err, sl_store_text(f.store, &arena, &n, &err, "SELECT count(*) FROM s3_objects", ""));
    sl_store_rollback(f.store);
    size_t count = (size_t)strtoul(n, NULL, 10);
    sl_arena_clear(&arena);
    return count;
}

static size_t files(void)
{
    assert_int_equal(chdir("objects"), 0);
    size_t n = unit_folder_count();
    assert_int_equal(chdir(".."), 0);
    return n;
}

static void test_an_object_is_stored_and_described(void **state)
{
    (void)state;
    struct asked a = PUT("a", "hello");
    ask(&a);
    assert_int_equal(a.status, 200);
    assert_string_equal(replied(&a, "ETag"), "\"5d41402abc4b2a76b9719d911017c592\"");
    assert_string_equal(replied(&a, "x-amz-version-id"), "");
    assert_string_equal(replied(&a, "x-amz-checksum-type"), "FULL_OBJECT");
    assert_int_equal(strlen(replied(&a, "x-amz-request-id")), 16);
    done(&a);
    expect(GET("a"), 200, "");
    assert_int_equal(files(), 1);
    expect(PUT("a", "again"), 200, "");
    assert_int_equal(files(), 1); /* the null version was replaced, its file is gone */
    assert_int_equal(objects(), 1);
}

static void test_a_refusal_comes_before_the_body_for_who_waits(void **state)
{
    (void)state;
    struct asked a = PUT("a", "hello");
    expect(PUT("a", "first"), 200, "");
    a.headers[0] = (struct sl_pair){ "if-none-match", "*" };
    a.reads_continue = true;
    ask(&a);
    assert_true(a.early);
    assert_int_equal(a.status, 412);
    assert_string_equal(a.code, "PreconditionFailed");
    done(&a);
    struct asked b = PUT("a", "hello");
    b.headers[0] = (struct sl_pair){ "if-none-match", "*" };
    ask(&b);
    assert_false(b.early);
    assert_int_equal(b.status, 412);
    done(&b);
    struct asked good = PUT("b", "hello");
    good.headers[0] = (struct sl_pair){ "if-none-match", "*" };
    good.reads_continue = true;
    ask(&good);
    assert_false(good.early);
    assert_int_equal(good.status, 200);
    done(&good);
    assert_int_equal(files(), 2);
}

static void test_another_payload_than_declared_is_refused(void **state)
{
    (void)state;
    struct asked a = PUT("a", "hello");
    a.payload = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9825"; /* one digit off */
    ask(&a);
    assert_string_equal(a.code, "XAmzContentSHA256Mismatch");
    assert_non_null(strstr(a.text,
                           "<S3ComputedContentSHA256>2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b"
                           "9824</S3ComputedContentSHA256>"));
    done(&a);
    assert_int_equal(files(), 0);
    assert_int_equal(objects(), 0);
}

static void test_checksums_are_verified(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        int status;
        const char *code;
    } cases[] = {
        { "x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", 200, "" },
        { "x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCU=", 400, "BadDigest" },
        { "x-amz-checksum-sha256", "LPJNul+wow4m6Ds=", 400, "InvalidRequest" },
        { "x-amz-checksum-crc32c", "mnG7TA==", 200, "" },
        { "x-amz-checksum-crc32c", "mnG7TQ==", 400, "BadDigest" },
        { "x-amz-checksum-sha512", "AAAA", 501, "NotImplemented" },
        { "content-md5", "XUFAKrxLKna5cZ2REBfFkg==", 200, "" },
        { "content-md5", "XUFAKrxLKna5cZ2REBfFkQ==", 400, "BadDigest" },
        { "content-md5", "nonsense", 400, "InvalidDigest" },
        { "x-amz-sdk-checksum-algorithm", "SHA256", 400, "InvalidRequest" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct asked a = PUT("a", "hello");
        a.headers[0] = (struct sl_pair){ cases[i].name, cases[i].value };
        expect(a, cases[i].status, cases[i].code);
    }
    struct asked two = PUT("a", "hello");
    two.headers[0] = (struct sl_pair){ "x-amz-checksum-crc32c", "mnG7TA==" };
    two.headers[1] = (struct sl_pair){ "x-amz-checksum-crc32", "NhCmhg==" };
    expect(two, 400, "InvalidRequest");
}

static void test_what_is_not_carried_out_is_never_taken_for_an_object(void **state)
{
    (void)state;
    expect(PUT("a", "hello"), 200, "");
    static const char *const subresources[] = { "acl", "torrent", "restore" };
    for (size_t i = 0; i < COUNT_OF(subresources); i++) {
        struct asked get = GET("a"), put = PUT("a", "<x/>"), remove = GET("a");
        get.query[0] = put.query[0] = remove.query[0] = (struct sl_pair){ subresources[i], "" };
        remove.method = "DELETE";
        expect(get, 501, "NotImplemented");
        expect(put, 501, "NotImplemented");
        expect(remove, 501, "NotImplemented");
    }
    struct asked copy = PUT("b", "");
    copy.headers[0] = (struct sl_pair){ "x-amz-copy-source", "/bucket/a" };
    expect(copy, 501, "NotImplemented");
    struct asked patch = GET("a");
    patch.method = "PATCH";
    expect(patch, 405, "MethodNotAllowed");
    assert_int_equal(objects(), 1);
}

static void test_lengths_must_be_stated_and_bounded(void **state)
{
    (void)state;
    struct asked chunked = PUT("a", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:mnG7TA==\r\n\r\n");
    chunked.payload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    chunked.headers[0] = (struct sl_pair){ "content-encoding", "aws-chunked" };
    chunked.headers[1] = (struct sl_pair){ "x-amz-trailer", "x-amz-checksum-crc32c" };
    expect(chunked, 411, "MissingContentLength");
    chunked.headers[2] = (struct sl_pair){ "x-amz-decoded-content-length", "5" };
    expect(chunked, 200, "");
    chunked.headers[2].value = "6";
    expect(chunked, 400, "IncompleteBody");
    chunked.headers[2].value = "5368709121";
    expect(chunked, 400, "EntityTooLarge");
    chunked.headers[2].value = "5";
    chunked.body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:mnG7TQ==\r\n\r\n";
    expect(chunked, 400, "BadDigest");
    chunked.headers[0] = (struct sl_pair){ "content-type", "text/plain" };
    expect(chunked, 400, "InvalidRequest");
    assert_int_equal(files(), 1);
}

static void test_a_deletion_during_a_conditional_write_is_a_conflict(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_call *c = NULL;
    struct asked a = PUT("a", "hello");
    a.headers[0] = (struct sl_pair){ "if-none-match", "*" };
    assert_ok(err, sl_call_new(&f.env, &c, &err));
    assert_ok(err, sl_call_line(c, "PUT", "/bucket/a", &err));
    assert_ok(err, send_headers(c, &a, &err));
    assert_false(sl_call_begin(c));
    assert_true(sl_call_body(c, SPAN("hello")));
    expect(PUT("a", "meanwhile"), 200, "");
    struct asked gone = GET("a");
    gone.method = "DELETE";
    expect(gone, 204, "");
    assert_int_equal(sl_call_finish(c), SL_CALL_REPLY);
    assert_int_equal(c->x.status, 409);
    assert_string_equal(c->x.refusal_code, "ConditionalRequestConflict");
    sl_call_free(c);
    expect(a, 200, "");
}

static void test_who_comes_second_with_the_same_condition_fails(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_call *c = NULL;
    struct asked a = PUT("a", "hello");
    a.headers[0] = (struct sl_pair){ "if-none-match", "*" };
    assert_ok(err, sl_call_new(&f.env, &c, &err));
    assert_ok(err, sl_call_line(c, "PUT", "/bucket/a", &err));
    assert_ok(err, send_headers(c, &a, &err));
    assert_false(sl_call_begin(c));
    assert_true(sl_call_body(c, SPAN("hello")));
    expect(a, 200, "");
    (void)sl_call_finish(c);
    assert_string_equal(c->x.refusal_code, "PreconditionFailed");
    sl_call_free(c);
    assert_int_equal(files(), 1);
}

static void test_faults_refuse_in_the_words_of_the_service(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *service;
        int status;
        const char *code;
    } cases[] = {
        { "s3.PutObject:status=503", "s3", 503, "SlowDown" },
        { "s3.PutObject:status=500", "s3", 500, "InternalError" },
        { "s3.PutObject:throttle", "s3", 503, "SlowDown" },
        { "s3.PutObject:expired-token", "s3", 400, "ExpiredToken" },
        { "s3.PutObject:skew=1000", "s3", 403, "RequestTimeTooSkewed" },
        { "s3.PutObject:skew=-1000", "s3", 403, "RequestTimeTooSkewed" },
        { "s3.PutObject:error-200", "s3", 200, "InternalError" },
        { "s3.GetObject:throttle", "s3", 200, "" },
        { "iot.ListThings:throttle", "iot", 429, "ThrottlingException" },
        { "iot.*:status=500", "iot", 500, "InternalFailureException" },
        { "iot.ListThings:expired-token", "iot", 403, "ExpiredTokenException" },
        { "iot.ListThings:skew=1000", "iot", 403, "InvalidSignatureException" },
        { "iot.CreateJob:throttle", "iot", 200, "" },
        { "sts.GetCallerIdentity:throttle", "sts", 400, "Throttling" },
        { "iam.GetRole:throttle", "sts", 200, "" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        set_faults(cases[i].fault);
        size_t before = objects();
        bool s3 = !strcmp(cases[i].service, "s3"), iot = !strcmp(cases[i].service, "iot");
        struct asked a = s3 ? PUT("a", "hello") : GET("");
        a.service = cases[i].service;
        if (iot)
            a.path = "/things";
        if (!s3 && !iot) {
            a.method = "POST";
            a.path = "/";
            a.body = "Action=GetCallerIdentity&Version=2011-06-15";
            a.headers[0] = (struct sl_pair){ "content-type", "application/x-www-form-urlencoded" };
        }
        expect(a, cases[i].status, cases[i].code);
        assert_int_equal(objects(), before + (s3 && !*cases[i].code));
    }
}

static void test_a_fault_with_a_count_lets_the_next_try_pass(void **state)
{
    (void)state;
    set_faults("s3.PutObject:status=503,count=2");
    expect(PUT("a", "hello"), 503, "SlowDown");
    expect(PUT("a", "hello"), 503, "SlowDown");
    expect(PUT("a", "hello"), 200, "");
}

static void test_a_reset_body_changes_nothing_and_a_dropped_reply_everything(void **state)
{
    (void)state;
    set_faults("s3.PutObject:reset-after=4,count=1");
    struct asked a = PUT("a", "hello");
    ask(&a);
    assert_true(a.cut);
    done(&a);
    set_faults("s3.PutObject:reset-after=1MiB,count=1");
    struct asked b = PUT("a", "hello");
    ask(&b);
    assert_int_equal(b.end, SL_CALL_RESET);
    done(&b);
    assert_int_equal(objects(), 0);
    assert_int_equal(files(), 0);
    set_faults("s3.PutObject:drop-reply,count=1");
    struct asked c = PUT("a", "hello");
    ask(&c);
    assert_int_equal(c.end, SL_CALL_CLOSE);
    done(&c);
    assert_int_equal(objects(), 1);
    expect(GET("a"), 200, "");
}

static void test_slowness_ends_when_the_sandbox_stops(void **state)
{
    (void)state;
    set_faults("s3.GetObject:slow=60000");
    atomic_store(&f.stopping, true);
    uint64_t before = sl_clock_monotonic_ms();
    expect(GET("a"), 404, "NoSuchKey");
    assert_true(sl_clock_monotonic_ms() - before < 30000);
}

static void test_the_log_has_a_line_for_each_request_and_no_secret(void **state)
{
    (void)state;
    struct asked a = GET("a\n b");
    a.query[0] = (struct sl_pair){ "X-Amz-Signature", "cafe" };
    ask(&a);
    done(&a);
    expect(PUT("a", "hello"), 200, "");
    assert_int_equal(fflush(f.log), 0);
    assert_non_null(strstr(f.log_text, " s3.PutObject /bucket/a 200 arn:aws:iam::123456789012:root\n"));
    assert_non_null(strstr(f.log_text, "/bucket/a? b 400"));
    assert_null(strstr(f.log_text, "cafe"));
    assert_null(strstr(f.log_text, "Signature="));
    assert_null(strstr(f.log_text, SECRET));
}

static void test_a_request_line_that_cannot_be_decoded_is_refused(void **state)
{
    (void)state;
    static const char *const targets[] = { "/a%zz", "/a%00b", "/%ff", "/a?b=%", "*", "/a?%c3=1" };
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        struct sl_err err = { 0 };
        struct sl_call *c = NULL;
        assert_ok(err, sl_call_new(&f.env, &c, &err));
        assert_ok(err, sl_call_line(c, "GET", targets[i], &err));
        assert_false(sl_call_begin(c));
        assert_int_equal(sl_call_finish(c), SL_CALL_REPLY);
        assert_int_equal(c->x.status, 400);
        assert_string_equal(c->x.refusal_code, "InvalidURI");
        sl_call_free(c);
    }
}

static void test_bodies_kept_in_memory_are_bounded(void **state)
{
    (void)state;
    char *big = calloc(1, (1 << 20) + 2);
    assert_non_null(big);
    memset(big, ' ', (1 << 20) + 1);
    struct asked a = { .service = "iot", .method = "POST", .path = "/things/x", .body = big };
    expect(a, 400, "EntityTooLarge");
    free(big);
}

/* Whatever allocation fails: a reply or an error, no half-written object, and the next request works. */
static void starve(struct sl_pair header)
{
    size_t stored = 0;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        struct sl_call *c = NULL;
        struct asked a = PUT("a", "hello");
        a.headers[0] = header;
        char key[32];
        struct prepared p;
        (void)snprintf(key, sizeof key, "/bucket/a%u", n);
        a.path = key;
        prepare(&a, &p);
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_call_new(&f.env, &c, &err) && sl_call_line(c, "PUT", key, &err) && send_prepared(c, &a, &p, &err);
        if (ok)
            converse(c, &a);
        bool failed = fail_nth_disarm();
        sl_call_free(c);
        sl_sigv4_headers_clear(&p.made);
        stored += ok && a.status == 200;
        assert_int_equal(objects(), stored);
        assert_int_equal(files(), stored);
        done(&a);
        if (!failed) {
            assert_true(ok && a.status == 200);
            break;
        }
        assert_true(!ok || a.status == 500 || a.status == 200);
    }
}

static void test_running_out_of_memory_leaves_nothing_half_done(void **state)
{
    (void)state;
    starve((struct sl_pair){ "x-amz-meta-a", "b" });
}

static void configure(const char *name, const char *document)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_store_begin(f.store, &err));
    assert_ok(err,
              sl_store_exec(f.store, &err, "INSERT INTO s3_settings(bucket, name, document) VALUES('bucket', ?, ?)",
                            "ss", name, document));
    assert_ok(err, sl_store_commit(f.store, &err));
}

static void test_running_out_of_memory_passes_no_setting_of_a_bucket_over(void **state)
{
    (void)state;
    configure("policy",
              "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":"
              "\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::bucket/*\"}]}");
    configure("encryption", "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>"
                            "</ApplyServerSideEncryptionByDefault></Rule>");
    configure("lock", "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode>"
                      "<Days>1</Days></DefaultRetention></Rule>");
    starve((struct sl_pair){ "x-amz-tagging", "a=b" });
    expect(GET("a1"), 403, "AccessDenied");
    struct sl_err err = { 0 };
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    const char *bare;
    assert_ok(err, sl_store_begin(f.store, &err));
    assert_ok(err, sl_store_text(f.store, &arena, &bare, &err,
                                 "SELECT headers FROM s3_objects WHERE headers NOT LIKE '%lock-mode%' OR headers NOT "
                                 "LIKE '%kms-key-id%' OR headers NOT LIKE '%x-amz-tagging%'",
                                 ""));
    sl_store_rollback(f.store);
    assert_null(bare);
}

static void test_a_full_disk_leaves_nothing_half_done(void **state)
{
    (void)state;
    struct asked a = PUT("a", "hello");
    fail_nth_arm(FAIL_WRITE, 1);
    ask(&a);
    assert_true(fail_nth_disarm());
    assert_int_equal(a.status, 500);
    assert_string_equal(a.code, "InternalError");
    done(&a);
    assert_int_equal(files(), 0);
    assert_int_equal(objects(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_object_is_stored_and_described),
        TEST(test_a_refusal_comes_before_the_body_for_who_waits),
        TEST(test_another_payload_than_declared_is_refused),
        TEST(test_checksums_are_verified),
        TEST(test_what_is_not_carried_out_is_never_taken_for_an_object),
        TEST(test_lengths_must_be_stated_and_bounded),
        TEST(test_a_deletion_during_a_conditional_write_is_a_conflict),
        TEST(test_who_comes_second_with_the_same_condition_fails),
        TEST(test_faults_refuse_in_the_words_of_the_service),
        TEST(test_a_fault_with_a_count_lets_the_next_try_pass),
        TEST(test_a_reset_body_changes_nothing_and_a_dropped_reply_everything),
        TEST(test_slowness_ends_when_the_sandbox_stops),
        TEST(test_the_log_has_a_line_for_each_request_and_no_secret),
        TEST(test_a_request_line_that_cannot_be_decoded_is_refused),
        TEST(test_bodies_kept_in_memory_are_bounded),
        TEST(test_running_out_of_memory_leaves_nothing_half_done),
        TEST(test_running_out_of_memory_passes_no_setting_of_a_bucket_over),
        TEST(test_a_full_disk_leaves_nothing_half_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
