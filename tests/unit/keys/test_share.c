/* Share files, and the sealing keys they are shares of. */
#include "keys/share.h"

#include "core/text.h"
#include "keys/sealed.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <sodium.h>

static const char text_of_one[] =
    "sealift key share, version 1\n"
    "about: one of the shares that open a sealed key together; secret; format: docs/keys.md\n"
    "keyid: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
    "sealed-head: ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\n"
    "share: 1 of 3\n"
    "threshold: 2\n"
    "words: SLIP-39\n"
    " 1 wine      2 traffic   3 academic  4 acid\n"
    " 5 always    6 gray      7 fumes     8 grief\n"
    " 9 depart   10 fiscal   11 spend    12 exotic\n"
    "13 taste    14 family   15 predator 16 both\n"
    "17 realize  18 public   19 painting 20 pickup\n"
    "21 ting     22 spend    23 average  24 ladybug\n"
    "25 imply    26 large    27 tension  28 dream\n"
    "29 music    30 beam     31 syndrome 32 artwork\n"
    "33 snake\n";

static void test_a_share_is_written_as_it_was_read(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_share_clear) struct sl_share s = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
    s.words.name = "mine";
    assert_true(sl_share_is(sl_span_str(text_of_one)));
    assert_ok(err, sl_share_read(sl_span_str(text_of_one), &s, &err));
    assert_int_equal(s.count, 3);
    assert_int_equal(s.words.index, 0);
    assert_int_equal(s.words.threshold, 2);
    assert_int_equal(s.words.value.len, 32);
    assert_int_equal(s.keyid[31], 31);
    assert_int_equal(s.sealed_head[0], 255);
    assert_string_equal(s.words.name, "mine");
    assert_ok(err, sl_share_write(&s, &text, &err));
    assert_string_equal((const char *)text.ptr, text_of_one);
}

static const struct {
    const char *from, *to, *message;
} edits[] = {
    { "version 1", "version 2", "line 1 of the share is damaged: 'sealift key share, version 1' was expected" },
    { "version 1\n", "version 1 \n", "line 1 of the share is damaged: '' was expected" },
    { "about: one", "about: two",
      "line 2 of the share is damaged: 'one of the shares that open a sealed key together; secret; format: "
      "docs/keys.md' was "
      "expected" },
    { "0a0b", "0A0b", "line 3 of the share is damaged: 'hexadecimal in lower case' was expected" },
    { "0a0b", "0a0", "line 3 of the share is damaged: 'hexadecimal of the right length' was expected" },
    { "sealed-head: ", "sealed: ", "line 4 of the share is damaged: 'sealed-head: ' was expected" },
    { "1 of 3", "4 of 3", "line 5 of the share is damaged: '1 of 3, or the like' was expected" },
    { "1 of 3", "0 of 3", "line 5 of the share is damaged: '1 of 3, or the like' was expected" },
    { "1 of 3", "1 of 17", "line 5 of the share is damaged: '1 of 3, or the like' was expected" },
    { "1 of 3", "1", "line 5 of the share is damaged: '1 of 3, or the like' was expected" },
    { "threshold: 2", "threshold: 02", "line 6 of the share is damaged: 'a number' was expected" },
    { "threshold: 2", "threshold: 17", "line 6 of the share asks for 'threshold: 17'; 1 to 16 is accepted" },
    { "SLIP-39", "BIP-39", "line 7 of the share is damaged: 'SLIP-39' was expected" },
    { "1 of 3", "2 of 3",
      "the lines above the words call this share 2, 2 of which are needed; the words call it share 1, 2 of which are "
      "needed" },
    { "threshold: 2", "threshold: 3",
      "the lines above the words call this share 1, 3 of which are needed; the words call it share 1, 2 of which are "
      "needed" },
    { "13 taste", "13 tsate", "word 13 is not in the SLIP-39 word list; the nearest is 'taste'" },
    { "13 taste", "13 tenant", "the checksum of the words does not fit; if one word alone is wrong, it is word 13" },
    { "13 taste", "14 taste", "the number 14 stands where word 13 was expected" },
    { "33 snake\n", "", "the checksum of the words does not fit: several are wrong, or in another order" },
};

/* text_of_one with the first occurrence of some text replaced. */
static void edit(const char *from, const char *to, struct sl_buf *ret)
{
    struct sl_err err = { 0 };
    const char *at = strstr(text_of_one, from);
    assert_non_null(at);
    sl_buf_reset(ret);
    assert_ok(err, sl_buf_addf(ret, &err, "%.*s%s%s", (int)(at - text_of_one), text_of_one, to, at + strlen(from)));
}

static void test_a_damaged_share_is_refused_with_its_place(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_share_clear) struct sl_share s = { 0 };
        edit(edits[i].from, edits[i].to, &text);
        assert_refused(err, SL_E_INPUT, edits[i].message, sl_share_read(sl_buf_span(&text), &s, &err));
        assert_null(s.words.value.ptr);
    }
}

static void test_every_cut_of_a_share_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < strlen(text_of_one) - 2; len++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_share_clear) struct sl_share s = { 0 };
        assert_false(sl_share_read((struct sl_span){ (const uint8_t *)text_of_one, len }, &s, &err));
        assert_int_equal(err.code, SL_E_INPUT);
    }
}

static void seal(struct sl_privkey *key, struct sl_buf *ret)
{
    static const struct sl_sealed_limits cheap = { crypto_pwhash_argon2id_OPSLIMIT_MIN,
                                                   crypto_pwhash_argon2id_MEMLIMIT_MIN };
    struct sl_err err = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret passphrase = { 0 };
    assert_ok(err, sl_secret_copy(SPAN("open sesame"), &passphrase, &err));
    if (!key->pub.spki.len)
        assert_ok(err, sl_privkey_generate(SL_KEY_EC_P256, 0, key, &err));
    assert_ok(err, sl_sealed_seal(key, &passphrase, &cheap, ret, &err));
}

static void test_a_sealing_key_opens_its_own_file_and_no_other(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey made = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey opened = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey again = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf one = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf other = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret sealing = { 0 };
    const struct sl_passphrase_source right = answer_with("open sesame"), wrong = answer_with("open barley");
    uint8_t a[SL_SHA256_BYTES], b[SL_SHA256_BYTES];
    seal(&made, &one);
    seal(&made, &other);
    assert_refused(err, SL_E_INPUT, "the passphrase given for key 'k' is wrong, or its file was changed",
                   sl_sealed_unlock(sl_buf_span(&one), "k", &wrong, &sealing, &opened, &err));
    assert_null(sealing.ptr);
    err = (struct sl_err){ 0 };
    assert_ok(err, sl_sealed_unlock(sl_buf_span(&one), "k", &right, &sealing, &opened, &err));
    assert_int_equal(sealing.len, SL_SEALED_KEY_BYTES);
    assert_ok(err, sl_sealed_open_by(sl_buf_span(&one), "k", &sealing, &again, &err));
    assert_string_equal(again.pub.keyid, made.pub.keyid);
    assert_refused(err, SL_E_VERIFY,
                   "the sealing key does not open 'k': it is of another sealed file, or this one was changed",
                   sl_sealed_open_by(sl_buf_span(&other), "k", &sealing, &again, &err));
    err = (struct sl_err){ 0 };
    assert_ok(err, sl_sealed_digest(sl_buf_span(&one), a, &err));
    assert_ok(err, sl_sealed_digest(sl_buf_span(&other), b, &err));
    assert_false(sl_span_eq_ct((struct sl_span){ a, sizeof a }, (struct sl_span){ b, sizeof b }));
}

static void test_running_out_of_memory_is_reported(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_share_clear) struct sl_share s = { 0 };
        SL_AUTO(sl_secret_clear) struct sl_secret text = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_share_read(sl_span_str(text_of_one), &s, &err) && sl_share_write(&s, &text, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_share_is_written_as_it_was_read),
        IN_FOLDER(test_a_damaged_share_is_refused_with_its_place),
        IN_FOLDER(test_every_cut_of_a_share_is_refused),
        IN_FOLDER(test_a_sealing_key_opens_its_own_file_and_no_other),
        IN_FOLDER(test_running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
