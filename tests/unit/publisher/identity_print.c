/* Print the identity that environment and files give, for tests/e2e/identity_botocore.py: its key id, and digests of its
 * secret, its token and its account; or "error" and why. The only argument, if any, is the profile. */
#include "core/digest.h"
#include "core/json.h"
#include "core/text.h"
#include "publisher/identity.h"
#include "publisher/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *env(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

static bool code(void *ctx, const char *serial, struct sl_secret *ret, struct sl_err *err)
{
    (void)ctx;
    (void)serial;
    return sl_secret_copy(sl_span_str("123456"), ret, err);
}

static bool print_digest(const struct sl_secret *s, struct sl_err *err)
{
    uint8_t digest[SL_SHA256_BYTES];
    char hex[65] = "";
    if (s->len > 0 && !sl_sha256(sl_secret_span(s), digest, err))
        return false;
    if (s->len > 0)
        sl_hex_put(hex, sizeof hex, (struct sl_span){ digest, sizeof digest });
    return printf(" %.16s", s->len > 0 ? hex : "-") > 0;
}

static bool print(const char *profile, struct sl_err *err)
{
    SL_AUTO(sl_identity_closep) struct sl_identity *id = NULL;
    SL_AUTO(sl_settings_clear) struct sl_settings settings = { .ca_bundle = NULL };
    const struct sl_credentials *cred = NULL;
    struct sl_identity_ask ask = { .where = { env, NULL, profile }, .ask_code = code };
    if (!sl_secret_setup(err) || !sl_settings_read(&ask.where, &settings, err))
        return false;
    ask.wire.region = getenv("AWS_DEFAULT_REGION");
    memcpy(ask.wire.endpoint_url, settings.endpoint_url, sizeof ask.wire.endpoint_url);
    if (!sl_identity_open(&ask, &id, err) || !sl_identity_current(id, &cred, err))
        return false;
    (void)printf("ok %s", cred->access_key_id);
    if (!print_digest(&cred->secret_access_key, err) || !print_digest(&cred->session_token, err))
        return false;
    (void)printf(" %s\n", *cred->account ? cred->account : "-");
    return true;
}

int main(int argc, char **argv)
{
    struct sl_err err = { .code = SL_OK };
    sl_json_setup();
    if (!print(argc > 1 ? argv[1] : NULL, &err))
        (void)printf("error %s\n", err.msg);
    return 0;
}
