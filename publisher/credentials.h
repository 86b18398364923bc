/* Credentials as values: checked when they are made, wiped when they are not needed. */
#ifndef SL_PUBLISHER_CREDENTIALS_H
#define SL_PUBLISHER_CREDENTIALS_H

#include "publisher/sigv4.h"

/* Copy three texts, wherever they are from; token may be empty. *ret_wrong says what is malformed, without showing it,
 * and is NULL when all is well. False only when memory runs out. */
bool sl_credentials_take(struct sl_span id, struct sl_span secret, struct sl_span token, struct sl_credentials *ret,
                         const char **ret_wrong, struct sl_err *err) SL_MUST_USE;

/* Twelve digits become the account the credentials belong to; anything else is no account. */
void sl_credentials_set_account(struct sl_credentials *c, struct sl_span account);

void sl_credentials_move(struct sl_credentials *to, struct sl_credentials *from);

#endif
