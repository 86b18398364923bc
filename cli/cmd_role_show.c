/* sealift role show: the policies a release needs, written from the manifest alone. */
#include "cli/planning.h"
#include "cli/policy_text.h"
#include "publisher/pipeline_policy.h"
#include "publisher/role_policy.h"

#include <string.h>

struct show {
    struct sl_context *c;
    const char *format; /* "json", "terraform", "aws-cli" */
    const struct sl_plan *plan;
    struct sl_arena arena;
    struct sl_buf text;
    json_t *answer;
};

static void show_clear(struct show *s)
{
    sl_json_clear(&s->answer);
    sl_buf_clear(&s->text);
    sl_arena_clear(&s->arena);
}

static bool show_role(struct show *s, const struct sl_wish *wish, json_t *list, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *trust = NULL;
    SL_AUTO(sl_json_clear) json_t *permissions = NULL;
    if (!sl_role_policy_trust(wish, &trust, err) || !sl_role_policy_permissions(wish, &permissions, err))
        return false;
    const struct sl_policy_text_role role = { wish, trust, permissions };
    if (!strcmp(s->format, "terraform"))
        return sl_policy_text_role_terraform(&s->text, &role, err);
    if (!strcmp(s->format, "aws-cli"))
        return sl_policy_text_role_commands(&s->text, &role, err);
    return sl_json_push(
        list, json_pack("{s:s, s:O, s:O}", "role", wish->arn, "trust", trust, "permissions", permissions), err);
}

static bool show_roles(struct show *s, const char *kms_key, struct sl_err *err)
{
    struct sl_wish *wishes = NULL;
    size_t n = 0;
    if (!sl_planning_needs_role(s->plan, err) || !sl_wish_list(s->plan, kms_key, &s->arena, &wishes, &n, err))
        return false;
    json_t *list = json_array();
    s->answer = json_pack("{s:o}", "roles", list);
    if (!s->answer)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (!show_role(s, &wishes[i], list, err))
            return false;
    return true;
}

static bool show_publisher(struct show *s, const char *kms_key, struct sl_err *err)
{
    if (!sl_pipeline_policy_make(s->plan, kms_key, &s->answer, err))
        return false;
    const char *name = sl_arena_fmt(&s->arena, err, "sealift-publish-%s", s->plan->release_name);
    if (!name)
        return false;
    if (!strcmp(s->format, "terraform"))
        return sl_policy_text_terraform(&s->text, name, s->answer, err);
    if (!strcmp(s->format, "aws-cli"))
        return sl_policy_text_commands(&s->text, name, s->answer, err);
    return true;
}

static bool print(struct show *s, struct sl_err *err)
{
    if (strcmp(s->format, "json") != 0)
        return sl_console_bytes(&s->c->console, sl_buf_span(&s->text), err);
    if (s->c->console.json)
        return sl_console_json(&s->c->console, s->answer, err);
    return sl_policy_text_json(&s->text, s->answer, err) && sl_buf_add_char(&s->text, '\n', err)
           && sl_console_bytes(&s->c->console, sl_buf_span(&s->text), err);
}

bool sl_cmd_role_show(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(show_clear) struct show s = { .c = c, .format = sl_args_get(&c->args, SL_OPT_FORMAT, "json") };
    const char *kms_key = sl_args_get(&c->args, SL_OPT_KMS_KEY, "");
    if (c->console.json && strcmp(s.format, "json") != 0)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--output json goes with --format json only, not with '%s'",
                       s.format);
    if (!sl_planning_draft(c, &s.plan, err))
        return false;
    bool publisher = sl_args_has(&c->args, SL_OPT_PUBLISHER);
    return (publisher ? show_publisher(&s, kms_key, err) : show_roles(&s, kms_key, err)) && print(&s, err);
}
