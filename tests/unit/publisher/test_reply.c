/* Replies: what a service said when it refused, in each of its protocols, and what is made of it. */
#include "publisher/priv/remote.h"
#include "publisher/priv/transient.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MAX_HEADERS 4

struct row {
    const char *name;
    int status;
    struct sl_pair headers[MAX_HEADERS];
    const char *body;
    enum sl_code code; /* SL_OK: expected to pass */
    const char *aws_code, *message;
    bool transient;
};

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static const struct row rows[] = {
    { "a success", 200, { { "x-amz-request-id", "R" } }, "", SL_OK, "", "", false },
    { "a success with XML",
      200,
      { { 0 } },
      XML "<ListAllMyBucketsResult><Owner/></ListAllMyBucketsResult>",
      SL_OK,
      "",
      "",
      false },
    { "a success with JSON that talks of codes",
      200,
      { { 0 } },
      "{\"code\":\"x\",\"message\":\"y\"}",
      SL_OK,
      "",
      "",
      false },
    { "a success without a body", 204, { { 0 } }, "", SL_OK, "", "", false },
    { "S3 denies",
      403,
      { { "x-amz-request-id", "4442587FB7D0A2F9" }, { "x-amz-id-2", "vlR7PnpV2Ce81l0=" } },
      XML "<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>other</RequestId></Error>",
      SL_E_DENIED,
      "AccessDenied",
      "it: HTTP 403 AccessDenied: Access Denied; the credentials do not allow it (request id other, host id "
      "vlR7PnpV2Ce81l0=)",
      false },
    { "S3 answers 200 and means an error",
      200,
      { { "x-amz-request-id", "R" } },
      XML "\n<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>",
      SL_E_NETWORK,
      "InternalError",
      "it: HTTP 200 InternalError: We encountered an internal error. (request id R)",
      true },
    { "S3 answers 200 and means a refusal",
      200,
      { { 0 } },
      "<Error><Code>AccessDenied</Code></Error>",
      SL_E_DENIED,
      "AccessDenied",
      "it: HTTP 200 AccessDenied; the credentials do not allow it",
      false },
    { "no body, as HEAD has none",
      404,
      { { "x-amz-request-id", "R" } },
      "",
      SL_E_DENIED,
      "",
      "it: HTTP 404 (request id R)",
      false },
    { "a precondition failed",
      412,
      { { 0 } },
      "<Error><Code>PreconditionFailed</Code><Message>At least "
      "one</Message><Condition>If-None-Match</Condition></Error>",
      SL_E_CONFLICT,
      "PreconditionFailed",
      "it: HTTP 412 PreconditionFailed: At least one",
      false },
    { "two writers met",
      409,
      { { 0 } },
      "<Error><Code>ConditionalRequestConflict</Code></Error>",
      SL_E_NETWORK,
      "ConditionalRequestConflict",
      "it: HTTP 409 ConditionalRequestConflict",
      true },
    { "the bucket is elsewhere",
      301,
      { { "x-amz-bucket-region", "eu-west-1" } },
      "<Error><Code>PermanentRedirect</Code><Message>The bucket</Message><Endpoint>x</Endpoint></Error>",
      SL_E_DENIED,
      "PermanentRedirect",
      "it: HTTP 301 PermanentRedirect: The bucket; the bucket is in another region; the bucket's region is eu-west-1",
      false },
    { "bytes changed on the way",
      400,
      { { 0 } },
      "<Error><Code>XAmzContentSHA256Mismatch</Code></Error>",
      SL_E_VERIFY,
      "XAmzContentSHA256Mismatch",
      "it: HTTP 400 XAmzContentSHA256Mismatch; the bytes were changed on the way, or the file was changed meanwhile",
      false },
    { "IAM, query protocol",
      404,
      { { "x-amzn-requestid", "header-id" } },
      "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>NoSuchEntity"
      "</Code><Message>The role with name r cannot be found.</Message></Error><RequestId>body-id</RequestId>"
      "</ErrorResponse>",
      SL_E_DENIED,
      "NoSuchEntity",
      "it: HTTP 404 NoSuchEntity: The role with name r cannot be found. (request id body-id)",
      false },
    { "STS with a wrong secret",
      403,
      { { 0 } },
      "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error></ErrorResponse>",
      SL_E_DENIED,
      "SignatureDoesNotMatch",
      "it: HTTP 403 SignatureDoesNotMatch: no; check the secret access key, and the clock of this machine",
      false },
    { "EC2-like wrapping",
      400,
      { { 0 } },
      "<Response><Errors><Error><Code>ThrottlingException</Code></Error></Errors><RequestId>q</RequestId></Response>",
      SL_E_NETWORK,
      "ThrottlingException",
      "it: HTTP 400 ThrottlingException (request id q)",
      true },
    { "IoT, error type in the header",
      409,
      { { "x-amzn-errortype", "ResourceAlreadyExistsException:http://internal.amazon.com/coral/x/" },
        { "x-amzn-requestid", "id-1" } },
      "{\"message\":\"Job j already exists\",\"resourceId\":\"j\"}",
      SL_E_CONFLICT,
      "ResourceAlreadyExistsException",
      "it: HTTP 409 ResourceAlreadyExistsException: Job j already exists (request id id-1)",
      false },
    { "JSON, type in the body",
      400,
      { { 0 } },
      "{\"__type\":\"com.amazonaws.iot#InvalidRequestException\",\"Message\":\"bad\"}",
      SL_E_INPUT,
      "InvalidRequestException",
      "it: HTTP 400 InvalidRequestException: bad",
      false },
    { "JSON, code in the body",
      400,
      { { 0 } },
      "{\"code\":\"Invalid\",\"errorMessage\":\"bad\"}",
      SL_E_INPUT,
      "Invalid",
      "it: HTTP 400 Invalid: bad",
      false },
    { "a quota used up",
      410,
      { { "x-amzn-errortype", "LimitExceededException" } },
      "{\"message\":\"limit\"}",
      SL_E_DENIED,
      "LimitExceededException",
      "it: HTTP 410 LimitExceededException: limit; a quota of the account is used up",
      false },
    { "an unknown code is shown as it is",
      418,
      { { 0 } },
      "<Error><Code>Teapot_2</Code></Error>",
      SL_E_INPUT,
      "Teapot_2",
      "it: HTTP 418 Teapot_2",
      false },
    { "a gateway's page",
      502,
      { { "content-type", "text/html" } },
      "<html><body>Bad Gateway</body></html>",
      SL_E_NETWORK,
      "",
      "it: HTTP 502",
      true },
    { "half of a document", 500, { { 0 } }, "<Error><Code>Acc", SL_E_NETWORK, "", "it: HTTP 500", true },
    { "broken JSON",
      403,
      { { 0 } },
      "{\"message\":",
      SL_E_DENIED,
      "",
      "it: HTTP 403; the credentials do not allow it",
      false },
    { "a message that would move the cursor",
      400,
      { { 0 } },
      "{\"__type\":\"A\\u001b[2J\",\"message\":\"x\\u001b]0;y\\u0007z\\nw\"}",
      SL_E_INPUT,
      "A\x1b[2J",
      "it: HTTP 400 A?[2J: x?]0;y?z?w",
      false },
};

/* A reply as the wire would have made it; body and headers belong to the row. */
static void make(const struct row *row, struct sl_pair *headers, struct sl_reply *ret)
{
    struct sl_err err = { .code = SL_OK };
    ret->status = row->status;
    for (size_t i = 0; i < MAX_HEADERS && row->headers[i].name; i++)
        headers[ret->n_headers++] = row->headers[i];
    ret->headers = headers;
    assert_true(sl_buf_add_str(&ret->body, row->body, &err));
}

static void test_reply_says_what_the_service_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sl_pair headers[MAX_HEADERS];
        SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
        struct sl_request req = { .method = "GET", .path = "/" };
        struct sl_err err = { .code = SL_OK };
        char code[80];
        print_message("  %s\n", rows[i].name);
        make(&rows[i], headers, &reply);
        assert_int_equal(sl_reply_expect(&req, &reply, "it", &err), rows[i].code == SL_OK);
        assert_string_equal(err.msg, rows[i].message);
        assert_int_equal(err.code, rows[i].code);
        assert_int_equal(sl_reply_code(&reply, code), *rows[i].aws_code != 0);
        assert_string_equal(code, rows[i].aws_code);
        if (rows[i].code == SL_OK)
            continue;
        assert_string_equal(err.aws_code, rows[i].aws_code);
        assert_int_equal(err.http_status, rows[i].status);
        assert_int_equal(err.transient, rows[i].transient);
    }
}

static void test_reply_cuts_what_is_too_long(void **state)
{
    (void)state;
    static char body[4096];
    memcpy(body, "<Error><Code>", 13);
    memset(body + 13, 'C', 500);
    memcpy(body + 513, "</Code><Message>", 16);
    memset(body + 529, 'M', 2000);
    memcpy(body + 2529, "</Message></Error>", 18);
    const struct row row = { "long", 400, { { 0 } }, body, SL_E_INPUT, "", "", false };
    struct sl_pair headers[MAX_HEADERS];
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_request req = { .method = "GET", .path = "/" };
    struct sl_err err = { .code = SL_OK };
    char code[80];
    make(&row, headers, &reply);
    assert_false(sl_reply_expect(&req, &reply, "it", &err));
    assert_int_equal(strspn(strchr(err.msg, 'C'), "C"), 79);
    assert_int_equal(strspn(strchr(err.msg, 'M'), "M"), 200);
    assert_true(sl_reply_code(&reply, code));
    assert_int_equal(strlen(code), 79);
}

static void test_transient_table_is_what_the_sdks_retry_but_for_quotas(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *code;
        enum sl_transient kind;
    } expected[] = {
        { 503, "SlowDown", SL_TRANSIENT_THROTTLE },
        { 400, "Throttling", SL_TRANSIENT_THROTTLE },
        { 429, "", SL_TRANSIENT_THROTTLE },
        { 429, "TooManyRequestsException", SL_TRANSIENT_THROTTLE },
        { 500, "", SL_TRANSIENT_FAULT },
        { 502, "", SL_TRANSIENT_FAULT },
        { 503, "", SL_TRANSIENT_FAULT },
        { 504, "", SL_TRANSIENT_FAULT },
        { 400, "RequestTimeout", SL_TRANSIENT_FAULT },
        { 200, "InternalError", SL_TRANSIENT_FAULT },
        { 500, "InternalFailureException", SL_TRANSIENT_FAULT },
        { 501, "NotImplemented", SL_TRANSIENT_NO },
        { 505, "", SL_TRANSIENT_NO },
        { 410, "LimitExceededException", SL_TRANSIENT_NO },
        { 403, "AccessDenied", SL_TRANSIENT_NO },
        { 412, "PreconditionFailed", SL_TRANSIENT_NO },
        { 404, "NoSuchKey", SL_TRANSIENT_NO },
        { 200, "", SL_TRANSIENT_NO },
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(sl_transient_of(expected[i].status, expected[i].code), expected[i].kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reply_says_what_the_service_said),
        cmocka_unit_test(test_reply_cuts_what_is_too_long),
        cmocka_unit_test(test_transient_table_is_what_the_sdks_retry_but_for_quotas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
