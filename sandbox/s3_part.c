/* One part of an object, by GetObject or HeadObject with partNumber. */
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"

#include <stdio.h>

static bool no_such_part(struct sl_exchange *x, const struct sl_s3_object *o, const char *number, struct sl_err *err)
{
    char count[24];
    (void)snprintf(count, sizeof count, "%lld", (long long)(o->n_parts ? o->n_parts : 1));
    return sl_exchange_fact(x, "PartNumberRequested", number, err) && sl_exchange_fact(x, "ActualPartCount", count, err)
           && sl_refusal_make(err, 416, "InvalidPartNumber", "The requested partnumber is not satisfiable");
}

/* What was stored whole is its own first part. */
static bool find_part(struct sl_s3 *s, const struct sl_s3_object *o, int64_t number, const char *text,
                      uint64_t *ret_from, uint64_t *ret_size, struct sl_err *err)
{
    struct sl_rows r = { .arena = s->x->arena };
    if (!o->n_parts && number == 1) {
        *ret_from = 0;
        *ret_size = (uint64_t)o->size_bytes;
        return true;
    }
    if (!sl_store_query(
            s->x->store, sl_rows_add, &r, err,
            "SELECT size, (SELECT coalesce(sum(b.size), 0) FROM s3_object_parts b WHERE b.object = a.object "
            "AND b.number < a.number) FROM s3_object_parts a WHERE a.object = ? ORDER BY a.number "
            "LIMIT 1 OFFSET ?",
            "ii", o->seq, number - 1))
        return false;
    if (!r.n)
        return no_such_part(s->x, o, text, err);
    *ret_size = (uint64_t)sl_rows_number(&r, 0, 0);
    *ret_from = (uint64_t)sl_rows_number(&r, 0, 1);
    return true;
}

bool sl_s3_part_range(struct sl_s3 *s, const struct sl_s3_object *o, uint64_t *ret_from, uint64_t *ret_size,
                      struct sl_err *err)
{
    struct sl_exchange *x = s->x;
    const char *text = sl_exchange_query(x, "partNumber");
    int64_t number = 0;
    struct sl_err why = { 0 };
    char count[24];
    if (sl_exchange_request_header(x, "range"))
        return sl_refusal_make(err, 400, "InvalidRequest",
                               "Cannot specify both Range header and partNumber query parameter");
    if (!sl_s3_number(x, "partNumber", 1, SL_S3_MAX_PARTS, &number, &why))
        return sl_refusal_make(err, 400, "InvalidArgument",
                               "Part number must be an integer between 1 and 10000, inclusive");
    if (!find_part(s, o, number, text, ret_from, ret_size, err))
        return false;
    (void)snprintf(count, sizeof count, "%lld", (long long)o->n_parts);
    return !o->n_parts || sl_exchange_header(x, "x-amz-mp-parts-count", count, err);
}
