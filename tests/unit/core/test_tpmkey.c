#include "core/tpmkey.h"
#include "tests/unit/unit.h"

#define HANDLE                                                                                                         \
    "a key in a TPM is named by its persistent handle, 'tpm2:0x81000000' to 'tpm2:0x81ffffff'; 'tpm2_getcap "          \
    "handles-persistent' lists those there are"
#define AUTH "after the handle of a tpm2: key only '?auth=none' may stand, for a key without an auth value"

static void test_persistent_handles_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        uint32_t handle;
        bool no_auth;
    } cases[] = {
        { "tpm2:0x81000000", 0x81000000, false },
        { "tpm2:0x81abCDeF", 0x81abcdef, false },
        { "tpm2:0x81ffffff?auth=none", 0x81ffffff, true },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        struct sl_tpmkey key = { 0 };
        assert_true(sl_tpmkey_is(cases[i].uri));
        assert_ok(err, sl_tpmkey_read(cases[i].uri, SL_LOC_NONE, &key, &err));
        assert_int_equal(key.handle, cases[i].handle);
        assert_int_equal(key.no_auth, cases[i].no_auth);
    }
    assert_false(sl_tpmkey_is("tpm:0x81000000"));
}

static void test_everything_else_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *message;
    } cases[] = {
        { "", HANDLE },
        { "tpm2:", HANDLE },
        { "tpm2", HANDLE },
        { "0x81000001", HANDLE },
        { "tpm2:81000001", HANDLE },
        { "tpm2:0X81000001", HANDLE },
        { "tpm2:0x8100001", HANDLE },
        { "tpm2:0x810000010", HANDLE },
        { "tpm2:0x81 00001", HANDLE },
        { "tpm2:0x80000001", HANDLE }, /* transient */
        { "tpm2:0x01c00002", HANDLE }, /* an NV index */
        { "tpm2:0x82000000", HANDLE },
        { "tpm2:?auth=none", HANDLE },
        { "tpm2:0x81000001?", AUTH },
        { "tpm2:0x81000001?pass", AUTH },
        { "tpm2:0x81000001?auth=none&x", AUTH },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        struct sl_tpmkey key = { .handle = 7 };
        const struct sl_loc at = { "sealift.yaml", 3, 9 };
        assert_refused(err, SL_E_INPUT, cases[i].message, sl_tpmkey_read(cases[i].uri, at, &key, &err));
        assert_int_equal(err.loc.line, 3);
        assert_int_equal(key.handle, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_persistent_handles_are_read),
        cmocka_unit_test(test_everything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
