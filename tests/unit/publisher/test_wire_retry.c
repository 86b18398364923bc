/* What the wire sends again, what it does not, and what it says of replies that were lost. */
#include "core/clock.h"
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
#define ANSWER(text)                                                                                                   \
    {                                                                                                                  \
        STEP_ANSWER, (text), NULL, NULL                                                                                \
    }
#define CLOSE                                                                                                          \
    {                                                                                                                  \
        STEP_CLOSE, NULL, NULL, NULL                                                                                   \
    }
#define RESET_AT_HALF                                                                                                  \
    {                                                                                                                  \
        STEP_RESET_AT_HALF, NULL, NULL, NULL                                                                           \
    }
#define UNTIL_CLOSE(text)                                                                                              \
    {                                                                                                                  \
        STEP_ANSWER_CLOSE, (text), NULL, NULL                                                                          \
    }
#define OK_ERROR(code)                                                                                                 \
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<?xml version=\"1.0\"?>\n<Error><Code>" code                          \
    "</Code><Message>as it goes</Message><RequestId>R1</RequestId></Error>"

/* One request through a script: how it ended and how often it was seen. */
struct run_result {
    bool ok;
    struct sl_reply reply;
    struct sl_err err;
    size_t requests;
};

static void run_result_clear(struct run_result *r)
{
    sl_reply_clear(&r->reply);
}

static void run(struct fixture *f, const struct step *steps, size_t n, const struct sl_request *req,
                struct run_result *ret)
{
    fixture_start(f, steps, n);
    ret->ok = sl_wire_send(f->wire, req, &ret->reply, &ret->err);
    ret->requests = fixture_requests(f);
}

struct row {
    const char *name;
    struct step steps[4];
    bool send_once;
    bool ok;
    int status;
    size_t requests;
    bool repeated;
};

static const struct row rows[] = {
    { "slow down, then ok", { ANSWER(SLOW_DOWN), ANSWER(OK_EMPTY) }, false, true, 200, 2, false },
    { "slow down was not carried out", { ANSWER(SLOW_DOWN), ANSWER(OK_EMPTY) }, true, true, 200, 2, false },
    { "slow down for good", { ANSWER(SLOW_DOWN), ANSWER(SLOW_DOWN), ANSWER(SLOW_DOWN) }, false, true, 503, 3, false },
    { "internal error, then ok", { ANSWER(INTERNAL), ANSWER(OK_EMPTY) }, false, true, 200, 2, true },
    { "an internal error may have been carried out",
      { ANSWER(INTERNAL), ANSWER(OK_EMPTY) },
      true,
      true,
      500,
      1,
      false },
    { "too many requests",
      { ANSWER("HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n"), ANSWER(OK_EMPTY) },
      false,
      true,
      200,
      2,
      false },
    { "a gateway that timed out",
      { ANSWER("HTTP/1.1 504 Gateway\r\nContent-Length: 0\r\n\r\n"), ANSWER(OK_EMPTY) },
      false,
      true,
      200,
      2,
      true },
    { "throttled by code, in json",
      { ANSWER("HTTP/1.1 400 Bad\r\nx-amzn-errortype: ThrottlingException:http://x/\r\nContent-Length: 2\r\n\r\n{}"),
        ANSWER(OK_EMPTY) },
      true,
      true,
      200,
      2,
      false },
    { "two writers met",
      { UNTIL_CLOSE(
            "HTTP/1.1 409 Conflict\r\nConnection: close\r\n\r\n<Error><Code>ConditionalRequestConflict</Code></Error>"),
        ANSWER(OK_EMPTY) },
      false,
      true,
      200,
      2,
      false },
    { "200 with an error that passes", { UNTIL_CLOSE(OK_ERROR("InternalError")), CLOSE }, true, true, 200, 1, false },
    { "denied is an answer",
      { ANSWER("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"), ANSWER(OK_EMPTY) },
      false,
      true,
      403,
      1,
      false },
    { "a used up quota is an answer",
      { ANSWER("HTTP/1.1 410 Gone\r\nx-amzn-ErrorType: LimitExceededException\r\nContent-Length: 0\r\n\r\n"),
        ANSWER(OK_EMPTY) },
      false,
      true,
      410,
      1,
      false },
    { "a failed precondition is an answer",
      { ANSWER("HTTP/1.1 412 No\r\nContent-Length: 0\r\n\r\n"), ANSWER(OK_EMPTY) },
      false,
      true,
      412,
      1,
      false },
    { "not implemented is an answer",
      { ANSWER("HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n"), ANSWER(OK_EMPTY) },
      false,
      true,
      501,
      1,
      false },
    { "reply lost, then ok", { CLOSE, ANSWER(OK_EMPTY) }, false, true, 200, 2, true },
    { "reply lost, not to be sent twice", { CLOSE, ANSWER(OK_EMPTY) }, true, false, 0, 1, false },
    { "reply lost for good", { CLOSE, CLOSE, CLOSE }, false, false, 0, 3, true },
    { "reply lost, then it stands there already",
      { CLOSE, ANSWER("HTTP/1.1 412 No\r\nContent-Length: 0\r\n\r\n") },
      false,
      true,
      412,
      2,
      true },
};

static void test_wire_sends_again_what_is_transient_and_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *x = &rows[i];
        print_message("  %s\n", x->name);
        SL_AUTO(fixture_clear) struct fixture f = fixture_new();
        SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
        struct sl_request req = put_of("/b/k", "body", 4);
        req.send_once = x->send_once;
        run(&f, x->steps, 4, &req, &r);
        assert_int_equal(r.ok, x->ok);
        assert_int_equal(r.requests, x->requests);
        assert_int_equal(r.reply.repeated, x->repeated);
        if (x->ok)
            assert_int_equal(r.reply.status, x->status);
        else
            assert_int_equal(r.err.code, SL_E_NETWORK);
        for (size_t k = 0; k < r.requests; k++)
            assert_memory_equal(fixture_request(&f, k)->body, "body", 4);
    }
}

static void test_wire_says_that_a_lost_reply_leaves_it_open(void **state)
{
    (void)state;
    static const struct step steps[] = { CLOSE, ANSWER(OK_EMPTY) };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
    struct sl_request req = { .service = SL_IOT, .method = "PUT", .path = "/jobs/j", .send_once = true };
    run(&f, STEPS(steps), &req, &r);
    assert_false(r.ok);
    assert_non_null(strstr(r.err.msg, "/jobs/j: no reply: Empty reply from server; whether the service has carried it "
                                      "out is not known, running again finds out"));
    assert_true(r.err.transient);
}

static void test_wire_sends_again_after_200_with_an_error_that_passes(void **state)
{
    (void)state;
    static const struct step steps[] = { UNTIL_CLOSE(OK_ERROR("InternalError")), UNTIL_CLOSE(OK_ERROR("SlowDown")),
                                         ANSWER(OK_EMPTY) };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
    struct sl_request req = put_of("/b/k", "x", 1);
    run(&f, STEPS(steps), &req, &r);
    assert_true(r.ok);
    assert_int_equal(r.requests, 3);
    assert_int_equal(r.reply.body.len, 0);
    assert_true(sl_reply_expect(&req, &r.reply, "PutObject 'k'", &r.err));
}

static void test_wire_takes_200_with_an_error_for_an_error(void **state)
{
    (void)state;
    static const struct step steps[] = { UNTIL_CLOSE(OK_ERROR("InternalError")), UNTIL_CLOSE(OK_ERROR("InternalError")),
                                         UNTIL_CLOSE(OK_ERROR("InternalError")), ANSWER(OK_EMPTY) };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
    struct sl_request req = put_of("/b/k", "x", 1);
    run(&f, STEPS(steps), &req, &r);
    assert_true(r.ok);
    assert_int_equal(r.requests, 3);
    assert_false(sl_reply_expect(&req, &r.reply, "PutObject 'k'", &r.err));
    assert_string_equal(r.err.msg, "PutObject 'k': HTTP 200 InternalError: as it goes (request id R1)");
    assert_int_equal(r.err.code, SL_E_NETWORK);
    assert_int_equal(r.err.http_status, 200);
    assert_string_equal(r.err.aws_code, "InternalError");
    assert_true(r.err.transient);
}

static void test_wire_waits_as_long_as_the_service_asks(void **state)
{
    (void)state;
    static const struct step steps[] = {
        ANSWER("HTTP/1.1 503 Busy\r\nx-amz-retry-after: 300\r\nContent-Length: 0\r\n\r\n"), ANSWER(OK_EMPTY)
    };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
    struct sl_request req = get_of("/b/k");
    uint64_t start_ms = sl_clock_monotonic_ms();
    run(&f, STEPS(steps), &req, &r);
    uint64_t took_ms = sl_clock_monotonic_ms() - start_ms;
    assert_true(r.ok);
    assert_true(took_ms >= 300 && took_ms < 5000);
}

static void test_wire_sends_the_whole_body_again_after_a_reset_in_the_middle(void **state)
{
    (void)state;
    static const struct step steps[] = { RESET_AT_HALF, ANSWER(OK_EMPTY) };
    size_t len = (size_t)3 << 20;
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
    struct sl_request req = put_of("/b/k", bytes, len);
    run(&f, STEPS(steps), &req, &r);
    assert_true(r.ok);
    assert_int_equal(r.requests, 2);
    assert_true(r.reply.repeated);
    assert_int_equal(fixture_request(&f, 1)->body_len, len);
    assert_memory_equal(fixture_request(&f, 1)->body, bytes, len);
    free(bytes);
}

/* A server that closes a connection it kept, at the moment the next request arrives: libcurl then sends by itself on a
 * new one, and the first sending may have been carried out. */
static void test_wire_notices_when_a_kept_connection_dies_under_a_request(void **state)
{
    (void)state;
    static const struct step steps[] = { ANSWER(OK_EMPTY), CLOSE, ANSWER(OK_EMPTY) };
    for (int once = 0; once < 2; once++) {
        SL_AUTO(fixture_clear) struct fixture f = fixture_new();
        SL_AUTO(sl_reply_clear) struct sl_reply first = { .status = 0 };
        SL_AUTO(sl_reply_clear) struct sl_reply second = { .status = 0 };
        struct sl_request req = put_of("/b/k", "body", 4);
        struct sl_err err = { .code = SL_OK };
        fixture_start(&f, STEPS(steps));
        assert_true(sl_wire_send(f.wire, &req, &first, &err));
        req.send_once = once;
        assert_int_equal(sl_wire_send(f.wire, &req, &second, &err), !once);
        assert_int_equal(second.repeated, !once);
        assert_int_equal(fixture_requests(&f), once ? 2 : 3);
        assert_int_equal(err.code, once ? SL_E_NETWORK : SL_OK);
    }
}

static void test_wire_tries_again_when_nobody_listens(void **state)
{
    (void)state;
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    fixture_start(&f, NULL, 0);
    char url[96];
    (void)snprintf(url, sizeof url, "%s/k", scripted_server_url(f.server));
    scripted_server_freep(&f.server);
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_err err = { .code = SL_OK };
    struct sl_request req = { .method = "GET", .url = url, .send_once = true };
    assert_false(sl_wire_send(f.wire, &req, &reply, &err));
    assert_int_equal(err.code, SL_E_NETWORK);
    assert_non_null(strstr(err.msg, "/k: no reply after 3 attempts: Failed to connect to 127.0.0.1 port "));
    assert_null(strstr(err.msg, "not known")); /* nothing was sent */
    assert_false(reply.repeated);
}

static void test_wire_reports_the_first_failure_in_order_and_begins_nothing_after_it(void **state)
{
    (void)state;
    static const struct step steps[] = { CLOSE, ANSWER(OK_EMPTY), ANSWER(OK_EMPTY) };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    f.options.max_connections = 1;
    f.options.max_attempts = 1;
    fixture_start(&f, STEPS(steps));
    struct sl_request reqs[3] = { get_of("/b/1"), get_of("/b/2"), get_of("/b/3") };
    struct sl_reply replies[3] = { { .status = 0 }, { .status = 0 }, { .status = 0 } };
    struct sl_err err = { .code = SL_OK };
    assert_false(sl_wire_send_all(f.wire, reqs, 3, replies, &err));
    assert_non_null(strstr(err.msg, "/b/1: no reply: "));
    assert_int_equal(fixture_requests(&f), 1);
    for (size_t i = 0; i < 3; i++)
        sl_reply_clear(&replies[i]);
}

/* ---- the clock ---- */

#define SKEWED(type) "HTTP/1.1 403 Forbidden\r\nDate: Fri, 24 May 2013 00:00:00 GMT\r\nConnection: close\r\n" type

struct told {
    unsigned times;
    int64_t offset_seconds;
};

static void note_clock(void *ctx, int64_t offset_seconds)
{
    struct told *told = ctx;
    told->times++;
    told->offset_seconds = offset_seconds;
}

static void check_clock(const char *reply)
{
    struct told told = { 0, 0 };
    const struct step steps[] = { UNTIL_CLOSE(reply), ANSWER(OK_EMPTY), ANSWER(OK_EMPTY) };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply first = { .status = 0 };
    SL_AUTO(sl_reply_clear) struct sl_reply second = { .status = 0 };
    struct sl_request req = get_of("/b/k");
    struct sl_err err = { .code = SL_OK };
    f.options.max_attempts = 1; /* the clock's correction comes on top */
    f.options.on_clock = note_clock;
    f.options.on_clock_ctx = &told;
    fixture_start(&f, steps, 3);
    assert_int_equal(sl_wire_clock_offset_seconds(f.wire), 0);
    assert_true(sl_wire_send(f.wire, &req, &first, &err));
    assert_int_equal(first.status, 200);
    assert_false(first.repeated);
    assert_true(sl_wire_send(f.wire, &req, &second, &err));
    assert_true(sl_wire_clock_offset_seconds(f.wire) < -100000000);
    assert_int_equal(fixture_requests(&f), 3);
    assert_int_equal(told.times, 1);
    assert_int_equal(told.offset_seconds, sl_wire_clock_offset_seconds(f.wire));
    for (size_t i = 1; i < 3; i++) {
        char date[32];
        seen_header(fixture_request(&f, i), "x-amz-date", date, sizeof date);
        assert_memory_equal(date, "20130524T0000", 13);
    }
}

static void test_wire_sets_its_clock_by_the_server_and_sends_once_more(void **state)
{
    (void)state;
    check_clock(SKEWED("\r\n<Error><Code>RequestTimeTooSkewed</Code><Message>x</Message></Error>"));
    check_clock(SKEWED("x-amzn-errortype: InvalidSignatureException\r\n\r\n{\"message\":\"Signature expired: "
                       "20150830T123600Z is now earlier than 20160830T123600Z\"}"));
    check_clock(
        SKEWED("\r\n<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature not yet current: "
               "x</Message></Error><RequestId>r</RequestId></ErrorResponse>"));
}

static void test_wire_sets_its_clock_once_only(void **state)
{
    (void)state;
    static const char skewed[] = SKEWED("\r\n<Error><Code>RequestTimeTooSkewed</Code></Error>");
    static const struct step steps[] = { UNTIL_CLOSE(skewed), UNTIL_CLOSE(skewed), ANSWER(OK_EMPTY) };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
    struct sl_request req = get_of("/b/k");
    run(&f, STEPS(steps), &req, &r);
    assert_true(r.ok);
    assert_int_equal(r.reply.status, 403);
    assert_int_equal(r.requests, 2);
    assert_false(sl_reply_expect(&req, &r.reply, "GetObject 'k'", &r.err));
    assert_string_equal(r.err.msg, "GetObject 'k': HTTP 403 RequestTimeTooSkewed; check the clock of this machine");
    assert_int_equal(r.err.code, SL_E_DENIED);
}

/* ---- sinks ---- */

struct collected {
    char text[64];
    unsigned restarts;
    bool refuse;
};

static bool collect(void *ctx, struct sl_span bytes, bool restart, struct sl_err *err)
{
    struct collected *c = ctx;
    if (c->refuse)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "no space");
    if (restart) {
        c->text[0] = 0;
        c->restarts++;
    }
    size_t n = strlen(c->text);
    (void)snprintf(c->text + n, sizeof c->text - n, "%.*s", (int)bytes.len, (const char *)bytes.ptr);
    return true;
}

static void test_wire_tells_the_sink_when_it_begins_again(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { STEP_ANSWER_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123", NULL, NULL },
        ANSWER(SLOW_DOWN),
        ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"),
    };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
    struct collected c = { .text = "" };
    struct sl_request req = get_of("/b/k");
    req.sink = collect;
    req.sink_ctx = &c;
    run(&f, STEPS(steps), &req, &r);
    assert_true(r.ok);
    assert_string_equal(c.text, "0123456789");
    assert_int_equal(c.restarts, 1);
    assert_int_equal(r.reply.body.len, 0);
}

static void test_wire_empties_the_sink_when_the_second_reply_has_no_body(void **state)
{
    (void)state;
    static const struct step steps[] = {
        { STEP_ANSWER_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123", NULL, NULL }, ANSWER(OK_EMPTY)
    };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
    struct collected c = { .text = "" };
    struct sl_request req = get_of("/b/k");
    req.sink = collect;
    req.sink_ctx = &c;
    run(&f, STEPS(steps), &req, &r);
    assert_true(r.ok);
    assert_string_equal(c.text, "");
}

static void test_wire_keeps_what_is_no_success_from_the_sink(void **state)
{
    (void)state;
    static const struct step steps[] = { UNTIL_CLOSE(
        "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n<Error><Code>AccessDenied</Code></Error>") };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
    struct collected c = { .text = "" };
    struct sl_request req = get_of("/b/k");
    req.sink = collect;
    req.sink_ctx = &c;
    run(&f, STEPS(steps), &req, &r);
    assert_true(r.ok);
    assert_string_equal(c.text, "");
    assert_string_equal(sl_buf_str(&r.reply.body), "<Error><Code>AccessDenied</Code></Error>");
}

static void test_wire_ends_when_the_sink_refuses(void **state)
{
    (void)state;
    static const struct step steps[] = { ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n0123"), ANSWER(OK_EMPTY) };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(run_result_clear) struct run_result r = { .ok = false };
    struct collected c = { .refuse = true };
    struct sl_request req = get_of("/b/k");
    req.sink = collect;
    req.sink_ctx = &c;
    run(&f, STEPS(steps), &req, &r);
    assert_false(r.ok);
    assert_int_equal(r.err.code, SL_E_IO);
    assert_non_null(strstr(r.err.msg, "/b/k: no space"));
    assert_int_equal(r.requests, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_sends_again_what_is_transient_and_safe),
        cmocka_unit_test(test_wire_says_that_a_lost_reply_leaves_it_open),
        cmocka_unit_test(test_wire_sends_again_after_200_with_an_error_that_passes),
        cmocka_unit_test(test_wire_takes_200_with_an_error_for_an_error),
        cmocka_unit_test(test_wire_waits_as_long_as_the_service_asks),
        cmocka_unit_test(test_wire_sends_the_whole_body_again_after_a_reset_in_the_middle),
        cmocka_unit_test(test_wire_notices_when_a_kept_connection_dies_under_a_request),
        cmocka_unit_test(test_wire_tries_again_when_nobody_listens),
        cmocka_unit_test(test_wire_reports_the_first_failure_in_order_and_begins_nothing_after_it),
        cmocka_unit_test(test_wire_sets_its_clock_by_the_server_and_sends_once_more),
        cmocka_unit_test(test_wire_sets_its_clock_once_only),
        cmocka_unit_test(test_wire_tells_the_sink_when_it_begins_again),
        cmocka_unit_test(test_wire_empties_the_sink_when_the_second_reply_has_no_body),
        cmocka_unit_test(test_wire_keeps_what_is_no_success_from_the_sink),
        cmocka_unit_test(test_wire_ends_when_the_sink_refuses),
    };
    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
