/* Values on both sides of a condition operator, and their comparison. */
#ifndef SL_PUBLISHER_PRIV_OPERAND_H
#define SL_PUBLISHER_PRIV_OPERAND_H

#include "core/json.h"

enum sl_operand_kind {
    SL_OPERAND_STRING,
    SL_OPERAND_STRING_ANY_CASE,
    SL_OPERAND_PATTERN,
    SL_OPERAND_NUMBER,
    SL_OPERAND_DATE, /* ISO 8601 or seconds since 1970 */
    SL_OPERAND_BOOL,
    SL_OPERAND_ADDRESS, /* IPv4 or IPv6, "/" and a prefix length in policies */
    SL_OPERAND_ARN,
    SL_OPERAND_NULL
};
enum sl_operand_relation { SL_EQUAL, SL_LESS, SL_LESS_OR_EQUAL, SL_GREATER, SL_GREATER_OR_EQUAL };

#define SL_OPERAND_SIZE 2049

/* A policy's value as text; false for a value that is no scalar or is too long. */
bool sl_operand_text(const json_t *value, char ret[SL_OPERAND_SIZE]) SL_MUST_USE;

/* Has text the form its kind needs? */
bool sl_operand_valid(enum sl_operand_kind kind, const char *text) SL_MUST_USE;

/* Compare what a request has with a policy's value (compiled, see pattern.h): "have relation want". False also when one
 * of the two is not of the kind. */
bool sl_operand_compare(enum sl_operand_kind kind, enum sl_operand_relation relation, struct sl_span want,
                        const char *have) SL_MUST_USE;

#endif
