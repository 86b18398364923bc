/* The one key that --key names: private and ready to sign, in a process of its own or in AWS; or public. */
#ifndef SL_CLI_ONE_KEY_H
#define SL_CLI_ONE_KEY_H

#include "cli/passphrase.h"
#include "cli/verb.h"
#include "signer/signer.h"

struct sl_one_key {
    struct sl_passphrases passphrases;
    struct sl_signer *signer;
    const char *name, *uri, *path; /* as struct sl_plan_key has them; borrowed from argv */
};
void sl_one_key_close(struct sl_one_key *k);

/* True for a key that is reached over the network. */
bool sl_one_key_is_remote(const char *uri);

/* True for a key in a token of this machine. */
bool sl_one_key_is_in_token(const char *uri);

/* A public key as --key or an argument names it: a file, with or
 * without "file:" or "sealed:" before it, an external key, or a key in a token or in AWS. */
bool sl_one_key_public(struct sl_context *c, const char *key, struct sl_pubkey *ret, struct sl_err *err) SL_MUST_USE;

/* The file with the public half of a key that a manifest or a plan in the folder 'dir' names: NAME.pub for
 * external:NAME.sig; for file: and sealed: FILE.pub as 'key new' writes it, else FILE itself, which gives it away. False
 * in *ret_has, and nothing in 'ret', for keys that are not files. */
bool sl_one_key_beside(const char *dir, const char *uri, struct sl_buf *ret, bool *ret_has,
                       struct sl_err *err) SL_MUST_USE;

/* SL_E_USAGE when --key was not given once, or names no key that signs what is at hand. */
bool sl_one_key_open(struct sl_context *c, struct sl_one_key *ret, struct sl_err *err) SL_MUST_USE;

#endif
