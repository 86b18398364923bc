/* S3 as its parts see it. s3.c finds the operation, opens the transaction, looks the bucket up and asks for permission;
 * then one of the operations below runs. */
#ifndef SL_SANDBOX_PRIV_S3_H
#define SL_SANDBOX_PRIV_S3_H

#include "sandbox/priv/checksum.h"
#include "sandbox/priv/exchange.h"
#include "sandbox/priv/rows.h"

#define SL_S3_MAX_PUT_BYTES   ((uint64_t)5 << 30)
#define SL_S3_MIN_PART_BYTES  ((uint64_t)5 << 20)
#define SL_S3_MAX_PARTS       10000
#define SL_S3_MAX_XML_BYTES   ((uint64_t)4 << 20) /* a list of 10,000 parts with their checksums */
#define SL_S3_MAX_KEY_BYTES   1024
#define SL_S3_VERSION_ID_SIZE 33
#define SL_S3_NAMESPACE       "http://s3.amazonaws.com/doc/2006-03-01/"

/* Name of the i-th operation, NULL after the last; for faults. */
const char *sl_s3_operation_name(size_t i);
#define SL_S3_MAX_OPERATIONS 64

/* Name the operation in x->operation, by method, path and query. A refusal when there is none here. */
bool sl_s3_route(struct sl_exchange *x, struct sl_err *err) SL_MUST_USE;

/* Does this operation's body go to a file? */
bool sl_s3_stores_body(const struct sl_exchange *x);

/* Judge what can be judged before the body is sent: bucket, permission, headers, preconditions. */
bool sl_s3_prepare(struct sl_exchange *x, struct sl_err *err) SL_MUST_USE;

/* One call being answered. Strings live in the exchange's arena. */
struct sl_s3_file;
struct sl_s3 {
    struct sl_exchange *x;
    const char *bucket, *key;  /* "" when the path names none */
    const char *versioning;    /* of the bucket: "" never enabled, "Enabled", "Suspended" */
    const char *policy;        /* the bucket's, NULL for none */
    bool takes_body;           /* the body's file belongs to the store once this commits */
    struct sl_s3_file *doomed; /* files no row names any more: removed when it commits */
};

/* A file of the objects' folder, by its name, is no longer needed once the transaction is committed. */
bool sl_s3_doom(struct sl_s3 *s, const char *file, struct sl_err *err) SL_MUST_USE;
bool sl_s3_path(struct sl_s3 *s, const char *file, const char **ret, struct sl_err *err) SL_MUST_USE;

/* "arn:aws:s3:::bucket/key", without key for the bucket. */
const char *sl_s3_arn(struct sl_s3 *s, const char *key, struct sl_err *err) SL_MUST_USE;

/* A version's row. */
struct sl_s3_object {
    int64_t seq, size_bytes, modified_utc, n_parts;
    const char *version; /* "null" for the version of a bucket that gives none */
    bool is_marker;
    const char *etag; /* without quotes */
    const char *file, *headers;
    const char *algorithm, *checksum, *checksum_type; /* "SHA256", base64, "FULL_OBJECT" */
};

/* May the caller do action on the key, "" for the bucket, by its identity's policies and the bucket's? _require: a
 * refusal with AccessDenied when not. */
bool sl_s3_may(struct sl_s3 *s, const char *action, const char *key, bool *ret_allowed, struct sl_err *err) SL_MUST_USE;
bool sl_s3_require(struct sl_s3 *s, const char *action, const char *key, struct sl_err *err) SL_MUST_USE;

/* A bucket's settings: the document under a name, NULL for none; what stands inside the root of one, kept, told, or
 * parsed again under a root of no matter which name (NULL for none). _drop answers 204. */
struct sl_xml;
bool sl_s3_setting_get(struct sl_s3 *s, const char *name, const char **ret, struct sl_err *err) SL_MUST_USE;
bool sl_s3_setting_put(struct sl_s3 *s, const char *name, const char *document, struct sl_err *err) SL_MUST_USE;
bool sl_s3_setting_drop(struct sl_s3 *s, const char *name, struct sl_err *err) SL_MUST_USE;
bool sl_s3_setting_store(struct sl_s3 *s, const char *name, const struct sl_xml *root, struct sl_err *err) SL_MUST_USE;
bool sl_s3_setting_reply(struct sl_s3 *s, const char *root, const char *document, struct sl_err *err) SL_MUST_USE;
bool sl_s3_setting_tree(struct sl_s3 *s, const char *name, const struct sl_xml **ret, struct sl_err *err) SL_MUST_USE;

/* One of the headers stored with an object, NULL when it has none; and a change of some, "" takes one away. */
bool sl_s3_setting_of(struct sl_exchange *x, const char *headers, const char *name, const char **ret,
                      struct sl_err *err) SL_MUST_USE;
bool sl_s3_setting_change(struct sl_s3 *s, const struct sl_s3_object *o, const struct sl_pair *changes, size_t n,
                          struct sl_err *err) SL_MUST_USE;

/* The current version, or the one named. */
bool sl_s3_find(struct sl_s3 *s, const char *key, const char *version, struct sl_s3_object *ret, bool *ret_found,
                struct sl_err *err) SL_MUST_USE;

/* Add a version of key: in place of the "null" version unless the bucket is versioned. Fills seq and version. order:
 * place among the key's versions, 0 for the newest. */
bool sl_s3_add_version(struct sl_s3 *s, const char *key, int64_t order, struct sl_s3_object *o,
                       struct sl_err *err) SL_MUST_USE;
bool sl_s3_remove(struct sl_s3 *s, const char *key, const struct sl_s3_object *o, struct sl_err *err) SL_MUST_USE;

/* The next place in the order of a key's versions. */
bool sl_s3_next_order(struct sl_s3 *s, int64_t *ret, struct sl_err *err) SL_MUST_USE;

/* A version id in the form AWS gives; and does text have the form of one? */
bool sl_s3_version_new(char ret[SL_S3_VERSION_ID_SIZE], struct sl_err *err) SL_MUST_USE;
bool sl_s3_version_valid(const char *text);

/* x-amz-version-id, unless the bucket was never versioned. */
bool sl_s3_version_header(struct sl_s3 *s, const char *version, struct sl_err *err) SL_MUST_USE;

/* Rules for names (S3 user guide, "General purpose bucket naming rules", "Object key naming guidelines"). */
bool sl_s3_bucket_name_valid(const char *name);

/* Headers: refuse those that ask for something the sandbox does not carry out; those stored with an object as a JSON
 * object, with what the bucket adds; and back into the reply. _wish: what a new object is asked to be, checked before it
 * comes. */
bool sl_s3_headers_check(const struct sl_exchange *x, struct sl_err *err) SL_MUST_USE;
bool sl_s3_headers_wish(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_headers_store(struct sl_s3 *s, const char **ret, struct sl_err *err) SL_MUST_USE;
bool sl_s3_headers_reply(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err) SL_MUST_USE;

/* The storage class of an object, "STANDARD" when it says nothing. */
bool sl_s3_headers_class(struct sl_exchange *x, const char *stored, const char **ret, struct sl_err *err) SL_MUST_USE;

/* Encryption: _fill asks KMS for the key a new object is encrypted with, _open for what an object was. */
bool sl_s3_encryption_check(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_encryption_fill(struct sl_s3 *s, json_t *headers, struct sl_err *err) SL_MUST_USE;
bool sl_s3_encryption_open(struct sl_s3 *s, const char *headers, struct sl_err *err) SL_MUST_USE;
bool sl_s3_encryption_reply(struct sl_s3 *s, const char *headers, struct sl_err *err) SL_MUST_USE;

/* Object Lock: _deletable refuses what is retained or held. */
bool sl_s3_lock_enable(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lock_check(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lock_fill(struct sl_s3 *s, json_t *headers, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lock_deletable(struct sl_s3 *s, const char *key, const struct sl_s3_object *o,
                          struct sl_err *err) SL_MUST_USE;
bool sl_s3_lock_reply(struct sl_s3 *s, const struct sl_s3_object *o, struct sl_err *err) SL_MUST_USE;

/* Tags: "a=b&c=d" taken apart, at most max; those of a request; how many a reply counts. */
bool sl_s3_tags_read(struct sl_exchange *x, const char *text, struct sl_pair *ret, size_t max, size_t *ret_n,
                     struct sl_err *err) SL_MUST_USE;
bool sl_s3_tagging_check(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_tagging_count(struct sl_s3 *s, const char *headers, struct sl_err *err) SL_MUST_USE;

/* The version a request is about; a refusal when it is none that can be read. */
bool sl_s3_find_readable(struct sl_s3 *s, struct sl_s3_object *ret, struct sl_err *err) SL_MUST_USE;

/* The checksum a request brings, in a header or trailer. */
struct sl_s3_integrity {
    bool given;
    enum sl_checksum_kind kind;
    const char *text;
};
bool sl_s3_integrity_read(const struct sl_exchange *x, struct sl_s3_integrity *ret, struct sl_err *err) SL_MUST_USE;

/* Compare Content-MD5 and that checksum with the body that came. */
bool sl_s3_integrity_check(struct sl_exchange *x, struct sl_s3_integrity *ret, struct sl_err *err) SL_MUST_USE;

/* The same for operations that need one or the other. */
bool sl_s3_integrity_require(struct sl_exchange *x, struct sl_err *err) SL_MUST_USE;

/* x-amz-checksum-... and x-amz-checksum-type. */
bool sl_s3_checksum_header(struct sl_exchange *x, const char *algorithm, const char *value, const char *type,
                           struct sl_err *err) SL_MUST_USE;

/* If-Match and If-None-Match of a write. */
bool sl_s3_write_condition(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;

/* If-Match and its sisters of a read; *ret_same: answer 304. */
bool sl_s3_read_condition(struct sl_exchange *x, const struct sl_s3_object *o, bool *ret_same,
                          struct sl_err *err) SL_MUST_USE;

/* A count of deletions, and the count at a key's last one: a conditional write that sees one between its beginning and
 * its end is in conflict. */
bool sl_s3_deletions(struct sl_s3 *s, const char *key, int64_t *ret_all, int64_t *ret_key,
                     struct sl_err *err) SL_MUST_USE;

/* A number in the query, from min to max; absent leaves *value as it is. */
bool sl_s3_number(const struct sl_exchange *x, const char *name, int64_t min, int64_t max, int64_t *value,
                  struct sl_err *err) SL_MUST_USE;

/* XML replies: the declaration and root element, and <Name>text</Name>; times as S3 writes them; a key, percent-encoded
 * when encoding-type=url was asked for. */
bool sl_s3_xml_begin(struct sl_exchange *x, const char *root, struct sl_err *err) SL_MUST_USE;
bool sl_s3_xml(struct sl_buf *b, const char *name, const char *text, struct sl_err *err) SL_MUST_USE;
bool sl_s3_xml_number(struct sl_buf *b, const char *name, int64_t value, struct sl_err *err) SL_MUST_USE;
bool sl_s3_xml_time(struct sl_buf *b, const char *name, int64_t utc, struct sl_err *err) SL_MUST_USE;
bool sl_s3_xml_key(const struct sl_exchange *x, struct sl_buf *b, const char *name, const char *key,
                   struct sl_err *err) SL_MUST_USE;
bool sl_s3_xml_owner(const struct sl_exchange *x, struct sl_buf *b, const char *name, struct sl_err *err) SL_MUST_USE;

/* May the caller list the bucket? Without it, what is not there is refused like what is forbidden. */
bool sl_s3_not_found(struct sl_s3 *s, const char *code, const char *message, struct sl_err *err);

/* Operations. _check runs before the body is read, and again before the operation itself. */
bool sl_s3_bucket_list(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_bucket_create(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_bucket_delete(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_bucket_head(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_bucket_location(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_bucket_get_versioning(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_bucket_put_versioning(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;

bool sl_s3_policy_put(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_policy_get(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_policy_delete(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_policy_status(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_policy_block_put(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_policy_block_get(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_policy_block_delete(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lifecycle_put(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lifecycle_get(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lifecycle_delete(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_encryption_put(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_encryption_get(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_encryption_delete(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lock_put(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lock_get(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lock_retention_put(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lock_retention_get(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lock_hold_put(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_lock_hold_get(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_tagging_put(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_tagging_get(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_tagging_delete(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;

bool sl_s3_list_v1(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_list_v2(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_list_versions(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;

/* Where the part that partNumber names lies in the object. Adds x-amz-mp-parts-count to the reply. */
bool sl_s3_part_range(struct sl_s3 *s, const struct sl_s3_object *o, uint64_t *ret_from, uint64_t *ret_size,
                      struct sl_err *err) SL_MUST_USE;

bool sl_s3_put_check(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_put_object(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_get_object(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_attributes(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_delete(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_delete_many(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;

bool sl_s3_upload_create(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_upload_part_check(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_upload_part(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_upload_complete(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_upload_abort(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_upload_parts(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;
bool sl_s3_upload_list(struct sl_s3 *s, struct sl_err *err) SL_MUST_USE;

/* An upload in progress; a refusal with NoSuchUpload when there is none for this bucket and key. */
struct sl_s3_upload {
    const char *id, *headers, *algorithm, *checksum_type; /* algorithm as named when it was begun, "" for none */
    int64_t order, initiated_utc;
};
bool sl_s3_upload_find(struct sl_s3 *s, struct sl_s3_upload *ret, struct sl_err *err) SL_MUST_USE;
bool sl_s3_upload_drop(struct sl_s3 *s, const char *id, struct sl_err *err) SL_MUST_USE;

#endif
