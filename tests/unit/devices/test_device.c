#include "devices/device.h"
#include "sandbox/prepare.h"
#include "tests/unit/devices/signing.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define ROLE "arn:aws:iam::123456789012:role/download"
#define S3   "https://s3.eu-west-1.amazonaws.com/firmware"

/* A device, the sandbox it talks to, and the keys of the release. */
static struct sl_sandbox *sandbox;
static struct sl_wire *wire;
static struct signing_key release_key, stranger, ed25519;
static struct sl_device_outcome outcome;

static void open_wire(const char *url, struct sl_wire **ret)
{
    struct sl_err err = { 0 };
    struct sl_credentials cred = { .access_key_id = "" };
    struct sl_wire_options options = { .region = "eu-west-1", .max_attempts = 1 };
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        options.endpoint_url[i] = url;
    (void)snprintf(cred.access_key_id, sizeof cred.access_key_id, "%s", sl_sandbox_access_key_id(sandbox));
    assert_ok(err, sl_secret_copy(sl_span_str(sl_sandbox_secret_access_key(sandbox)), &cred.secret_access_key, &err));
    assert_ok(err, sl_wire_open(&options, &cred, ret, &err));
}

static void prepare(const char *trust, const char *permissions)
{
    static const char *const roles[] = { ROLE }, *const things[] = { "lab-1" };
    struct sl_err err = { 0 };
    struct sl_prepare_wish wish = { .bucket = "firmware",
                                    .prefix = "",
                                    .roles = roles,
                                    .n_roles = 1,
                                    .trust = trust,
                                    .permissions = permissions,
                                    .things = things,
                                    .n_things = 1 };
    assert_ok(err, sl_sandbox_prepare(sandbox, &wish, &err));
}

static int setup(void **state)
{
    struct sl_err err = { 0 };
    struct sl_sandbox_options options = { .listen = "127.0.0.1:0" };
    (void)state;
    assert_ok(err, sl_sandbox_open(&options, &sandbox, &err));
    prepare(NULL, NULL);
    open_wire(sl_sandbox_url(sandbox), &wire);
    signing_key_make(&release_key, "P-256");
    signing_key_make(&stranger, "P-256");
    signing_key_make(&ed25519, "ED25519");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sl_wire_close(wire);
    sl_sandbox_close(sandbox);
    signing_key_clear(&release_key);
    signing_key_clear(&stranger);
    signing_key_clear(&ed25519);
    return 0;
}

/* Ask the sandbox as an operator; a JSON reply as a new reference, NULL when there is none. */
static json_t *ask(enum sl_service service, const char *method, const char *path, const char *body, const char *type)
{
    struct sl_err err = { 0 };
    struct sl_reply reply = { .status = 0 };
    struct sl_pair header = { "content-type", type };
    struct sl_request req = { .service = service,
                              .method = method,
                              .path = path,
                              .headers = &header,
                              .n_headers = 1,
                              .body = sl_span_str(body),
                              .what = "ask" };
    json_t *value = NULL;
    assert_ok(err, sl_wire_send(wire, &req, &reply, &err));
    assert_ok(err, sl_reply_expect(&req, &reply, path, &err));
    if (reply.body.len && reply.body.ptr[0] == '{')
        assert_ok(err, sl_json_parse(sl_buf_span(&reply.body), "reply", &value, &err));
    sl_reply_clear(&reply);
    return value;
}

static void put(const char *key, const char *bytes)
{
    char path[80];
    (void)snprintf(path, sizeof path, "/firmware/%s", key);
    json_decref(ask(SL_S3, "PUT", path, bytes, "application/octet-stream"));
}

/* A release in parts that tests bend; what is NULL is as it should be. */
struct offer {
    const char *signed_bytes, *stored_bytes; /* of app.bin: what was signed, what is in the bucket */
    const char *version, *rollback_from, *hardware;
    const struct signing_key *statement_key, *file_key;
    const char *operation, *label_version, *sha256, *stated_sha256, *hash;
    long size_bytes; /* 0: the right one */
};

static const char bytes[] = "the firmware";

static json_t *statement_of(const struct offer *o, const char *sha256)
{
    char payload[1500];
    (void)snprintf(
        payload, sizeof payload,
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{%s\"name\":\"thermostat\","
        "\"planDigest\":\"00\"%s%s%s,\"version\":\"%s\"},\"predicateType\":\"https://sealift.dev/release/v1\","
        "\"subject\":[{\"digest\":{\"sha256\":\"%s\"},\"name\":\"app\"}]}",
        o->hardware ? o->hardware : "", o->rollback_from ? ",\"rollbackFrom\":\"" : "",
        o->rollback_from ? o->rollback_from : "", o->rollback_from ? "\"" : "", o->version ? o->version : "2.4.1",
        sha256);
    const struct signing_key *keys[] = { o->statement_key ? o->statement_key : &release_key };
    return signing_envelope(payload, keys, 1);
}

static json_t *document_of(const struct offer *o)
{
    const char *content = o->signed_bytes ? o->signed_bytes : bytes;
    const struct signing_key *key = o->file_key ? o->file_key : &release_key;
    char sha256[65];
    signing_sha256(content, sha256);
    char *signature = signing_sign(key, sl_span_str(content));
    json_t *envelope = statement_of(o, o->stated_sha256 ? o->stated_sha256 : sha256);
    json_t *document = json_pack(
        "{s:s, s:[{s:s, s:{s:s}, s:{s:{s:s}, s:s}, s:{s:{s:I, s:s, s:s}}}], s:{s:s, s:s, s:o}}", "operation",
        o->operation ? o->operation : "install", "files", "fileName", "app.bin", "fileSource", "url",
        "${aws:iot:s3-presigned-url-v2:" S3 "/app.bin}", "checksum", "inline", "value", o->sha256 ? o->sha256 : sha256,
        "hashAlgorithm", o->hash ? o->hash : "sha256", "signature", "codesign", "rawPayloadSize",
        o->size_bytes ? (json_int_t)o->size_bytes : (json_int_t)strlen(content), "signatureAlgorithm",
        sl_algorithm_document_name(sl_pubkey_statement_algorithm(&key->public_key)), "signature", signature, "sealift",
        "release", "thermostat", "version",
        o->label_version ? o->label_version
        : o->version     ? o->version
                         : "2.4.1",
        "statement", envelope);
    assert_non_null(document);
    free(signature);
    return document;
}

static void create_job(const char *document)
{
    json_t *body = json_pack("{s:[s], s:s, s:{s:s}}", "targets", "arn:aws:iot:eu-west-1:123456789012:thing/lab-1",
                             "document", document, "presignedUrlConfig", "roleArn", ROLE);
    char *text = json_dumps(body, JSON_COMPACT);
    assert_non_null(text);
    json_decref(ask(SL_IOT, "PUT", "/jobs/j", text, "application/json"));
    free(text);
    json_decref(body);
}

static void publish(const struct offer *o)
{
    json_t *document = document_of(o);
    char *text = json_dumps(document, JSON_COMPACT);
    assert_non_null(text);
    put("app.bin", o->stored_bytes ? o->stored_bytes : o->signed_bytes ? o->signed_bytes : bytes);
    create_job(text);
    free(text);
    json_decref(document);
}

static struct sl_device_options device(void)
{
    return (struct sl_device_options){ .thing_name = "lab-1",
                                       .hardware = "rev-b",
                                       .version = "2.3.0",
                                       .trust = &release_key.public_key,
                                       .n_trust = 1,
                                       .threshold = 1 };
}

static void run(const struct sl_device_options *options)
{
    struct sl_err err = { 0 };
    assert_ok(err, sl_device_run(options, wire, &outcome, &err));
}

/* What the service knows of the execution: its status and one of its details. */
static void execution_is(const char *status, const char *detail, const char *value)
{
    json_t *reply = ask(SL_IOT, "GET", "/things/lab-1/jobs/j", "", "application/json");
    assert_string_equal(sl_json_str(reply, "execution.status"), status);
    if (detail) {
        char path[100];
        (void)snprintf(path, sizeof path, "execution.statusDetails.detailsMap.%s", detail);
        assert_string_equal(sl_json_str(reply, path), value);
    }
    json_decref(reply);
}

/* The device ends this offer so, for this reason, and says so to the service. */
static void ends(const struct offer *o, const struct sl_device_options *options, enum sl_device_result result,
                 const char *code, const char *reason)
{
    publish(o);
    run(options);
    assert_string_equal(outcome.reason, reason);
    assert_int_equal(outcome.result, result);
    assert_string_equal(outcome.job_id, "j");
    assert_string_equal(outcome.version, options->version); /* nothing was installed */
    const char *status = result == SL_DEVICE_REJECTED ? "REJECTED" : "FAILED";
    execution_is(status, "errorCode", code);
    execution_is(status, "reason", reason);
}

static void rejects(const struct offer *o, const char *code, const char *reason)
{
    struct sl_device_options d = device();
    ends(o, &d, SL_DEVICE_REJECTED, code, reason);
}

static void fails(const struct offer *o, const char *code, const char *reason)
{
    struct sl_device_options d = device();
    ends(o, &d, SL_DEVICE_FAILED, code, reason);
}

static void test_device_is_idle_when_there_is_no_job(void **state)
{
    (void)state;
    struct sl_device_options d = device();
    run(&d);
    assert_int_equal(outcome.result, SL_DEVICE_IDLE);
    assert_string_equal(outcome.version, "2.3.0");
    assert_string_equal(outcome.job_id, "");
}

static void test_device_installs_what_its_trusted_key_signed(void **state)
{
    (void)state;
    struct offer good = { .hardware = "\"hardware\":[\"rev-a\",\"rev-b\"]," };
    struct sl_device_options d = device();
    publish(&good);
    run(&d);
    assert_string_equal(outcome.reason, "");
    assert_int_equal(outcome.result, SL_DEVICE_SUCCEEDED);
    assert_string_equal(outcome.version, "2.4.1");
    assert_int_equal(outcome.bytes, strlen(bytes));
    assert_int_equal(outcome.files, 1);
    execution_is("SUCCEEDED", "version", "2.4.1");
    json_t *reply = ask(SL_IOT, "GET", "/jobs/j", "", "application/json");
    assert_string_equal(sl_json_str(reply, "job.status"), "COMPLETED");
    json_decref(reply);
    d.version = "2.4.1";
    run(&d);
    assert_int_equal(outcome.result, SL_DEVICE_IDLE);
}

static void test_device_checks_pure_ed25519_over_the_bytes(void **state)
{
    (void)state;
    struct offer good = { .statement_key = &ed25519, .file_key = &ed25519 };
    struct sl_device_options d = device();
    d.trust = &ed25519.public_key;
    publish(&good);
    run(&d);
    assert_string_equal(outcome.reason, "");
    assert_int_equal(outcome.result, SL_DEVICE_SUCCEEDED);
}

static void test_device_rejects_a_release_of_strangers_before_it_downloads(void **state)
{
    (void)state;
    struct offer o = { .statement_key = &stranger };
    rejects(&o, "ERR_STATEMENT_NOT_TRUSTED",
            "the release statement is signed by 0 of the trusted keys; 1 must sign it");
    assert_int_equal(outcome.bytes, 0);
}

static void test_device_needs_as_many_signers_as_its_threshold(void **state)
{
    (void)state;
    struct sl_pubkey both[] = { release_key.public_key, stranger.public_key };
    struct sl_device_options d = device();
    struct offer o = { .version = NULL };
    d.trust = both;
    d.n_trust = d.threshold = 2;
    ends(&o, &d, SL_DEVICE_REJECTED, "ERR_STATEMENT_NOT_TRUSTED",
         "the release statement is signed by 1 of the trusted keys; 2 must sign it");
}

static void test_device_rejects_a_document_without_a_statement(void **state)
{
    (void)state;
    struct sl_device_options d = device();
    create_job("{\"operation\":\"install\",\"files\":[]}");
    run(&d);
    assert_int_equal(outcome.result, SL_DEVICE_REJECTED);
    assert_string_equal(outcome.reason, "no release statement in the job document");
    execution_is("REJECTED", "errorCode", "ERR_NO_STATEMENT");
}

static void test_device_rejects_operations_it_does_not_know(void **state)
{
    (void)state;
    struct offer o = { .operation = "reboot" };
    rejects(&o, "ERR_UNKNOWN_OPERATION", "operation 'reboot' is not one this device knows");
}

static void test_device_rejects_releases_for_other_hardware(void **state)
{
    (void)state;
    struct offer o = { .hardware = "\"hardware\":[\"rev-a\",\"rev-c\"]," };
    rejects(&o, "ERR_WRONG_HARDWARE", "release 2.4.1 is not for hardware 'rev-b'");
}

static void test_device_rejects_a_lower_version(void **state)
{
    (void)state;
    struct offer o = { .version = "2.3.0-rc.1" };
    rejects(&o, "ERR_LOWER_VERSION", "version 2.3.0-rc.1 is lower than 2.3.0, which runs");
}

static void test_device_rolls_back_when_the_statement_names_what_runs(void **state)
{
    (void)state;
    struct offer o = { .version = "2.2.9", .rollback_from = "2.3.0" };
    struct sl_device_options d = device();
    publish(&o);
    run(&d);
    assert_string_equal(outcome.reason, "");
    assert_string_equal(outcome.version, "2.2.9");
}

static void test_device_rejects_a_rollback_from_another_version(void **state)
{
    (void)state;
    struct offer o = { .version = "2.2.9", .rollback_from = "2.3.1" };
    rejects(&o, "ERR_LOWER_VERSION",
            "version 2.2.9 is lower than 2.3.0, which runs; it may be rolled back to from 2.3.1 only");
}

static void test_device_rejects_labels_that_contradict_the_statement(void **state)
{
    (void)state;
    struct offer o = { .label_version = "2.5.0" };
    rejects(&o, "ERR_STATEMENT_INVALID",
            "the document says release 'thermostat' 2.5.0, its signed statement 'thermostat' 2.4.1");
}

static void test_device_rejects_files_that_are_not_in_the_statement(void **state)
{
    (void)state;
    struct offer o = { .stated_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" };
    rejects(&o, "ERR_NOT_IN_STATEMENT", "'app.bin' is not in the signed statement");
    assert_int_equal(outcome.bytes, 0);
}

static void test_device_fails_when_the_bytes_are_not_those_that_were_signed(void **state)
{
    (void)state;
    struct offer o = { .stored_bytes = "the f1rmware" };
    fails(&o, "ERR_CHECKSUM_FAILED", "the digest of 'app.bin' is not the one that was signed");
    assert_int_equal(outcome.bytes, strlen(bytes));
}

static void test_device_fails_when_there_are_fewer_bytes_than_stated(void **state)
{
    (void)state;
    struct offer o = { .size_bytes = 13 };
    fails(&o, "ERR_CHECKSUM_FAILED", "'app.bin' is 12 bytes long, the document states 13");
}

static void test_device_stops_at_the_stated_size(void **state)
{
    (void)state;
    struct offer o = { .size_bytes = 11 };
    publish(&o);
    struct sl_device_options d = device();
    run(&d);
    assert_int_equal(outcome.result, SL_DEVICE_FAILED);
    assert_non_null(strstr(outcome.reason, "'app.bin' is longer than the 11 bytes the document states"));
    execution_is("FAILED", "errorCode", "ERR_CHECKSUM_FAILED");
}

static void test_device_rejects_a_file_signed_by_a_stranger(void **state)
{
    (void)state;
    struct offer o = { .file_key = &stranger };
    rejects(&o, "ERR_SIGNATURE_FAILED", "the signature of 'app.bin' is of no key this device trusts");
}

static void test_device_fails_on_checksums_it_does_not_know(void **state)
{
    (void)state;
    struct offer o = { .hash = "md5" };
    fails(&o, "ERR_UNSUPPORTED_CHECKSUM_ALGORITHM", "'app.bin' has the checksum algorithm 'md5'");
}

static void test_device_fails_when_the_role_may_not_read_the_file_and_tells_no_url(void **state)
{
    (void)state;
    struct offer o = { .version = NULL };
    struct sl_device_options d = device();
    publish(&o);
    prepare(NULL, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObjectVersion\","
                  "\"Resource\":\"arn:aws:s3:::firmware/*\"}]}");
    run(&d);
    assert_int_equal(outcome.result, SL_DEVICE_FAILED);
    assert_non_null(strstr(outcome.reason, "AccessDenied"));
    assert_null(strstr(outcome.reason, "X-Amz"));
    execution_is("FAILED", "errorCode", "ERR_DOWNLOAD_FAILED");
}

static void test_device_reports_nothing_when_the_service_refuses_it_the_job(void **state)
{
    (void)state;
    struct offer o = { .version = NULL };
    struct sl_device_options d = device();
    publish(&o);
    prepare(
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
        "\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":"
        "\"999999999999\"}}}]}",
        NULL);
    run(&d);
    assert_int_equal(outcome.result, SL_DEVICE_FAILED);
    assert_non_null(strstr(outcome.reason, "cannot be assumed by iot.amazonaws.com"));
    execution_is("QUEUED", NULL, NULL);
}

static void test_device_cannot_run_without_its_endpoint(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_wire *elsewhere;
    struct sl_device_options d = device();
    open_wire("http://127.0.0.1:9", &elsewhere);
    assert_false(sl_device_run(&d, elsewhere, &outcome, &err));
    assert_int_equal(err.code, SL_E_NETWORK);
    sl_wire_close(elsewhere);
}

static void test_device_must_be_told_a_semantic_version(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_device_options d = device();
    d.version = "2.4";
    assert_refused(err, SL_E_USAGE,
                   "device 'lab-1' cannot run version '2.4', which is not a semantic version such as 2.4.1",
                   sl_device_run(&d, wire, &outcome, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_device_is_idle_when_there_is_no_job),
        TEST(test_device_installs_what_its_trusted_key_signed),
        TEST(test_device_checks_pure_ed25519_over_the_bytes),
        TEST(test_device_rejects_a_release_of_strangers_before_it_downloads),
        TEST(test_device_needs_as_many_signers_as_its_threshold),
        TEST(test_device_rejects_a_document_without_a_statement),
        TEST(test_device_rejects_operations_it_does_not_know),
        TEST(test_device_rejects_releases_for_other_hardware),
        TEST(test_device_rejects_a_lower_version),
        TEST(test_device_rolls_back_when_the_statement_names_what_runs),
        TEST(test_device_rejects_a_rollback_from_another_version),
        TEST(test_device_rejects_labels_that_contradict_the_statement),
        TEST(test_device_rejects_files_that_are_not_in_the_statement),
        TEST(test_device_fails_when_the_bytes_are_not_those_that_were_signed),
        TEST(test_device_fails_when_there_are_fewer_bytes_than_stated),
        TEST(test_device_stops_at_the_stated_size),
        TEST(test_device_rejects_a_file_signed_by_a_stranger),
        TEST(test_device_fails_on_checksums_it_does_not_know),
        TEST(test_device_fails_when_the_role_may_not_read_the_file_and_tells_no_url),
        TEST(test_device_reports_nothing_when_the_service_refuses_it_the_job),
        TEST(test_device_cannot_run_without_its_endpoint),
        TEST(test_device_must_be_told_a_semantic_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
