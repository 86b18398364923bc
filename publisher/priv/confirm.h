/* Finding out what the store holds: by its own SHA-256, or by reading it back. */
#ifndef SL_PUBLISHER_PRIV_CONFIRM_H
#define SL_PUBLISHER_PRIV_CONFIRM_H

#include "publisher/priv/part_checksum.h"

/* Fill version (when it is not known yet), size and, if the store names it, the SHA-256 from a HeadObject or GetObject
 * reply. */
bool sl_confirm_from_reply(const struct sl_reply *reply, const struct sl_plan_bucket *bucket, struct sl_arena *arena,
                           struct sl_object *object, struct sl_err *err) SL_MUST_USE;

/* Confirm every object of the list that is not confirmed yet, all at the same time: HeadObject by version first when ask
 * is set, which also fills the differences, then comparing checksums of parts where the artifact is known (it may be NULL), then reading back by version
 * what remains. */
bool sl_confirm_all(struct sl_wire *wire, const struct sl_plan_bucket *bucket, const struct sl_part_checksum_pair *list,
                    size_t n, bool ask, struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* SL_E_CONFLICT, naming both digests, when a confirmed object is not the artifact. */
bool sl_confirm_artifact(const struct sl_plan *plan, const struct sl_plan_artifact *artifact,
                         const struct sl_object *object, struct sl_err *err) SL_MUST_USE;

#endif
