/* Tests' way from a manifest to its plan, in one call. */
#ifndef SL_TESTS_UNIT_MANIFESTS_PLANNED_H
#define SL_TESTS_UNIT_MANIFESTS_PLANNED_H

#include "manifests/manifest.h"
#include "manifests/plan.h"

struct planned {
    struct sl_manifest *manifest;
    struct sl_measured *measured;
    struct sl_plan plan;
};

/* Load, measure and resolve; keys whose algorithm is open are taken for ECDSA P-256. */
bool planned_load(const char *path, const struct sl_manifest_inputs *inputs, struct planned *ret, struct sl_err *err);
void planned_clear(struct planned *p);

/* Go to a directory; the test fails when that is not possible. */
void planned_enter(const char *dir);

/* A new empty directory below /tmp, to be removed by planned_remove; and a file in the present directory. */
void planned_scratch(char ret[64]);
void planned_remove(const char *dir);
void planned_write(const char *name, const char *text);

/* Parse text as "m.yaml" with these inputs (may be NULL) and expect success, or this place and message. */
struct sl_manifest *planned_parse(const char *text, const struct sl_manifest_inputs *inputs);
void planned_refuse(const char *text, const struct sl_manifest_inputs *inputs, enum sl_code code, unsigned line,
                    unsigned col, const char *message);

/* The least a manifest needs, with a job whose indented members are added behind it. */
#define MINIMAL_HEAD                                                                                                   \
    "sealift: 1\n"                                                                                                     \
    "release: {name: thermostat, version: 2.4.1}\n"                                                                    \
    "artifacts: {app: {file: app.bin}}\n"                                                                              \
    "signing: {key: release}\n"                                                                                        \
    "keys: {release: file:release.pem}\n"                                                                              \
    "bucket: {name: acme-firmware, region: eu-west-1}\n"
#define MINIMAL_JOB                                                                                                    \
    "job:\n"                                                                                                           \
    "  targets: [thing/a]\n"                                                                                           \
    "  url: {role: 'arn:aws:iam::123456789012:role/download'}\n"
#define MINIMAL MINIMAL_HEAD MINIMAL_JOB "  document: {dialect: jobs-agent}\n"

#endif
