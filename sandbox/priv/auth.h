/* Who signed a request, and whether the signature holds: Signature Version 4, in a header or in the query of a presigned
 * S3 URL, checked as strictly as AWS does.
 *
 * Sources: IAM user guide, "Create a signed AWS API request"; S3 API reference, "Authenticating requests". An S3 request
 * declares its payload's hash, so everything can be judged from the headers and the payload is compared afterwards; the
 * other services sign the hash of the body they sent. Every failure that is the client's is a refusal
 * (sandbox/priv/refusal.h), with the code the service called would give. */
#ifndef SL_SANDBOX_PRIV_AUTH_H
#define SL_SANDBOX_PRIV_AUTH_H

#include "sandbox/priv/exchange.h"

#define SL_AUTH_SKEW_SECONDS 900

struct sl_auth_root { /* the root identity's own keys */
    const char *access_key_id;
    struct sl_span secret_access_key;
};

struct sl_auth {
    bool presigned;
    bool nobody;                                         /* unsigned, which one call of STS may be */
    const char *access_key_id, *date, *region, *service; /* of the credential scope */
    const char *signed_headers;                          /* "host;x-amz-date" */
    const char *signature;                               /* 64 lower-case hex digits */
    const char *token;                                   /* security token, NULL when none was sent */
    const char *time;                                    /* basic form */
    int64_t time_utc;
    uint32_t expires_seconds;
    const char *scope;    /* "20130524/us-east-1/s3/aws4_request" */
    struct sl_secret key; /* the signing key, after _verify: aws-chunked goes on with it */
};
void sl_auth_clear(struct sl_auth *a);

/* Read what the request says about its signature, and set x->service. Unsigned requests are refused here, but for those
 * that may turn out to be AssumeRoleWithWebIdentity. */
bool sl_auth_parse(struct sl_exchange *x, struct sl_auth *ret, struct sl_err *err) SL_MUST_USE;

/* Check scope, clock, key, session and signature, and name the caller in x. For S3 before the body, for the others when
 * x->body_sha256 is known. */
bool sl_auth_verify(struct sl_exchange *x, struct sl_auth *a, const struct sl_auth_root *root,
                    struct sl_err *err) SL_MUST_USE;

/* How an S3 request says its payload is sent. */
enum sl_auth_payload { SL_PAYLOAD_HASHED, SL_PAYLOAD_UNSIGNED, SL_PAYLOAD_CHUNKED };
struct sl_auth_payload_form {
    enum sl_auth_payload kind;
    bool is_signed, has_trailer; /* of SL_PAYLOAD_CHUNKED */
};
bool sl_auth_payload_form(const struct sl_exchange *x, const struct sl_auth *a, struct sl_auth_payload_form *ret,
                          struct sl_err *err) SL_MUST_USE;

/* Compare the hash an S3 request declared with the payload that came. */
bool sl_auth_check_payload(struct sl_exchange *x, const struct sl_auth *a, struct sl_err *err) SL_MUST_USE;

/* The refusal of a session that has ended, in the words of x->service. */
bool sl_auth_refuse_expired(const struct sl_exchange *x, struct sl_err *err);

#endif
