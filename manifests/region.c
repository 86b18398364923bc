#include "manifests/plan.h"

#include "core/text.h"

#include <string.h>

/* The Regions of the partitions aws, aws-cn and aws-us-gov. A new one is used like any other; it is only not expected,
 * since it may be a slip of the hand. Source: partitions.json of botocore 1.43. */
static const char *const known[] = {
    "af-south-1",     "ap-east-1",      "ap-east-2",
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
    "ap-south-1",     "ap-south-2",     "ap-southeast-1",
    "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
    "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
    "ca-central-1",   "ca-west-1",      "eu-central-1",
    "eu-central-2",   "eu-north-1",     "eu-south-1",
    "eu-south-2",     "eu-west-1",      "eu-west-2",
    "eu-west-3",      "il-central-1",   "me-central-1",
    "me-south-1",     "mx-central-1",   "sa-east-1",
    "us-east-1",      "us-east-2",      "us-west-1",
    "us-west-2",      "cn-north-1",     "cn-northwest-1",
    "us-gov-east-1",  "us-gov-west-1",  NULL,
};

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

const char *sl_region_partition(const char *region)
{
    if (starts(region, "cn-"))
        return "aws-cn";
    if (starts(region, "us-gov-"))
        return "aws-us-gov";
    return "aws";
}

const char *sl_region_suffix(const char *region)
{
    return starts(region, "cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

bool sl_region_known(const char *region, const char **ret_near)
{
    for (size_t i = 0; known[i]; i++)
        if (strcmp(known[i], region) == 0)
            return true;
    *ret_near = sl_nearest(region, known);
    return false;
}
