/* An update: what UpdateJob would change of a job that exists, so that it is as a plan has it. Pure.
 *
 * UpdateJob replaces members whole and can take none away; document, targets, selection, tags and the rest stay as they
 * are (IoT API reference, UpdateJob). */
#ifndef SL_PUBLISHER_UPDATE_H
#define SL_PUBLISHER_UPDATE_H

#include "core/json.h"

struct sl_update {
    json_t *change; /* the body of UpdateJob; empty when nothing is to be changed */
    json_t *kept;   /* names of members the job has and the plan does not state: they stay */
    json_t *fixed;  /* names of members that differ and cannot be updated */
};
void sl_update_clear(struct sl_update *u);

/* described is the job as DescribeJob tells it, body the planned one of CreateJob. */
bool sl_update_plan(const json_t *described, const json_t *body, struct sl_update *ret, struct sl_err *err) SL_MUST_USE;

/* What the manifest calls a member of CreateJob: "rollout"; NULL when it is none. */
const char *sl_update_word(const char *member);

#endif
