/* How keys in AWS are named. A key of AWS KMS: a key id, "alias/NAME", or the ARN of either.
 *
 * Source: AWS KMS developer guide, "Key identifiers (KeyId)". Aliases that begin with "alias/aws/" name AWS's own keys,
 * which nobody else signs with. A profile of AWS Signer: two to 64 letters, digits and '_' (its API reference). */
#ifndef SL_MANIFESTS_KMSKEY_H
#define SL_MANIFESTS_KMSKEY_H

#include "core/err.h"

#define SL_KMSKEY_SCHEME         "awskms:"
#define SL_KMSKEY_PROFILE_SCHEME "awssigner:"

struct sl_kmskey {
    const char *id;  /* as KMS takes it for KeyId: all of the text; borrowed */
    char region[33]; /* of an ARN, "" otherwise */
};

/* Read the text after "awskms:". SL_E_INPUT, with loc, for what names no key that could sign. */
bool sl_kmskey_parse(const char *text, struct sl_loc loc, struct sl_kmskey *ret, struct sl_err *err) SL_MUST_USE;

/* Is the URI that of a profile of AWS Signer? And is it one by its form? SL_E_INPUT, with loc. */
bool sl_kmskey_is_profile(const char *uri);
bool sl_kmskey_check_profile(const char *uri, struct sl_loc loc, struct sl_err *err) SL_MUST_USE;

#endif
