/* The two policies of a download role as a release wants them: no more than it needs.
 *
 * Each statement has a Sid made from what it is about, so that several releases can share a role and each finds its own
 * statement again. Sources: IoT developer guide, "Create and manage jobs" and "Cross-service confused deputy
 * prevention"; S3 API reference, GetObject; KMS developer guide, "Use aliases to control access". */
#ifndef SL_PUBLISHER_ROLE_POLICY_H
#define SL_PUBLISHER_ROLE_POLICY_H

#include "core/json.h"
#include "publisher/wish.h"

#define SL_ROLE_POLICY_SERVICE "iot.amazonaws.com"
#define SL_ROLE_POLICY_NAME    "sealift-download" /* of the inline policy */

/* Who may assume the role: AWS IoT, for jobs of the release's account and Regions. *ret is a new reference. */
bool sl_role_policy_trust(const struct sl_wish *w, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* What it may do then: read the release's objects, and decrypt them where the bucket encrypts with a key. */
bool sl_role_policy_permissions(const struct sl_wish *w, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* Append text to a Sid: letters and digits only, each word with a capital. */
bool sl_role_policy_sid(struct sl_buf *sid, const char *text, struct sl_err *err) SL_MUST_USE;

/* {"Version", "Statement"} around statements, which is taken over. *ret is a new reference. */
bool sl_role_policy_make(json_t *statements, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* A list of strings, or the one string alone. NULL with SL_E_NOMEM. */
json_t *sl_role_policy_texts(const char *const *list, size_t n, struct sl_err *err) SL_MUST_USE;

#endif
