#include "cli/env.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct sl_env_row rows[] = {
    { "AWS_ACCESS_KEY_ID", "credentials, with AWS_SECRET_ACCESS_KEY", false },
    { "AWS_SECRET_ACCESS_KEY", "credentials", false },
    { "AWS_SESSION_TOKEN", "credentials of a session; AWS_SECURITY_TOKEN is the older name", false },
    { "AWS_SECURITY_TOKEN", "see AWS_SESSION_TOKEN", false },
    { "AWS_CREDENTIAL_EXPIRATION", "when these credentials end, to be told in time", false },
    { "AWS_ACCOUNT_ID", "the account these credentials belong to", false },
    { "AWS_PROFILE", "profile of the config and credentials files; AWS_DEFAULT_PROFILE is read first", false },
    { "AWS_DEFAULT_PROFILE", "see AWS_PROFILE", false },
    { "AWS_CONFIG_FILE", "config file, ~/.aws/config when unset", false },
    { "AWS_SHARED_CREDENTIALS_FILE", "credentials file, ~/.aws/credentials when unset", false },
    { "AWS_ROLE_ARN", "role to assume with the token of AWS_WEB_IDENTITY_TOKEN_FILE, or with GitHub's", false },
    { "AWS_ROLE_SESSION_NAME", "name of that session; sealift and the time when unset", false },
    { "AWS_WEB_IDENTITY_TOKEN_FILE", "file with an OIDC token", false },
    { "ACTIONS_ID_TOKEN_REQUEST_URL", "where a GitHub job gets its OIDC token, when AWS_ROLE_ARN is set without a file",
      false },
    { "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "see ACTIONS_ID_TOKEN_REQUEST_URL; needs the permission id-token: write",
      false },
    { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "where an ECS task gets its role's credentials", false },
    { "AWS_CONTAINER_CREDENTIALS_FULL_URI", "the same as a whole URL, as EKS pods have it", false },
    { "AWS_CONTAINER_AUTHORIZATION_TOKEN", "what to send there; AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is read first",
      false },
    { "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "see AWS_CONTAINER_AUTHORIZATION_TOKEN", false },
    { "AWS_EC2_METADATA_DISABLED", "true: do not ask the instance metadata service", false },
    { "AWS_EC2_METADATA_V1_DISABLED", "true: version 2 of that service only", false },
    { "AWS_EC2_METADATA_SERVICE_ENDPOINT", "where that service is", false },
    { "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv4 or IPv6; AWS_IMDS_USE_IPV6 is the older name", false },
    { "AWS_IMDS_USE_IPV6", "see AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", false },
    { "AWS_METADATA_SERVICE_TIMEOUT", "seconds to wait for that service; 1 when unset", false },
    { "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "how often to ask it; 1 when unset", false },
    { "AWS_CREDENTIAL_FILE", "keys in the form of the first EC2 tools", false },
    { "BOTO_CONFIG", "config file of boto 2; /etc/boto.cfg and ~/.boto when unset", false },
    { "AWS_REGION", "must be the manifest's region; a different one is refused", false },
    { "AWS_DEFAULT_REGION", "as AWS_REGION, when that is unset", false },
    { "AWS_ENDPOINT_URL", "send every request there instead of to AWS", false },
    { "AWS_ENDPOINT_URL_<SERVICE>",
      "the same for S3, IOT, IOT_JOBS_DATA_PLANE, STS, IAM, KMS, SIGNER, SSO or SSO_OIDC alone", false },
    { "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true: neither these variables nor the profile's endpoint_url count",
      false },
    { "AWS_USE_FIPS_ENDPOINT", "true: AWS's FIPS endpoints", false },
    { "AWS_USE_DUALSTACK_ENDPOINT", "true: AWS's endpoints with IPv6", false },
    { "AWS_STS_REGIONAL_ENDPOINTS", "legacy: sts.amazonaws.com for the older Regions; regional when unset", false },
    { "AWS_MAX_ATTEMPTS", "how often a request is sent at most, 1 to 100; 3 when unset", false },
    { "AWS_RETRY_MODE", "standard, adaptive or legacy; all of them mean standard", false },
    { "AWS_CA_BUNDLE", "certificates to trust instead of the system's", false },
    { "GITHUB_ACTIONS", "true: failures and warnings are told as a runner of GitHub Actions reads them", true },
    { "GITHUB_OUTPUT", "on such a runner: the file for job-id, job-arn, plan-digest, receipt and changed", true },
    { "GITHUB_STEP_SUMMARY", "on such a runner: the file for the summary, when --summary is not given", true },
    { "GITHUB_WORKSPACE", "on such a runner: the folder that files are named from", true },
    { "HOME", "where ~ is", false },
    { "HTTPS_PROXY", "proxy for AWS: http://[user:password@]host:port; https_proxy is read first", false },
    { "HTTP_PROXY", "proxy for plain http endpoints; http_proxy is read first", false },
    { "NO_PROXY", "hosts that are asked without a proxy, with commas between; no_proxy is read first", false },
    { "LANG", "a terminal is shown only ASCII when neither this nor LC_ALL or LC_CTYPE names UTF-8", true },
    { "LC_ALL", "see LANG; read first", true },
    { "LC_CTYPE", "see LANG; read second", true },
    { "NO_COLOR", "no color when set", true },
    { "SEALIFT_PASSPHRASE", "passphrase of every key that needs one", true },
    { "SEALIFT_PASSPHRASE_<KEY>",
      "passphrase of one key, by its name in the manifest, or its path for sign: upper case, other characters as _",
      true },
    { "SEALIFT_PIN", "PIN of every token that needs one", true },
    { "SEALIFT_PIN_<KEY>", "PIN for one key, named as for SEALIFT_PASSPHRASE_<KEY>", true },
    { "SEALIFT_PKCS11_MODULE", "PKCS #11 module of pkcs11: keys whose URI names none; p11-kit's proxy when unset",
      true },
    { "SEALIFT_TPM2_TCTI", "how the TPM of tpm2: keys is reached; device:/dev/tpmrm0 when unset", true },
    { "TERM", "no color and no bars when it is dumb", true },
    { "TMPDIR", "where a sandbox without --dir keeps its state; /tmp when unset", false },
    { "TPM2OPENSSL_TCTI", "as SEALIFT_TPM2_TCTI, when that is unset", true },
    { "TSS2_LOG", "what the TPM's own libraries print; nothing when unset", true },
};

const struct sl_env_row *sl_env_row(size_t i)
{
    return i < sizeof rows / sizeof *rows ? &rows[i] : NULL;
}

static bool listed(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0)
            return true;
    return false;
}

const char *sl_env_get(const char *name)
{
    assert(listed(name));
    return sl_env_any(NULL, name);
}

void sl_env_put(const char *name, const char *value)
{
    assert(listed(name));
    (void)setenv(name, value, 1);
}

const char *sl_env_any(void *ctx, const char *name)
{
    (void)ctx;
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}
