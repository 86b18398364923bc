#include "core/xml.h"

#include "core/buf.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

static const char reply[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<ListVersionsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
                            "  <Name>acme</Name>\n"
                            "  <Version><Key>a&amp;b&#x20ac;&lt;</Key><Owner><ID>1</ID></Owner></Version>\n"
                            "  <DeleteMarker/>\n"
                            "  <x:Version xmlns:x=\"urn:x\"><Key><![CDATA[<&>]]></Key></x:Version>\n"
                            "</ListVersionsResult>\n";

static void test_elements_are_found_by_name_and_path(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
    const struct sl_xml *root = NULL;
    struct sl_err err = { 0 };
    assert_ok(err, sl_xml_parse(sl_span_str(reply), &a, &root, &err));
    assert_string_equal(root->name, "ListVersionsResult");
    assert_string_equal(sl_xml_text(root, "Name"), "acme");
    assert_string_equal(sl_xml_text(root, "Version/Owner/ID"), "1");
    assert_string_equal(sl_xml_text(root, "DeleteMarker"), "");
    assert_null(sl_xml_text(root, "Version/None"));
    assert_null(sl_xml_text(root, "Nam"));
    assert_null(sl_xml_text(NULL, "Name"));
    assert_null(sl_xml_child(root, "Key"));
    assert_null(sl_xml_child(NULL, "Key"));
}

static void test_siblings_of_one_name_are_walked(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
    const struct sl_xml *root = NULL;
    struct sl_err err = { 0 };
    assert_ok(err, sl_xml_parse(sl_span_str(reply), &a, &root, &err));
    const struct sl_xml *v = sl_xml_child(root, "Version");
    assert_string_equal(sl_xml_text(v, "Key"), "a&b\xe2\x82\xac<");
    v = sl_xml_again(v);
    assert_non_null(v);
    assert_string_equal(sl_xml_text(v, "Key"), "<&>");
    assert_null(sl_xml_again(v));
}

static void test_text_in_pieces_is_one_text(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
    const struct sl_xml *root = NULL;
    struct sl_err err = { 0 };
    assert_ok(err, sl_xml_parse(SPAN("<a>one<b/>two<!-- no -->three<?pi x?>&quot;</a>"), &a, &root, &err));
    assert_string_equal(root->text, "onetwothree\"");
}

static void test_what_is_not_well_formed_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        unsigned line, col;
    } wrong[] = {
        { "", "not well-formed XML: no element found", 1, 1 },
        { "text", "not well-formed XML: syntax error", 1, 1 },
        { "<a>\n <b></a>", "not well-formed XML: mismatched tag", 2, 7 },
        { "<a>", "not well-formed XML: no element found", 1, 4 },
        { "<a/><b/>", "not well-formed XML: junk after document element", 1, 5 },
        { "<a>&none;</a>", "not well-formed XML: undefined entity", 1, 4 },
        { "<a>\xff</a>", "not well-formed XML: not well-formed (invalid token)", 1, 4 },
        { "<a>&#0;</a>", "not well-formed XML: reference to invalid character number", 1, 4 },
        { "<a b='1' b='2'/>", "not well-formed XML: duplicate attribute", 1, 10 },
        { "<html><body><p>502<br></body></html>", "not well-formed XML: mismatched tag", 1, 25 },
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
        const struct sl_xml *root = NULL;
        struct sl_err err = { 0 };
        assert_refused(err, SL_E_INPUT, wrong[i].message, sl_xml_parse(sl_span_str(wrong[i].text), &a, &root, &err));
        assert_int_equal(err.loc.line, wrong[i].line);
        assert_int_equal(err.loc.col, wrong[i].col);
        assert_null(root);
    }
}

static void test_document_types_are_refused_so_that_entities_cannot_grow(void **state)
{
    (void)state;
    static const char *const bombs[] = {
        ("<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;&lol;&lol;&lol;\">"
         "<!ENTITY lol3 \"&lol2;&lol2;&lol2;&lol2;\">]>\n<lolz>&lol3;</lolz>"),
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "<!DOCTYPE a><a/>",
    };
    for (size_t i = 0; i < COUNT_OF(bombs); i++) {
        SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
        const struct sl_xml *root = NULL;
        struct sl_err err = { 0 };
        assert_refused(err, SL_E_INPUT, "an XML reply declares a document type, which is not accepted",
                       sl_xml_parse(sl_span_str(bombs[i]), &a, &root, &err));
        assert_true(err.loc.line >= 1);
        assert_null(root);
    }
}

static void repeat(struct sl_buf *b, const char *text, unsigned times)
{
    struct sl_err err = { 0 };
    for (unsigned i = 0; i < times; i++)
        assert_ok(err, sl_buf_add_str(b, text, &err));
}

static bool parses(const struct sl_buf *b, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
    const struct sl_xml *root = NULL;
    return sl_xml_parse(sl_buf_span(b), &a, &root, err);
}

static void test_depth_and_number_of_elements_have_a_limit(void **state)
{
    (void)state;
    const char *message = "an XML reply has more elements or levels than any reply of AWS";
    for (unsigned levels = 64; levels <= 65; levels++) {
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        struct sl_err err = { 0 };
        repeat(&b, "<a>text", levels);
        repeat(&b, "</a>", levels);
        if (levels == 64)
            assert_ok(err, parses(&b, &err));
        else
            assert_refused(err, SL_E_INPUT, message, parses(&b, &err));
    }
    for (unsigned elements = 100000; elements <= 100001; elements++) {
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        struct sl_err err = { 0 };
        repeat(&b, "<r>", 1);
        repeat(&b, "<a/>", elements - 1);
        repeat(&b, "</r>", 1);
        if (elements == 100000)
            assert_ok(err, parses(&b, &err));
        else
            assert_refused(err, SL_E_INPUT, message, parses(&b, &err));
    }
}

static void test_escaped_text_reads_back(void **state)
{
    (void)state;
    SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    const struct sl_xml *root = NULL;
    struct sl_err err = { 0 };
    const char *text = "<a b=\"c\">&'x'\r\n]]> caf\xc3\xa9";
    assert_ok(err, sl_buf_add_str(&b, "<t>", &err));
    assert_ok(err, sl_xml_escape(&b, text, &err));
    assert_ok(err, sl_buf_add_str(&b, "</t>", &err));
    assert_string_equal(sl_buf_str(&b), "<t>&lt;a b=&quot;c&quot;&gt;&amp;&apos;x&apos;&#13;\n]]&gt; caf\xc3\xa9</t>");
    assert_ok(err, sl_xml_parse(sl_buf_span(&b), &a, &root, &err));
    assert_string_equal(root->text, text);
}

static void test_without_memory_xml_fails_cleanly(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        SL_AUTO(sl_arena_clear) struct sl_arena a = { 0 };
        const struct sl_xml *root = NULL;
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_xml_parse(sl_span_str(reply), &a, &root, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            assert_true(n > 3);
            break;
        }
        assert_refused(err, SL_E_NOMEM, "out of memory", ok);
        assert_null(root);
    }
}

struct wanted {
    struct sl_secret a, b;
};

static void wanted_clear(struct wanted *w)
{
    sl_secret_clear(&w->a);
    sl_secret_clear(&w->b);
}

static bool gather(const char *text, struct wanted *ret, struct sl_err *err)
{
    const struct sl_xml_want wants[] = { { "A", 8, &ret->a }, { "B", 8, &ret->b } };
    return sl_xml_secrets(sl_span_str(text), wants, 2, err);
}

static void test_secrets_come_out_of_the_first_element_of_a_name(void **state)
{
    (void)state;
    static const struct {
        const char *text, *a, *b;
    } rows[] = {
        { "<r><x:A xmlns:x='urn:x'>s&amp;1</x:A><deep><B>s2</B></deep><A>later</A></r>", "s&1", "s2" },
        { "<r><B/><A><![CDATA[<8 bytes>]]></A></r>", NULL, "" },
        { "<r>A</r>", "", "" },
        { "<A>12345678</A>", "12345678", "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        SL_AUTO(wanted_clear) struct wanted w = { { 0 }, { 0 } };
        struct sl_err err = { 0 };
        if (!rows[i].a) {
            assert_refused(err, SL_E_INPUT, "the element A of a reply is longer than 8 bytes",
                           gather(rows[i].text, &w, &err));
            continue;
        }
        assert_ok(err, gather(rows[i].text, &w, &err));
        assert_true(sl_span_is(sl_secret_span(&w.a), rows[i].a));
        assert_true(sl_span_is(sl_secret_span(&w.b), rows[i].b));
    }
}

static void test_secrets_are_not_looked_for_in_what_is_no_reply(void **state)
{
    (void)state;
    SL_AUTO(wanted_clear) struct wanted w = { { 0 }, { 0 } };
    struct sl_err err = { 0 };
    assert_refused(err, SL_E_INPUT, "not well-formed XML: mismatched tag", gather("<r><A>s</B></r>", &w, &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_INPUT, "an XML reply has a document type declaration",
                   gather("<!DOCTYPE r [<!ENTITY e 'x'>]><r><A>&e;</A></r>", &w, &err));
}

static int setup(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    return sl_secret_setup(&err) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements_are_found_by_name_and_path),
        cmocka_unit_test(test_siblings_of_one_name_are_walked),
        cmocka_unit_test(test_text_in_pieces_is_one_text),
        cmocka_unit_test(test_what_is_not_well_formed_is_refused_with_its_place),
        cmocka_unit_test(test_document_types_are_refused_so_that_entities_cannot_grow),
        cmocka_unit_test(test_depth_and_number_of_elements_have_a_limit),
        cmocka_unit_test(test_escaped_text_reads_back),
        cmocka_unit_test(test_without_memory_xml_fails_cleanly),
        cmocka_unit_test(test_secrets_come_out_of_the_first_element_of_a_name),
        cmocka_unit_test(test_secrets_are_not_looked_for_in_what_is_no_reply),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
