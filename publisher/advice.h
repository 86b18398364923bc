/* What AWS's refusals mean and what to do about them: one table, by error code and operation. */
#ifndef SL_PUBLISHER_ADVICE_H
#define SL_PUBLISHER_ADVICE_H

#include "core/err.h"

struct sl_advice {
    const char *aws_code;
    const char *operation; /* NULL: any */
    enum sl_code kind;     /* of the error, where the code says more than the HTTP status */
    const char *text;      /* NULL: nothing to add */
};

/* The advice for a refusal, NULL when there is none. doing begins with the operation: "CreateJob 'x'". */
const struct sl_advice *sl_advice_find(const char *doing, const char *aws_code);

#endif
