/* One version of an object in the bucket, as the store confirmed it.
 *
 * Strings belong to the arena of the value that holds the object (sl_seen, sl_stored and so on). */
#ifndef SL_PUBLISHER_OBJECT_H
#define SL_PUBLISHER_OBJECT_H

#include "core/digest.h"

enum sl_confirmed_by {
    SL_CONFIRMED_NOT = 0,
    SL_CONFIRMED_CHECKSUM, /* the store's own SHA-256 of the bytes it holds, or of the parts they came in */
    SL_CONFIRMED_READ_BACK /* read by version and hashed here, because the store names no SHA-256 */
};

struct sl_object {
    const char *key;
    const char *version_id;
    uint64_t size_bytes;
    uint8_t sha256[SL_SHA256_BYTES];
    const char
        *composite; /* the checksum as the store wrote it, perhaps one of parts (priv/part_checksum.h); or NULL */
    enum sl_confirmed_by confirmed_by;
};

/* "checksum", "read-back". */
const char *sl_object_confirmed_name(enum sl_confirmed_by by);

#endif
