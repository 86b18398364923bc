/* What the tests of keys/ and signer/ share: passphrases, programs run in the scratch folder, published vectors. */
#ifndef SL_TESTS_KEYS_SUPPORT_H
#define SL_TESTS_KEYS_SUPPORT_H

#include "core/json.h"
#include "keys/privkey.h"
#include "tests/unit/unit.h"

/* Fixtures: libsodium set up, and an empty folder to run in. */
int support_setup(void **state);
int support_teardown(void **state);

/* A passphrase source that answers with a string; one that fails the test when it is asked. */
struct sl_passphrase_source answer_with(const char *passphrase);
struct sl_passphrase_source never_asked(void);

/* Run a shell command in the folder; its exit status. Its output is in the file "log". */
int run(const char *command);

/* A new key as a plain PEM file. RSA: 2048 bits. */
void make_key_file(const char *path, enum sl_key_type type);

/* The same encrypted by openssl, with so few iterations that even valgrind opens it in no time. */
void make_encrypted_key_file(const char *path, enum sl_key_type type, const char *passphrase);

/* Write bytes to a file of some mode. */
void put_file(const char *path, unsigned mode, struct sl_span bytes);

/* Skip the test, aloud, where a program is not installed; with SEALIFT_REQUIRE=all, fail. */
void need_command(const char *name);

/* A file of the published vectors as JSON; where there are none the test is skipped aloud. */
json_t *vectors_load(const char *name);

/* The bytes a hex string member stands for, none when it is missing. */
void hex_bytes(const json_t *object, const char *name, struct sl_buf *ret);

/* The call was refused with this code and a message that has this text somewhere. */
#define assert_refused_with(err, code, text, call)                                                                     \
    support_assert_refused_with((call), &(err), (code), (text), __FILE__, __LINE__)
void support_assert_refused_with(bool ok, const struct sl_err *err, enum sl_code code, const char *text,
                                 const char *file, int line);

#endif
