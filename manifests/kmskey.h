/* How a key of AWS KMS is named: a key id, "alias/NAME", or the ARN of either.
 *
 * Source: AWS KMS developer guide, "Key identifiers (KeyId)". Aliases that begin with "alias/aws/" name AWS's own keys,
 * which nobody else signs with. */
#ifndef SL_MANIFESTS_KMSKEY_H
#define SL_MANIFESTS_KMSKEY_H

#include "core/err.h"

#define SL_KMSKEY_SCHEME "awskms:"

struct sl_kmskey {
    const char *id;  /* as KMS takes it for KeyId: all of the text; borrowed */
    char region[33]; /* of an ARN, "" otherwise */
};

/* Read the text after "awskms:". SL_E_INPUT, with loc, for what names no key that could sign. */
bool sl_kmskey_parse(const char *text, struct sl_loc loc, struct sl_kmskey *ret, struct sl_err *err) SL_MUST_USE;

#endif
