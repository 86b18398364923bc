/* AWS Signature Version 4, as a pure function of request, credentials, scope and time.
 *
 * Source: IAM user guide, "Create a signed AWS API request". Nothing is sent and no clock is read here; the request is
 * not changed, what signing yields is the headers (or the query parameters) to add. Each named step can be seen by
 * tests. The sandbox computes the same steps to check what a client sent. */
#ifndef SL_PUBLISHER_SIGV4_H
#define SL_PUBLISHER_SIGV4_H

#include "core/buf.h"
#include "core/secret.h"

/* A name and value as bytes, not encoded. */
struct sl_pair {
    const char *name, *value;
};

/* Credentials; secret_access_key and session_token are secrets. */
struct sl_credentials {
    char access_key_id[130];
    struct sl_secret secret_access_key;
    struct sl_secret session_token; /* empty when there is none */
    char account[13];               /* when the source says it, "" otherwise */
};
void sl_credentials_clear(struct sl_credentials *c);

struct sl_sigv4_request {
    const char *method;
    const char *path;              /* as bytes, not percent-encoded, beginning with '/' */
    const char *encoded_path;      /* instead of path, for who sees the request line: as it stands there */
    const struct sl_pair *query;   /* names and values not encoded */
    size_t n_query;                /* X-Amz-Signature is skipped */
    const struct sl_pair *headers; /* "host" must be among them */
    size_t n_headers;
    const char *payload_hash; /* lower-case hex SHA-256 of the body, "UNSIGNED-PAYLOAD" or a STREAMING- value */
    bool every_header;        /* also those a client should not sign: for who checks a signature that names them */
};

struct sl_sigv4_scope {
    const char *region, *service; /* "eu-west-1", "s3" */
    int64_t time_utc;             /* seconds since 1970 */
    bool s3_path;    /* S3: encode the path once and do not normalize; others: normalize and encode twice */
    bool omit_token; /* leave the session token out of what is signed (a few services, and AWS's suite) */
};

/* The steps. The signing key is a secret. The canonical request holds the session token when the headers or the query
 * do: wipe it after use. It is built without leaving copies behind. */
bool sl_sigv4_canonical(const struct sl_sigv4_request *req, const struct sl_sigv4_scope *scope, struct sl_buf *ret,
                        struct sl_buf *ret_signed_headers, struct sl_err *err) SL_MUST_USE;
bool sl_sigv4_string_to_sign(struct sl_span canonical, const struct sl_sigv4_scope *scope, struct sl_buf *ret,
                             struct sl_err *err) SL_MUST_USE;
bool sl_sigv4_key(struct sl_span secret_access_key, const struct sl_sigv4_scope *scope, struct sl_secret *ret,
                  struct sl_err *err) SL_MUST_USE;
bool sl_sigv4_signature(struct sl_span key, struct sl_span string_to_sign, char ret[65],
                        struct sl_err *err) SL_MUST_USE;

/* What header signing adds. x-amz-date and x-amz-security-token must not be among the headers already. The security
 * token is not copied here: the caller sends it from the credentials. */
struct sl_sigv4_headers {
    char x_amz_date[17];
    struct sl_buf authorization;
};
void sl_sigv4_headers_clear(struct sl_sigv4_headers *h);
bool sl_sigv4_sign(const struct sl_sigv4_request *req, const struct sl_credentials *cred,
                   const struct sl_sigv4_scope *scope, struct sl_sigv4_headers *ret, struct sl_err *err) SL_MUST_USE;

/* The query string of a presigned request, without '?', X-Amz-Signature last. It is a bearer secret. It is good for 1 to
 * 604800 seconds, SL_E_INPUT otherwise. */
bool sl_sigv4_presign(const struct sl_sigv4_request *req, const struct sl_credentials *cred,
                      const struct sl_sigv4_scope *scope, uint32_t expires_seconds, struct sl_secret *ret,
                      struct sl_err *err) SL_MUST_USE;

#endif
