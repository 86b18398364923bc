#include "sandbox/priv/server.h"

#include "sandbox/priv/pieces.h"

#include <microhttpd.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNECTIONS   256u
#define IDLE_SECONDS      120u
#define CONNECTION_MEMORY ((size_t)256 << 10) /* request line, headers and a piece of body */
#define REPLY_PIECE       16384u
#define PIECES_PIECE      ((size_t)128 << 10)

struct sl_server {
    struct MHD_Daemon *daemon;
    const struct sl_call_env *env;
};

/* One request of a connection: made when its first line is there, ended by request_done. */
struct request {
    char *target;
    struct sl_call *call;
};

static void *line_seen(void *cls, const char *target, struct MHD_Connection *connection)
{
    (void)cls;
    (void)connection;
    struct request *r = calloc(1, sizeof *r);
    if (r && !(r->target = strdup(target))) {
        free(r);
        return NULL;
    }
    return r;
}

static void request_done(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode how)
{
    (void)cls;
    (void)connection;
    struct request *r = *con_cls;
    *con_cls = NULL;
    if (!r)
        return;
    if (r->call && how != MHD_REQUEST_TERMINATED_COMPLETED_OK && how != MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN)
        sl_call_log(r->call, " connection lost");
    sl_call_free(r->call);
    free(r->target);
    free(r);
}

/* The request line is decoded by the call, which needs to know how it was encoded. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *s)
{
    (void)cls;
    (void)connection;
    return strlen(s);
}

struct header_copy {
    struct sl_call *call;
    struct sl_err err;
};

static enum MHD_Result copy_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct header_copy *h = cls;
    (void)kind;
    return sl_call_header(h->call, name, value ? value : "", &h->err) ? MHD_YES : MHD_NO;
}

/* Closing the socket then sends a reset instead of an orderly end. */
static enum MHD_Result reset(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    if (info)
        (void)setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return MHD_NO;
}

/* A reply that breaks off: its bytes up to the limit, and then a reset. Lives as long as the call. */
struct cut_reply {
    struct MHD_Connection *connection;
    struct sl_exchange *x;
    uint64_t limit_bytes;
};

static ssize_t read_cut(void *cls, uint64_t pos, char *to, size_t max)
{
    const struct cut_reply *c = cls;
    uint64_t left = pos < c->limit_bytes ? c->limit_bytes - pos : 0;
    size_t n = left < max ? (size_t)left : max;
    if (n == 0) {
        (void)reset(c->connection);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (c->x->reply_fd < 0) {
        memcpy(to, c->x->reply.ptr + pos, n);
        return (ssize_t)n;
    }
    ssize_t got = sl_pieces_read(c->x, pos, to, n);
    return got > 0 ? got : MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t read_pieces(void *cls, uint64_t pos, char *to, size_t max)
{
    ssize_t got = sl_pieces_read(cls, pos, to, max);
    return got > 0 ? got : MHD_CONTENT_READER_END_WITH_ERROR;
}

static uint64_t reply_size(const struct sl_exchange *x)
{
    return x->reply_fd >= 0 ? x->reply_size_bytes : x->reply.len;
}

static struct MHD_Response *make_cut(struct sl_call *c, struct MHD_Connection *connection)
{
    struct cut_reply *cut = calloc(1, sizeof *cut);
    if (!cut)
        return NULL;
    *cut = (struct cut_reply){ connection, &c->x, c->strike.reset_after_bytes };
    struct MHD_Response *r = MHD_create_response_from_callback(reply_size(&c->x), REPLY_PIECE, read_cut, cut, free);
    if (!r)
        free(cut);
    return r;
}

static struct MHD_Response *make_response(struct sl_call *c, struct MHD_Connection *connection)
{
    struct sl_exchange *x = &c->x;
    if (c->strike.reset && !c->received_bytes)
        return make_cut(c, connection);
    if (x->status >= 400 || x->reply_fd < 0 || x->reply_size_bytes == 0)
        return MHD_create_response_from_buffer(x->reply.len, x->reply.ptr, MHD_RESPMEM_MUST_COPY);
    if (x->reply_pieces)
        return MHD_create_response_from_callback(x->reply_size_bytes, PIECES_PIECE, read_pieces, x, NULL);
    struct MHD_Response *r = MHD_create_response_from_fd_at_offset64(x->reply_size_bytes, x->reply_fd,
                                                                     x->reply_from_bytes);
    if (r)
        x->reply_fd = -1; /* the response closes it */
    return r;
}

static enum MHD_Result send_reply(struct sl_call *c, struct MHD_Connection *connection)
{
    bool cut = c->strike.reset && !c->received_bytes;
    if (cut && c->strike.reset_after_bytes >= reply_size(&c->x))
        return reset(connection);
    struct MHD_Response *r = make_response(c, connection);
    enum MHD_Result ok = r ? MHD_YES : MHD_NO;
    for (size_t i = 0; ok == MHD_YES && i < c->x.n_reply_headers; i++)
        ok = MHD_add_response_header(r, c->x.reply_headers[i].name, c->x.reply_headers[i].value);
    if (ok == MHD_YES)
        ok = MHD_queue_response(connection, (unsigned)c->x.status, r);
    if (r)
        MHD_destroy_response(r);
    return ok;
}

static enum MHD_Result begin(struct sl_server *s, struct MHD_Connection *connection, const char *method,
                             struct request *r)
{
    struct header_copy h = { .call = NULL };
    if (!sl_call_new(s->env, &h.call, &h.err))
        return MHD_NO;
    r->call = h.call;
    if (!sl_call_line(h.call, method, r->target, &h.err))
        return MHD_NO;
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, copy_header, &h);
    if (h.err.code != SL_OK)
        return MHD_NO;
    if (!sl_call_begin(h.call))
        return MHD_YES;
    (void)sl_call_finish(h.call);
    sl_call_log(h.call, " before the body");
    return send_reply(h.call, connection);
}

static enum MHD_Result finish(struct sl_call *c, struct MHD_Connection *connection)
{
    enum sl_call_end end = sl_call_finish(c);
    sl_call_log(c, end == SL_CALL_REPLY ? "" : end == SL_CALL_RESET ? " reset by a fault" : " closed by a fault");
    if (end == SL_CALL_REPLY)
        return send_reply(c, connection);
    return end == SL_CALL_RESET ? reset(connection) : MHD_NO;
}

/* Called once with the headers, once for each piece of the body, and once at its end. */
static enum MHD_Result serve(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *data, size_t *data_size, void **con_cls)
{
    struct request *r = *con_cls;
    (void)url;
    (void)version;
    if (!r)
        return MHD_NO;
    if (!r->call)
        return begin(cls, connection, method, r);
    if (*data_size == 0)
        return finish(r->call, connection);
    if (!sl_call_body(r->call, (struct sl_span){ (const uint8_t *)data, *data_size })) {
        sl_call_log(r->call, " reset by a fault");
        return reset(connection);
    }
    *data_size = 0;
    return MHD_YES;
}

static struct MHD_Daemon *start(struct sl_server *s, int fd, const struct sl_ca *tls)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | (tls ? MHD_USE_TLS : 0u);
    /* libmicrohttpd only reads through these pointers, and copies what it keeps. */
    struct MHD_OptionItem keys[] = {
        { MHD_OPTION_HTTPS_MEM_KEY, 0, tls ? tls->server_key_pem.ptr : NULL },
        { MHD_OPTION_HTTPS_MEM_CERT, 0, tls ? tls->server_pem.ptr : NULL },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
    return MHD_start_daemon(flags, 0, NULL, NULL, serve, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK,
                            line_seen, s, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, s, MHD_OPTION_NOTIFY_COMPLETED,
                            request_done, s, MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS,
                            MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls ? keys : none,
                            MHD_OPTION_END);
}

bool sl_server_start(struct sl_listener *listener, const struct sl_call_env *env, const struct sl_ca *tls,
                     struct sl_server **ret, struct sl_err *err)
{
    struct sl_server *s = calloc(1, sizeof *s);
    if (!s)
        return sl_fail_nomem(err);
    s->env = env;
    s->daemon = start(s, listener->fd, tls);
    if (!s->daemon) {
        free(s);
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "libmicrohttpd cannot serve on '%s'%s", listener->authority,
                       tls ? "; was it built without TLS?" : "");
    }
    listener->fd = -1;
    *ret = s;
    return true;
}

void sl_server_stop(struct sl_server *s)
{
    if (!s)
        return;
    MHD_stop_daemon(s->daemon); /* closes the listening socket, and waits for every connection's thread */
    free(s);
}
