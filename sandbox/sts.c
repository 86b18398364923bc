#include "sandbox/priv/sts.h"

#include "sandbox/priv/refusal.h"

#include <string.h>

#define NAMESPACE    "https://sts.amazonaws.com/doc/2011-06-15/"
#define VERSION      "2011-06-15"
#define ROOT_SECONDS 3600 /* the longest GetSessionToken gives the root user */

/* Needs no permission; even an explicit deny is passed over (API reference). */
static bool get_caller_identity(struct sl_sts_call *c, struct sl_err *err)
{
    struct sl_exchange *x = c->x;
    struct sl_access_identity who;
    return sl_access_identify(x, &who, err) && sl_form_element(&c->out, "Arn", x->caller_arn, err)
           && sl_form_element(&c->out, "UserId", who.user_id ? who.user_id : x->facts->account, err)
           && sl_form_element(&c->out, "Account", x->facts->account, err);
}

/* For users and the root user, whose session can do what they can; no role's session may call it. */
static bool get_session_token(struct sl_sts_call *c, struct sl_err *err)
{
    struct sl_exchange *x = c->x;
    struct sl_access_identity who;
    struct sl_access_session session = { .role = "" };
    if (!sl_access_identify(x, &who, err))
        return false;
    if (x->caller_is_session || !who.kind || !strcmp(who.kind, "role"))
        return sl_refusal_make(err, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials");
    if (sl_form_get(&c->form, "SerialNumber") || sl_form_get(&c->form, "TokenCode"))
        return sl_refusal_make(err, 403, "AccessDenied",
                               "MultiFactorAuthentication failed with invalid MFA one time pass code.");
    bool root = !strcmp(who.kind, "root");
    session.name = who.name;
    return sl_sts_seconds(c, root ? ROOT_SECONDS : 129600, root ? ROOT_SECONDS : 43200, &session.seconds, err)
           && sl_sts_credentials_add(c, &session, err);
}

static const struct operation {
    const char *name;
    bool (*run)(struct sl_sts_call *, struct sl_err *);
} operations[] = {
    { "GetCallerIdentity", get_caller_identity },
    { "AssumeRole", sl_sts_assume_role },
    { "AssumeRoleWithWebIdentity", sl_sts_assume_web_identity },
    { "GetSessionToken", get_session_token },
};

static bool run(struct sl_sts_call *c, struct sl_err *err)
{
    if (!sl_form_read(c->x, &c->form, err))
        return false;
    const char *action = sl_form_get(&c->form, "Action"), *version = sl_form_get(&c->form, "Version");
    for (size_t i = 0; action && version && !strcmp(version, VERSION) && i < sizeof operations / sizeof *operations;
         i++)
        if (!strcmp(action, operations[i].name)) {
            c->x->operation = operations[i].name;
            return operations[i].run(c, err) && sl_form_reply(c->x, operations[i].name, NAMESPACE, &c->out, err);
        }
    return sl_refusal_make(err, 400, "InvalidAction", "Could not find operation %s for version %s",
                           action ? action : "(none)", version ? version : "NO_VERSION_SPECIFIED");
}

bool sl_sts_handle(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_sts_call c = { .x = x };
    if (!sl_store_begin(x->store, err))
        return false;
    bool done = run(&c, err);
    sl_buf_clear(&c.out);
    return sl_refusal_settle(x, done, err);
}
