/* XML documents that configure a bucket or an object, as S3's schema has them: their check, and a copy of what came. */
#ifndef SL_SANDBOX_PRIV_S3_SCHEMA_H
#define SL_SANDBOX_PRIV_S3_SCHEMA_H

#include "core/xml.h"
#include "sandbox/priv/exchange.h"

enum sl_s3_schema_kind {
    SL_S3_TEXT,
    SL_S3_NUMBER, /* decimal digits */
    SL_S3_FLAG,   /* true or false */
    SL_S3_DATE,   /* "2030-01-01T00:00:00Z" */
    SL_S3_GROUP
};

/* One element that may stand inside another. A list of them ends with a name of NULL. */
struct sl_s3_schema {
    const char *name;
    enum sl_s3_schema_kind kind;
    unsigned min, max;             /* how often it stands there */
    const char *const *values;     /* of a text, ends with NULL; NULL for any */
    const struct sl_s3_schema *in; /* of a group */
};

/* The children of e are those, in any order: a refusal with MalformedXML otherwise. */
bool sl_s3_schema_check(const struct sl_xml *e, const struct sl_s3_schema *in, struct sl_err *err) SL_MUST_USE;

/* The body of a request: parsed, its root of that name, its children checked. */
bool sl_s3_schema_read(struct sl_exchange *x, const char *root, const struct sl_s3_schema *in,
                       const struct sl_xml **ret, struct sl_err *err) SL_MUST_USE;

/* What stands inside e, written again. */
bool sl_s3_schema_copy(struct sl_buf *b, const struct sl_xml *e, struct sl_err *err) SL_MUST_USE;

/* A time as these documents and headers write it. */
bool sl_s3_schema_time(const char *text, int64_t *ret_utc);

bool sl_s3_schema_refuse(struct sl_err *err); /* MalformedXML */

#endif
