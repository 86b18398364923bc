/* sealift sandbox: the rehearsal endpoint, served until it is told to stop. */
#include "cli/env.h"
#include "cli/fleet.h"
#include "cli/interrupt.h"
#include "cli/planning.h"
#include "cli/session.h"
#include "core/clock.h"
#include "core/file.h"
#include "manifests/needs.h"
#include "sandbox/prepare.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define POLICY_MAX_BYTES 65536
#define MOST_DEVICES     100000

/* Everything the options ask for: what the manifests need, and how the roles' policies read. */
struct order {
    struct sl_needs *needs;           /* one per --prepare */
    struct sl_prepare_key **kms_keys; /* the same */
    struct sl_prepare_package **packages;
    size_t n;
    const char **members;
    size_t n_members;
    struct sl_buf trust, permissions;
    struct sl_arena arena;
};

static void clear(struct order *o)
{
    sl_buf_clear(&o->trust);
    sl_buf_clear(&o->permissions);
    sl_arena_clear(&o->arena);
}

/* A needs value borrows from its manifest; the sandbox wants it for longer. */
static bool copy_text(struct sl_arena *a, const char **text, struct sl_err *err)
{
    *text = sl_arena_str(a, *text, err);
    return *text != NULL;
}

static bool copy_list(struct sl_arena *a, const char **list, size_t n, struct sl_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (!copy_text(a, &list[i], err))
            return false;
    return true;
}

/* The key spec that signs with an algorithm; a key whose algorithm is left open is rehearsed with ECDSA. */
static const char *spec_of(enum sl_algorithm alg)
{
    static const char *const specs[SL_ALG_COUNT] = {
        [SL_ALG_NONE] = "ECC_NIST_P256",
        [SL_ALG_ECDSA_P256_SHA256] = "ECC_NIST_P256",
        [SL_ALG_ECDSA_P384_SHA384] = "ECC_NIST_P384",
        [SL_ALG_RSA_PSS_SHA256] = "RSA_3072",
        [SL_ALG_RSA_PKCS1_SHA256] = "RSA_3072",
        [SL_ALG_ED25519] = "ECC_NIST_EDWARDS25519",
        [SL_ALG_ED25519PH] = "ECC_NIST_EDWARDS25519",
    };
    return specs[alg];
}

static bool copy_keys(struct sl_arena *a, const struct sl_needs *needs, struct sl_prepare_key **ret, struct sl_err *err)
{
    *ret = sl_arena_alloc(a, needs->n_kms_keys, sizeof **ret, err);
    for (size_t i = 0; *ret && i < needs->n_kms_keys; i++) {
        (*ret)[i] = (struct sl_prepare_key){ needs->kms_keys[i].key, spec_of(needs->kms_keys[i].algorithm) };
        if (!copy_text(a, &(*ret)[i].name, err))
            return false;
    }
    return *ret != NULL;
}

static bool copy_packages(struct sl_arena *a, const struct sl_needs *needs, struct sl_prepare_package **ret,
                          struct sl_err *err)
{
    *ret = sl_arena_alloc(a, needs->n_packages, sizeof **ret, err);
    for (size_t i = 0; *ret && i < needs->n_packages; i++) {
        (*ret)[i] = (struct sl_prepare_package){ needs->packages[i].name, needs->packages[i].version };
        if (!copy_text(a, &(*ret)[i].name, err) || !copy_text(a, &(*ret)[i].version, err))
            return false;
    }
    return *ret != NULL;
}

static bool read_needs(struct sl_context *c, const char *path, struct order *o, size_t i, struct sl_err *err)
{
    struct sl_needs *ret = &o->needs[i];
    SL_AUTO(sl_manifest_freep) struct sl_manifest *m = NULL;
    return sl_planning_load(c, path, NULL, &m, err) && sl_needs_read(m, &o->arena, ret, err)
           && copy_text(&o->arena, &ret->bucket, err) && copy_text(&o->arena, &ret->region, err)
           && copy_text(&o->arena, &ret->prefix, err) && copy_text(&o->arena, &ret->account, err)
           && copy_list(&o->arena, ret->roles, ret->n_roles, err)
           && copy_list(&o->arena, ret->things, ret->n_things, err)
           && copy_list(&o->arena, ret->groups, ret->n_groups, err)
           && copy_list(&o->arena, ret->profiles, ret->n_profiles, err)
           && copy_keys(&o->arena, ret, &o->kms_keys[i], err) && copy_packages(&o->arena, ret, &o->packages[i], err);
}

/* --role TRUST,POLICY: the policies to rehearse with. */
static bool read_role(const struct sl_context *c, struct order *o, struct sl_err *err)
{
    const char *role = sl_args_get(&c->args, SL_OPT_ROLE, NULL);
    if (!role)
        return true;
    const char *comma = strchr(role, ',');
    if (!comma)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--role '%s' is not two files, TRUST.json,POLICY.json", role);
    char *trust = sl_arena_span(&o->arena, sl_span_sub(sl_span_str(role), 0, (size_t)(comma - role)), err);
    return trust && sl_file_read(trust, POLICY_MAX_BYTES, &o->trust, err)
           && sl_file_read(comma + 1, POLICY_MAX_BYTES, &o->permissions, err);
}

static bool read_order(struct sl_context *c, struct order *o, struct sl_err *err)
{
    const char *const *paths = c->args.value[SL_OPT_PREPARE];
    while (paths && paths[o->n])
        o->n++;
    unsigned members = 0;
    o->needs = sl_arena_alloc(&o->arena, o->n, sizeof *o->needs, err);
    o->kms_keys = sl_arena_alloc(&o->arena, o->n, sizeof(struct sl_prepare_key *), err);
    o->packages = sl_arena_alloc(&o->arena, o->n, sizeof(struct sl_prepare_package *), err);
    if (!o->needs || !o->kms_keys || !o->packages
        || !sl_args_number(&c->args, SL_OPT_DEVICES, 1, MOST_DEVICES, SL_FLEET_MEMBERS, &members, err))
        return false;
    for (size_t i = 0; paths && i < o->n; i++)
        if (!read_needs(c, paths[i], o, i, err))
            return false;
    o->members = sl_arena_alloc(&o->arena, members, sizeof *o->members, err);
    if (!o->members)
        return false;
    for (; o->n_members < members; o->n_members++) {
        o->members[o->n_members] = sl_fleet_member(&o->arena, o->n_members, err);
        if (!o->members[o->n_members])
            return false;
    }
    return read_role(c, o, err);
}

/* One sandbox plays one Region and one account: manifests that disagree cannot share it. */
static bool one_place(const struct order *o, const char **region, const char **account, struct sl_err *err)
{
    for (size_t i = 0; i < o->n; i++) {
        const struct sl_needs *n = &o->needs[i];
        if (i > 0 && strcmp(n->region, *region) != 0)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                           "the manifests name the Regions '%s' and '%s'; a sandbox plays one", *region, n->region);
        *region = n->region;
        if (*n->account && *account && strcmp(n->account, *account) != 0)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                           "the manifests name the accounts '%s' and '%s'; a sandbox plays one", *account, n->account);
        if (*n->account)
            *account = n->account;
    }
    return true;
}

static bool prepare(struct sl_sandbox *sandbox, const struct order *o, struct sl_err *err)
{
    for (size_t i = 0; i < o->n; i++) {
        const struct sl_needs *n = &o->needs[i];
        const struct sl_prepare_wish wish = {
            .bucket = n->bucket,
            .prefix = n->prefix,
            .roles = n->roles,
            .n_roles = n->n_roles,
            .trust = o->trust.len ? sl_buf_str(&o->trust) : NULL,
            .permissions = o->permissions.len ? sl_buf_str(&o->permissions) : NULL,
            .things = n->things,
            .n_things = n->n_things,
            .groups = n->groups,
            .n_groups = n->n_groups,
            .members = o->members,
            .n_members = n->n_groups > 0 ? o->n_members : 0,
            .kms_keys = o->kms_keys[i],
            .n_kms_keys = n->n_kms_keys,
            .profiles = n->profiles,
            .n_profiles = n->n_profiles,
            .packages = o->packages[i],
            .n_packages = n->n_packages,
        };
        if (!sl_sandbox_prepare(sandbox, &wish, err))
            return false;
    }
    return true;
}

/* What would lead AWS's tools away from the sandbox, or give its keys a token that is not theirs. */
static const char in_the_way[] = "AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_CREDENTIAL_EXPIRATION "
                                 "AWS_ACCOUNT_ID AWS_PROFILE AWS_DEFAULT_PROFILE "
                                 "AWS_ENDPOINT_URL_S3 AWS_ENDPOINT_URL_STS AWS_ENDPOINT_URL_IAM AWS_ENDPOINT_URL_IOT "
                                 "AWS_ENDPOINT_URL_IOT_JOBS_DATA_PLANE AWS_ENDPOINT_URL_KMS AWS_ENDPOINT_URL_SIGNER "
                                 "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT";

/* Where credentials are found, beside the keys that stand in the environment. */
static bool add_metadata(struct sl_buf *line, const struct sl_sandbox_metadata *m, struct sl_err *err)
{
    return !*m->url
           || sl_buf_addf(
               line, err,
               " AWS_EC2_METADATA_SERVICE_ENDPOINT=%s AWS_CONTAINER_CREDENTIALS_FULL_URI=%s" SL_SANDBOX_CONTAINER_PATH
               " AWS_CONTAINER_AUTHORIZATION_TOKEN=%s ACTIONS_ID_TOKEN_REQUEST_URL="
               "'%s" SL_SANDBOX_RUNNER_PATH "' ACTIONS_ID_TOKEN_REQUEST_TOKEN=%s",
               m->url, m->url, m->container_token, m->url, m->runner_token);
}

/* The same, as members. */
static bool set_metadata(json_t *answer, const struct sl_sandbox_metadata *m, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf container = { 0 }, runner = { 0 };
    if (!*m->url)
        return true;
    return sl_buf_addf(&container, err, "%s" SL_SANDBOX_CONTAINER_PATH, m->url)
           && sl_buf_addf(&runner, err, "%s" SL_SANDBOX_RUNNER_PATH, m->url)
           && sl_json_set(answer, "metadata",
                          json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "endpointUrl", m->url, "containerCredentialsUrl",
                                    sl_buf_str(&container), "containerAuthorizationToken", m->container_token,
                                    "idTokenRequestUrl", sl_buf_str(&runner), "idTokenRequestToken", m->runner_token,
                                    "roleArn", m->role_arn),
                          err);
}

/* Where devices find the broker. */
static bool add_mqtt(struct sl_buf *line, const struct sl_sandbox_mqtt m, struct sl_err *err)
{
    return !*m.certificates
           || sl_buf_addf(line, err, " SEALIFT_MQTT_HOST=%s SEALIFT_MQTT_PORT=%u SEALIFT_MQTT_CERTIFICATES=%s", m.host,
                          m.port, m.certificates);
}

static bool set_mqtt(json_t *answer, const struct sl_sandbox_mqtt m, struct sl_err *err)
{
    return !*m.certificates
           || sl_json_set(
               answer, "mqtt",
               json_pack("{s:s,s:i,s:s}", "host", m.host, "port", (int)m.port, "certificates", m.certificates), err);
}

static bool print_environment(struct sl_context *c, const struct sl_sandbox *s, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf line = { 0 };
    if (c->console.json) {
        SL_AUTO(sl_json_clear)
        json_t *answer = json_pack("{s:s,s:s,s:s,s:s,s:s}", "endpointUrl", sl_sandbox_url(s), "accessKeyId",
                                   sl_sandbox_access_key_id(s), "secretAccessKey", sl_sandbox_secret_access_key(s),
                                   "region", sl_sandbox_region(s), "caBundle", sl_sandbox_ca_file(s));
        if (!answer)
            return sl_fail_nomem(err);
        return set_metadata(answer, sl_sandbox_metadata(s), err) && set_mqtt(answer, sl_sandbox_mqtt(s), err)
               && sl_console_json(&c->console, answer, err) && sl_console_finish(&c->console, err);
    }
    if (!sl_buf_addf(&line, err,
                     "export AWS_ENDPOINT_URL=%s AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_REGION=%s "
                     "AWS_DEFAULT_REGION=%s",
                     sl_sandbox_url(s), sl_sandbox_access_key_id(s), sl_sandbox_secret_access_key(s),
                     sl_sandbox_region(s), sl_sandbox_region(s)))
        return false;
    if (*sl_sandbox_ca_file(s) && !sl_buf_addf(&line, err, " AWS_CA_BUNDLE=%s", sl_sandbox_ca_file(s)))
        return false;
    return add_metadata(&line, sl_sandbox_metadata(s), err) && add_mqtt(&line, sl_sandbox_mqtt(s), err)
           && sl_buf_addf(&line, err, "\nunset %s\n", in_the_way)
           && sl_console_bytes(&c->console, sl_buf_span(&line), err) && sl_console_finish(&c->console, err);
}

/* Sleep until a signal asks to stop. The signal may come between the look and the sleep, so both are one step. */
static void wait_for_signal(void)
{
    sigset_t stop, before;
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGINT);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &stop, &before);
    while (!*sl_interrupt_flag())
        (void)sigsuspend(&before);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

static void close_sandbox(struct sl_sandbox **s)
{
    sl_sandbox_close(*s);
}

bool sl_cmd_sandbox(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(clear) struct order o = { 0 };
    SL_AUTO(close_sandbox) struct sl_sandbox *sandbox = NULL;
    const char *region = sl_session_region(c), *account = NULL;
    unsigned seconds = 0;
    if (!sl_args_number(&c->args, SL_OPT_SESSION_SECONDS, 1, 43200, 0, &seconds, err) || !read_order(c, &o, err)
        || !one_place(&o, &region, &account, err))
        return false;

    const struct sl_sandbox_options options = {
        .listen = sl_args_get(&c->args, SL_OPT_LISTEN, "127.0.0.1:0"),
        .listen_anywhere = sl_args_has(&c->args, SL_OPT_ALLOW_HTTP),
        .tls = sl_args_has(&c->args, SL_OPT_TLS),
        .dir = sl_args_get(&c->args, SL_OPT_DIR, NULL),
        .temporary_dir = sl_env_get("TMPDIR"),
        .region = region,
        .account = account,
        .metadata = sl_args_has(&c->args, SL_OPT_METADATA),
        .metadata_role = sl_args_get(&c->args, SL_OPT_METADATA_ROLE, NULL),
        .begin_at_once = sl_args_has(&c->args, SL_OPT_BEGIN_AT_ONCE),
        .mqtt = sl_args_has(&c->args, SL_OPT_MQTT),
        .session_seconds = seconds,
        .faults = c->args.value[SL_OPT_FAULT],
        .log = c->console.quiet ? NULL : stderr,
    };
    if (!sl_sandbox_open(&options, &sandbox, err) || !prepare(sandbox, &o, err) || !print_environment(c, sandbox, err))
        return false;
    wait_for_signal();
    return true;
}
