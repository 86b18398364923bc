#include "cli/fleet.h"

#include "cli/interrupt.h"
#include "core/file.h"
#include "core/os.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const result_names[] = {
    [SL_DEVICE_IDLE] = "idle",
    [SL_DEVICE_SUCCEEDED] = "succeeded",
    [SL_DEVICE_REJECTED] = "rejected",
    [SL_DEVICE_FAILED] = "failed",
};

const char *sl_fleet_result_name(enum sl_device_result result)
{
    return result_names[result];
}

void sl_fleet_clear(struct sl_fleet *f)
{
    for (size_t i = 0; i < f->n; i++)
        sl_pubkey_clear(&f->devices[i].own_trust);
    for (size_t i = 0; i < f->n_keys; i++)
        sl_pubkey_clear(&f->keys[i]);
    sl_arena_clear(&f->arena);
    *f = (struct sl_fleet){ 0 };
}

const char *sl_fleet_member(struct sl_arena *a, size_t i, struct sl_err *err)
{
    return sl_arena_fmt(a, err, "device-%zu", i + 1);
}

/* The name in ".../thing/NAME", NULL for another kind of target. */
static const char *target_thing(const char *arn)
{
    const char *kind = strstr(arn, ":thing/");
    return kind ? kind + strlen(":thing/") : NULL;
}

static struct sl_fleet_device *find(struct sl_fleet *f, const char *thing, size_t len)
{
    for (size_t i = 0; i < f->n; i++)
        if (strlen(f->devices[i].thing) == len && strncmp(f->devices[i].thing, thing, len) == 0)
            return &f->devices[i];
    return NULL;
}

static void add(struct sl_fleet *f, const char *thing)
{
    if (find(f, thing, strlen(thing)))
        return;
    f->devices[f->n++] = (struct sl_fleet_device){
        .thing = thing, .running = "", .hardware = "", .expected = SL_DEVICE_SUCCEEDED, .from = -1
    };
}

static bool name_devices(struct sl_fleet *f, const struct sl_plan *plan, unsigned members, struct sl_err *err)
{
    size_t most = members;
    bool groups = false;
    for (size_t j = 0; j < plan->n_jobs; j++)
        most += plan->jobs[j].n_targets;
    f->devices = sl_arena_alloc(&f->arena, most, sizeof *f->devices, err);
    if (!f->devices)
        return false;
    for (size_t j = 0; j < plan->n_jobs; j++)
        for (size_t t = 0; t < plan->jobs[j].n_targets; t++) {
            const char *thing = target_thing(plan->jobs[j].targets[t]);
            groups = groups || !thing;
            if (thing)
                add(f, thing);
        }
    for (size_t i = 0; groups && i < members; i++) {
        const char *name = sl_fleet_member(&f->arena, i, err);
        if (!name)
            return false;
        add(f, name);
    }
    return true;
}

/* The device that "THING=VALUE" of an option means; *ret_value is the part after '='. */
static bool addressed(struct sl_fleet *f, enum sl_option_id id, const char *text, struct sl_fleet_device **ret,
                      const char **ret_value, struct sl_err *err)
{
    const char *equals = strchr(text, '=');
    const char *option = sl_option_get(id)->name;
    if (!equals || equals == text || !equals[1])
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s '%s' is not %s", option, text, sl_option_get(id)->metavar);
    *ret = find(f, text, (size_t)(equals - text));
    if (!*ret)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s '%s': there is no such device; the first is '%s'", option,
                       text, f->n > 0 ? f->devices[0].thing : "");
    *ret_value = equals + 1;
    return true;
}

static bool take_result(const char *text, enum sl_device_result *ret, struct sl_err *err)
{
    for (size_t i = SL_DEVICE_SUCCEEDED; i <= SL_DEVICE_FAILED; i++) {
        if (strcmp(text, result_names[i]) != 0)
            continue;
        *ret = (enum sl_device_result)i;
        return true;
    }
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--expect '%s' is not succeeded, rejected or failed", text);
}

static bool take_one(struct sl_fleet_device *d, enum sl_option_id id, const char *value, struct sl_err *err)
{
    assert(d && value);
    if (id == SL_OPT_EXPECT)
        return take_result(value, &d->expected, err);
    if (id == SL_OPT_TRUST)
        return sl_pubkey_load(value, &d->own_trust, err);
    if (id == SL_OPT_RUNNING)
        d->running = value;
    else
        d->hardware = value;
    return true;
}

static bool take_options(const struct sl_context *c, struct sl_fleet *f, struct sl_err *err)
{
    static const enum sl_option_id ids[] = { SL_OPT_EXPECT, SL_OPT_TRUST, SL_OPT_RUNNING, SL_OPT_HARDWARE };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const char *const *values = c->args.value[ids[i]];
        for (; values && *values; values++) {
            struct sl_fleet_device *d = NULL;
            const char *value = NULL;
            if (!addressed(f, ids[i], *values, &d, &value, err) || !take_one(d, ids[i], value, err))
                return false;
        }
    }
    return true;
}

static bool learn_key(struct sl_fleet *f, const struct sl_plan_key *key, struct sl_signer *signer, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    if (!signer->public_key(signer, key->name, key->uri, key->path, &pub, err))
        return false;
    for (size_t i = 0; i < f->n_keys; i++)
        if (strcmp(f->keys[i].keyid, pub.keyid) == 0)
            return true;
    f->keys[f->n_keys++] = pub;
    pub = (struct sl_pubkey){ 0 };
    return true;
}

static bool learn_keys(struct sl_fleet *f, const struct sl_plan *plan, struct sl_signer *signer, struct sl_err *err)
{
    f->keys = sl_arena_alloc(&f->arena, plan->n_statement_keys + plan->n_artifacts, sizeof *f->keys, err);
    if (!f->keys)
        return false;
    for (size_t i = 0; i < plan->n_statement_keys; i++)
        if (!learn_key(f, plan->statement_keys[i], signer, err))
            return false;
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if (!learn_key(f, plan->artifacts[i].key, signer, err))
            return false;
    return true;
}

bool sl_fleet_open(const struct sl_context *c, const struct sl_plan *plan, struct sl_signer *signer,
                   struct sl_fleet *ret, struct sl_err *err)
{
    SL_AUTO(sl_fleet_clear) struct sl_fleet f = { .threshold = plan->statement_threshold, .n_jobs = plan->n_jobs };
    unsigned members = 0;
    if (!sl_args_number(&c->args, SL_OPT_DEVICES, 1, 100, SL_FLEET_MEMBERS, &members, err)
        || !name_devices(&f, plan, members, err) || !learn_keys(&f, plan, signer, err) || !take_options(c, &f, err))
        return false;
    *ret = f;
    f = (struct sl_fleet){ 0 };
    return true;
}

static bool open_wire(const struct sl_sandbox_child *sandbox, struct sl_wire **ret, struct sl_err *err)
{
    struct sl_wire_options options = { .region = sandbox->region,
                                       .ca_bundle = *sandbox->ca_bundle ? sandbox->ca_bundle : NULL,
                                       .interrupted = sl_interrupt_flag() };
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        options.endpoint_url[i] = sandbox->endpoint_url;
    struct sl_credentials cred = { 0 };
    bool ok = sl_sandbox_child_credentials(sandbox, &cred, err) && sl_wire_open(&options, &cred, ret, err);
    sl_credentials_clear(&cred);
    return ok;
}

/* Take jobs until there is none left; the outcome is that of the last one taken, or of the first not taken well. */
static bool take_jobs(const struct sl_fleet *f, const struct sl_fleet_device *d, struct sl_wire *wire,
                      struct sl_device_outcome *ret, struct sl_err *err)
{
    bool own = d->own_trust.spki.len > 0;
    struct sl_device_options options = {
        .thing_name = d->thing,
        .hardware = d->hardware,
        .version = d->running,
        .trust = own ? &d->own_trust : f->keys,
        .n_trust = own ? 1 : f->n_keys,
        .threshold = own ? 1 : f->threshold,
    };
    struct sl_device_outcome best = { .result = SL_DEVICE_IDLE };
    char version[sizeof best.version] = "";
    for (size_t i = 0; i < f->n_jobs; i++) {
        struct sl_device_outcome one = { .result = SL_DEVICE_IDLE };
        if (!sl_device_run(&options, wire, &one, err))
            return false;
        if (one.result == SL_DEVICE_IDLE)
            break;
        one.bytes += best.bytes;
        one.files += best.files;
        best = one;
        if (one.result != SL_DEVICE_SUCCEEDED)
            break;
        (void)snprintf(version, sizeof version, "%s", one.version);
        options.version = version;
    }
    *ret = best;
    return true;
}

/* What a device's process sends: its outcome, or why it has none. */
struct message {
    bool ok;
    struct sl_device_outcome outcome;
    struct sl_err err;
};

_Static_assert(sizeof(struct message) <= 4096, "a pipe takes the message whole (PIPE_BUF)");

static void be_device(const struct sl_fleet *f, const struct sl_fleet_device *d, const struct sl_sandbox_child *sandbox,
                      int to)
{
    struct message m = { 0 };
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    m.ok = sl_os_die_with_parent(&m.err) && open_wire(sandbox, &wire, &m.err)
           && take_jobs(f, d, wire, &m.outcome, &m.err);
    m.err.loc = SL_LOC_NONE; /* its pointer means nothing to the parent */
    sl_wire_closep(&wire);
    ssize_t sent = write(to, &m, sizeof m);
    _exit(sent == (ssize_t)sizeof m ? 0 : 1);
}

static bool start(struct sl_fleet *f, struct sl_fleet_device *d, const struct sl_sandbox_child *sandbox,
                  struct sl_err *err)
{
    int ends[2];
    if (pipe(ends) != 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "cannot start device '%s': %s", d->thing, strerror(errno));
    d->from = ends[0];
    SL_AUTO(sl_fd_close) int to = ends[1];
    d->pid = fork();
    if (d->pid < 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "cannot start device '%s': %s", d->thing, strerror(errno));
    if (d->pid == 0)
        be_device(f, d, sandbox, to);
    return true;
}

/* A signal may have come to this process alone; the devices end by the same one. */
static void stop_all(const struct sl_fleet *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->devices[i].pid > 0)
            (void)kill(f->devices[i].pid, SIGTERM);
}

/* Of several runs the last one in which there was a job counts. */
static void take_outcome(struct sl_fleet_device *d, const struct sl_device_outcome *outcome)
{
    if (outcome->result == SL_DEVICE_IDLE)
        return;
    const size_t files = d->outcome.files + outcome->files;
    const uint64_t bytes = d->outcome.bytes + outcome->bytes;
    d->outcome = *outcome;
    d->outcome.files = files;
    d->outcome.bytes = bytes;
    if (outcome->result == SL_DEVICE_SUCCEEDED)
        d->running = d->outcome.version;
}

static bool collect(const struct sl_fleet *f, struct sl_fleet_device *d, struct sl_err *err)
{
    struct message m = { 0 };
    ssize_t got;
    while ((got = read(d->from, &m, sizeof m)) < 0 && errno == EINTR)
        if (*sl_interrupt_flag())
            stop_all(f);
    sl_fd_close(&d->from);
    while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    d->pid = 0;
    if (got != (ssize_t)sizeof m)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "device '%s' ended without an outcome", d->thing);
    if (!m.ok) {
        *err = m.err;
        return sl_while(err, SL_LOC_NONE, "device '%s'", d->thing);
    }
    take_outcome(d, &m.outcome);
    return true;
}

bool sl_fleet_run(struct sl_fleet *f, const struct sl_sandbox_child *sandbox, struct sl_err *err)
{
    (void)fflush(NULL); /* what is buffered must not be printed once more by each child */
    bool ok = true;
    size_t started = 0;
    while (ok && started < f->n) {
        ok = start(f, &f->devices[started], sandbox, err);
        started += ok;
    }
    for (size_t i = 0; i < started; i++) {
        struct sl_err one = { 0 };
        if (!collect(f, &f->devices[i], &one) && ok) {
            *err = one;
            ok = false;
        }
    }
    if (*sl_interrupt_flag()) {
        *err = (struct sl_err){ 0 };
        return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted while devices took the update");
    }
    return ok;
}

size_t sl_fleet_surprises(const struct sl_fleet *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += f->devices[i].outcome.result != f->devices[i].expected;
    return n;
}
