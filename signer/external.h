/* External keys: the digest goes out, the signature comes in. For keys that no program here can reach: a signing service of
 * another house, a machine in another room.
 *
 * "external:radio.sig" names the file the signatures come in; the public key stands beside it, in radio.pub. The file holds
 * one signature (base64, or its bytes), or a line for each:
 *
 *   sha256:<hex of the digest> <base64 of the signature>
 *
 * where lines that are empty or begin with '#' do not count. ECDSA signatures are DER, RSA and Ed25519ph ones raw. What is
 * not in it yet goes out in radio.digests, a line for each: the digest as above, and the algorithm. */
#ifndef SL_SIGNER_EXTERNAL_H
#define SL_SIGNER_EXTERNAL_H

#include "signer/signer.h"

#define SL_EXTERNAL_SCHEME "external:"

bool sl_external_is(const char *uri);

/* The file that holds the public key of such a key, whose path is as in struct sl_plan_key. */
bool sl_external_public_path(const char *path, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* A signer for such keys. What it gives has been verified; SL_E_PENDING when a signature is not there yet. Pure Ed25519
 * signs no digest: SL_E_INPUT. */
bool sl_external_new(struct sl_signer **ret, struct sl_err *err) SL_MUST_USE;

#endif
