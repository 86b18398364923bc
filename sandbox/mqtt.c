#include "sandbox/priv/mqtt.h"

#include "core/clock.h"
#include "core/file.h"
#include "sandbox/priv/rows.h"

#include <mosquitto.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOP_MS           50
#define READY_MS          10000
#define RECONNECT_MS      200
#define KEEPALIVE_SECONDS 60
#define CERTIFY_AT_ONCE   "32"

struct sl_mqtt {
    struct sl_mqtt_env env;
    struct sl_mqtt_broker broker;
    struct sl_mqtt_notify notify;
    struct mosquitto *client;
    bool library, ready, gone; /* ready: subscribed; gone: said once that the broker is lost */
    pthread_t thread;
    bool has_thread, has_lock;
    pthread_mutex_t lock; /* over making certificates, which two threads do */
    atomic_bool stopping;
};

static void note(const struct sl_mqtt *m, const char *what, const char *why)
{
    if (m->env.log)
        (void)fprintf(m->env.log, "mqtt: %s: %s\n", what, why);
}

static bool publish(void *ctx, const char *topic, struct sl_span payload, struct sl_err *err)
{
    struct sl_mqtt *m = ctx;
    int code = mosquitto_publish(m->client, NULL, topic, (int)payload.len, payload.ptr, 1, false);
    return code == MOSQ_ERR_SUCCESS
           || sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "cannot publish to the broker: %s", mosquitto_strerror(code));
}

static void look(struct sl_mqtt *m)
{
    struct sl_err err = { 0 };
    if (!sl_mqtt_notify_look(&m->env, sl_clock_now_utc(), &m->notify, publish, m, &err))
        note(m, "a notification is lost", err.msg);
}

static void on_connect(struct mosquitto *client, void *ctx, int code)
{
    static const char *const topics[] = { "$aws/things/+/jobs/get", "$aws/things/+/jobs/start-next",
                                          "$aws/things/+/jobs/+/get", "$aws/things/+/jobs/+/update" };
    char *const *list = (char *const *)(uintptr_t)topics;
    struct sl_mqtt *m = ctx;
    if (code == 0 && mosquitto_subscribe_multiple(client, NULL, sizeof topics / sizeof *topics, list, 1, 0, NULL) != 0)
        note(m, "the bridge cannot subscribe", "libmosquitto refuses");
}

static void on_subscribe(struct mosquitto *client, void *ctx, int id, int n, const int *granted)
{
    struct sl_mqtt *m = ctx;
    (void)client;
    (void)id;
    (void)n;
    (void)granted;
    m->ready = true;
    m->gone = false;
}

static void on_message(struct mosquitto *client, void *ctx, const struct mosquitto_message *message)
{
    struct sl_mqtt *m = ctx;
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf topic = { 0 }, payload = { 0 };
    struct sl_span request = { message->payload, (size_t)message->payloadlen };
    (void)client;
    if (!sl_mqtt_door_answer(&m->env, sl_clock_now_utc(), message->topic, request, &topic, &payload, &err)
        || (topic.len && !publish(m, sl_buf_str(&topic), sl_buf_span(&payload), &err)))
        note(m, "an answer is lost", err.msg);
    if (payload.ptr)
        sl_wipe(payload.ptr, payload.len); /* URLs that open objects */
    look(m);
}

static bool find_uncertified(struct sl_mqtt *m, struct sl_rows *rows, struct sl_err *err)
{
    static const char select[] = "SELECT name FROM things WHERE name NOT IN (SELECT thing FROM mqtt_certified) "
                                 "LIMIT " CERTIFY_AT_ONCE;
    if (!sl_store_begin(m->env.store, err))
        return false;
    bool ok = sl_store_query(m->env.store, sl_rows_add, rows, err, select, "");
    sl_store_rollback(m->env.store);
    return ok;
}

static bool keep_certified(struct sl_mqtt *m, const struct sl_rows *rows, struct sl_err *err)
{
    bool ok = sl_store_begin(m->env.store, err);
    if (!ok)
        return false;
    for (size_t i = 0; ok && i < rows->n; i++)
        ok = sl_store_exec(m->env.store, err, "INSERT INTO mqtt_certified(thing) VALUES(?)", "s",
                           sl_rows_text(rows, i, 0));
    if (ok)
        return sl_store_commit(m->env.store, err);
    sl_store_rollback(m->env.store);
    return false;
}

/* The next few things without a certificate; true with *ret_more false when there are none. No transaction is open while
 * files are written, which takes a while. */
static bool certify_some(struct sl_mqtt *m, bool *ret_more, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_rows rows = { .arena = &arena };
    if (!find_uncertified(m, &rows, err))
        return false;
    for (size_t i = 0; i < rows.n; i++)
        if (!sl_mqtt_broker_identity(m->env.ca, sl_buf_str(&m->broker.certificates), sl_rows_text(&rows, i, 0), err))
            return false;
    *ret_more = rows.n > 0;
    return rows.n == 0 || keep_certified(m, &rows, err);
}

bool sl_mqtt_certify(struct sl_mqtt *m, struct sl_err *err)
{
    bool more = true, ok = true;
    (void)pthread_mutex_lock(&m->lock);
    while (ok && more)
        ok = certify_some(m, &more, err);
    (void)pthread_mutex_unlock(&m->lock);
    return ok;
}

static void certify_new(struct sl_mqtt *m)
{
    struct sl_err err = { 0 };
    bool more;
    (void)pthread_mutex_lock(&m->lock);
    if (!certify_some(m, &more, &err))
        note(m, "a thing has no certificate", err.msg);
    (void)pthread_mutex_unlock(&m->lock);
}

static void reconnect(struct sl_mqtt *m, int code)
{
    if (!m->gone)
        note(m, "the bridge lost its broker", mosquitto_strerror(code));
    m->gone = true;
    sl_clock_sleep_ms(RECONNECT_MS);
    (void)mosquitto_reconnect(m->client);
}

static void *run(void *ctx)
{
    struct sl_mqtt *m = ctx;
    while (!atomic_load(&m->stopping)) {
        int code = mosquitto_loop(m->client, LOOP_MS, 1);
        if (code != MOSQ_ERR_SUCCESS && !atomic_load(&m->stopping))
            reconnect(m, code);
        certify_new(m);
        look(m);
    }
    return NULL;
}

static bool refused(int code, struct sl_err *err)
{
    return sl_fail(err, SL_E_NETWORK, SL_LOC_NONE, "the sandbox cannot talk to its own mosquitto: %s",
                   mosquitto_strerror(code));
}

static bool make_client(struct sl_mqtt *m, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf ca = { 0 }, certificate = { 0 }, key = { 0 };
    const char *dir = sl_buf_str(&m->broker.dir);
    if (!sl_path_join(sl_buf_str(&m->broker.certificates), SL_MQTT_BROKER_CA, &ca, err)
        || !sl_path_join(dir, SL_MQTT_BROKER_BRIDGE ".cert.pem", &certificate, err)
        || !sl_path_join(dir, SL_MQTT_BROKER_BRIDGE ".private.key", &key, err))
        return false;
    m->library = mosquitto_lib_init() == MOSQ_ERR_SUCCESS;
    m->client = m->library ? mosquitto_new(SL_MQTT_BROKER_BRIDGE, true, m) : NULL;
    if (!m->client)
        return sl_fail_nomem(err);
    mosquitto_connect_callback_set(m->client, on_connect);
    mosquitto_subscribe_callback_set(m->client, on_subscribe);
    mosquitto_message_callback_set(m->client, on_message);
    int code = mosquitto_tls_set(m->client, sl_buf_str(&ca), NULL, sl_buf_str(&certificate), sl_buf_str(&key), NULL);
    if (code == MOSQ_ERR_SUCCESS)
        code = mosquitto_connect(m->client, SL_MQTT_BROKER_HOST, (int)m->broker.port, KEEPALIVE_SECONDS);
    return code == MOSQ_ERR_SUCCESS || refused(code, err);
}

/* Devices may come as soon as their address is printed, so the bridge listens first. */
static bool wait_ready(struct sl_mqtt *m, struct sl_err *err)
{
    uint64_t end_ms = sl_clock_monotonic_ms() + READY_MS;
    while (!m->ready && sl_clock_monotonic_ms() < end_ms) {
        int code = mosquitto_loop(m->client, LOOP_MS, 1);
        if (code != MOSQ_ERR_SUCCESS)
            return refused(code, err);
    }
    return m->ready || refused(MOSQ_ERR_CONN_PENDING, err);
}

bool sl_mqtt_start(const struct sl_mqtt_env *env, struct sl_mqtt **ret, struct sl_err *err)
{
    struct sl_mqtt *m = calloc(1, sizeof *m);
    if (!m)
        return sl_fail_nomem(err);
    m->env = *env;
    atomic_init(&m->stopping, false);
    m->has_lock = pthread_mutex_init(&m->lock, NULL) == 0;
    bool ok = (m->has_lock || sl_fail_nomem(err)) && sl_mqtt_notify_setup(env->store, err)
              && sl_mqtt_broker_start(env, &m->broker, err) && make_client(m, err) && wait_ready(m, err)
              && sl_mqtt_certify(m, err);
    m->has_thread = ok && pthread_create(&m->thread, NULL, run, m) == 0;
    if (!m->has_thread) {
        sl_mqtt_stop(m);
        return ok ? sl_fail_nomem(err) : false;
    }
    *ret = m;
    return true;
}

void sl_mqtt_stop(struct sl_mqtt *m)
{
    if (!m)
        return;
    atomic_store(&m->stopping, true);
    if (m->has_thread)
        (void)pthread_join(m->thread, NULL);
    if (m->client)
        mosquitto_destroy(m->client);
    if (m->library)
        (void)mosquitto_lib_cleanup();
    sl_mqtt_broker_stop(&m->broker);
    if (m->has_lock)
        (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

unsigned sl_mqtt_port(const struct sl_mqtt *m)
{
    return m->broker.port;
}

const char *sl_mqtt_certificates(const struct sl_mqtt *m)
{
    return sl_buf_str(&m->broker.certificates);
}
