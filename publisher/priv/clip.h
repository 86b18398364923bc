/* Sentences for people in fixed space: one that does not fit is cut off at the end, between characters. */
#ifndef SL_PUBLISHER_PRIV_CLIP_H
#define SL_PUBLISHER_PRIV_CLIP_H

#include "core/attr.h"

#include <stddef.h>

void sl_clip(char *ret, size_t ret_size, const char *fmt, ...) SL_PRINTF(3, 4);

#endif
