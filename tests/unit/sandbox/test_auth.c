#include "sandbox/priv/auth.h"

#include "core/digest.h"
#include "core/secret.h"
#include "sandbox/priv/access.h"
#include "tests/unit/unit.h"

/* The examples of the S3 API reference, "Examples: Signature calculations" and "Authenticating requests: Using query
 * parameters", whose signatures Amazon printed. */
#define KEY_ID "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define UTC    ((int64_t)1369353600) /* 20130524T000000Z */
#define DATE   "20130524T000000Z"
#define HOST   "examplebucket.s3.amazonaws.com"
#define EMPTY  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define AUTHORIZATION(headers, signature)                                                                              \
    "AWS4-HMAC-SHA256 Credential=" KEY_ID "/20130524/us-east-1/s3/aws4_request,SignedHeaders=" headers                 \
    ",Signature=" signature

struct fixture {
    struct sl_sandbox_facts facts;
    struct sl_auth_root root;
    struct sl_arena arena;
    struct sl_store *store;
    struct sl_pair headers[16], query[16];
    struct sl_exchange x;
    struct sl_auth auth;
};

static int setup(void **state)
{
    static struct fixture f;
    struct sl_err err = { 0 };
    assert_int_equal(unit_scratch_setup(state), 0);
    void *scratch = *state;
    f = (struct fixture){ .facts = { .region = "us-east-1", .account = "123456789012", .url = "http://127.0.0.1" },
                          .root = { KEY_ID, SPAN(SECRET) } };
    assert_ok(err, sl_secret_setup(&err));
    assert_ok(err, sl_store_open(".", &f.store, &err));
    assert_ok(err, sl_iam_setup(f.store, &err));
    f.x = (struct sl_exchange){ .facts = &f.facts,
                                .store = f.store,
                                .arena = &f.arena,
                                .now_utc = UTC,
                                .method = "GET",
                                .path = "/test.txt",
                                .raw_path = "/test.txt",
                                .headers = f.headers,
                                .query = f.query,
                                .request_id = "R",
                                .reply_fd = -1 };
    (void)scratch;
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sl_auth_clear(&f->auth);
    sl_arena_clear(&f->arena);
    sl_store_close(f->store);
    *state = NULL;
    return unit_scratch_teardown(state);
}

static void header(struct fixture *f, const char *name, const char *value)
{
    f->headers[f->x.n_headers++] = (struct sl_pair){ name, value };
}

static void query(struct fixture *f, const char *name, const char *value)
{
    f->query[f->x.n_query++] = (struct sl_pair){ name, value };
}

static void change(struct fixture *f, const char *name, const char *value)
{
    for (size_t i = 0; i < f->x.n_headers; i++)
        if (!strcmp(f->headers[i].name, name))
            f->headers[i].value = value;
    for (size_t i = 0; i < f->x.n_query; i++)
        if (!strcmp(f->query[i].name, name))
            f->query[i].value = value;
}

static bool verify(struct fixture *f, struct sl_err *err)
{
    sl_auth_clear(&f->auth);
    f->auth = (struct sl_auth){ .presigned = false };
    f->x.n_refusal_facts = 0;
    return sl_auth_parse(&f->x, &f->auth, err) && sl_auth_verify(&f->x, &f->auth, &f->root, err);
}

static void expect_good(struct fixture *f)
{
    struct sl_err err = { 0 };
    assert_ok(err, verify(f, &err));
    assert_string_equal(f->x.caller_arn, "arn:aws:iam::123456789012:root");
    assert_string_equal(f->x.caller_role, "");
    assert_string_equal(f->x.service, "s3");
}

static void expect_refused(struct fixture *f, int status, const char *code, const char *part)
{
    struct sl_err err = { 0 };
    assert_false(verify(f, &err));
    assert_string_equal(err.aws_code, code);
    assert_int_equal(err.http_status, status);
    if (!strstr(err.msg, part))
        assert_string_equal(err.msg, part);
}

static const char *fact(const struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->x.n_refusal_facts; i++)
        if (!strcmp(f->x.refusal_facts[i].name, name))
            return f->x.refusal_facts[i].value;
    return "";
}

static void get_object(struct fixture *f)
{
    header(f, "host", HOST);
    header(f, "range", "bytes=0-9");
    header(f, "x-amz-content-sha256", EMPTY);
    header(f, "x-amz-date", DATE);
    header(f, "authorization",
           AUTHORIZATION("host;range;x-amz-content-sha256;x-amz-date",
                         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
}

static void test_the_documented_get_verifies(void **state)
{
    get_object(*state);
    expect_good(*state);
}

static void test_the_documented_put_verifies(void **state)
{
    struct fixture *f = *state;
    f->x.method = "PUT";
    f->x.path = "/test$file.text";
    f->x.raw_path = "/test%24file.text";
    header(f, "date", "Fri, 24 May 2013 00:00:00 GMT");
    header(f, "host", HOST);
    header(f, "x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    header(f, "x-amz-date", DATE);
    header(f, "x-amz-storage-class", "REDUCED_REDUNDANCY");
    header(f, "authorization",
           AUTHORIZATION("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
    expect_good(f);
    uint8_t digest[SL_SHA256_BYTES];
    struct sl_err err = { 0 };
    assert_ok(err, sl_sha256(SPAN("Welcome to Amazon S3."), digest, &err));
    f->x.body_sha256 = (struct sl_span){ digest, sizeof digest };
    assert_ok(err, sl_auth_check_payload(&f->x, &f->auth, &err));
    digest[31] ^= 1;
    assert_false(sl_auth_check_payload(&f->x, &f->auth, &err));
    assert_string_equal(err.aws_code, "XAmzContentSHA256Mismatch");
    assert_int_equal(err.http_status, 400);
}

static void get_bucket(struct fixture *f, const char *authorization)
{
    f->x.path = f->x.raw_path = "/";
    header(f, "host", HOST);
    header(f, "x-amz-content-sha256", EMPTY);
    header(f, "x-amz-date", DATE);
    header(f, "authorization", authorization);
}

static void test_the_documented_subresource_verifies(void **state)
{
    struct fixture *f = *state;
    query(f, "lifecycle", "");
    get_bucket(f, AUTHORIZATION("host;x-amz-content-sha256;x-amz-date",
                                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
    expect_good(f);
}

static void test_the_documented_list_verifies_whatever_the_order_of_its_query(void **state)
{
    struct fixture *f = *state;
    query(f, "prefix", "J");
    query(f, "max-keys", "2");
    get_bucket(f, AUTHORIZATION("host;x-amz-content-sha256;x-amz-date",
                                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
    expect_good(f);
}

static void chunked(struct fixture *f, const char *hash)
{
    f->x.method = "PUT";
    f->x.path = f->x.raw_path = "/examplebucket/chunkObject.txt";
    header(f, "host", "s3.amazonaws.com");
    header(f, "x-amz-date", DATE);
    header(f, "x-amz-storage-class", "REDUCED_REDUNDANCY");
    header(f, "x-amz-content-sha256", hash);
    header(f, "content-encoding", "aws-chunked");
    header(f, "x-amz-decoded-content-length", "66560");
}

static void expect_form(struct fixture *f, enum sl_auth_payload kind, bool is_signed, bool has_trailer)
{
    struct sl_auth_payload_form form;
    struct sl_err err = { 0 };
    assert_ok(err, sl_auth_payload_form(&f->x, &f->auth, &form, &err));
    assert_int_equal(form.kind, kind);
    assert_int_equal(form.is_signed, is_signed);
    assert_int_equal(form.has_trailer, has_trailer);
}

static void test_the_documented_chunked_seeds_verify(void **state)
{
    struct fixture *f = *state;
    chunked(f, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    header(f, "content-length", "66824");
    header(f, "authorization",
           AUTHORIZATION("content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                         "x-amz-decoded-content-length;x-amz-storage-class",
                         "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"));
    expect_good(f);
    expect_form(f, SL_PAYLOAD_CHUNKED, true, false);
    assert_string_equal(f->auth.scope, "20130524/us-east-1/s3/aws4_request");

    f->x.n_headers = 0;
    chunked(f, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
    header(f, "x-amz-trailer", "x-amz-checksum-crc32c");
    header(f, "authorization",
           AUTHORIZATION("content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
                         "x-amz-storage-class;x-amz-trailer",
                         "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"));
    expect_good(f);
    expect_form(f, SL_PAYLOAD_CHUNKED, true, true);
}

static void presigned(struct fixture *f)
{
    header(f, "host", HOST);
    header(f, "user-agent", "anything");
    query(f, "X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    query(f, "X-Amz-Credential", KEY_ID "/20130524/us-east-1/s3/aws4_request");
    query(f, "X-Amz-Date", DATE);
    query(f, "X-Amz-Expires", "86400");
    query(f, "X-Amz-SignedHeaders", "host");
    query(f, "X-Amz-Signature", "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

static void test_the_documented_presigned_url_verifies_until_it_expires(void **state)
{
    struct fixture *f = *state;
    presigned(f);
    expect_good(f);
    expect_form(f, SL_PAYLOAD_UNSIGNED, false, false);
    f->x.now_utc = UTC + 86399;
    expect_good(f);
    f->x.now_utc = UTC + 86400;
    expect_refused(f, 403, "AccessDenied", "Request has expired");
    assert_string_equal(fact(f, "Expires"), "2013-05-25T00:00:00Z");
    f->x.now_utc = UTC - 901;
    expect_refused(f, 403, "AccessDenied", "Request is not yet valid");
}

static void test_a_presigned_url_is_good_for_its_request_only(void **state)
{
    struct fixture *f = *state;
    presigned(f);
    f->x.method = "PUT";
    expect_refused(f, 403, "SignatureDoesNotMatch", "does not match");
    f->x.method = "GET";
    f->x.raw_path = f->x.path = "/test.txT";
    expect_refused(f, 403, "SignatureDoesNotMatch", "does not match");
    f->x.raw_path = f->x.path = "/test.txt";
    query(f, "versionId", "1");
    expect_refused(f, 403, "SignatureDoesNotMatch", "does not match");
    f->x.n_query--;
    header(f, "x-amz-meta-a", "1");
    expect_refused(f, 403, "AccessDenied", "There were headers present in the request which were not signed");
    assert_string_equal(fact(f, "HeadersNotSigned"), "x-amz-meta-a");
}

static void test_presigned_parameters_out_of_form_are_refused(void **state)
{
    static const struct {
        const char *name, *value, *part;
    } cases[] = {
        { "X-Amz-Expires", "604801", "from 1 to 604800" },
        { "X-Amz-Expires", "0", "from 1 to 604800" },
        { "X-Amz-Expires", "-1", "from 1 to 604800" },
        { "X-Amz-Expires", "1h", "from 1 to 604800" },
        { "X-Amz-Algorithm", "AWS4-HMAC-SHA1", "only supports" },
        { "X-Amz-Date", "2013-05-24T00:00:00Z", "ISO8601" },
        { "X-Amz-Date", "20130525T000000Z", "This date is not the same as X-Amz-Date" },
        { "X-Amz-Credential", KEY_ID "/20130524/us-east-1/s3", "Credential" },
        { "X-Amz-Credential", KEY_ID "/20130524/eu-west-1/s3/aws4_request", "'eu-west-1' is wrong; expecting" },
        { "X-Amz-Credential", KEY_ID "/20130524/us-east-1/iam/aws4_request", "must be scoped to the service s3" },
        { "X-Amz-SignedHeaders", "Host", "X-Amz-SignedHeaders is malformed" },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        f->x.n_headers = f->x.n_query = 0;
        presigned(f);
        change(f, cases[i].name, cases[i].value);
        f->x.now_utc = UTC + (strcmp(cases[i].value, "20130525T000000Z") ? 0 : 86400);
        expect_refused(f, 400, "AuthorizationQueryParametersError", cases[i].part);
    }
    f->x.n_query--; /* without its signature */
    expect_refused(f, 400, "AuthorizationQueryParametersError", "requires the X-Amz-Algorithm");
}

static void test_a_signature_of_other_bytes_does_not_match(void **state)
{
    struct fixture *f = *state;
    get_object(f);
    change(f, "range", "bytes=0-8");
    expect_refused(f, 403, "SignatureDoesNotMatch", "Check your AWS Secret Access Key and signing method");
    change(f, "range", "bytes=0-9");
    f->root.secret_access_key = SPAN("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEy");
    expect_refused(f, 403, "SignatureDoesNotMatch", "Check your AWS Secret Access Key and signing method");
}

static void test_clocks_may_differ_by_a_quarter_of_an_hour(void **state)
{
    struct fixture *f = *state;
    get_object(f);
    f->x.now_utc = UTC + 900;
    expect_good(f);
    f->x.now_utc = UTC - 900;
    expect_good(f);
    f->x.now_utc = UTC + 901;
    expect_refused(f, 403, "RequestTimeTooSkewed", "too large");
    assert_string_equal(fact(f, "RequestTime"), DATE);
    assert_string_equal(fact(f, "ServerTime"), "2013-05-24T00:15:01Z");
    assert_string_equal(fact(f, "MaxAllowedSkewMilliseconds"), "900000");
    f->x.now_utc = UTC - 901;
    expect_refused(f, 403, "RequestTimeTooSkewed", "too large");
}

static void test_key_and_scope_must_be_ours(void **state)
{
    struct fixture *f = *state;
    get_object(f);
    f->root.access_key_id = "AKIAIOSFODNN7EXAMPLF";
    expect_refused(f, 403, "InvalidAccessKeyId", "does not exist in our records");
    assert_string_equal(fact(f, "AWSAccessKeyId"), KEY_ID);
    f->root.access_key_id = KEY_ID;
    f->facts.region = "eu-west-1";
    expect_refused(f, 400, "AuthorizationHeaderMalformed", "the region 'us-east-1' is wrong; expecting 'eu-west-1'");
    assert_string_equal(fact(f, "Region"), "eu-west-1");
    f->facts.region = "us-east-1";
    change(f, "x-amz-date", "20130525T000000Z");
    expect_refused(f, 400, "AuthorizationHeaderMalformed", "This date is not the same as X-Amz-Date");
}

static void test_host_and_every_amz_header_must_be_signed(void **state)
{
    struct fixture *f = *state;
    get_object(f);
    header(f, "x-amz-acl", "private");
    expect_refused(f, 403, "AccessDenied", "headers present in the request which were not signed");
    assert_string_equal(fact(f, "HeadersNotSigned"), "x-amz-acl");
    f->x.n_headers--;
    change(f, "authorization",
           AUTHORIZATION("range;x-amz-content-sha256;x-amz-date",
                         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
    expect_refused(f, 403, "AccessDenied", "headers present in the request which were not signed");
    change(f, "authorization",
           AUTHORIZATION("range;host;x-amz-content-sha256;x-amz-date",
                         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
    expect_refused(f, 403, "SignatureDoesNotMatch", "does not match");
}

static void test_what_is_no_signature_is_refused_by_its_fault(void **state)
{
    static const struct {
        const char *authorization;
        int status;
        const char *code, *part;
    } cases[] = {
        { "AWS " KEY_ID ":abc", 400, "InvalidRequest", "Please use AWS4-HMAC-SHA256" },
        { "Basic abc", 400, "InvalidRequest", "Please use AWS4-HMAC-SHA256" },
        { "AWS4-HMAC-SHA256 nonsense", 400, "AuthorizationHeaderMalformed", "requires 'Credential'" },
        { "AWS4-HMAC-SHA256 Credential=a/b", 400, "AuthorizationHeaderMalformed", "the Credential is mal-formed" },
        { "AWS4-HMAC-SHA256 Credential=" KEY_ID "/20130524/us-east-1/s3/aws5_request,SignedHeaders=host,Signature=a",
          400, "AuthorizationHeaderMalformed", "the Credential is mal-formed" },
        { "AWS4-HMAC-SHA256 Credential=" KEY_ID "/20130524/us-east-1/s3/aws4_request/x,SignedHeaders=host,Signature=a",
          400, "AuthorizationHeaderMalformed", "the Credential is mal-formed" },
        { "AWS4-HMAC-SHA256 Credential=" KEY_ID "/20130524/us-east-1/s3/aws4_request,Signature=a", 400,
          "AuthorizationHeaderMalformed", "requires 'SignedHeaders'" },
        { AUTHORIZATION("host", "abc"), 400, "AuthorizationHeaderMalformed", "requires 'Signature'" },
        { AUTHORIZATION("host", EMPTY) ",Signature=" EMPTY, 400, "AuthorizationHeaderMalformed",
          "requires 'Signature'" },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        f->x.n_headers = 0;
        get_object(f);
        change(f, "authorization", cases[i].authorization);
        expect_refused(f, cases[i].status, cases[i].code, cases[i].part);
    }
    change(f, "authorization", AUTHORIZATION("host", EMPTY));
    change(f, "x-amz-date", "yesterday");
    expect_refused(f, 403, "AccessDenied", "valid Date or x-amz-date header");
}

static void test_unsigned_requests_are_denied_as_the_service_would(void **state)
{
    struct fixture *f = *state;
    header(f, "host", HOST);
    expect_refused(f, 403, "AccessDenied", "Access Denied");
    query(f, "AWSAccessKeyId", KEY_ID);
    expect_refused(f, 400, "InvalidRequest", "Please use AWS4-HMAC-SHA256");
    f->x.n_query = 0;
    f->x.method = "POST";
    f->x.path = f->x.raw_path = "/";
    header(f, "content-type", "application/x-www-form-urlencoded; charset=utf-8");
    expect_refused(f, 403, "MissingAuthenticationToken", "missing Authentication Token");
    assert_string_equal(f->x.service, "sts");
}

static void test_header_and_query_together_are_refused(void **state)
{
    struct fixture *f = *state;
    presigned(f);
    header(f, "authorization", AUTHORIZATION("host", EMPTY));
    expect_refused(f, 400, "InvalidArgument", "Only one auth mechanism allowed");
}

static void test_an_s3_request_must_declare_its_payload(void **state)
{
    struct fixture *f = *state;
    get_object(f);
    f->x.n_headers = 2; /* host, range */
    header(f, "x-amz-date", DATE);
    header(f, "authorization", AUTHORIZATION("host;range;x-amz-date", EMPTY));
    expect_refused(f, 400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
    header(f, "x-amz-content-sha256", "nonsense");
    struct sl_auth_payload_form form;
    struct sl_err err = { 0 };
    assert_false(sl_auth_payload_form(&f->x, &f->auth, &form, &err));
    assert_string_equal(err.aws_code, "InvalidArgument");
}

/* Sign for a service as a client would, and hand it in. */
static void sign_for(struct fixture *f, const char *service, const char *region, const char *path, const char *raw_path,
                     const char *token)
{
    struct sl_sigv4_headers made = { .x_amz_date = "" };
    struct sl_err err = { 0 };
    struct sl_credentials cred = { .access_key_id = KEY_ID };
    struct sl_sigv4_scope scope = { .region = region, .service = service, .time_utc = UTC };
    struct sl_pair host = { "host", "127.0.0.1:1" };
    struct sl_sigv4_request req = {
        .method = "GET", .encoded_path = raw_path, .headers = &host, .n_headers = 1, .payload_hash = EMPTY
    };
    assert_ok(err, sl_secret_copy(SPAN(SECRET), &cred.secret_access_key, &err));
    assert_ok(err, sl_secret_copy(sl_span_str(token), &cred.session_token, &err));
    assert_ok(err, sl_sigv4_sign(&req, &cred, &scope, &made, &err));
    f->x.path = path;
    f->x.raw_path = raw_path;
    f->x.n_headers = 0;
    header(f, "host", "127.0.0.1:1");
    assert_string_equal(made.x_amz_date, DATE);
    header(f, "x-amz-date", DATE);
    if (*token)
        header(f, "x-amz-security-token", token);
    const char *authorization = sl_arena_str(&f->arena, sl_buf_str(&made.authorization), &err);
    header(f, "authorization", authorization);
    sl_sigv4_headers_clear(&made);
    sl_credentials_clear(&cred);

    static uint8_t digest[SL_SHA256_BYTES];
    assert_ok(err, sl_sha256(SL_SPAN_EMPTY, digest, &err));
    f->x.body_sha256 = (struct sl_span){ digest, sizeof digest };
}

/* As version 2.23.6 of the AWS CLI sent it: it signs transfer-encoding, which later versions leave out. */
static void test_a_client_may_sign_more_headers_than_it_should(void **state)
{
    struct fixture *f = *state;
    f->x.method = "PUT";
    f->x.path = "/firmware/a b.bin";
    f->x.raw_path = "/firmware/a%20b.bin";
    f->x.now_utc = 1795398569; /* 20261123T014929Z */
    header(f, "host", "127.0.0.1:39853");
    header(f, "expect", "100-continue");
    header(f, "transfer-encoding", "chunked");
    header(f, "content-encoding", "aws-chunked");
    header(f, "x-amz-trailer", "x-amz-checksum-crc64nvme");
    header(f, "x-amz-decoded-content-length", "4");
    header(f, "x-amz-sdk-checksum-algorithm", "CRC64NVME");
    header(f, "x-amz-date", "20261123T014929Z");
    header(f, "x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    header(
        f, "authorization",
        "AWS4-HMAC-SHA256 Credential=" KEY_ID
        "/20261123/us-east-1/s3/aws4_request, SignedHeaders=content-encoding;host;"
        "transfer-encoding;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-sdk-checksum-algorithm;"
        "x-amz-trailer, Signature=44712f9d809779966de19b94f9cb9b2f669972313d64630d11cb9cf5ef33da6d");
    expect_good(f);
    change(f, "transfer-encoding", "gzip");
    expect_refused(f, 403, "SignatureDoesNotMatch", "does not match");
}

static void test_other_services_sign_the_body_and_encode_the_path_twice(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = { 0 };
    static const char *const raw[] = { "/things/a/jobs/$next", "/things/a/jobs/%24next" };
    for (size_t i = 0; i < COUNT_OF(raw); i++) {
        sign_for(f, "iot-jobs-data", "us-east-1", "/things/a/jobs/$next", raw[i], "");
        assert_ok(err, verify(f, &err));
        assert_string_equal(f->x.service, "iot-jobs-data");
    }
    sign_for(f, "execute-api", "us-east-1", "/things", "/things", ""); /* what clients before 2023 call IoT */
    assert_ok(err, verify(f, &err));
    assert_string_equal(f->x.service, "iot");
    sign_for(f, "iot-jobs-data", "us-east-1", "/things/a/jobs/$next", raw[1], "");
    f->x.raw_path = raw[0]; /* another line than was signed, though it means the same */
    expect_refused(f, 403, "InvalidSignatureException", "does not match");
    f->x.raw_path = raw[1];
    uint8_t other[SL_SHA256_BYTES] = { 1 };
    f->x.body_sha256 = (struct sl_span){ other, sizeof other };
    expect_refused(f, 403, "InvalidSignatureException", "does not match");
}

static void test_services_have_their_own_names_for_the_same_trouble(void **state)
{
    static const struct {
        const char *service, *skewed, *unknown, *token;
    } cases[] = {
        { "iot", "InvalidSignatureException", "UnrecognizedClientException", "UnrecognizedClientException" },
        { "iot-jobs-data", "InvalidSignatureException", "UnrecognizedClientException", "UnrecognizedClientException" },
        { "iam", "SignatureDoesNotMatch", "InvalidClientTokenId", "InvalidClientTokenId" },
        { "sts", "SignatureDoesNotMatch", "InvalidClientTokenId", "InvalidClientTokenId" },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sign_for(f, cases[i].service, "us-east-1", "/", "/", "");
        f->x.now_utc = UTC + 901;
        expect_refused(f, 403, cases[i].skewed, "Signature expired: 20130524T000000Z is now earlier than");
        f->x.now_utc = UTC - 901;
        expect_refused(f, 403, cases[i].skewed, "Signature not yet current: 20130524T000000Z is still later than");
        f->x.now_utc = UTC;
        f->root.access_key_id = "AKIAIOSFODNN7EXAMPLF";
        expect_refused(f, 403, cases[i].unknown, "security token included in the request is invalid");
        f->root.access_key_id = KEY_ID;
        sign_for(f, cases[i].service, "us-east-1", "/", "/", "a token the root identity does not have");
        expect_refused(f, 403, cases[i].token, "security token included in the request is invalid");
        sign_for(f, cases[i].service, "ap-south-1", "/", "/", "");
        expect_refused(f, 403, cases[i].skewed, "valid region");
    }
    sign_for(f, "sqs", "us-east-1", "/", "/", "");
    expect_refused(f, 403, "InvalidSignatureException", "correct service");
}

/* A session of a role: its token must come along, and it ends. */
static void test_a_session_is_known_by_its_token_until_it_ends(void **state)
{
    struct fixture *f = *state;
    struct sl_err err = { 0 };
    struct sl_exchange x = f->x;
    struct sl_credentials cred = { .access_key_id = "" };
    x.caller_arn = "arn:aws:iam::123456789012:root";
    x.caller_role = "";
    assert_ok(err, sl_store_begin(f->store, &err));
    assert_ok(err, sl_store_exec(f->store, &err,
                                 "INSERT INTO iam_roles(name, id, path, trust, created, max_session, description) "
                                 "VALUES('dl', 'AROAX', '/', '{}', 0, 3600, '')",
                                 ""));
    assert_ok(err, sl_access_assume(&x, "dl", "s1", 900, &cred, &err));
    assert_ok(err, sl_store_commit(f->store, &err));

    struct sl_secret url = { 0 };
    struct sl_pair host = { "host", HOST };
    struct sl_sigv4_scope scope = { .region = "us-east-1", .service = "s3", .time_utc = UTC, .s3_path = true };
    struct sl_sigv4_request req = {
        .method = "GET", .path = "/b/k", .headers = &host, .n_headers = 1, .payload_hash = "UNSIGNED-PAYLOAD"
    };
    assert_ok(err, sl_sigv4_presign(&req, &cred, &scope, 3600, &url, &err));
    const char *signature = strstr((char *)url.ptr, "X-Amz-Signature=") + 16;
    char credential[200];
    (void)snprintf(credential, sizeof credential, "%s/20130524/us-east-1/s3/aws4_request", cred.access_key_id);
    f->x.path = f->x.raw_path = "/b/k";
    presigned(f);
    change(f, "X-Amz-Credential", credential);
    change(f, "X-Amz-Expires", "3600");
    change(f, "X-Amz-Signature", signature);
    expect_refused(f, 400, "InvalidToken", "malformed or otherwise invalid");
    query(f, "X-Amz-Security-Token", (char *)cred.session_token.ptr);
    assert_ok(err, verify(f, &err));
    assert_string_equal(f->x.caller_arn, "arn:aws:sts::123456789012:assumed-role/dl/s1");
    assert_string_equal(f->x.caller_role, "dl");
    f->x.now_utc = UTC + 899;
    assert_ok(err, verify(f, &err));
    f->x.now_utc = UTC + 900; /* the URL would be good for longer, the session is not */
    expect_refused(f, 400, "ExpiredToken", "The provided token has expired.");
    sl_secret_clear(&url);
    sl_credentials_clear(&cred);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_documented_get_verifies),
        TEST(test_the_documented_put_verifies),
        TEST(test_the_documented_subresource_verifies),
        TEST(test_the_documented_list_verifies_whatever_the_order_of_its_query),
        TEST(test_the_documented_chunked_seeds_verify),
        TEST(test_the_documented_presigned_url_verifies_until_it_expires),
        TEST(test_a_presigned_url_is_good_for_its_request_only),
        TEST(test_presigned_parameters_out_of_form_are_refused),
        TEST(test_a_signature_of_other_bytes_does_not_match),
        TEST(test_clocks_may_differ_by_a_quarter_of_an_hour),
        TEST(test_key_and_scope_must_be_ours),
        TEST(test_host_and_every_amz_header_must_be_signed),
        TEST(test_what_is_no_signature_is_refused_by_its_fault),
        TEST(test_unsigned_requests_are_denied_as_the_service_would),
        TEST(test_header_and_query_together_are_refused),
        TEST(test_an_s3_request_must_declare_its_payload),
        TEST(test_a_client_may_sign_more_headers_than_it_should),
        TEST(test_other_services_sign_the_body_and_encode_the_path_twice),
        TEST(test_services_have_their_own_names_for_the_same_trouble),
        TEST(test_a_session_is_known_by_its_token_until_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
