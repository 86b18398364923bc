/* Whether a role may decrypt what a bucket encrypts with a key: its own policies and the key's policy together. Source:
 * KMS developer guide, "Key policies in AWS KMS" and "Determining access to AWS KMS keys". */
#ifndef SL_PUBLISHER_PRIV_ROLE_KEY_H
#define SL_PUBLISHER_PRIV_ROLE_KEY_H

#include "publisher/role.h"

/* Judge use->key, which is not NULL, adding to findings. */
bool sl_role_key_judge(const struct sl_role *role, const struct sl_role_use *use, struct sl_findings *findings,
                       struct sl_err *err) SL_MUST_USE;

#endif
