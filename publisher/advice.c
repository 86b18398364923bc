#include "publisher/advice.h"

#include "publisher/priv/clip.h"

#include <string.h>

struct advice {
    const char *aws_code;
    const char *operation; /* NULL: any */
    const char *text;
    enum sl_code code; /* SL_OK: leave what is there */
};

/* The first row that fits is used, so operations stand before "any". Sources: S3 API reference "Error responses", IAM
 * "Common errors", service authorization references of IoT, S3 and IAM. */
static const struct advice table[] = {
    { "AccessDeniedException", "CreateJob",
      "the credentials need iot:CreateJob on the job and its targets, iot:TagResource when there are tags, and "
      "iam:PassRole "
      "on the download role with iam:PassedToService iot.amazonaws.com",
      SL_E_DENIED },
    { "AccessDeniedException", "DescribeThing", "the credentials need iot:DescribeThing on the target", SL_E_DENIED },
    { "AccessDeniedException", "DescribeThingGroup", "the credentials need iot:DescribeThingGroup on the target",
      SL_E_DENIED },
    { "AccessDeniedException", "DescribeJob", "the credentials need iot:DescribeJob on the job", SL_E_DENIED },
    { "AccessDeniedException", "GetJobDocument", "the credentials need iot:GetJobDocument on the job", SL_E_DENIED },
    { "AccessDeniedException", "CancelJob", "the credentials need iot:CancelJob on the job", SL_E_DENIED },
    { "AccessDeniedException", "ListJobs", "the credentials need iot:ListJobs", SL_E_DENIED },
    { "AccessDeniedException", "ListJobExecutionsForJob", "the credentials need iot:ListJobExecutionsForJob on the job",
      SL_E_DENIED },
    { "AccessDeniedException", NULL, "the credentials do not allow this action", SL_E_DENIED },
    { "ForbiddenException", NULL, "the credentials do not allow this action", SL_E_DENIED },
    { "UnauthorizedException", NULL, "the credentials do not allow this action", SL_E_DENIED },
    { "AccessDenied", "GetBucketVersioning",
      "the credentials need s3:GetBucketVersioning on the bucket, which must belong to bucket.account when that is set",
      SL_E_DENIED },
    { "AccessDenied", "ListObjectsV2", "the credentials need s3:ListBucket on the bucket", SL_E_DENIED },
    { "AccessDenied", "ListObjectVersions", "the credentials need s3:ListBucketVersions on the bucket", SL_E_DENIED },
    { "AccessDenied", "PutObject", "the credentials need s3:PutObject on the object", SL_E_DENIED },
    { "AccessDenied", "HeadObject", "the credentials need s3:GetObject and s3:GetObjectVersion on the object",
      SL_E_DENIED },
    { "AccessDenied", "GetObject", "the credentials need s3:GetObject and s3:GetObjectVersion on the object",
      SL_E_DENIED },
    { "AccessDenied", NULL, "the credentials do not allow this action", SL_E_DENIED },
    { "AllAccessDisabled", NULL, "the bucket's owner has closed it", SL_E_DENIED },
    { "NoSuchBucket", NULL, "check bucket.name and bucket.region, or create the bucket and enable its versioning",
      SL_E_DENIED },
    { "InvalidAccessKeyId", NULL, "check AWS_ACCESS_KEY_ID or the profile: AWS does not know this access key",
      SL_E_DENIED },
    { "InvalidClientTokenId", NULL, "check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN: AWS does not know them",
      SL_E_DENIED },
    { "UnrecognizedClientException", NULL, "check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN: AWS does not know them",
      SL_E_DENIED },
    { "SignatureDoesNotMatch", NULL, "check AWS_SECRET_ACCESS_KEY: the secret does not belong to this access key",
      SL_E_DENIED },
    { "InvalidSignatureException", NULL, "check AWS_SECRET_ACCESS_KEY: the secret does not belong to this access key",
      SL_E_DENIED },
    { "ExpiredToken", NULL, "get new temporary credentials: these have expired", SL_E_DENIED },
    { "ExpiredTokenException", NULL, "get new temporary credentials: these have expired", SL_E_DENIED },
    { "TokenRefreshRequired", NULL, "get new temporary credentials", SL_E_DENIED },
    { "InvalidToken", NULL, "check AWS_SESSION_TOKEN: it does not belong to this access key", SL_E_DENIED },
    { "RequestTimeTooSkewed", NULL, "set this machine's clock: it is more than 15 minutes off", SL_E_DENIED },
    { "RequestExpired", NULL, "set this machine's clock: it is more than 15 minutes off", SL_E_DENIED },
    { "AuthorizationHeaderMalformed", NULL, "check bucket.region: the request was signed for another region",
      SL_E_DENIED },
    { "PermanentRedirect", NULL, "check bucket.region: the bucket is in another region", SL_E_DENIED },
    { "BadDigest", NULL, "the bytes that arrived are not those that were hashed: did the file change meanwhile?",
      SL_E_CHANGED },
    { "XAmzContentSHA256Mismatch", NULL,
      "the bytes that arrived are not those that were hashed: did the file change meanwhile?", SL_E_CHANGED },
    { "XAmzContentChecksumMismatch", NULL,
      "the bytes that arrived are not those that were hashed: did the file change meanwhile?", SL_E_CHANGED },
    { "InvalidRoleException", NULL, "check that the role in job.url.role exists and trusts iot.amazonaws.com",
      SL_E_DENIED },
    { "InvalidJobDocumentException", NULL, "check the placeholders in job.document", SL_E_INPUT },
    { "LimitExceededException", "CreateJob",
      "a quota of AWS IoT Jobs is used up: end or delete old jobs, or ask for more under Service Quotas", SL_E_DENIED },
    { "LimitExceededException", NULL, "a quota of AWS IoT Jobs is used up", SL_E_DENIED },
    { "InvalidStateTransitionException", "CancelJob", "a job that has ended cannot be canceled", SL_E_CONFLICT },
    { "ThrottlingException", NULL, "AWS allows 10 such requests a second in the account: try again later",
      SL_E_NETWORK },
    { "SlowDown", NULL, "S3 asks for fewer requests: try again later", SL_E_NETWORK },
};

static bool fits(const struct advice *a, const char *doing, const char *aws_code)
{
    if (strcmp(a->aws_code, aws_code) != 0)
        return false;
    if (!a->operation)
        return true;
    size_t len = strlen(a->operation);
    return !strncmp(doing, a->operation, len) && (doing[len] == ' ' || !doing[len]);
}

static const struct advice *find(const char *doing, const char *aws_code)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (fits(&table[i], doing, aws_code))
            return &table[i];
    return NULL;
}

const char *sl_advice(const char *doing, const char *aws_code)
{
    const struct advice *a = find(doing, aws_code);
    return a ? a->text : NULL;
}

bool sl_advice_add(const char *doing, struct sl_err *err)
{
    const struct advice *a = find(doing, err->aws_code);
    if (!a)
        return false;
    size_t used = strlen(err->msg);
    sl_clip(err->msg + used, sizeof err->msg - used, "; %s", a->text);
    if (a->code != SL_OK)
        err->code = a->code;
    return false;
}
