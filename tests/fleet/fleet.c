/* A fleet of simulated devices for the end-to-end tests:
 *
 *     fleet PUBLIC-KEY N FAIL-PERCENT STATE
 *
 * device-1 to device-N take one job each from the endpoint of the environment, some hundreds a second, from two processes.
 * FAIL-PERCENT of them, evenly spread, take all of it and then cannot install it. STATE keeps what each runs, a line a
 * device, for the next call. Prints how many did what. */
#include "core/file.h"
#include "core/secret.h"
#include "devices/device.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKERS 2

struct device {
    char version[32]; /* it runs, "" for none */
    enum sl_device_result result;
};

struct fleet {
    struct device *devices; /* shared by all processes */
    size_t n, fail_percent;
    struct sl_pubkey key;
};

static void stop(const struct sl_err *err)
{
    (void)fprintf(stderr, "fleet: %s\n", err->msg);
    exit(1);
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    if (!value) {
        (void)fprintf(stderr, "fleet: %s is not set\n", name);
        exit(1);
    }
    return value;
}

static bool open_wire(struct sl_wire **ret, struct sl_err *err)
{
    struct sl_wire_options options = { .region = variable("AWS_REGION") };
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .account = "" };
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        options.endpoint_url[i] = variable("AWS_ENDPOINT_URL");
    (void)snprintf(cred.access_key_id, sizeof cred.access_key_id, "%s", variable("AWS_ACCESS_KEY_ID"));
    return sl_secret_copy(sl_span_str(variable("AWS_SECRET_ACCESS_KEY")), &cred.secret_access_key, err)
           && sl_wire_open(&options, &cred, ret, err);
}

/* Every hundredth so many times, at even distances. */
static bool is_broken(const struct fleet *f, size_t i)
{
    return i * f->fail_percent / 100 != (i + 1) * f->fail_percent / 100;
}

static void take_job(const struct fleet *f, size_t i, struct sl_wire *wire)
{
    char name[32];
    struct device *d = &f->devices[i];
    struct sl_device_outcome outcome = { .result = SL_DEVICE_IDLE };
    struct sl_err err = { .code = SL_OK };
    (void)snprintf(name, sizeof name, "device-%zu", i + 1);
    const struct sl_device_options options = { .thing_name = name,
                                               .hardware = "",
                                               .version = d->version,
                                               .trust = &f->key,
                                               .n_trust = 1,
                                               .threshold = 1,
                                               .broken = is_broken(f, i) };
    if (!sl_device_run(&options, wire, &outcome, &err))
        stop(&err);
    d->result = outcome.result;
    if (outcome.result == SL_DEVICE_SUCCEEDED)
        (void)snprintf(d->version, sizeof d->version, "%.31s", outcome.version);
}

static void work(const struct fleet *f, size_t worker)
{
    struct sl_err err = { .code = SL_OK };
    struct sl_wire *wire = NULL;
    if (!open_wire(&wire, &err))
        stop(&err);
    for (size_t i = worker; i < f->n; i += WORKERS)
        take_job(f, i, wire);
    sl_wire_close(wire);
    _exit(0);
}

static void read_state(const struct fleet *f, const char *path)
{
    FILE *in = fopen(path, "r");
    for (size_t i = 0; in && i < f->n; i++) {
        char line[64] = "";
        if (!fgets(line, sizeof line, in))
            break;
        line[strcspn(line, "\n")] = 0;
        (void)snprintf(f->devices[i].version, sizeof f->devices[i].version, "%.31s", line);
    }
    if (in)
        (void)fclose(in);
}

static void write_state(const struct fleet *f, const char *path)
{
    FILE *out = fopen(path, "w");
    for (size_t i = 0; out && i < f->n; i++)
        (void)fprintf(out, "%s\n", f->devices[i].version);
    if (!out || fclose(out) != 0)
        exit(1);
}

int main(int argc, char **argv)
{
    struct sl_err err = { .code = SL_OK };
    struct fleet f = { .n = argc == 5 ? strtoul(argv[2], NULL, 10) : 0 };
    size_t counts[SL_DEVICE_FAILED + 1] = { 0 };
    int failed = 0;
    if (!f.n)
        return 2;
    f.fail_percent = strtoul(argv[3], NULL, 10);
    if (!sl_secret_setup(&err) || !sl_pubkey_load(argv[1], &f.key, &err))
        stop(&err);
    void *shared = mmap(NULL, f.n * sizeof *f.devices, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    f.devices = shared;
    read_state(&f, argv[4]);
    for (size_t i = 0; i < WORKERS; i++) {
        pid_t pid = fork();
        if (pid == 0)
            work(&f, i);
        failed += pid < 0;
    }
    for (int status = 0; wait(&status) > 0;)
        failed += status != 0;
    write_state(&f, argv[4]);
    for (size_t i = 0; i < f.n; i++)
        counts[f.devices[i].result]++;
    (void)printf("%zu succeeded, %zu failed, %zu rejected, %zu idle\n", counts[SL_DEVICE_SUCCEEDED],
                 counts[SL_DEVICE_FAILED], counts[SL_DEVICE_REJECTED], counts[SL_DEVICE_IDLE]);
    sl_pubkey_clear(&f.key);
    (void)munmap(shared, f.n * sizeof *f.devices);
    return failed ? 1 : 0;
}
