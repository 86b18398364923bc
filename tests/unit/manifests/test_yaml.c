/* What YAML may hold, and up to which size; the rest of its refusals are in tests/manifests/bad. */
#include "manifests/priv/node.h"
#include "tests/unit/manifests/planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct sl_node *tree_of(struct sl_arena *arena, const char *text)
{
    struct sl_node *node = NULL;
    struct sl_err err = { 0 };
    if (!sl_yaml_read(sl_span_str(text), "t.yaml", arena, &node, &err))
        fail_msg("%u:%u: %s", err.loc.line, err.loc.col, err.msg);
    return node;
}

static void test_every_part_has_its_place(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_node *top = tree_of(&arena, "# comment\na: 1\nbb:\n  - x\n  - {\xc3\xa4: 'y'}\n");
    struct sl_node *list = sl_node_entry(top, "bb"), *map = sl_node_element(list, 1), *y = map->first;
    assert_int_equal(top->kind, SL_NODE_MAP);
    assert_int_equal(top->loc.line, 2);
    assert_int_equal(list->key_loc.line, 3);
    assert_int_equal(list->loc.line, 4);
    assert_int_equal(list->loc.col, 3);
    assert_int_equal(map->loc.col, 5);
    assert_string_equal(y->text, "y");
    assert_false(y->plain);
    assert_int_equal(y->loc.line, 5);
    assert_int_equal(y->loc.col, 9); /* characters, not bytes */
    assert_true(sl_node_entry(top, "a")->plain);
    assert_string_equal(y->loc.file, "t.yaml");
    assert_null(sl_node_entry(top, "c"));
    assert_null(sl_node_element(list, 2));
}

static void test_only_plain_nothing_is_null(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_node *list = tree_of(&arena, "[~, null, NULL, Null, '', 'null', \"~\", nULL, no, x]");
    for (size_t i = 0; i < list->n; i++)
        assert_int_equal(sl_node_is_null(sl_node_element(list, i)), i < 4);
}

static void test_thirty_two_levels_are_taken(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    char text[128] = "";
    memset(text, '[', SL_MANIFEST_MAX_DEPTH);
    memset(text + SL_MANIFEST_MAX_DEPTH, ']', SL_MANIFEST_MAX_DEPTH);
    assert_non_null(tree_of(&arena, text));
}

static void test_a_megabyte_is_taken_and_one_byte_more_is_not(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    char *text = malloc(SL_MANIFEST_MAX_BYTES + 2);
    assert_non_null(text);
    memset(text, '#', SL_MANIFEST_MAX_BYTES + 1);
    text[SL_MANIFEST_MAX_BYTES + 1] = 0;
    memcpy(text, "a: b\n", 5);
    struct sl_span most = { (const uint8_t *)text, SL_MANIFEST_MAX_BYTES }, more = { most.ptr, most.len + 1 };
    struct sl_node *node = NULL;
    struct sl_err err = { 0 };
    assert_true(sl_yaml_read(most, "t.yaml", &arena, &node, &err));
    assert_false(sl_yaml_read(more, "t.yaml", &arena, &node, &err));
    assert_int_equal(err.code, SL_E_INPUT);
    assert_string_equal(err.msg, "longer than 1048576 bytes, the most a manifest may have");
    free(text);
}

/* A mapping of many keys is checked for duplicates in reasonable time, and the second of a pair is the one named. */
static void test_a_duplicate_among_many_keys_is_found(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { 0 };
    for (unsigned i = 0; i < 60000; i++)
        assert_true(sl_buf_addf(&text, &err, "k%u: 1\n", i == 50000 ? 7 : i));
    struct sl_node *node = NULL;
    assert_false(sl_yaml_read(sl_buf_span(&text), "t.yaml", &arena, &node, &err));
    assert_string_equal(err.msg, "the key 'k7' stands here a second time, first on line 8");
    assert_int_equal(err.loc.line, 50001);
}

static void test_a_byte_order_mark_and_windows_line_ends_are_taken(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_node *top = tree_of(&arena, "\xef\xbb\xbf"
                                          "a: b\r\nc: d\r\n");
    assert_string_equal(sl_node_entry(top, "a")->text, "b");
    assert_int_equal(sl_node_entry(top, "c")->loc.line, 2);
}

static void test_a_file_that_is_not_there_is_an_io_error(void **state)
{
    (void)state;
    struct sl_manifest *m = NULL;
    struct sl_err err = { 0 };
    assert_false(sl_manifest_load("/nonexistent/m.yaml", NULL, &m, &err));
    assert_int_equal(err.code, SL_E_IO);
    assert_string_equal(err.msg, "cannot open '/nonexistent/m.yaml': No such file or directory");
}

static void test_state_lies_beside_the_manifest_or_where_it_was_asked_for(void **state)
{
    (void)state;
    struct planned p;
    struct sl_err err = { 0 };
    planned_enter(SL_TEST_DATA "/manifests");
    assert_true(planned_load("good/minimal.yaml", NULL, &p, &err));
    assert_string_equal(p.plan.state_dir, "good/.sealift/thermostat-2.4.1");
    assert_string_equal(p.plan.manifest_path, "good/minimal.yaml");
    assert_string_equal(p.plan.artifacts[0].path, "good/build/app.bin");
    assert_string_equal(p.plan.artifacts[0].key->path, "good/keys/release.pem");
    planned_clear(&p);
    struct sl_manifest_inputs in = { .state_dir = "/var/state" };
    assert_true(planned_load("good/minimal.yaml", &in, &p, &err));
    assert_string_equal(p.plan.state_dir, "/var/state/thermostat-2.4.1");
    planned_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_part_has_its_place),
        cmocka_unit_test(test_only_plain_nothing_is_null),
        cmocka_unit_test(test_thirty_two_levels_are_taken),
        cmocka_unit_test(test_a_megabyte_is_taken_and_one_byte_more_is_not),
        cmocka_unit_test(test_a_duplicate_among_many_keys_is_found),
        cmocka_unit_test(test_a_byte_order_mark_and_windows_line_ends_are_taken),
        cmocka_unit_test(test_a_file_that_is_not_there_is_an_io_error),
        cmocka_unit_test(test_state_lies_beside_the_manifest_or_where_it_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
