/* Placeholders in job documents: "${aws:iot:s3-presigned-url-v2:https://s3.<region>.<suffix>/<bucket>/<key>...}".
 *
 * Source: IoT developer guide, "Create and manage jobs" and the error texts in "Troubleshooting the software package
 * catalog". They name AWS's own hosts by Region wherever the sandbox itself listens. Forms the documentation shows are
 * taken, and where it leaves something open the stricter reading is: a key in a v2 placeholder is percent-decoded once; a
 * version id must then be of unreserved characters; version 1 takes only path style and no version; upload, parameter
 * and code signing placeholders are refused. */
#ifndef SL_SANDBOX_PRIV_PLACEHOLDER_H
#define SL_SANDBOX_PRIV_PLACEHOLDER_H

#include "core/json.h"

struct sl_placeholder {
    const char *bucket, *key;
    const char *version; /* "" when it names none */
};

struct sl_placeholder_filler {
    const char *region, *suffix; /* of the hosts a placeholder may name: "eu-west-1", "amazonaws.com" */
    /* Append the URL that stands for a placeholder, whose strings are borrowed for the call. */
    /* NULL: they stay as they are. */
    bool (*url)(void *ctx, const struct sl_placeholder *p, struct sl_buf *b, struct sl_err *err);
    /* Append the value that stands for "package:<name>:version:<version>:attributes:<key>". */
    bool (*package)(void *ctx, struct sl_span inside, struct sl_buf *b, struct sl_err *err);
    void *ctx;
};

/* A copy of document with placeholders inside its strings replaced and members that are null left out (AWS drops those).
 * A refusal with AWS's code and words for a placeholder that is not right. */
bool sl_placeholder_fill(const json_t *document, const struct sl_placeholder_filler *filler, json_t **ret,
                         struct sl_err *err) SL_MUST_USE;

#endif
