/* Storing large artifacts in parts: begun, sent, completed; continued after a crash; given up when superseded.
 *
 * Every part carries its SHA-256, completion is conditional like every other write of ours, and what the store says of
 * the whole is compared with our own checksum of parts. Parts of all artifacts share one pool of connections, and at most
 * SL_MULTIPART_WINDOW of them are prepared at a time, so that memory does not grow with the files. Sources: S3 API
 * reference, CreateMultipartUpload, UploadPart, CompleteMultipartUpload, ListParts, AbortMultipartUpload; S3 user guide,
 * "Conditional writes". */
#ifndef SL_PUBLISHER_PRIV_MULTIPART_H
#define SL_PUBLISHER_PRIV_MULTIPART_H

#include "publisher/priv/put.h"

#define SL_MULTIPART_WINDOW ((size_t)128)

/* One artifact to be stored in parts; what names it for progress. Both are borrowed. */
struct sl_multipart_ask {
    const struct sl_plan_artifact *artifact;
    const char *what;
};

/* Store n artifacts, n may be 0: then only what an earlier run left behind is given up. Replies as for sl_put_all;
 * SL_PUT_EXISTS when somebody else stored the key first. Strings of the replies are in arena. */
bool sl_multipart_all(struct sl_wire *wire, const struct sl_plan *plan, const struct sl_multipart_ask *asks, size_t n,
                      struct sl_put_reply *ret, struct sl_arena *arena, struct sl_err *err) SL_MUST_USE;

/* Abort the uploads the journal speaks of, and remove it. Does nothing without one. */
bool sl_multipart_give_up(struct sl_wire *wire, const struct sl_plan *plan, struct sl_arena *arena,
                          struct sl_err *err) SL_MUST_USE;

/* True when completions may be unconditional whatever was asked: stores that are not AWS's own and honor If-None-Match for
 * PutObject are known to ignore it here. Then all versions are looked at, and the oldest counts, as where conditions are
 * not asked for. */
bool sl_multipart_unsure(const struct sl_plan *plan, const struct sl_wire *wire);

/* ---- between multipart*.c only ---- */

/* One upload on its way. */
struct sl_multipart_upload {
    const struct sl_plan_artifact *artifact;
    const char *what;
    struct sl_put_reply *reply;
    const char *id;     /* NULL: not begun, or gone */
    const char **etags; /* of each part, NULL where it is not stored yet */
    bool gone; /* the store does not know the id any more, or completion met another writer: look what there is */
    bool settled;
    struct sl_tally tally;
};

struct sl_multipart {
    struct sl_wire *wire;
    const struct sl_plan *plan;
    struct sl_traits traits;
    struct sl_multipart_upload *uploads;
    size_t n;
    struct sl_arena *arena;
};

/* Bytes of part i, counted from 0. */
uint64_t sl_multipart_part_bytes(const struct sl_plan_artifact *artifact, size_t i);

/* Forget what was stored under the upload's id. */
void sl_multipart_restart(struct sl_multipart_upload *u);

/* A part is stored: note its ETag, "\"...\"" as the store gave it. */
bool sl_multipart_note(struct sl_multipart *m, struct sl_multipart_upload *u, size_t i, const char *etag,
                       struct sl_err *err) SL_MUST_USE;

/* Take up what the journal speaks of, give up what is superseded (multipart_resume.c). *ret_journal is true when a
 * journal was found. */
bool sl_multipart_resume(struct sl_multipart *m, bool *ret_journal, struct sl_err *err) SL_MUST_USE;

/* Write down the ids of all uploads that are under way. */
bool sl_multipart_journal(const struct sl_multipart *m, struct sl_err *err) SL_MUST_USE;

/* Abort uploads of ours. One that is gone already, or may not be aborted, is no failure: the release does not need it. */
struct sl_multipart_id {
    const char *key, *id;
};
bool sl_multipart_abort(struct sl_multipart *m, const struct sl_multipart_id *ids, size_t n,
                        struct sl_err *err) SL_MUST_USE;

/* Send every part that is not stored yet (multipart_send.c). Uploads that vanish meanwhile become gone. */
bool sl_multipart_send(struct sl_multipart *m, struct sl_err *err) SL_MUST_USE;

/* Complete the uploads whose parts are all stored (multipart_complete.c). */
bool sl_multipart_complete(struct sl_multipart *m, struct sl_err *err) SL_MUST_USE;

/* The error code of reply i, and whether it says that the upload is not there. */
bool sl_multipart_is_gone(struct sl_batch *batch, size_t i, bool *ret_gone, struct sl_err *err) SL_MUST_USE;

#endif
