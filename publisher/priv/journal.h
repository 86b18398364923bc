/* Which multipart uploads this release has begun, kept beside the manifest so that a run that was killed is continued and
 * not begun again: "<state directory>/journal".
 *
 * It holds no secret and proves nothing: what an upload really holds is asked of the store. Losing it costs time only. */
#ifndef SL_PUBLISHER_PRIV_JOURNAL_H
#define SL_PUBLISHER_PRIV_JOURNAL_H

#include "manifests/plan.h"

struct sl_journal_entry {
    const char *key, *upload_id;
    uint64_t part_bytes;
};

struct sl_journal {
    bool there;     /* the file exists, whatever it holds */
    bool same_plan; /* it is of this very plan; otherwise its uploads are superseded */
    struct sl_journal_entry *entries;
    size_t n;
};

/* Read the journal of a plan's release. One that is missing, cannot be read or is of another bucket is empty. */
bool sl_journal_read(const struct sl_plan *plan, struct sl_arena *arena, struct sl_journal *ret,
                     struct sl_err *err) SL_MUST_USE;

/* Replace it, atomically; makes the state directory. */
bool sl_journal_write(const struct sl_plan *plan, const struct sl_journal_entry *entries, size_t n,
                      struct sl_err *err) SL_MUST_USE;

/* Remove it when everything it speaks of is done. */
bool sl_journal_remove(const struct sl_plan *plan, struct sl_err *err) SL_MUST_USE;

#endif
