#include "sandbox/priv/inner.h"

#include "core/digest.h"
#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/body.h"
#include "sandbox/priv/checksum.h"
#include "sandbox/priv/pieces.h"
#include "sandbox/priv/s3.h"

#include <string.h>
#include <unistd.h>

static bool run(struct sl_exchange *x, struct sl_err *err)
{
    if (!strcmp(x->service, "s3"))
        return sl_s3_route(x, err) && sl_s3_prepare(x, err) && sl_s3_handle(x, err);
    if (!strcmp(x->service, "iam"))
        return sl_iam_handle(x, err);
    return sl_iot_handle(x, err);
}

/* What a service judges before its handler runs comes as a failure; here it is a reply like any other. */
static bool answer(struct sl_exchange *x, struct sl_err *err)
{
    struct sl_err why = *err;
    if (!why.http_status)
        return false;
    *err = (struct sl_err){ 0 };
    return sl_exchange_refuse(x, why.http_status, why.aws_code, err, "%s", why.msg);
}

static bool encode_path(struct sl_exchange *x, const char *path, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf raw = { 0 };
    x->path = path;
    x->raw_path = sl_percent_add(&raw, sl_span_str(path), true, err) ? sl_arena_span(x->arena, sl_buf_span(&raw), err)
                                                                     : NULL;
    return x->raw_path != NULL;
}

static void free_body(struct sl_body **body)
{
    sl_body_free(*body);
}

/* The body as an upload brings it: in a file, with its checksums. */
static bool make_body(struct sl_exchange *x, struct sl_span bytes, struct sl_body **ret, struct sl_err *err)
{
    const struct sl_body_options options = { .dir = sl_store_objects_dir(x->store),
                                             .max_bytes = bytes.len,
                                             .want = SL_CHECKSUM_BIT(SL_CHECKSUM_CRC64NVME)
                                                     | SL_CHECKSUM_BIT(SL_CHECKSUM_MD5) };
    if (!sl_body_new(&options, ret, err) || !sl_body_add(*ret, bytes, err) || !sl_body_finish(*ret, err))
        return false;
    x->body = SL_SPAN_EMPTY;
    x->body_path = sl_body_path(*ret);
    x->body_size_bytes = sl_body_size(*ret);
    x->body_checksums = sl_body_checksums(*ret);
    x->body_sha256 = sl_checksums_get(x->body_checksums, SL_CHECKSUM_SHA256);
    return true;
}

bool sl_inner_call(struct sl_exchange *x, const struct sl_inner *call, struct sl_exchange *ret, struct sl_err *err)
{
    const char *host = strstr(x->facts->url, "://");
    const struct sl_pair headers[] = { { "host", host ? host + 3 : x->facts->url } };
    struct sl_exchange inner = { .facts = x->facts,
                                 .store = x->store,
                                 .arena = x->arena,
                                 .now_utc = x->now_utc,
                                 .log = x->log,
                                 .method = call->method,
                                 .query = &call->query,
                                 .n_query = call->has_query ? 1 : 0,
                                 .headers = headers,
                                 .n_headers = 1,
                                 .body = call->body,
                                 .body_size_bytes = call->body.len,
                                 .service = call->service,
                                 .request_id = x->request_id,
                                 .reply_fd = -1 };
    uint8_t sha256[SL_SHA256_BYTES];
    inner.caller_arn = call->as_caller ? x->caller_arn
                                       : sl_arena_fmt(x->arena, err, "arn:%s:iam::%s:root", sl_access_partition(x),
                                                      x->facts->account);
    inner.caller_role = call->as_caller ? x->caller_role : "";
    inner.caller_key = call->as_caller ? x->caller_key : NULL;
    inner.caller_is_session = call->as_caller && x->caller_is_session;
    if (!inner.caller_arn || !encode_path(&inner, call->path, err) || !sl_sha256(call->body, sha256, err))
        return false;
    inner.body_sha256 = (struct sl_span){ sha256, sizeof sha256 };
    SL_AUTO(free_body) struct sl_body *body = NULL;
    if (call->stores && !make_body(&inner, call->body, &body, err))
        return false;
    bool ok = run(&inner, err) || answer(&inner, err);
    if (body && !inner.body_path) /* S3 took the file */
        sl_body_take(body);
    inner.body_path = NULL;
    inner.body_checksums = NULL;
    inner.query = inner.headers = NULL; /* they pointed into this call */
    inner.n_query = inner.n_headers = 0;
    inner.body_sha256 = SL_SPAN_EMPTY;
    if (!ok) {
        sl_inner_clear(&inner);
        return false;
    }
    *ret = inner;
    return true;
}

void sl_inner_clear(struct sl_exchange *reply)
{
    sl_buf_clear(&reply->reply);
    if (reply->reply_fd >= 0)
        (void)close(reply->reply_fd);
    reply->reply_fd = -1;
}

bool sl_inner_body(struct sl_exchange *reply, struct sl_buf *ret, struct sl_err *err)
{
    if (reply->reply_fd < 0)
        return sl_buf_copy(ret, sl_buf_span(&reply->reply), err);
    sl_buf_reset(ret);
    for (uint64_t done = 0; done < reply->reply_size_bytes;) {
        uint8_t chunk[16384];
        ssize_t n = sl_pieces_read(reply, done, chunk, sizeof chunk);
        if (n <= 0)
            return sl_fail(err, SL_E_IO, SL_LOC_NONE, "an object's body cannot be read");
        if (!sl_buf_add(ret, (struct sl_span){ chunk, (size_t)n }, err))
            return false;
        done += (uint64_t)n;
    }
    return true;
}
