/* The audit: what S3 and AWS IoT hold now, against what was published.
 *
 * Given a receipt, everything it names is asked for in one round, two requests an object and two a job besides, and only
 * an artifact whose store names no SHA-256 is read back and hashed in a second. Nothing is written. Nothing stops the
 * audit but the network: each thing that differs, is gone or may not be read is a line, and the lines together give the
 * outcome. Given the plan as well, each job must be the planned one, its document byte for byte.
 *
 * A receipt is not signed. Whoever audits checks the statement the bucket holds (statement) by its keys, and the receipt
 * by the statement. */
#ifndef SL_PUBLISHER_AUDIT_H
#define SL_PUBLISHER_AUDIT_H

#include "core/json.h"
#include "publisher/wire.h"

enum sl_audit_verdict {
    SL_AUDIT_OK,
    SL_AUDIT_NOTE, /* a fact that changes nothing of what was signed, such as a newer version beside the pinned one */
    SL_AUDIT_DIFFERS, /* from what was signed */
    SL_AUDIT_MISSING,
    SL_AUDIT_UNREAD
};

/* "ok", "note", "differs", "missing", "cannot be read". */
const char *sl_audit_verdict_name(enum sl_audit_verdict verdict);

struct sl_audit_line {
    enum sl_audit_verdict verdict;
    const char *check; /* what was asked: "artifact", "document", "role" and so on; a string literal */
    const char *name;  /* of the artifact or job, "" when there is only one thing of the kind */
    const char *sentence;
};

/* Texts live in arena, which the caller gives; statement is empty when it could not be read or has other bytes. */
struct sl_audit {
    struct sl_audit_line *lines;
    size_t n, capacity;
    struct sl_arena *arena;
    enum sl_code unread; /* SL_OK, or why something could not be read: SL_E_DENIED before any other */
    struct sl_buf statement;
};
void sl_audit_clear(struct sl_audit *a);

/* Add a line, with a copy of name and sentence that is safe to show; sentence NULL when making it failed, with err filled. */
bool sl_audit_add(struct sl_audit *a, enum sl_audit_verdict verdict, const char *check, const char *name,
                  const char *sentence, struct sl_err *err) SL_MUST_USE;

/* What the lines come to: SL_OK; SL_E_VERIFY when something differs or is missing; else SL_E_DENIED or SL_E_NETWORK when
 * something could not be read. */
enum sl_code sl_audit_outcome(const struct sl_audit *a);

/* What was published: a receipt that sl_receipt_read took; the plan's value or NULL. */
struct sl_audit_expected {
    json_t *receipt;
    const json_t *plan;
};
bool sl_audit(const struct sl_audit_expected *expected, struct sl_wire *wire, struct sl_audit *ret,
              struct sl_err *err) SL_MUST_USE;

/* Read the receipt that a plan's release has in its bucket. ret_name gets its s3:// name, from a's arena. *ret stays NULL,
 * with a line that says so, when there is none or it may not be read. */
bool sl_audit_find_by_plan(const json_t *plan, const char *digest, unsigned attempt, struct sl_wire *wire,
                           struct sl_audit *a, json_t **ret, const char **ret_name, struct sl_err *err) SL_MUST_USE;

/* The same for a job: its document names version, plan and bucket. SL_E_INPUT when it does not, which only a document
 * with a statement and a download does; SL_E_DENIED when there is no such job. */
struct sl_audit_job {
    const char *region, *id;
};
bool sl_audit_find_by_job(const struct sl_audit_job *job, struct sl_wire *wire, struct sl_audit *a, json_t **ret,
                          const char **ret_name, struct sl_err *err) SL_MUST_USE;

#endif
