#include "publisher/priv/provider.h"
#include "publisher/priv/wire.h"

#include <string.h>

#define MAX_REPLY_BYTES ((size_t)64 << 10)

void sl_provider_call_clear(struct sl_provider_call *c)
{
    sl_secret_clear(&c->body);
    sl_reply_clear(&c->reply);
}

struct sink {
    struct sl_secret *to;
    size_t len;
};

static bool take_bytes(void *ctx, struct sl_span bytes, bool restart, struct sl_err *err)
{
    struct sink *s = ctx;
    if (restart)
        s->len = 0;
    if (bytes.len > s->to->len - s->len)
        return sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "an answer of more than 64 KiB holds no credentials");
    if (bytes.len > 0)
        memcpy(s->to->ptr + s->len, bytes.ptr, bytes.len);
    s->len += bytes.len;
    return true;
}

/* Plain http is what metadata services speak; where they may be, each provider checks itself. */
static bool open_wire(const struct sl_provider_means *m, const struct sl_provider_call *c, struct sl_wire **ret,
                      struct sl_err *err)
{
    struct sl_wire_signer signer = { sl_provider_current, sl_provider_renew, NULL, c->signer };
    struct sl_wire_options options = m->ask.wire;
    options.progress = NULL;
    options.on_clock = NULL; /* the outer wire finds out and says it */
    options.max_connections = 1;
    options.signer = c->signer ? &signer : NULL;
    if (c->patience_seconds) {
        options.allow_http = true;
        options.max_attempts = 1;
        options.proxies = (struct sl_wire_proxies){ NULL, NULL, NULL };
    }
    if (!sl_wire_open(&options, NULL, ret, err))
        return false;
    if (c->patience_seconds) {
        const struct sl_patience patience = { .connect_ms = c->patience_seconds * 1000,
                                              .stall_seconds = c->patience_seconds,
                                              .stall_bytes = 1,
                                              .continue_ms = 1000,
                                              .retry_base_ms = 1000 };
        sl_wire_set_patience(*ret, &patience);
    }
    return true;
}

bool sl_provider_send(struct sl_provider_means *m, const struct sl_request *req, struct sl_provider_call *ret,
                      struct sl_err *err)
{
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    struct sink sink = { .to = &ret->body };
    struct sl_request sent = *req;
    sent.sink = take_bytes;
    sent.sink_ctx = &sink;
    sl_reply_clear(&ret->reply);
    if (!sl_secret_new(MAX_REPLY_BYTES, &ret->body, err) || !open_wire(m, ret, &wire, err)
        || !sl_wire_send(wire, &sent, &ret->reply, err))
        return false;
    ret->status = ret->reply.status;
    sl_secret_shorten(&ret->body, sink.len);
    return true;
}
