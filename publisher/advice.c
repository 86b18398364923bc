#include "publisher/advice.h"

#include <stddef.h>
#include <string.h>

/* The first row that fits is used, so operations stand before "any". Sources: S3 API reference "Error responses", IAM
 * "Common errors", service authorization references of IoT, S3, IAM and KMS; KMS API reference, errors of Sign. */
static const struct sl_advice table[] = {
    { "AccessDeniedException", "CreateJob", SL_E_DENIED,
      "the credentials need iot:CreateJob on the job, its targets, template and packages, iot:TagResource when there "
      "are tags, and "
      "iam:PassRole on the download role with iam:PassedToService iot.amazonaws.com" },
    { "AccessDeniedException", "DescribeThing", SL_E_DENIED, "the credentials need iot:DescribeThing on the target" },
    { "AccessDeniedException", "DescribeThingGroup", SL_E_DENIED,
      "the credentials need iot:DescribeThingGroup on the target" },
    { "AccessDeniedException", "DescribeJob", SL_E_DENIED, "the credentials need iot:DescribeJob on the job" },
    { "AccessDeniedException", "GetJobDocument", SL_E_DENIED, "the credentials need iot:GetJobDocument on the job" },
    { "AccessDeniedException", "CancelJob", SL_E_DENIED, "the credentials need iot:CancelJob on the job" },
    { "AccessDeniedException", "CancelJobExecution", SL_E_DENIED,
      "the credentials need iot:CancelJobExecution on the job and the thing" },
    { "AccessDeniedException", "DescribeJobExecution", SL_E_DENIED,
      "the credentials need iot:DescribeJobExecution on the job and the thing" },
    { "AccessDeniedException", "UpdateJob", SL_E_DENIED,
      "the credentials need iot:UpdateJob on the job, and with a role iam:PassRole on it with iam:PassedToService "
      "iot.amazonaws.com" },
    { "AccessDeniedException", "AssociateTargetsWithJob", SL_E_DENIED,
      "the credentials need iot:AssociateTargetsWithJob on the job and the targets" },
    { "AccessDeniedException", "CreateJobTemplate", SL_E_DENIED,
      "the credentials need iot:CreateJobTemplate on the template, iot:TagResource when there are tags, and "
      "iam:PassRole "
      "on the download role with iam:PassedToService iot.amazonaws.com" },
    { "AccessDeniedException", "DescribeJobTemplate", SL_E_DENIED,
      "the credentials need iot:DescribeJobTemplate on the template" },
    { "AccessDeniedException", "DescribeManagedJobTemplate", SL_E_DENIED,
      "the credentials need iot:DescribeManagedJobTemplate on the template" },
    { "AccessDeniedException", "DeleteJob", SL_E_DENIED, "the credentials need iot:DeleteJob on the job" },
    { "AccessDeniedException", "ListTagsForResource", SL_E_DENIED,
      "the credentials need iot:ListTagsForResource on the job" },
    { "AccessDeniedException", "ListJobs", SL_E_DENIED, "the credentials need iot:ListJobs" },
    { "AccessDeniedException", "ListJobExecutionsForJob", SL_E_DENIED,
      "the credentials need iot:ListJobExecutionsForJob on the job" },
    { "AccessDenied", "GetBucketVersioning", SL_E_DENIED,
      "the credentials need s3:GetBucketVersioning on the bucket, which must belong to bucket.account when that is "
      "set" },
    { "AccessDenied", "ListObjectsV2", SL_E_DENIED, "the credentials need s3:ListBucket on the bucket" },
    { "AccessDenied", "ListObjectVersions", SL_E_DENIED, "the credentials need s3:ListBucketVersions on the bucket" },
    { "AccessDenied", "PutObject", SL_E_DENIED,
      "the credentials need s3:PutObject on the object, s3:PutObjectTagging with bucket.tags, s3:PutObjectRetention "
      "with "
      "bucket.lock, and kms:GenerateDataKey with a KMS key" },
    { "AccessDenied", "CreateMultipartUpload", SL_E_DENIED,
      "the credentials need s3:PutObject on the object, s3:PutObjectTagging with bucket.tags, s3:PutObjectRetention "
      "with "
      "bucket.lock, and kms:GenerateDataKey and kms:Decrypt with a KMS key" },
    { "AccessDenied", "UploadPart", SL_E_DENIED, "the credentials need s3:PutObject on the object" },
    { "AccessDenied", "CompleteMultipartUpload", SL_E_DENIED, "the credentials need s3:PutObject on the object" },
    { "AccessDenied", "ListParts", SL_E_DENIED, "the credentials need s3:ListMultipartUploadParts on the object" },
    { "AccessDenied", "HeadObject", SL_E_DENIED,
      "the credentials need s3:GetObject and s3:GetObjectVersion on the object" },
    { "AccessDenied", "GetObject", SL_E_DENIED,
      "the credentials need s3:GetObject and s3:GetObjectVersion on the object" },
    { "AccessDeniedException", "GetPublicKey", SL_E_DENIED,
      "the credentials need kms:GetPublicKey on the key, by its key policy or by IAM where that policy lets IAM "
      "decide" },
    { "AccessDeniedException", "Sign", SL_E_DENIED,
      "the credentials need kms:Sign on the key, by its key policy or by IAM where that policy lets IAM decide" },
    { "ResourceNotFoundException", "GetSigningProfile", SL_E_DENIED,
      "check the profile's name and Region, or make it with 'aws signer put-signing-profile'" },
    { "AccessDeniedException", "GetSigningProfile", SL_E_DENIED,
      "the credentials need signer:GetSigningProfile on the profile" },
    { "AccessDeniedException", "StartSigningJob", SL_E_DENIED,
      "the credentials need signer:StartSigningJob on the profile, s3:GetObjectVersion on the artifact and "
      "s3:PutObject "
      "beside the statement" },
    { "AccessDeniedException", "DescribeSigningJob", SL_E_DENIED, "the credentials need signer:DescribeSigningJob" },
    { "NotFoundException", "GetPublicKey", SL_E_DENIED,
      "check the key id or alias, its Region and its account; a key of another account is named by its ARN" },
    { "NotFoundException", "Sign", SL_E_DENIED, "the key or alias is gone" },
    { "InvalidStateTransitionException", "CancelJob", SL_E_CONFLICT, "a job that has ended cannot be canceled" },
    { "InvalidStateTransitionException", "CancelJobExecution", SL_E_CONFLICT,
      "what has ended cannot be canceled, and what a device has begun only with --force" },
    { "VersionConflictException", "CancelJobExecution", SL_E_CONFLICT,
      "the device reported meanwhile; look with 'sealift job status' and ask again" },
    { "InvalidStateTransitionException", "DeleteJob", SL_E_CONFLICT,
      "a job that is not over is deleted only with --force" },
    { "LimitExceededException", "DeleteJob", SL_E_DENIED,
      "AWS IoT deletes at most ten jobs at a time; try again in a minute" },
    { "ConflictException", "CreateJobTemplate", SL_E_CONFLICT, "choose another name" },
    { "LimitExceededException", "AssociateTargetsWithJob", SL_E_DENIED, "a job has at most 100 targets" },
    { "LimitExceededException", "CreateJob", SL_E_DENIED,
      "a quota of AWS IoT Jobs is used up: end or delete old jobs, or ask for more under Service Quotas" },
    { "AccessDenied", NULL, SL_E_DENIED, "the credentials do not allow it" },
    { "AccessDeniedException", NULL, SL_E_DENIED, "the credentials do not allow it" },
    { "AllAccessDisabled", NULL, SL_E_DENIED, "the bucket's owner has closed it" },
    { "AuthorizationHeaderMalformed", NULL, SL_E_DENIED, "the region is probably not the bucket's" },
    { "BadDigest", NULL, SL_E_VERIFY, "the bytes were changed on the way, or the file was changed meanwhile" },
    { "DisabledException", NULL, SL_E_DENIED, "the KMS key is disabled: enable it with 'aws kms enable-key'" },
    { "ExpiredToken", NULL, SL_E_DENIED, "the session has expired; get new credentials" },
    { "ExpiredTokenException", NULL, SL_E_DENIED, "the session has expired; get new credentials" },
    { "ForbiddenException", NULL, SL_E_DENIED, "the credentials do not allow it" },
    { "IllegalLocationConstraintException", NULL, SL_E_DENIED, "the region is not the bucket's" },
    { "IncompleteSignature", NULL, SL_E_DENIED, NULL },
    { "InvalidAccessKeyId", NULL, SL_E_DENIED,
      "the access key does not exist; check AWS_ACCESS_KEY_ID or the profile" },
    { "InvalidClientTokenId", NULL, SL_E_DENIED,
      "the access key does not exist; check AWS_ACCESS_KEY_ID or the profile" },
    { "InvalidDigest", NULL, SL_E_VERIFY, NULL },
    { "InvalidJobDocumentException", NULL, SL_E_INPUT, "check the placeholders in job.document" },
    { "InvalidKeyUsageException", NULL, SL_E_INPUT,
      "the KMS key does not sign with this algorithm, or is not made for SIGN_VERIFY" },
    { "InvalidRoleException", NULL, SL_E_DENIED,
      "check that the role in url.role exists and trusts iot.amazonaws.com" },
    { "InvalidSignatureException", NULL, SL_E_DENIED, "check the secret access key, and the clock of this machine" },
    { "InvalidToken", NULL, SL_E_DENIED, "the session token is not valid; get new credentials" },
    { "KMSInvalidStateException", NULL, SL_E_DENIED,
      "the KMS key cannot be used in its present state; when its deletion is scheduled, 'aws kms cancel-key-deletion' "
      "keeps it" },
    { "LimitExceededException", NULL, SL_E_DENIED, "a quota of the account is used up" },
    { "MissingAuthenticationToken", NULL, SL_E_DENIED, NULL },
    { "MissingAuthenticationTokenException", NULL, SL_E_DENIED, NULL },
    { "NoSuchBucket", NULL, SL_E_DENIED,
      "check bucket.name and bucket.region, or create the bucket and enable its versioning" },
    { "PermanentRedirect", NULL, SL_E_DENIED, "the bucket is in another region" },
    { "RequestExpired", NULL, SL_E_DENIED, "check the clock of this machine" },
    { "RequestTimeTooSkewed", NULL, SL_E_DENIED, "check the clock of this machine" },
    { "SignatureDoesNotMatch", NULL, SL_E_DENIED, "check the secret access key, and the clock of this machine" },
    { "TokenRefreshRequired", NULL, SL_E_DENIED, "the session has expired; get new credentials" },
    { "UnauthorizedException", NULL, SL_E_DENIED, "the credentials do not allow it" },
    { "UnrecognizedClientException", NULL, SL_E_DENIED, "the access key or session token is not valid" },
    { "XAmzContentChecksumMismatch", NULL, SL_E_VERIFY,
      "the bytes were changed on the way, or the file was changed meanwhile" },
    { "XAmzContentSHA256Mismatch", NULL, SL_E_VERIFY,
      "the bytes were changed on the way, or the file was changed meanwhile" },
};

static bool fits(const struct sl_advice *a, const char *doing, const char *aws_code)
{
    if (strcmp(a->aws_code, aws_code) != 0)
        return false;
    if (!a->operation)
        return true;
    size_t len = strlen(a->operation);
    return !strncmp(doing, a->operation, len) && (doing[len] == ' ' || !doing[len]);
}

const struct sl_advice *sl_advice_find(const char *doing, const char *aws_code)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (fits(&table[i], doing, aws_code))
            return &table[i];
    return NULL;
}
