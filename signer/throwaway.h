/* A signer with fresh keys: for a rehearsal where the real ones may not be. The plan stays that of the real keys.
 *
 * Each key the plan names gets a fresh one when it is first asked for. They live in locked memory of this process, are
 * never written anywhere, and are wiped by free. */
#ifndef SL_SIGNER_THROWAWAY_H
#define SL_SIGNER_THROWAWAY_H

#include "signer/signer.h"

/* Tells what a key will sign with, by its name; SL_ALG_NONE when that is left to the key, which is then ECDSA P-256. */
struct sl_throwaway_use {
    enum sl_algorithm (*algorithm)(void *ctx, const char *key_name);
    void *ctx;
};

bool sl_throwaway_new(const struct sl_throwaway_use *use, struct sl_signer **ret, struct sl_err *err) SL_MUST_USE;

#endif
