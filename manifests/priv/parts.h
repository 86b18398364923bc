/* Into which parts a file is cut to be sent: pure functions of the manifest and the file's size, so that every machine
 * cuts alike and the store's checksum of parts can be compared with one made elsewhere.
 *
 * Source: S3 user guide, "Amazon S3 multipart upload limits": 1 to 10000 parts of 5 MiB to 5 GiB, the last of any size. */
#ifndef SL_MANIFESTS_PRIV_PARTS_H
#define SL_MANIFESTS_PRIV_PARTS_H

#include "manifests/priv/asked.h"

#define SL_PARTS_MAX            ((uint64_t)10000)
#define SL_PARTS_PART_MAX_BYTES ((uint64_t)5 << 30)

/* Bytes of a part; 0 for a file that is sent whole. */
uint64_t sl_parts_size(const struct sl_asked_multipart *asked, uint64_t file_bytes);

/* How many parts of that size the file has; 0 for size 0. */
size_t sl_parts_count(uint64_t part_bytes, uint64_t file_bytes);

/* Refuse a file S3 cannot take, at file_loc, or not in parts of the stated size, at its place. */
bool sl_parts_check(const struct sl_asked_multipart *asked, uint64_t file_bytes, const char *artifact,
                    struct sl_loc file_loc, struct sl_err *err) SL_MUST_USE;

#endif
