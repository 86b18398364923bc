/* The sandbox: an AWS-shaped endpoint on this machine, strict where AWS is strict.
 *
 * It serves S3, IAM, STS, IoT (things, groups, Jobs) and the devices' jobs data plane from one address. State is one
 * SQLite file and a folder of objects; without a folder both are temporary. One process, one thread per connection. */
#ifndef SL_SANDBOX_SANDBOX_H
#define SL_SANDBOX_SANDBOX_H

#include "core/buf.h"
#include "core/library.h"

#include <stdio.h>

struct sl_sandbox_options {
    const char *listen;        /* "127.0.0.1:0" and the like; port 0 takes a free one */
    bool listen_anywhere;      /* allow an address that is not loopback */
    bool tls;                  /* serve https with a certificate of its own CA */
    const char *dir;           /* state, NULL: a temporary folder that is removed at the end */
    const char *temporary_dir; /* where that one is made; "/tmp" when NULL */
    const char *region;        /* the one Region it plays; "eu-west-1" when NULL */
    const char *account;       /* twelve digits; "123456789012" when NULL */
    bool metadata;             /* serve IMDSv2, container credentials and GitHub's tokens beside it */
    const char *metadata_role; /* whose credentials those are, made when there is none; "pipeline" when NULL */
    bool begin_at_once;        /* jobs do, whatever their schedule says: for rehearsals */
    bool mqtt;                 /* serve the devices' job topics by a mosquitto of its own, on 127.0.0.1 */
    unsigned session_seconds;  /* the longest a session lasts, whatever was asked for; 0: no such limit */
    const char *const *faults; /* "s3.PutObject:reset-after=1MiB", ends with NULL; may be NULL */
    FILE *log;                 /* one line per request, never a secret; NULL: none */
};

struct sl_sandbox;

/* Listen and serve in threads of its own. */
bool sl_sandbox_open(const struct sl_sandbox_options *options, struct sl_sandbox **ret, struct sl_err *err) SL_MUST_USE;
void sl_sandbox_close(struct sl_sandbox *s);

/* What a client needs: the URL, and the root identity's access keys (the sandbox's own, worth nothing elsewhere). */
const char *sl_sandbox_url(const struct sl_sandbox *s);
const char *sl_sandbox_region(const struct sl_sandbox *s);
const char *sl_sandbox_access_key_id(const struct sl_sandbox *s);
const char *sl_sandbox_secret_access_key(const struct sl_sandbox *s);
/* Where the metadata listener is, "http://127.0.0.1:40123", "" without one; and what its clients need: paths of their
 * endpoints there, their tokens, and the ARN of the role. */
#define SL_SANDBOX_CONTAINER_PATH "/v2/credentials"
#define SL_SANDBOX_RUNNER_PATH    "/idtoken?api-version=2.0"
struct sl_sandbox_metadata {
    const char *url, *container_token, *runner_token, *role_arn;
};
const struct sl_sandbox_metadata *sl_sandbox_metadata(const struct sl_sandbox *s);

/* Where devices find the broker, and the folder with root-CA.crt, and THING.cert.pem and THING.private.key for each thing;
 * certificates is "" without one. */
struct sl_sandbox_mqtt {
    const char *host, *certificates;
    unsigned port;
};
struct sl_sandbox_mqtt sl_sandbox_mqtt(const struct sl_sandbox *s);

const char *sl_sandbox_ca_file(const struct sl_sandbox *s); /* "" without TLS */

/* The i-th library the sandbox is linked with, for --version; false past the last. */
bool sl_sandbox_library(size_t i, struct sl_library *ret);

#endif
