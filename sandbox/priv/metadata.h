/* Where programs on AWS's machines find credentials: the instance metadata service (IMDSv2), the endpoint containers ask,
 * and the token service of GitHub Actions' runners. One listener of its own, plain http, on loopback only.
 *
 * Each answer is a new session of one role, which must trust the service that hands it out: ec2.amazonaws.com,
 * ecs-tasks.amazonaws.com. Sources: EC2 user guide, "Instance metadata and user data"; ECS developer guide, "Task IAM
 * role"; GitHub, "OpenID Connect reference". */
#ifndef SL_SANDBOX_PRIV_METADATA_H
#define SL_SANDBOX_PRIV_METADATA_H

#include "sandbox/priv/oidc.h"
#include "sandbox/priv/server.h"

#define SL_METADATA_TOKEN_SIZE 44 /* 32 bytes in base64 without padding, and a NUL */

struct sl_metadata_env {
    const struct sl_sandbox_facts *facts;
    struct sl_store *store;
    FILE *log; /* may be NULL */
    const char *role;
    char container_token[SL_METADATA_TOKEN_SIZE], runner_token[SL_METADATA_TOKEN_SIZE];
};

/* Its table, and two new tokens. */
bool sl_metadata_setup(struct sl_metadata_env *env, struct sl_err *err) SL_MUST_USE;

/* Make the role a sandbox starts with, unless it has one of that name already: trusted by those services, by workflows
 * of the repository the tokens name, and by the account, and allowed everything; and GitHub's identity provider. x is the
 * root identity's. */
bool sl_metadata_role_make(struct sl_exchange *x, const char *name,
                           struct sl_err *err) SL_MUST_USE; /* metadata_role.c */

/* A request and what is answered. header: NULL when the request has none of that name. */
struct sl_metadata_request {
    const char *method, *path, *query; /* query without '?', "" for none */
    const char *(*header)(void *ctx, const char *name);
    void *ctx;
    int64_t now_utc;
};
struct sl_metadata_reply {
    int status;
    const char *type; /* of the body */
    struct sl_buf body;
    char ttl[12]; /* of a token that was given, "" otherwise */
};
bool sl_metadata_answer(const struct sl_metadata_env *env, const struct sl_metadata_request *req,
                        struct sl_metadata_reply *ret, struct sl_err *err) SL_MUST_USE;

/* Serve until stopped (metadata_server.c). env is borrowed; the listener's descriptor is taken over. */
struct sl_metadata_server;
bool sl_metadata_server_start(struct sl_listener *listener, const struct sl_metadata_env *env,
                              struct sl_metadata_server **ret, struct sl_err *err) SL_MUST_USE;
void sl_metadata_server_stop(struct sl_metadata_server *s);

#endif
