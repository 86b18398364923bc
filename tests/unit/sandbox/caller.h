/* A client of a sandbox without a network: makes exchanges by hand and gives them to the services.
 *
 * Signatures are not its business (auth.c has its own tests); who calls is what arn and role say. */
#ifndef SL_TESTS_UNIT_SANDBOX_CALLER_H
#define SL_TESTS_UNIT_SANDBOX_CALLER_H

#include "sandbox/priv/exchange.h"
#include "tests/unit/unit.h"

#include <stdio.h>

#define ACCOUNT "123456789012"
#define REGION  "eu-west-1"
#define NOW     ((int64_t)1790000000)
#define ROOT    "arn:aws:iam::" ACCOUNT ":root"

struct caller {
    struct sl_sandbox_facts facts;
    struct sl_store *store;
    struct sl_arena arena;
    int64_t now_utc;
    const char *arn, *role; /* who calls; the root identity at first */
    const char *key;        /* the access key id it has, NULL when that does not matter */
    bool is_session;

    int status; /* of the last reply */
    char code[80];
    char *text;   /* its body */
    json_t *json; /* the same when it is JSON, NULL otherwise */

    FILE *log;
    char *log_text; /* what the services noted, after caller_log */
    size_t log_size;
};

/* In the current folder, with the tables of all services. */
void caller_open(struct caller *c);
void caller_close(struct caller *c);

/* Ask, and keep the reply. target: path and query as on the wire; body may be NULL. Fails the test on trouble that is no
 * refusal. */
void caller_ask(struct caller *c, const char *service, const char *method, const char *target, const char *body);

/* The same while the nth allocation fails. False when there were fewer; otherwise the service must have failed for lack
 * of memory. */
bool caller_starve(struct caller *c, const char *service, const char *method, const char *target, const char *body,
                   unsigned n);

/* Ask, and the reply must be a 2xx; or a refusal with that status and code whose message holds part. */
void caller_must(struct caller *c, const char *service, const char *method, const char *target, const char *body);
void caller_refused(struct caller *c, const char *service, const char *method, const char *target, const char *body,
                    int status, const char *code, const char *part);

/* An IAM or STS form: name, value, ..., NULL; values are encoded here. Borrowed until the next call. */
const char *caller_form(struct caller *c, const char *action, ...);

/* Text of the element at that path of an XML reply, "" when there is none. */
const char *caller_xml(struct caller *c, const char *path);

/* Everything noted so far. */
const char *caller_log(struct caller *c);

/* Store an object as the root identity and give its version id, "" in a bucket without versions. */
const char *caller_put(struct caller *c, const char *path, const char *bytes);

/* Download a presigned URL of the sandbox, as anybody could; the reply is kept. */
void caller_download(struct caller *c, const char *url);

/* A role with these policies; permissions may be NULL. */
void caller_role(struct caller *c, const char *name, const char *trust, const char *permissions);

/* Trust and permissions that are right for download roles in these tests. */
extern const char caller_trust[], caller_permissions[];

#endif
