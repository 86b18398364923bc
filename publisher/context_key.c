#include "publisher/priv/context_key.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* An entry that ends with '/' or ':' stands for every key that begins so: tags have names of their own. */
static const char *const known[] = {
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalTag/",
    "aws:PrincipalType",
    "aws:Referer",
    "aws:RequestTag/",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:ResourceTag/",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:TagKeys",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:VpcSourceIp",
    "aws:userid",
    "aws:username",
    "iam:AssociatedResourceArn",
    "iam:PassedToService",
    "iam:PermissionsBoundary",
    "iam:PolicyARN",
    "iam:ResourceTag/",
    "kms:CallerAccount",
    "kms:EncryptionAlgorithm",
    "kms:EncryptionContext:",
    "kms:EncryptionContextKeys",
    "kms:GranteePrincipal",
    "kms:GrantIsForAWSResource",
    "kms:KeyOrigin",
    "kms:KeySpec",
    "kms:KeyUsage",
    "kms:MessageType",
    "kms:MultiRegion",
    "kms:RequestAlias",
    "kms:ResourceAliases",
    "kms:SigningAlgorithm",
    "kms:ViaService",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
    "s3:ExistingObjectTag/",
    "s3:LocationConstraint",
    "s3:RequestObjectTag/",
    "s3:RequestObjectTagKeys",
    "s3:ResourceAccount",
    "s3:TlsVersion",
    "s3:VersionId",
    "s3:authType",
    "s3:delimiter",
    "s3:if-match",
    "s3:if-none-match",
    "s3:max-keys",
    "s3:object-lock-legal-hold",
    "s3:object-lock-mode",
    "s3:object-lock-remaining-retention-days",
    "s3:object-lock-retain-until-date",
    "s3:prefix",
    "s3:signatureAge",
    "s3:signatureversion",
    "s3:x-amz-acl",
    "s3:x-amz-content-sha256",
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-storage-class",
    "sts:ExternalId",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
    "sts:TransitiveTagKeys",
};

/* What a web identity's token says, of which AWS knows some of GitHub's beside the standard ones, stands under its provider's host: "token.actions.githubusercontent.com:sub". */
static bool is_claim(const char *name)
{
    static const char *const claims[] = { "aud",      "sub",           "amr",           "actor",
                                          "actor_id", "enterprise_id", "environment",   "job_workflow_ref",
                                          "ref",      "repository",    "repository_id", "workflow" };
    const char *colon = strchr(name, ':'), *dot = strchr(name, '.');
    for (size_t i = 0; colon && dot && dot < colon && i < sizeof claims / sizeof *claims; i++)
        if (!strcasecmp(colon + 1, claims[i]))
            return true;
    return false;
}

bool sl_context_key_known(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t len = strlen(known[i]);
        bool family = known[i][len - 1] == '/' || known[i][len - 1] == ':';
        if (family ? !strncasecmp(known[i], name, len) : !strcasecmp(known[i], name))
            return true;
    }
    return is_claim(name);
}
