/* What the files of the ceremony share. */
#ifndef SL_SIGNER_PRIV_CEREMONY_H
#define SL_SIGNER_PRIV_CEREMONY_H

#include "signer/ceremony.h"

/* A plan as a plan file says it, for what signs: release, artifacts with digests and keys, who signs the statement. Borrowed
 * from value. SL_E_INPUT. */
bool sl_ceremony_plan_read(const json_t *value, struct sl_arena *arena, struct sl_plan *ret,
                           struct sl_err *err) SL_MUST_USE;

/* An artifact that waits for a key that is not at hand. */
bool sl_ceremony_plan_waits(const struct sl_plan_artifact *a);

/* Parse what must be canonical JSON with these members and no others; the list ends with NULL. what: "a ceremony request". */
bool sl_ceremony_parse(struct sl_span text, const char *name, const char *what, const char *const *members,
                       json_t **ret, struct sl_err *err) SL_MUST_USE;

/* Name the file in a message that does not yet; false. */
bool sl_ceremony_while(const char *name, struct sl_err *err);

bool sl_ceremony_digest(struct sl_span bytes, char ret[2 * SL_SHA256_BYTES + 1], struct sl_err *err) SL_MUST_USE;

/* The encoding of the statement that is signed. */
bool sl_ceremony_pae(const struct sl_ceremony *c, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

#endif
