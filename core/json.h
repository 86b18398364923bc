/* JSON, on jansson: strict reading, and writing in the canonical form of RFC 8785.
 *
 * Including this header gives jansson's own json_t interface. Values are reference counted: SL_AUTO(sl_json_clear)
 * beside the declaration of what we hold; the _new functions of jansson's "pack" family steal with "o". */
#ifndef SL_CORE_JSON_H
#define SL_CORE_JSON_H

#include "core/buf.h"

#include <jansson.h>

/* From now on what jansson frees is wiped: the replies it reads may hold secrets. Programs call it first. */
void sl_json_setup(void);

/* json_decref through a pointer to the variable, which becomes NULL. */
void sl_json_clear(json_t **value);

/* Parse one JSON text: UTF-8, no duplicate keys, nothing after it, no number beyond 2^53 (RFC 7493). name is used in
 * errors as the file name. The place in err is the place in the text. *ret is a new reference. */
bool sl_json_parse(struct sl_span text, const char *name, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* Append the canonical form (RFC 8785): members sorted by UTF-16 code units, no white space, ECMAScript numbers. */
bool sl_json_canonical(const json_t *value, struct sl_buf *b, struct sl_err *err) SL_MUST_USE;

/* Put value into object under key, taking over the reference also on failure. value NULL is SL_E_NOMEM, so that
 * sl_json_set(o, "k", json_string(s), err) needs no check of its own. The same for arrays. */
bool sl_json_set(json_t *object, const char *key, json_t *value, struct sl_err *err) SL_MUST_USE;
bool sl_json_push(json_t *array, json_t *value, struct sl_err *err) SL_MUST_USE;

/* Members by path "job.presignedUrlConfig.roleArn"; NULL or "" when one of the steps is missing or of another kind. */
json_t *sl_json_at(const json_t *value, const char *path);
const char *sl_json_str(const json_t *value, const char *path);

/* SL_E_INPUT when the object has a member whose name is not in 'known', which ends with NULL: what nobody reads could be
 * taken for signed. what: as in "the bundle". */
bool sl_json_only(const json_t *object, const char *const *known, const char *what, struct sl_err *err) SL_MUST_USE;

/* Append the paths of the members in which two values differ, with commas between, as many as one sentence holds. but: a
 * member of both to pass over, or NULL. */
bool sl_json_differences(const json_t *a, const json_t *b, const char *but, struct sl_buf *ret,
                         struct sl_err *err) SL_MUST_USE;

/* An unsigned integer member; false when missing, negative or not an integer. */
bool sl_json_u64(const json_t *value, const char *path, uint64_t *ret) SL_MUST_USE;

#endif
