/* The names of AWS's own hosts, by service, Region and partition.
 *
 * Source: the endpoint rule sets and partitions.json AWS publishes with its SDKs. The rule sets answer for any Region; a
 * name does not prove that the service is offered there. */
#ifndef SL_PUBLISHER_PRIV_HOST_H
#define SL_PUBLISHER_PRIV_HOST_H

#include "publisher/wire.h"

#define SL_HOST_REGION_MAX 32u

/* True for text that can be a Region: it becomes a part of host names, and nothing else may get in by that way. */
bool sl_host_region_ok(const char *region);

/* Where a service is, and for which Region its requests are signed. */
struct sl_host {
    char name[160];
    const char *signing_region; /* the one asked for, or static text */
};

struct sl_host_ask {
    enum sl_service service;
    const char *region;
    bool fips, dual_stack;
    bool sts_global; /* STS answers for the older Regions at its one global host */
};

/* SL_E_UNSUPPORTED for partitions that are not in the table, and for forms a partition does not have. */
bool sl_host_find(const struct sl_host_ask *ask, struct sl_host *ret, struct sl_err *err) SL_MUST_USE;

/* The Region to sign for at a host of the user's own: IAM has one per partition. */
const char *sl_host_signing_region(enum sl_service service, const char *region);

/* "s3", "iot-jobs-data": the service in a signature's scope. */
const char *sl_host_signing_name(enum sl_service service);

/* True when a bucket's name can be a label of a host name; dots: several labels. */
bool sl_host_takes_bucket(const char *bucket, bool dots);

#endif
