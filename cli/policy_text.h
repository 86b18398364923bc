/* Policies in the forms people put them into an account with: Terraform, and commands of the AWS CLI for a shell. */
#ifndef SL_CLI_POLICY_TEXT_H
#define SL_CLI_POLICY_TEXT_H

#include "publisher/wish.h"
#include "core/json.h"

/* A role with its policies. */
struct sl_policy_text_role {
    const struct sl_wish *wish;
    json_t *trust, *permissions;
};

/* Append resources, or commands, that make the role and give it its policies. */
bool sl_policy_text_role_terraform(struct sl_buf *b, const struct sl_policy_text_role *r,
                                   struct sl_err *err) SL_MUST_USE;
bool sl_policy_text_role_commands(struct sl_buf *b, const struct sl_policy_text_role *r,
                                  struct sl_err *err) SL_MUST_USE;

/* Append a resource, or a command, that makes a managed policy of that name. */
bool sl_policy_text_terraform(struct sl_buf *b, const char *name, json_t *policy, struct sl_err *err) SL_MUST_USE;
bool sl_policy_text_commands(struct sl_buf *b, const char *name, json_t *policy, struct sl_err *err) SL_MUST_USE;

/* Append JSON for people: indented, members in the order they were made in. */
bool sl_policy_text_json(struct sl_buf *b, const json_t *value, struct sl_err *err) SL_MUST_USE;

/* The same on one line. */
bool sl_policy_text_line(struct sl_buf *b, const json_t *value, struct sl_err *err) SL_MUST_USE;

#endif
