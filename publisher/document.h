/* The job documents: the plan's, with every hole filled. Pure: the same stored objects and signatures give the same
 * bytes, canonical JSON (RFC 8785), which are stored in the bucket and are what CreateJob is given. */
#ifndef SL_PUBLISHER_DOCUMENT_H
#define SL_PUBLISHER_DOCUMENT_H

#include "publisher/upload.h"

#define SL_DOCUMENT_MAX_BYTES 32768u /* CreateJob: document */

struct sl_jobdoc {
    const struct sl_plan_job *job;
    const char *id;  /* of the job it is for */
    const char *key; /* of the object it is stored as */
    json_t *value;
    struct sl_buf bytes;
};

struct sl_jobdocs {
    const struct sl_stored *from;
    struct sl_jobdoc *docs; /* as the plan's jobs */
    size_t n;
};
void sl_jobdocs_clear(struct sl_jobdocs *d);

/* Fill the holes of every job's document. SL_E_INPUT for a document that is too long or names an unknown hole,
 * SL_E_UNSUPPORTED for a version id that no placeholder can carry for certain. */
bool sl_document(const struct sl_stored *stored, struct sl_jobdocs *ret, struct sl_err *err) SL_MUST_USE;

/* The documents as the bucket holds them. */
struct sl_documents {
    const struct sl_jobdocs *from;
    struct sl_object *objects; /* one per document */
    struct sl_arena *arena;    /* owned */
};
void sl_documents_clear(struct sl_documents *k);

/* Store each document unless it is there. SL_E_CONFLICT when other bytes are. */
bool sl_document_store(const struct sl_jobdocs *docs, struct sl_wire *wire, struct sl_documents *ret,
                       struct sl_err *err) SL_MUST_USE;

#endif
