/* The answer of verbs that make or open a key: its type, its keyid, its public key. */
#ifndef SL_CLI_VIEW_KEY_H
#define SL_CLI_VIEW_KEY_H

#include "cli/verb.h"
#include "keys/pubkey.h"

/* The public half of the key in a file, NULL when it is in none. more: members of the JSON answer besides, NULL when there are none; taken over. */
bool sl_view_key(struct sl_context *c, const struct sl_pubkey *key, const char *file, json_t *more,
                 struct sl_err *err) SL_MUST_USE;

#endif
