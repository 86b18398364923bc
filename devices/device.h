/* A simulated device: asks for its next job, downloads through the presigned URL, checks everything, reports.
 *
 * It trusts only the public keys it was given. It checks, in this order: the statement's signatures, hardware,
 * version, then each file's digest and signature, and reports SUCCEEDED, REJECTED (it will not take this release) or
 * FAILED (it could not). It expands nothing itself. */
#ifndef SL_DEVICES_DEVICE_H
#define SL_DEVICES_DEVICE_H

#include "keys/pubkey.h"
#include "publisher/wire.h"

struct sl_device_options {
    const char *thing_name;
    const char *hardware;          /* "" when it does not care */
    const char *version;           /* what it runs now, SemVer; "" when it has none */
    const struct sl_pubkey *trust; /* keys it accepts */
    size_t n_trust;
    size_t threshold;
};

enum sl_device_result { SL_DEVICE_IDLE, SL_DEVICE_SUCCEEDED, SL_DEVICE_REJECTED, SL_DEVICE_FAILED };

struct sl_device_outcome {
    enum sl_device_result result;
    char job_id[65];
    char version[129]; /* it runs now */
    char reason[240];  /* why it was rejected or failed, "" otherwise */
    uint64_t bytes;    /* downloaded */
    size_t files;
};

/* Take one job to its end, or find that there is none. Fails only when the endpoint cannot be reached or answers
 * nonsense; refusing a release is an outcome. */
bool sl_device_run(const struct sl_device_options *options, struct sl_wire *wire, struct sl_device_outcome *ret,
                   struct sl_err *err) SL_MUST_USE;

#endif
