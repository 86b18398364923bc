#include "publisher/codesign.h"

#include "core/clock.h"
#include "core/os.h"
#include "core/text.h"
#include "manifests/kmskey.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLATFORM         "AWSIoTDeviceManagement-SHA256-ECDSA"
#define RESULT_MAX_BYTES ((size_t)64 << 10)
#define PATIENCE_MS      500000u /* as long as the SDKs' waiter SuccessfulSigningJob */
#define PAUSE_FIRST_MS   500u
#define PAUSE_MAX_MS     8000u
#define KEY_HEADER       "x-sealift-public-key" /* of the sandbox alone */

struct codesign {
    struct sl_keyservice port; /* first, so that one is the other */
    struct sl_reach reach;
    const struct sl_codesign_shelf *shelf;
    char region[33];
};

static const char *profile_of(const char *uri)
{
    return uri + strlen(SL_KMSKEY_PROFILE_SCHEME);
}

/* One request, and the JSON of its reply, which must be a success. reply is the caller's to clear. */
static bool send(struct codesign *c, struct sl_request *req, const json_t *body, const char *doing,
                 struct sl_reply *reply, json_t **ret, struct sl_err *err)
{
    static const struct sl_pair json_type = { "content-type", "application/json" };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    struct sl_wire *wire = NULL;
    if (body) {
        if (!sl_json_canonical(body, &text, err))
            return false;
        req->headers = &json_type;
        req->n_headers = 1;
        req->body = sl_buf_span(&text);
    }
    req->region = c->region;
    req->what = doing;
    if (!c->reach.wire(c->reach.ctx, c->region, &wire, err) || !sl_wire_send(wire, req, reply, err)
        || !sl_reply_expect(req, reply, doing, err))
        return false;
    if (sl_json_parse(sl_buf_span(&reply->body), "reply", ret, err))
        return true;
    err->loc = SL_LOC_NONE;
    err->code = err->code == SL_E_INPUT ? SL_E_NETWORK : err->code;
    return sl_while(err, SL_LOC_NONE, "%s: the reply is not JSON", doing);
}

static bool fetch_profile(struct codesign *c, const char *profile, struct sl_reply *reply, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    const char *path = sl_arena_fmt(&arena, err, "/signing-profiles/%s", profile);
    const char *doing = sl_arena_fmt(&arena, err, "GetSigningProfile '%s'", profile);
    struct sl_request req = { .service = SL_SIGNER, .method = "GET", .path = path };
    if (!path || !doing || !send(c, &req, NULL, doing, reply, &value, err))
        return false;
    const char *status = sl_json_str(value, "status"), *platform = sl_json_str(value, "platformId");
    if (strcmp(status, "Active") != 0)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "signing profile '%s' is %.40s, not Active", profile,
                       *status ? status : "in no state the service tells");
    return strcmp(platform, PLATFORM) == 0
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "signing profile '%s' is of the platform '%.80s'; releases are signed with " PLATFORM, profile,
                      platform);
}

/* Before anything is written: is the profile there, and does it sign for AWS IoT? */
static bool check(struct sl_keyservice *self, const char *uri, struct sl_err *err)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
    return fetch_profile((struct codesign *)self, profile_of(uri), &reply, err);
}

static bool stand_in(struct sl_keyservice *self, const char *uri, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
    if (!fetch_profile((struct codesign *)self, profile_of(uri), &reply, err))
        return false;
    const char *key = sl_reply_header(&reply, KEY_HEADER);
    return key ? sl_base64_get(sl_span_str(key), ret, err)
               : sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "the sandbox does not say which key stands in for '%s'", uri);
}

/* A stored artifact with the digest that is to be signed. */
struct found {
    const struct sl_plan *plan;
    const struct sl_plan_artifact *artifact;
    const struct sl_object *object;
};

static bool find(const struct codesign *c, const struct sl_keyservice_ask *what, struct found *ret, struct sl_err *err)
{
    const struct sl_seen *seen = c->shelf ? c->shelf->seen : NULL;
    for (size_t i = 0; seen && i < seen->from->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &seen->from->artifacts[i];
        *ret = (struct found){ seen->from, a, &seen->artifacts[i].object };
        if (seen->artifacts[i].exists && sl_span_eq(sl_digests_get(&a->digests, SL_SHA256), what->message))
            return true;
    }
    return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                   "AWS Signer signs only what stands in the bucket: artifacts of a release, no statement and no other "
                   "file");
}

static bool start(struct codesign *c, const char *profile, const struct found *f, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    assert(f->artifact && f->object);
    uint8_t random[16];
    char token[2 * sizeof random + 1];
    if (!sl_os_random(random, sizeof random, err))
        return false;
    sl_hex_put(token, sizeof token, (struct sl_span){ random, sizeof random });
    const char *prefix = sl_plan_own_key(f->plan, "signer/", &arena, err);
    const char *doing = sl_arena_fmt(&arena, err, "StartSigningJob '%s'", f->artifact->name);
    if (!prefix || !doing)
        return false;
    const char *bucket = f->plan->bucket.name;
    SL_AUTO(sl_json_clear)
    json_t *body = json_pack("{s:{s:{s:s,s:s,s:s}},s:{s:{s:s,s:s}},s:s,s:s}", "source", "s3", "bucketName", bucket,
                             "key", f->object->key, "version", f->object->version_id, "destination", "s3", "bucketName",
                             bucket, "prefix", prefix, "profileName", profile, "clientRequestToken", token);
    if (!body)
        return sl_fail_nomem(err);
    struct sl_request req = { .service = SL_SIGNER, .method = "POST", .path = "/signing-jobs" };
    return send(c, &req, body, doing, &reply, ret, err);
}

static bool describe(struct codesign *c, const char *id, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    const char *path = sl_arena_fmt(&arena, err, "/signing-jobs/%s", id);
    const char *doing = sl_arena_fmt(&arena, err, "DescribeSigningJob '%s'", id);
    struct sl_request req = { .service = SL_SIGNER, .method = "GET", .path = path };
    return path && doing && send(c, &req, NULL, doing, &reply, ret, err);
}

/* Ask again, ever more seldom, until the job has ended. */
static bool wait_for(struct codesign *c, const char *id, json_t **ret, struct sl_err *err)
{
    uint64_t until = sl_clock_monotonic_ms() + PATIENCE_MS;
    for (uint64_t pause = PAUSE_FIRST_MS;; pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS) {
        SL_AUTO(sl_json_clear) json_t *job = NULL;
        if (!describe(c, id, &job, err))
            return false;
        const char *status = sl_json_str(job, "status");
        if (strcmp(status, "Succeeded") == 0) {
            *ret = json_incref(job);
            return true;
        }
        if (strcmp(status, "InProgress") != 0)
            return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "signing job '%s' ended as %.40s: %.160s", id, status,
                           sl_json_str(job, "statusReason"));
        if (sl_clock_monotonic_ms() >= until)
            return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "signing job '%s' is still in progress after %u s", id,
                           PATIENCE_MS / 1000);
        sl_clock_sleep_ms(pause);
    }
}

static bool fetch_result(struct codesign *c, const json_t *job, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    const char *bucket = sl_json_str(job, "signedObject.s3.bucketName"), *key = sl_json_str(job, "signedObject.s3.key");
    const char *path = sl_arena_fmt(&arena, err, "/%s/%s", bucket, key);
    const char *doing = sl_arena_fmt(&arena, err, "GetObject '%s'", key);
    struct sl_request req = { .service = SL_S3, .method = "GET", .path = path, .max_reply_bytes = RESULT_MAX_BYTES };
    if (!path || !doing)
        return false;
    if (!*bucket || !*key)
        return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "the signing job does not say where its result is");
    return send(c, &req, NULL, doing, &reply, ret, err);
}

/* The result must be about what was asked, as far as it says so; the signature is verified by whoever asked. */
static bool read_result(const json_t *result, const struct found *f, struct sl_buf *ret, struct sl_err *err)
{
    const char *algorithm = sl_json_str(result, "signatureAlgorithm");
    const char *version = sl_json_str(result, "payloadLocation.s3.version");
    const char *expected = sl_algorithm_document_name(SL_ALG_ECDSA_P256_SHA256);
    uint64_t size = 0;
    if (strcmp(algorithm, expected) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "AWS Signer signed with '%.40s', expected %s", algorithm,
                       expected);
    if (!sl_json_u64(result, "rawPayloadSize", &size) || size != f->artifact->size_bytes
        || (*version && strcmp(version, f->object->version_id) != 0))
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "AWS Signer signed something else than version '%.80s' of '%.200s'", f->object->version_id,
                       f->object->key);
    struct sl_err why = { 0 };
    if (sl_base64_get(sl_span_str(sl_json_str(result, "signature")), ret, &why))
        return true;
    return why.code == SL_E_NOMEM
               ? sl_fail_nomem(err)
               : sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "the result of AWS Signer has no signature in base64");
}

static bool sign(struct sl_keyservice *self, const char *uri, const struct sl_keyservice_ask *what, struct sl_buf *ret,
                 struct sl_err *err)
{
    struct codesign *c = (struct codesign *)self;
    struct found f = { 0 };
    SL_AUTO(sl_json_clear) json_t *started = NULL;
    SL_AUTO(sl_json_clear) json_t *job = NULL;
    SL_AUTO(sl_json_clear) json_t *result = NULL;
    if (what->algorithm != SL_ALG_ECDSA_P256_SHA256)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "AWS Signer signs releases with ecdsa-p256-sha256 only");
    if (!find(c, what, &f, err) || !start(c, profile_of(uri), &f, &started, err))
        return false;
    const char *id = sl_json_str(started, "jobId");
    if (!*id || id[strspn(id, "0123456789abcdefABCDEF-")])
        return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "StartSigningJob '%s': the reply names no job",
                       f.artifact->name);
    return wait_for(c, id, &job, err) && fetch_result(c, job, &result, err) && read_result(result, &f, ret, err);
}

static void codesign_free(struct sl_keyservice *self)
{
    free(self);
}

bool sl_codesign_new(const struct sl_codesign_options *options, struct sl_keyservice **ret, struct sl_err *err)
{
    struct codesign *c = calloc(1, sizeof *c);
    if (!c)
        return sl_fail_nomem(err);
    c->port = (struct sl_keyservice){ SL_KMSKEY_PROFILE_SCHEME, options->rehearsal ? stand_in : NULL,
                                      options->rehearsal ? NULL : check, sign, codesign_free };
    c->reach = options->reach;
    c->shelf = options->shelf;
    (void)snprintf(c->region, sizeof c->region, "%s", options->region ? options->region : "");
    *ret = &c->port;
    return true;
}
