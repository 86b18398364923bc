/* The devices' other door: AWS IoT Jobs over MQTT.
 *
 * A mosquitto of the sandbox's own listens on 127.0.0.1, by TLS, and lets in whoever has a certificate of the sandbox's
 * CA; its common name is the thing, and a thing may touch the reserved job topics of its own alone. The bridge is one
 * more client of that broker: it hands each request to the same functions as the data plane over HTTPS, and tells
 * things what has changed. Sources: IoT developer guide, "Jobs device MQTT API operations", "Reserved topics". */
#ifndef SL_SANDBOX_PRIV_MQTT_H
#define SL_SANDBOX_PRIV_MQTT_H

#include "sandbox/priv/ca.h"
#include "sandbox/priv/exchange.h"

struct sl_mqtt_env {
    const struct sl_sandbox_facts *facts;
    struct sl_store *store;
    const struct sl_ca *ca;
    const char *dir; /* of the sandbox's state */
    FILE *log;       /* may be NULL */
};

/* The broker as a process (mqtt_broker.c). */
struct sl_mqtt_broker {
    long pid; /* 0: none runs */
    unsigned port;
    struct sl_buf dir, certificates; /* what the broker reads; what devices need */
};
#define SL_MQTT_BROKER_HOST   "127.0.0.1"
#define SL_MQTT_BROKER_CA     "root-CA.crt"
#define SL_MQTT_BROKER_BRIDGE "sealift.sandbox" /* no thing can have a name with a dot */

/* Write what it reads and start it; it ends with the thread that called. SL_E_UNSUPPORTED when there is no mosquitto on
 * this machine. */
bool sl_mqtt_broker_start(const struct sl_mqtt_env *env, struct sl_mqtt_broker *ret, struct sl_err *err) SL_MUST_USE;
void sl_mqtt_broker_stop(struct sl_mqtt_broker *b);
/* Write NAME.cert.pem and NAME.private.key, new, into a folder. */
bool sl_mqtt_broker_identity(const struct sl_ca *ca, const char *dir, const char *name, struct sl_err *err) SL_MUST_USE;

/* Answer a request (mqtt_door.c): *ret_topic stays empty when the topic is none of a request. False only for trouble of
 * our own that left no answer. */
bool sl_mqtt_door_answer(const struct sl_mqtt_env *env, int64_t now_utc, const char *topic, struct sl_span payload,
                         struct sl_buf *ret_topic, struct sl_buf *ret_payload, struct sl_err *err) SL_MUST_USE;

/* What a thing would be told: its pending executions, or the next one. *ret stays NULL when it would be refused. */
bool sl_mqtt_door_read(const struct sl_mqtt_env *env, int64_t now_utc, const char *thing, bool next, json_t **ret,
                       struct sl_err *err) SL_MUST_USE;

/* Publish to each thing whose pending executions, or whose next one, are others than before (mqtt_notify.c). seen: what
 * the last look ended with, 0 at first. */
typedef bool sl_mqtt_publish(void *ctx, const char *topic, struct sl_span payload, struct sl_err *err);
struct sl_mqtt_notify {
    int64_t seen_changes, seen_utc;
};
bool sl_mqtt_notify_setup(struct sl_store *store, struct sl_err *err) SL_MUST_USE;
bool sl_mqtt_notify_look(const struct sl_mqtt_env *env, int64_t now_utc, struct sl_mqtt_notify *n,
                         sl_mqtt_publish *publish, void *ctx, struct sl_err *err) SL_MUST_USE;

/* Start broker and bridge, ready for devices. env is copied, what it points to is borrowed. */
struct sl_mqtt;
bool sl_mqtt_start(const struct sl_mqtt_env *env, struct sl_mqtt **ret, struct sl_err *err) SL_MUST_USE;
void sl_mqtt_stop(struct sl_mqtt *m); /* NULL is fine */

/* Make certificates for the things that have none. The bridge does so as well, a moment after a thing was made. */
bool sl_mqtt_certify(struct sl_mqtt *m, struct sl_err *err) SL_MUST_USE;

unsigned sl_mqtt_port(const struct sl_mqtt *m);
const char *sl_mqtt_certificates(const struct sl_mqtt *m);

#endif
