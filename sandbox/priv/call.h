/* One HTTP request from its first line to its reply: server.c moves the bytes, this decides what they mean.
 *
 * _new, _header for each header, _begin, _body for each piece, _finish; then the reply stands in the exchange. What can
 * be judged from the headers is judged in _begin, so that a client that waits for 100 Continue need not send a body in
 * vain. */
#ifndef SL_SANDBOX_PRIV_CALL_H
#define SL_SANDBOX_PRIV_CALL_H

#include "sandbox/fault.h"
#include "sandbox/priv/auth.h"
#include "sandbox/priv/body.h"

#include <stdatomic.h>

/* What all calls of one sandbox share. */
struct sl_call_env {
    const struct sl_sandbox_facts *facts;
    struct sl_store *store;
    struct sl_faults *faults;
    struct sl_auth_root root;
    FILE *log; /* may be NULL */
    atomic_bool *stopping;
};

struct sl_call {
    const struct sl_call_env *env;
    struct sl_arena arena;
    struct sl_exchange x;
    struct sl_auth auth;
    struct sl_auth_payload_form form;
    struct sl_strike strike;
    struct sl_chunked_options chunked;
    struct sl_body *body;
    bool body_handed_over; /* x.body_path was set to the body's file */
    bool refused;          /* the reply is made already, what comes of the body is thrown away */
    uint64_t received_bytes;
    char request_id[40];
    struct sl_pair *headers;
    size_t headers_capacity;
};

bool sl_call_new(const struct sl_call_env *env, struct sl_call **ret, struct sl_err *err) SL_MUST_USE;
void sl_call_free(struct sl_call *c); /* writes nothing; NULL is fine */

/* target: path and query as on the wire. Copied, as are headers. */
bool sl_call_line(struct sl_call *c, const char *method, const char *target, struct sl_err *err) SL_MUST_USE;
bool sl_call_header(struct sl_call *c, const char *name, const char *value, struct sl_err *err) SL_MUST_USE;

/* All headers are there. True: the reply is made and the client waits for it before it sends its body. */
bool sl_call_begin(struct sl_call *c);

/* A piece of the body. False: reset the connection now. */
bool sl_call_body(struct sl_call *c, struct sl_span bytes);

/* The body is complete. What to do with the connection: */
enum sl_call_end { SL_CALL_REPLY, SL_CALL_RESET, SL_CALL_CLOSE };
enum sl_call_end sl_call_finish(struct sl_call *c);

/* One line about it. */
void sl_call_log(const struct sl_call *c, const char *how);

#endif
