#include "core/clock.h"
#include "core/file.h"
#include "core/os.h"
#include "sandbox/priv/mqtt.h"
#include "sandbox/priv/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ATTEMPTS      5 /* another program may take the port before mosquitto does */
#define START_WAIT_MS 10000
#define STOP_WAIT_MS  5000
#define STEP_MS       10
#define CANNOT_RUN    127
#define PACKET_MAX    "131584" /* AWS IoT Core quotas: a payload of 131,072 bytes, and a topic of 512 here */

/* As in AWS: requests are written, answers and notifications are read, and only one's own. */
static const char acl[] = "user " SL_MQTT_BROKER_BRIDGE "\n"
                          "topic readwrite $aws/things/#\n"
                          "\n"
                          "pattern write $aws/things/%u/jobs/get\n"
                          "pattern write $aws/things/%u/jobs/start-next\n"
                          "pattern write $aws/things/%u/jobs/+/get\n"
                          "pattern write $aws/things/%u/jobs/+/update\n"
                          "pattern read $aws/things/%u/jobs/notify\n"
                          "pattern read $aws/things/%u/jobs/notify-next\n"
                          "pattern read $aws/things/%u/jobs/get/+\n"
                          "pattern read $aws/things/%u/jobs/start-next/+\n"
                          "pattern read $aws/things/%u/jobs/+/get/+\n"
                          "pattern read $aws/things/%u/jobs/+/update/+\n";

static bool put(const char *dir, const char *name, unsigned mode, struct sl_span bytes, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    return sl_path_join(dir, name, &path, err) && sl_file_write(sl_buf_str(&path), mode, bytes, err);
}

bool sl_mqtt_broker_identity(const struct sl_ca *ca, const char *dir, const char *name, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf certificate = { 0 }, file = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret key = { 0 };
    if (!sl_ca_device(ca, name, sl_clock_now_utc(), &certificate, &key, err)
        || !sl_buf_addf(&file, err, "%s.private.key", name)
        || !put(dir, sl_buf_str(&file), 0600, sl_secret_span(&key), err))
        return false;
    sl_buf_reset(&file);
    return sl_buf_addf(&file, err, "%s.cert.pem", name)
           && put(dir, sl_buf_str(&file), 0644, sl_buf_span(&certificate), err);
}

/* Devices run elsewhere than the sandbox: its folder by a path that begins at the root. */
static bool make_folders(const struct sl_mqtt_env *env, struct sl_mqtt_broker *b, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf state = { 0 };
    char here[PATH_MAX];
    if (!getcwd(here, sizeof here))
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot tell the current folder: %s", strerror(errno));
    return sl_path_join(here, env->dir, &state, err) && sl_path_join(sl_buf_str(&state), "mqtt", &b->dir, err)
           && sl_path_join(sl_buf_str(&b->dir), "certificates", &b->certificates, err)
           && sl_dir_make(sl_buf_str(&b->certificates), err);
}

static bool write_identities(const struct sl_mqtt_env *env, const struct sl_mqtt_broker *b, struct sl_err *err)
{
    const char *dir = sl_buf_str(&b->dir);
    return put(dir, "acl", 0600, sl_span_str(acl), err)
           && put(dir, "server.cert.pem", 0644, sl_buf_span(&env->ca->server_pem), err)
           && put(dir, "server.private.key", 0600, sl_secret_span(&env->ca->server_key_pem), err)
           && put(sl_buf_str(&b->certificates), SL_MQTT_BROKER_CA, 0644, sl_buf_span(&env->ca->authority_pem), err)
           && sl_mqtt_broker_identity(env->ca, dir, SL_MQTT_BROKER_BRIDGE, err);
}

static bool find_port(unsigned *ret, struct sl_err *err)
{
    SL_AUTO(sl_listener_close) struct sl_listener free_one = { .fd = -1 };
    if (!sl_listener_open(SL_MQTT_BROKER_HOST ":0", false, &free_one, err))
        return false;
    *ret = (unsigned)strtoul(strrchr(free_one.authority, ':') + 1, NULL, 10);
    return true;
}

/* AWS IoT Core knows QoS 0 and 1 only. mosquitto gives its rights away when root starts it, and could then not read
 * what belongs to root. */
static bool write_config(const struct sl_mqtt_broker *b, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const char *dir = sl_buf_str(&b->dir);
    return sl_buf_addf(&text, err,
                       "listener %u " SL_MQTT_BROKER_HOST "\n"
                       "cafile %s/certificates/" SL_MQTT_BROKER_CA "\n"
                       "certfile %s/server.cert.pem\n"
                       "keyfile %s/server.private.key\n"
                       "require_certificate true\n"
                       "use_identity_as_username true\n"
                       "allow_anonymous false\n"
                       "acl_file %s/acl\n"
                       "max_qos 1\n"
                       "max_packet_size " PACKET_MAX "\n"
                       "max_queued_messages 0\n"
                       "persistence false\n"
                       "log_dest stderr\n"
                       "log_type error\n"
                       "%s",
                       b->port, dir, dir, dir, dir, geteuid() == 0 ? "user root\n" : "")
           && put(dir, "mosquitto.conf", 0600, sl_buf_span(&text), err);
}

/* In the child, where other threads may hold any lock: system calls only. */
static void become(const char *config, bool talks)
{
    static const char *const programs[] = { "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto",
                                            "/usr/local/bin/mosquitto" };
    const char *const argv[] = { "mosquitto", "-c", config, NULL }, *const environment[] = { "LC_ALL=C", NULL };
    struct sl_err err = { 0 };
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    /* A terminal's Ctrl-C goes to the whole group; the sandbox ends it in its own order. */
    (void)setpgid(0, 0);
    int nothing = open("/dev/null", O_RDWR);
    if (!sl_os_die_with_parent(&err) || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0
        || dup2(nothing, STDOUT_FILENO) < 0 || (!talks && dup2(nothing, STDERR_FILENO) < 0))
        _exit(1);
    sl_os_close_from(STDERR_FILENO + 1);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        (void)execve(programs[i], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
    _exit(CANNOT_RUN);
}

static bool listens(unsigned port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
    to.sin_port = htons((uint16_t)port);
    SL_AUTO(sl_fd_close) int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
}

static void end(struct sl_mqtt_broker *b)
{
    pid_t pid = (pid_t)b->pid;
    if (pid <= 0)
        return;
    (void)kill(pid, SIGTERM);
    unsigned waited = 0;
    for (; waited < STOP_WAIT_MS && waitpid(pid, NULL, WNOHANG) == 0; waited += STEP_MS)
        sl_clock_sleep_ms(STEP_MS);
    if (waited >= STOP_WAIT_MS) {
        (void)kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    b->pid = 0;
}

/* True when it listens; false without an error when it ended, as it does when its port is taken. */
static bool run_once(struct sl_mqtt_broker *b, bool talks, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf config = { 0 };
    int how = 0;
    if (!find_port(&b->port, err) || !write_config(b, err)
        || !sl_path_join(sl_buf_str(&b->dir), "mosquitto.conf", &config, err))
        return false;
    pid_t pid = fork();
    if (pid < 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "cannot start mosquitto: %s", strerror(errno));
    if (pid == 0)
        become(sl_buf_str(&config), talks);
    b->pid = pid;
    for (unsigned waited = 0; waited < START_WAIT_MS; waited += STEP_MS) {
        if (waitpid(pid, &how, WNOHANG) == pid) {
            b->pid = 0;
            return WIFEXITED(how) && WEXITSTATUS(how) == CANNOT_RUN
                   && sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                              "there is no mosquitto in the usual places; install it (Debian: apt install mosquitto)");
        }
        if (listens(b->port))
            return true;
        sl_clock_sleep_ms(STEP_MS);
    }
    end(b);
    return false;
}

bool sl_mqtt_broker_start(const struct sl_mqtt_env *env, struct sl_mqtt_broker *ret, struct sl_err *err)
{
    struct sl_mqtt_broker b = { .pid = 0 };
    bool ok = make_folders(env, &b, err) && write_identities(env, &b, err);
    for (unsigned i = 0; ok && i < ATTEMPTS && err->code == SL_OK; i++)
        if (run_once(&b, env->log != NULL, err)) {
            *ret = b;
            return true;
        }
    if (err->code == SL_OK)
        (void)sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE,
                      "mosquitto ended before it listened; its own message, without --quiet, says why");
    sl_mqtt_broker_stop(&b);
    return false;
}

void sl_mqtt_broker_stop(struct sl_mqtt_broker *b)
{
    end(b);
    sl_buf_clear(&b->dir);
    sl_buf_clear(&b->certificates);
}
