/* The wire against a raw server: what goes out, what comes back, and which connection carries it. */
#include "core/arena.h"
#include "core/clock.h"
#include "core/text.h"
#include "tests/unit/publisher/wire_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STEPS(s) (s), sizeof(s) / sizeof *(s)

static const struct step ok_steps[] = { { STEP_ANSWER, OK_EMPTY, NULL, NULL }, { STEP_ANSWER, OK_EMPTY, NULL, NULL } };

static void send_ok(struct fixture *f, const struct sl_request *req, struct sl_reply *reply)
{
    struct sl_err err = { .code = SL_OK };
    if (!sl_wire_send(f->wire, req, reply, &err))
        fail_msg("%s", err.msg);
}

static void test_wire_gives_status_headers_and_body_of_a_reply(void **state)
{
    (void)state;
    static const struct step steps[] = { { STEP_ANSWER,
                                           "HTTP/1.1 200 OK\r\nETag:   \"abc\" \r\nX-AMZ-Version-Id: v1\r\nEmpty:\r\n"
                                           "Content-Length: 5\r\n\r\nhello",
                                           NULL, NULL } };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    fixture_start(&f, STEPS(steps));
    struct sl_request req = get_of("/bucket/key");
    send_ok(&f, &req, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(sl_reply_header(&reply, "etag"), "\"abc\"");
    assert_string_equal(sl_reply_header(&reply, "x-amz-version-id"), "v1");
    assert_string_equal(sl_reply_header(&reply, "empty"), "");
    assert_null(sl_reply_header(&reply, "absent"));
    assert_string_equal(sl_buf_str(&reply.body), "hello");
    assert_false(reply.repeated);
}

/* The same signature again, from what arrived: path and query as they stand in the request line. */
static void assert_signed(const struct seen_request *seen, const struct sl_request *req, const char *path,
                          const struct sl_endpoint *e, const char *payload_hash)
{
    char date[32], authorization[1024], token[128], host[128];
    seen_header(seen, "x-amz-date", date, sizeof date);
    seen_header(seen, "authorization", authorization, sizeof authorization);
    seen_header(seen, "x-amz-security-token", token, sizeof token);
    seen_header(seen, "host", host, sizeof host);
    assert_string_equal(token, TOKEN);
    struct sl_pair headers[8] = { { "host", host } };
    size_t n = 1;
    for (size_t i = 0; i < req->n_headers; i++)
        headers[n++] = req->headers[i];
    if (strcmp(e->signing_name, "s3") == 0)
        headers[n++] = (struct sl_pair){ "x-amz-content-sha256", payload_hash };
    struct sl_sigv4_request again = { .method = req->method,
                                      .encoded_path = path,
                                      .query = req->query,
                                      .n_query = req->n_query,
                                      .headers = headers,
                                      .n_headers = n,
                                      .payload_hash = payload_hash };
    struct sl_sigv4_scope scope = { e->signing_region, e->signing_name, 0, strcmp(e->signing_name, "s3") == 0, false };
    assert_true(sl_clock_from_basic(date, &scope.time_utc));
    int64_t age = sl_clock_now_utc() - scope.time_utc;
    assert_true(age >= 0 && age < 60);

    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = ACCESS_KEY };
    SL_AUTO(sl_sigv4_headers_clear) struct sl_sigv4_headers made = { .x_amz_date = "" };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_secret_copy(sl_span_str(SECRET_KEY), &cred.secret_access_key, &err));
    assert_true(sl_secret_copy(sl_span_str(TOKEN), &cred.session_token, &err));
    assert_true(sl_sigv4_sign(&again, &cred, &scope, &made, &err));
    assert_string_equal(authorization, sl_buf_str(&made.authorization));
}

static void test_wire_signs_what_it_sends_to_s3(void **state)
{
    (void)state;
    static const struct sl_pair query[] = { { "versionId", "a/b+c" }, { "uploads", "" } };
    static const struct sl_pair headers[] = { { "If-None-Match", "*" }, { "x-amz-meta-note", "" } };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    fixture_start(&f, STEPS(ok_steps));
    struct sl_request req = put_of("/b/../a b+c%~(\xc3\xa9)/./x//", "body", 4);
    req.query = query;
    req.n_query = 2;
    req.headers = headers;
    req.n_headers = 2;
    send_ok(&f, &req, &reply);

    const struct seen_request *seen = fixture_request(&f, 0);
    const char *line = "PUT /b/../a%20b%2Bc%25~%28%C3%A9%29/./x//?versionId=a%2Fb%2Bc&uploads= HTTP/1.1\r\n";
    assert_memory_equal(seen->head, line, strlen(line));
    assert_int_equal(seen->body_len, 4);
    assert_memory_equal(seen->body, "body", 4);
    char value[128];
    seen_header(seen, "x-amz-content-sha256", value, sizeof value);
    assert_string_equal(value, "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5");
    struct sl_endpoint e = { .signing_name = "s3", .signing_region = "eu-west-1" };
    assert_signed(seen, &req, "/b/../a%20b%2Bc%25~%28%C3%A9%29/./x//", &e, value);
    seen_header(seen, "user-agent", value, sizeof value);
    assert_string_equal(value, "sealift test");
    assert_non_null(strstr(seen->head, "x-amz-meta-note:\r\n"));
    seen_header(seen, "expect", value, sizeof value);
    assert_string_equal(value, "");
    seen_header(seen, "content-length", value, sizeof value);
    assert_string_equal(value, "4");
}

/* Keys as they are, whatever they look like: in a host of the bucket's own, the path begins with the key. */
static void test_wire_signs_a_bucket_in_the_host_and_any_key(void **state)
{
    (void)state;
    static const struct {
        const char *key, *path;
    } rows[] = {
        { "two words+1%.bin", "/two%20words%2B1%25.bin" },
        { "/leading", "//leading" },
        { "a//b", "/a//b" },
        { "a/./b/../c", "/a/./b/../c" },
        { "}~{\"", "/%7D~%7B%22" },
        { "gr\xc3\xb6\xc3\x9f"
          "e/",
          "/gr%C3%B6%C3%9Fe/" },
        { "", "/" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SL_AUTO(fixture_clear) struct fixture f = fixture_new();
        SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
        char path[64], line[128], host[64], want[64], hash[80];
        f.options.addressing = SL_ADDRESSING_VIRTUAL;
        f.host = "localhost";
        fixture_start(&f, STEPS(ok_steps));
        (void)snprintf(path, sizeof path, *rows[i].key ? "/acme-firmware/%s" : "/acme-firmware%s", rows[i].key);
        struct sl_request req = get_of(path);
        send_ok(&f, &req, &reply);

        const struct seen_request *seen = fixture_request(&f, 0);
        (void)snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n", rows[i].path);
        assert_memory_equal(seen->head, line, strlen(line));
        seen_header(seen, "host", host, sizeof host);
        (void)snprintf(want, sizeof want, "acme-firmware.%s", f.url + strlen("http://"));
        assert_string_equal(host, want);
        struct sl_endpoint e = { .signing_name = "s3", .signing_region = "eu-west-1" };
        seen_header(seen, "x-amz-content-sha256", hash, sizeof hash);
        assert_signed(seen, &req, rows[i].path, &e, hash);
    }
}

static void test_wire_signs_for_each_service_its_own_way_under_a_base_path(void **state)
{
    (void)state;
    static const struct {
        enum sl_service service;
        const char *name, *region;
    } rows[] = { { SL_IOT, "iot", "eu-west-1" }, { SL_IAM, "iam", "us-east-1" } };
    for (size_t i = 0; i < 2; i++) {
        SL_AUTO(fixture_clear) struct fixture f = fixture_new();
        SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
        f.base_path = "/base%20path/";
        fixture_start(&f, STEPS(ok_steps));
        struct sl_request req = { .service = rows[i].service, .method = "GET", .path = "/jobs/a:b c" };
        send_ok(&f, &req, &reply);

        const struct seen_request *seen = fixture_request(&f, 0);
        const char *line = "GET /base%20path/jobs/a%3Ab%20c HTTP/1.1\r\n";
        assert_memory_equal(seen->head, line, strlen(line));
        struct sl_endpoint e = { .signing_name = rows[i].name };
        (void)snprintf(e.signing_region, sizeof e.signing_region, "%s", rows[i].region);
        assert_signed(seen, &req, "/base%20path/jobs/a%3Ab%20c", &e,
                      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        char value[80];
        seen_header(seen, "x-amz-content-sha256", value, sizeof value);
        assert_string_equal(value, "");
        seen_header(seen, "content-length", value, sizeof value);
        assert_string_equal(value, "");
    }
}

static void test_wire_sends_a_length_of_zero_with_an_empty_post(void **state)
{
    (void)state;
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    fixture_start(&f, STEPS(ok_steps));
    struct sl_request req = { .service = SL_IOT, .method = "POST", .path = "/x" };
    send_ok(&f, &req, &reply);
    char value[80];
    const struct seen_request *seen = fixture_request(&f, 0);
    seen_header(seen, "content-length", value, sizeof value);
    assert_string_equal(value, "0");
    seen_header(seen, "transfer-encoding", value, sizeof value);
    assert_string_equal(value, "");
}

static void test_wire_without_credentials_signs_nothing(void **state)
{
    (void)state;
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    f.unsigned_only = true;
    fixture_start(&f, STEPS(ok_steps));
    struct sl_request req = { .service = SL_IOT_JOBS_DATA, .method = "GET", .path = "/things/t/jobs" };
    send_ok(&f, &req, &reply);
    char value[80];
    seen_header(fixture_request(&f, 0), "authorization", value, sizeof value);
    assert_string_equal(value, "");
    seen_header(fixture_request(&f, 0), "x-amz-date", value, sizeof value);
    assert_string_equal(value, "");
}

static void test_wire_uses_a_connection_again(void **state)
{
    (void)state;
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    fixture_start(&f, STEPS(ok_steps));
    for (size_t i = 0; i < 2; i++) {
        SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
        struct sl_request req = put_of("/b/k", "x", 1);
        send_ok(&f, &req, &reply);
    }
    assert_int_equal(fixture_requests(&f), 2);
    assert_int_equal(fixture_request(&f, 1)->connection, 0);
}

/* A body that fits no socket buffer, so that much of it is not sent when the answer comes. */
#define BIG ((size_t)16 << 20)

struct early {
    enum step_how how;
    const char *reply;
    int status;
    size_t body;
};

static void check_early(const struct early *x, const uint8_t *bytes)
{
    const struct step steps[] = { { x->how, x->reply, NULL, NULL }, { STEP_ANSWER, OK_EMPTY, NULL, NULL } };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply first = { .status = 0 };
    SL_AUTO(sl_reply_clear) struct sl_reply second = { .status = 0 };
    f.options.max_attempts = 1;
    fixture_start(&f, STEPS(steps));
    struct sl_request big = put_of("/b/big", bytes, x->body), small = put_of("/b/small", "x", 1);
    send_ok(&f, &big, &first);
    assert_int_equal(first.status, x->status);
    send_ok(&f, &small, &second);
    assert_int_equal(second.status, 200);
    assert_int_equal(fixture_requests(&f), 2);
    assert_int_equal(fixture_request(&f, 0)->connection, 0);
    assert_int_equal(fixture_request(&f, 1)->connection, 1);
}

static void test_wire_does_not_use_a_connection_again_that_was_answered_early(void **state)
{
    (void)state;
    static const struct early rows[] = {
        { STEP_EARLY, "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n", 412, BIG },
        { STEP_EARLY, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403, BIG },
        { STEP_EARLY_DRAIN, "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n", 412, BIG },
        { STEP_EARLY_DRAIN, OK_EMPTY, 200, BIG },
        { STEP_EARLY_DRAIN, "HTTP/1.1 307 Away\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 307, BIG },
    };
    uint8_t *bytes = calloc(1, BIG);
    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_early(&rows[i], bytes);
    free(bytes);
}

static void test_wire_runs_many_requests_over_few_connections(void **state)
{
    (void)state;
    struct step steps[24];
    struct sl_request reqs[24];
    struct sl_reply replies[24];
    char paths[24][16];
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    for (size_t i = 0; i < 24; i++) {
        steps[i] = (struct step){ STEP_ECHO, NULL, NULL, NULL };
        (void)snprintf(paths[i], sizeof paths[i], "/b/%zu", i);
        reqs[i] = get_of(paths[i]);
        replies[i] = (struct sl_reply){ .status = 0 };
    }
    f.options.max_connections = 4;
    fixture_start(&f, steps, 24);
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_wire_send_all(f.wire, reqs, 24, replies, &err));
    for (size_t i = 0; i < 24; i++) {
        assert_string_equal(sl_buf_str(&replies[i].body), paths[i]);
        sl_reply_clear(&replies[i]);
    }
    assert_int_equal(fixture_requests(&f), 24);
    assert_int_equal(scripted_server_connections(f.server), 4);
    assert_int_equal(scripted_server_most_open(f.server), 4);
}

static void test_wire_sends_nothing_when_there_is_nothing_to_send(void **state)
{
    (void)state;
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    fixture_start(&f, STEPS(ok_steps));
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_wire_send_all(f.wire, NULL, 0, NULL, &err));
    assert_int_equal(fixture_requests(&f), 0);
}

static void test_wire_does_not_follow_redirects(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { STEP_ANSWER, "HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", NULL, NULL },
        { STEP_ANSWER, OK_EMPTY, NULL, NULL },
    };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    fixture_start(&f, STEPS(steps));
    struct sl_request req = get_of("/b/k");
    send_ok(&f, &req, &reply);
    assert_int_equal(reply.status, 301);
    assert_int_equal(fixture_requests(&f), 1);
}

static void test_wire_asks_with_head_and_expects_no_body(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { STEP_ANSWER, "HTTP/1.1 404 Not Found\r\nContent-Length: 123\r\n\r\n", NULL, NULL },
        { STEP_ANSWER, OK_EMPTY, NULL, NULL },
    };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    fixture_start(&f, STEPS(steps));
    for (int i = 0; i < 2; i++) {
        SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
        struct sl_request req = get_of("/b/k");
        req.method = "HEAD";
        send_ok(&f, &req, &reply);
        assert_int_equal(reply.status, i ? 200 : 404);
    }
    assert_memory_equal(fixture_request(&f, 0)->head, "HEAD /b/k HTTP/1.1\r\n", 20);
    assert_int_equal(fixture_request(&f, 1)->connection, 0);
}

/* ---- refused before or while ---- */

static void expect_failure(struct fixture *f, const struct sl_request *req, enum sl_code code, const char *message)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_err err = { .code = SL_OK };
    assert_false(sl_wire_send(f->wire, req, &reply, &err));
    if (!strstr(err.msg, message))
        fail_msg("'%s' is not in '%s'", message, err.msg);
    assert_int_equal(err.code, code);
}

static void test_wire_refuses_plain_http_off_loopback(void **state)
{
    (void)state;
    struct sl_wire *wire = NULL;
    struct sl_err err = { .code = SL_OK };
    struct sl_wire_options options = { .region = "eu-west-1" };
    options.endpoint_url[SL_IOT] = "http://iot.example.com";
    assert_false(sl_wire_open(&options, NULL, &wire, &err));
    assert_int_equal(err.code, SL_E_INPUT);
    assert_string_equal(err.msg,
                        "endpoint of IoT: plain http to 'iot.example.com' is refused, everybody on the way could "
                        "read and change it; use https, or --allow-http where that is known to be safe");
    assert_null(wire);

    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    fixture_start(&f, STEPS(ok_steps));
    struct sl_request req = { .method = "GET", .url = "http://192.0.2.1/k?X-Amz-Signature=TOP" };
    expect_failure(&f, &req, SL_E_INPUT, "plain http to '192.0.2.1' is refused");
}

static void test_wire_refuses_a_ca_bundle_that_is_not_there(void **state)
{
    (void)state;
    struct sl_wire *wire = NULL;
    struct sl_err err = { .code = SL_OK };
    struct sl_wire_options options = { .region = "eu-west-1", .ca_bundle = "/nonexistent/ca.pem" };
    assert_false(sl_wire_open(&options, NULL, &wire, &err));
    assert_int_equal(err.code, SL_E_IO);
    assert_non_null(strstr(err.msg, "CA bundle: "));
    assert_non_null(strstr(err.msg, "/nonexistent/ca.pem"));
}

static void test_wire_refuses_a_header_with_a_line_break(void **state)
{
    (void)state;
    static const struct sl_pair bad[] = { { "x-amz-meta-a", "b\r\nx-evil: 1" }, { "a: b\r\nc", "d" } };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    fixture_start(&f, STEPS(ok_steps));
    for (size_t i = 0; i < 2; i++) {
        struct sl_request req = get_of("/b/k");
        req.headers = &bad[i];
        req.n_headers = 1;
        expect_failure(&f, &req, SL_E_INPUT, "holds a line break or control character");
    }
    assert_int_equal(fixture_requests(&f), 0);
}

static void test_wire_takes_no_reply_above_its_ceiling(void **state)
{
    (void)state;
    static const struct step steps[] = { { STEP_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890",
                                           NULL, NULL },
                                         { STEP_ANSWER, OK_EMPTY, NULL, NULL } };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    fixture_start(&f, STEPS(steps));
    struct sl_request req = get_of("/b/k");
    req.max_reply_bytes = 10;
    expect_failure(&f, &req, SL_E_NETWORK, "/b/k: the reply has more than 10 bytes, the most expected here");
    assert_int_equal(fixture_requests(&f), 1); /* it would be as long the next time */
}

static void test_wire_takes_no_endless_headers(void **state)
{
    (void)state;
    static char reply[16384] = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 300; i++)
        (void)snprintf(reply + strlen(reply), sizeof reply - strlen(reply), "x-%d: y\r\n", i);
    (void)snprintf(reply + strlen(reply), sizeof reply - strlen(reply), "Content-Length: 0\r\n\r\n");
    const struct step steps[] = { { STEP_ANSWER, reply, NULL, NULL } };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    fixture_start(&f, STEPS(steps));
    struct sl_request req = get_of("/b/k");
    expect_failure(&f, &req, SL_E_NETWORK, "the reply has more than 256 headers");
}

static void test_wire_gives_up_on_a_server_that_dribbles(void **state)
{
    (void)state;
    static const struct step steps[] = { { STEP_DRIBBLE, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", NULL,
                                           NULL } };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    f.options.max_attempts = 1;
    fixture_start(&f, STEPS(steps));
    struct sl_request req = get_of("/b/k");
    uint64_t start_ms = sl_clock_monotonic_ms();
    expect_failure(&f, &req, SL_E_NETWORK, "/b/k: no reply: Operation too slow");
    assert_true(sl_clock_monotonic_ms() - start_ms < 20000);
}

static void set_flag(void *flag)
{
    *(volatile sig_atomic_t *)flag = 1;
}

static void test_wire_stops_when_interrupted(void **state)
{
    (void)state;
    static volatile sig_atomic_t flag;
    flag = 0;
    const struct step steps[] = { { STEP_STALL, NULL, set_flag, (void *)(uintptr_t)&flag } };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    f.options.interrupted = &flag;
    f.patience.stall_seconds = 60;
    fixture_start(&f, STEPS(steps));
    struct sl_request req = get_of("/b/k");
    uint64_t start_ms = sl_clock_monotonic_ms();
    expect_failure(&f, &req, SL_E_INTERRUPTED, "interrupted");
    assert_true(sl_clock_monotonic_ms() - start_ms < 10000);
}

static void test_wire_never_shows_the_query_of_a_presigned_url(void **state)
{
    (void)state;
    static const struct step steps[] = { { STEP_CLOSE, NULL, NULL, NULL },
                                         { STEP_CLOSE, NULL, NULL, NULL },
                                         { STEP_CLOSE, NULL, NULL, NULL } };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    fixture_start(&f, STEPS(steps));
    char url[256], message[256];
    (void)snprintf(url, sizeof url, "%s/b/a%%20b?X-Amz-Signature=TOPSECRET", scripted_server_url(f.server));
    (void)snprintf(message, sizeof message,
                   "GET %s/b/a%%20b: no reply after 3 attempts: ", scripted_server_url(f.server));
    struct sl_request req = { .method = "GET", .url = url };
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_err err = { .code = SL_OK };
    assert_false(sl_wire_send(f.wire, &req, &reply, &err));
    assert_int_equal(err.code, SL_E_NETWORK);
    assert_non_null(strstr(err.msg, message));
    assert_null(strstr(err.msg, "TOPSECRET"));
    assert_null(strstr(err.msg, "Signature"));

    assert_int_equal(fixture_requests(&f), 3);
    const char *line = "GET /b/a%20b?X-Amz-Signature=TOPSECRET HTTP/1.1\r\n";
    assert_memory_equal(fixture_request(&f, 0)->head, line, strlen(line));
    char value[80];
    seen_header(fixture_request(&f, 0), "authorization", value, sizeof value);
    assert_string_equal(value, "");
}

static void test_wire_asks_no_proxy_for_what_is_on_this_machine(void **state)
{
    (void)state;
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    fixture_start(&f, STEPS(ok_steps));
    struct sl_request req = get_of("/b/k");
    struct sl_err err = { .code = SL_OK };
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0); /* where nobody listens */
    bool ok = sl_wire_send(f.wire, &req, &reply, &err);
    assert_int_equal(unsetenv("http_proxy"), 0);
    if (!ok)
        fail_msg("%s", err.msg);
    assert_int_equal(reply.status, 200);
}

static void test_wire_says_whether_an_endpoint_was_given(void **state)
{
    (void)state;
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    struct sl_err err = { .code = SL_OK };
    struct sl_wire_options options = { .region = "eu-west-1" };
    options.endpoint_url[SL_S3] = "http://127.0.0.1:1";
    options.endpoint_url[SL_STS] = "";
    assert_true(sl_wire_open(&options, NULL, &wire, &err));
    assert_true(sl_wire_has_endpoint(wire, SL_S3));
    assert_false(sl_wire_has_endpoint(wire, SL_STS));
    assert_false(sl_wire_has_endpoint(wire, SL_IOT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_gives_status_headers_and_body_of_a_reply),
        cmocka_unit_test(test_wire_signs_what_it_sends_to_s3),
        cmocka_unit_test(test_wire_signs_a_bucket_in_the_host_and_any_key),
        cmocka_unit_test(test_wire_signs_for_each_service_its_own_way_under_a_base_path),
        cmocka_unit_test(test_wire_sends_a_length_of_zero_with_an_empty_post),
        cmocka_unit_test(test_wire_without_credentials_signs_nothing),
        cmocka_unit_test(test_wire_uses_a_connection_again),
        cmocka_unit_test(test_wire_does_not_use_a_connection_again_that_was_answered_early),
        cmocka_unit_test(test_wire_runs_many_requests_over_few_connections),
        cmocka_unit_test(test_wire_sends_nothing_when_there_is_nothing_to_send),
        cmocka_unit_test(test_wire_does_not_follow_redirects),
        cmocka_unit_test(test_wire_asks_with_head_and_expects_no_body),
        cmocka_unit_test(test_wire_refuses_plain_http_off_loopback),
        cmocka_unit_test(test_wire_refuses_a_ca_bundle_that_is_not_there),
        cmocka_unit_test(test_wire_refuses_a_header_with_a_line_break),
        cmocka_unit_test(test_wire_takes_no_reply_above_its_ceiling),
        cmocka_unit_test(test_wire_takes_no_endless_headers),
        cmocka_unit_test(test_wire_gives_up_on_a_server_that_dribbles),
        cmocka_unit_test(test_wire_stops_when_interrupted),
        cmocka_unit_test(test_wire_never_shows_the_query_of_a_presigned_url),
        cmocka_unit_test(test_wire_asks_no_proxy_for_what_is_on_this_machine),
        cmocka_unit_test(test_wire_says_whether_an_endpoint_was_given),
    };
    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
