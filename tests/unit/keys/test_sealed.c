#include "keys/sealed.h"

#include "core/file.h"
#include "core/text.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/keys/support.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The least Argon2id there is: these tests open hundreds of files. */
static const struct sl_sealed_limits cheap = { crypto_pwhash_argon2id_OPSLIMIT_MIN,
                                               crypto_pwhash_argon2id_MEMLIMIT_MIN };
static const enum sl_key_type types[] = { SL_KEY_EC_P256, SL_KEY_EC_P384, SL_KEY_RSA, SL_KEY_ED25519 };
static const char *const passphrase = "open sesame";

static void make(enum sl_key_type type, const struct sl_sealed_limits *limits, struct sl_privkey *ret,
                 struct sl_buf *ret_text)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    assert_ok(err, sl_secret_copy(sl_span_str(passphrase), &secret, &err));
    assert_ok(err, sl_privkey_generate(type, 2048, ret, &err));
    assert_ok(err, sl_sealed_seal(ret, &secret, limits, ret_text, &err));
}

static void test_what_was_sealed_opens_as_the_same_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey made = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey opened = { 0 };
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
        SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
        SL_AUTO(sl_secret_clear) struct sl_secret before = { 0 };
        SL_AUTO(sl_secret_clear) struct sl_secret after = { 0 };
        const struct sl_passphrase_source source = answer_with(passphrase);
        make(types[i], &cheap, &made, &text);
        assert_ok(err, sl_sealed_open(sl_buf_span(&text), "k", &source, &opened, &err));
        assert_ok(err, sl_privkey_pkcs8(&made, &before, &err));
        assert_ok(err, sl_privkey_pkcs8(&opened, &after, &err));
        assert_true(sl_span_eq_ct(sl_secret_span(&before), sl_secret_span(&after)));
        assert_ok(err, sl_sealed_public(sl_buf_span(&text), &pub, &err));
        assert_string_equal(pub.keyid, made.pub.keyid);
    }
}

static void test_a_wrong_passphrase_is_one_clear_sentence(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey made = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey opened = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const struct sl_passphrase_source source = answer_with("open sesamE");
    make(SL_KEY_ED25519, &cheap, &made, &text);
    assert_refused(err, SL_E_INPUT, "the passphrase given for key 'release' is wrong, or its file was changed",
                   sl_sealed_open(sl_buf_span(&text), "release", &source, &opened, &err));
    assert_null(opened.seed.ptr);
}

/* Every byte of the file matters: one flipped, anywhere, and it does not open. */
static void test_a_flipped_byte_anywhere_is_noticed(void **state)
{
    (void)state;
    SL_AUTO(sl_privkey_clear) struct sl_privkey made = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const struct sl_passphrase_source source = answer_with(passphrase);
    make(SL_KEY_ED25519, &cheap, &made, &text);
    for (size_t i = 0; i < text.len; i++) {
        static const uint8_t flips[] = { 0x01, 0x02, 0x20, 0x80 };
        for (size_t j = 0; j < COUNT_OF(flips); j++) {
            struct sl_err err = { 0 };
            SL_AUTO(sl_privkey_clear) struct sl_privkey opened = { 0 };
            text.ptr[i] ^= flips[j];
            bool ok = sl_sealed_open(sl_buf_span(&text), "k", &source, &opened, &err);
            text.ptr[i] ^= flips[j];
            if (ok)
                print_error("byte %zu flipped by %02x\n%s", i, flips[j], sl_buf_str(&text) + i);
            assert_false(ok);
            assert_true(err.code == SL_E_INPUT && err.msg[0] != 0);
            assert_null(opened.seed.ptr);
        }
    }
}

static void test_a_file_cut_short_or_made_longer_is_noticed(void **state)
{
    (void)state;
    SL_AUTO(sl_privkey_clear) struct sl_privkey made = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_err err = { 0 };
    const struct sl_passphrase_source source = answer_with(passphrase);
    make(SL_KEY_ED25519, &cheap, &made, &text);
    for (size_t len = 0; len < text.len; len++) {
        struct sl_err why = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey opened = { 0 };
        assert_false(sl_sealed_open(sl_span_sub(sl_buf_span(&text), 0, len), "k", &source, &opened, &why));
        assert_int_equal(why.code, SL_E_INPUT);
    }
    SL_AUTO(sl_privkey_clear) struct sl_privkey opened = { 0 };
    assert_ok(err, sl_buf_add_str(&text, "\n", &err));
    assert_refused(err, SL_E_INPUT, "line 11 of the sealed key is damaged: 'the end of the file' was expected",
                   sl_sealed_open(sl_buf_span(&text), "k", &source, &opened, &err));
}

/* A text with one line replaced by another; refused before any passphrase is asked for. */
struct edit {
    const char *start, *line, *message;
};

static const struct edit edits[] = {
    { "sealift", "sealift sealed key, version 2",
      "line 1 of the sealed key is damaged: 'sealift sealed key, version 1' was expected" },
    { "sealift", "sealift sealed key, version 10", "line 1 of the sealed key is damaged: 'version 1' was expected" },
    { "kdf", "kdf: scrypt", "line 4 of the sealed key is damaged: 'argon2id13' was expected" },
    { "operations", "operations: 0", "line 5 of the sealed key is damaged: 'a number' was expected" },
    { "operations", "operations: 21", "line 5 of the sealed key asks for 'operations: 21'; 1 to 20 is accepted" },
    { "operations", "operations: 01", "line 5 of the sealed key is damaged: 'a number' was expected" },
    { "operations", "operations: -1", "line 5 of the sealed key is damaged: 'a number' was expected" },
    { "operations", "operations: 99999999999999999999",
      "line 5 of the sealed key is damaged: 'a number' was expected" },
    { "operations", "operations: ", "line 5 of the sealed key is damaged: 'a number' was expected" },
    { "memory", "memory-bytes: 4294967297",
      "line 6 of the sealed key asks for 'memory-bytes: 4294967297'; 8192 to 4294967296 is accepted" },
    { "memory", "memory-bytes: 8191",
      "line 6 of the sealed key asks for 'memory-bytes: 8191'; 8192 to 4294967296 is accepted" },
    { "salt", "salt: AAAA", "line 7 of the sealed key is damaged: 'base64 of the right length' was expected" },
    { "salt", "salt: !", "line 7 of the sealed key is damaged: 'base64' was expected" },
    { "cipher", "cipher: aes-256-gcm", "line 8 of the sealed key is damaged: 'xchacha20-poly1305-ietf' was expected" },
    { "nonce", "nonce: ", "line 9 of the sealed key is damaged: 'base64 of the right length' was expected" },
    { "public", "public-key: AAAA", "the bytes are not a public key (SubjectPublicKeyInfo in DER)" },
    { "about", "about: us",
      "line 2 of the sealed key is damaged: 'a private signing key under a passphrase; name it as 'sealed:FILE'; "
      "format: "
      "docs/sealed-format.md' was expected" },
    { "sealed", "seeled: AAAA", "line 10 of the sealed key is damaged: 'sealed: ' was expected" },
};

static void edit_line(const struct sl_buf *text, const struct edit *e, struct sl_buf *ret)
{
    struct sl_err err = { 0 };
    sl_buf_reset(ret);
    for (const char *line = sl_buf_str(text); *line;) {
        size_t len = strcspn(line, "\n");
        bool hit = strncmp(line, e->start, strlen(e->start)) == 0;
        assert_ok(err,
                  sl_buf_add(ret, hit ? sl_span_str(e->line) : (struct sl_span){ (const uint8_t *)line, len }, &err));
        assert_ok(err, sl_buf_add_char(ret, '\n', &err));
        line += len + 1;
    }
}

static void test_a_header_that_asks_for_something_else_is_refused(void **state)
{
    (void)state;
    SL_AUTO(sl_privkey_clear) struct sl_privkey made = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf edited = { 0 };
    const struct sl_passphrase_source source = never_asked();
    make(SL_KEY_ED25519, &cheap, &made, &text);
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey opened = { 0 };
        edit_line(&text, &edits[i], &edited);
        assert_refused(err, SL_E_INPUT, edits[i].message,
                       sl_sealed_open(sl_buf_span(&edited), "k", &source, &opened, &err));
    }
}

/* The public key of another, with the header otherwise untouched: the tag covers it. */
static void test_another_public_key_in_the_header_is_noticed(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey made = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey other = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey opened = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf line = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf edited = { 0 };
    const struct sl_passphrase_source source = answer_with(passphrase);
    make(SL_KEY_ED25519, &cheap, &made, &text);
    assert_ok(err, sl_privkey_generate(SL_KEY_ED25519, 0, &other, &err));
    assert_ok(err, sl_buf_add_str(&line, "public-key: ", &err));
    assert_ok(err, sl_base64_add(&line, sl_buf_span(&other.pub.spki), &err));
    edit_line(&text, &(struct edit){ "public-key", sl_buf_str(&line), NULL }, &edited);
    assert_refused(err, SL_E_INPUT, "the passphrase given for key 'k' is wrong, or its file was changed",
                   sl_sealed_open(sl_buf_span(&edited), "k", &source, &opened, &err));
}

static void seal_file(const char *path)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    assert_ok(err, sl_secret_copy(sl_span_str(passphrase), &secret, &err));
    assert_ok(err, sl_privkey_generate(SL_KEY_EC_P256, 0, &key, &err));
    assert_ok(err, sl_sealed_write(&key, path, &secret, &cheap, &err));
}

static void test_a_sealed_file_is_private_and_new(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct stat st;
    SL_AUTO(sl_privkey_clear) struct sl_privkey key = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    const struct sl_passphrase_source source = answer_with(passphrase), none = never_asked();
    seal_file("k.sealed");
    assert_int_equal(stat("k.sealed", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_ok(err, sl_sealed_load("k.sealed", "k", &source, &key, &err));
    assert_ok(err, sl_sealed_load_public("k.sealed", &pub, &err));
    assert_string_equal(pub.keyid, key.pub.keyid);
    assert_ok(err, sl_secret_copy(sl_span_str(passphrase), &secret, &err));
    assert_refused(err, SL_E_CONFLICT, "'k.sealed' exists already and is not overwritten",
                   sl_sealed_write(&key, "k.sealed", &secret, &cheap, &err));
    err = (struct sl_err){ 0 };
    assert_refused(err, SL_E_INPUT, "'k.sealed' is a sealed key; name it as 'sealed:k.sealed'",
                   sl_privkey_load("k.sealed", "k", &none, &key, &err));
    err = (struct sl_err){ 0 };
    assert_int_equal(chmod("k.sealed", 0640), 0);
    assert_refused(err, SL_E_INPUT, "'k.sealed' holds a secret but others may access it; run: chmod 600 'k.sealed'",
                   sl_sealed_load("k.sealed", "k", &none, &key, &err));
    err = (struct sl_err){ 0 };
    make_key_file("k.pem", SL_KEY_EC_P256);
    assert_refused(err, SL_E_INPUT,
                   "'k.pem' is not a sealed key; name a PEM file as 'file:k.pem', or make one with: sealift key seal",
                   sl_sealed_load("k.pem", "k", &none, &key, &err));
}

/* The other end is not ours: Python calls libsodium by the recipe of docs/sealed-format.md, openssl reads what comes out. */
static const char unseal[] =
    "import base64, ctypes, sys\n"
    "n = ctypes.CDLL(sys.argv[1])\n"
    "text = open('k.sealed', 'rb').read()\n"
    "head, sealed = text[:text.rindex(b'sealed: ')], text[text.rindex(b'sealed: ') + 8:].strip()\n"
    "field = dict(line.split(b': ', 1) for line in head.splitlines() if b': ' in line)\n"
    "key, sealed = ctypes.create_string_buffer(32), base64.b64decode(sealed)\n"
    "assert n.crypto_pwhash(key, ctypes.c_ulonglong(32), b'open sesame', ctypes.c_ulonglong(11),\n"
    "                       base64.b64decode(field[b'salt']), ctypes.c_ulonglong(int(field[b'operations'])),\n"
    "                       ctypes.c_size_t(int(field[b'memory-bytes'])), 2) == 0\n"
    "out, size = ctypes.create_string_buffer(len(sealed)), ctypes.c_ulonglong()\n"
    "assert n.crypto_aead_xchacha20poly1305_ietf_decrypt(out, ctypes.byref(size), None, sealed,\n"
    "                       ctypes.c_ulonglong(len(sealed)), head, ctypes.c_ulonglong(len(head)),\n"
    "                       base64.b64decode(field[b'nonce']), key) == 0\n"
    "open('k.der', 'wb').write(out.raw[:size.value])\n";

static void test_a_sealed_file_opens_without_sealift(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey stated = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey found = { 0 };
    need_command("python3");
    seal_file("k.sealed");
    unit_file_put("unseal.py", unseal);
    if (run("python3 -c 'import ctypes'") != 0) {
        const char *require = getenv("SEALIFT_REQUIRE");
        assert_false(require && strcmp(require, "all") == 0);
        print_message("SKIPPED 1 case: there is no python3\n");
        skip();
    }
    /* The very library this program has loaded, whatever its number. */
    assert_int_equal(run("python3 unseal.py $(sed -n '/libsodium/{s/.* //p;q}' /proc/$PPID/maps)"), 0);
    assert_int_equal(run("openssl pkey -inform DER -in k.der -pubout -out k.pub"), 0);
    assert_ok(err, sl_sealed_load_public("k.sealed", &stated, &err));
    assert_ok(err, sl_pubkey_load("k.pub", &found, &err));
    assert_string_equal(stated.keyid, found.keyid);
}

static void test_running_out_of_memory_is_reported(void **state)
{
    (void)state;
    SL_AUTO(sl_privkey_clear) struct sl_privkey made = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const struct sl_passphrase_source source = answer_with(passphrase);
    make(SL_KEY_ED25519, &cheap, &made, &text);
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        SL_AUTO(sl_privkey_clear) struct sl_privkey opened = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_sealed_open(sl_buf_span(&text), "k", &source, &opened, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
}

/* Wycheproof, through the call that seals and opens. The cases with nonces of other lengths cannot be put to it: libsodium
 * takes 24 bytes, always. */
static void test_xchacha20_poly1305_agrees_with_wycheproof(void **state)
{
    (void)state;
    SL_AUTO(sl_json_clear) json_t *all = vectors_load("wycheproof/xchacha20_poly1305_test.json");
    size_t judged = 0, other_nonce = 0, g, i;
    json_t *group, *test;
    json_array_foreach(json_object_get(all, "testGroups"), g, group)
    {
        json_array_foreach(json_object_get(group, "tests"), i, test)
        {
            struct sl_err err = { 0 };
            SL_AUTO(sl_buf_clear)
            struct sl_buf key = { 0 }, iv = { 0 }, aad = { 0 }, msg = { 0 }, ct = { 0 }, tag = { 0 };
            hex_bytes(test, "key", &key);
            hex_bytes(test, "iv", &iv);
            hex_bytes(test, "aad", &aad);
            hex_bytes(test, "msg", &msg);
            hex_bytes(test, "ct", &ct);
            hex_bytes(test, "tag", &tag);
            bool valid = strcmp(sl_json_str(test, "result"), "valid") == 0;
            if (iv.len != crypto_aead_xchacha20poly1305_ietf_NPUBBYTES) {
                assert_false(valid);
                other_nonce++;
                continue;
            }
            assert_ok(err, sl_buf_add(&ct, sl_buf_span(&tag), &err));
            uint8_t out[1024];
            unsigned long long len = 0;
            assert_true(ct.len <= sizeof out);
            bool ok = crypto_aead_xchacha20poly1305_ietf_decrypt(out, &len, NULL, ct.ptr, ct.len, aad.ptr, aad.len,
                                                                 iv.ptr, key.ptr)
                      == 0;
            assert_int_equal(ok, valid);
            assert_true(!ok || sl_span_eq((struct sl_span){ out, (size_t)len }, sl_buf_span(&msg)));
            judged++;
        }
    }
    assert_int_equal(judged + other_nonce, json_integer_value(json_object_get(all, "numberOfTests")));
    print_message("%zu cases judged, %zu with nonces that cannot be given\n", judged, other_nonce);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_what_was_sealed_opens_as_the_same_key),
        IN_FOLDER(test_a_wrong_passphrase_is_one_clear_sentence),
        IN_FOLDER(test_a_flipped_byte_anywhere_is_noticed),
        IN_FOLDER(test_a_file_cut_short_or_made_longer_is_noticed),
        IN_FOLDER(test_a_header_that_asks_for_something_else_is_refused),
        IN_FOLDER(test_another_public_key_in_the_header_is_noticed),
        IN_FOLDER(test_a_sealed_file_is_private_and_new),
        IN_FOLDER(test_a_sealed_file_opens_without_sealift),
        IN_FOLDER(test_running_out_of_memory_is_reported),
        IN_FOLDER(test_xchacha20_poly1305_agrees_with_wycheproof),
    };
    return cmocka_run_group_tests_name("sealed", tests, NULL, NULL);
}
