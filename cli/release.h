/* One release from plan to receipt: every value on the way, made in order, each from the one before. */
#ifndef SL_CLI_RELEASE_H
#define SL_CLI_RELEASE_H

#include "publisher/codesign.h"
#include "publisher/receipt.h"
#include "signer/signer.h"
#include "signer/statement.h"
#include "signer/trust.h"

struct sl_release {
    const struct sl_plan *plan;
    const struct sl_trust *trust;    /* who may sign; NULL: nobody asked */
    struct sl_span given;            /* the statement a ceremony made; empty: there was none */
    struct sl_codesign_shelf *shelf; /* of the signer, to be told where artifacts stand; NULL: it has none */
    struct sl_seen seen;
    struct sl_signed sealed;
    struct sl_claim claim;
    struct sl_stored stored;
    struct sl_jobdocs documents;
    struct sl_documents kept;
    struct sl_cataloged cataloged;
    struct sl_registered registered;
    struct sl_receipt receipt;
    struct sl_buf held; /* the receipt as the bucket holds it */
    bool changed;       /* this run wrote something */
    bool local;         /* and the state directory has the receipt */
};

void sl_release_clear(struct sl_release *r);

/* Look: reads only. */
bool sl_release_observe(struct sl_release *r, const struct sl_plan *plan, struct sl_wire *wire,
                        const struct sl_observe_options *options, struct sl_err *err) SL_MUST_USE;

/* Would AWS IoT take the schedules of the jobs that are still to be made? SL_E_INPUT with the place. */
bool sl_release_timely(const struct sl_release *r, struct sl_err *err) SL_MUST_USE;

/* Are the signatures that observation found, if any, good ones for this very plan? */
bool sl_release_adoptable(const struct sl_release *r, struct sl_signer *signer, struct sl_err *err) SL_MUST_USE;

/* Do the rest: sign or adopt, upload, write and store the documents, register the jobs, attest. */
bool sl_release_apply(struct sl_release *r, struct sl_signer *signer, struct sl_wire *wire,
                      struct sl_err *err) SL_MUST_USE;

/* Keep the receipt in the plan's state directory. */
bool sl_release_keep(struct sl_release *r, struct sl_err *err) SL_MUST_USE;

#endif
