/* Where passphrases come from. keys/ asks; who answers (the environment, a descriptor, a terminal) only cli/ knows. */
#ifndef SL_KEYS_PASSPHRASE_H
#define SL_KEYS_PASSPHRASE_H

#include "core/secret.h"

#define SL_PASSPHRASE_MAX_BYTES 1024u

struct sl_token_access;

/* Asked at most once per key. Returns false with SL_E_INPUT when there is none. */
struct sl_passphrase_source {
    bool (*get)(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err);
    void *ctx;
    int fd; /* a descriptor that get reads from and the child therefore keeps open; -1 when there is none */
    const struct sl_token_access
        *token; /* for keys in tokens (keys/token.h); NULL: no PIN and nothing of the environment */
};

/* One passphrase for a key, of 1 to SL_PASSPHRASE_MAX_BYTES bytes. source may be NULL: there is none. */
bool sl_passphrase_ask(const struct sl_passphrase_source *source, const char *key_name, struct sl_secret *ret,
                       struct sl_err *err) SL_MUST_USE;

#endif
