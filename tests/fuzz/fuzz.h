/* The one function libFuzzer and tests/fuzz/replay.c call. It accepts any bytes and returns 0; what is wrong crashes. */
#ifndef SL_TESTS_FUZZ_FUZZ_H
#define SL_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#endif
