/* Bytes nobody else may see: signing keys, passphrases, AWS secrets.
 *
 * They live in libsodium's guarded pages (locked, not dumped, wiped when freed) and go nowhere else: not into a
 * buffer, a message, a log, argv or a receipt. */
#ifndef SL_CORE_SECRET_H
#define SL_CORE_SECRET_H

#include "core/err.h"
#include "core/span.h"

struct sl_secret {
    uint8_t *ptr; /* NULL when empty; followed by a NUL that is not counted */
    size_t len;
};

/* Set up libsodium alone, for a library in the program of somebody else. Without it allocation fails. */
bool sl_secret_begin(struct sl_err *err) SL_MUST_USE;

/* Set up libsodium, and OpenSSL so that its heap is wiped as it is freed; safe to call more than once. Programs call it before
 * anything of OpenSSL. */
bool sl_secret_setup(struct sl_err *err) SL_MUST_USE;

/* Wipe, free, and leave an empty secret. */
void sl_secret_clear(struct sl_secret *s);

/* Room for len bytes, zeroed. *ret is cleared first. */
bool sl_secret_new(size_t len, struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;

/* A copy; the caller still has to wipe the original. */
bool sl_secret_copy(struct sl_span from, struct sl_secret *ret, struct sl_err *err) SL_MUST_USE;

/* Shorten to len bytes (at most the present length); what is cut off is wiped. */
void sl_secret_shorten(struct sl_secret *s, size_t len);

void sl_secret_move(struct sl_secret *to, struct sl_secret *from);
struct sl_span sl_secret_span(const struct sl_secret *s);

/* Whether this process may lock the memory its keys need; where it may not, they could reach the swap file. */
bool sl_secret_can_lock(void);

/* Wipe memory in a way the compiler does not remove. */
void sl_wipe(void *p, size_t len);

/* Overwrite the stack that functions called before have left: the dynamic linker and vector instructions keep copies of
 * what was moved there. */
void sl_wipe_stack(void);

#endif
