#include "devices/priv/stated.h"
#include "tests/unit/unit.h"

#include <string.h>

#define SHA256 "84d898f9f7b6b9c9c2ac1a4ef5a5b8d2d9e1f3b6a7c8d9e0f1a2b3c4d5e6f708"

static json_t *parse(const char *text)
{
    struct sl_err err = { 0 };
    json_t *value = NULL;
    assert_ok(err, sl_json_parse(sl_span_str(text), "test", &value, &err));
    return value;
}

static size_t count(const char *document)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = parse(document);
    SL_AUTO(sl_json_clear) json_t *files = NULL;
    assert_ok(err, sl_stated_files(value, &files, &err));
    return json_array_size(files);
}

static void test_each_dialect_keeps_its_files_elsewhere(void **state)
{
    (void)state;
    assert_int_equal(count("{\"files\":[{},{}]}"), 2);
    assert_int_equal(count("{\"afr_ota\":{\"files\":[{}]}}"), 1);
    assert_int_equal(count("{\"steps\":[{\"action\":{\"input\":{\"handler\":\"sealift-fetch\"}}},"
                           "{\"action\":{\"input\":{\"handler\":\"reboot.sh\"}}},"
                           "{\"action\":{\"input\":{\"command\":\"sync\"}}}]}"),
                     1);
    assert_int_equal(count("{}"), 0);
    assert_int_equal(count("{\"files\":{}}"), 0);
    assert_int_equal(count("{\"steps\":[1,null,{}],\"files\":[{}]}"), 0);
    assert_int_equal(count("{\"afr_ota\":{\"files\":\"x\"}}"), 0);
    assert_int_equal(count("[1]"), 0);
}

#define FETCH(args)  "{\"args\":[\"https://u\"," args "]}"
#define AND          ","
#define FILE_NAME    "\"file=/opt/a\""
#define DIGEST       "\"sha256=" SHA256 "\""
#define SIGNED       "\"algorithm=SHA256withECDSA\",\"signature=AAAA\""
#define OTA(members) "{\"filepath\":\"/a\",\"update_data_url\":\"https://u\"" members "}"

static void test_what_is_stated_is_read(void **state)
{
    (void)state;
    static const struct {
        enum sl_stated_dialect dialect;
        const char *part;
        bool has_sha256;
    } cases[] = {
        { SL_STATED_DEVICE_CLIENT, FETCH(FILE_NAME AND DIGEST AND "\"size=12\"" AND SIGNED), true },
        { SL_STATED_DEVICE_CLIENT, FETCH("\"mode=0600\"" AND SIGNED AND "\"size=12\"" AND DIGEST AND FILE_NAME), true },
        { SL_STATED_AFR_OTA, OTA(",\"filesize\":12,\"sig-sha256-ecdsa\":\"AAAA\""), false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sl_err err = { 0 };
        struct sl_verdict v = { .result = SL_DEVICE_IDLE };
        SL_AUTO(sl_json_clear) json_t *part = parse(cases[i].part);
        SL_AUTO(sl_stated_clear) struct sl_stated s = { .name = "" };
        assert_ok(err, sl_stated_read(cases[i].dialect, part, &s, &v, &err));
        assert_string_equal(s.url, "https://u");
        assert_int_equal(s.size_bytes, 12);
        assert_int_equal(s.algorithm, SL_ALG_ECDSA_P256_SHA256);
        assert_int_equal(s.signature.len, 3);
        assert_int_equal(s.has_sha256, cases[i].has_sha256);
    }
}

static void test_what_is_missing_or_odd_ends_the_job(void **state)
{
    (void)state;
    static const struct {
        enum sl_stated_dialect dialect;
        const char *part, *code, *reason;
    } cases[] = {
        { SL_STATED_DEVICE_CLIENT, "{}", "ERR_FILE_COPY_FAILED", "a file of the job document has no file=" },
        { SL_STATED_DEVICE_CLIENT, "{\"args\":[1," FILE_NAME "]}", "ERR_FILE_COPY_FAILED",
          "a file of the job document has no URL" },
        { SL_STATED_DEVICE_CLIENT, FETCH(FILE_NAME AND "7"), "ERR_CHECKSUM_FAILED",
          "'/opt/a' has no SHA-256 checksum" },
        { SL_STATED_DEVICE_CLIENT, FETCH(FILE_NAME AND "\"sha256=12\""), "ERR_CHECKSUM_FAILED",
          "'/opt/a' has no SHA-256 checksum" },
        { SL_STATED_DEVICE_CLIENT, FETCH(FILE_NAME AND DIGEST), "ERR_NO_SIGNATURE", "'/opt/a' is not signed" },
        { SL_STATED_DEVICE_CLIENT, FETCH(FILE_NAME AND DIGEST AND "\"signature=AAAA\""), "ERR_SIGNATURE_FAILED",
          "'/opt/a' has the signature algorithm ''" },
        { SL_STATED_DEVICE_CLIENT, FETCH(FILE_NAME AND DIGEST AND SIGNED), "ERR_FILE_COPY_FAILED",
          "'/opt/a' has no size=" },
        { SL_STATED_DEVICE_CLIENT, FETCH(FILE_NAME AND DIGEST AND SIGNED AND "\"size=1KiB\""), "ERR_FILE_COPY_FAILED",
          "'/opt/a' has no size=" },
        { SL_STATED_AFR_OTA, "{}", "ERR_FILE_COPY_FAILED", "a file of the job document has no filepath" },
        { SL_STATED_AFR_OTA, "{\"filepath\":\"/a\"}", "ERR_FILE_COPY_FAILED",
          "a file of the job document has no update_data_url" },
        { SL_STATED_AFR_OTA, OTA(""), "ERR_NO_SIGNATURE", "'/a' is not signed" },
        { SL_STATED_AFR_OTA, OTA(",\"sig-sha256-ecdsa\":\"AAAA\",\"filesize\":\"12\""), "ERR_FILE_COPY_FAILED",
          "'/a' has no filesize" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sl_err err = { 0 };
        struct sl_verdict v = { .result = SL_DEVICE_IDLE };
        SL_AUTO(sl_json_clear) json_t *part = parse(cases[i].part);
        SL_AUTO(sl_stated_clear) struct sl_stated s = { .name = "" };
        assert_false(sl_stated_read(cases[i].dialect, part, &s, &v, &err));
        assert_int_equal(err.code, SL_OK);
        assert_string_equal(v.reason, cases[i].reason);
        assert_string_equal(v.code, cases[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_dialect_keeps_its_files_elsewhere),
        cmocka_unit_test(test_what_is_stated_is_read),
        cmocka_unit_test(test_what_is_missing_or_odd_ends_the_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
