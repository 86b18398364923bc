/* The HTTP server: libmicrohttpd, one thread per connection, moving bytes between sockets and calls. */
#ifndef SL_SANDBOX_PRIV_SERVER_H
#define SL_SANDBOX_PRIV_SERVER_H

#include "sandbox/priv/ca.h"
#include "sandbox/priv/call.h"

/* Take an address, "127.0.0.1:0" or "[::1]:8080"; port 0 is a free one. SL_E_USAGE for what is no address, and for one
 * that is not loopback unless anywhere. authority: what stands in a URL for it, "127.0.0.1:40123"; host: without port. */
struct sl_listener {
    int fd;
    char authority[80], host[64];
};
bool sl_listener_open(const char *address, bool anywhere, struct sl_listener *ret, struct sl_err *err) SL_MUST_USE;
void sl_listener_close(struct sl_listener *l);

/* Serve until stopped. tls NULL: plain http. env and tls are borrowed; the listener's descriptor is taken over. */
struct sl_server;
bool sl_server_start(struct sl_listener *listener, const struct sl_call_env *env, const struct sl_ca *tls,
                     struct sl_server **ret, struct sl_err *err) SL_MUST_USE;
void sl_server_stop(struct sl_server *s);

#endif
