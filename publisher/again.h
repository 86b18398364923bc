/* Again: other jobs with the document and settings of one that exists, for things it did not reach. Pure.
 *
 * Their ids follow from the job's id and the things, so that asking twice does not make two. */
#ifndef SL_PUBLISHER_AGAIN_H
#define SL_PUBLISHER_AGAIN_H

#include "core/json.h"

#define SL_AGAIN_TARGETS_MAX 100u /* of one job (General Reference, AWS IoT Device Management quotas) */

struct sl_again_from {
    const char *id;
    const json_t *described; /* DescribeJob's "job" */
    const json_t *tags;      /* of the job, NULL for none */
    struct sl_span document;
    const json_t *things; /* ARNs, in any order */
};

struct sl_again_job {
    char id[65]; /* "<job>-r<10 hex>", the front of the job's id cut when it is too long */
    json_t *body;
};

struct sl_again {
    struct sl_again_job *jobs;
    size_t n;
};
void sl_again_clear(struct sl_again *a);

/* As many jobs as it takes, the things in their order by ARN. They are snapshots, and are rolled out at once: a schedule
 * and a template of the account's own stay behind. */
bool sl_again_plan(const struct sl_again_from *from, struct sl_again *ret, struct sl_err *err) SL_MUST_USE;

/* Could a job of the first id be one that was made again from a job of the second? */
bool sl_again_is_of(const char *id, const char *from);

#endif
