#include "sandbox/priv/chunked.h"

#include "core/digest.h"
#include "core/secret.h"
#include "core/text.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

/* The example of the S3 API reference: 66560 bytes of 'a' in chunks of 65536 and 1024. */
#define SECRET  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define DATE    "20130524T000000Z"
#define SCOPE   "20130524/us-east-1/s3/aws4_request"
#define UTC     ((int64_t)1369353600)
#define SEED    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
#define FIRST   "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
#define SECOND  "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
#define LAST    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
#define CRC32C  "x-amz-checksum-crc32c"
#define TRAILER "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e" /* seed of the example with one */

struct fixture {
    struct sl_secret key;
    struct sl_buf out; /* decoded */
    struct sl_chunked_options o;
};

static bool put(void *ctx, struct sl_span payload, struct sl_err *err)
{
    return sl_buf_add(ctx, payload, err);
}

static void setup(struct fixture *f)
{
    struct sl_err err = { 0 };
    struct sl_sigv4_scope scope = { .region = "us-east-1", .service = "s3", .time_utc = UTC, .s3_path = true };
    *f = (struct fixture){ .out = { 0 } };
    assert_ok(err, sl_secret_setup(&err));
    assert_ok(err, sl_sigv4_key(SPAN(SECRET), &scope, &f->key, &err));
    f->o = (struct sl_chunked_options){ .trailer_names = "", .put = put, .ctx = &f->out };
}

static void setup_signed(struct fixture *f)
{
    setup(f);
    f->o.is_signed = true;
    f->o.decoded_bytes = 66560;
    f->o.key = sl_secret_span(&f->key);
    f->o.date = DATE;
    f->o.scope = SCOPE;
    f->o.seed_signature = SEED;
}

static void teardown(struct fixture *f)
{
    sl_secret_clear(&f->key);
    sl_buf_clear(&f->out);
}

static void add_chunk(struct sl_buf *b, size_t n, const char *signature)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_buf_addf(b, &err, "%zx;chunk-signature=%s\r\n", n, signature));
    for (size_t i = 0; i < n; i++)
        assert_ok(err, sl_buf_add_char(b, 'a', &err));
    if (n)
        assert_ok(err, sl_buf_add_str(b, "\r\n", &err));
}

static void example(struct sl_buf *b)
{
    struct sl_err err = { 0 };
    add_chunk(b, 65536, FIRST);
    add_chunk(b, 1024, SECOND);
    add_chunk(b, 0, LAST);
    assert_ok(err, sl_buf_add_str(b, "\r\n", &err));
}

/* Decode in pieces of that size. */
static bool decode(struct fixture *f, struct sl_span body, size_t piece, struct sl_err *err)
{
    SL_AUTO(sl_chunked_freep) struct sl_chunked *c = NULL;
    sl_buf_reset(&f->out);
    if (!sl_chunked_new(&f->o, &c, err))
        return false;
    for (size_t at = 0; at < body.len; at += piece) {
        size_t left = body.len - at;
        if (!sl_chunked_feed(c, sl_span_sub(body, at, left < piece ? left : piece), err))
            return false;
    }
    return sl_chunked_finish(c, err);
}

static void expect_refused(struct fixture *f, struct sl_span body, int status, const char *code)
{
    struct sl_err err = { 0 };
    assert_false(decode(f, body, 4096, &err));
    assert_int_equal(err.http_status, status);
    assert_string_equal(err.aws_code, code);
    assert_true(strlen(err.msg) > 20);
}

static void test_the_documented_chunks_verify_in_pieces_of_any_size(void **state)
{
    (void)state;
    static const size_t pieces[] = { 1, 2, 3, 7, 85, 86, 87, 4096, 65536, 1 << 20 };
    struct fixture f;
    struct sl_buf body = { 0 };
    setup_signed(&f);
    example(&body);
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        struct sl_err err = { 0 };
        assert_ok(err, decode(&f, sl_buf_span(&body), pieces[i], &err));
        assert_int_equal(f.out.len, 66560);
        assert_int_equal(f.out.ptr[66559], 'a');
    }
    sl_buf_clear(&body);
    teardown(&f);
}

static void test_a_changed_byte_in_any_chunk_does_not_verify(void **state)
{
    (void)state;
    enum { head = 88, second_head = 86 }; /* "10000;chunk-signature=...", "400;chunk-signature=..." */
    static const size_t at[] = { head, head + 65535, head + 65536 + 2 + second_head,
                                 head + 65536 + 2 + second_head + 1023 };
    struct fixture f;
    struct sl_buf body = { 0 };
    setup_signed(&f);
    example(&body);
    for (size_t i = 0; i < COUNT_OF(at); i++) {
        assert_int_equal(body.ptr[at[i]], 'a');
        body.ptr[at[i]] = 'b';
        expect_refused(&f, sl_buf_span(&body), 403, "SignatureDoesNotMatch");
        body.ptr[at[i]] = 'a';
    }
    f.o.seed_signature = FIRST; /* a chunk of another request */
    expect_refused(&f, sl_buf_span(&body), 403, "SignatureDoesNotMatch");
    sl_buf_clear(&body);
    teardown(&f);
}

static void test_chunks_may_not_be_left_out_or_cut_short(void **state)
{
    (void)state;
    struct fixture f;
    struct sl_buf body = { 0 };
    setup_signed(&f);
    add_chunk(&body, 65536, FIRST);
    add_chunk(&body, 0, LAST);
    expect_refused(&f, sl_buf_span(&body), 403, "SignatureDoesNotMatch");
    sl_buf_reset(&body);
    example(&body);
    for (size_t cut = 1; cut < 90; cut++)
        expect_refused(&f, sl_span_sub(sl_buf_span(&body), 0, body.len - cut), 400, "IncompleteBody");
    f.o.decoded_bytes = 66561;
    expect_refused(&f, sl_buf_span(&body), 400, "IncompleteBody");
    f.o.decoded_bytes = 66559;
    expect_refused(&f, sl_buf_span(&body), 400, "IncompleteBody");
    sl_buf_clear(&body);
    teardown(&f);
}

/* Signatures made here with the trailer example's seed, by the rule of the page for chunk and trailer. */
static void sign_next(struct fixture *f, const char *algorithm, const char *middle, struct sl_span bytes,
                      char previous[65])
{
    struct sl_err err = { 0 };
    struct sl_buf text = { 0 };
    uint8_t digest[SL_SHA256_BYTES];
    char hex[65];
    assert_ok(err, sl_sha256(bytes, digest, &err));
    sl_hex_put(hex, sizeof hex, (struct sl_span){ digest, sizeof digest });
    assert_ok(err, sl_buf_addf(&text, &err, "%s\n" DATE "\n" SCOPE "\n%s\n%s%s", algorithm, previous, middle, hex));
    assert_ok(err, sl_sigv4_signature(sl_secret_span(&f->key), sl_buf_span(&text), previous, &err));
    sl_buf_clear(&text);
}

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"

static void signed_with_trailer(struct fixture *f, struct sl_buf *b, const char *line_end)
{
    struct sl_err err = { 0 };
    struct sl_buf data = { 0 };
    char signature[65] = TRAILER;
    for (int i = 0; i < 65536; i++)
        assert_ok(err, sl_buf_add_char(&data, 'a', &err));
    sign_next(f, "AWS4-HMAC-SHA256-PAYLOAD", EMPTY, sl_buf_span(&data), signature);
    add_chunk(b, 65536, signature);
    sign_next(f, "AWS4-HMAC-SHA256-PAYLOAD", EMPTY, sl_span_sub(sl_buf_span(&data), 0, 1024), signature);
    add_chunk(b, 1024, signature);
    sign_next(f, "AWS4-HMAC-SHA256-PAYLOAD", EMPTY, SL_SPAN_EMPTY, signature);
    add_chunk(b, 0, signature);
    sign_next(f, "AWS4-HMAC-SHA256-TRAILER", "", SPAN(CRC32C ":sOO8/Q==\n"), signature);
    assert_ok(err, sl_buf_addf(b, &err, CRC32C ":sOO8/Q==%sx-amz-trailer-signature:%s\r\n\r\n", line_end, signature));
    sl_buf_clear(&data);
    f->o.has_trailer = true;
    f->o.trailer_names = CRC32C;
    f->o.seed_signature = TRAILER;
}

/* The page's example ends with this trailer signature, so the whole chain of it is proven by the last link. */
static void test_the_documented_trailer_verifies(void **state)
{
    (void)state;
    static const char *const ends[] = { "\r\n", "\n", "\n\r\n" };
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct fixture f;
        struct sl_buf body = { 0 };
        struct sl_err err = { 0 };
        setup_signed(&f);
        signed_with_trailer(&f, &body, ends[i]);
        assert_non_null(strstr(sl_buf_str(&body), "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"));
        assert_non_null(
            strstr((char *)body.ptr + 65536, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"));
        assert_non_null(
            strstr((char *)body.ptr + 65536, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"));
        assert_non_null(
            strstr((char *)body.ptr + 65536, "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"));
        assert_ok(err, decode(&f, sl_buf_span(&body), 1000, &err));
        assert_int_equal(f.out.len, 66560);
        sl_buf_clear(&body);
        teardown(&f);
    }
}

static void test_a_changed_or_missing_trailer_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct sl_buf body = { 0 };
    setup_signed(&f);
    signed_with_trailer(&f, &body, "\r\n");
    char *sum = strstr((char *)body.ptr + 65536, "sOO8");
    *sum = 'S';
    expect_refused(&f, sl_buf_span(&body), 403, "SignatureDoesNotMatch");
    *sum = 's';
    f.o.trailer_names = "x-amz-checksum-crc32";
    expect_refused(&f, sl_buf_span(&body), 400, "MalformedTrailerError");
    f.o.trailer_names = CRC32C ",x-amz-meta-a";
    expect_refused(&f, sl_buf_span(&body), 400, "MalformedTrailerError");
    sl_buf_clear(&body);
    teardown(&f);
}

struct unsigned_case {
    const char *body, *trailer_names;
    uint64_t decoded;
    int status; /* 0: taken */
    const char *code;
};

/* What botocore sends over https. */
static void test_unsigned_chunks_with_a_trailer(void **state)
{
    (void)state;
    static const struct unsigned_case cases[] = {
        { "5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:mnG7TA==\r\n\r\n", CRC32C, 5, 0, "" },
        { "5\r\nhello\r\n0\r\nX-Amz-Checksum-CRC32C: mnG7TA== \r\n\r\n", CRC32C, 5, 0, "" },
        { "0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n", CRC32C, 0, 0, "" },
        { "5\r\nhello\r\n0\r\n\r\n", "", 5, 0, "" },
        { "5\r\nhello\r\n0\r\n\r\n", CRC32C, 5, 400, "MalformedTrailerError" },
        { "5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:mnG7TA==\r\n", CRC32C, 5, 400, "IncompleteBody" },
        { "5\r\nhello\r\n0\r\nx-amz-checksum-sha1:x\r\n\r\n", CRC32C, 5, 400, "MalformedTrailerError" },
        { "5\r\nhello\r\n0\r\nnonsense\r\n\r\n", CRC32C, 5, 400, "MalformedTrailerError" },
        { "5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:a\r\nx-amz-checksum-crc32c:a\r\n\r\n", CRC32C, 5, 400,
          "MalformedTrailerError" },
        { "5\r\nhello\r\n0\r\n\r\nmore", "", 5, 400, "InvalidRequest" },
        { "5\r\nhelloX\r\n0\r\n\r\n", "", 5, 400, "InvalidRequest" },
        { "5\nhello\r\n0\r\n\r\n", "", 5, 400, "InvalidRequest" },
        { "x\r\nhello\r\n0\r\n\r\n", "", 5, 400, "InvalidRequest" },
        { "\r\nhello\r\n0\r\n\r\n", "", 5, 400, "InvalidRequest" },
        { "-1\r\n", "", 5, 400, "InvalidRequest" },
        { "5;chunk-signature=" SEED "\r\nhello\r\n0\r\n\r\n", "", 5, 400, "InvalidRequest" },
        { "fffffffffffffffff\r\n", "", 5, 400, "InvalidRequest" },
        { "ffffffffffffffff\r\n", "", 5, 400, "IncompleteBody" },
        { "6\r\nhello!\r\n0\r\n\r\n", "", 5, 400, "IncompleteBody" },
        { "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "", 5, 403, "InvalidChunkSizeError" },
        { "5\r\nhello\r\n0\r\n", "", 5, 400, "IncompleteBody" },
        { "", "", 0, 400, "IncompleteBody" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        struct sl_err err = { 0 };
        setup(&f);
        f.o.has_trailer = true;
        f.o.trailer_names = cases[i].trailer_names;
        f.o.decoded_bytes = cases[i].decoded;
        if (cases[i].status) {
            expect_refused(&f, sl_span_str(cases[i].body), cases[i].status, cases[i].code);
        } else {
            assert_ok(err, decode(&f, sl_span_str(cases[i].body), 1, &err));
            assert_int_equal(f.out.len, cases[i].decoded);
        }
        teardown(&f);
    }
}

static void test_a_line_without_end_is_refused_soon(void **state)
{
    (void)state;
    struct fixture f;
    char line[2000];
    setup(&f);
    memset(line, '0', sizeof line);
    f.o.decoded_bytes = 5;
    expect_refused(&f, (struct sl_span){ (uint8_t *)line, sizeof line }, 400, "InvalidRequest");
    teardown(&f);
}

static void test_running_out_of_memory_is_told(void **state)
{
    (void)state;
    struct fixture f;
    struct sl_buf body = { 0 };
    setup_signed(&f);
    signed_with_trailer(&f, &body, "\r\n");
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = decode(&f, sl_buf_span(&body), 30000, &err);
        if (!fail_nth_disarm()) {
            assert_true(ok);
            break;
        }
        assert_false(ok);
        assert_int_equal(err.code, SL_E_NOMEM);
    }
    sl_buf_clear(&body);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_documented_chunks_verify_in_pieces_of_any_size),
        cmocka_unit_test(test_a_changed_byte_in_any_chunk_does_not_verify),
        cmocka_unit_test(test_chunks_may_not_be_left_out_or_cut_short),
        cmocka_unit_test(test_the_documented_trailer_verifies),
        cmocka_unit_test(test_a_changed_or_missing_trailer_is_refused),
        cmocka_unit_test(test_unsigned_chunks_with_a_trailer),
        cmocka_unit_test(test_a_line_without_end_is_refused_soon),
        cmocka_unit_test(test_running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
