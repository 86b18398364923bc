#include "sandbox/priv/s3.h"

#include "core/os.h"
#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool sl_s3_setup(struct sl_store *store, struct sl_err *err)
{
    static const char tables[] =
        "CREATE TABLE IF NOT EXISTS s3_buckets(name TEXT PRIMARY KEY, created INTEGER NOT NULL, versioning TEXT NOT "
        "NULL DEFAULT '');"
        "CREATE TABLE IF NOT EXISTS s3_objects(seq INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, key TEXT "
        "NOT NULL, version TEXT NOT NULL, ord INTEGER NOT NULL, marker INTEGER NOT NULL, size INTEGER NOT NULL, "
        "modified INTEGER NOT NULL, etag TEXT NOT NULL, file TEXT NOT NULL, headers TEXT NOT NULL, algorithm TEXT NOT "
        "NULL, checksum TEXT NOT NULL, checksum_type TEXT NOT NULL, parts INTEGER NOT NULL, UNIQUE(bucket, key, "
        "version));"
        "CREATE INDEX IF NOT EXISTS s3_objects_order ON s3_objects(bucket, key, ord DESC);"
        "CREATE INDEX IF NOT EXISTS s3_objects_file ON s3_objects(file);"
        "CREATE TABLE IF NOT EXISTS s3_object_parts(object INTEGER NOT NULL, number INTEGER NOT NULL, size INTEGER NOT "
        "NULL, checksum TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY(object, number));"
        "CREATE INDEX IF NOT EXISTS s3_object_parts_file ON s3_object_parts(file);"
        "CREATE TABLE IF NOT EXISTS s3_uploads(id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, ord "
        "INTEGER NOT NULL, initiated INTEGER NOT NULL, headers TEXT NOT NULL, algorithm TEXT NOT NULL, checksum_type "
        "TEXT NOT NULL);"
        "CREATE TABLE IF NOT EXISTS s3_parts(upload TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, "
        "modified INTEGER NOT NULL, etag TEXT NOT NULL, file TEXT NOT NULL, algorithm TEXT NOT NULL, checksum TEXT NOT "
        "NULL, PRIMARY KEY(upload, number));"
        "CREATE TABLE IF NOT EXISTS s3_deletions(n INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, key TEXT "
        "NOT NULL, UNIQUE(bucket, key));"
        "CREATE TABLE IF NOT EXISTS s3_settings(bucket TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, "
        "PRIMARY KEY(bucket, name));";
    if (!sl_store_begin(store, err))
        return false;
    if (!sl_store_exec(store, err, tables, "")) {
        sl_store_rollback(store);
        return false;
    }
    return sl_store_commit(store, err);
}

/* Where in the path an operation stands. */
enum level { SERVICE, BUCKET, OBJECT };

struct operation {
    const char *name, *method;
    const char *mark;                    /* query parameter that tells it apart, NULL for none */
    const char *queries;                 /* other parameters it takes, in '&' */
    const char *action, *action_version; /* permission; with versionId in the query the second */
    bool (*check)(struct sl_s3 *, struct sl_err *);
    bool (*run)(struct sl_s3 *, struct sl_err *);
    enum level level;
    bool new_bucket; /* the bucket need not exist */
    bool stores_body;
};

#define LIST_QUERIES "&prefix&delimiter&max-keys&encoding-type&"
#define REPLY_QUERIES                                                                                                  \
    "&versionId&partNumber&response-content-type&response-content-language&response-expires&response-cache-control"    \
    "&response-content-disposition&response-content-encoding&"

/* The first that fits is taken: operations with a mark stand before the one without. Permissions: service
 * authorization reference, Amazon S3; those left out here are asked for by the operation. */
static const struct operation operations[] = {
    { "ListBuckets", "GET", NULL, "&max-buckets&continuation-token&prefix&bucket-region&", "s3:ListAllMyBuckets", NULL,
      NULL, sl_s3_bucket_list, SERVICE, false, false },
    { "PutBucketVersioning", "PUT", "versioning", "", "s3:PutBucketVersioning", NULL, NULL, sl_s3_bucket_put_versioning,
      BUCKET, false, false },
    { "PutBucketPolicy", "PUT", "policy", "", "s3:PutBucketPolicy", NULL, NULL, sl_s3_policy_put, BUCKET, false,
      false },
    { "PutBucketLifecycleConfiguration", "PUT", "lifecycle", "", "s3:PutLifecycleConfiguration", NULL, NULL,
      sl_s3_lifecycle_put, BUCKET, false, false },
    { "PutBucketEncryption", "PUT", "encryption", "", "s3:PutEncryptionConfiguration", NULL, NULL, sl_s3_encryption_put,
      BUCKET, false, false },
    { "PutPublicAccessBlock", "PUT", "publicAccessBlock", "", "s3:PutBucketPublicAccessBlock", NULL, NULL,
      sl_s3_policy_block_put, BUCKET, false, false },
    { "PutObjectLockConfiguration", "PUT", "object-lock", "", "s3:PutBucketObjectLockConfiguration", NULL, NULL,
      sl_s3_lock_put, BUCKET, false, false },
    { "CreateBucket", "PUT", NULL, "", "s3:CreateBucket", NULL, NULL, sl_s3_bucket_create, BUCKET, true, false },
    { "DeleteBucketPolicy", "DELETE", "policy", "", "s3:DeleteBucketPolicy", NULL, NULL, sl_s3_policy_delete, BUCKET,
      false, false },
    { "DeleteBucketLifecycle", "DELETE", "lifecycle", "", "s3:PutLifecycleConfiguration", NULL, NULL,
      sl_s3_lifecycle_delete, BUCKET, false, false },
    { "DeleteBucketEncryption", "DELETE", "encryption", "", "s3:PutEncryptionConfiguration", NULL, NULL,
      sl_s3_encryption_delete, BUCKET, false, false },
    { "DeletePublicAccessBlock", "DELETE", "publicAccessBlock", "", "s3:PutBucketPublicAccessBlock", NULL, NULL,
      sl_s3_policy_block_delete, BUCKET, false, false },
    { "DeleteBucket", "DELETE", NULL, "", "s3:DeleteBucket", NULL, NULL, sl_s3_bucket_delete, BUCKET, false, false },
    { "HeadBucket", "HEAD", NULL, "", "s3:ListBucket", NULL, NULL, sl_s3_bucket_head, BUCKET, false, false },
    { "GetBucketLocation", "GET", "location", "", "s3:GetBucketLocation", NULL, NULL, sl_s3_bucket_location, BUCKET,
      false, false },
    { "GetBucketVersioning", "GET", "versioning", "", "s3:GetBucketVersioning", NULL, NULL, sl_s3_bucket_get_versioning,
      BUCKET, false, false },
    { "GetBucketPolicy", "GET", "policy", "", "s3:GetBucketPolicy", NULL, NULL, sl_s3_policy_get, BUCKET, false,
      false },
    { "GetBucketPolicyStatus", "GET", "policyStatus", "", "s3:GetBucketPolicyStatus", NULL, NULL, sl_s3_policy_status,
      BUCKET, false, false },
    { "GetBucketLifecycleConfiguration", "GET", "lifecycle", "", "s3:GetLifecycleConfiguration", NULL, NULL,
      sl_s3_lifecycle_get, BUCKET, false, false },
    { "GetBucketEncryption", "GET", "encryption", "", "s3:GetEncryptionConfiguration", NULL, NULL, sl_s3_encryption_get,
      BUCKET, false, false },
    { "GetPublicAccessBlock", "GET", "publicAccessBlock", "", "s3:GetBucketPublicAccessBlock", NULL, NULL,
      sl_s3_policy_block_get, BUCKET, false, false },
    { "GetObjectLockConfiguration", "GET", "object-lock", "", "s3:GetBucketObjectLockConfiguration", NULL, NULL,
      sl_s3_lock_get, BUCKET, false, false },
    { "ListObjectVersions", "GET", "versions", LIST_QUERIES "key-marker&version-id-marker&", "s3:ListBucketVersions",
      NULL, NULL, sl_s3_list_versions, BUCKET, false, false },
    { "ListMultipartUploads", "GET", "uploads",
      "&prefix&delimiter&max-uploads&encoding-type&key-marker&upload-id-marker&", "s3:ListBucketMultipartUploads", NULL,
      NULL, sl_s3_upload_list, BUCKET, false, false },
    { "ListObjectsV2", "GET", "list-type", LIST_QUERIES "continuation-token&start-after&fetch-owner&", "s3:ListBucket",
      NULL, NULL, sl_s3_list_v2, BUCKET, false, false },
    { "ListObjects", "GET", NULL, LIST_QUERIES "marker&", "s3:ListBucket", NULL, NULL, sl_s3_list_v1, BUCKET, false,
      false },
    { "DeleteObjects", "POST", "delete", "", NULL, NULL, NULL, sl_s3_delete_many, BUCKET, false, false },
    { "UploadPart", "PUT", "uploadId", "&partNumber&", "s3:PutObject", NULL, sl_s3_upload_part_check, sl_s3_upload_part,
      OBJECT, false, true },
    { "PutObjectTagging", "PUT", "tagging", "&versionId&", "s3:PutObjectTagging", "s3:PutObjectVersionTagging", NULL,
      sl_s3_tagging_put, OBJECT, false, false },
    { "PutObjectRetention", "PUT", "retention", "&versionId&", "s3:PutObjectRetention", NULL, NULL,
      sl_s3_lock_retention_put, OBJECT, false, false },
    { "PutObjectLegalHold", "PUT", "legal-hold", "&versionId&", "s3:PutObjectLegalHold", NULL, NULL,
      sl_s3_lock_hold_put, OBJECT, false, false },
    { "GetObjectTagging", "GET", "tagging", "&versionId&", "s3:GetObjectTagging", "s3:GetObjectVersionTagging", NULL,
      sl_s3_tagging_get, OBJECT, false, false },
    { "GetObjectRetention", "GET", "retention", "&versionId&", "s3:GetObjectRetention", NULL, NULL,
      sl_s3_lock_retention_get, OBJECT, false, false },
    { "GetObjectLegalHold", "GET", "legal-hold", "&versionId&", "s3:GetObjectLegalHold", NULL, NULL,
      sl_s3_lock_hold_get, OBJECT, false, false },
    { "DeleteObjectTagging", "DELETE", "tagging", "&versionId&", "s3:DeleteObjectTagging",
      "s3:DeleteObjectVersionTagging", NULL, sl_s3_tagging_delete, OBJECT, false, false },
    { "PutObject", "PUT", NULL, "", "s3:PutObject", NULL, sl_s3_put_check, sl_s3_put_object, OBJECT, false, true },
    { "ListParts", "GET", "uploadId", "&max-parts&part-number-marker&", "s3:ListMultipartUploadParts", NULL, NULL,
      sl_s3_upload_parts, OBJECT, false, false },
    { "GetObjectAttributes", "GET", "attributes", "&versionId&", "s3:GetObject", "s3:GetObjectVersion", NULL,
      sl_s3_attributes, OBJECT, false, false },
    { "GetObject", "GET", NULL, REPLY_QUERIES, "s3:GetObject", "s3:GetObjectVersion", NULL, sl_s3_get_object, OBJECT,
      false, false },
    { "HeadObject", "HEAD", NULL, REPLY_QUERIES, "s3:GetObject", "s3:GetObjectVersion", NULL, sl_s3_get_object, OBJECT,
      false, false },
    { "AbortMultipartUpload", "DELETE", "uploadId", "", "s3:AbortMultipartUpload", NULL, NULL, sl_s3_upload_abort,
      OBJECT, false, false },
    { "DeleteObject", "DELETE", NULL, "&versionId&", "s3:DeleteObject", "s3:DeleteObjectVersion", NULL, sl_s3_delete,
      OBJECT, false, false },
    { "CreateMultipartUpload", "POST", "uploads", "", "s3:PutObject", NULL, sl_s3_headers_wish, sl_s3_upload_create,
      OBJECT, false, false },
    { "CompleteMultipartUpload", "POST", "uploadId", "", "s3:PutObject", NULL, NULL, sl_s3_upload_complete, OBJECT,
      false, false },
};
#define N_OPERATIONS (sizeof operations / sizeof *operations)

const char *sl_s3_operation_name(size_t i)
{
    return i < N_OPERATIONS ? operations[i].name : NULL;
}

static enum level level_of(const char *path)
{
    const char *bucket = path + 1, *slash = strchr(bucket, '/');
    return !*bucket ? SERVICE : !slash || !slash[1] ? BUCKET : OBJECT;
}

static const struct operation *find_operation(const struct sl_exchange *x)
{
    enum level level = level_of(x->path);
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        const struct operation *o = &operations[i];
        if (o->level == level && !strcmp(o->method, x->method) && (!o->mark || sl_exchange_query(x, o->mark)))
            return o;
    }
    return NULL;
}

/* "x-id" is what newer SDKs add for people who read logs. */
static bool takes_query(const struct operation *o, const char *name)
{
    char wrapped[64];
    if ((o->mark && !strcmp(name, o->mark)) || !strcmp(name, "x-id") || !strncmp(name, "X-Amz-", 6))
        return true;
    int n = snprintf(wrapped, sizeof wrapped, "&%s&", name);
    return n > 2 && (size_t)n < sizeof wrapped && strstr(o->queries, wrapped);
}

/* A subresource that is not carried out must not be taken for the object itself. */
static bool check_queries(const struct sl_exchange *x, const struct operation *o, struct sl_err *err)
{
    for (size_t i = 0; i < x->n_query; i++)
        if (!takes_query(o, x->query[i].name))
            return sl_refusal_make(err, 501, "NotImplemented",
                                   "A query parameter you provided implies functionality that is not implemented: "
                                   "'%.60s' with %s",
                                   x->query[i].name, o->name);
    return true;
}

bool sl_s3_route(struct sl_exchange *x, struct sl_err *err)
{
    const struct operation *o = find_operation(x);
    if (!o)
        return sl_refusal_make(err, 405, "MethodNotAllowed",
                               "The specified method is not allowed against this resource.");
    x->operation = o->name;
    return check_queries(x, o, err);
}

bool sl_s3_stores_body(const struct sl_exchange *x)
{
    const struct operation *o = find_operation(x);
    return o && o->stores_body;
}

struct sl_s3_file {
    const char *name;
    struct sl_s3_file *next;
};

bool sl_s3_doom(struct sl_s3 *s, const char *file, struct sl_err *err)
{
    if (!*file)
        return true;
    struct sl_s3_file *f = sl_arena_alloc(s->x->arena, 1, sizeof *f, err);
    if (!f)
        return false;
    *f = (struct sl_s3_file){ file, s->doomed };
    s->doomed = f;
    return true;
}

bool sl_s3_path(struct sl_s3 *s, const char *file, const char **ret, struct sl_err *err)
{
    *ret = sl_arena_fmt(s->x->arena, err, "%s/%s", sl_store_objects_dir(s->x->store), file);
    return *ret != NULL;
}

static void remove_file(struct sl_s3 *s, const char *file)
{
    const char *path;
    struct sl_err ignored = { 0 };
    if (sl_s3_path(s, file, &path, &ignored))
        (void)unlink(path);
}

const char *sl_s3_arn(struct sl_s3 *s, const char *key, struct sl_err *err)
{
    return sl_arena_fmt(s->x->arena, err, "arn:%s:s3:::%s%s%s", sl_access_partition(s->x), s->bucket, *key ? "/" : "",
                        key);
}

static bool split_path(struct sl_s3 *s, struct sl_err *err)
{
    const char *bucket = s->x->path + 1;
    size_t len = strcspn(bucket, "/");
    s->bucket = sl_arena_span(s->x->arena, (struct sl_span){ (const uint8_t *)bucket, len }, err);
    s->key = bucket[len] ? bucket + len + 1 : "";
    s->versioning = "";
    if (!s->bucket)
        return false;
    return strlen(s->key) <= SL_S3_MAX_KEY_BYTES
           || sl_refusal_make(err, 400, "KeyTooLongError", "Your key is too long");
}

static bool look_up_bucket(struct sl_s3 *s, struct sl_err *err)
{
    if (!sl_s3_bucket_name_valid(s->bucket))
        return sl_exchange_fact(s->x, "BucketName", s->bucket, err)
               && sl_refusal_make(err, 400, "InvalidBucketName", "The specified bucket is not valid.");
    if (!sl_store_text(s->x->store, s->x->arena, &s->versioning, err,
                       "SELECT versioning FROM s3_buckets WHERE name = ?", "s", s->bucket))
        return false;
    if (s->versioning)
        return sl_s3_setting_get(s, "policy", &s->policy, err);
    return sl_exchange_fact(s->x, "BucketName", s->bucket, err)
           && sl_refusal_make(err, 404, "NoSuchBucket", "The specified bucket does not exist");
}

static bool check_owner(const struct sl_exchange *x, struct sl_err *err)
{
    const char *owner = sl_exchange_request_header(x, "x-amz-expected-bucket-owner");
    if (!owner || !strcmp(owner, x->facts->account))
        return true;
    sl_refusal_note(x, "x-amz-expected-bucket-owner is '%.20s', the bucket belongs to %s", owner, x->facts->account);
    return sl_refusal_make(err, 403, "AccessDenied", "Access Denied");
}

/* The root identity is never locked out of its own bucket's policy (API reference, PutBucketPolicy). */
static bool is_root_on_policy(const struct sl_s3 *s, const struct operation *o)
{
    const char *root = strstr(s->x->caller_arn, ":root");
    return o->mark && !strcmp(o->mark, "policy") && root && !root[5] && !*s->x->caller_role;
}

static bool ask(struct sl_s3 *s, const struct operation *o, struct sl_err *err)
{
    const char *action = o->action_version && sl_exchange_query(s->x, "versionId") ? o->action_version : o->action;
    return !action || is_root_on_policy(s, o) || sl_s3_require(s, action, s->key, err);
}

/* What every operation needs before it begins, inside the transaction. */
static bool enter(struct sl_s3 *s, const struct operation **ret, struct sl_err *err)
{
    if (!sl_s3_route(s->x, err) || !split_path(s, err))
        return false;
    const struct operation *o = find_operation(s->x);
    assert(o); /* it was routed */
    *ret = o;
    /* The one thing HeadBucket tells also whom it refuses. */
    if (o->run == sl_s3_bucket_head
        && !sl_exchange_refusal_header(s->x, "x-amz-bucket-region", s->x->facts->region, err))
        return false;
    return (o->level == SERVICE || o->new_bucket || look_up_bucket(s, err)) && check_owner(s->x, err) && ask(s, o, err)
           && sl_s3_headers_check(s->x, err) && (!o->check || o->check(s, err));
}

bool sl_s3_prepare(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_s3 s = { .x = x };
    const struct operation *o;
    if (!sl_store_begin(x->store, err))
        return false;
    bool ok = enter(&s, &o, err);
    if (ok && o->stores_body) {
        int64_t of_key;
        ok = sl_s3_deletions(&s, s.key, &x->deletions_seen, &of_key, err);
    }
    sl_store_rollback(x->store);
    return ok;
}

bool sl_s3_handle(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_s3 s = { .x = x };
    const struct operation *o;
    if (!sl_store_begin(x->store, err))
        return false;
    bool done = enter(&s, &o, err) && o->run(&s, err);
    bool settled = sl_refusal_settle(x, done, err);
    bool kept = done && settled && x->status < 400;
    if (kept && s.takes_body)
        x->body_path = NULL;
    for (; kept && s.doomed; s.doomed = s.doomed->next)
        remove_file(&s, s.doomed->name);
    return settled;
}
