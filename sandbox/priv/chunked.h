/* The aws-chunked content encoding: a body in chunks, each signed or not, with trailing headers or not.
 *
 * Sources: S3 API reference, "Signature calculations ... transferring payload in multiple chunks" and "... including
 * trailing headers". Bytes are fed as they arrive and the decoded payload is handed on at once, before the signature of
 * its chunk is known: what it was written to is worth something only when _finish succeeded. */
#ifndef SL_SANDBOX_PRIV_CHUNKED_H
#define SL_SANDBOX_PRIV_CHUNKED_H

#include "core/arena.h"
#include "publisher/sigv4.h"

struct sl_chunked_options {
    bool is_signed, has_trailer;
    uint64_t decoded_bytes;    /* x-amz-decoded-content-length */
    const char *trailer_names; /* x-amz-trailer, "" without */

    /* For signed ones: the signing key, and what a chunk's string to sign repeats of the request. */
    struct sl_span key;
    const char *date, *scope, *seed_signature;

    bool (*put)(void *ctx, struct sl_span payload, struct sl_err *err);
    void *ctx;
};

/* Strings and key of the options are borrowed until free. */
struct sl_chunked;
bool sl_chunked_new(const struct sl_chunked_options *options, struct sl_chunked **ret, struct sl_err *err) SL_MUST_USE;
void sl_chunked_free(struct sl_chunked *c);
void sl_chunked_freep(struct sl_chunked **c);

/* Failures are refusals (sandbox/priv/refusal.h) unless they are put's. */
bool sl_chunked_feed(struct sl_chunked *c, struct sl_span bytes, struct sl_err *err) SL_MUST_USE;
bool sl_chunked_finish(struct sl_chunked *c, struct sl_err *err) SL_MUST_USE;

/* Trailing headers after _finish, names in lower case; they live as long as c. */
const struct sl_pair *sl_chunked_trailers(const struct sl_chunked *c, size_t *ret_n);

#endif
