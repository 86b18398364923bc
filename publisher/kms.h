/* Keys in AWS KMS, as a key service: "awskms:" URIs (manifests/kmskey.h).
 *
 * KMS is sent digests, never files, except for pure Ed25519, which it signs whole and up to 4096 bytes. Requests: one
 * GetPublicKey per key, one Sign per signature. Source: AWS KMS API reference, GetPublicKey and Sign. */
#ifndef SL_PUBLISHER_KMS_H
#define SL_PUBLISHER_KMS_H

#include "publisher/reach.h"
#include "signer/keyservice.h"

#define SL_KMS_RAW_MAX_BYTES 4096u

/* region is that of keys whose name has none; copied. */
bool sl_kms_new(const struct sl_reach *reach, const char *region, struct sl_keyservice **ret,
                struct sl_err *err) SL_MUST_USE;

#endif
