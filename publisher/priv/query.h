/* Calls of the query services IAM and STS: forms out, XML back. Sources: the API references of IAM and STS. */
#ifndef SL_PUBLISHER_PRIV_QUERY_H
#define SL_PUBLISHER_PRIV_QUERY_H

#include "core/xml.h"
#include "publisher/priv/batch.h"

#define SL_QUERY_PAIRS 8

/* A form of Action, Version and the parameters, which end with a NULL name. */
struct sl_query_call {
    enum sl_service service; /* SL_IAM or SL_STS */
    const char *action, *region;
    struct sl_pair parameters[SL_QUERY_PAIRS];
};
bool sl_query_add(struct sl_batch *b, const struct sl_query_call *call, size_t *ret_index,
                  struct sl_err *err) SL_MUST_USE;

/* The XML of reply i, which must be a success; it lives in the batch's arena. */
bool sl_query_xml(struct sl_batch *b, size_t i, struct sl_loc loc, const struct sl_xml **ret,
                  struct sl_err *err) SL_MUST_USE;

#endif
