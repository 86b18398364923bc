/* A job template made from a job: what CreateJobTemplate is asked for. Pure. */
#ifndef SL_PUBLISHER_TEMPLATE_H
#define SL_PUBLISHER_TEMPLATE_H

#include "core/json.h"

struct sl_template_from {
    const json_t *described; /* DescribeJob's "job" */
    const json_t *tags;      /* of the job, NULL for none */
    struct sl_span document;
    const char *description; /* instead of the job's; NULL: the job's */
};

/* The body. SL_E_USAGE when there is no description, which AWS IoT wants. */
bool sl_template_body(const struct sl_template_from *from, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* Is a template, as DescribeJobTemplate tells it, the one a body asks for? Tags are not told there. *ret_difference is the
 * name of a member that differs. */
bool sl_template_same(const json_t *body, const json_t *described, const char **ret_difference) SL_MUST_USE;

#endif
