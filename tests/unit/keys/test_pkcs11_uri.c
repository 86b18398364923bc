#include "keys/pkcs11_uri.h"

#include "tests/unit/unit.h"

static void assert_value(const struct sl_pkcs11_uri *uri, enum sl_pkcs11_attr attr, struct sl_span expected)
{
    assert_true(uri->attr[attr].given);
    assert_int_equal(uri->attr[attr].len, expected.len);
    assert_memory_equal(uri->attr[attr].bytes, expected.ptr, expected.len);
    assert_int_equal(uri->attr[attr].bytes[expected.len], 0);
}

/* The examples of RFC 7512, section 3, that carry neither a PIN nor a vendor attribute and name a private key. */
static void test_the_examples_of_the_rfc_are_read(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_pkcs11_uri uri = { 0 };
    assert_ok(err, sl_pkcs11_uri_read("pkcs11:", &uri, &err));
    for (unsigned i = 0; i < SL_PKCS11_ATTRS; i++)
        assert_false(uri.attr[i].given);
    assert_ok(err, sl_pkcs11_uri_read("pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;"
                                      "manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate;"
                                      "id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin",
                                      &uri, &err));
    assert_value(&uri, SL_PKCS11_TOKEN, SPAN("The Software PKCS#11 Softtoken"));
    assert_value(&uri, SL_PKCS11_MANUFACTURER, SPAN("Snake Oil, Inc."));
    assert_value(&uri, SL_PKCS11_MODEL, SPAN("1.0"));
    assert_value(&uri, SL_PKCS11_OBJECT, SPAN("my-certificate"));
    assert_value(&uri, SL_PKCS11_ID, SPAN("\x69\x95\x3e\x5c\xf4\xbd\xec\x91"));
    assert_value(&uri, SL_PKCS11_SERIAL, SPAN(""));
    assert_value(&uri, SL_PKCS11_PIN_SOURCE, SPAN("/etc/token_pin"));
    assert_ok(err, sl_pkcs11_uri_read("pkcs11:slot-description=Sun%20Metaslot", &uri, &err));
    assert_value(&uri, SL_PKCS11_SLOT_DESCRIPTION, SPAN("Sun Metaslot"));
    assert_ok(err, sl_pkcs11_uri_read("pkcs11:library-manufacturer=Snake%20Oil,%20Inc.;"
                                      "library-description=Soft%20Token%20Library;library-version=1.23",
                                      &uri, &err));
    assert_int_equal(uri.version_major, 1);
    assert_int_equal(uri.version_minor, 23);
}

static void test_modules_slots_and_reserved_characters_are_read(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_pkcs11_uri uri = { 0 };
    assert_ok(err,
              sl_pkcs11_uri_read("pkcs11:slot-id=18446744073709551615;type=private;object=a&b=c:[@!$'()*+,~];id=%00"
                                 "?module-path=/usr/lib/x|?.so&module-name=x&pin-source=file:///run/pin",
                                 &uri, &err));
    assert_true(uri.slot_id == 18446744073709551615ul);
    assert_value(&uri, SL_PKCS11_OBJECT, SPAN("a&b=c:[@!$'()*+,~]"));
    assert_value(&uri, SL_PKCS11_ID, SPAN("\0"));
    assert_value(&uri, SL_PKCS11_MODULE_PATH, SPAN("/usr/lib/x|?.so"));
    assert_value(&uri, SL_PKCS11_MODULE_NAME, SPAN("x"));
    assert_value(&uri, SL_PKCS11_PIN_SOURCE, SPAN("/run/pin"));
}

static void test_what_is_wrong_with_a_uri_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *message;
    } cases[] = {
        { "file:x", "'pkcs11:' was expected at the beginning of the key's URI" },
        { "pkcs11:token", "a pkcs11: URI has something before '?' that is not 'name=value'" },
        { "pkcs11:to ken=x", "a pkcs11: URI has something before '?' that is not 'name=value'" },
        { "pkcs11:?x", "a pkcs11: URI has something after '?' that is not 'name=value'" },
        { "pkcs11:;token=x", "a pkcs11: URI has something before '?' that is not 'name=value'" },
        { "pkcs11:token=x;", "a pkcs11: URI ends its attributes with ';'" },
        { "pkcs11:?module-name=x&", "a pkcs11: URI ends its attributes with '&'" },
        { "pkcs11:token=x;token=y", "'token' stands twice in a pkcs11: URI" },
        { "pkcs11:token=a%2", "'token' of a pkcs11: URI has a '%' without two hexadecimal digits after it" },
        { "pkcs11:token=a%g0", "'token' of a pkcs11: URI has a '%' without two hexadecimal digits after it" },
        { "pkcs11:token=a b", "'token' of a pkcs11: URI: byte 0x20 must be written '%20'" },
        { "pkcs11:token=a/b", "'token' of a pkcs11: URI: byte 0x2f must be written '%2F'" },
        { "pkcs11:token=\xc3\xa9", "'token' of a pkcs11: URI: byte 0xc3 must be written '%C3'" },
        { "pkcs11:token=a%00", "'token' of a pkcs11: URI holds a NUL" },
        { "pkcs11:serial=12345678901234567", "'serial' of a pkcs11: URI is longer than 16 bytes" },
        { "pkcs11:slot-id=", "'slot-id' of a pkcs11: URI must be a decimal number" },
        { "pkcs11:slot-id=18446744073709551616", "'slot-id' of a pkcs11: URI must be a decimal number" },
        { "pkcs11:slot-id=0x1", "'slot-id' of a pkcs11: URI must be a decimal number" },
        { "pkcs11:library-version=1.", "'library-version' of a pkcs11: URI must be like '2.40'" },
        { "pkcs11:library-version=256", "'library-version' of a pkcs11: URI must be like '2.40'" },
        { "pkcs11:type=public", "'type=public' of a pkcs11: URI cannot sign; 'type=private' or none was expected" },
        { "pkcs11:type=x", "'type' of a pkcs11: URI must be 'private'" },
        { "pkcs11:pin-source=/x", "'pin-source' of a pkcs11: URI stands before '?' and belongs after it" },
        { "pkcs11:?token=x", "'token' of a pkcs11: URI stands after '?' and belongs before it" },
        { "pkcs11:x-vendor=1", "'x-vendor' of a pkcs11: URI is none of the attributes of RFC 7512; vendor attributes "
                               "are not understood: take it out" },
        { "pkcs11:?x-vendor=1", "'x-vendor' of a pkcs11: URI is none of the attributes of RFC 7512; vendor attributes "
                                "are not understood: take it out" },
        { "pkcs11:?pin-value=1234", "'pin-value' would keep the PIN in a pkcs11: URI, where others read it; set "
                                    "SEALIFT_PIN, give --pin-fd, or name a private file by 'pin-source'" },
        { "pkcs11:?pin-source=%7Cprog", "'pin-source' of a pkcs11: URI names a program, and none is run for a PIN; "
                                        "set SEALIFT_PIN, give --pin-fd, or name a private file by 'pin-source'" },
        { "pkcs11:?pin-source=pin", "'pin-source' of a pkcs11: URI must be an absolute path" },
        { "pkcs11:?pin-source=file://host/pin", "'pin-source' of a pkcs11: URI must be an absolute path" },
        { "pkcs11:?module-path=x.so", "'module-path' of a pkcs11: URI must be an absolute path" },
        { "pkcs11:?module-name=a/b",
          "'module-name' of a pkcs11: URI must be a name without '/'; a path is 'module-path'" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        struct sl_pkcs11_uri uri = { .slot_id = 7 };
        assert_refused(err, SL_E_INPUT, cases[i].message, sl_pkcs11_uri_read(cases[i].uri, &uri, &err));
        assert_int_equal(uri.slot_id, 7);
    }
}

static void test_padded_fields_are_compared_without_their_blanks(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_pkcs11_uri uri = { 0 };
    assert_ok(err, sl_pkcs11_uri_read("pkcs11:token=fw;serial=", &uri, &err));
    assert_true(sl_pkcs11_uri_allows(&uri, SL_PKCS11_TOKEN, SPAN("fw      ")));
    assert_false(sl_pkcs11_uri_allows(&uri, SL_PKCS11_TOKEN, SPAN("fw2     ")));
    assert_false(sl_pkcs11_uri_allows(&uri, SL_PKCS11_TOKEN, SPAN(" fw     ")));
    assert_true(sl_pkcs11_uri_allows(&uri, SL_PKCS11_SERIAL, SPAN("    ")));
    assert_true(sl_pkcs11_uri_allows(&uri, SL_PKCS11_MODEL, SPAN("anything")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_examples_of_the_rfc_are_read),
        cmocka_unit_test(test_modules_slots_and_reserved_characters_are_read),
        cmocka_unit_test(test_what_is_wrong_with_a_uri_is_said),
        cmocka_unit_test(test_padded_fields_are_compared_without_their_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
