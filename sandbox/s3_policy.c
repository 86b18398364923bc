/* Bucket policies and the block of public access. Sources: S3 API reference; S3 user guide, "Blocking public access to
 * your Amazon S3 storage", with "The meaning of 'public'". */
#include "publisher/policy.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"
#include "sandbox/priv/s3_schema.h"

#include <string.h>
#include <strings.h>

#define POLICY_MAX 20480

static bool malformed(struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 400, "MalformedPolicy", "%s", why);
}

static size_t elements(const json_t *value)
{
    return json_is_array(value) ? json_array_size(value) : value ? 1 : 0;
}

static const json_t *element(const json_t *value, size_t i)
{
    return json_is_array(value) ? json_array_get(value, i) : value;
}

static const char *text_at(const json_t *value, size_t i)
{
    const char *text = json_string_value(element(value, i));
    return text ? text : "";
}

/* Every resource lies in the bucket, every action is one of S3. */
static bool check_statement(struct sl_s3 *s, const json_t *statement, struct sl_err *err)
{
    static const char *const resources[] = { "Resource", "NotResource" }, *const actions[] = { "Action", "NotAction" };
    const char *bucket = sl_s3_arn(s, "", err);
    if (!bucket)
        return false;
    size_t len = strlen(bucket);
    for (size_t k = 0; k < 2; k++) {
        const json_t *list = json_object_get(statement, resources[k]);
        for (size_t i = 0; i < elements(list); i++) {
            const char *text = text_at(list, i);
            if (strncmp(text, bucket, len) != 0 || (text[len] && text[len] != '/' && text[len] != '*'))
                return malformed(err, "Policy has invalid resource");
        }
        list = json_object_get(statement, actions[k]);
        for (size_t i = 0; i < elements(list); i++)
            if (strncmp(text_at(list, i), "s3:", 3) != 0 && strcmp(text_at(list, i), "*") != 0)
                return malformed(err, "Policy has invalid action");
    }
    return true;
}

/* A role or user of this account must exist; AWS knows that of every account, the sandbox of its own. */
static bool check_principals(struct sl_s3 *s, const json_t *statement, struct sl_err *err)
{
    const json_t *principal = json_object_get(statement, "Principal");
    const json_t *list = json_object_get(principal ? principal : json_object_get(statement, "NotPrincipal"), "AWS");
    for (size_t i = 0; i < elements(list); i++) {
        bool exists;
        if (!sl_access_principal_exists(s->x, text_at(list, i), &exists, err))
            return false;
        if (!exists)
            return malformed(err, "Invalid principal in policy");
    }
    return true;
}

/* Keys that, compared with fixed values, keep a statement for everyone from being public. */
static bool narrows(const char *key)
{
    static const char *const keys[] = { "aws:SourceIp",
                                        "aws:SourceArn",
                                        "aws:SourceVpc",
                                        "aws:SourceVpce",
                                        "aws:SourceOwner",
                                        "aws:SourceAccount",
                                        "aws:PrincipalArn",
                                        "aws:PrincipalOrgID",
                                        "aws:PrincipalOrgPaths",
                                        "aws:PrincipalAccount",
                                        "aws:userid",
                                        "s3:DataAccessPointArn",
                                        "s3:DataAccessPointAccount",
                                        "s3:x-amz-server-side-encryption-aws-kms-key-id" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcasecmp(keys[i], key))
            return true;
    return false;
}

static bool is_fixed(const json_t *values)
{
    for (size_t i = 0; i < elements(values); i++)
        if (strpbrk(text_at(values, i), "*?") || strstr(text_at(values, i), "${")
            || !strcmp(text_at(values, i), "0.0.0.0/0"))
            return false;
    return true;
}

static bool names_everyone(const json_t *principal)
{
    if (json_is_string(principal))
        return !strcmp(json_string_value(principal), "*");
    const json_t *list = json_object_get(principal, "AWS");
    for (size_t i = 0; i < elements(list); i++)
        if (!strcmp(text_at(list, i), "*"))
            return true;
    return false;
}

static bool statement_public(json_t *statement)
{
    const char *operator_name, *key;
    json_t *keys, *values;
    if (strcmp(sl_json_str(statement, "Effect"), "Allow") != 0
        || (!json_object_get(statement, "NotPrincipal") && !names_everyone(json_object_get(statement, "Principal"))))
        return false;
    json_object_foreach(json_object_get(statement, "Condition"), operator_name, keys)
    {
        bool negated = strstr(operator_name, "Not") != NULL || strstr(operator_name, "IfExists") != NULL;
        json_object_foreach(keys, key, values) if (!negated && narrows(key) && is_fixed(values)) return false;
    }
    return true;
}

static bool policy_public(const json_t *policy)
{
    json_t *statements = json_object_get(policy, "Statement");
    if (json_is_object(statements))
        return statement_public(statements);
    for (size_t i = 0; i < json_array_size(statements); i++)
        if (statement_public(json_array_get(statements, i)))
            return true;
    return false;
}

static const struct sl_s3_schema block_schema[] = { { "BlockPublicAcls", SL_S3_FLAG, 0, 1, NULL, NULL },
                                                    { "IgnorePublicAcls", SL_S3_FLAG, 0, 1, NULL, NULL },
                                                    { "BlockPublicPolicy", SL_S3_FLAG, 0, 1, NULL, NULL },
                                                    { "RestrictPublicBuckets", SL_S3_FLAG, 0, 1, NULL, NULL },
                                                    { NULL, SL_S3_FLAG, 0, 0, NULL, NULL } };

/* New buckets block everything; the setting is "" once it was taken away. */
#define BLOCK_ALL                                                                                                      \
    "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true"          \
    "</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>"

static bool refuse_public(struct sl_s3 *s, const json_t *policy, struct sl_err *err)
{
    const char *block;
    if (!policy_public(policy))
        return true;
    if (!sl_s3_setting_get(s, "public", &block, err))
        return false;
    return (block && !strstr(block, "<BlockPublicPolicy>true"))
           || sl_refusal_make(err, 403, "AccessDenied",
                              "User: %.100s is not authorized to perform: s3:PutBucketPolicy because public policies "
                              "are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
                              s->x->caller_arn);
}

bool sl_s3_policy_put(struct sl_s3 *s, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    struct sl_err why = { 0 };
    if (!sl_s3_integrity_require(s->x, err))
        return false;
    if (s->x->body.len > POLICY_MAX)
        return malformed(err, "Policy exceeds the maximum allowed document size.");
    if (!sl_policy_parse(s->x->body, SL_POLICY_RESOURCE, "policy", &policy, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err) : malformed(err, why.msg);
    const json_t *statements = json_object_get(policy, "Statement");
    for (size_t i = 0; i < elements(statements); i++)
        if (!check_statement(s, element(statements, i), err) || !check_principals(s, element(statements, i), err))
            return false;
    const char *text = sl_arena_span(s->x->arena, s->x->body, err);
    s->x->status = 204;
    return text && refuse_public(s, policy, err) && sl_s3_setting_put(s, "policy", text, err);
}

static bool no_policy(struct sl_s3 *s, struct sl_err *err)
{
    return sl_exchange_fact(s->x, "BucketName", s->bucket, err)
           && sl_refusal_make(err, 404, "NoSuchBucketPolicy", "The bucket policy does not exist");
}

bool sl_s3_policy_get(struct sl_s3 *s, struct sl_err *err)
{
    if (!s->policy)
        return no_policy(s, err);
    s->x->status = 200;
    return sl_buf_add_str(&s->x->reply, s->policy, err)
           && sl_exchange_header(s->x, "content-type", "application/json", err);
}

bool sl_s3_policy_delete(struct sl_s3 *s, struct sl_err *err)
{
    return sl_s3_setting_drop(s, "policy", err);
}

bool sl_s3_policy_status(struct sl_s3 *s, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *policy = NULL;
    if (!s->policy)
        return no_policy(s, err);
    return sl_policy_parse(sl_span_str(s->policy), SL_POLICY_RESOURCE, "policy", &policy, err)
           && sl_s3_setting_reply(s, "PolicyStatus",
                                  policy_public(policy) ? "<IsPublic>true</IsPublic>" : "<IsPublic>false</IsPublic>",
                                  err);
}

bool sl_s3_policy_block_put(struct sl_s3 *s, struct sl_err *err)
{
    const struct sl_xml *root;
    return sl_s3_integrity_require(s->x, err)
           && sl_s3_schema_read(s->x, "PublicAccessBlockConfiguration", block_schema, &root, err)
           && sl_s3_setting_store(s, "public", root, err);
}

bool sl_s3_policy_block_get(struct sl_s3 *s, struct sl_err *err)
{
    const char *block;
    if (!sl_s3_setting_get(s, "public", &block, err))
        return false;
    if (block && !*block)
        return sl_exchange_fact(s->x, "BucketName", s->bucket, err)
               && sl_refusal_make(err, 404, "NoSuchPublicAccessBlockConfiguration",
                                  "The public access block configuration was not found");
    return sl_s3_setting_reply(s, "PublicAccessBlockConfiguration", block ? block : BLOCK_ALL, err);
}

bool sl_s3_policy_block_delete(struct sl_s3 *s, struct sl_err *err)
{
    s->x->status = 204;
    return sl_s3_setting_put(s, "public", "", err);
}
