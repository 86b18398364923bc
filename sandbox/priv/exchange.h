/* One request and the reply being made for it: what every service of the sandbox sees.
 *
 * server.c fills the request, auth.c checks signature and clock and names the caller, and the service's handler
 * fills the reply. Handlers return false only for trouble of our own (it becomes a 500); a refusal is a reply. */
#ifndef SL_SANDBOX_PRIV_EXCHANGE_H
#define SL_SANDBOX_PRIV_EXCHANGE_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/json.h"
#include "publisher/sigv4.h"
#include "sandbox/priv/store.h"

struct sl_oidc;
struct sl_sandbox_facts {               /* what one sandbox is */
    const char *region, *account, *url; /* url: scheme and authority clients use */
    const struct sl_oidc *oidc;         /* sandbox/priv/oidc.h; NULL when it plays no identity provider */
    bool begin_at_once;                 /* jobs do, whatever their schedule says */
    uint32_t session_seconds;           /* the longest a session of STS lasts, 0 for as long as was asked */
};

struct sl_checksums;

struct sl_exchange {
    const struct sl_sandbox_facts *facts;
    struct sl_store *store;
    struct sl_arena *arena; /* lives until the reply is sent */
    int64_t now_utc;
    FILE *log;

    const char *method;
    const char *path;            /* decoded once; begins with '/' */
    const char *raw_path;        /* as on the wire, without the query */
    const struct sl_pair *query; /* decoded */
    size_t n_query;
    const struct sl_pair *headers; /* names in lower case */
    size_t n_headers;
    struct sl_span body;   /* in memory for all but S3 object bodies */
    const char *body_path; /* an S3 object body: a file of our own with the decoded payload, to be moved or removed */
    uint64_t body_size_bytes;
    struct sl_span body_sha256;                /* 32 bytes, of that payload, or of body */
    const struct sl_checksums *body_checksums; /* of an S3 object body: sandbox/priv/checksum.h */
    const struct sl_pair *trailers;            /* of an aws-chunked body, names in lower case */
    size_t n_trailers;
    bool checksum_named;    /* S3 need not add a checksum of its own to the body that comes */
    int64_t deletions_seen; /* S3's count of deletions when a conditional write began */

    const char *service;    /* from the credential scope: "s3", "iot", "iot-jobs-data", "iam", "sts", "kms", "signer" */
    const char *operation;  /* "PutObject", set by the handler as soon as it knows; for the log and faults */
    const char *caller_arn; /* who signed */
    const char *caller_role; /* name of the assumed role whose policies apply, "" for the root identity and users */
    const char *caller_key;  /* access key id it signed with, NULL inside the sandbox */
    bool caller_is_session;  /* with temporary credentials */
    bool presigned;          /* by the query of its URL */
    int64_t signed_utc;
    const char *source_ip; /* NULL when it came over no network */
    const char *request_id;

    int status;
    struct sl_pair *reply_headers; /* added with sl_exchange_header */
    size_t n_reply_headers;
    struct sl_buf reply;
    int reply_fd; /* instead of reply, -1 when there is none: an open file, from reply_from_bytes on */
    uint64_t reply_from_bytes, reply_size_bytes;
    struct sl_pieces *reply_pieces; /* sandbox/priv/pieces.h; NULL when that file is all there is */
    const char *refusal_code;       /* of the refusal that the reply is, NULL otherwise */
    struct sl_pair *refusal_facts;  /* elements beside Code and Message in S3's errors */
    size_t n_refusal_facts;
    struct sl_pair *refusal_headers; /* of a refusal that follows, beside those every refusal has */
    size_t n_refusal_headers;
};

const char *sl_exchange_query(const struct sl_exchange *x, const char *name);          /* NULL when absent */
const char *sl_exchange_request_header(const struct sl_exchange *x, const char *name); /* lower-case name */
bool sl_exchange_header(struct sl_exchange *x, const char *name, const char *value, struct sl_err *err) SL_MUST_USE;

/* Say one thing more in an S3 error that follows, such as ServerTime. */
bool sl_exchange_fact(struct sl_exchange *x, const char *name, const char *value, struct sl_err *err) SL_MUST_USE;

/* Say something in a header of a refusal that follows: x-amz-bucket-region, x-amz-delete-marker. */
bool sl_exchange_refusal_header(struct sl_exchange *x, const char *name, const char *value,
                                struct sl_err *err) SL_MUST_USE;

/* Refuse. For S3, IAM and STS as their XML, for KMS as JSON 1.1 with __type, for the others as REST-JSON with
 * x-amzn-errortype. What the reply held
 * before is forgotten. */
bool sl_exchange_refuse(struct sl_exchange *x, int status, const char *code, struct sl_err *err, const char *fmt, ...)
    SL_PRINTF(5, 6) SL_MUST_USE;

/* Reply with JSON, or with the XML in x->reply. */
bool sl_exchange_json(struct sl_exchange *x, int status, const json_t *value, struct sl_err *err) SL_MUST_USE;
bool sl_exchange_xml(struct sl_exchange *x, int status, struct sl_err *err) SL_MUST_USE;

/* Tables of S3, of IAM and STS, of IoT, KMS and Signer; each once when the store is opened, in a transaction of its own. */
bool sl_s3_setup(struct sl_store *store, struct sl_err *err) SL_MUST_USE;         /* sandbox/s3.c */
bool sl_iam_setup(struct sl_store *store, struct sl_err *err) SL_MUST_USE;        /* sandbox/iam.c */
bool sl_iot_setup(struct sl_store *store, struct sl_err *err) SL_MUST_USE;        /* sandbox/iot.c */
bool sl_kms_api_setup(struct sl_store *store, struct sl_err *err) SL_MUST_USE;    /* sandbox/kms_api.c */
bool sl_signer_api_setup(struct sl_store *store, struct sl_err *err) SL_MUST_USE; /* sandbox/signer_api.c */

/* One function per service. Each begins its own transaction and commits it when the reply is no refusal. */
bool sl_s3_handle(struct sl_exchange *x, struct sl_err *err);         /* sandbox/s3.c */
bool sl_iam_handle(struct sl_exchange *x, struct sl_err *err);        /* sandbox/iam.c */
bool sl_sts_handle(struct sl_exchange *x, struct sl_err *err);        /* sandbox/sts.c */
bool sl_iot_handle(struct sl_exchange *x, struct sl_err *err);        /* sandbox/iot.c */
bool sl_jobs_data_handle(struct sl_exchange *x, struct sl_err *err);  /* sandbox/jobs_data.c */
bool sl_kms_api_handle(struct sl_exchange *x, struct sl_err *err);    /* sandbox/kms_api.c */
bool sl_signer_api_handle(struct sl_exchange *x, struct sl_err *err); /* sandbox/signer_api.c */

/* The operation a request names by its method and path, NULL when there is none: asked before the handler runs, so that
 * faults can strike it. */
const char *sl_iot_operation(const struct sl_exchange *x);        /* sandbox/iot.c */
const char *sl_jobs_data_operation(const struct sl_exchange *x);  /* sandbox/jobs_data.c */
const char *sl_kms_api_operation(const struct sl_exchange *x);    /* sandbox/kms_api.c */
const char *sl_signer_api_operation(const struct sl_exchange *x); /* sandbox/signer_api.c */

/* May this caller do action on resource? True with *ret_allowed; the root identity may do everything, an assumed role
 * or a user what its policies say (sandbox/access.c). More in sandbox/priv/access.h, where auth.c finds keys. */
bool sl_access_allowed(struct sl_exchange *x, const char *action, const char *resource, bool *ret_allowed,
                       struct sl_err *err) SL_MUST_USE;

/* Credentials of a session of a role, made now, valid for duration_seconds (sandbox/access.c); auth.c finds them again
 * by access key id. Used by STS AssumeRole and by the jobs data plane when it presigns. */
bool sl_access_assume(struct sl_exchange *x, const char *role_name, const char *session_name, uint32_t duration_seconds,
                      struct sl_credentials *ret, struct sl_err *err) SL_MUST_USE;

#endif
