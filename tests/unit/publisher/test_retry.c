/* When to send again and how long to wait: the decisions, without a network. */
#include "core/clock.h"
#include "publisher/priv/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1369353600 /* Fri, 24 May 2013 00:00:00 GMT */

static struct sl_reply with_header(const struct sl_pair *header)
{
    return (struct sl_reply){ .status = 503, .headers = (struct sl_pair *)(uintptr_t)header, .n_headers = 1 };
}

static void test_retry_waits_by_full_jitter_up_to_20_seconds(void **state)
{
    (void)state;
    static const struct {
        unsigned attempts, chance;
        uint64_t wait_ms;
    } rows[] = { { 1, 0, 0 },         { 1, 0xffff, 1000 },  { 2, 0xffff, 2000 },  { 3, 0xffff, 4000 },
                 { 3, 0x8000, 2000 }, { 6, 0xffff, 20000 }, { 60, 0xffff, 20000 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t wait_ms = sl_retry_delay_ms(rows[i].attempts, 1000, rows[i].chance, NULL, NOW);
        assert_true(wait_ms >= rows[i].wait_ms && wait_ms <= rows[i].wait_ms + 1);
    }
}

static void test_retry_waits_as_long_as_it_is_asked_to_but_not_forever(void **state)
{
    (void)state;
    static const struct {
        struct sl_pair header;
        uint64_t wait_ms;
    } rows[] = {
        { { "retry-after", "3" }, 3000 },
        { { "retry-after", "3600" }, 20000 },
        { { "retry-after", "99999999999999999999" }, 0 },
        { { "retry-after", "-1" }, 0 },
        { { "retry-after", "soon" }, 0 },
        { { "retry-after", "Fri, 24 May 2013 00:00:07 GMT" }, 7000 },
        { { "retry-after", "Thu, 23 May 2013 00:00:07 GMT" }, 0 },
        { { "retry-after", "Tue, 24 May 2033 00:00:07 GMT" }, 20000 },
        { { "x-amz-retry-after", "1500" }, 1500 },
        { { "x-amz-retry-after", "150000" }, 20000 },
        { { "x-other", "5" }, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sl_reply reply = with_header(&rows[i].header);
        assert_int_equal(sl_retry_delay_ms(1, 1000, 0, &reply, NOW), rows[i].wait_ms);
    }
    struct sl_reply reply = with_header(&rows[8].header); /* the longer of the two */
    assert_int_equal(sl_retry_delay_ms(3, 1000, 0xffff, &reply, NOW), 4000);
}

static void test_retry_ends_when_the_budget_is_spent(void **state)
{
    (void)state;
    struct sl_request req = { .method = "GET" };
    struct sl_outcome fault = { .transient = true, .may_be_done = true };
    struct sl_retry_quota quota = { 500 };
    unsigned cost = 0;
    for (int i = 0; i < 100; i++)
        assert_true(sl_retry_wanted(&fault, &req, 1, 3, &quota, &cost));
    assert_int_equal(cost, 5);
    assert_int_equal(quota.tokens, 0);
    assert_false(sl_retry_wanted(&fault, &req, 1, 3, &quota, &cost));

    struct sl_outcome timeout = { .transient = true, .timed_out = true };
    for (int i = 0; i < 5; i++)
        sl_retry_refund(&quota, 0); /* a success earns one */
    assert_false(sl_retry_wanted(&timeout, &req, 1, 3, &quota, &cost));
    sl_retry_refund(&quota, 5); /* a repetition that succeeded gets its cost back */
    assert_true(sl_retry_wanted(&timeout, &req, 1, 3, &quota, &cost));
    assert_int_equal(cost, 10);
    assert_int_equal(quota.tokens, 0);

    quota = SL_RETRY_QUOTA_FULL;
    sl_retry_refund(&quota, 10);
    assert_int_equal(quota.tokens, 500);
}

static void test_retry_is_for_what_passes_and_is_safe(void **state)
{
    (void)state;
    static const struct {
        struct sl_outcome outcome;
        bool send_once;
        unsigned attempts;
        bool again;
    } rows[] = {
        { { .transient = true }, false, 1, true },
        { { .transient = true }, false, 2, true },
        { { .transient = true }, false, 3, false },
        { { .transient = false }, false, 1, false },
        { { .transient = true }, true, 1, true },
        { { .transient = true, .may_be_done = true }, true, 1, false },
        { { .transient = true, .may_be_done = true }, false, 1, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sl_request req = { .method = "PUT", .send_once = rows[i].send_once };
        struct sl_retry_quota quota = SL_RETRY_QUOTA_FULL;
        unsigned cost = 0;
        assert_int_equal(sl_retry_wanted(&rows[i].outcome, &req, rows[i].attempts, 3, &quota, &cost), rows[i].again);
        assert_int_equal(quota.tokens, rows[i].again ? 495 : 500);
    }
}

static void test_retry_believes_a_server_about_the_clock_only_when_it_blames_it(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *date, *body;
        bool blamed;
        int64_t offset;
    } rows[] = {
        { 403, "Fri, 24 May 2013 00:20:00 GMT", "<Error><Code>RequestTimeTooSkewed</Code></Error>", true, 1200 },
        { 403, "Thu, 23 May 2013 23:00:00 GMT", "<Error><Code>RequestTimeTooSkewed</Code></Error>", true, -3600 },
        { 400, "Fri, 24 May 2013 00:20:00 GMT", "{\"message\":\"Signature expired: x\"}", true, 1200 },
        { 403, "Fri, 24 May 2013 00:00:30 GMT", "<Error><Code>RequestTimeTooSkewed</Code></Error>", false, 0 },
        { 403, "Fri, 24 May 2013 00:20:00 GMT", "<Error><Code>AccessDenied</Code></Error>", false, 0 },
        { 403, "yesterday", "<Error><Code>RequestTimeTooSkewed</Code></Error>", false, 0 },
        { 403, "Fri, 24 May 2013 00:20:00 GMT", "", true, 1200 }, /* HEAD */
        { 403, "Fri, 24 May 2013 00:04:00 GMT", "", false, 0 },
        { 404, "Fri, 24 May 2013 00:20:00 GMT", "", false, 0 },
        { 503, "Fri, 24 May 2013 00:20:00 GMT", "<Error><Code>RequestTimeTooSkewed</Code></Error>", false, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sl_pair date = { "date", rows[i].date };
        struct sl_reply reply = with_header(&date);
        struct sl_err err = { .code = SL_OK };
        int64_t offset = 0;
        reply.status = rows[i].status;
        assert_true(sl_buf_add_str(&reply.body, rows[i].body, &err));
        assert_int_equal(sl_retry_clock(&reply, NOW, &offset), rows[i].blamed);
        assert_int_equal(offset, rows[i].offset);
        sl_buf_clear(&reply.body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_waits_by_full_jitter_up_to_20_seconds),
        cmocka_unit_test(test_retry_waits_as_long_as_it_is_asked_to_but_not_forever),
        cmocka_unit_test(test_retry_ends_when_the_budget_is_spent),
        cmocka_unit_test(test_retry_is_for_what_passes_and_is_safe),
        cmocka_unit_test(test_retry_believes_a_server_about_the_clock_only_when_it_blames_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
