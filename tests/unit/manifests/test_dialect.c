/* Documents of the dialects, and what devices can take of them. */
#include "core/file.h"
#include "manifests/priv/asked.h"
#include "manifests/priv/build.h"
#include "tests/unit/manifests/planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OTA    "  document: {dialect: afr-ota, certfile: /certs/ota.pem}\n"
#define AGENT  "  document: {dialect: jobs-agent}\n"
#define DEVICE "  device: "

static int enter(void **state)
{
    static char dir[64];
    planned_scratch(dir);
    planned_enter(dir);
    planned_write("app.bin", "firmware");
    planned_write("radio.bin", "radio");
    *state = dir;
    return 0;
}

static int leave(void **state)
{
    planned_enter("/");
    planned_remove(*state);
    return 0;
}

static bool load(const char *tail, struct planned *p, struct sl_err *err)
{
    char yaml[8192];
    (void)snprintf(yaml, sizeof yaml, "%s%s%s", MINIMAL_HEAD, MINIMAL_JOB, tail);
    planned_write("sealift.yaml", yaml);
    return planned_load("sealift.yaml", NULL, p, err);
}

static void expect_document(const char *tail, const char *json)
{
    struct planned p = { 0 };
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf got = { 0 };
    if (!load(tail, &p, &err))
        fail_msg("%s", err.msg);
    assert_true(sl_json_canonical(p.plan.jobs[0].document, &got, &err));
    assert_string_equal(sl_buf_str(&got), json);
    planned_clear(&p);
}

static void expect_refusal(const char *tail, unsigned line, const char *message)
{
    struct planned p = { 0 };
    struct sl_err err = { 0 };
    assert_false(load(tail, &p, &err));
    assert_string_equal(err.msg, message);
    assert_int_equal(err.code, SL_E_INPUT);
    assert_int_equal(err.loc.line, line);
    planned_clear(&p);
}

/* The warnings of a manifest, a line each. */
static void expect_doubts(const char *tail, const char *lines)
{
    struct planned p = { 0 };
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf got = { 0 };
    if (!load(tail, &p, &err))
        fail_msg("%s", err.msg);
    assert_true(sl_buf_add_str(&got, "", &err));
    for (size_t i = 0; sl_manifest_doubt(p.manifest, i); i++)
        assert_true(sl_buf_addf(&got, &err, "%s\n", sl_manifest_doubt(p.manifest, i)->msg));
    assert_string_equal(sl_buf_str(&got), lines);
    planned_clear(&p);
}

static void grow(const char *name, off_t bytes)
{
    assert_int_equal(truncate(name, bytes), 0);
}

#define URL                                                                                                            \
    "${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/acme-firmware/2.4.1/"                            \
    "app.bin%3FversionId%3D{{artifact.app.versionId}}}"

static void test_an_afr_ota_document_has_what_both_parsers_want(void **state)
{
    (void)state;
    expect_document(OTA,
                    "{\"afr_ota\":{\"files\":[{\"auth_scheme\":\"aws.s3.presigned\",\"certfile\":\"/certs/ota.pem\","
                    "\"fileType\":0,\"fileid\":0,\"filepath\":\"app.bin\",\"filesize\":8,"
                    "\"sig-sha256-ecdsa\":\"{{artifact.app.signature}}\",\"update_data_url\":\"" URL "\"}],"
                    "\"protocols\":[\"HTTP\"]},\"sealift\":{\"release\":\"thermostat\",\"version\":\"2.4.1\"}}");
}

static void test_the_ota_library_takes_four_mebibytes_unless_told_otherwise(void **state)
{
    (void)state;
    grow("app.bin", 4 << 20);
    expect_doubts(OTA DEVICE "{max_url: 2048}\n", "");
    grow("app.bin", (4 << 20) + 1);
    expect_refusal(OTA, 3,
                   "artifacts.app.file: 'app.bin' has 4194305 bytes, the OTA library takes 4 MiB unless it is "
                   "configured for more: state 'job.device.max_image' if yours is");
    expect_doubts(OTA DEVICE "{max_image: 8MiB, max_url: 2048}\n", "");
}

static void test_the_url_buffer_of_the_ota_library_is_doubted_until_it_is_stated(void **state)
{
    (void)state;
    expect_doubts(OTA, "job.document: a download URL may have 1726 characters, the OTA library takes 1500 "
                       "(OTA_REQUEST_URL_MAX_SIZE) unless it is configured for more: state 'job.device.max_url' if "
                       "yours is\n");
    expect_doubts(OTA DEVICE "{max_url: 1726}\n", "");
    expect_doubts(OTA DEVICE "{max_url: 1725}\n",
                  "job.device.max_url: a download URL may have 1726 characters, devices take 1725: shorten "
                  "bucket.prefix or the object keys, or give devices a longer buffer\n");
    expect_refusal(OTA DEVICE "{max_url: 1025}\n", 11,
                   "job.device.max_url: a download URL has at least 1026 characters, devices take 1025: shorten "
                   "bucket.prefix or the object keys, or give devices a longer buffer");
    expect_doubts(AGENT, "");
}

static void test_documents_are_measured_with_their_urls(void **state)
{
    (void)state;
    expect_doubts(OTA DEVICE "{max_url: 2048, max_document: 2083B}\n", "");
    expect_doubts(OTA DEVICE "{max_url: 2048, max_document: 2082B}\n",
                  "job.device.max_document: with its download URLs the job document may have 2083 bytes, devices take "
                  "2082: carry fewer artifacts in one job, or say less\n");
    expect_refusal(OTA DEVICE "{max_document: 1382B}\n", 11,
                   "job.device.max_document: with its download URLs the job document has at least 1383 bytes, devices "
                   "take 1382: carry fewer artifacts in one job, or say less");
}

static void test_a_document_may_be_too_long_only_with_long_urls(void **state)
{
    (void)state;
    SL_AUTO(sl_buf_clear) struct sl_buf tail = { 0 };
    struct sl_err err = { 0 };
    assert_true(sl_buf_add_str(&tail, "  document:\n    dialect: custom\n    body:\n      urls:\n", &err));
    for (unsigned i = 0; i < 20; i++)
        assert_true(sl_buf_add_str(&tail, "        - '{{artifact.app.url}}'\n", &err));
    expect_doubts(sl_buf_str(&tail),
                  "job.document: with its download URLs the job document may have 34590 bytes, AWS IoT delivers 32768: "
                  "carry fewer artifacts in one job, or say less\n");
}

/* A placeholder of the package catalog has no length that could be known, one for uploads is a URL too. */
static void test_other_placeholders_count_as_what_they_are(void **state)
{
    (void)state;
    expect_doubts(
        "  document: {dialect: custom, body: {a: '${aws:iot:package:n:version:v:attributes:k}', b: 'x}${y}'}}\n"
        "  packages: [{name: n, version: v}]\n"
        "  device: {max_document: 64B, max_url: 1}\n",
        "");
    expect_refusal("  document: {dialect: custom, body: {up: '${aws:iot:s3-presigned-url-upload:https://s3.x/b/"
                   "${thingName}}'}}\n  device: {max_url: 900}\n",
                   11,
                   "job.device.max_url: a download URL has at least 916 characters, devices take 900: shorten "
                   "bucket.prefix or the object keys, or give devices a longer buffer");
}

static void test_files_larger_than_devices_take_are_refused(void **state)
{
    (void)state;
    grow("app.bin", 1024);
    expect_doubts(AGENT DEVICE "{max_image: 1KiB}\n", "");
    grow("app.bin", 1025);
    expect_refusal(AGENT DEVICE "{max_image: 1KiB}\n", 3,
                   "artifacts.app.file: 'app.bin' has 1025 bytes, devices take 1024 (job.device.max_image)");
}

/* A file that is not there yet is no reason to refuse a check; one that is there already has its size. */
static void test_a_check_knows_the_size_of_files_that_are_there(void **state)
{
    (void)state;
    char yaml[2048];
    (void)snprintf(yaml, sizeof yaml, "%s%s%s", MINIMAL_HEAD, MINIMAL_JOB, AGENT DEVICE "{max_image: 4B}\n");
    planned_refuse(yaml, NULL, SL_E_INPUT, 3, 25,
                   "artifacts.app.file: 'app.bin' has 8 bytes, devices take 4 (job.device.max_image)");
    assert_int_equal(unlink("app.bin"), 0);
    sl_manifest_free(planned_parse(yaml, NULL));
}

/* 125000 bytes take 1000 seconds at 1 kbit/s. */
#define LINK "  device: {link: 1kbit, max_url: 2048}\n"

static void test_a_url_has_to_last_as_long_as_blocks_are_asked_for(void **state)
{
    (void)state;
    grow("app.bin", 125000);
    expect_doubts(OTA LINK, "");
    grow("app.bin", 360001);
    expect_doubts(OTA LINK,
                  "job.url.timeout: over a link of 1kbit devices may need 61m of a download URL, and AWS lets "
                  "none work for more than 1h: make the file smaller (compressed, a delta), or use an agent "
                  "that asks for the document again\n");
    grow("app.bin", 450001);
    expect_refusal(
        OTA LINK, 11,
        "job.url.timeout: over a link of 1kbit devices need at least 61m of a download URL, and AWS lets none "
        "work for more than 1h: make the file smaller (compressed, a delta), or use an agent that asks for "
        "the document again");
}

static void expect_of_short_urls(const char *tail, bool refused, const char *message)
{
    struct planned p = { 0 };
    struct sl_err err = { 0 };
    char yaml[2048];
    (void)snprintf(yaml, sizeof yaml, "%s%s%s", MINIMAL_HEAD,
                   "job:\n  targets: [thing/a]\n"
                   "  url: {role: 'arn:aws:iam::123456789012:role/download', timeout: 10m}\n",
                   tail);
    planned_write("sealift.yaml", yaml);
    assert_true(planned_load("sealift.yaml", NULL, &p, &err) != refused);
    const struct sl_err *told = refused ? &err : sl_manifest_doubt(p.manifest, 0);
    assert_int_equal(told != NULL, *message != 0);
    if (told) {
        assert_string_equal(told->msg, message);
        assert_int_equal(told->loc.line, 9);
    }
    planned_clear(&p);
}

static void test_a_stated_timeout_that_is_too_short_is_told_with_the_time_needed(void **state)
{
    (void)state;
    grow("app.bin", 60000);
    expect_of_short_urls(OTA LINK, false, "");
    grow("app.bin", 60125);
    expect_of_short_urls(
        OTA LINK, false,
        "job.url.timeout: over a link of 1kbit devices may need 11m of a download URL, which works for "
        "10m: state a longer one");
    grow("app.bin", 75001);
    expect_of_short_urls(
        OTA LINK, true,
        "job.url.timeout: over a link of 1kbit devices need at least 11m of a download URL, which works "
        "for 10m: state a longer one");
    expect_of_short_urls(AGENT LINK, false, ""); /* one file, one request */
    expect_of_short_urls(
        "  document: {dialect: custom, body: {u: '{{artifact.app.url}}'}}\n" LINK, false,
        "job.url.timeout: over a link of 1kbit devices may need 13m of a download URL, which works for "
        "10m: state a longer one");
}

/* The agent asks for the second file when it has the first. */
static void test_the_last_of_several_files_has_to_begin_in_time(void **state)
{
    (void)state;
    struct planned p = { 0 };
    struct sl_err err = { 0 };
    static const char yaml[] = "sealift: 1\n"
                               "release: {name: thermostat, version: 2.4.1}\n"
                               "artifacts: {app: {file: app.bin}, radio: {file: radio.bin}}\n"
                               "signing: {key: release}\n"
                               "keys: {release: file:release.pem}\n"
                               "bucket: {name: acme-firmware, region: eu-west-1}\n" MINIMAL_JOB AGENT LINK;
    planned_write("sealift.yaml", yaml);
    grow("radio.bin", 100000000);
    grow("app.bin", 360000);
    assert_true(planned_load("sealift.yaml", NULL, &p, &err));
    planned_clear(&p);
    grow("app.bin", 450001);
    assert_false(planned_load("sealift.yaml", NULL, &p, &err));
    assert_non_null(strstr(err.msg, "need at least 61m of a download URL"));
    planned_clear(&p);
}

static void test_the_time_a_thing_has_must_hold_the_download(void **state)
{
    (void)state;
    grow("app.bin", 112500);
    expect_doubts(AGENT LINK "  timeout: 15m\n", "");
    grow("app.bin", 112501);
    expect_refusal(
        AGENT LINK "  timeout: 15m\n", 12,
        "job.timeout: over a link of 1kbit the download alone takes 16m, a thing may work on the job for 15m");
    expect_doubts("  document: {dialect: custom, body: {u: '{{artifact.app.url}}'}}\n" LINK "  timeout: 15m\n",
                  "job.timeout: over a link of 1kbit the download alone takes 16m, a thing may work on the job for "
                  "15m\n");
}

static void test_links_have_units(void **state)
{
    (void)state;
    grow("app.bin", 4 << 20);
    expect_doubts(
        OTA "  device: {link: 9600bit, max_url: 2048}\n",
        "job.url.timeout: over a link of 9600bit devices may need 73m of a download URL, and AWS lets none work "
        "for more than 1h: make the file smaller (compressed, a delta), or use an agent that asks for the "
        "document again\n");
    expect_doubts(OTA "  device: {link: 1Mbit, max_url: 2048}\n", "");
    expect_doubts(OTA "  device: {link: 999999999Gbit, max_url: 2048}\n", "");
    expect_refusal(
        OTA "  device: {link: 1bit, max_url: 2048}\n", 11,
        "job.url.timeout: over a link of 1bit devices need at least 9321h of a download URL, and AWS lets none "
        "work for more than 1h: make the file smaller (compressed, a delta), or use an agent that asks for "
        "the document again");
}

#define STEPS "  document:\n    dialect: device-client\n    steps:\n"

static void test_a_fetch_is_a_handler_that_is_told_what_to_verify(void **state)
{
    (void)state;
    expect_document(STEPS "      - {fetch: app, to: /opt/fw.bin}\n",
                    "{\"sealift\":{\"release\":\"thermostat\",\"statement\":\"{{statement}}\",\"version\":\"2.4.1\"},"
                    "\"steps\":[{\"action\":{\"input\":{\"args\":[\"" URL "\",\"file=/opt/fw.bin\",\"mode=0644\","
                    "\"sha256=c3bf47ea1f4a4a605470313cacb3a44f4a461f68c6faeab07e737610cb5ac835\",\"size=8\","
                    "\"algorithm=SHA256withECDSA\",\"signature={{artifact.app.signature}}\"],"
                    "\"handler\":\"sealift-fetch\",\"path\":\"default\"},\"name\":\"fetch app\","
                    "\"type\":\"runHandler\"}}],\"version\":\"1.0\"}");
}

static void test_commas_in_commands_are_escaped_and_flags_are_text(void **state)
{
    (void)state;
    expect_document(STEPS "      - {name: n, command: [/bin/a, 'b, c', 'd\\,e', ',f'], ignore_failure: true}\n"
                          "      - {name: m, command: [b], ignore_failure: false, run_as: root}\n"
                          "    include_stdout: false\n",
                    "{\"sealift\":{\"release\":\"thermostat\",\"statement\":\"{{statement}}\",\"version\":\"2.4.1\"},"
                    "\"steps\":[{\"action\":{\"ignoreStepFailure\":\"true\",\"input\":{\"command\":"
                    "\"/bin/a,b\\\\, c,d\\\\\\\\,e,\\\\,f\"},\"name\":\"n\",\"type\":\"runCommand\"}},"
                    "{\"action\":{\"input\":{\"command\":\"b\"},\"name\":\"m\",\"runAsUser\":\"root\","
                    "\"type\":\"runCommand\"}}],\"version\":\"1.0\"}");
}

static void test_steps_that_surprise_are_doubted(void **state)
{
    (void)state;
    static const char quiet[] = "      - {name: n, handler: download-file.sh, args: ['{{artifact.app.url}}', /x]}\n";
    char tail[512];
    (void)snprintf(tail, sizeof tail, STEPS "%s", quiet);
    expect_doubts(tail, "job.document.steps[0]: 'download-file.sh' verifies nothing: 'fetch' does\n");
    (void)snprintf(tail, sizeof tail, STEPS "%s    include_stdout: true\n", quiet);
    expect_doubts(tail, "job.document.steps[0]: 'download-file.sh' verifies nothing, and prints the URL, which "
                        "include_stdout makes known: 'fetch' does\n");
    expect_doubts(
        STEPS "      - {name: n, command: [a]}\n    final_step: {name: m, command: [b], allow_stderr: 2}\n",
        "job.document.final_step.allow_stderr: with it the device client passes over the step's exit status\n");
}

static void test_a_broken_fetch_needs_its_url_for_longer(void **state)
{
    (void)state;
    grow("app.bin", 360001);
    expect_doubts(
        STEPS "      - {fetch: app, to: /fw}\n" LINK,
        "job.url.timeout: over a link of 1kbit devices may need 61m of a download URL, and AWS lets none work "
        "for more than 1h: make the file smaller (compressed, a delta), or use an agent that asks for the "
        "document again\n");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_an_afr_ota_document_has_what_both_parsers_want),
        CASE(test_the_ota_library_takes_four_mebibytes_unless_told_otherwise),
        CASE(test_the_url_buffer_of_the_ota_library_is_doubted_until_it_is_stated),
        CASE(test_documents_are_measured_with_their_urls),
        CASE(test_a_document_may_be_too_long_only_with_long_urls),
        CASE(test_other_placeholders_count_as_what_they_are),
        CASE(test_files_larger_than_devices_take_are_refused),
        CASE(test_a_check_knows_the_size_of_files_that_are_there),
        CASE(test_a_url_has_to_last_as_long_as_blocks_are_asked_for),
        CASE(test_a_stated_timeout_that_is_too_short_is_told_with_the_time_needed),
        CASE(test_the_last_of_several_files_has_to_begin_in_time),
        CASE(test_the_time_a_thing_has_must_hold_the_download),
        CASE(test_links_have_units),
        CASE(test_a_fetch_is_a_handler_that_is_told_what_to_verify),
        CASE(test_commas_in_commands_are_escaped_and_flags_are_text),
        CASE(test_steps_that_surprise_are_doubted),
        CASE(test_a_broken_fetch_needs_its_url_for_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
