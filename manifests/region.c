#include "manifests/plan.h"

#include <string.h>

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
