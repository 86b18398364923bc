#include "publisher/priv/host.h"

#include <stdio.h>
#include <string.h>

enum { FIPS = 1, DUAL_STACK = 2 };

/* The partitions in which AWS offers IoT Jobs. The first whose prefix begins the Region is meant. */
struct partition {
    const char *region_prefix, *suffix, *dual_stack_suffix;
    const char *iam_host[4]; /* IAM has one host for each form, whatever the Region: by FIPS | DUAL_STACK */
    const char *iam_region, *iam_fips_region;
    bool s3_has_fips;
    bool plain_is_fips; /* the plain hosts of STS and single sign-on are the FIPS ones */
};

static const struct partition partitions[] = {
    { "cn-",
      "amazonaws.com.cn",
      "api.amazonwebservices.com.cn",
      { "iam.cn-north-1.amazonaws.com.cn", "iam-fips.amazonaws.com.cn", "iam.global.api.amazonwebservices.com.cn",
        "iam-fips.api.amazonwebservices.com.cn" },
      "cn-north-1",
      "cn-northwest-1",
      false,
      false },
    { "us-gov-",
      "amazonaws.com",
      "api.aws",
      { "iam.us-gov.amazonaws.com", "iam.us-gov.amazonaws.com", "iam.us-gov.api.aws", "iam.us-gov.api.aws" },
      "us-gov-west-1",
      "us-gov-west-1",
      true,
      true },
    { .region_prefix = "us-iso" },
    { .region_prefix = "eu-isoe-" },
    { .region_prefix = "eusc-" },
    { "",
      "amazonaws.com",
      "api.aws",
      { "iam.amazonaws.com", "iam-fips.amazonaws.com", "iam.global.api.aws", "iam-fips.global.api.aws" },
      "us-east-1",
      "us-east-1",
      true,
      false },
};

static const struct {
    const char *label, *signing_name;
} services[SL_SERVICE_COUNT] = {
    [SL_S3] = { "s3", "s3" },
    [SL_IOT] = { "iot", "iot" },
    [SL_IOT_JOBS_DATA] = { "data.jobs.iot", "iot-jobs-data" },
    [SL_STS] = { "sts", "sts" },
    [SL_IAM] = { "iam", "iam" },
    [SL_KMS] = { "kms", "kms" },
    [SL_SIGNER] = { "signer", "signer" },
    [SL_SSO] = { "portal.sso", "sso" },
    [SL_SSO_OIDC] = { "oidc", "sso-oidc" },
};

static const char global_region[] = "aws-global";

bool sl_host_region_ok(const char *region)
{
    size_t n = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n <= SL_HOST_REGION_MAX && region[n] == 0 && region[0] != '-' && region[n - 1] != '-';
}

static const struct partition *partition_of(const char *region)
{
    const struct partition *p = partitions;
    while (strncmp(region, p->region_prefix, strlen(p->region_prefix)) != 0)
        p++;
    return p;
}

const char *sl_host_signing_name(enum sl_service service)
{
    return services[service].signing_name;
}

const char *sl_host_signing_region(enum sl_service service, const char *region)
{
    const struct partition *p = partition_of(region);
    if (service == SL_IAM && p->iam_region)
        return p->iam_region;
    return strcmp(region, global_region) == 0 ? "us-east-1" : region;
}

/* Before Regions had an STS of their own they shared one; these still can (AWS SDKs reference, "AWS STS regional
 * endpoints"). */
static bool shares_sts(const char *region)
{
    static const char *const regions[] = { "ap-northeast-1", "ap-south-1",   "ap-southeast-1", "ap-southeast-2",
                                           "ca-central-1",   "eu-central-1", "eu-north-1",     "eu-west-1",
                                           "eu-west-2",      "eu-west-3",    "sa-east-1",      "us-east-1",
                                           "us-east-2",      "us-west-1",    "us-west-2" };
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++)
        if (strcmp(region, regions[i]) == 0)
            return true;
    return false;
}

static bool is_global(const struct sl_host_ask *ask)
{
    if (ask->fips || ask->dual_stack)
        return false;
    if (strcmp(ask->region, global_region) == 0)
        return ask->service == SL_S3 || ask->service == SL_STS;
    return ask->service == SL_STS && ask->sts_global && shares_sts(ask->region);
}

/* S3 says "dualstack" where the others have a suffix of their own. */
static void regional(const struct sl_host_ask *ask, const struct partition *p, const char *region, struct sl_host *ret)
{
    bool s3 = ask->service == SL_S3;
    bool alike = ask->service == SL_STS || ask->service == SL_SSO || ask->service == SL_SSO_OIDC;
    bool says_fips = ask->fips && !(alike && p->plain_is_fips && !ask->dual_stack);
    (void)snprintf(ret->name, sizeof ret->name, "%s%s%s.%s.%s", services[ask->service].label, says_fips ? "-fips" : "",
                   s3 && ask->dual_stack ? ".dualstack" : "", region,
                   ask->dual_stack && !s3 ? p->dual_stack_suffix : p->suffix);
    ret->signing_region = region;
}

static bool offered(const struct sl_host_ask *ask, const struct partition *p, struct sl_err *err)
{
    if (!p->suffix)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "no endpoint is known for the region '%s'; give one with --endpoint-url", ask->region);
    if (ask->service == SL_S3 && ask->fips && !p->s3_has_fips)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "S3 has no FIPS endpoint in the region '%s'; unset AWS_USE_FIPS_ENDPOINT and use_fips_endpoint",
                       ask->region);
    if (strcmp(ask->region, global_region) == 0 && ask->service != SL_S3 && ask->service != SL_STS
        && ask->service != SL_IAM)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "'%s' is not a region in which '%s' is reached; one such as 'eu-west-1' is expected",
                       global_region, sl_host_signing_name(ask->service));
    return true;
}

bool sl_host_find(const struct sl_host_ask *ask, struct sl_host *ret, struct sl_err *err)
{
    const struct partition *p = partition_of(ask->region);
    if (!offered(ask, p, err))
        return false;
    if (ask->service == SL_IAM) {
        unsigned form = (ask->fips ? FIPS : 0u) | (ask->dual_stack ? DUAL_STACK : 0u);
        (void)snprintf(ret->name, sizeof ret->name, "%s", p->iam_host[form]);
        ret->signing_region = ask->fips ? p->iam_fips_region : p->iam_region;
    } else if (is_global(ask)) {
        (void)snprintf(ret->name, sizeof ret->name, "%s.%s", services[ask->service].label, p->suffix);
        ret->signing_region = "us-east-1";
    } else {
        regional(ask, p, strcmp(ask->region, global_region) == 0 ? "us-east-1" : ask->region, ret);
    }
    return true;
}

static bool letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* RFC 1123 labels in lower case, as the rule sets' isVirtualHostableS3Bucket has them. */
bool sl_host_takes_bucket(const char *bucket, bool dots)
{
    size_t n = strlen(bucket);
    if (n < 3 || n > 63 || (strchr(bucket, '.') && strspn(bucket, "0123456789.") == n)) /* an address is no name */
        return false;
    for (size_t i = 0; i < n; i++) {
        bool edge = i == 0 || i + 1 == n || bucket[i - 1] == '.' || bucket[i + 1] == '.';
        bool ok = letter_or_digit(bucket[i]) || (bucket[i] == '-' && !edge) || (bucket[i] == '.' && dots && !edge);
        if (!ok)
            return false;
    }
    return true;
}
