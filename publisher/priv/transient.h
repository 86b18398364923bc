/* Which answers of a service pass when the same request is sent again.
 *
 * Sources: the retry table of AWS's SDKs ("standard" mode) and S3's "List of error codes". A code that is not in the
 * table is not transient: guessing would repeat what was refused for good. */
#ifndef SL_PUBLISHER_PRIV_TRANSIENT_H
#define SL_PUBLISHER_PRIV_TRANSIENT_H

#include <stdbool.h>

enum sl_transient {
    SL_TRANSIENT_NO,       /* an answer: what was asked is done, or will not be done */
    SL_TRANSIENT_THROTTLE, /* refused before anything was done, because there was too much at once */
    SL_TRANSIENT_FAULT     /* the service failed; it may have done what was asked all the same */
};

/* Classify by HTTP status and the service's error code, "" when it gave none. */
enum sl_transient sl_transient_of(int http_status, const char *code);

#endif
