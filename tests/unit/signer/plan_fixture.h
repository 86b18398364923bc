/* A plan made by hand: two artifacts and four keys, in the folder the test runs in. */
#ifndef SL_TESTS_SIGNER_PLAN_FIXTURE_H
#define SL_TESTS_SIGNER_PLAN_FIXTURE_H

#include "manifests/plan.h"
#include "tests/unit/keys/support.h"

#define FIXTURE_KEYS 4

struct plan_fixture {
    struct sl_plan_key keys[FIXTURE_KEYS]; /* p256, rsa, ed, p384 */
    struct sl_plan_artifact artifacts[2];  /* "app" and "radio" */
    const struct sl_plan_key *statement_keys[2];
    enum sl_algorithm statement_algorithms[2];
    struct sl_plan plan;
};

/* The files are made too. app is signed by p256 with ECDSA, radio by ed with algorithm; the statement by p256 and rsa, threshold 2. */
void plan_fixture_init(struct plan_fixture *f, enum sl_algorithm radio);

#endif
