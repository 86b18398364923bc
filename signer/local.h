/* Keys on this machine: in files and in tokens (keys/custody.h), and the child process that holds them for sealift. */
#ifndef SL_SIGNER_LOCAL_H
#define SL_SIGNER_LOCAL_H

#include "keys/passphrase.h"
#include "signer/signer.h"

/* A signer in this process. Keys are opened when first used and stay in locked memory, or in their token, until freed.
 * What source points to outlives the signer. */
bool sl_local_new(const struct sl_passphrase_source *source, struct sl_signer **ret, struct sl_err *err) SL_MUST_USE;

/* This process is for one key: give up files once it is open. */
void sl_local_for_one(struct sl_signer *local);

/* A signer in a child process: forked now (call before any thread or connection exists), forbidden to create sockets,
 * talking over two pipes; it never gives out anything but public keys and signatures. */
bool sl_child_new(const struct sl_passphrase_source *source, struct sl_signer **ret, struct sl_err *err) SL_MUST_USE;

/* The same for one key: once it is open, that process can open no file any more, where the kernel can forbid it. */
bool sl_child_new_for_one(const struct sl_passphrase_source *source, struct sl_signer **ret,
                          struct sl_err *err) SL_MUST_USE;

void sl_signer_freep(struct sl_signer **s);

#endif
