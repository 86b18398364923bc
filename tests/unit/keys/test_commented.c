#include "keys/commented.h"

#include "tests/unit/keys/support.h"

#include <stdio.h>

/* Frank Denis's key, with which minisign itself is signed (https://jedisct1.github.io/minisign/). */
#define MINISIGN_KEY                                                                                                   \
    "untrusted comment: minisign public key E7620F1842B4E81F\n"                                                        \
    "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n"

static void test_a_public_key_of_minisign_is_read_with_its_number(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf again = { 0 };
    uint8_t number[SL_KEY_NUMBER_BYTES];
    char text[2 * SL_KEY_NUMBER_BYTES + 1];
    unit_file_put("k", MINISIGN_KEY);
    assert_ok(err, sl_pubkey_load("k", &key, &err));
    assert_int_equal(key.type, SL_KEY_ED25519);
    sl_commented_number(&key, number);
    sl_commented_number_text(number, text);
    assert_string_equal(text, "E7620F1842B4E81F");
    assert_ok(err, sl_commented_key_add(&again, &key, "minisign", &err));
    assert_string_equal(sl_buf_str(&again), MINISIGN_KEY);
}

static void test_the_number_of_another_key_is_the_beginning_of_its_keyid(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    uint8_t number[SL_KEY_NUMBER_BYTES];
    char hex[2 * SL_KEY_NUMBER_BYTES + 1];
    make_key_file("k.pem", SL_KEY_ED25519);
    assert_ok(err, sl_pubkey_load("k.pem", &key, &err));
    sl_commented_number(&key, number);
    for (size_t i = 0; i < sizeof number; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", number[i]);
    assert_memory_equal(hex, key.keyid, sizeof hex - 1);
}

static void test_other_text_is_no_public_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "untrusted comment: x", "'k': no public key of minisign or signify: base64 of 42 bytes was expected" },
        { "untrusted comment: x\nRWQf6LRC\n", "base64 of 42 bytes was expected under 'untrusted comment: '" },
        { "untrusted comment: x\nRWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\nx", "two lines" },
        { "untrusted comment: x\nRUQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n", "the algorithm 'Ed'" },
        { "untrusted comment: x\r\nRWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\r\n",
          "base64 of 42 bytes" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
        unit_file_put("k", cases[i].text);
        assert_refused_with(err, SL_E_INPUT, cases[i].message, sl_pubkey_load("k", &key, &err));
        assert_null(key.spki.ptr);
    }
}

static void test_only_ed25519_keys_are_written_so(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    make_key_file("k.pem", SL_KEY_EC_P256);
    assert_ok(err, sl_pubkey_load("k.pem", &key, &err));
    assert_refused(err, SL_E_INPUT, "signify has Ed25519 keys only; this key is of another type",
                   sl_commented_key_add(&text, &key, "signify", &err));
    assert_null(text.ptr);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_public_key_of_minisign_is_read_with_its_number),
        IN_FOLDER(test_the_number_of_another_key_is_the_beginning_of_its_keyid),
        IN_FOLDER(test_other_text_is_no_public_key),
        IN_FOLDER(test_only_ed25519_keys_are_written_so),
    };
    return cmocka_run_group_tests_name("commented", tests, NULL, NULL);
}
