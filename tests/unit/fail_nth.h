/* Make the Nth call of malloc, calloc, realloc or write fail, N from 1 until nothing fails any more.
 *
 * Linked into every unit test; the linker's --wrap sends the calls of our own code here, those of shared libraries not
 * (fail_nth_cover_jansson brings jansson's along). Nothing fails until fail_nth_arm is called.
 *
 *     for (unsigned n = 1;; n++) {
 *         struct sl_err err = { 0 };
 *         fail_nth_arm(FAIL_MEMORY, n);
 *         bool ok = sl_thing_do(&thing, &err);
 *         if (!fail_nth_disarm()) {
 *             assert_true(ok);
 *             break;
 *         }
 *         assert_false(ok);
 *         assert_int_equal(err.code, SL_E_NOMEM);
 *     }
 */
#ifndef SL_TESTS_UNIT_FAIL_NTH_H
#define SL_TESTS_UNIT_FAIL_NTH_H

#include <stdbool.h>

enum fail_nth_kind {
    FAIL_MEMORY, /* malloc, calloc, realloc return NULL, errno ENOMEM */
    FAIL_WRITE,  /* write returns -1, errno ENOSPC */
    FAIL_SHORT   /* write takes one byte only, once: not an error, but a caller has to go on */
};

/* From now on the nth call of that kind fails, once; the later ones work again. n is 1-based. */
void fail_nth_arm(enum fail_nth_kind kind, unsigned n);

/* Stop. True when the failure happened since it was armed. */
bool fail_nth_disarm(void);

/* Let jansson allocate through the same count from now on. Its values of before must be gone. */
void fail_nth_cover_jansson(void);

#endif
