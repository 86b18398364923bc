/* A simulated device: asks for its next job, downloads through the presigned URL, checks everything, reports.
 *
 * It trusts only the public keys it was given. It checks, in this order: the statement's signatures, hardware,
 * version (a lower one only when the statement's rollbackFrom names the one that runs), then each file's digest (which
 * must be one of the statement's), size and signature, and reports SUCCEEDED, REJECTED (it will not take this release) or
 * FAILED (it could not), with errorCode and reason as status details. It expands nothing itself.
 *
 * It understands documents of the dialects jobs-agent, device-client and afr-ota, and custom ones of their form. Of a
 * device-client document it carries out the steps that run sealift-fetch, and passes over the others: it runs no program.
 * An afr-ota document has no statement: what is checked is its protocol, its version against the one that runs, and the
 * file's size and signature. Any other without a "sealift" member is REJECTED with "no release statement in the job
 * document"; a statement that a custom document carries elsewhere is not looked for. */
#ifndef SL_DEVICES_DEVICE_H
#define SL_DEVICES_DEVICE_H

#include "core/json.h"
#include "publisher/wire.h"
#include "signer/verify.h"

struct sl_device_options {
    const char *thing_name;
    const char *hardware;          /* "" when it does not care */
    const char *version;           /* what it runs now, SemVer; "" when it has none */
    const struct sl_pubkey *trust; /* keys it accepts */
    size_t n_trust;
    size_t threshold;
    bool broken; /* it takes all of a release, and then cannot install it: FAILED */
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

/* Can it read a document of this form? Holes may stand in it. */
bool sl_device_reads(const json_t *document);

/* Take one job to its end, or find that there is none. Fails only when the endpoint cannot be reached or answers
 * nonsense; refusing a release is an outcome, and so is being refused one (the role that presigns cannot be assumed, say):
 * FAILED, with what the service said and with nothing reported. */
bool sl_device_run(const struct sl_device_options *options, struct sl_wire *wire, struct sl_device_outcome *ret,
                   struct sl_err *err) SL_MUST_USE;

#endif
