/* Sizes beyond 32 bits: a sparse file of 5 GiB. Slow, so apart from the other tests of digests. */
#include "core/digest.h"

#include "core/file.h"
#include "core/text.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#define FIVE_GIB ((uint64_t)5 << 30)

/* truncate -s 5368709119 large; printf '!' >>large; sha256sum large */
static const char as_sha256sum_says[] = "1e86fd67fc4cfcf5dc44afc0d01387d01bf51b895a4ddc6ff5fb740f091fb855";

static void test_five_gibibytes_are_hashed_whole(void **state)
{
    (void)state;
    SL_AUTO(sl_fd_close) int fd = open("large", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)FIVE_GIB), 0);
    /* the last byte counts: a size cut to 32 bits would not see it */
    assert_int_equal(pwrite(fd, "!", 1, (off_t)FIVE_GIB - 1), 1);

    uint64_t size = 0;
    int other = -1;
    struct sl_err err = { 0 };
    assert_ok(err, sl_file_open("large", &other, &size, &err));
    assert_int_equal(size, FIVE_GIB);

    struct sl_digests d;
    size = 0;
    assert_ok(err, sl_digest_fd(other, "large", SL_HASH_BIT(SL_SHA256), NULL, &size, &d, &err));
    sl_fd_close(&other);
    assert_int_equal(size, FIVE_GIB);

    char got[65];
    sl_hex_put(got, sizeof got, sl_digests_get(&d, SL_SHA256));
    assert_string_equal(got, as_sha256sum_says);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_five_gibibytes_are_hashed_whole, unit_scratch_setup,
                                        unit_scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
