/* The claim: signatures and statement are stored first, under the plan digest, and only where nothing is yet.
 *
 * Whoever comes second finds what the first one stored, verifies it (sl_adopt) and goes on with that; so signatures that
 * differ each time do not make two releases. */
#ifndef SL_PUBLISHER_CLAIM_H
#define SL_PUBLISHER_CLAIM_H

#include "publisher/observe.h"
#include "signer/signed.h"

struct sl_claim {
    const struct sl_seen *from;
    bool ours;                  /* the bucket holds our bundle, byte for byte */
    bool created;               /* and this run stored it */
    struct sl_object statement; /* statement.json as the bucket holds it */
    struct sl_buf theirs;       /* its bytes when they are not ours: to be adopted */
    struct sl_arena *arena;     /* owned */
};
void sl_claim_clear(struct sl_claim *c);

/* Store the bundle, or find what is there. Also makes sure, where the user named the endpoint, that the store honors
 * If-None-Match: one that does not is SL_E_DENIED with the advice to set bucket.conditional. */
bool sl_claim(const struct sl_signed *signed_, const struct sl_seen *seen, struct sl_wire *wire, struct sl_claim *ret,
              struct sl_err *err) SL_MUST_USE;

#endif
