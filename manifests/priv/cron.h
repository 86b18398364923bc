/* AWS's cron expressions: "cron(0 2 ? * MON *)". */
#ifndef SL_MANIFESTS_PRIV_CRON_H
#define SL_MANIFESTS_PRIV_CRON_H

#include "core/span.h"

/* What is wrong with one, in words; NULL when it is right. */
const char *sl_cron_fault(const char *text);

#endif
