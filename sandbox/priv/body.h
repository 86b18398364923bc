/* A request's body as it arrives: kept in memory up to a ceiling, or written to a file of its own while it is hashed. */
#ifndef SL_SANDBOX_PRIV_BODY_H
#define SL_SANDBOX_PRIV_BODY_H

#include "sandbox/priv/checksum.h"
#include "sandbox/priv/chunked.h"

struct sl_body_options {
    const char *dir;                          /* of the file; NULL keeps the body in memory */
    uint64_t max_bytes;                       /* of the decoded body */
    unsigned want;                            /* checksums, beside SHA-256 */
    const struct sl_chunked_options *chunked; /* NULL for a body as it is; put and ctx are set here */
};

struct sl_body;
bool sl_body_new(const struct sl_body_options *options, struct sl_body **ret, struct sl_err *err) SL_MUST_USE;
void sl_body_free(struct sl_body *b); /* and its file, unless that was taken; NULL is fine */

bool sl_body_add(struct sl_body *b, struct sl_span bytes, struct sl_err *err) SL_MUST_USE;
bool sl_body_finish(struct sl_body *b, struct sl_err *err) SL_MUST_USE;

/* After _finish; borrowed from the body. */
struct sl_span sl_body_bytes(const struct sl_body *b);
const char *sl_body_path(const struct sl_body *b); /* NULL when in memory */
uint64_t sl_body_size(const struct sl_body *b);
const struct sl_checksums *sl_body_checksums(const struct sl_body *b);
const struct sl_chunked *sl_body_chunked(const struct sl_body *b); /* NULL without */

/* From now on the file is somebody else's. */
void sl_body_take(struct sl_body *b);

#endif
