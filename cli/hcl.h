/* Values in Terraform's language (HCL 2), laid out as `terraform fmt` lays them out. */
#ifndef SL_CLI_HCL_H
#define SL_CLI_HCL_H

#include "core/json.h"

/* Append a JSON value as an HCL expression, whose first line follows what is there and whose others are indented by
 * indent levels. Objects become objects, arrays tuples. */
bool sl_hcl_value(struct sl_buf *b, json_t *value, unsigned indent, struct sl_err *err) SL_MUST_USE;

/* Append a quoted string; "${" and "%{" are text. */
bool sl_hcl_string(struct sl_buf *b, const char *text, struct sl_err *err) SL_MUST_USE;

/* Append text as an identifier: other characters become '_'. */
bool sl_hcl_name(struct sl_buf *b, const char *text, struct sl_err *err) SL_MUST_USE;

#endif
