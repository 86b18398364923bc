/* The upload: each artifact stored once, under a version, confirmed by the store. */
#ifndef SL_PUBLISHER_UPLOAD_H
#define SL_PUBLISHER_UPLOAD_H

#include "publisher/claim.h"

struct sl_stored {
    const struct sl_signed *from;
    const struct sl_seen *seen;
    struct sl_object *artifacts; /* as in the plan */
    bool *uploaded;              /* by this run; the others were there */
    const char **differences;    /* what others stored meanwhile, and otherwise than asked; NULL where there is none */
    struct sl_object statement;
    struct sl_arena *arena; /* owned */
};
void sl_stored_clear(struct sl_stored *s);

/* Store, before anything is signed, the artifacts that AWS Signer is to sign, and note in seen where. They are what
 * sl_upload would store, under the same conditions; only the order is another. Does nothing without such keys. */
bool sl_upload_stage(struct sl_seen *seen, struct sl_wire *wire, struct sl_err *err) SL_MUST_USE;

/* Give up what an earlier run of this release left half sent, when it can never become an object: abort its uploads and
 * forget them, so far as that can be done. */
void sl_upload_give_up(const struct sl_plan *plan, struct sl_wire *wire);

/* Store every artifact that is not there yet, all at the same time, straight from its file, and confirm each. claim must
 * be of the same signatures. SL_E_VERIFY when the store holds other bytes than were sent, SL_E_CONFLICT when somebody
 * stored others under the same key, SL_E_CHANGED when the file changed, SL_E_DENIED when the store gives no version. */
bool sl_upload(const struct sl_signed *signed_, const struct sl_claim *claim, struct sl_wire *wire,
               struct sl_stored *ret, struct sl_err *err) SL_MUST_USE;

#endif
