/* A scripted server and a wire that talks to it, impatient enough for tests. */
#ifndef SL_TESTS_WIRE_FIXTURE_H
#define SL_TESTS_WIRE_FIXTURE_H

#include "publisher/priv/wire.h"
#include "tests/unit/publisher/scripted_server.h"

struct fixture {
    struct scripted_server *server;
    struct sl_wire *wire;
    struct sl_wire_options options; /* set members before fixture_start */
    struct sl_patience patience;
    const char *base_path; /* appended to the endpoint; NULL: none */
    const char *host;      /* in place of 127.0.0.1 */
    bool unsigned_only;
    char url[128];
};

/* Connections of one second, stalls of one second, repetitions after at most 2 ms. */
struct fixture fixture_new(void);

/* Start the server and open the wire, with the example keys of AWS's documentation and a session token. */
void fixture_start(struct fixture *f, const struct step *steps, size_t n);
void fixture_clear(struct fixture *f);

/* End the server and say how many requests it saw. */
size_t fixture_requests(struct fixture *f);
const struct seen_request *fixture_request(struct fixture *f, size_t i);

/* GET of an S3 object, and PUT of one with a body in memory. */
struct sl_request get_of(const char *path);
struct sl_request put_of(const char *path, const void *bytes, size_t len);

/* cmocka group setup: libsodium. */
int fixture_setup(void **state);

#define ACCESS_KEY "AKIAIOSFODNN7EXAMPLE"
#define SECRET_KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define TOKEN      "FwoGZXIvYXdzEXAMPLE//token=="
#define OK_EMPTY   "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define SLOW_DOWN  "HTTP/1.1 503 Slow Down\r\nContent-Length: 41\r\n\r\n<Error><Code>SlowDown</Code></Error>     "
#define INTERNAL   "HTTP/1.1 500 Oops\r\nContent-Length: 41\r\n\r\n<Error><Code>InternalError</Code></Error>"

#endif
