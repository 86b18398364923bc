/* Putting a key under a passphrase: at what cost, as the command line asks, and how long that takes on this machine. */
#ifndef SL_CLI_SEALING_H
#define SL_CLI_SEALING_H

#include "cli/verb.h"
#include "keys/sealed.h"

/* What --memory and --operations say, sl_sealed_limits_default where they say nothing. */
bool sl_sealing_limits(const struct sl_args *args, struct sl_sealed_limits *ret, struct sl_err *err) SL_MUST_USE;

/* Seal the key into a new file, say that and what opening it will cost, and answer with the key's public half. */
bool sl_sealing_write(struct sl_context *c, const struct sl_privkey *key, const char *path,
                      const struct sl_secret *passphrase, const struct sl_sealed_limits *limits,
                      struct sl_err *err) SL_MUST_USE;

#endif
