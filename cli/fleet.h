/* The simulated devices of a rehearsal: who they are, what each trusts and runs, and what is expected of it.
 *
 * Each device runs in a process of its own, with a connection of its own, and reports its outcome over a pipe. */
#ifndef SL_CLI_FLEET_H
#define SL_CLI_FLEET_H

#include "cli/sandbox_child.h"
#include "cli/verb.h"
#include "devices/device.h"
#include "manifests/plan.h"
#include "signer/signer.h"

#define SL_FLEET_MEMBERS 3 /* when --devices is not given */

struct sl_fleet_device {
    const char *thing;
    const char *running, *hardware; /* "" when not given */
    struct sl_pubkey own_trust;     /* from --trust; spki empty: the release's keys */
    enum sl_device_result expected;
    struct sl_device_outcome outcome;
    pid_t pid;
    int from; /* its outcome comes from here */
};

struct sl_fleet {
    struct sl_fleet_device *devices;
    size_t n;
    struct sl_pubkey *keys; /* the release's: those that sign the statement and the artifacts */
    size_t n_keys;
    size_t threshold;
    size_t n_jobs;
    struct sl_arena arena;
};

/* The devices a plan's targets and the command line make: each target thing, and --devices N members of each group,
 * named device-1 to device-N. */
bool sl_fleet_open(const struct sl_context *c, const struct sl_plan *plan, struct sl_signer *signer,
                   struct sl_fleet *ret, struct sl_err *err) SL_MUST_USE;
void sl_fleet_clear(struct sl_fleet *f);

/* Let every device take what there is for it. */
bool sl_fleet_run(struct sl_fleet *f, const struct sl_sandbox_child *sandbox, struct sl_err *err) SL_MUST_USE;

/* How many did other than expected. */
size_t sl_fleet_surprises(const struct sl_fleet *f);

/* "succeeded", "rejected", "failed", "idle". */
const char *sl_fleet_result_name(enum sl_device_result result);

/* Name of the i-th group member. */
const char *sl_fleet_member(struct sl_arena *a, size_t i, struct sl_err *err) SL_MUST_USE;

#endif
