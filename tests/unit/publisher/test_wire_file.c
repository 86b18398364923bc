/* Files on the wire: the whole file, asked for before it is sent, and never one that has changed. */
#include "core/digest.h"
#include "core/file.h"
#include "tests/unit/publisher/wire_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define STEPS(s) (s), sizeof(s) / sizeof *(s)
#define LARGE    ((size_t)3 << 20)
#define SMALL    ((size_t)70000)

struct input {
    char path[64];
    uint8_t *bytes;
    size_t len;
    uint8_t sha256[SL_SHA256_BYTES];
};

static void input_clear(struct input *in)
{
    (void)unlink(in->path);
    free(in->bytes);
}

static struct input input_make(size_t len)
{
    struct input in = { .path = "/tmp/sealift-wire-XXXXXX", .bytes = malloc(len + 1), .len = len };
    struct sl_err err = { .code = SL_OK };
    SL_AUTO(sl_fd_close) int fd = mkstemp(in.path);
    assert_true(fd >= 0);
    assert_non_null(in.bytes);
    for (size_t i = 0; i < len; i++)
        in.bytes[i] = (uint8_t)(i * 31 + i / 257);
    for (size_t at = 0; at < len;) {
        ssize_t n = write(fd, in.bytes + at, len - at);
        assert_true(n > 0);
        at += (size_t)n;
    }
    assert_true(sl_sha256((struct sl_span){ in.bytes, len }, in.sha256, &err));
    return in;
}

static struct sl_request put_file(const struct input *in)
{
    return (struct sl_request){
        .service = SL_S3,
        .method = "PUT",
        .path = "/b/k",
        .body_path = in->path,
        .body_size_bytes = in->len,
        .body_sha256 = in->sha256,
        .what = "upload app",
    };
}

static void assert_whole(const struct seen_request *seen, const struct input *in)
{
    char value[80], hash[65];
    assert_int_equal(seen->body_len, in->len);
    assert_memory_equal(seen->body, in->bytes, in->len);
    seen_header(seen, "x-amz-content-sha256", value, sizeof value);
    for (size_t i = 0; i < SL_SHA256_BYTES; i++)
        (void)snprintf(hash + 2 * i, 3, "%02x", in->sha256[i]);
    assert_string_equal(value, hash);
}

struct report {
    struct sl_progress port;
    uint64_t last, total;
    unsigned calls;
};

static void note(struct sl_progress *self, const char *what, uint64_t done_bytes, uint64_t total_bytes)
{
    struct report *r = (struct report *)self;
    assert_string_equal(what, "upload app");
    r->last = done_bytes;
    r->total = total_bytes;
    r->calls++;
}

static void test_wire_sends_files_and_asks_before_large_ones(void **state)
{
    (void)state;
    static const struct step steps[] = { { STEP_ANSWER, OK_EMPTY, NULL, NULL } };
    static const size_t sizes[] = { 0, 1, SMALL, 1 << 20, (1 << 20) + 1, LARGE };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        SL_AUTO(input_clear) struct input in = input_make(sizes[i]);
        SL_AUTO(fixture_clear) struct fixture f = fixture_new();
        SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
        struct report report = { .port = { .report = note } };
        struct sl_request req = put_file(&in);
        struct sl_err err = { .code = SL_OK };
        f.options.progress = &report.port;
        fixture_start(&f, STEPS(steps));
        if (!sl_wire_send(f.wire, &req, &reply, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(reply.status, 200);
        assert_whole(fixture_request(&f, 0), &in);
        char value[80];
        seen_header(fixture_request(&f, 0), "expect", value, sizeof value);
        assert_string_equal(value, sizes[i] > 1 << 20 ? "100-continue" : "");
        assert_int_equal(report.last, sizes[i]);
        assert_int_equal(report.total, sizes[i]);
        assert_true(sizes[i] == 0 || report.calls > 0);
    }
}

struct early {
    enum step_how how;
    const char *reply;
    int status;
    bool unread; /* not a byte of the file was read for it */
};

static void check_early(const struct early *x, const struct input *in)
{
    const struct step steps[] = { { x->how, x->reply, NULL, NULL }, { STEP_ANSWER, OK_EMPTY, NULL, NULL } };
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply first = { .status = 0 };
    SL_AUTO(sl_reply_clear) struct sl_reply second = { .status = 0 };
    struct report report = { .port = { .report = note } };
    struct sl_request req = put_file(in);
    struct sl_err err = { .code = SL_OK };
    f.options.progress = &report.port;
    /* Where the answer must come before the file, a slow machine may take its time to give it. */
    f.patience.continue_ms = x->unread ? 60000 : 50;
    fixture_start(&f, STEPS(steps));
    assert_true(sl_wire_send(f.wire, &req, &first, &err));
    assert_int_equal(first.status, x->status);
    if (x->unread)
        assert_int_equal(report.calls, 0);
    assert_true(sl_wire_send(f.wire, &req, &second, &err));
    assert_int_equal(second.status, 200);
    assert_int_equal(fixture_request(&f, 1)->connection, 1);
    assert_whole(fixture_request(&f, 1), in);
}

/* Ceph's gateway answers in the first way: at once, without reading on, and it keeps the connection. */
static void test_wire_does_not_send_a_large_file_that_is_refused_at_once(void **state)
{
    (void)state;
    static const struct early rows[] = {
        { STEP_EARLY, "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n", 412, true },
        { STEP_EARLY, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", 404, true },
        { STEP_EARLY_DRAIN, "HTTP/1.1 307 Away\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 307, true },
        { STEP_EARLY_DRAIN, OK_EMPTY, 200, false },
    };
    SL_AUTO(input_clear) struct input in = input_make(LARGE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_early(&rows[i], &in);
}

static void test_wire_sends_a_large_file_when_the_server_does_not_say_continue(void **state)
{
    (void)state;
    static const struct step steps[] = { { STEP_NO_CONTINUE, OK_EMPTY, NULL, NULL } };
    SL_AUTO(input_clear) struct input in = input_make(LARGE);
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_request req = put_file(&in);
    struct sl_err err = { .code = SL_OK };
    f.patience.continue_ms = 50;
    fixture_start(&f, STEPS(steps));
    if (!sl_wire_send(f.wire, &req, &reply, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(reply.status, 200);
    assert_whole(fixture_request(&f, 0), &in);
}

static void test_wire_sends_the_whole_file_again_after_a_reset_in_the_middle(void **state)
{
    (void)state;
    static const struct step steps[] = { { STEP_RESET_AT_HALF, NULL, NULL, NULL },
                                         { STEP_RESET_AT_HALF, NULL, NULL, NULL },
                                         { STEP_ANSWER, OK_EMPTY, NULL, NULL } };
    SL_AUTO(input_clear) struct input in = input_make(LARGE);
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_request req = put_file(&in);
    struct sl_err err = { .code = SL_OK };
    fixture_start(&f, STEPS(steps));
    if (!sl_wire_send(f.wire, &req, &reply, &err))
        fail_msg("%s", err.msg);
    assert_true(reply.repeated);
    assert_whole(fixture_request(&f, 2), &in);
}

static void expect_changed(struct fixture *f, const struct sl_request *req, size_t n)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_err err = { .code = SL_OK };
    assert_false(sl_wire_send(f->wire, req, &reply, &err));
    assert_int_equal(err.code, SL_E_CHANGED);
    assert_non_null(strstr(err.msg, req->body_path));
    assert_non_null(strstr(err.msg, "leave the files alone while they are published, and run again"));
    assert_int_equal(fixture_requests(f), n);
}

static void test_wire_refuses_a_file_that_has_another_size_than_when_it_was_hashed(void **state)
{
    (void)state;
    static const struct step steps[] = { { STEP_ANSWER, OK_EMPTY, NULL, NULL } };
    for (int i = 0; i < 2; i++) {
        SL_AUTO(input_clear) struct input in = input_make(SMALL);
        SL_AUTO(fixture_clear) struct fixture f = fixture_new();
        struct sl_request req = put_file(&in);
        fixture_start(&f, STEPS(steps));
        assert_int_equal(truncate(in.path, i ? (off_t)SMALL - 1 : (off_t)SMALL + 1), 0);
        expect_changed(&f, &req, 0);
    }
}

struct cut {
    const char *path;
    off_t size;
};

static void cut_file(void *ctx)
{
    const struct cut *c = ctx;
    int bad = truncate(c->path, c->size);
    assert_int_equal(bad, 0);
}

/* The server's hook changes the file when the head of the request is there, before the body is asked for. */
static void test_wire_does_not_finish_a_file_that_shrinks_or_grows_meanwhile(void **state)
{
    (void)state;
    static const off_t sizes[] = { (off_t)LARGE / 2, (off_t)LARGE + 1, 0 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        SL_AUTO(input_clear) struct input in = input_make(LARGE);
        SL_AUTO(fixture_clear) struct fixture f = fixture_new();
        struct cut cut = { in.path, sizes[i] };
        const struct step steps[] = { { STEP_ANSWER, OK_EMPTY, cut_file, &cut },
                                      { STEP_ANSWER, OK_EMPTY, NULL, NULL } };
        struct sl_request req = put_file(&in);
        fixture_start(&f, STEPS(steps));
        expect_changed(&f, &req, 1);
        assert_true(fixture_request(&f, 0)->body_len < LARGE);
    }
}

static void test_wire_refuses_a_file_that_is_not_there(void **state)
{
    (void)state;
    static const struct step steps[] = { { STEP_ANSWER, OK_EMPTY, NULL, NULL } };
    SL_AUTO(input_clear) struct input in = input_make(SMALL);
    SL_AUTO(fixture_clear) struct fixture f = fixture_new();
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_request req = put_file(&in);
    struct sl_err err = { .code = SL_OK };
    fixture_start(&f, STEPS(steps));
    assert_int_equal(unlink(in.path), 0);
    assert_false(sl_wire_send(f.wire, &req, &reply, &err));
    assert_int_equal(err.code, SL_E_IO);
    assert_non_null(strstr(err.msg, in.path));
    assert_int_equal(fixture_requests(&f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_sends_files_and_asks_before_large_ones),
        cmocka_unit_test(test_wire_does_not_send_a_large_file_that_is_refused_at_once),
        cmocka_unit_test(test_wire_sends_a_large_file_when_the_server_does_not_say_continue),
        cmocka_unit_test(test_wire_sends_the_whole_file_again_after_a_reset_in_the_middle),
        cmocka_unit_test(test_wire_refuses_a_file_that_has_another_size_than_when_it_was_hashed),
        cmocka_unit_test(test_wire_does_not_finish_a_file_that_shrinks_or_grows_meanwhile),
        cmocka_unit_test(test_wire_refuses_a_file_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
