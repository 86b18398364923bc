/* Patterns of IAM policies: text with '*' and '?', and with policy variables replaced.
 *
 * A pattern is compiled before it is matched, because what a variable puts in is literal: a '*' in a user's name matches
 * only a '*'. Source: IAM user guide, "IAM policy elements: Variables and tags" and "IAM JSON policy elements:
 * Resource". */
#ifndef SL_PUBLISHER_PRIV_PATTERN_H
#define SL_PUBLISHER_PRIV_PATTERN_H

#include "publisher/policy.h"

struct sl_pattern_options {
    bool wildcards;                      /* '*' and '?' match more than themselves */
    const struct sl_policy_request *req; /* where variables come from; NULL: "${" is text (Version 2008-10-17) */
};

/* Compile text. *ret_missing says that a variable has no value in the request: then nothing may match. */
bool sl_pattern_compile(const char *text, const struct sl_pattern_options *options, struct sl_buf *ret,
                        bool *ret_missing, struct sl_err *err) SL_MUST_USE;

/* Match the whole of text. ignore_case concerns ASCII letters only. */
bool sl_pattern_match(struct sl_span compiled, struct sl_span text, bool ignore_case) SL_MUST_USE;

/* Match an ARN part by part: a wildcard stays within its part between colons. resource: the rules for Resource hold,
 * by which a '*' at the end of a short pattern reaches over the colons that follow, and "*" matches everything. */
bool sl_pattern_match_arn(struct sl_span compiled, struct sl_span arn, bool resource) SL_MUST_USE;

#endif
