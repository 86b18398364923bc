/* The Range header of RFC 9110 section 14, as S3 takes it: one range of bytes. */
#ifndef SL_SANDBOX_PRIV_RANGE_H
#define SL_SANDBOX_PRIV_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum sl_range_kind {
    SL_RANGE_WHOLE,         /* there is none, or it is not one of bytes: the whole is sent */
    SL_RANGE_PART,          /* *ret_from and *ret_size */
    SL_RANGE_UNSATISFIABLE, /* it begins after the end */
    SL_RANGE_SEVERAL        /* more than one */
};
enum sl_range_kind sl_range_parse(const char *header, uint64_t size_bytes, uint64_t *ret_from, uint64_t *ret_size);

#endif
