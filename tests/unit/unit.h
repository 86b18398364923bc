/* cmocka with the headers it wants before it, and what most unit tests need: spans of literals, a folder of their own. */
#ifndef SL_TESTS_UNIT_UNIT_H
#define SL_TESTS_UNIT_UNIT_H

#include "core/buf.h"
#include "core/err.h"
#include "core/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SPAN(literal)   ((struct sl_span){ (const uint8_t *)(literal), sizeof(literal) - 1 })
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

#define assert_ok(err, call) unit_assert_ok((call), &(err), __FILE__, __LINE__)

/* The call was refused with this code and exactly this message. */
#define assert_refused(err, code, message, call)                                                                       \
    unit_assert_refused((call), &(err), (code), (message), __FILE__, __LINE__)

void unit_assert_ok(bool ok, const struct sl_err *err, const char *file, int line);
void unit_assert_refused(bool ok, const struct sl_err *err, enum sl_code code, const char *message, const char *file,
                         int line);

/* Fixtures: the test runs in an empty temporary folder, which is removed afterwards with all it holds. */
int unit_scratch_setup(void **state);
int unit_scratch_teardown(void **state);

/* Write a file in the current folder; read one (NULL-terminated, to be freed by the caller). */
void unit_file_put(const char *path, const char *text);
char *unit_file_get(const char *path);

/* Entries of the current folder. */
size_t unit_folder_count(void);

#endif
