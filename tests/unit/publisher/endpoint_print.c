/* Print where services are, for tests/e2e/endpoint_botocore.py, which asks the rule sets of botocore the same.
 *
 * One line on stdin: SERVICE REGION FIPS DUAL_STACK BUCKET, the flags 0 or 1, the service by number, no bucket "-". One
 * line on stdout: "https://host NAME REGION", or "refused". */
#include "core/text.h"
#include "publisher/endpoint.h"

#include <stdio.h>
#include <string.h>

static void answer(const struct sl_endpoint_ask *ask)
{
    struct sl_endpoint e;
    struct sl_err err = { .code = SL_OK };
    if (sl_endpoint_resolve(ask, &e, &err))
        (void)printf("https://%s%s%s %s %s\n", e.authority, ask->bucket && !e.bucket_in_host ? "/" : "",
                     ask->bucket && !e.bucket_in_host ? ask->bucket : "", e.signing_name, e.signing_region);
    else
        (void)printf("refused\n");
}

int main(void)
{
    char region[64], bucket[80];
    unsigned service, fips, dual_stack;
    while (scanf("%u %63s %u %u %79s", &service, region, &fips, &dual_stack, bucket) == 5)
        answer(&(struct sl_endpoint_ask){ .service = (enum sl_service)service,
                                          .region = region,
                                          .bucket = strcmp(bucket, "-") == 0 ? NULL : bucket,
                                          .fips = fips != 0,
                                          .dual_stack = dual_stack != 0 });
    return 0;
}
