/* The keys of a run, wherever they are: those of this machine, and those in AWS, by the scheme of their URI.
 *
 * What is in AWS is reached when the first such key is used, over the one connection the verb shares. */
#ifndef SL_CLI_KEYRING_H
#define SL_CLI_KEYRING_H

#include "cli/tool.h"
#include "publisher/codesign.h"
#include "signer/signer.h"

/* local is taken over, also on failure; NULL: there are no keys of this machine. region: of keys that name none, may be
 * NULL. shelf: where AWS Signer finds artifacts, NULL where there is no release. c and shelf must outlive the signer. */
bool sl_keyring_new(struct sl_context *c, struct sl_signer *local, const char *region,
                    const struct sl_codesign_shelf *shelf, struct sl_signer **ret, struct sl_err *err) SL_MUST_USE;

/* What sealift has and sealift-signer has not. */
extern const struct sl_network sl_keyring_network;

#endif
