#include "sandbox/sandbox.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/os.h"
#include "core/text.h"
#include "sandbox/priv/access.h"
#include "sandbox/priv/folder.h"
#include "sandbox/priv/metadata.h"
#include "sandbox/priv/mqtt.h"
#include "sandbox/priv/prepare.h"
#include "sandbox/priv/server.h"

#include <microhttpd.h>
#include <mosquitto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCESS_KEY_ID_SIZE 21 /* 20 characters */
#define SECRET_BYTES       30 /* 40 characters of base64 */

struct sl_sandbox {
    struct sl_folder folder;
    struct sl_store *store;
    struct sl_faults *faults;
    struct sl_sandbox_facts facts;
    struct sl_call_env env;
    atomic_bool stopping;
    bool tls;
    struct sl_ca ca;
    struct sl_buf ca_file, url;
    char *region, *account;
    char access_key_id[ACCESS_KEY_ID_SIZE];
    struct sl_secret secret_access_key;
    struct sl_server *server;
    struct sl_oidc *oidc;
    struct sl_metadata_env metadata_env;
    struct sl_metadata_server *metadata_server;
    struct sl_buf metadata_url, metadata_role, metadata_arn;
    struct sl_sandbox_metadata metadata;
    struct sl_mqtt *mqtt;
};

static bool is_region(const char *s)
{
    return *s && strlen(s) <= 32 && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

static bool is_account(const char *s)
{
    return strlen(s) == 12 && !s[strspn(s, "0123456789")];
}

static bool take_facts(struct sl_sandbox *s, const struct sl_sandbox_options *o, struct sl_err *err)
{
    const char *region = o->region && *o->region ? o->region : "eu-west-1",
               *account = o->account && *o->account ? o->account : "123456789012";
    if (!is_region(region))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%.60s' is not a Region such as eu-west-1", region);
    if (!is_account(account))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%.60s' is not an account id of twelve digits", account);
    s->region = strdup(region);
    s->account = strdup(account);
    if (!s->region || !s->account)
        return sl_fail_nomem(err);
    s->facts.region = s->region;
    s->facts.account = s->account;
    return true;
}

static bool make_root_keys(struct sl_store *store, struct sl_err *err)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    SL_AUTO(sl_buf_clear) struct sl_buf secret = { 0 };
    uint8_t random[SECRET_BYTES];
    char id[ACCESS_KEY_ID_SIZE] = "AKIA";
    if (!sl_os_random(random, sizeof random, err))
        return false;
    for (size_t i = 4; i < sizeof id - 1; i++)
        id[i] = digits[random[i] & 31];
    return sl_os_random(random, sizeof random, err)
           && sl_base64_add(&secret, (struct sl_span){ random, sizeof random }, err)
           && sl_store_exec(store, err, "INSERT INTO sandbox_root(id, secret) VALUES(?, ?)", "ss", id,
                            sl_buf_str(&secret));
}

static bool keep_root_keys(void *ctx, const char *const *columns, size_t n, struct sl_err *err)
{
    struct sl_sandbox *s = ctx;
    (void)n;
    if (strlen(columns[0]) != sizeof s->access_key_id - 1)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the sandbox's folder holds no usable root key");
    memcpy(s->access_key_id, columns[0], sizeof s->access_key_id);
    return sl_secret_copy(sl_span_str(columns[1]), &s->secret_access_key, err);
}

/* The root identity's keys, made once and kept with the rest of the state. */
static bool root_keys(struct sl_sandbox *s, struct sl_err *err)
{
    static const char select[] = "SELECT id, secret FROM sandbox_root";
    if (!sl_store_begin(s->store, err))
        return false;
    bool ok = sl_store_exec(s->store, err, "CREATE TABLE IF NOT EXISTS sandbox_root(id TEXT, secret TEXT)", "")
              && sl_store_query(s->store, keep_root_keys, s, err, select, "");
    if (ok && !s->secret_access_key.len)
        ok = make_root_keys(s->store, err) && sl_store_query(s->store, keep_root_keys, s, err, select, "");
    if (!ok) {
        sl_store_rollback(s->store);
        return false;
    }
    return sl_store_commit(s->store, err);
}

static bool open_state(struct sl_sandbox *s, const struct sl_sandbox_options *o, struct sl_err *err)
{
    return sl_folder_open(o->dir, o->temporary_dir ? o->temporary_dir : "/tmp", &s->folder, err)
           && sl_store_open(sl_buf_str(&s->folder.path), &s->store, err) && sl_s3_setup(s->store, err)
           && sl_iam_setup(s->store, err) && sl_iot_setup(s->store, err) && sl_kms_api_setup(s->store, err)
           && sl_signer_api_setup(s->store, err) && root_keys(s, err) && sl_folder_sweep(s->store, err);
}

static bool make_tls(struct sl_sandbox *s, const char *host, struct sl_err *err)
{
    bool usual = !strcmp(host, "127.0.0.1") || !strcmp(host, "::1");
    return sl_ca_make(usual ? "" : host, sl_clock_now_utc(), &s->ca, err)
           && sl_path_join(sl_buf_str(&s->folder.path), "ca.pem", &s->ca_file, err)
           && sl_file_write(sl_buf_str(&s->ca_file), 0644, sl_buf_span(&s->ca.authority_pem), err);
}

static bool serve(struct sl_sandbox *s, const struct sl_sandbox_options *o, struct sl_err *err)
{
    SL_AUTO(sl_listener_close) struct sl_listener listener = { .fd = -1 };
    if (!sl_listener_open(o->listen ? o->listen : "127.0.0.1:0", o->listen_anywhere, &listener, err)
        || !sl_buf_addf(&s->url, err, "%s://%s", o->tls ? "https" : "http", listener.authority)
        || ((o->tls || o->mqtt) && !make_tls(s, listener.host, err)))
        return false;
    s->tls = o->tls;
    s->facts.url = sl_buf_str(&s->url);
    s->env = (struct sl_call_env){ .facts = &s->facts,
                                   .store = s->store,
                                   .faults = s->faults,
                                   .root = { s->access_key_id, sl_secret_span(&s->secret_access_key) },
                                   .log = o->log,
                                   .stopping = &s->stopping };
    return sl_server_start(&listener, &s->env, o->tls ? &s->ca : NULL, &s->server, err);
}

/* An exchange of the root identity that comes over no network. */
static bool root_exchange(struct sl_sandbox *s, struct sl_arena *arena, struct sl_exchange *ret, struct sl_err *err)
{
    struct sl_exchange x = { .facts = &s->facts,
                             .store = s->store,
                             .arena = arena,
                             .now_utc = sl_clock_now_utc(),
                             .log = s->env.log,
                             .operation = "prepare",
                             .request_id = "prepare",
                             .caller_role = "",
                             .reply_fd = -1 };
    x.caller_arn = sl_arena_fmt(arena, err, "arn:%s:iam::%s:root", sl_access_partition(&x), s->account);
    *ret = x;
    return x.caller_arn != NULL;
}

static bool make_metadata_role(struct sl_sandbox *s, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_exchange x;
    const char *role = sl_buf_str(&s->metadata_role);
    if (!root_exchange(s, &arena, &x, err) || !sl_metadata_role_make(&x, role, err) || !sl_store_begin(s->store, err))
        return false;
    const char *arn = sl_access_role_arn(&x, role, err);
    sl_store_rollback(s->store);
    return arn && sl_buf_add_str(&s->metadata_arn, arn, err);
}

/* On loopback only: it gives credentials away. */
static bool serve_metadata(struct sl_sandbox *s, const struct sl_sandbox_options *o, struct sl_err *err)
{
    SL_AUTO(sl_listener_close) struct sl_listener listener = { .fd = -1 };
    const char *role = o->metadata_role ? o->metadata_role : "pipeline";
    if (!o->metadata && !o->metadata_role)
        return true;
    if (!sl_buf_add_str(&s->metadata_role, role, err) || !make_metadata_role(s, err))
        return false;
    s->metadata_env = (struct sl_metadata_env){
        .facts = &s->facts, .store = s->store, .log = o->log, .role = sl_buf_str(&s->metadata_role)
    };
    if (!sl_metadata_setup(&s->metadata_env, err) || !sl_listener_open("127.0.0.1:0", false, &listener, err)
        || !sl_buf_addf(&s->metadata_url, err, "http://%s", listener.authority))
        return false;
    s->metadata = (struct sl_sandbox_metadata){ .url = sl_buf_str(&s->metadata_url),
                                                .container_token = s->metadata_env.container_token,
                                                .runner_token = s->metadata_env.runner_token,
                                                .role_arn = sl_buf_str(&s->metadata_arn) };
    return sl_metadata_server_start(&listener, &s->metadata_env, &s->metadata_server, err);
}

static bool serve_mqtt(struct sl_sandbox *s, const struct sl_sandbox_options *o, struct sl_err *err)
{
    const struct sl_mqtt_env env = {
        .facts = &s->facts, .store = s->store, .ca = &s->ca, .dir = sl_buf_str(&s->folder.path), .log = o->log
    };
    return !o->mqtt || sl_mqtt_start(&env, &s->mqtt, err);
}

static bool take_identity(struct sl_sandbox *s, const struct sl_sandbox_options *o, struct sl_err *err)
{
    s->facts.begin_at_once = o->begin_at_once;
    s->facts.session_seconds = o->session_seconds;
    if (!o->metadata && !o->metadata_role)
        return true;
    if (!sl_oidc_new(&s->oidc, err))
        return false;
    s->facts.oidc = s->oidc;
    return true;
}

bool sl_sandbox_open(const struct sl_sandbox_options *options, struct sl_sandbox **ret, struct sl_err *err)
{
    struct sl_sandbox *s = calloc(1, sizeof *s);
    if (!s)
        return sl_fail_nomem(err);
    atomic_init(&s->stopping, false);
    s->metadata = (struct sl_sandbox_metadata){ "", "", "", "" };
    if (!sl_secret_setup(err) || !take_facts(s, options, err) || !sl_faults_new(options->faults, &s->faults, err)
        || !open_state(s, options, err) || !take_identity(s, options, err) || !serve(s, options, err)
        || !serve_metadata(s, options, err) || !serve_mqtt(s, options, err)) {
        sl_sandbox_close(s);
        return false;
    }
    *ret = s;
    return true;
}

void sl_sandbox_close(struct sl_sandbox *s)
{
    if (!s)
        return;
    atomic_store(&s->stopping, true);
    sl_mqtt_stop(s->mqtt);
    sl_metadata_server_stop(s->metadata_server);
    sl_server_stop(s->server);
    sl_store_close(s->store);
    sl_faults_free(s->faults);
    sl_folder_close(&s->folder);
    sl_ca_clear(&s->ca);
    sl_oidc_free(s->oidc);
    sl_secret_clear(&s->secret_access_key);
    sl_wipe(&s->metadata_env.container_token, sizeof s->metadata_env.container_token);
    sl_wipe(&s->metadata_env.runner_token, sizeof s->metadata_env.runner_token);
    sl_buf_clear(&s->metadata_url);
    sl_buf_clear(&s->metadata_role);
    sl_buf_clear(&s->metadata_arn);
    sl_buf_clear(&s->ca_file);
    sl_buf_clear(&s->url);
    free(s->region);
    free(s->account);
    free(s);
}

const char *sl_sandbox_url(const struct sl_sandbox *s)
{
    return sl_buf_str(&s->url);
}

const char *sl_sandbox_region(const struct sl_sandbox *s)
{
    return s->region;
}

const char *sl_sandbox_access_key_id(const struct sl_sandbox *s)
{
    return s->access_key_id;
}

const char *sl_sandbox_secret_access_key(const struct sl_sandbox *s)
{
    return (const char *)s->secret_access_key.ptr;
}

const struct sl_sandbox_metadata *sl_sandbox_metadata(const struct sl_sandbox *s)
{
    return &s->metadata;
}

const char *sl_sandbox_ca_file(const struct sl_sandbox *s)
{
    return s->tls ? sl_buf_str(&s->ca_file) : "";
}

struct sl_sandbox_mqtt sl_sandbox_mqtt(const struct sl_sandbox *s)
{
    return (struct sl_sandbox_mqtt){ .host = SL_MQTT_BROKER_HOST,
                                     .certificates = s->mqtt ? sl_mqtt_certificates(s->mqtt) : "",
                                     .port = s->mqtt ? sl_mqtt_port(s->mqtt) : 0 };
}

bool sl_sandbox_prepare(struct sl_sandbox *s, const struct sl_prepare_wish *wish, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_exchange x;
    return root_exchange(s, &arena, &x, err) && sl_prepare_run(&x, wish, err)
           && (!s->mqtt || sl_mqtt_certify(s->mqtt, err));
}

bool sl_sandbox_library(size_t i, struct sl_library *ret)
{
    int major = 0, minor = 0, patch = 0;
    (void)mosquitto_lib_version(&major, &minor, &patch);
    const struct sl_library libraries[] = { { .name = "libmicrohttpd" },
                                            { .name = "SQLite" },
                                            { .name = "libmosquitto" } };
    if (i >= sizeof libraries / sizeof *libraries)
        return false;
    *ret = libraries[i];
    if (i == 2)
        (void)snprintf(ret->version, sizeof ret->version, "%d.%d.%d", major, minor, patch);
    else
        (void)snprintf(ret->version, sizeof ret->version, "%s", i == 0 ? MHD_get_version() : sqlite3_libversion());
    return true;
}
