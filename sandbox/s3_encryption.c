/* Encryption at rest: what a bucket is set to, what a request asks for, and the keys of KMS that S3 then uses on the
 * caller's behalf. Nothing is encrypted here; who may read and write is decided as if it were. Sources: S3 API reference;
 * S3 user guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)". */
#include "core/json.h"
#include "core/xml.h"
#include "sandbox/priv/kms.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"
#include "sandbox/priv/s3_schema.h"

#include <stdio.h>
#include <string.h>

#define SSE         "x-amz-server-side-encryption"
#define KEY_ID      SSE "-aws-kms-key-id"
#define BUCKET_KEY  SSE "-bucket-key-enabled"
#define MANAGED_KEY "key/00000000-0000-4000-8000-0000000000a3" /* what aws/s3 stands for */
#define USUAL                                                                                                          \
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></"                                  \
    "ApplyServerSideEncryptionByDefault>"                                                                              \
    "<BucketKeyEnabled>false</BucketKeyEnabled></Rule>"

#define END                                                                                                            \
    {                                                                                                                  \
        NULL, SL_S3_TEXT, 0, 0, NULL, NULL                                                                             \
    }
static const char *const algorithms[] = { "AES256", "aws:kms", "aws:kms:dsse", NULL };
static const struct sl_s3_schema by_default[] = { { "SSEAlgorithm", SL_S3_TEXT, 1, 1, algorithms, NULL },
                                                  { "KMSMasterKeyID", SL_S3_TEXT, 0, 1, NULL, NULL },
                                                  END };
static const struct sl_s3_schema rule[] = { { "ApplyServerSideEncryptionByDefault", SL_S3_GROUP, 1, 1, NULL,
                                              by_default },
                                            { "BucketKeyEnabled", SL_S3_FLAG, 0, 1, NULL, NULL },
                                            END };
static const struct sl_s3_schema configuration[] = { { "Rule", SL_S3_GROUP, 1, 1, NULL, rule }, END };

static bool is_kms(const char *algorithm)
{
    return algorithm && !strncmp(algorithm, "aws:kms", 7);
}

static bool wrong(struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 400, "InvalidArgument", "%s", why);
}

bool sl_s3_encryption_put(struct sl_s3 *s, struct sl_err *err)
{
    const struct sl_xml *root;
    if (!sl_s3_integrity_require(s->x, err)
        || !sl_s3_schema_read(s->x, "ServerSideEncryptionConfiguration", configuration, &root, err))
        return false;
    static const char place[] = "Rule/ApplyServerSideEncryptionByDefault/";
    char path[80];
    (void)snprintf(path, sizeof path, "%sSSEAlgorithm", place);
    bool kms = is_kms(sl_xml_text(root, path));
    (void)snprintf(path, sizeof path, "%sKMSMasterKeyID", place);
    if (!kms && sl_xml_text(root, path))
        return wrong(err, "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
                          "aws:kms:dsse");
    return sl_s3_setting_store(s, "encryption", root, err);
}

bool sl_s3_encryption_get(struct sl_s3 *s, struct sl_err *err)
{
    const char *document;
    return sl_s3_setting_get(s, "encryption", &document, err)
           && sl_s3_setting_reply(s, "ServerSideEncryptionConfiguration", document ? document : USUAL, err);
}

/* Afterwards the bucket encrypts as new ones do. */
bool sl_s3_encryption_delete(struct sl_s3 *s, struct sl_err *err)
{
    return sl_s3_setting_drop(s, "encryption", err);
}

bool sl_s3_encryption_check(struct sl_s3 *s, struct sl_err *err)
{
    const char *algorithm = sl_exchange_request_header(s->x, SSE), *key = sl_exchange_request_header(s->x, KEY_ID),
               *flag = sl_exchange_request_header(s->x, BUCKET_KEY);
    bool known = !algorithm;
    for (size_t i = 0; !known && algorithms[i]; i++)
        known = !strcmp(algorithm, algorithms[i]);
    if (!known)
        return wrong(err, "The encryption method specified is not supported");
    if (key && !is_kms(algorithm))
        return wrong(err, "Server Side Encryption with AWS KMS managed key requires HTTP header "
                          "x-amz-server-side-encryption : aws:kms");
    return !flag || !strcmp(flag, "true") || !strcmp(flag, "false")
           || wrong(err, "Invalid value for x-amz-server-side-encryption-bucket-key-enabled");
}

/* What KMS refuses, S3 passes on under a longer name. */
static bool pass_on(struct sl_err *why, struct sl_err *err)
{
    if (!why->http_status) {
        *err = *why;
        return false;
    }
    const char *code = !strcmp(why->aws_code, "NotFoundException")   ? "KMS.NotFoundException"
                       : !strcmp(why->aws_code, "DisabledException") ? "KMS.DisabledException"
                                                                     : "KMS.KMSInvalidStateException";
    return sl_refusal_make(err, 400, code, "%s", why->msg);
}

/* A key's ARN; the one AWS manages for S3 has no row, and every identity of the account may use it through S3. */
static bool use_key(struct sl_s3 *s, const char *id, const char *action, const char **ret_arn, struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    struct sl_kms_key key = { .id = NULL };
    struct sl_err why = { 0 };
    const char *managed = sl_kms_api_arn(x, MANAGED_KEY, err),
               *alias = managed ? sl_kms_api_arn(x, "alias/aws/s3", err) : NULL;
    bool allowed = false;
    if (!alias)
        return false;
    *ret_arn = managed;
    if (!id || !*id || !strcmp(id, managed) || !strcmp(id, alias) || !strcmp(id, "alias/aws/s3"))
        return true;
    if (!sl_kms_api_find(x, id, true, &key, &why) || !sl_kms_api_usable(&key, &why))
        return pass_on(&why, err);
    if (key.spec->algorithms || strcmp(key.usage, "ENCRYPT_DECRYPT") != 0)
        return sl_refusal_make(err, 400, "KMS.InvalidKeyUsageException", "%s is no symmetric key that encrypts",
                               key.arn);
    *ret_arn = key.arn;
    if (!sl_kms_policy_allows(x, &key, action, &allowed, err))
        return false;
    return allowed
           || sl_refusal_make(err, 403, "AccessDenied", "User: %.100s is not authorized to perform: %s on resource: %s",
                              x->caller_arn, action, key.arn);
}

/* What the bucket does when the request does not say. */
static bool from_bucket(struct sl_s3 *s, const char **algorithm, const char **id, const char **flag, struct sl_err *err)
{
    const struct sl_xml *root;
    if (!sl_s3_setting_tree(s, "encryption", &root, err))
        return false;
    const char *usual = sl_xml_text(root, "Rule/ApplyServerSideEncryptionByDefault/SSEAlgorithm");
    *algorithm = usual ? usual : "AES256";
    *id = sl_xml_text(root, "Rule/ApplyServerSideEncryptionByDefault/KMSMasterKeyID");
    if (!*flag)
        *flag = sl_xml_text(root, "Rule/BucketKeyEnabled");
    return true;
}

bool sl_s3_encryption_fill(struct sl_s3 *s, json_t *headers, struct sl_err *err)
{
    const char *algorithm = sl_exchange_request_header(s->x, SSE), *id = sl_exchange_request_header(s->x, KEY_ID),
               *flag = sl_exchange_request_header(s->x, BUCKET_KEY), *arn = NULL;
    if (!algorithm && !from_bucket(s, &algorithm, &id, &flag, err))
        return false;
    if (!sl_json_set(headers, SSE, json_string(algorithm), err) || !is_kms(algorithm))
        return err->code == SL_OK;
    return use_key(s, id, "kms:GenerateDataKey", &arn, err) && sl_json_set(headers, KEY_ID, json_string(arn), err)
           && (!flag || strcmp(flag, "true") != 0 || sl_json_set(headers, BUCKET_KEY, json_string("true"), err));
}

/* Parts of an upload are read back when they are joined. */
bool sl_s3_encryption_open(struct sl_s3 *s, const char *headers, struct sl_err *err)
{
    const char *id, *arn;
    return sl_s3_setting_of(s->x, headers, KEY_ID, &id, err) && (!id || use_key(s, id, "kms:Decrypt", &arn, err));
}

bool sl_s3_encryption_reply(struct sl_s3 *s, const char *headers, struct sl_err *err)
{
    static const char *const names[] = { SSE, KEY_ID, BUCKET_KEY };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value;
        if (!sl_s3_setting_of(s->x, headers, names[i], &value, err))
            return false;
        if (!value && !i)
            value = "AES256";
        if (value && !sl_exchange_header(s->x, names[i], value, err))
            return false;
    }
    return true;
}
