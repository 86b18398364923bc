/* AWS Signer: profiles, and jobs that sign an object of a versioned bucket. Source: the service model of Signer
 * (2017-08-25); the platform for AWS IoT Device Management, whose result is a JSON object of its own.
 *
 * The certificate of a profile is not looked for: each certificate ARN stands for a key that is made here, and
 * GetSigningProfile says in a header of the sandbox's own which one, so that whoever rehearses can verify. */
#include "core/digest.h"
#include "core/os.h"
#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/inner.h"
#include "sandbox/priv/pieces.h"
#include "sandbox/priv/iot.h"
#include "sandbox/priv/kms.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"
#include "sandbox/priv/signer.h"

#include <stdio.h>
#include <string.h>

#define PLATFORM        "AWSIoTDeviceManagement-SHA256-ECDSA"
#define PLATFORM_SHOWN  "AWS IoT Device Management"
#define MAX_INPUT_BYTES ((uint64_t)2048 << 20) /* Signer developer guide, "Code signing for AWS IoT": input size */
#define BUSY_SECONDS    1                      /* how long a job is in progress */

#define END                                                                                                            \
    {                                                                                                                  \
        NULL, false, NULL                                                                                              \
    }
#define STRUCTURE(list)                                                                                                \
    {                                                                                                                  \
        .kind = SL_SHAPE_STRUCTURE, .members = (list)                                                                  \
    }

static const struct sl_shape any = { .kind = SL_SHAPE_STRING };
static const struct sl_shape text = { .min = 1, .max = 2048 };
static const struct sl_shape profile_name = { .min = 2, .max = 64 };
static const struct sl_shape owner = { .min = 12, .max = 12 };
static const struct sl_shape_member material_members[] = { { "certificateArn", true, &text }, END };
static const struct sl_shape material = STRUCTURE(material_members);
static const struct sl_shape texts = { .kind = SL_SHAPE_MAP, .max = 200, .key = &any, .element = &any };
static const struct sl_shape_member put_members[] = {
    { "platformId", true, &text }, { "signingMaterial", false, &material }, { "signingParameters", false, &texts }, END
};
static const struct sl_shape put_shape = STRUCTURE(put_members);
static const struct sl_shape_member source_s3_members[] = {
    { "bucketName", true, &text }, { "key", true, &text }, { "version", true, &text }, END
};
static const struct sl_shape source_s3 = STRUCTURE(source_s3_members);
static const struct sl_shape_member source_members[] = { { "s3", true, &source_s3 }, END };
static const struct sl_shape source = STRUCTURE(source_members);
static const struct sl_shape_member destination_s3_members[] = { { "bucketName", true, &text },
                                                                 { "prefix", false, &any },
                                                                 END };
static const struct sl_shape destination_s3 = STRUCTURE(destination_s3_members);
static const struct sl_shape_member destination_members[] = { { "s3", true, &destination_s3 }, END };
static const struct sl_shape destination = STRUCTURE(destination_members);
static const struct sl_shape_member start_members[] = { { "source", true, &source },
                                                        { "destination", true, &destination },
                                                        { "profileName", true, &profile_name },
                                                        { "clientRequestToken", true, &text },
                                                        { "profileOwner", false, &owner },
                                                        END };
static const struct sl_shape start_shape = STRUCTURE(start_members);

struct call {
    struct sl_exchange *x;
    const char *name; /* the last segment of the path */
    json_t *body, *out;
};

bool sl_signer_api_setup(struct sl_store *store, struct sl_err *err)
{
    static const char tables[] =
        "CREATE TABLE IF NOT EXISTS signer_profiles(name TEXT PRIMARY KEY, version TEXT NOT NULL, certificate TEXT NOT "
        "NULL, parameters TEXT NOT NULL, public TEXT NOT NULL, private TEXT NOT NULL);"
        "CREATE TABLE IF NOT EXISTS signer_jobs(id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, request TEXT NOT "
        "NULL, "
        "profile TEXT NOT NULL, result_key TEXT NOT NULL, caller TEXT NOT NULL, created INTEGER NOT NULL)";
    return sl_store_begin(store, err)
           && (sl_store_exec(store, err, tables, "") ? sl_store_commit(store, err) : (sl_store_rollback(store), false));
}

static const char *profile_arn(struct sl_exchange *x, const char *name, struct sl_err *err)
{
    return sl_arena_fmt(x->arena, err, "arn:%s:signer:%s:%s:/signing-profiles/%s", sl_access_partition(x),
                        x->facts->region, x->facts->account, name);
}

struct profile {
    const char *name, *version, *certificate, *parameters, *public_key, *arn, *version_arn;
};

static bool find_profile(struct sl_exchange *x, const char *name, struct profile *ret, bool *ret_found,
                         struct sl_err *err)
{
    struct sl_rows r = { .arena = x->arena };
    if (!sl_store_query(x->store, sl_rows_add, &r, err,
                        "SELECT name, version, certificate, parameters, public FROM signer_profiles WHERE name = ?",
                        "s", name))
        return false;
    *ret_found = r.n > 0;
    if (!r.n)
        return true;
    *ret = (struct profile){ sl_rows_text(&r, 0, 0),
                             sl_rows_text(&r, 0, 1),
                             sl_rows_text(&r, 0, 2),
                             sl_rows_text(&r, 0, 3),
                             sl_rows_text(&r, 0, 4),
                             profile_arn(x, name, err),
                             NULL };
    ret->version_arn = ret->arn ? sl_arena_fmt(x->arena, err, "%s/%s", ret->arn, ret->version) : NULL;
    return ret->version_arn != NULL;
}

static bool need_profile(struct sl_exchange *x, const char *name, struct profile *ret, struct sl_err *err)
{
    bool found;
    return find_profile(x, name, ret, &found, err)
           && (found
               || sl_refusal_make(err, 404, "ResourceNotFoundException", "Signing profile %.64s not found.", name));
}

/* Letters, digits and '_' (the model's pattern). */
static bool check_name(const char *name, struct sl_err *err)
{
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    return (len >= 2 && len <= 64 && !name[len])
           || sl_refusal_make(
               err, 400, "ValidationException",
               "1 validation error detected: Value at 'profileName' failed to satisfy constraint: Member "
               "must satisfy regular expression pattern: ^[a-zA-Z0-9_]{2,}");
}

static bool random_version(char ret[11], struct sl_err *err)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
    uint8_t random[10];
    if (!sl_os_random(random, sizeof random, err))
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        ret[i] = characters[random[i] & 31];
    ret[10] = 0;
    return true;
}

bool sl_signer_api_make(struct sl_exchange *x, const char *name, const char *certificate, const char *parameters,
                        struct sl_err *err)
{
    char version[11];
    SL_AUTO(sl_secret_clear) struct sl_secret key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf public_key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf secret = { 0 };
    bool ok = random_version(version, err) && sl_kms_make(sl_kms_spec("ECC_NIST_P256"), &key, &public_key, err)
              && sl_base64_add(&spki, sl_buf_span(&public_key), err)
              && sl_base64_add(&secret, sl_secret_span(&key), err)
              && sl_store_exec(x->store, err,
                               "INSERT OR REPLACE INTO signer_profiles(name, version, certificate, parameters, public, "
                               "private) VALUES(?, ?, ?, ?, ?, ?)",
                               "ssssss", name, version, certificate, parameters, sl_buf_str(&spki),
                               sl_buf_str(&secret));
    if (secret.ptr)
        sl_wipe(secret.ptr, secret.len);
    return ok;
}

static bool put_profile(struct call *c, struct sl_err *err)
{
    const char *certificate = sl_json_str(c->body, "signingMaterial.certificateArn");
    SL_AUTO(sl_buf_clear) struct sl_buf parameters = { 0 };
    SL_AUTO(sl_json_clear) json_t *none = json_object();
    const json_t *given = json_object_get(c->body, "signingParameters");
    struct profile p = { 0 };
    if (!none)
        return sl_fail_nomem(err);
    if (strcmp(sl_json_str(c->body, "platformId"), PLATFORM) != 0)
        return sl_refusal_make(err, 400, "ValidationException",
                               "the sandbox's Signer has the platform " PLATFORM " only");
    if (!*certificate)
        return sl_refusal_make(err, 400, "ValidationException", "Signing material is required for platform " PLATFORM);
    return sl_json_canonical(given ? given : none, &parameters, err)
           && sl_signer_api_make(c->x, c->name, certificate, sl_buf_str(&parameters), err)
           && need_profile(c->x, c->name, &p, err) && sl_json_set(c->out, "arn", json_string(p.arn), err)
           && sl_json_set(c->out, "profileVersion", json_string(p.version), err)
           && sl_json_set(c->out, "profileVersionArn", json_string(p.version_arn), err);
}

static bool add_shared(struct call *c, const struct profile *p, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *parameters = NULL;
    return sl_json_set(c->out, "profileName", json_string(p->name), err)
           && sl_json_set(c->out, "profileVersion", json_string(p->version), err)
           && sl_json_set(c->out, "platformId", json_string(PLATFORM), err)
           && sl_json_set(c->out, "platformDisplayName", json_string(PLATFORM_SHOWN), err)
           && sl_json_set(c->out, "signingMaterial", json_pack("{s:s}", "certificateArn", p->certificate), err)
           && sl_json_parse(sl_span_str(p->parameters), "parameters", &parameters, err)
           && sl_json_set(c->out, "signingParameters", json_incref(parameters), err);
}

static bool get_profile(struct call *c, struct sl_err *err)
{
    struct profile p = { 0 };
    return need_profile(c->x, c->name, &p, err) && add_shared(c, &p, err)
           && sl_json_set(c->out, "profileVersionArn", json_string(p.version_arn), err)
           && sl_json_set(c->out, "arn", json_string(p.arn), err)
           && sl_json_set(c->out, "status", json_string("Active"), err)
           && sl_exchange_header(c->x, SL_SIGNER_API_KEY_HEADER, p.public_key, err);
}

static bool get_job(struct call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    struct profile p = { 0 };
    SL_AUTO(sl_json_clear) json_t *request = NULL;
    if (!sl_store_query(c->x->store, sl_rows_add, &r, err,
                        "SELECT request, profile, result_key, caller, created FROM signer_jobs WHERE id = ?", "s",
                        c->name))
        return false;
    if (!r.n)
        return sl_refusal_make(err, 404, "ResourceNotFoundException", "Signing job %.60s not found.", c->name);
    int64_t done_utc = sl_rows_number(&r, 0, 4) + BUSY_SECONDS;
    bool done = c->x->now_utc >= done_utc;
    if (!need_profile(c->x, sl_rows_text(&r, 0, 1), &p, err) || !add_shared(c, &p, err)
        || !sl_json_parse(sl_span_str(sl_rows_text(&r, 0, 0)), "request", &request, err))
        return false;
    bool ok = sl_json_set(c->out, "jobId", json_string(c->name), err)
              && sl_json_set(c->out, "source", json_incref(json_object_get(request, "source")), err)
              && sl_json_set(c->out, "createdAt", json_integer((json_int_t)sl_rows_number(&r, 0, 4)), err)
              && sl_json_set(c->out, "requestedBy", json_string(sl_rows_text(&r, 0, 3)), err)
              && sl_json_set(c->out, "jobOwner", json_string(c->x->facts->account), err)
              && sl_json_set(c->out, "jobInvoker", json_string(c->x->facts->account), err)
              && sl_json_set(c->out, "status", json_string(done ? "Succeeded" : "InProgress"), err);
    if (!ok || !done)
        return ok;
    return sl_json_set(c->out, "statusReason", json_string("Signing Succeeded"), err)
           && sl_json_set(c->out, "completedAt", json_integer((json_int_t)done_utc), err)
           && sl_json_set(c->out, "signedObject",
                          json_pack("{s:{s:s,s:s}}", "s3", "bucketName",
                                    sl_json_str(request, "destination.s3.bucketName"), "key", sl_rows_text(&r, 0, 2)),
                          err);
}

/* Signer reads and writes with the caller's rights. */
static bool denied(const struct sl_exchange *reply, const char *what, struct sl_err *err)
{
    if (reply->status == 403)
        return sl_refusal_make(err, 403, "AccessDeniedException", "Access denied when trying to %s.", what);
    return sl_refusal_make(err, 400, "ValidationException", "Signer cannot %s: S3 answers %s.", what,
                           reply->refusal_code ? reply->refusal_code : "an error");
}

static bool hash_body(struct sl_exchange *reply, struct sl_digests *ret, struct sl_err *err)
{
    SL_AUTO(sl_hasher_freep) struct sl_hasher *hasher = sl_hasher_new(SL_HASH_BIT(SL_SHA256), err);
    uint8_t chunk[32768];
    if (!hasher)
        return false;
    for (uint64_t done = 0; done < reply->reply_size_bytes;) {
        ssize_t n = sl_pieces_read(reply, done, chunk, sizeof chunk);
        if (n <= 0)
            return sl_fail(err, SL_E_IO, SL_LOC_NONE, "an object's body cannot be read");
        if (!sl_hasher_update(hasher, (struct sl_span){ chunk, (size_t)n }, err))
            return false;
        done += (uint64_t)n;
    }
    return sl_hasher_final(hasher, ret, err);
}

static bool hash_source(struct call *c, struct sl_digests *ret, uint64_t *ret_size, struct sl_err *err)
{
    SL_AUTO(sl_inner_clear) struct sl_exchange reply = { .reply_fd = -1 };
    const char *path = sl_arena_fmt(c->x->arena, err, "/%s/%s", sl_json_str(c->body, "source.s3.bucketName"),
                                    sl_json_str(c->body, "source.s3.key"));
    const struct sl_inner get = { .service = "s3",
                                  .method = "GET",
                                  .path = path,
                                  .query = { "versionId", sl_json_str(c->body, "source.s3.version") },
                                  .has_query = true,
                                  .as_caller = true };
    if (!path || !sl_inner_call(c->x, &get, &reply, err))
        return false;
    if (reply.status != 200)
        return denied(&reply, "get the object from the source bucket", err);
    *ret_size = reply.reply_size_bytes;
    if (reply.reply_size_bytes > MAX_INPUT_BYTES)
        return sl_refusal_make(err, 400, "ValidationException", "The object is larger than 2048 MB.");
    if (reply.reply_fd < 0)
        return sl_digest_bytes(sl_buf_span(&reply.reply), SL_HASH_BIT(SL_SHA256), ret, err);
    return hash_body(&reply, ret, err);
}

static bool load_private(void *ctx, const char *const *columns, size_t n, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf der = { 0 };
    (void)n;
    bool ok = sl_base64_get(sl_span_str(columns[0]), &der, err) && sl_secret_copy(sl_buf_span(&der), ctx, err);
    if (der.ptr)
        sl_wipe(der.ptr, der.len);
    return ok;
}

/* The result: what the platform writes into the destination. */
static bool make_result(struct call *c, const struct sl_secret *key, struct sl_buf *ret, struct sl_err *err)
{
    struct sl_digests digests = { 0 };
    uint64_t size = 0;
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf base64 = { 0 };
    if (!hash_source(c, &digests, &size, err))
        return false;
    const struct sl_kms_message what = { "ECDSA_SHA_256", true, sl_digests_get(&digests, SL_SHA256) };
    if (!sl_kms_sign(key, &what, &signature, err) || !sl_base64_add(&base64, sl_buf_span(&signature), err))
        return false;
    SL_AUTO(sl_json_clear)
    json_t *result = json_pack("{s:I,s:s,s:s,s:O}", "rawPayloadSize", (json_int_t)size, "signature",
                               sl_buf_str(&base64), "signatureAlgorithm", "SHA256withECDSA", "payloadLocation",
                               json_object_get(c->body, "source"));
    return result ? sl_json_canonical(result, ret, err) : sl_fail_nomem(err);
}

static bool put_result(struct call *c, const char *key, struct sl_span bytes, struct sl_err *err)
{
    SL_AUTO(sl_inner_clear) struct sl_exchange reply = { .reply_fd = -1 };
    const char *path = sl_arena_fmt(c->x->arena, err, "/%s/%s", sl_json_str(c->body, "destination.s3.bucketName"), key);
    const struct sl_inner put = {
        .service = "s3", .method = "PUT", .path = path, .body = bytes, .stores = true, .as_caller = true
    };
    if (!path || !sl_inner_call(c->x, &put, &reply, err))
        return false;
    return reply.status == 200 || denied(&reply, "put the signed object into the destination bucket", err);
}

/* What must be known before S3 is asked: inside a transaction of its own. */
static bool look_up(struct call *c, struct sl_secret *key, const char **ret_job, struct sl_err *err)
{
    struct profile p = { 0 };
    const char *name = sl_json_str(c->body, "profileName");
    const char *arn = profile_arn(c->x, name, err);
    return arn && check_name(name, err) && sl_access_require(c->x, "signer:StartSigningJob", arn, err)
           && need_profile(c->x, name, &p, err)
           && sl_store_query(c->x->store, load_private, key, err, "SELECT private FROM signer_profiles WHERE name = ?",
                             "s", name)
           && sl_store_text(c->x->store, c->x->arena, ret_job, err, "SELECT id FROM signer_jobs WHERE token = ?", "s",
                            sl_json_str(c->body, "clientRequestToken"));
}

static bool keep_job(struct call *c, const char *id, const char *key, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf request = { 0 };
    return sl_json_canonical(c->body, &request, err)
           && sl_store_exec(
               c->x->store, err,
               "INSERT INTO signer_jobs(id, token, request, profile, result_key, caller, created) VALUES(?, "
               "?, ?, ?, ?, ?, ?)",
               "ssssssi", id, sl_json_str(c->body, "clientRequestToken"), sl_buf_str(&request),
               sl_json_str(c->body, "profileName"), key, c->x->caller_arn, c->x->now_utc);
}

/* In three steps, because S3 is asked outside of transactions. The same token gives the same job. */
static bool start_job(struct call *c, struct sl_err *err)
{
    char id[SL_IOT_ID_SIZE];
    const char *before = NULL;
    SL_AUTO(sl_secret_clear) struct sl_secret key = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf result = { 0 };
    if (!look_up(c, &key, &before, err))
        return false;
    sl_store_rollback(c->x->store); /* nothing was written */
    if (!before) {
        const char *prefix = sl_json_str(c->body, "destination.s3.prefix");
        const char *at = sl_iot_id(id, err) ? sl_arena_fmt(c->x->arena, err, "%s%s", prefix, id) : NULL;
        if (!at || !make_result(c, &key, &result, err) || !put_result(c, at, sl_buf_span(&result), err)
            || !sl_store_begin(c->x->store, err) || !keep_job(c, id, at, err))
            return false;
    } else if (!sl_store_begin(c->x->store, err)) {
        return false;
    }
    return sl_json_set(c->out, "jobId", json_string(before ? before : id), err)
           && sl_json_set(c->out, "jobOwner", json_string(c->x->facts->account), err);
}

static const struct operation {
    const char *name, *method, *path; /* ends with '/' when a name follows */
    const struct sl_shape *body;
    bool (*run)(struct call *, struct sl_err *);
} operations[] = {
    { "PutSigningProfile", "PUT", "/signing-profiles/", &put_shape, put_profile },
    { "GetSigningProfile", "GET", "/signing-profiles/", NULL, get_profile },
    { "StartSigningJob", "POST", "/signing-jobs", &start_shape, start_job },
    { "DescribeSigningJob", "GET", "/signing-jobs/", NULL, get_job },
};

static const struct operation *find_operation(const struct sl_exchange *x, const char **ret_name)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        const struct operation *op = &operations[i];
        size_t len = strlen(op->path);
        bool named = op->path[len - 1] == '/';
        if (strcmp(op->method, x->method) != 0 || strncmp(op->path, x->path, len) != 0
            || (named ? !x->path[len] || strchr(x->path + len, '/') != NULL : x->path[len] != 0))
            continue;
        *ret_name = x->path + len;
        return op;
    }
    return NULL;
}

const char *sl_signer_api_operation(const struct sl_exchange *x)
{
    const char *name;
    const struct operation *op = find_operation(x, &name);
    return op ? op->name : NULL;
}

static bool read_body(struct call *c, const struct operation *op, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (!op->body)
        return true;
    if (!sl_json_parse(c->x->body, "body", &c->body, &why))
        return why.code == SL_E_NOMEM ? sl_fail_nomem(err)
                                      : sl_refusal_make(err, 400, "ValidationException", "%s", why.msg);
    if (sl_shape_check(op->body, c->body, "", err))
        return true;
    if (!strcmp(err->aws_code, "InvalidRequestException"))
        (void)snprintf(err->aws_code, sizeof err->aws_code, "ValidationException");
    return false;
}

static bool ask(struct call *c, const struct operation *op, struct sl_err *err)
{
    char action[64];
    bool profile = strstr(op->path, "profiles") != NULL;
    const char *arn = profile
                          ? profile_arn(c->x, c->name, err)
                          : sl_arena_fmt(c->x->arena, err, "arn:%s:signer:%s:%s:/signing-jobs/%s",
                                         sl_access_partition(c->x), c->x->facts->region, c->x->facts->account, c->name);
    (void)snprintf(action, sizeof action, "signer:%s", op->name);
    return arn && (!profile || check_name(c->name, err))
           && (op->run == start_job || sl_access_require(c->x, action, arn, err));
}

static bool handle(struct call *c, struct sl_err *err)
{
    const struct operation *op = find_operation(c->x, &c->name);
    c->out = json_object();
    if (!c->out)
        return sl_fail_nomem(err);
    if (!op)
        return sl_refusal_make(err, 404, "UnknownOperationException", "the sandbox's Signer does not carry out %s %s",
                               c->x->method, c->x->path);
    c->x->operation = op->name;
    return read_body(c, op, err) && ask(c, op, err) && op->run(c, err) && sl_exchange_json(c->x, 200, c->out, err);
}

bool sl_signer_api_handle(struct sl_exchange *x, struct sl_err *err)
{
    struct call c = { .x = x };
    if (!sl_store_begin(x->store, err))
        return false;
    bool done = handle(&c, err);
    sl_json_clear(&c.body);
    sl_json_clear(&c.out);
    return sl_refusal_settle(x, done, err);
}
