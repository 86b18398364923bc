/* Registration: each job created in AWS IoT, or adopted when it exists just as planned.
 *
 * The job id is what makes this happen once. A job of that id that is anything else is a conflict, reported field by
 * field and never overwritten. */
#ifndef SL_PUBLISHER_REGISTER_H
#define SL_PUBLISHER_REGISTER_H

#include "publisher/document.h"

struct sl_registered_job {
    const char *id, *arn;   /* NULL: it has to wait (sl_seen_job) */
    bool created;           /* by this run; otherwise adopted */
    const char *unreported; /* planned settings the service did not tell when the job was adopted, "" when none */
};

struct sl_registered {
    const struct sl_documents *from;
    struct sl_registered_job *jobs; /* as in the plan */
    struct sl_arena *arena;         /* owned */
};
void sl_registered_clear(struct sl_registered *r);

/* Register the jobs in manifest order. A job that is given a link to its document is checked before (the link's present
 * version is the stored one) and after (what AWS IoT read is the document), because the link names no version. SL_E_CONFLICT, SL_E_DENIED, SL_E_NETWORK; jobs before the failing one stay. */
bool sl_register(const struct sl_documents *kept, struct sl_wire *wire, struct sl_registered *ret,
                 struct sl_err *err) SL_MUST_USE;

/* The body of CreateJob: the planned members, and the document as a string or (source not NULL) as a link to it. */
bool sl_register_body(const struct sl_plan_job *job, struct sl_span document, const char *source, json_t **ret,
                      struct sl_err *err) SL_MUST_USE;

#endif
