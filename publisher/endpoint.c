#include "publisher/endpoint.h"

#include <curl/curl.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The partitions in which AWS offers IoT. The first whose prefix begins the Region is meant. */
struct partition {
    const char *region_prefix, *dns_suffix, *iam_host, *iam_region;
};

static const struct partition partitions[] = {
    { "cn-", "amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1" },
    { "us-gov-", "amazonaws.com", "iam.us-gov.amazonaws.com", "us-gov-west-1" },
    { "us-iso", NULL, NULL, NULL },
    { "eu-isoe-", NULL, NULL, NULL },
    { "eusc-", NULL, NULL, NULL },
    { "", "amazonaws.com", "iam.amazonaws.com", "us-east-1" },
};

/* IAM has one host per partition, the others one per Region. */
static const struct {
    const char *host_prefix, *signing_name;
} services[SL_SERVICE_COUNT] = {
    [SL_S3] = { "s3", "s3" },
    [SL_IOT] = { "iot", "iot" },
    [SL_IOT_JOBS_DATA] = { "data.jobs.iot", "iot-jobs-data" },
    [SL_STS] = { "sts", "sts" },
    [SL_IAM] = { NULL, "iam" },
    [SL_KMS] = { "kms", "kms" },
    [SL_SIGNER] = { "signer", "signer" },
};

static const struct partition *partition_of(const char *region)
{
    const struct partition *p = partitions;
    while (strncmp(region, p->region_prefix, strlen(p->region_prefix)) != 0)
        p++;
    return p;
}

/* A Region becomes part of a host name: nothing else may get in by that way. */
static bool region_ok(const char *region)
{
    size_t n = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n <= 32 && region[n] == 0 && region[0] != '-' && region[n - 1] != '-';
}

static bool is_loopback(const char *host)
{
    static const char suffix[] = ".localhost";
    size_t n = strlen(host);
    if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    if (n > sizeof suffix - 1 && strcmp(host + n - (sizeof suffix - 1), suffix) == 0)
        return true;
    return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n;
}

static void url_free(CURLU **u)
{
    curl_url_cleanup(*u);
}

static void part_free(char **part)
{
    curl_free(*part);
}

static bool put(char *ret, size_t size, const char *value, struct sl_err *err)
{
    if (strlen(value) >= size)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the host or path of an endpoint URL is too long");
    memcpy(ret, value, strlen(value) + 1);
    return true;
}

/* Host and port as the host header writes them (RFC 9110 section 7.2). */
static bool take_authority(CURLU *u, struct sl_endpoint *ret, struct sl_err *err)
{
    SL_AUTO(part_free) char *host = NULL;
    SL_AUTO(part_free) char *port = NULL;
    if (curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK || !*host)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "an endpoint URL has no host");
    ret->loopback = is_loopback(host);
    if (!put(ret->authority, sizeof ret->authority - 6, host, err))
        return false;
    if (curl_url_get(u, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT) == CURLUE_OK) {
        size_t n = strlen(ret->authority);
        (void)snprintf(ret->authority + n, sizeof ret->authority - n, ":%.5s", port);
    }
    return true;
}

static bool has(CURLU *u, CURLUPart part)
{
    SL_AUTO(part_free) char *value = NULL;
    return curl_url_get(u, part, &value, 0) == CURLUE_OK && value && *value;
}

/* Scheme and authority of any URL we are told to talk to. */
static bool take_origin(CURLU *u, bool allow_http, struct sl_endpoint *ret, struct sl_err *err)
{
    SL_AUTO(part_free) char *scheme = NULL;
    if (!take_authority(u, ret, err))
        return false;
    if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the URL of '%s' has no scheme; write https://", ret->authority);
    ret->tls = strcmp(scheme, "https") == 0;
    if (!ret->tls && strcmp(scheme, "http") != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the URL of '%s' must begin with https:// (or http://)",
                       ret->authority);
    if (!ret->tls && !ret->loopback && !allow_http)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "plain http to '%s' is refused, everybody on the way could read and change it; use https, or "
                       "--allow-http where that is known to be safe",
                       ret->authority);
    if (has(u, CURLUPART_USER) || has(u, CURLUPART_PASSWORD))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the URL of '%s' holds a user name, which is not taken",
                       ret->authority);
    return true;
}

static CURLU *parse(const char *url, struct sl_err *err)
{
    CURLU *u = curl_url();
    CURLUcode code = u ? curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS)
                       : CURLUE_OUT_OF_MEMORY;
    if (code == CURLUE_OK)
        return u;
    if (code == CURLUE_OUT_OF_MEMORY)
        (void)sl_fail_nomem(err);
    else /* not what it was: it may be a presigned one */
        (void)sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "an endpoint URL is malformed: %s; https://host[:port] is expected",
                      curl_url_strerror(code));
    curl_url_cleanup(u);
    return NULL;
}

static bool from_user(const char *url, bool allow_http, struct sl_endpoint *ret, struct sl_err *err)
{
    SL_AUTO(url_free) CURLU *u = parse(url, err);
    if (!u || !take_origin(u, allow_http, ret, err))
        return false;
    if (has(u, CURLUPART_QUERY) || has(u, CURLUPART_FRAGMENT))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "the endpoint URL of '%s' must end with its path; '?' and '#' are "
                       "not taken",
                       ret->authority);
    SL_AUTO(part_free) char *path = NULL;
    if (curl_url_get(u, CURLUPART_PATH, &path, 0) != CURLUE_OK)
        return sl_fail_nomem(err);
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/')
        path[--n] = 0;
    return put(ret->base_path, sizeof ret->base_path, path, err);
}

static bool from_aws(enum sl_service service, const char *region, const struct partition *p, struct sl_endpoint *ret,
                     struct sl_err *err)
{
    if (!p->dns_suffix)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "no endpoint is known for the region '%s'; give one with --endpoint-url", region);
    ret->tls = true;
    int n = service == SL_IAM ? snprintf(ret->authority, sizeof ret->authority, "%s", p->iam_host)
                              : snprintf(ret->authority, sizeof ret->authority, "%s.%s.%s",
                                         services[service].host_prefix, region, p->dns_suffix);
    assert(n > 0 && (size_t)n < sizeof ret->authority);
    return true;
}

bool sl_endpoint_resolve(enum sl_service service, const char *region, const char *url, bool allow_http,
                         struct sl_endpoint *ret, struct sl_err *err)
{
    assert(service < SL_SERVICE_COUNT);
    struct sl_endpoint made = { .signing_name = services[service].signing_name };
    if (!region || !*region)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "no region is known; give one with --region or AWS_REGION");
    if (!region_ok(region))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%.40s' is not a region; one such as 'eu-west-1' is expected",
                       region);

    const struct partition *p = partition_of(region);
    const char *signing = service == SL_IAM && p->iam_region ? p->iam_region : region;
    (void)snprintf(made.signing_region, sizeof made.signing_region, "%s", signing);
    bool own = !url || !*url;
    if (!(own ? from_aws(service, region, p, &made, err) : from_user(url, allow_http, &made, err)))
        return false;
    *ret = made;
    return true;
}

bool sl_endpoint_of_url(const char *url, bool allow_http, struct sl_endpoint *ret, struct sl_buf *ret_path,
                        struct sl_err *err)
{
    struct sl_endpoint made = { .signing_name = "" };
    SL_AUTO(url_free) CURLU *u = parse(url, err);
    if (!u || !take_origin(u, allow_http, &made, err))
        return false;
    SL_AUTO(part_free) char *path = NULL;
    if (curl_url_get(u, CURLUPART_PATH, &path, 0) != CURLUE_OK)
        return sl_fail_nomem(err);
    if (!sl_buf_copy(ret_path, sl_span_str(path), err))
        return false;
    *ret = made;
    return true;
}
