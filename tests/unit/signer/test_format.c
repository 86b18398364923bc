#include "signer/format.h"

#include "keys/commented.h"
#include "signer/local.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <string.h>
#include <unistd.h>

static const struct sl_sign_with with = { "k", "file:k.pem", "k.pem", SL_ALG_NONE };

static struct sl_signer *signer_of(enum sl_key_type type)
{
    struct sl_err err = { 0 };
    struct sl_signer *signer = NULL;
    const struct sl_passphrase_source none = never_asked();
    make_key_file("k.pem", type);
    assert_ok(err, sl_local_new(&none, &signer, &err));
    return signer;
}

static void sign(enum sl_format format, struct sl_buf *ret_text, struct sl_pubkey *ret_key)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_ED25519);
    unit_file_put("f", "firmware");
    assert_ok(err, sl_format_sign(format, "f", signer, &with, NULL, ret_text, &err));
    assert_ok(err, sl_pubkey_load("k.pem", ret_key, &err));
}

static void test_minisign_binds_the_file_name_and_no_time(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf trusted = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    sign(SL_FORMAT_MINISIGN, &text, &key);
    assert_int_equal(sl_format_of(sl_buf_span(&text)), SL_FORMAT_MINISIGN);
    assert_ok(err, sl_format_verify("f", &key, sl_buf_span(&text), NULL, &trusted, &err));
    assert_string_equal(sl_buf_str(&trusted), "file:f\thashed");
}

static void test_the_same_file_and_key_give_the_same_bytes(void **state)
{
    (void)state;
    static const enum sl_format formats[] = { SL_FORMAT_MINISIGN, SL_FORMAT_SIGNIFY };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_ED25519);
    unit_file_put("f", "firmware");
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf a = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
        assert_ok(err, sl_format_sign(formats[i], "f", signer, &with, NULL, &a, &err));
        assert_ok(err, sl_format_sign(formats[i], "f", signer, &with, NULL, &b, &err));
        assert_string_equal(sl_buf_str(&a), sl_buf_str(&b));
    }
}

/* The first line is what "untrusted comment" says; every byte after it counts. */
static void every_byte_counts(enum sl_format format)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    sign(format, &text, &key);
    size_t first = (size_t)((const uint8_t *)memchr(text.ptr, '\n', text.len) - text.ptr);
    for (size_t i = first; i < text.len; i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf trusted = { 0 };
        text.ptr[i] ^= 1;
        bool good = sl_format_verify("f", &key, sl_buf_span(&text), NULL, &trusted, &err);
        text.ptr[i] ^= 1;
        if (good)
            fail_msg("byte %zu may be changed", i);
        assert_true(err.code == SL_E_INPUT || err.code == SL_E_VERIFY);
        assert_null(trusted.ptr);
    }
}

static void test_every_byte_behind_the_untrusted_comment_counts_in_minisign(void **state)
{
    (void)state;
    every_byte_counts(SL_FORMAT_MINISIGN);
}

static void test_every_byte_behind_the_untrusted_comment_counts_in_signify(void **state)
{
    (void)state;
    every_byte_counts(SL_FORMAT_SIGNIFY);
}

static void test_another_file_or_another_key_is_refused(void **state)
{
    (void)state;
    static const enum sl_format formats[] = { SL_FORMAT_MINISIGN, SL_FORMAT_SIGNIFY };
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        struct sl_err file = { 0 };
        struct sl_err number = { 0 };
        struct sl_err forged = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf trusted = { 0 };
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey other = { 0 };
        sign(formats[i], &text, &key);
        unit_file_put("f", "firmwarf");
        assert_refused_with(file, SL_E_VERIFY, "'f': the ed25519 signature does not match key",
                            sl_format_verify("f", &key, sl_buf_span(&text), NULL, &trusted, &file));
        unit_file_put("f", "firmware");
        assert_int_equal(run("rm k.pem"), 0);
        make_key_file("k.pem", SL_KEY_ED25519);
        assert_ok(number, sl_pubkey_load("k.pem", &other, &number));
        assert_refused_with(number, SL_E_VERIFY, "the signature was made with key number",
                            sl_format_verify("f", &other, sl_buf_span(&text), NULL, &trusted, &number));
        other.has_number = true; /* a key made to look like it */
        sl_commented_number(&key, other.number);
        assert_refused_with(forged, SL_E_VERIFY, "does not match",
                            sl_format_verify("f", &other, sl_buf_span(&text), NULL, &trusted, &forged));
        assert_int_equal(run("rm k.pem"), 0);
    }
}

static void test_only_ed25519_signs_so(void **state)
{
    (void)state;
    struct sl_err key = { 0 };
    struct sl_err algorithm = { 0 };
    struct sl_sign_with ph = with;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    {
        SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_EC_P256);
        unit_file_put("f", "x");
        assert_refused(key, SL_E_INPUT,
                       "format minisign has Ed25519 signatures only, and the key is of another type; make one with: "
                       "sealift key new --type ed25519 FILE",
                       sl_format_sign(SL_FORMAT_MINISIGN, "f", signer, &with, NULL, &text, &key));
    }
    assert_int_equal(run("rm k.pem"), 0);
    ph.algorithm = SL_ALG_ED25519PH;
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_ED25519);
    assert_refused(algorithm, SL_E_INPUT, "format signify signs with ed25519, not with 'ed25519ph'",
                   sl_format_sign(SL_FORMAT_SIGNIFY, "f", signer, &ph, NULL, &text, &algorithm));
    assert_null(text.ptr);
}

static void test_signify_ends_at_16_mib_and_minisign_does_not(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_err large = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_ED25519);
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    unit_file_put("f", "");
    assert_int_equal(truncate("f", (16 << 20) + 1), 0);
    assert_refused(
        large, SL_E_INPUT,
        "'f' is larger than 16 MiB, the most that format signify is read with; use format minisign, which signs "
        "a digest",
        sl_format_sign(SL_FORMAT_SIGNIFY, "f", signer, &with, NULL, &text, &large));
    assert_null(text.ptr);
    assert_ok(err, sl_format_sign(SL_FORMAT_MINISIGN, "f", signer, &with, NULL, &text, &err));
}

static void test_running_out_of_memory_gives_no_half_signature(void **state)
{
    (void)state;
    static const enum sl_format formats[] = { SL_FORMAT_MINISIGN, SL_FORMAT_SIGNIFY };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = signer_of(SL_KEY_ED25519);
    unit_file_put("f", "firmware");
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        for (unsigned n = 1;; n++) {
            struct sl_err err = { 0 };
            SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
            fail_nth_arm(FAIL_MEMORY, n);
            bool ok = sl_format_sign(formats[i], "f", signer, &with, NULL, &text, &err);
            if (!fail_nth_disarm()) {
                assert_ok(err, ok);
                break;
            }
            assert_true(ok || (err.code != SL_OK && text.ptr == NULL));
        }
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_minisign_binds_the_file_name_and_no_time),
        IN_FOLDER(test_the_same_file_and_key_give_the_same_bytes),
        IN_FOLDER(test_every_byte_behind_the_untrusted_comment_counts_in_minisign),
        IN_FOLDER(test_every_byte_behind_the_untrusted_comment_counts_in_signify),
        IN_FOLDER(test_another_file_or_another_key_is_refused),
        IN_FOLDER(test_only_ed25519_signs_so),
        IN_FOLDER(test_signify_ends_at_16_mib_and_minisign_does_not),
        IN_FOLDER(test_running_out_of_memory_gives_no_half_signature),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
