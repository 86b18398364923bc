#include "publisher/priv/query.h"

#include "core/text.h"

static bool add_field(struct sl_buf *form, const char *name, const char *value, struct sl_err *err)
{
    return sl_buf_addf(form, err, "%s%s=", form->len ? "&" : "", name)
           && sl_percent_add(form, sl_span_str(value), false, err);
}

bool sl_query_add(struct sl_batch *b, const struct sl_query_call *call, size_t *ret_index, struct sl_err *err)
{
    static const struct sl_pair form_type = { "content-type", "application/x-www-form-urlencoded; charset=utf-8" };
    SL_AUTO(sl_buf_clear) struct sl_buf form = { 0 };
    if (!add_field(&form, "Action", call->action, err)
        || !add_field(&form, "Version", call->service == SL_STS ? "2011-06-15" : "2010-05-08", err))
        return false;
    for (size_t i = 0; i < SL_QUERY_PAIRS && call->parameters[i].name; i++)
        if (!add_field(&form, call->parameters[i].name, call->parameters[i].value, err))
            return false;

    const char *subject = call->parameters[0].name ? call->parameters[0].value : NULL;
    const char *doing = sl_arena_fmt(&b->arena, err, "%s%s%s%s", call->action, subject ? " '" : "",
                                     subject ? subject : "", subject ? "'" : "");
    const char *body = sl_arena_span(&b->arena, sl_buf_span(&form), err);
    const char *region = sl_arena_str(&b->arena, call->region, err);
    if (!doing || !body || !region)
        return false;
    struct sl_request req = { .service = call->service,
                              .region = region,
                              .method = "POST",
                              .path = "/",
                              .headers = &form_type,
                              .n_headers = 1,
                              .body = { (const uint8_t *)body, form.len },
                              .what = doing };
    return sl_batch_add(b, &req, doing, ret_index, err);
}

bool sl_query_xml(struct sl_batch *b, size_t i, struct sl_loc loc, const struct sl_xml **ret, struct sl_err *err)
{
    return sl_batch_xml(b, i, loc, NULL, ret, err);
}
