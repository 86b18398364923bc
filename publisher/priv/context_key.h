/* The condition keys this program has heard of: those may be absent from a request. Source: IAM user guide, "AWS global
 * condition context keys"; service authorization reference for S3, STS, IAM and IoT. */
#ifndef SL_PUBLISHER_PRIV_CONTEXT_KEY_H
#define SL_PUBLISHER_PRIV_CONTEXT_KEY_H

#include "core/attr.h"

#include <stdbool.h>

/* Compared without regard to case, as IAM does. */
bool sl_context_key_known(const char *name) SL_MUST_USE;

#endif
