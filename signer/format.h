/* Signature formats: what a signature file holds beside the signature.
 *
 * - raw: base64 of the signature and nothing else, any algorithm (signer/sigfile.h).
 * - minisign: Ed25519 over the BLAKE2b-512 of the file ("ED"), so files of any size; and once more over that signature and
 *   a trusted comment. The older form ("Ed", over the file itself) is verified and not written. The trusted comment
 *   written here is the file's name: no time, so that the same file and key give the same bytes.
 * - signify: Ed25519 over the file itself, so files up to 16 MiB.
 * - cms: see signer/cms.h, which signs and verifies it.
 *
 * minisign and signify take what a key signs purely as Ed25519, so they are put together from signatures: the process that holds the key
 * (signer/child.h) and keys behind a network know nothing of formats. A key that signs files of 64 bytes as raw ed25519
 * could be made to sign a BLAKE2b-512 so: give a key that signs what others choose to one format only.
 * (https://jedisct1.github.io/minisign/; signify.c of OpenBSD) */
#ifndef SL_SIGNER_FORMAT_H
#define SL_SIGNER_FORMAT_H

#include "core/format.h"
#include "signer/sigfile.h"

/* What is put behind a file's name for its signature: ".sig", ".minisig" for minisign, ".p7s" for cms. */
const char *sl_format_suffix(enum sl_format format);

/* The format of what sl_sigfile_read gave. */
enum sl_format sl_format_of(struct sl_span signature);

/* Sign a file as minisign or signify do. SL_E_INPUT when the key is not Ed25519, another algorithm is asked for, or the
 * file is larger than the format signs. */
bool sl_format_sign(enum sl_format format, const char *path, struct sl_signer *signer, const struct sl_sign_with *with,
                    struct sl_progress *progress, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Check a signature file of minisign or signify: the number of the key (keys/commented.h), the signature, and in
 * minisign's format the trusted comment, which is given back (empty for signify; unsafe to show as it is). SL_E_VERIFY when
 * one of them does not match; SL_E_INPUT when text is not written as the format wants it. */
bool sl_format_verify(const char *path, const struct sl_pubkey *key, struct sl_span text, struct sl_progress *progress,
                      struct sl_buf *ret_trusted, struct sl_err *err) SL_MUST_USE;

#endif
