/* Is the job that exists the job that is planned? Compared field by field, the document as JSON values. */
#ifndef SL_PUBLISHER_PRIV_COMPARE_H
#define SL_PUBLISHER_PRIV_COMPARE_H

#include "core/json.h"

struct sl_comparison {
    const char *id;
    struct sl_loc loc;             /* of the job in the manifest */
    const json_t *body, *document; /* planned: CreateJob's members but document; the document */
    const char *source;            /* planned: documentSource, NULL when the document goes inline */
    bool holes;                    /* the planned document still has holes; they match anything */
    const json_t *described;       /* stored: "job" of DescribeJob */
    const json_t *installed;       /* stored: the document */
    unsigned attempt;              /* of the planned job */
};

/* SL_E_CONFLICT with each field that differs, stored and planned; or when they are equal but the job has ended, with the
 * advice to take another attempt. ret_unreported gets the names of planned members that DescribeJob does not tell at
 * all (emulators leave some out): the equal document vouches for those. */
bool sl_compare_job(const struct sl_comparison *c, struct sl_buf *ret_unreported, struct sl_err *err) SL_MUST_USE;

/* Equal as JSON values; numbers by value. */
bool sl_compare_values(json_t *a, json_t *b) SL_MUST_USE;

#endif
