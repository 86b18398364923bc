#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/inner.h"
#include "sandbox/priv/metadata.h"

#include <string.h>

#define EVERYTHING                                                                                                     \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"

/* Call IAM as root; *ret_done: it was not there already. */
static bool call(struct sl_exchange *x, const struct sl_pair *fields, size_t n, bool *ret_done, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf form = { 0 };
    SL_AUTO(sl_inner_clear) struct sl_exchange reply = { .reply_fd = -1 };
    if (!sl_buf_add_str(&form, "Version=2010-05-08", err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!sl_buf_addf(&form, err, "&%s=", fields[i].name)
            || !sl_percent_add(&form, sl_span_str(fields[i].value), false, err))
            return false;
    struct sl_inner inner = { .service = "iam", .method = "POST", .path = "/", .body = sl_buf_span(&form) };
    if (!sl_inner_call(x, &inner, &reply, err))
        return false;
    *ret_done = reply.status == 200;
    return *ret_done || !strcmp(reply.refusal_code, "EntityAlreadyExists")
           || sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--metadata-role: the sandbox's IAM refuses %s of '%.64s': %s",
                      fields[0].value, fields[1].value, reply.refusal_code);
}

static const char *trust_of(struct sl_exchange *x, struct sl_err *err)
{
    const char *partition = sl_access_partition(x), *account = x->facts->account;
    return sl_arena_fmt(
        x->arena, err,
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":[\"ec2.amazonaws."
        "com\",\"ecs-tasks.amazonaws.com\"],\"AWS\":\"arn:%s:iam::%s:root\"},\"Action\":\"sts:AssumeRole\"},{"
        "\"Effect\":"
        "\"Allow\",\"Principal\":{\"Federated\":\"arn:%s:iam::%s:oidc-provider/" SL_OIDC_HOST "\"},\"Action\":\"sts:"
        "AssumeRoleWithWebIdentity\",\"Condition\":{\"StringEquals\":{\"" SL_OIDC_HOST ":aud\":\"" SL_OIDC_AUDIENCE
        "\"},\"StringLike\":{\"" SL_OIDC_HOST ":sub\":\"repo:acme/firmware:*\"}}}]}",
        partition, account, partition, account);
}

bool sl_metadata_role_make(struct sl_exchange *x, const char *name, struct sl_err *err)
{
    const char *trust = trust_of(x, err);
    bool made = false;
    if (!trust)
        return false;
    const struct sl_pair provider[] = { { "Action", "CreateOpenIDConnectProvider" },
                                        { "Url", SL_OIDC_ISSUER },
                                        { "ClientIDList.member.1", SL_OIDC_AUDIENCE } };
    const struct sl_pair role[] = { { "Action", "CreateRole" },
                                    { "RoleName", name },
                                    { "AssumeRolePolicyDocument", trust } };
    const struct sl_pair policy[] = { { "Action", "PutRolePolicy" },
                                      { "RoleName", name },
                                      { "PolicyName", "everything" },
                                      { "PolicyDocument", EVERYTHING } };
    return call(x, provider, 3, &made, err) && call(x, role, 3, &made, err)
           && (!made || call(x, policy, 4, &made, err));
}
