/* A release made by hand: a plan of two artifacts and one job, observed, signed, stored; each step can be changed by a
 * test before the stage under test runs. */
#ifndef SL_TESTS_RELEASE_FIXTURE_H
#define SL_TESTS_RELEASE_FIXTURE_H

#include "publisher/receipt.h"

#define DIGEST      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FOLDER      "thermostat/2.4.1/.sealift/" DIGEST "/"
#define JOB_ID      "thermostat-2-4-1"
#define JOB_ARN     "arn:aws:iot:eu-west-1:123456789012:job/" JOB_ID
#define ROLE_ARN    "arn:aws:iam::123456789012:role/service/dl"
#define GROUP_ARN   "arn:aws:iot:eu-west-1:123456789012:thinggroup/thermostats"
#define THING_ARN   "arn:aws:iot:eu-west-1:123456789012:thing/lab-1"
#define APP_BYTES   "app 2.4.1"
#define RADIO_BYTES "radio 2.4.1"

struct release {
    struct sl_plan_artifact artifacts[2];
    struct sl_plan_job job;
    const struct sl_plan_artifact *carried[2];
    const char *targets[2];
    struct sl_plan plan;
    json_t *body, *document;

    struct sl_seen_artifact seen_artifacts[2];
    struct sl_seen_job seen_job;
    struct sl_seen seen;

    struct sl_signature signatures[2];
    struct sl_signed sealed;

    struct sl_object objects[2];
    bool uploaded[2];
    struct sl_stored stored;

    char dir[64];
    char paths[2][96];
};

/* Everything filled in and valid; the artifact files stand in a temporary directory. Nothing exists in the bucket. */
void release_init(struct release *r);
void release_clear(struct release *r);

/* Replace the planned document, or the planned members of CreateJob, by JSON text. */
void release_set_document(struct release *r, const char *json);
void release_set_body(struct release *r, const char *json);

json_t *json_of(const char *text);

#endif
