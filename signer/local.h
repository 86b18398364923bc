/* Keys on this machine: file: and sealed:, and the child process that holds them for sealift. */
#ifndef SL_SIGNER_LOCAL_H
#define SL_SIGNER_LOCAL_H

#include "core/secret.h"
#include "signer/signer.h"

/* Where passphrases come from; asked at most once per key. Returns false with SL_E_INPUT when there is none. */
struct sl_passphrase_source {
    bool (*get)(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err);
    void *ctx;
    int fd; /* a descriptor that get reads from and the child therefore keeps open; -1 when there is none */
};

/* A signer in this process. Keys are opened when first used and stay in locked memory until freed. */
bool sl_local_new(const struct sl_passphrase_source *source, struct sl_signer **ret, struct sl_err *err) SL_MUST_USE;

/* A signer in a child process: forked now (call before any thread or connection exists), forbidden to create sockets,
 * talking over two pipes; it never gives out anything but public keys and signatures. */
bool sl_child_new(const struct sl_passphrase_source *source, struct sl_signer **ret, struct sl_err *err) SL_MUST_USE;

void sl_signer_freep(struct sl_signer **s);

#endif
