#include "publisher/priv/rpc.h"

bool sl_rpc_send(struct sl_wire *wire, const struct sl_rpc_call *call, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf body = { 0 };
    const char *target = sl_arena_fmt(&arena, err, "%s.%s", call->prefix, call->operation);
    const char *doing = sl_arena_fmt(&arena, err, "%s '%s'", call->operation, call->subject);
    if (!target || !doing || !sl_json_canonical(call->body, &body, err))
        return false;
    const struct sl_pair headers[] = { { "content-type", "application/x-amz-json-1.1" }, { "x-amz-target", target } };
    const struct sl_request req = { .service = call->service,
                                    .region = call->region,
                                    .method = "POST",
                                    .path = "/",
                                    .headers = headers,
                                    .n_headers = sizeof headers / sizeof *headers,
                                    .body = sl_buf_span(&body),
                                    .what = doing };
    if (!sl_wire_send(wire, &req, &reply, err) || !sl_reply_expect(&req, &reply, doing, err))
        return false;
    if (sl_json_parse(sl_buf_span(&reply.body), "reply", ret, err))
        return true;
    err->loc = SL_LOC_NONE;
    err->code = err->code == SL_E_INPUT ? SL_E_NETWORK : err->code;
    return sl_while(err, SL_LOC_NONE, "%s: the reply is not JSON", doing);
}
