/* The one private key that --key names, ready to sign: in a process of its own, or in AWS. */
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

/* SL_E_USAGE when --key was not given once, or names no key that signs what is at hand. */
bool sl_one_key_open(struct sl_context *c, struct sl_one_key *ret, struct sl_err *err) SL_MUST_USE;

#endif
