#include "core/spoken.h"

#include "core/text.h"
#include "tests/unit/unit.h"

/* The example that comes with the published list: a fingerprint of PGP and its words. */
static void test_a_fingerprint_is_spoken_as_published(void **state)
{
    (void)state;
    static const char hex[] = "e58294f2e9a227486e8b061b31cc528fd7fa3f19";
    static const char words[] =
        "topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator goldfish Medusa "
        "afflict bravado chatter revolver Dupont midsummer stopwatch whimsical cowbell bottomless";
    uint8_t bytes[20] = { 0 };
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf said = { 0 };
    const struct sl_span all = { bytes, sizeof bytes };
    assert_true(sl_hex_get(sl_span_str(hex), bytes, sizeof bytes));
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_ok(err, sl_buf_addf(&said, &err, "%s%s", i ? " " : "", sl_spoken_word(all, i)));
    assert_string_equal(sl_buf_str(&said), words);
}

/* A word stands in one of the two lists only, and there once: one said twice, or left out, is noticed. */
static void test_every_word_means_one_byte(void **state)
{
    (void)state;
    uint8_t a[2] = { 0 }, b[2] = { 0 };
    for (unsigned x = 0; x < 256; x++)
        for (unsigned y = 0; y < 256; y++) {
            a[0] = a[1] = (uint8_t)x;
            b[0] = b[1] = (uint8_t)y;
            const struct sl_span one = { a, 2 }, other = { b, 2 };
            assert_string_not_equal(sl_spoken_word(one, 0), sl_spoken_word(other, 1));
            if (x == y)
                continue;
            assert_string_not_equal(sl_spoken_word(one, 0), sl_spoken_word(other, 0));
            assert_string_not_equal(sl_spoken_word(one, 1), sl_spoken_word(other, 1));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fingerprint_is_spoken_as_published),
        cmocka_unit_test(test_every_word_means_one_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
