/* Where a service is reached and how its requests are signed: AWS's own hosts by partition and Region, or an endpoint
 * the user gave. Source of the hosts: AWS's endpoint rule sets, the plain forms (neither FIPS nor dual stack). */
#ifndef SL_PUBLISHER_ENDPOINT_H
#define SL_PUBLISHER_ENDPOINT_H

#include "publisher/wire.h"

struct sl_endpoint {
    bool tls;
    bool loopback;       /* the host is this machine: plain http is fine there */
    bool direct;         /* no proxy is asked: this machine, or a link-local address such as the metadata service's */
    bool bucket_in_host; /* so it is not in the path */
    char authority[330]; /* host, and the port unless it is the scheme's own: what the host header says */
    char base_path[256]; /* "" or "/base", percent-encoded, without a slash at the end */
    char signing_region[64];  /* "us-east-1" for iam in the aws partition, else the Region asked for */
    const char *signing_name; /* "s3", "iot-jobs-data", ... */
};

struct sl_endpoint_ask {
    enum sl_service service;
    const char *region;
    const char *bucket; /* S3's; "" or NULL: the request is about none */
    const char *url;    /* the user's own, "" or NULL for AWS's */
    bool allow_http;
    bool fips, dual_stack; /* AWS's own hosts only */
    bool sts_global;
    enum sl_addressing addressing;
};

/* Find the endpoint of a service. SL_E_INPUT when the Region or the URL is malformed, when there is no Region, for plain
 * http off loopback unless allow_http, and for FIPS or dual stack at a URL of the user's own. SL_E_UNSUPPORTED for
 * Regions of partitions that are not known, and for what only looks like a bucket: access points, directory buckets. */
bool sl_endpoint_resolve(const struct sl_endpoint_ask *ask, struct sl_endpoint *ret, struct sl_err *err) SL_MUST_USE;

/* Take scheme and authority of a complete URL, such as a presigned one, under the same rules. ret_path, percent-encoded
 * and without the query, is for messages. No message holds more of the URL than its host. */
bool sl_endpoint_of_url(const char *url, bool allow_http, struct sl_endpoint *ret, struct sl_buf *ret_path,
                        struct sl_err *err) SL_MUST_USE;

/* Check the URL of a proxy, "host:port" or with a scheme; name says where it stands. No message holds the URL. */
bool sl_endpoint_check_proxy(const char *name, const char *url, struct sl_err *err) SL_MUST_USE;

#endif
