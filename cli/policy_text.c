#include "cli/policy_text.h"

#include "cli/hcl.h"
#include "publisher/role_policy.h"

#include <stdlib.h>
#include <string.h>

static int add_bytes(const char *bytes, size_t n, void *b)
{
    struct sl_err err = { 0 };
    return sl_buf_add(b, (struct sl_span){ (const uint8_t *)bytes, n }, &err) ? 0 : -1;
}

bool sl_policy_text_json(struct sl_buf *b, const json_t *value, struct sl_err *err)
{
    return json_dump_callback(value, add_bytes, b, JSON_INDENT(2)) == 0 || sl_fail_nomem(err);
}

bool sl_policy_text_line(struct sl_buf *b, const json_t *value, struct sl_err *err)
{
    return json_dump_callback(value, add_bytes, b, JSON_COMPACT) == 0 || sl_fail_nomem(err);
}

/* One argument for sh: between single quotes everything is itself, but a quote has to step out of them. */
static bool add_quoted(struct sl_buf *b, const char *text, struct sl_err *err)
{
    if (*text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-")])
        return sl_buf_add_str(b, text, err);
    if (!sl_buf_add_char(b, '\'', err))
        return false;
    for (; *text; text++)
        if (!(*text == '\'' ? sl_buf_add_str(b, "'\\''", err) : sl_buf_add_char(b, *text, err)))
            return false;
    return sl_buf_add_char(b, '\'', err);
}

static bool add_option(struct sl_buf *b, const char *option, const char *value, struct sl_err *err)
{
    return sl_buf_addf(b, err, " %s ", option) && add_quoted(b, value, err);
}

static bool add_document(struct sl_buf *b, const char *option, const json_t *policy, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_policy_text_line(&text, policy, err) && sl_buf_addf(b, err, " \\\n    %s ", option)
           && add_quoted(b, sl_buf_str(&text), err) && sl_buf_add_char(b, '\n', err);
}

bool sl_policy_text_role_commands(struct sl_buf *b, const struct sl_policy_text_role *r, struct sl_err *err)
{
    const struct sl_wish *w = r->wish;
    return sl_buf_add_str(b, "aws iam create-role", err) && add_option(b, "--role-name", w->name, err)
           && (!strcmp(w->path, "/") || add_option(b, "--path", w->path, err))
           && add_document(b, "--assume-role-policy-document", r->trust, err)
           && sl_buf_add_str(b, "aws iam put-role-policy", err) && add_option(b, "--role-name", w->name, err)
           && add_option(b, "--policy-name", SL_ROLE_POLICY_NAME, err)
           && add_document(b, "--policy-document", r->permissions, err);
}

bool sl_policy_text_commands(struct sl_buf *b, const char *name, json_t *policy, struct sl_err *err)
{
    return sl_buf_add_str(b, "aws iam create-policy", err) && add_option(b, "--policy-name", name, err)
           && add_document(b, "--policy-document", policy, err);
}

static bool begin_resource(struct sl_buf *b, const char *type, const char *name, struct sl_err *err)
{
    return sl_buf_addf(b, err, "%sresource \"%s\" \"", b->len ? "\n" : "", type) && sl_hcl_name(b, name, err)
           && sl_buf_add_str(b, "\" {\n  name = ", err);
}

static bool end_with_policy(struct sl_buf *b, const char *member, json_t *policy, struct sl_err *err)
{
    return sl_buf_addf(b, err, "  %s = jsonencode(", member) && sl_hcl_value(b, policy, 1, err)
           && sl_buf_add_str(b, ")\n}\n", err);
}

static bool add_line(struct sl_buf *b, const char *member, const char *value, struct sl_err *err)
{
    return sl_buf_addf(b, err, "  %s = ", member) && sl_hcl_string(b, value, err) && sl_buf_add_char(b, '\n', err);
}

bool sl_policy_text_role_terraform(struct sl_buf *b, const struct sl_policy_text_role *r, struct sl_err *err)
{
    const struct sl_wish *w = r->wish;
    return begin_resource(b, "aws_iam_role", w->name, err) && sl_hcl_string(b, w->name, err)
           && sl_buf_add_char(b, '\n', err) && (!strcmp(w->path, "/") || add_line(b, "path", w->path, err))
           && end_with_policy(b, "assume_role_policy", r->trust, err)
           && begin_resource(b, "aws_iam_role_policy", w->name, err) && sl_hcl_string(b, SL_ROLE_POLICY_NAME, err)
           && sl_buf_add_str(b, "\n  role = aws_iam_role.", err) && sl_hcl_name(b, w->name, err)
           && sl_buf_add_str(b, ".id\n", err) && end_with_policy(b, "policy", r->permissions, err);
}

bool sl_policy_text_terraform(struct sl_buf *b, const char *name, json_t *policy, struct sl_err *err)
{
    return begin_resource(b, "aws_iam_policy", name, err) && sl_hcl_string(b, name, err)
           && sl_buf_add_char(b, '\n', err) && end_with_policy(b, "policy", policy, err);
}
