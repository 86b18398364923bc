#include "core/clock.h"
#include "sandbox/priv/metadata.h"

#include <microhttpd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONNECTIONS 32u
#define IDLE_SECONDS    30u

struct sl_metadata_server {
    struct MHD_Daemon *daemon;
    const struct sl_metadata_env *env;
};

/* The request line as it came: MHD keeps it for as long as the request lasts. */
static void *line_seen(void *cls, const char *target, struct MHD_Connection *connection)
{
    (void)cls;
    (void)connection;
    return strdup(target);
}

static void request_done(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode how)
{
    (void)cls;
    (void)connection;
    (void)how;
    free(*con_cls);
    *con_cls = NULL;
}

static const char *header(void *ctx, const char *name)
{
    return MHD_lookup_connection_value(ctx, MHD_HEADER_KIND, name);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const struct sl_metadata_reply *r)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(r->body.len, r->body.ptr, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    enum MHD_Result ok = MHD_add_response_header(response, "Content-Type", r->type);
    if (ok == MHD_YES && r->ttl[0])
        ok = MHD_add_response_header(response, "X-Aws-Ec2-Metadata-Token-Ttl-Seconds", r->ttl);
    if (ok == MHD_YES)
        ok = MHD_queue_response(connection, (unsigned)r->status, response);
    MHD_destroy_response(response);
    return ok;
}

/* Bodies mean nothing here and are thrown away. */
static enum MHD_Result serve(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *data, size_t *data_size, void **con_cls)
{
    struct sl_metadata_server *s = cls;
    const char *target = *con_cls;
    (void)version;
    (void)data;
    if (!target)
        return MHD_NO;
    if (*data_size) {
        *data_size = 0;
        return MHD_YES;
    }
    const char *query = strchr(target, '?');
    struct sl_metadata_reply reply = { .status = 500, .type = "text/plain" };
    struct sl_metadata_request req = { .method = method,
                                       .path = url,
                                       .query = query ? query + 1 : "",
                                       .header = header,
                                       .ctx = connection,
                                       .now_utc = sl_clock_now_utc() };
    struct sl_err err = { 0 };
    (void)(sl_metadata_answer(s->env, &req, &reply, &err) || (reply.status = 500));
    if (s->env->log)
        (void)fprintf(s->env->log, "metadata %s %.80s %d\n", method, url, reply.status);
    enum MHD_Result sent = send_reply(connection, &reply);
    if (reply.body.ptr)
        sl_wipe(reply.body.ptr, reply.body.len);
    sl_buf_clear(&reply.body);
    return sent;
}

bool sl_metadata_server_start(struct sl_listener *listener, const struct sl_metadata_env *env,
                              struct sl_metadata_server **ret, struct sl_err *err)
{
    struct sl_metadata_server *s = calloc(1, sizeof *s);
    if (!s)
        return sl_fail_nomem(err);
    s->env = env;
    s->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL, serve,
                                 s, MHD_OPTION_LISTEN_SOCKET, listener->fd, MHD_OPTION_URI_LOG_CALLBACK, line_seen, s,
                                 MHD_OPTION_NOTIFY_COMPLETED, request_done, s, MHD_OPTION_CONNECTION_LIMIT,
                                 MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_END);
    if (!s->daemon) {
        free(s);
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "libmicrohttpd cannot serve metadata on '%s'",
                       listener->authority);
    }
    listener->fd = -1;
    *ret = s;
    return true;
}

void sl_metadata_server_stop(struct sl_metadata_server *s)
{
    if (!s)
        return;
    MHD_stop_daemon(s->daemon);
    free(s);
}
