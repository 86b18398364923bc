#include "core/digest.h"

#include "core/file.h"
#include "core/text.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ALL (SL_HASH_BIT(SL_HASH_COUNT) - 1)

static const char *hex(struct sl_span bytes)
{
    static char text[2 * SL_HASH_MAX_BYTES + 1];
    sl_hex_put(text, sizeof text, bytes);
    return text;
}

/* FIPS 180-4's example "abc", and the digests of nothing (NIST CAVP). */
static const struct {
    const char *text, *value[SL_HASH_COUNT];
} vectors[] = {
    { "abc",
      { "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
        "454d4423643ce80e2a9ac94fa54ca49f",
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc95"
        "18d38aa8dbf1925ab92386edd4009923" } }, /* RFC 7693, appendix A */
    { "",
      { "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f"
        "63b931bd47417a81a538327af927da3e",
        "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b"
        "903a685b1448b755d56f701afe9be2ce" } },
};

static void test_published_digests_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct sl_digests d;
        struct sl_err err = { 0 };
        assert_ok(err, sl_digest_bytes(sl_span_str(vectors[i].text), ALL, &d, &err));
        assert_int_equal(d.have, ALL);
        for (unsigned h = 0; h < SL_HASH_COUNT; h++) {
            enum sl_hash hash = (enum sl_hash)h;
            assert_int_equal(sl_hash_bytes(hash) * 2, strlen(vectors[i].value[h]));
            assert_string_equal(hex(sl_digests_get(&d, hash)), vectors[i].value[h]);
        }
        uint8_t sha[SL_SHA256_BYTES];
        assert_ok(err, sl_sha256(sl_span_str(vectors[i].text), sha, &err));
        assert_string_equal(hex((struct sl_span){ sha, sizeof sha }), vectors[i].value[SL_SHA256]);
    }
}

static void test_only_what_is_wanted_is_computed(void **state)
{
    (void)state;
    struct sl_digests d;
    struct sl_err err = { 0 };
    assert_ok(err, sl_digest_bytes(SPAN("abc"), SL_HASH_BIT(SL_SHA384), &d, &err));
    assert_int_equal(d.have, SL_HASH_BIT(SL_SHA384));
    assert_string_equal(hex(sl_digests_get(&d, SL_SHA384)), vectors[0].value[SL_SHA384]);
}

static void test_pieces_of_any_length_give_the_same_digest(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    uint8_t bytes[1000], last[SL_HASH_MAX_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t piece = 1; piece <= sizeof bytes; piece += 111) {
        SL_AUTO(sl_hasher_freep) struct sl_hasher *h = sl_hasher_new(ALL, &err);
        assert_non_null(h);
        for (size_t at = 0; at < sizeof bytes; at += piece)
            assert_ok(err, sl_hasher_update(h, sl_span_sub((struct sl_span){ bytes, sizeof bytes }, at, piece), &err));
        struct sl_digests d;
        assert_ok(err, sl_hasher_final(h, &d, &err));
        if (piece > 1)
            assert_memory_equal(d.value[SL_SHA512], last, 64);
        memcpy(last, d.value[SL_SHA512], 64);
    }
    sl_hasher_free(NULL);
}

/* RFC 4231, test cases 1, 2, 3 and 6 (a key longer than a block). */
static void test_hmac_agrees_with_rfc_4231(void **state)
{
    (void)state;
    uint8_t b[20], a[20], dd[50], long_key[131], mac[SL_SHA256_BYTES];
    memset(b, 0x0b, sizeof b);
    memset(a, 0xaa, sizeof a);
    memset(dd, 0xdd, sizeof dd);
    memset(long_key, 0xaa, sizeof long_key);
    const struct {
        struct sl_span key, text;
        const char *mac;
    } rows[] = {
        { { b, 20 }, SPAN("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { SPAN("Jefe"), SPAN("what do ya want for nothing?"),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { { a, 20 }, { dd, 50 }, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
        { { long_key, 131 },
          SPAN("Test Using Larger Than Block-Size Key - Hash Key First"),
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        /* nothing under an empty key, twice: no state is kept between calls */
        { SL_SPAN_EMPTY, SL_SPAN_EMPTY, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
        { SL_SPAN_EMPTY, SL_SPAN_EMPTY, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sl_err err = { 0 };
        assert_ok(err, sl_hmac_sha256(rows[i].key, rows[i].text, mac, &err));
        assert_string_equal(hex((struct sl_span){ mac, sizeof mac }), rows[i].mac);
    }
}

/* A file of size bytes that repeat nowhere soon. */
static void make_file(const char *path, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    uint32_t x = 1;
    for (size_t i = 0; i < size; i++) {
        x = x * 1103515245u + 12345u;
        assert_int_not_equal(fputc((int)(x >> 16 & 0xff), f), EOF);
    }
    assert_int_equal(fclose(f), 0);
}

/* The second end: coreutils and openssl compute the same. */
static void reference(const char *command, char ret[2 * SL_HASH_MAX_BYTES + 2])
{
    FILE *p = popen(command, "r");
    assert_non_null(p);
    assert_non_null(fgets(ret, 2 * SL_HASH_MAX_BYTES + 2, p));
    assert_int_equal(pclose(p), 0);
    ret[strcspn(ret, " \n")] = 0;
}

/* FIPS 180-1, appendix A and B. */
static void test_sha1_names_things_as_others_do(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
        { "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t digest[SL_SHA1_BYTES];
        char hex[2 * SL_SHA1_BYTES + 1];
        struct sl_err err = { 0 };
        assert_ok(err, sl_sha1(sl_span_str(rows[i][0]), digest, &err));
        sl_hex_put(hex, sizeof hex, (struct sl_span){ digest, sizeof digest });
        assert_string_equal(hex, rows[i][1]);
    }
}

static void test_files_hash_as_sha256sum_and_openssl_say(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 262143, 262144, 262145, 1000003 };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        make_file("f", sizes[i]);
        SL_AUTO(sl_fd_close) int fd = open("f", O_RDONLY | O_CLOEXEC);
        struct sl_digests d;
        struct sl_err err = { 0 };
        uint64_t size = 0;
        assert_ok(err, sl_digest_fd(fd, "f", ALL, NULL, &size, &d, &err));
        assert_int_equal(size, sizes[i]);
        char want[2 * SL_HASH_MAX_BYTES + 2];
        reference("sha256sum f", want);
        assert_string_equal(hex(sl_digests_get(&d, SL_SHA256)), want);
        reference("openssl dgst -sha384 -r f", want);
        assert_string_equal(hex(sl_digests_get(&d, SL_SHA384)), want);
        reference("sha512sum f", want);
        assert_string_equal(hex(sl_digests_get(&d, SL_SHA512)), want);
    }
}

struct seen {
    struct sl_progress port;
    uint64_t last, total;
    size_t calls;
};

static void see(struct sl_progress *self, const char *what, uint64_t done_bytes, uint64_t total_bytes)
{
    struct seen *s = (struct seen *)(void *)self;
    assert_string_equal(what, "hash app");
    assert_true(done_bytes >= s->last);
    s->last = done_bytes;
    s->total = total_bytes;
    s->calls++;
}

static void test_progress_is_reported_up_to_the_end(void **state)
{
    (void)state;
    make_file("f", 1000003);
    SL_AUTO(sl_fd_close) int fd = open("f", O_RDONLY | O_CLOEXEC);
    struct seen s = { .port = { see, NULL } };
    struct sl_digests d;
    struct sl_err err = { 0 };
    uint64_t size = 0;
    /* from the beginning, wherever the descriptor stands */
    assert_true(lseek(fd, 500, SEEK_SET) == 500);
    assert_ok(err, sl_digest_fd(fd, "hash app", ALL, &s.port, &size, &d, &err));
    assert_int_equal(s.last, 1000003);
    assert_int_equal(s.total, 1000003);
    assert_true(s.calls >= 3);
    sl_progress_report(NULL, "hash app", 0, 0);
}

/* The digests of the parts, of a file of size bytes in parts of part_bytes, beside that of the whole. */
static void assert_parts(size_t size_bytes, size_t part_bytes)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    struct sl_err err = { 0 };
    make_file("f", size_bytes);
    assert_ok(err, sl_file_read("f", 8 << 20, &bytes, &err));
    uint8_t sha256[64][SL_SHA256_BYTES], want[SL_SHA256_BYTES];
    const struct sl_digest_parts parts = { part_bytes, sha256[0], (size_bytes + part_bytes - 1) / part_bytes };
    assert_true(parts.n <= 64);
    SL_AUTO(sl_fd_close) int fd = open("f", O_RDONLY | O_CLOEXEC);
    struct sl_digests d;
    uint64_t size = 0;
    assert_ok(err, sl_digest_parts(fd, "f", SL_HASH_BIT(SL_SHA256), &parts, NULL, &size, &d, &err));
    assert_int_equal(size, size_bytes);
    assert_ok(err, sl_sha256(sl_buf_span(&bytes), want, &err));
    assert_memory_equal(sl_digests_get(&d, SL_SHA256).ptr, want, sizeof want);
    for (size_t i = 0; i < parts.n; i++) {
        struct sl_span part = sl_span_sub(sl_buf_span(&bytes), i * part_bytes, part_bytes);
        assert_ok(err, sl_sha256(part, want, &err));
        assert_memory_equal(sha256[i], want, sizeof want);
    }
}

static void test_parts_have_digests_of_their_own(void **state)
{
    (void)state;
    assert_parts(1, 5);
    assert_parts(10, 5);
    assert_parts(11, 5);
    assert_parts(3 << 20, 1 << 20);
    assert_parts((3 << 20) + 1, 1 << 20);
    assert_parts(5000003, 700001);
    assert_parts(5000003, 3000000);
}

static void test_a_file_of_another_number_of_parts_is_refused(void **state)
{
    (void)state;
    uint8_t sha256[3][SL_SHA256_BYTES];
    make_file("f", 2000000);
    SL_AUTO(sl_fd_close) int fd = open("f", O_RDONLY | O_CLOEXEC);
    for (size_t n = 1; n <= 3; n += 2) {
        const struct sl_digest_parts parts = { 1000000, sha256[0], n };
        struct sl_digests d = { .have = 0 };
        struct sl_err err = { 0 };
        uint64_t size = 42;
        assert_refused(err, SL_E_CHANGED, "'f' changed its size while it was read; build it, then run again",
                       sl_digest_parts(fd, "f", ALL, &parts, NULL, &size, &d, &err));
        assert_int_equal(size, 42);
    }
}

/* RFC 1321, appendix A.5. */
static void test_md5_of_a_range_is_the_published_one(void **state)
{
    (void)state;
    FILE *f = fopen("f", "wb");
    assert_non_null(f);
    assert_true(fputs("..abcmessage digest", f) >= 0);
    assert_int_equal(fclose(f), 0);
    SL_AUTO(sl_fd_close) int fd = open("f", O_RDONLY | O_CLOEXEC);
    char text[33];
    bool have = false;
    struct sl_err err = { 0 };
    assert_ok(err, sl_md5_range(fd, "f", 2, 3, text, &have, &err));
    assert_true(have);
    assert_string_equal(text, "900150983cd24fb0d6963f7d28e17f72");
    assert_ok(err, sl_md5_range(fd, "f", 5, 14, text, &have, &err));
    assert_string_equal(text, "f96b697d7cb7938d525a2f31aaf161d0");
    assert_ok(err, sl_md5_range(fd, "f", 5, 0, text, &have, &err));
    assert_string_equal(text, "d41d8cd98f00b204e9800998ecf8427e");
}

static void grow(struct sl_progress *self, const char *what, uint64_t done_bytes, uint64_t total_bytes)
{
    (void)self, (void)what, (void)total_bytes;
    if (done_bytes != 262144)
        return;
    FILE *f = fopen("f", "ab");
    assert_non_null(f);
    assert_int_equal(fputc('x', f), 'x');
    assert_int_equal(fclose(f), 0);
}

static void test_a_file_that_grows_meanwhile_is_refused(void **state)
{
    (void)state;
    make_file("f", 600000);
    SL_AUTO(sl_fd_close) int fd = open("f", O_RDONLY | O_CLOEXEC);
    struct sl_progress port = { grow, NULL };
    struct sl_digests d = { .have = 0 };
    struct sl_err err = { 0 };
    uint64_t size = 42;
    assert_refused(err, SL_E_CHANGED, "'f' changed its size while it was read; build it, then run again",
                   sl_digest_fd(fd, "f", ALL, &port, &size, &d, &err));
    assert_int_equal(size, 42);
    assert_int_equal(d.have, 0);
}

static void grow_each_time(struct sl_progress *self, const char *what, uint64_t done_bytes, uint64_t total_bytes)
{
    (void)self, (void)what, (void)total_bytes;
    assert_true(done_bytes < 4000000);
    assert_int_equal(truncate("f", (off_t)done_bytes + 1000000), 0);
}

static void test_a_file_that_never_stops_growing_is_refused(void **state)
{
    (void)state;
    make_file("f", 600000);
    SL_AUTO(sl_fd_close) int fd = open("f", O_RDONLY | O_CLOEXEC);
    struct sl_progress port = { grow_each_time, NULL };
    struct sl_digests d = { .have = 0 };
    struct sl_err err = { 0 };
    uint64_t size = 42;
    assert_refused(err, SL_E_CHANGED, "'f' changed its size while it was read; build it, then run again",
                   sl_digest_fd(fd, "f", ALL, &port, &size, &d, &err));
    assert_int_equal(size, 42);
}

static void test_an_interrupt_ends_the_reading(void **state)
{
    (void)state;
    static volatile sig_atomic_t asked = 1;
    make_file("f", 600000);
    SL_AUTO(sl_fd_close) int fd = open("f", O_RDONLY | O_CLOEXEC);
    struct seen s = { .port = { see, &asked } };
    struct sl_digests d = { .have = 0 };
    struct sl_err err = { 0 };
    uint64_t size = 42;
    assert_refused(err, SL_E_INTERRUPTED, "interrupted while 'hash app' was read",
                   sl_digest_fd(fd, "hash app", ALL, &s.port, &size, &d, &err));
    assert_int_equal(s.calls, 1);
    assert_int_equal(size, 42);
}

static void test_what_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct sl_digests d;
    struct sl_err err = { 0 };
    uint64_t size = 0;
    assert_refused(err, SL_E_IO, "cannot read 'gone': Bad file descriptor",
                   sl_digest_fd(-1, "gone", ALL, NULL, &size, &d, &err));
}

static void test_without_memory_digests_fail_cleanly(void **state)
{
    (void)state;
    make_file("f", 1000);
    SL_AUTO(sl_fd_close) int fd = open("f", O_RDONLY | O_CLOEXEC);
    for (unsigned n = 1;; n++) {
        struct sl_digests d = { .have = 0 };
        struct sl_err err = { 0 };
        uint64_t size = 0;
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_digest_fd(fd, "f", ALL, NULL, &size, &d, &err);
        if (!fail_nth_disarm()) {
            assert_ok(err, ok);
            assert_true(n > 2);
            break;
        }
        assert_refused(err, SL_E_NOMEM, "out of memory", ok);
        assert_int_equal(d.have, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_digests_come_out),
        cmocka_unit_test(test_sha1_names_things_as_others_do),
        cmocka_unit_test(test_only_what_is_wanted_is_computed),
        cmocka_unit_test(test_pieces_of_any_length_give_the_same_digest),
        cmocka_unit_test(test_hmac_agrees_with_rfc_4231),
        cmocka_unit_test_setup_teardown(test_files_hash_as_sha256sum_and_openssl_say, unit_scratch_setup,
                                        unit_scratch_teardown),
        cmocka_unit_test_setup_teardown(test_progress_is_reported_up_to_the_end, unit_scratch_setup,
                                        unit_scratch_teardown),
        cmocka_unit_test_setup_teardown(test_a_file_that_grows_meanwhile_is_refused, unit_scratch_setup,
                                        unit_scratch_teardown),
        cmocka_unit_test_setup_teardown(test_a_file_that_never_stops_growing_is_refused, unit_scratch_setup,
                                        unit_scratch_teardown),
        cmocka_unit_test_setup_teardown(test_an_interrupt_ends_the_reading, unit_scratch_setup, unit_scratch_teardown),
        cmocka_unit_test_setup_teardown(test_parts_have_digests_of_their_own, unit_scratch_setup,
                                        unit_scratch_teardown),
        cmocka_unit_test_setup_teardown(test_a_file_of_another_number_of_parts_is_refused, unit_scratch_setup,
                                        unit_scratch_teardown),
        cmocka_unit_test_setup_teardown(test_md5_of_a_range_is_the_published_one, unit_scratch_setup,
                                        unit_scratch_teardown),
        cmocka_unit_test(test_what_cannot_be_read_is_named),
        cmocka_unit_test_setup_teardown(test_without_memory_digests_fail_cleanly, unit_scratch_setup,
                                        unit_scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
