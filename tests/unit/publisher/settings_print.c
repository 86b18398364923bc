/* Print the way to AWS as the environment and the profile describe it, for tests/e2e/settings_botocore.py: a line for each
 * service, one for a bucket, the CA bundle and the attempts; or "refused: why". settings_print REGION BUCKET [PROFILE] */
#include "core/secret.h"
#include "publisher/endpoint.h"
#include "publisher/settings.h"

#include <stdio.h>
#include <stdlib.h>

static const char *env_of(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

static bool print_one(const struct sl_settings *s, enum sl_service service, const char *region, const char *bucket,
                      struct sl_err *err)
{
    const struct sl_endpoint_ask ask = { .service = service,
                                         .region = region,
                                         .bucket = bucket,
                                         .url = s->endpoint_url[service],
                                         .fips = s->fips,
                                         .dual_stack = s->dual_stack,
                                         .sts_global = s->sts_global,
                                         .addressing = s->addressing };
    struct sl_endpoint e;
    if (!sl_endpoint_resolve(&ask, &e, err))
        return false;
    (void)printf("%s://%s%s%s%s\n", e.tls ? "https" : "http", e.authority, e.base_path,
                 bucket && !e.bucket_in_host ? "/" : "", bucket && !e.bucket_in_host ? bucket : "");
    return true;
}

static bool print_all(const struct sl_settings *s, const char *region, const char *bucket, struct sl_err *err)
{
    for (unsigned i = 0; i < SL_SERVICE_COUNT; i++)
        if (!print_one(s, (enum sl_service)i, region, NULL, err))
            return false;
    if (!print_one(s, SL_S3, region, bucket, err))
        return false;
    (void)printf("%s\n%u\n", s->ca_bundle ? s->ca_bundle : "-", s->max_attempts ? s->max_attempts : 3);
    return true;
}

int main(int argc, char **argv)
{
    SL_AUTO(sl_settings_clear) struct sl_settings s = { .ca_bundle = NULL };
    struct sl_err err = { .code = SL_OK };
    const struct sl_profile_ask ask = { .env = env_of, .profile = argc > 3 ? argv[3] : NULL };
    if (argc < 3)
        return 2;
    if (!sl_secret_setup(&err) || !sl_settings_read(&ask, &s, &err) || !print_all(&s, argv[1], argv[2], &err))
        (void)printf("refused: %s\n", err.msg);
    return 0;
}
