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
    bool may_be_over;              /* it has done its part when it is completed: a stage before others */
};

/* SL_E_CONFLICT with each field that differs, stored and planned; or when they are equal but the job has ended, with the
 * advice to take another attempt. ret_unreported gets the names of planned members that DescribeJob does not tell at
 * all (emulators leave some out): the equal document vouches for those. */
bool sl_compare_job(const struct sl_comparison *c, struct sl_buf *ret_unreported, struct sl_err *err) SL_MUST_USE;

/* The settings alone, of a comparison with body and described: what differs as one sentence, empty when nothing does; and
 * the unreported ones, as above. */
bool sl_compare_settings(const struct sl_comparison *c, struct sl_buf *ret_differences, struct sl_buf *ret_unreported,
                         struct sl_err *err) SL_MUST_USE;

/* Where two documents differ first: "document.files[0].fileName is ..., planned is ..."; empty when they do not. */
bool sl_compare_difference(json_t *planned, json_t *stored, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Is one setting as planned? Arrays in any order; nothing, null, "", {} and [] are the same. */
bool sl_compare_setting(json_t *planned, json_t *stored) SL_MUST_USE;

/* Equal as JSON values; numbers by value. */
bool sl_compare_values(json_t *a, json_t *b) SL_MUST_USE;

#endif
