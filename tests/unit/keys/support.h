/* What the tests of keys/ and signer/ share: a directory that goes away, files in it, programs run, vectors found. */
#ifndef SL_TESTS_KEYS_SUPPORT_H
#define SL_TESTS_KEYS_SUPPORT_H

#include "core/buf.h"
#include "core/json.h"
#include "keys/passphrase.h"
#include "keys/privkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A fresh directory of mode 0700; freed and emptied by scratch_clear. The path is at most 60 characters. */
struct scratch {
    char dir[64];
};
void scratch_init(struct scratch *s);
void scratch_clear(struct scratch *s);

/* A path in it, in one of a few static buffers: good until the eighth call after. */
const char *scratch_path(const struct scratch *s, const char *name);
void scratch_write(const struct scratch *s, const char *name, unsigned mode, struct sl_span bytes);

/* Run a shell command in the directory; its exit status. Output goes nowhere. */
int scratch_run(const struct scratch *s, const char *command);

/* A passphrase source that answers with ctx, a C string, and counts nothing; and one that fails the test when asked. */
struct sl_passphrase_source answer_with(const char *passphrase);
struct sl_passphrase_source never_asked(void);

/* A file of the published vectors as JSON; the test is skipped (aloud) where there are none. */
json_t *vectors_load(const char *name);

/* Bytes of a hex string member, "" when it is missing. */
void hex_bytes(const json_t *object, const char *name, struct sl_buf *ret);

/* Fails the test with the error's message. */
void assert_ok_(bool ok, const struct sl_err *err, const char *file, int line);
#define assert_ok(call, err) assert_ok_((call), (err), __FILE__, __LINE__)

/* Asserts that call fails with a code and a message that contains text. */
void assert_refused_(bool ok, const struct sl_err *err, enum sl_code code, const char *text, const char *file,
                     int line);
#define assert_refused(call, err, code, text) assert_refused_((call), (err), (code), (text), __FILE__, __LINE__)

#endif
