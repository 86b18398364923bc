/* A raw TCP server that answers request after request by a script: the rudeness of real networks, on demand.
 *
 * It runs in a thread of its own on a free port of 127.0.0.1 and takes the steps in the order in which requests arrive,
 * whatever the connection. After the last step it answers 599. Everything it received can be looked at after _stop. */
#ifndef SL_TESTS_SCRIPTED_SERVER_H
#define SL_TESTS_SCRIPTED_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum step_how {
    STEP_ANSWER,        /* read the request, send the reply, keep the connection */
    STEP_ANSWER_IF,     /* the same when the head has the text ctx; otherwise 200 without a body */
    STEP_NO_CONTINUE,   /* the same, but never say 100 Continue */
    STEP_ANSWER_CLOSE,  /* the same, and close */
    STEP_EARLY,         /* send the reply when the head is there; neither read on nor close */
    STEP_EARLY_DRAIN,   /* send the reply when the head is there, then read the body and go on */
    STEP_RESET_AT_HALF, /* reset the connection in the middle of the body */
    STEP_CLOSE,         /* read the request and close without a reply */
    STEP_STALL,         /* read the request and say nothing more */
    STEP_DRIBBLE,       /* send the reply, then a byte every 50 ms until the client goes away */
    STEP_ECHO           /* 200 with the path of the request as body, after 20 ms */
};

struct step {
    enum step_how how;
    const char *reply;       /* a whole HTTP reply */
    void (*hook)(void *ctx); /* called when the head is there, before anything else */
    void *ctx;
};

struct seen_request {
    unsigned connection; /* counted from 0 in the order they were accepted */
    char head[8192];
    uint8_t *body;
    size_t body_len;
};

struct scripted_server;

struct scripted_server *scripted_server_start(const struct step *steps, size_t n);

/* "http://127.0.0.1:PORT" */
const char *scripted_server_url(const struct scripted_server *s);

/* Wait for the thread to end; what was seen stays until _free. */
void scripted_server_stop(struct scripted_server *s);
size_t scripted_server_count(const struct scripted_server *s);
const struct seen_request *scripted_server_request(const struct scripted_server *s, size_t i);
unsigned scripted_server_connections(const struct scripted_server *s);
unsigned scripted_server_most_open(const struct scripted_server *s);
void scripted_server_freep(struct scripted_server **s);

/* The value of a header in what was received, copied into ret; "" when absent. name in any case. */
void seen_header(const struct seen_request *r, const char *name, char *ret, size_t size);

#endif
