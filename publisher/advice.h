/* What to do about the refusals of AWS that people meet most: one table, code and operation to advice. */
#ifndef SL_PUBLISHER_ADVICE_H
#define SL_PUBLISHER_ADVICE_H

#include "core/err.h"

/* Complete err, as filled by sl_reply_expect, by the advice for its AWS code; does nothing for codes that speak for
 * themselves. doing begins with the operation, "CreateJob 'x'". Also sets the code of the error where the AWS code says
 * more than the HTTP status. Returns false, so that it can stand in a return. */
bool sl_advice_add(const char *doing, struct sl_err *err);

/* The advice alone, NULL when there is none. */
const char *sl_advice(const char *doing, const char *aws_code);

#endif
