/* The names of KMS keys: what is one, and whose Region it says. */
#include "manifests/kmskey.h"
#include "tests/unit/unit.h"

#include <stdio.h>

static void test_the_four_ways_to_name_a_key_are_taken(void **state)
{
    (void)state;
    static const struct {
        const char *text, *region;
    } good[] = {
        { "1234abcd-12ab-34cd-56ef-1234567890ab", "" },
        { "mrk-1234abcd12ab34cd56ef1234567890ab", "" },
        { "alias/firmware", "" },
        { "alias/team_a/fw-2", "" },
        { "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", "eu-west-1" },
        { "arn:aws-cn:kms:cn-north-1:123456789012:alias/firmware", "cn-north-1" },
        { "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab", "us-gov-west-1" },
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct sl_err err = { 0 };
        struct sl_kmskey key;
        assert_ok(err, sl_kmskey_parse(good[i].text, SL_LOC_NONE, &key, &err));
        assert_string_equal(key.id, good[i].text);
        assert_string_equal(key.region, good[i].region);
    }
}

static void test_anything_else_is_refused_with_its_place(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "firmware",
        "alias/",
        "alias/a b",
        "alias/a:b",
        "ALIAS/a",
        "1234abcd-12ab-34cd-56ef-1234567890a",
        "1234abcd-12ab-34cd-56ef-1234567890abc",
        "1234ABCD-12ab-34cd-56ef-1234567890ab",
        "1234abcd-12ab-34cd-56ef",
        "mrk-1234",
        "arn:",
        "arn:aws:s3:::bucket",
        "arn:aws:kms:eu-west-1:123456789012",
        "arn:aws:kms:eu-west-1:12345678901:alias/a",
        "arn:aws:kms::123456789012:alias/a",
        "arn:aws:kms:eu-west-1:123456789012:alias",
        "arn:aws:kms:eu-west-1:123456789012:1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:other:kms:eu-west-1:123456789012:alias/a",
        "arn:aws:kms:a-region-name-that-is-much-too-long-to-be:123456789012:alias/a",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct sl_err err = { 0 };
        struct sl_kmskey key = { "untouched", "" };
        char message[400];
        (void)snprintf(message, sizeof message,
                       "'awskms:%s' names no KMS key; expected a key id, 'alias/NAME', or the ARN of a key or an alias",
                       bad[i]);
        assert_refused(err, SL_E_INPUT, message, sl_kmskey_parse(bad[i], (struct sl_loc){ "f", 3, 7 }, &key, &err));
        assert_int_equal(err.loc.line, 3);
        assert_int_equal(err.loc.col, 7);
        assert_string_equal(key.id, "untouched");
    }
}

static void test_an_alias_is_no_longer_than_kms_takes_it(void **state)
{
    (void)state;
    char text[300] = "alias/";
    struct sl_kmskey key;
    struct sl_err err = { 0 };
    memset(text + 6, 'a', 250);
    assert_ok(err, sl_kmskey_parse(text, SL_LOC_NONE, &key, &err));
    text[256] = 'a';
    assert_false(sl_kmskey_parse(text, SL_LOC_NONE, &key, &err));
}

static void test_keys_of_aws_itself_do_not_sign(void **state)
{
    (void)state;
    struct sl_kmskey key;
    struct sl_err err = { 0 }, second = { 0 };
    assert_refused(err, SL_E_INPUT, "'awskms:alias/aws/s3' is one of AWS's own keys, which do not sign",
                   sl_kmskey_parse("alias/aws/s3", SL_LOC_NONE, &key, &err));
    assert_false(sl_kmskey_parse("arn:aws:kms:eu-west-1:123456789012:alias/aws/s3", SL_LOC_NONE, &key, &second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_four_ways_to_name_a_key_are_taken),
        cmocka_unit_test(test_anything_else_is_refused_with_its_place),
        cmocka_unit_test(test_an_alias_is_no_longer_than_kms_takes_it),
        cmocka_unit_test(test_keys_of_aws_itself_do_not_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
