/* Which keys exist under a prefix of the bucket.
 *
 * A store that knows conditional writes has one version of each of our keys, and ListObjectsV2 is enough. One that does
 * not may hold several, from runs that raced; then ListObjectVersions is asked, and the oldest version (since the last
 * deletion) is the one all runs agree on. */
#ifndef SL_PUBLISHER_PRIV_LISTING_H
#define SL_PUBLISHER_PRIV_LISTING_H

#include "publisher/priv/s3.h"

struct sl_listed {
    const char *key;
    const char *version_id; /* NULL when versions were not asked for */
    bool closed;            /* older versions were deleted */
};

struct sl_listing {
    const struct sl_plan_bucket *bucket;
    bool versions;
    struct sl_listed *entries;
    size_t n, capacity;
    struct sl_arena *arena;
};

/* Ask for the first page; exact: only the very key that prefix is. */
bool sl_listing_ask(const struct sl_listing *l, struct sl_batch *batch, const char *prefix, bool exact,
                    size_t *ret_index, struct sl_err *err) SL_MUST_USE;

/* Add what reply index says, and fetch the pages that follow. */
bool sl_listing_read(struct sl_listing *l, struct sl_batch *batch, size_t index, const char *prefix, bool exact,
                     struct sl_wire *wire, struct sl_err *err) SL_MUST_USE;

/* Ask and read in one go. */
bool sl_listing_fetch(struct sl_listing *l, const char *prefix, bool exact, struct sl_wire *wire,
                      struct sl_err *err) SL_MUST_USE;

/* The entry of a key, NULL when it does not exist. */
const struct sl_listed *sl_listing_find(const struct sl_listing *l, const char *key);

#endif
