/* Where passphrases come from: SEALIFT_PASSPHRASE_<KEY>, SEALIFT_PASSPHRASE, --passphrase-fd, else the terminal. PINs of
 * tokens likewise: SEALIFT_PIN_<KEY>, SEALIFT_PIN, --pin-fd. Never argv. */
#ifndef SL_CLI_PASSPHRASE_H
#define SL_CLI_PASSPHRASE_H

#include "cli/args.h"
#include "keys/passphrase.h"
#include "keys/token.h"

/* fd: -1 when --passphrase-fd was not given. Lives as long as the signer that uses it. */
struct sl_passphrases { /* not moved once open */
    int fd;
    struct sl_token_access token;
};

/* Read the options. */
bool sl_passphrases_open(const struct sl_args *args, struct sl_passphrases *ret, struct sl_err *err) SL_MUST_USE;

struct sl_passphrase_source sl_passphrases_source(struct sl_passphrases *p);

/* Ask on the terminal for something that is not shown; nobody: what to say when there is no terminal. */
bool sl_passphrase_prompt(const char *prompt, const char *nobody, struct sl_secret *ret,
                          struct sl_err *err) SL_MUST_USE;

/* Ask on the terminal for a new passphrase, twice; the environment and --passphrase-fd stand before it. */
bool sl_passphrases_new(struct sl_passphrases *p, const char *key_name, struct sl_secret *ret,
                        struct sl_err *err) SL_MUST_USE;

#endif
