/* Calls of services that speak JSON 1.1: everything is POSTed to "/", and a header names the operation. Source: AWS KMS
 * API reference, "Making API requests"; the protocol "awsJson1_1" of Smithy. */
#ifndef SL_PUBLISHER_PRIV_RPC_H
#define SL_PUBLISHER_PRIV_RPC_H

#include "core/json.h"
#include "publisher/wire.h"

struct sl_rpc_call {
    enum sl_service service;
    const char *prefix, *operation; /* "TrentService", "Sign" */
    const char *subject, *region;   /* of the operation, for messages */
    const json_t *body;
};

/* Send, and parse the reply, which must be a success. *ret is a new reference. */
bool sl_rpc_send(struct sl_wire *wire, const struct sl_rpc_call *call, json_t **ret, struct sl_err *err) SL_MUST_USE;

#endif
