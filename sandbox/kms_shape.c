/* Shapes as in the service model of AWS KMS (2014-11-01). */
#include "sandbox/priv/kms.h"

#define END                                                                                                            \
    {                                                                                                                  \
        NULL, false, NULL                                                                                              \
    }
#define STRUCTURE(list)                                                                                                \
    {                                                                                                                  \
        .kind = SL_SHAPE_STRUCTURE, .members = (list)                                                                  \
    }

static const char *const usages[] = { "SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", NULL };
static const char *const specs[] = { "RSA_2048",
                                     "RSA_3072",
                                     "RSA_4096",
                                     "ECC_NIST_P256",
                                     "ECC_NIST_P384",
                                     "ECC_NIST_P521",
                                     "ECC_SECG_P256K1",
                                     "SYMMETRIC_DEFAULT",
                                     "HMAC_224",
                                     "HMAC_256",
                                     "HMAC_384",
                                     "HMAC_512",
                                     "SM2",
                                     "ML_DSA_44",
                                     "ML_DSA_65",
                                     "ML_DSA_87",
                                     "ECC_NIST_EDWARDS25519",
                                     NULL };
static const char *const old_specs[] = {
    "RSA_2048",          "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT", "HMAC_224", "HMAC_256", "HMAC_384",      "HMAC_512",      "SM2",           NULL
};
static const char *const origins[] = { "AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE", NULL };
static const char *const message_types[] = { "RAW", "DIGEST", "EXTERNAL_MU", NULL };
static const char *const algorithms[] = { "RSASSA_PSS_SHA_256",
                                          "RSASSA_PSS_SHA_384",
                                          "RSASSA_PSS_SHA_512",
                                          "RSASSA_PKCS1_V1_5_SHA_256",
                                          "RSASSA_PKCS1_V1_5_SHA_384",
                                          "RSASSA_PKCS1_V1_5_SHA_512",
                                          "ECDSA_SHA_256",
                                          "ECDSA_SHA_384",
                                          "ECDSA_SHA_512",
                                          "SM2DSA",
                                          "ML_DSA_SHAKE_256",
                                          "ED25519_SHA_512",
                                          "ED25519_PH_SHA_512",
                                          NULL };

static const struct sl_shape boolean = { .kind = SL_SHAPE_BOOLEAN };
static const struct sl_shape key_id = { .min = 1, .max = 2048 };
static const struct sl_shape usage = { .values = usages }, spec = { .values = specs },
                             old_spec = { .values = old_specs }, origin = { .values = origins };
static const struct sl_shape description = { .max = 8192 };
static const struct sl_shape policy = { .min = 1, .max = 131072 };
static const struct sl_shape policy_name = { .min = 1, .max = 128, .of = &sl_shape_word };
static const struct sl_shape store_id = { .min = 1, .max = 64 }, xks_id = { .min = 1, .max = 128 };
static const struct sl_shape tag_key = { .min = 1, .max = 128 }, tag_value = { .max = 256 };
static const struct sl_shape_member tag_members[] = { { "TagKey", true, &tag_key },
                                                      { "TagValue", true, &tag_value },
                                                      END };
static const struct sl_shape tag = STRUCTURE(tag_members);
static const struct sl_shape tags = { .kind = SL_SHAPE_LIST, .element = &tag };
static const struct sl_shape token = { .min = 1, .max = 8192 };
static const struct sl_shape tokens = { .kind = SL_SHAPE_LIST, .max = 10, .element = &token };
static const struct sl_shape blob = { .min = 1 }; /* in base64; its size is checked once it is read */
static const struct sl_shape message_type = { .values = message_types }, algorithm = { .values = algorithms };
static const struct sl_shape days = { .kind = SL_SHAPE_INTEGER, .min = 1, .max = 365 };
static const struct sl_shape limit = { .kind = SL_SHAPE_INTEGER, .min = 1, .max = 1000 };
static const struct sl_shape marker = { .min = 1, .max = 1024 };
static const struct sl_shape alias_name = { .min = 1, .max = 256 };

static const struct sl_shape_member create_members[] = { { "Policy", false, &policy },
                                                         { "Description", false, &description },
                                                         { "KeyUsage", false, &usage },
                                                         { "CustomerMasterKeySpec", false, &old_spec },
                                                         { "KeySpec", false, &spec },
                                                         { "Origin", false, &origin },
                                                         { "CustomKeyStoreId", false, &store_id },
                                                         { "BypassPolicyLockoutSafetyCheck", false, &boolean },
                                                         { "Tags", false, &tags },
                                                         { "MultiRegion", false, &boolean },
                                                         { "XksKeyId", false, &xks_id },
                                                         END };
const struct sl_shape sl_kms_shape_create_key = STRUCTURE(create_members);

static const struct sl_shape_member describe_members[] = { { "KeyId", true, &key_id },
                                                           { "GrantTokens", false, &tokens },
                                                           END };
const struct sl_shape sl_kms_shape_describe = STRUCTURE(describe_members);

static const struct sl_shape_member key_members[] = { { "KeyId", true, &key_id }, END };
const struct sl_shape sl_kms_shape_key = STRUCTURE(key_members);

static const struct sl_shape_member sign_members[] = { { "KeyId", true, &key_id },
                                                       { "Message", true, &blob },
                                                       { "MessageType", false, &message_type },
                                                       { "GrantTokens", false, &tokens },
                                                       { "SigningAlgorithm", true, &algorithm },
                                                       { "DryRun", false, &boolean },
                                                       END };
const struct sl_shape sl_kms_shape_sign = STRUCTURE(sign_members);

static const struct sl_shape_member verify_members[] = { { "KeyId", true, &key_id },
                                                         { "Message", true, &blob },
                                                         { "MessageType", false, &message_type },
                                                         { "Signature", true, &blob },
                                                         { "SigningAlgorithm", true, &algorithm },
                                                         { "GrantTokens", false, &tokens },
                                                         { "DryRun", false, &boolean },
                                                         END };
const struct sl_shape sl_kms_shape_verify = STRUCTURE(verify_members);

static const struct sl_shape_member schedule_members[] = { { "KeyId", true, &key_id },
                                                           { "PendingWindowInDays", false, &days },
                                                           END };
const struct sl_shape sl_kms_shape_schedule = STRUCTURE(schedule_members);

static const struct sl_shape_member list_members[] = { { "Limit", false, &limit }, { "Marker", false, &marker }, END };
const struct sl_shape sl_kms_shape_list = STRUCTURE(list_members);

static const struct sl_shape_member list_aliases_members[] = {
    { "KeyId", false, &key_id }, { "Limit", false, &limit }, { "Marker", false, &marker }, END
};
const struct sl_shape sl_kms_shape_list_aliases = STRUCTURE(list_aliases_members);

static const struct sl_shape_member alias_members[] = { { "AliasName", true, &alias_name },
                                                        { "TargetKeyId", true, &key_id },
                                                        END };
const struct sl_shape sl_kms_shape_alias = STRUCTURE(alias_members);

static const struct sl_shape_member delete_alias_members[] = { { "AliasName", true, &alias_name }, END };
const struct sl_shape sl_kms_shape_delete_alias = STRUCTURE(delete_alias_members);

static const struct sl_shape_member get_policy_members[] = { { "KeyId", true, &key_id },
                                                             { "PolicyName", false, &policy_name },
                                                             END };
const struct sl_shape sl_kms_shape_get_policy = STRUCTURE(get_policy_members);

static const struct sl_shape_member put_policy_members[] = { { "KeyId", true, &key_id },
                                                             { "PolicyName", false, &policy_name },
                                                             { "Policy", true, &policy },
                                                             { "BypassPolicyLockoutSafetyCheck", false, &boolean },
                                                             END };
const struct sl_shape sl_kms_shape_put_policy = STRUCTURE(put_policy_members);
