/* One file and its detached signature: FILE.sig holds the signature as base64 and a newline, or is in a format of another
 * program (signer/format.h). */
#ifndef SL_SIGNER_SIGFILE_H
#define SL_SIGNER_SIGFILE_H

#include "core/progress.h"
#include "signer/signer.h"

/* Which key signs, as in struct sl_plan_key, and how; SL_ALG_NONE takes the one algorithm the key has. */
struct sl_sign_with {
    const char *name, *uri, *path;
    enum sl_algorithm algorithm;
};

/* Digest a file in one pass and sign it. progress may be NULL. SL_E_INPUT when the key has several algorithms and none
 * was chosen. */
bool sl_sign_file(const char *path, struct sl_signer *signer, const struct sl_sign_with *with,
                  struct sl_progress *progress, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Digest a file in one pass and check a signature of it; algorithm as above. SL_E_VERIFY when it does not match. */
bool sl_verify_file(const char *path, const struct sl_pubkey *key, enum sl_algorithm algorithm,
                    struct sl_span signature, struct sl_progress *progress, struct sl_err *err) SL_MUST_USE;

/* Which of several keys made a signature, and with what. */
struct sl_file_signer {
    size_t key;
    enum sl_algorithm algorithm;
};

/* Find it out in one pass over the file. algorithm SL_ALG_NONE tries every one a key has. SL_E_VERIFY when none of them
 * made it. */
bool sl_verify_file_any(const char *path, const struct sl_pubkey *const *keys, size_t n, enum sl_algorithm algorithm,
                        struct sl_span signature, struct sl_progress *progress, struct sl_file_signer *ret,
                        struct sl_err *err) SL_MUST_USE;

/* The text of a signature file; write one, replacing an older one; read one back: base64, one newline or none at the end. A
 * file in another format is given as it is; sl_format_of tells. */
bool sl_sigfile_text(struct sl_span signature, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;
bool sl_sigfile_write(const char *path, struct sl_span signature, struct sl_err *err) SL_MUST_USE;
bool sl_sigfile_read(const char *path, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

#endif
