/* Where keys are kept, by the scheme of their URI: the one table of what opens what.
 *
 * A custody holds what keys share: the modules of tokens, and that a token refused a PIN. It outlives the keys it opened. */
#ifndef SL_KEYS_CUSTODY_H
#define SL_KEYS_CUSTODY_H

#include "keys/privkey.h"

struct sl_custody;

/* A key as a manifest or --key names it. */
struct sl_custody_key {
    const char *name, *uri;
    const char *path; /* the file to open, "" for keys that are in none */
};

/* source may be NULL; what it points to outlives the custody. */
bool sl_custody_new(const struct sl_passphrase_source *source, struct sl_custody **ret, struct sl_err *err) SL_MUST_USE;
void sl_custody_freep(struct sl_custody **c);

/* Does a key of this machine have such a URI (and is it not, say, in AWS)? SL_E_UNSUPPORTED, or SL_E_INPUT when it names no
 * file where it should. */
bool sl_custody_knows(const struct sl_custody_key *key, struct sl_err *err) SL_MUST_USE;

/* The public half, where it can be had without opening the private one; otherwise *ret_known is false. */
bool sl_custody_public(struct sl_custody *c, const struct sl_custody_key *key, struct sl_pubkey *ret, bool *ret_known,
                       struct sl_err *err) SL_MUST_USE;

bool sl_custody_open(struct sl_custody *c, const struct sl_custody_key *key, struct sl_privkey *ret,
                     struct sl_err *err) SL_MUST_USE;

#endif
