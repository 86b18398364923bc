/* A plan kept in a file: the canonical bytes people approved, read back.
 *
 * A plan file is not trusted to be complete. It names its inputs (--set and environment values); the manifest is
 * planned again with exactly those, and the result must have the same digest. */
#ifndef SL_CLI_PLAN_FILE_H
#define SL_CLI_PLAN_FILE_H

#include "core/arena.h"
#include "core/digest.h"
#include "core/json.h"

struct sl_plan_file {
    const char *path; /* borrowed */
    json_t *value;
    char digest[2 * SL_SHA256_BYTES + 1]; /* lower-case hex of the file's bytes */
    const char **set;                     /* "path=value", ends with NULL */
    const char *rollback_to;              /* of a plan that rolls back: its version; NULL otherwise */
    struct sl_arena arena;
};

void sl_plan_file_clear(struct sl_plan_file *f);

/* True when the name says it is a plan and not a manifest. */
bool sl_plan_file_is(const char *path);

/* Read a plan. SL_E_INPUT when it is not one, or its bytes are not canonical. */
bool sl_plan_file_read(const char *path, struct sl_plan_file *ret, struct sl_err *err) SL_MUST_USE;

/* The environment as the plan recorded it, in the form the manifest loader takes; ctx is the plan file. */
const char *sl_plan_file_env(void *ctx, const char *name);

/* Refuse when the plan made now differs, naming the first members that do. */
bool sl_plan_file_same(const struct sl_plan_file *f, const char *digest, const json_t *now,
                       struct sl_err *err) SL_MUST_USE;

#endif
