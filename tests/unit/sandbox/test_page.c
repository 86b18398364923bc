#include "sandbox/priv/page.h"
#include "tests/unit/unit.h"

/* Hand keys (sorted, ending with NULL) to one page and write down what it says: "k" entries, "p/" prefixes. */
static char *fill(struct sl_page *p, const char *const *keys, char *ret, size_t size)
{
    struct sl_err err = { 0 };
    enum sl_page_verdict verdict;
    ret[0] = 0;
    for (; *keys; keys++) {
        if (strcmp(*keys, p->marker) <= 0 && *p->marker)
            continue; /* as the query leaves them out */
        assert_ok(err, sl_page_admit(p, *keys, &verdict, &err));
        if (verdict == SL_PAGE_END)
            break;
        if (verdict == SL_PAGE_SKIP)
            continue;
        assert_true(strlen(ret) + strlen(p->last) + 2 < size);
        strncat(ret, p->last, size - strlen(ret) - 1);
        strncat(ret, " ", size - strlen(ret) - 1);
    }
    return ret;
}

static const char *const keys[] = { "a", "dir/1", "dir/2", "dir/sub/3", "e/4", "f", NULL };

static void test_a_page_ends_when_it_is_full_and_says_so(void **state)
{
    (void)state;
    struct sl_arena arena = { 0 };
    char text[128];
    struct sl_page p = { .prefix = "", .delimiter = "", .marker = "", .max = 2, .arena = &arena };
    assert_string_equal(fill(&p, keys, text, sizeof text), "a dir/1 ");
    assert_true(p.truncated);
    assert_string_equal(p.last, "dir/1");
    p = (struct sl_page){ .prefix = "", .delimiter = "", .marker = "", .max = 6, .arena = &arena };
    assert_string_equal(fill(&p, keys, text, sizeof text), "a dir/1 dir/2 dir/sub/3 e/4 f ");
    assert_false(p.truncated);
    sl_arena_clear(&arena);
}

static void test_keys_with_one_prefix_are_one_entry(void **state)
{
    (void)state;
    struct sl_arena arena = { 0 };
    char text[128];
    struct sl_page p = { .prefix = "", .delimiter = "/", .marker = "", .max = 10, .arena = &arena };
    assert_string_equal(fill(&p, keys, text, sizeof text), "a dir/ e/ f ");
    assert_int_equal(p.n, 4);
    p = (struct sl_page){ .prefix = "dir/", .delimiter = "/", .marker = "", .max = 10, .arena = &arena };
    assert_string_equal(fill(&p, keys, text, sizeof text), "dir/1 dir/2 dir/sub/ ");
    assert_false(p.truncated);
    sl_arena_clear(&arena);
}

/* Page by page, whatever their size, the same list comes out. */
static void test_pages_of_every_size_join_without_gap_or_repetition(void **state)
{
    (void)state;
    for (size_t max = 1; max < 6; max++) {
        struct sl_arena arena = { 0 };
        char all[256] = "", text[128];
        struct sl_page p = { .prefix = "", .delimiter = "/", .marker = "", .max = max, .arena = &arena };
        unsigned pages = 0;
        for (;; p.marker = p.last, p.n = 0, p.truncated = false, p.last_prefix = NULL) {
            strncat(all, fill(&p, keys, text, sizeof text), sizeof all - strlen(all) - 1);
            assert_true(++pages < 8);
            if (!p.truncated)
                break;
        }
        assert_string_equal(all, "a dir/ e/ f ");
        sl_arena_clear(&arena);
    }
}

static void test_more_keys_of_the_last_prefix_do_not_make_another_page(void **state)
{
    (void)state;
    struct sl_arena arena = { 0 };
    const char *const only[] = { "d/1", "d/2", NULL };
    char text[128];
    struct sl_page p = { .prefix = "", .delimiter = "/", .marker = "", .max = 1, .arena = &arena };
    assert_string_equal(fill(&p, only, text, sizeof text), "d/ ");
    assert_false(p.truncated);
    sl_arena_clear(&arena);
}

static void test_a_page_of_none_is_empty_and_not_truncated(void **state)
{
    (void)state;
    struct sl_arena arena = { 0 };
    char text[128];
    struct sl_page p = { .prefix = "", .delimiter = "", .marker = "", .max = 0, .arena = &arena };
    assert_string_equal(fill(&p, keys, text, sizeof text), "");
    assert_false(p.truncated);
    sl_arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_ends_when_it_is_full_and_says_so),
        cmocka_unit_test(test_keys_with_one_prefix_are_one_entry),
        cmocka_unit_test(test_pages_of_every_size_join_without_gap_or_repetition),
        cmocka_unit_test(test_more_keys_of_the_last_prefix_do_not_make_another_page),
        cmocka_unit_test(test_a_page_of_none_is_empty_and_not_truncated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
