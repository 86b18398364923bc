#include "publisher/priv/iot.h"

#include <string.h>

/* Copies of the pairs that are there. */
static const struct sl_pair *copy_pairs(struct sl_arena *arena, const struct sl_pair *pairs, size_t *ret_n,
                                        struct sl_err *err)
{
    struct sl_pair *copy = sl_arena_alloc(arena, SL_IOT_PAIRS, sizeof *copy, err);
    size_t n = 0;
    for (; copy && n < SL_IOT_PAIRS && pairs[n].name; n++) {
        copy[n].name = sl_arena_str(arena, pairs[n].name, err);
        copy[n].value = sl_arena_str(arena, pairs[n].value, err);
        if (!copy[n].name || !copy[n].value)
            return NULL;
    }
    *ret_n = n;
    return copy;
}

static bool add_body(struct sl_arena *arena, const json_t *body, struct sl_request *req, struct sl_err *err)
{
    static const struct sl_pair json_type = { "content-type", "application/json" };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_json_canonical(body, &text, err))
        return false;
    const char *copy = sl_arena_span(arena, sl_buf_span(&text), err);
    if (!copy)
        return false;
    req->body = (struct sl_span){ (const uint8_t *)copy, text.len };
    req->headers = &json_type;
    req->n_headers = 1;
    return true;
}

bool sl_iot_add(struct sl_batch *b, const struct sl_iot_call *call, size_t *ret_index, struct sl_err *err)
{
    struct sl_request req = { .service = SL_IOT, .max_reply_bytes = (size_t)4 << 20 };
    const char *subject = call->subject;
    const char *doing = sl_arena_fmt(&b->arena, err, "%s%s%s%s", call->operation, subject ? " '" : "",
                                     subject ? subject : "", subject ? "'" : "");
    req.method = call->method;
    req.region = sl_arena_str(&b->arena, call->region, err);
    req.path = sl_arena_str(&b->arena, call->path, err);
    req.query = copy_pairs(&b->arena, call->query, &req.n_query, err);
    req.what = doing;
    if (!doing || !req.region || !req.path || !req.query)
        return false;
    return (!call->body || add_body(&b->arena, call->body, &req, err)) && sl_batch_add(b, &req, doing, ret_index, err);
}

bool sl_iot_json(const struct sl_batch *b, size_t i, struct sl_loc loc, json_t **ret, struct sl_err *err)
{
    if (!sl_batch_expect(b, i, loc, err))
        return false;
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    if (sl_json_parse(sl_buf_span(&b->replies[i].body), "reply", &value, err)) {
        if (!json_is_object(value))
            return sl_fail(err, SL_E_NETWORK, loc, "%s: the reply is JSON, but not an object", b->doing[i]);
        *ret = value;
        value = NULL;
        return true;
    }
    err->loc = loc;
    err->code = err->code == SL_E_INPUT ? SL_E_NETWORK : err->code;
    return sl_while(err, loc, "%s: the reply is not JSON", b->doing[i]);
}

bool sl_iot_missing(struct sl_batch *b, size_t i, bool *ret, struct sl_err *err)
{
    const char *code;
    if (!sl_batch_code(b, i, &code, err))
        return false;
    *ret = b->replies[i].status == 404 && !strcmp(code, "ResourceNotFoundException");
    return true;
}
