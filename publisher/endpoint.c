#include "publisher/endpoint.h"

#include "core/secret.h"
#include "publisher/priv/host.h"

#include <curl/curl.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

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

/* RFC 3927 section 2.1, RFC 4291 section 2.5.6; and fd00:ec2::/32, where EC2 and EKS answer on IPv6. */
static bool is_link_local(const char *host)
{
    return (strncmp(host, "169.254.", 8) == 0 && strspn(host, "0123456789.") == strlen(host))
           || strncmp(host, "[fe80:", 6) == 0 || strncmp(host, "[fd00:ec2:", 10) == 0;
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
    ret->direct = ret->loopback || is_link_local(host);
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

static bool from_aws(const struct sl_endpoint_ask *ask, struct sl_endpoint *ret, struct sl_err *err)
{
    struct sl_host_ask wanted = { ask->service, ask->region, ask->fips, ask->dual_stack, ask->sts_global };
    struct sl_host host;
    if (!sl_host_find(&wanted, &host, err))
        return false;
    ret->tls = true;
    (void)snprintf(ret->signing_region, sizeof ret->signing_region, "%s", host.signing_region);
    return put(ret->authority, sizeof ret->authority, host.name, err);
}

static bool from_own(const struct sl_endpoint_ask *ask, struct sl_endpoint *ret, struct sl_err *err)
{
    if (!from_user(ask->url, ask->allow_http, ret, err))
        return false;
    if (ask->fips || ask->dual_stack)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "%s is asked for, but the endpoint URL of '%s' names one host; set only one of the two",
                       ask->fips ? "a FIPS endpoint (AWS_USE_FIPS_ENDPOINT)"
                                 : "a dual-stack endpoint (AWS_USE_DUALSTACK_ENDPOINT)",
                       ret->authority);
    (void)snprintf(ret->signing_region, sizeof ret->signing_region, "%s",
                   sl_host_signing_region(ask->service, ask->region));
    return true;
}

/* ---- buckets ---- */

static bool ends_with(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n > m && strcmp(text + n - m, suffix) == 0;
}

/* What S3 takes in place of a bucket's name has endpoints, and often signatures, of its own. */
static bool is_bucket(const char *bucket, struct sl_err *err)
{
    static const struct {
        const char *suffix, *what;
    } others[] = {
        { "--x-s3", "a directory bucket (S3 Express)" },
        { "--xa-s3", "an access point of a directory bucket" },
        { "--op-s3", "an access point on Outposts" },
        { "--ol-s3", "an Object Lambda access point" },
    };
    const char *what = strncmp(bucket, "arn:", 4) == 0 ? "an ARN" : NULL;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (ends_with(bucket, others[i].suffix))
            what = others[i].what;
    return !what
           || sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                      "'%.80s' is %s; the name of a general purpose bucket is expected", bucket, what);
}

static bool is_address(const char *authority)
{
    return authority[0] == '[' || strspn(authority, "0123456789.") == strcspn(authority, ":");
}

/* A certificate for *.host does not cover further dots, so those names stay in the path when there is TLS. */
static bool place_bucket(const struct sl_endpoint_ask *ask, bool own, struct sl_endpoint *ret, struct sl_err *err)
{
    bool wanted = own ? ask->addressing == SL_ADDRESSING_VIRTUAL : ask->addressing != SL_ADDRESSING_PATH;
    if (!is_bucket(ask->bucket, err))
        return false;
    if (!wanted || is_address(ret->authority) || !sl_host_takes_bucket(ask->bucket, !ret->tls))
        return true;
    char joined[sizeof ret->authority + 64];
    (void)snprintf(joined, sizeof joined, "%s.%s", ask->bucket, ret->authority);
    ret->bucket_in_host = true;
    return put(ret->authority, sizeof ret->authority, joined, err);
}

bool sl_endpoint_resolve(const struct sl_endpoint_ask *ask, struct sl_endpoint *ret, struct sl_err *err)
{
    assert(ask->service < SL_SERVICE_COUNT);
    struct sl_endpoint made = { .signing_name = sl_host_signing_name(ask->service) };
    if (!ask->region || !*ask->region)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "no region is known; give one with --region or AWS_REGION");
    if (!sl_host_region_ok(ask->region))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%.40s' is not a region; one such as 'eu-west-1' is expected",
                       ask->region);
    bool own = ask->url && *ask->url;
    if (!(own ? from_own(ask, &made, err) : from_aws(ask, &made, err)))
        return false;
    if (ask->service == SL_S3 && ask->bucket && *ask->bucket && !place_bucket(ask, own, &made, err))
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

/* curl knows "host:port" without a scheme, its parser does not. */
static CURLUcode parse_proxy(CURLU *u, const char *url, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf whole = { 0 };
    if (!sl_buf_addf(&whole, err, "%s%s", strstr(url, "://") ? "" : "http://", url))
        return CURLUE_OUT_OF_MEMORY;
    CURLUcode code = curl_url_set(u, CURLUPART_URL, sl_buf_str(&whole), CURLU_NON_SUPPORT_SCHEME);
    sl_wipe(whole.ptr, whole.len);
    return code;
}

bool sl_endpoint_check_proxy(const char *name, const char *url, struct sl_err *err)
{
    static const char *const schemes[] = { "http", "https", "socks4", "socks4a", "socks5", "socks5h" };
    SL_AUTO(url_free) CURLU *u = curl_url();
    SL_AUTO(part_free) char *scheme = NULL;
    CURLUcode code = u ? parse_proxy(u, url, err) : CURLUE_OUT_OF_MEMORY;
    if (code == CURLUE_OK)
        code = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
    if (code == CURLUE_OUT_OF_MEMORY)
        return sl_fail_nomem(err);
    for (size_t i = 0; scheme && has(u, CURLUPART_HOST) && i < sizeof schemes / sizeof *schemes; i++)
        if (strcmp(scheme, schemes[i]) == 0)
            return true;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s is not the URL of a proxy; http://host:port is expected", name);
}
