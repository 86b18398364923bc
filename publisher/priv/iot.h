/* Calls of the AWS IoT control plane: REST with JSON. Source: AWS IoT API reference. */
#ifndef SL_PUBLISHER_PRIV_IOT_H
#define SL_PUBLISHER_PRIV_IOT_H

#include "core/json.h"
#include "publisher/priv/batch.h"

#define SL_IOT_PAIRS 6

struct sl_iot_call {
    const char *operation, *subject; /* "CreateJob", "thermostat-2-4-1"; subject may be NULL */
    const char *region;
    const char *method, *path;
    struct sl_pair query[SL_IOT_PAIRS]; /* ends with a NULL name */
    const json_t *body;                 /* NULL: none */
};
bool sl_iot_add(struct sl_batch *b, const struct sl_iot_call *call, size_t *ret_index, struct sl_err *err) SL_MUST_USE;

/* The JSON of reply i, which must be a success. */
bool sl_iot_json(const struct sl_batch *b, size_t i, struct sl_loc loc, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* True when reply i says that there is no such thing. */
bool sl_iot_missing(struct sl_batch *b, size_t i, bool *ret, struct sl_err *err) SL_MUST_USE;

#endif
