#include "publisher/priv/look.h"
#include "publisher/priv/query.h"
#include "publisher/wish.h"

#include <string.h>

#define NO_POLICY     "NoSuchBucketPolicy"
#define NO_LIFECYCLE  "NoSuchLifecycleConfiguration"
#define NO_ENCRYPTION "ServerSideEncryptionConfigurationNotFoundError"

static bool ask_bucket(struct sl_look *l, const char *operation, const char *query, size_t *ret_index,
                       struct sl_err *err)
{
    struct sl_s3_call call = { .operation = operation, .method = "GET", .query = { { query, "" } } };
    return sl_s3_add(l->batch, &l->plan->bucket, &call, ret_index, err);
}

/* KMS speaks JSON 1.1: the operation in a header. */
static bool ask_key(struct sl_look *l, const char *operation, const char *key, size_t *ret_index, struct sl_err *err)
{
    struct sl_arena *arena = &l->batch->arena;
    bool policy = !strcmp(operation, "GetKeyPolicy"); /* a key has one, of this name */
    SL_AUTO(sl_json_clear)
    json_t *body = json_pack("{s:s, s:s*}", "KeyId", key, "PolicyName", policy ? "default" : NULL);
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!body)
        return sl_fail_nomem(err);
    if (!sl_json_canonical(body, &text, err))
        return false;
    struct sl_pair *headers = sl_arena_alloc(arena, 2, sizeof *headers, err);
    const char *target = sl_arena_fmt(arena, err, "TrentService.%s", operation);
    const char *copy = sl_arena_span(arena, sl_buf_span(&text), err);
    const char *doing = sl_arena_fmt(arena, err, "%s '%s'", operation, key);
    if (!headers || !target || !copy || !doing)
        return false;
    headers[0] = (struct sl_pair){ "content-type", "application/x-amz-json-1.1" };
    headers[1] = (struct sl_pair){ "x-amz-target", target };
    struct sl_request req = { .service = SL_KMS,
                              .region = l->plan->bucket.region,
                              .method = "POST",
                              .path = "/",
                              .headers = headers,
                              .n_headers = 2,
                              .body = { (const uint8_t *)copy, text.len },
                              .what = doing };
    return sl_batch_add(l->batch, &req, doing, ret_index, err);
}

static bool describe_key(struct sl_look *l, struct sl_err *err)
{
    l->guard.described = l->guard.describing = true;
    return ask_key(l, "DescribeKey", l->guard.kms_key, &l->guard.describe_index, err);
}

bool sl_look_guard_ask(struct sl_look *l, struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &l->plan->bucket;
    struct sl_guard *g = &l->guard;
    g->caller = "";
    g->kms_key = l->options->kms_key ? l->options->kms_key : bucket->storage.kms_key;
    if (!l->n_roles)
        return true;
    struct sl_query_call caller = { .service = SL_STS, .action = "GetCallerIdentity", .region = bucket->region };
    g->caller_index = l->caller;
    g->find_key = !g->kms_key && !l->options->brief;
    g->kms_key = g->kms_key ? g->kms_key : "";
    return (l->has_caller || sl_query_add(l->batch, &caller, &g->caller_index, err))
           && ask_bucket(l, "GetBucketPolicy", "policy", &g->policy_index, err)
           && (l->options->brief
               || ask_bucket(l, "GetBucketLifecycleConfiguration", "lifecycle", &g->lifecycle_index, err))
           && (!g->find_key || ask_bucket(l, "GetBucketEncryption", "encryption", &g->encryption_index, err))
           && (!g->kms_key[0] || describe_key(l, err));
}

/* What could not be read is told, and what it would have taken. */
static bool tell_unread(struct sl_look *l, const char *check, const char *what, const char *code, const char *action,
                        struct sl_err *err)
{
    struct sl_arena *arena = l->seen->arena;
    struct sl_finding f = { .verdict = SL_UNDECIDED,
                            .check = check,
                            .fault = "undecided",
                            .sentence = sl_arena_fmt(arena, err, "%s could not be checked", what),
                            .reason = sl_arena_fmt(arena, err, "the answer was '%.60s'", code),
                            .remedy = sl_arena_fmt(arena, err, "allow %s", action) };
    return sl_findings_add(&l->seen->findings, &f, err);
}

/* How a reply is to be taken. */
enum answer { GIVEN, NONE, UNREAD };

/* absent: the code that says there is none. A store that does not know the question has none either. */
static bool take(struct sl_look *l, size_t index, const char *absent, enum answer *ret, const char **ret_code,
                 struct sl_err *err)
{
    const char *code;
    if (!sl_batch_code(l->batch, index, &code, err))
        return false;
    int status = l->batch->replies[index].status;
    bool none = (absent[0] && !strcmp(code, absent)) || !strcmp(code, "NotImplemented")
                || !strcmp(code, "MethodNotAllowed") || !strcmp(code, "InvalidAction");
    *ret = none ? NONE : status / 100 == 2 && !code[0] ? GIVEN : UNREAD;
    *ret_code = code[0] ? code : sl_arena_fmt(&l->batch->arena, err, "HTTP %d", status);
    return *ret_code != NULL;
}

static bool read_policy(struct sl_look *l, struct sl_err *err)
{
    enum answer answer;
    const char *code;
    struct sl_guard *g = &l->guard;
    if (!take(l, g->policy_index, NO_POLICY, &answer, &code, err))
        return false;
    if (answer == UNREAD)
        return tell_unread(l, "bucket-policy", "the bucket's policy", code, "s3:GetBucketPolicy on the bucket", err);
    if (answer == GIVEN)
        g->bucket_policy = sl_arena_span(l->seen->arena, sl_buf_span(&l->batch->replies[g->policy_index].body), err);
    return answer == NONE || g->bucket_policy;
}

static bool read_lifecycle(struct sl_look *l, struct sl_err *err)
{
    enum answer answer;
    const char *code;
    struct sl_guard *g = &l->guard;
    struct sl_err trouble = { .code = SL_OK };
    if (!take(l, g->lifecycle_index, NO_LIFECYCLE, &answer, &code, err))
        return false;
    if (answer == GIVEN
        && !sl_xml_parse(sl_buf_span(&l->batch->replies[g->lifecycle_index].body), l->seen->arena, &g->lifecycle,
                         &trouble)) {
        if (trouble.code == SL_E_NOMEM)
            return sl_fail_nomem(err);
        answer = UNREAD;
        code = "no XML";
    }
    return answer != UNREAD
           || tell_unread(l, "lifecycle", "the bucket's lifecycle", code, "s3:GetLifecycleConfiguration on the bucket",
                          err);
}

/* The default key of the bucket: "" where S3 encrypts with keys of its own. */
static bool read_encryption(struct sl_look *l, struct sl_err *err)
{
    enum answer answer;
    const char *code;
    const struct sl_xml *root = NULL;
    struct sl_err trouble = { .code = SL_OK };
    struct sl_guard *g = &l->guard;
    if (!take(l, g->encryption_index, NO_ENCRYPTION, &answer, &code, err))
        return false;
    if (answer == NONE)
        return true;
    struct sl_span body = sl_buf_span(&l->batch->replies[g->encryption_index].body);
    if (answer == UNREAD || !sl_xml_parse(body, &l->batch->arena, &root, &trouble))
        return trouble.code == SL_E_NOMEM ? sl_fail_nomem(err)
                                          : tell_unread(l, "decrypt", "the bucket's encryption", code,
                                                        "s3:GetEncryptionConfiguration on the bucket", err);
    const struct sl_xml *apply = sl_xml_child(sl_xml_child(root, "Rule"), "ApplyServerSideEncryptionByDefault");
    const char *algorithm = sl_xml_text(apply, "SSEAlgorithm"), *key = sl_xml_text(apply, "KMSMasterKeyID");
    if (algorithm && !strncmp(algorithm, "aws:kms", 7) && key)
        g->kms_key = sl_arena_str(l->seen->arena, key, err);
    return g->kms_key != NULL;
}

/* A reply of KMS; NULL in *ret after telling that it could not be had. */
static bool read_kms(struct sl_look *l, size_t index, const char *what, const char *action, json_t **ret,
                     struct sl_err *err)
{
    enum answer answer;
    const char *code;
    struct sl_err trouble = { .code = SL_OK };
    if (!take(l, index, "", &answer, &code, err))
        return false;
    if (l->batch->replies[index].status / 100 == 2)
        answer = sl_json_parse(sl_buf_span(&l->batch->replies[index].body), "reply", ret, &trouble) ? GIVEN : UNREAD;
    else
        answer = UNREAD;
    if (trouble.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    return answer == GIVEN || tell_unread(l, "decrypt", what, code, action, err);
}

/* What is known of the key without KMS: an ARN or a key id says which it is, an alias does not. */
static bool guess_key(struct sl_look *l, struct sl_err *err)
{
    struct sl_guard *g = &l->guard;
    bool arn = !strncmp(g->kms_key, "arn:", 4), alias = strstr(g->kms_key, "alias/");
    if (alias)
        return true;
    const char *account = sl_wish_account(l->roles[0].job->targets[0], l->seen->arena, err);
    if (!account)
        return false;
    g->key.arn = arn ? g->kms_key
                     : sl_arena_fmt(l->seen->arena, err, "arn:%s:kms:%s:%s:key/%s",
                                    sl_region_partition(l->plan->bucket.region), l->plan->bucket.region, account,
                                    g->kms_key);
    g->has_key = true;
    return g->key.arn != NULL;
}

static bool read_key(struct sl_look *l, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    struct sl_guard *g = &l->guard;
    const char *alias = strstr(g->kms_key, "alias/");
    g->key = (struct sl_role_key){ .alias = alias ? alias : "", .state = "" };
    if (!read_kms(l, g->describe_index, "the bucket's key", "kms:DescribeKey on it", &reply, err))
        return false;
    if (!reply)
        return guess_key(l, err);
    /* The key AWS keeps for S3 lets everyone in the account use it through S3. */
    g->has_key = strcmp(sl_json_str(reply, "KeyMetadata.KeyManager"), "AWS") != 0;
    g->key.arn = sl_arena_str(l->seen->arena, sl_json_str(reply, "KeyMetadata.Arn"), err);
    g->key.state = sl_arena_str(l->seen->arena, sl_json_str(reply, "KeyMetadata.KeyState"), err);
    return g->key.arn && g->key.state;
}

static bool read_key_policy(struct sl_look *l, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *reply = NULL;
    struct sl_guard *g = &l->guard;
    if (!read_kms(l, g->key_policy_index, "the policy of the bucket's key", "kms:GetKeyPolicy on it", &reply, err))
        return false;
    if (reply)
        g->key.policy = sl_arena_str(l->seen->arena, sl_json_str(reply, "Policy"), err);
    return !reply || g->key.policy;
}

static bool ask_key_policy(struct sl_look *l, struct sl_err *err)
{
    struct sl_guard *g = &l->guard;
    if (!g->has_key || g->key_policy_asked)
        return true;
    g->key_policy_asked = g->reading = true;
    const char *id = strrchr(g->key.arn, '/'); /* only the key's own account may ask, so its id is enough */
    return ask_key(l, "GetKeyPolicy", id ? id + 1 : g->key.arn, &g->key_policy_index, err);
}

/* What was asked of KMS in this round. */
static bool read_key_replies(struct sl_look *l, struct sl_err *err)
{
    struct sl_guard *g = &l->guard;
    bool describing = g->describing, reading = g->reading;
    g->describing = g->reading = false;
    return (!describing || read_key(l, err)) && (!reading || read_key_policy(l, err));
}

static bool read_caller(struct sl_look *l, struct sl_err *err)
{
    const struct sl_xml *root;
    const char *code;
    enum answer answer;
    struct sl_guard *g = &l->guard;
    if (!take(l, g->caller_index, "", &answer, &code, err))
        return false;
    if (answer != GIVEN)
        return tell_unread(l, "pass-role", "who calls", code, "sts:GetCallerIdentity", err);
    if (!sl_query_xml(l->batch, g->caller_index, l->plan->bucket.loc, &root, err))
        return false;
    const char *arn = sl_xml_text(root, "GetCallerIdentityResult/Arn");
    g->caller = sl_arena_str(l->seen->arena, arn ? arn : "", err);
    return g->caller != NULL;
}

bool sl_look_guard_read(struct sl_look *l, struct sl_err *err)
{
    struct sl_guard *g = &l->guard;
    if (!l->n_roles)
        return true;
    return read_caller(l, err) && read_policy(l, err) && (l->options->brief || read_lifecycle(l, err))
           && (!g->find_key || read_encryption(l, err)) && read_key_replies(l, err);
}

/* May the caller pass the role? IAM is asked, as it alone knows all of the caller's policies. */
static bool simulate(struct sl_batch *batch, const struct sl_look_role *role, const char *principal, size_t *ret_index,
                     struct sl_err *err)
{
    struct sl_query_call call = { .service = SL_IAM,
                                  .action = "SimulatePrincipalPolicy",
                                  .region = role->job->region,
                                  .parameters = {
                                      { "PolicySourceArn", principal },
                                      { "ActionNames.member.1", "iam:PassRole" },
                                      { "ResourceArns.member.1", role->arn },
                                      { "ContextEntries.member.1.ContextKeyName", "iam:PassedToService" },
                                      { "ContextEntries.member.1.ContextKeyType", "string" },
                                      { "ContextEntries.member.1.ContextKeyValues.member.1", "iot.amazonaws.com" } } };
    return sl_query_add(batch, &call, ret_index, err);
}

bool sl_look_guard_ask_more(struct sl_look *l, struct sl_err *err)
{
    struct sl_guard *g = &l->guard;
    if (!l->n_roles)
        return true;
    const char *principal = sl_guard_principal(g->caller, l->seen->arena, err);
    if (!principal)
        return false;
    for (size_t i = 0; *principal && i < l->n_roles; i++)
        if (!simulate(l->batch, &l->roles[i], principal, &l->roles[i].pass, err))
            return false;
    return g->described || !g->kms_key[0] ? ask_key_policy(l, err) : describe_key(l, err);
}

/* A session does not tell its role's path: where IAM finds none without one, GetRole knows it. */
static bool simulate_with_path(struct sl_look *l, const struct sl_look_role *role, const char *principal,
                               struct sl_batch *batch, const struct sl_xml **ret, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch first = { 0 };
    const struct sl_xml *root;
    size_t i;
    struct sl_query_call get = { .service = SL_IAM,
                                 .action = "GetRole",
                                 .region = role->job->region,
                                 .parameters = { { "RoleName", strrchr(principal, '/') + 1 } } };
    if (!sl_query_add(&first, &get, &i, err) || !sl_batch_send(&first, l->wire, err)
        || !sl_query_xml(&first, i, role->job->role_loc, &root, err))
        return false;
    const char *arn = sl_xml_text(root, "GetRoleResult/Role/Arn");
    return simulate(batch, role, arn ? arn : principal, &i, err) && sl_batch_send(batch, l->wire, err)
           && sl_query_xml(batch, i, role->job->role_loc, ret, err);
}

static bool read_pass(struct sl_look *l, const struct sl_look_role *role, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch again = { 0 };
    const struct sl_xml *root = NULL;
    const char *code;
    enum answer answer;
    struct sl_err trouble = { .code = SL_OK };
    const char *principal = sl_guard_principal(l->guard.caller, l->seen->arena, err);
    if (!principal || !take(l, role->pass, "", &answer, &code, err))
        return false;
    if (answer == NONE)
        return true; /* not AWS's IAM */
    bool ok = answer == GIVEN && sl_query_xml(l->batch, role->pass, role->job->role_loc, &root, &trouble);
    if (answer != GIVEN && !strcmp(code, "NoSuchEntity") && strstr(principal, ":role/"))
        ok = simulate_with_path(l, role, principal, &again, &root, &trouble);
    if (trouble.code == SL_E_NOMEM || trouble.code == SL_E_INTERRUPTED) {
        *err = trouble;
        return false;
    }
    return ok ? sl_guard_judge_pass(root, role->arn, l->guard.caller, &l->seen->findings, err)
              : tell_unread(l, "pass-role", "whether the caller may pass the role", code,
                            "iam:SimulatePrincipalPolicy on the caller", err);
}

static bool pass_without_asking(struct sl_look *l, const struct sl_look_role *role, struct sl_err *err)
{
    struct sl_arena *arena = l->seen->arena;
    if (!l->guard.caller[0])
        return true; /* told already */
    if (!sl_guard_is_root(l->guard.caller))
        return tell_unread(l, "pass-role", "whether the caller may pass the role", "this kind of caller",
                           "a user or a role to publish", err);
    struct sl_finding f = { .verdict = SL_HOLDS, .check = "pass-role", .reason = "", .remedy = "" };
    f.sentence = sl_arena_fmt(arena, err, "'%s' may pass role '%s' to AWS IoT", l->guard.caller, role->arn);
    return sl_findings_add(&l->seen->findings, &f, err);
}

bool sl_look_guard_read_more(struct sl_look *l, struct sl_err *err)
{
    if (!l->n_roles)
        return true;
    const char *principal = sl_guard_principal(l->guard.caller, l->seen->arena, err);
    if (!principal)
        return false;
    for (size_t i = 0; i < l->n_roles; i++)
        if (!(*principal ? read_pass(l, &l->roles[i], err) : pass_without_asking(l, &l->roles[i], err)))
            return false;
    return read_key_replies(l, err);
}

bool sl_look_guard_ask_last(struct sl_look *l, struct sl_err *err)
{
    return ask_key_policy(l, err);
}

bool sl_look_guard_read_last(struct sl_look *l, struct sl_err *err)
{
    return !l->n_roles
           || (read_key_replies(l, err)
               && sl_guard_judge_lifecycle(l->guard.lifecycle, &l->plan->bucket, &l->seen->findings, err));
}
