/* The store's checksum of an object that was stored in parts: SHA-256 of the parts' SHA-256, "<base64>-<count>".
 *
 * When it equals ours, every part is ours, hence so is the object, whatever its SHA-256 as a whole: S3 has none of it.
 * Source: S3 user guide, "Checking object integrity in Amazon S3", COMPOSITE. */
#ifndef SL_PUBLISHER_PRIV_PART_CHECKSUM_H
#define SL_PUBLISHER_PRIV_PART_CHECKSUM_H

#include "publisher/priv/s3.h"

/* True for text that is the checksum of n parts whose digest of digests is composite. */
bool sl_part_checksum_is(const char *text, const uint8_t composite[SL_SHA256_BYTES], size_t n, bool *ret_is,
                         struct sl_err *err) SL_MUST_USE;

/* Confirm an object whose composite is the artifact's; leave it alone when it is not, or was cut otherwise. */
bool sl_part_checksum_confirm(const struct sl_plan_artifact *artifact, struct sl_object *object,
                              struct sl_err *err) SL_MUST_USE;

/* An artifact and the object that may hold it. */
struct sl_part_checksum_pair {
    const struct sl_plan_artifact *artifact;
    struct sl_object *object;
    const char **difference; /* filled where it was stored otherwise than asked (sl_traits_differ); may be NULL */
};

/* For those of the list that are not confirmed and were cut otherwise than we cut: ask how, cut the file alike and compare.
 * It costs a request and a reading of the local file each, and saves reading the object back. SL_E_CHANGED when the file
 * is not what it was. */
bool sl_part_checksum_recut(struct sl_wire *wire, const struct sl_plan_bucket *bucket,
                            const struct sl_part_checksum_pair *list, size_t n, struct sl_err *err) SL_MUST_USE;

#endif
