/* sealift rehearse: the whole release against a private sandbox, devices included. */
#include "cli/certifying.h"
#include "cli/fleet.h"
#include "cli/interrupt.h"
#include "cli/keyring.h"
#include "cli/live_files.h"
#include "cli/one_key.h"
#include "cli/planning.h"
#include "cli/promoting.h"
#include "cli/release.h"
#include "cli/session.h"
#include "cli/view.h"
#include "core/clock.h"
#include "core/text.h"
#include "publisher/reach.h"
#include "signer/throwaway.h"

#include <assert.h>
#include <string.h>

struct rehearsal {
    struct sl_live_files live; /* of --role live */
    struct sl_planning *planning;
    struct sl_fleet fleet;
    struct sl_sandbox_child sandbox;
    struct sl_wire *wire;
    struct sl_reach reach; /* to the keys that stand in for those in AWS */
    struct sl_context *context;
    struct sl_release release;
    uint64_t began_ms;
};

static void clear(struct rehearsal *r)
{
    r->context->reach = NULL;
    sl_live_files_clear(&r->live);
    sl_release_clear(&r->release);
    sl_wire_closep(&r->wire);
    sl_sandbox_child_stop(&r->sandbox);
    sl_fleet_clear(&r->fleet);
}

/* The options that are handed on to the sandbox as they are. */
static const enum sl_option_id handed_on[] = { SL_OPT_SET, SL_OPT_DEVICES, SL_OPT_FAULT };

static bool add_word(const char **words, size_t *n, const char *word, struct sl_err *err)
{
    if (*n + 1 >= SL_SANDBOX_CHILD_WORDS)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "more than %d words for the sandbox; give fewer --set and --fault",
                       SL_SANDBOX_CHILD_WORDS);
    words[(*n)++] = word;
    return true;
}

static bool hand_on(const struct sl_context *c, enum sl_option_id id, const char **words, size_t *n, struct sl_err *err)
{
    const char *const *values = c->args.value[id];
    for (; values && *values; values++)
        if (!add_word(words, n, sl_option_get(id)->name, err) || !add_word(words, n, *values, err))
            return false;
    return true;
}

static bool start_sandbox(struct sl_context *c, struct rehearsal *r, struct sl_err *err)
{
    const char *words[SL_SANDBOX_CHILD_WORDS + 1] = { "--quiet", "--begin-at-once", "--prepare", sl_planning_path(c) };
    size_t n = 0;
    while (words[n])
        n++;
    for (size_t i = 0; i < sizeof handed_on / sizeof *handed_on; i++)
        if (!hand_on(c, handed_on[i], words, &n, err))
            return false;
    const char *role = r->live.argument.len ? sl_buf_str(&r->live.argument) : sl_args_get(&c->args, SL_OPT_ROLE, NULL);
    if (role && (!add_word(words, &n, "--role", err) || !add_word(words, &n, role, err)))
        return false;
    if (sl_args_has(&c->args, SL_OPT_TLS) && !add_word(words, &n, "--tls", err))
        return false;
    return sl_sandbox_child_start(words, &r->sandbox, err);
}

static bool open_wire(struct sl_context *c, struct rehearsal *r, struct sl_err *err)
{
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { 0 };
    struct sl_wire_options options = { .region = r->sandbox.region,
                                       .ca_bundle = *r->sandbox.ca_bundle ? r->sandbox.ca_bundle : NULL,
                                       .progress = &c->console.progress,
                                       .interrupted = sl_interrupt_flag() };
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        options.endpoint_url[i] = r->sandbox.endpoint_url;
    return sl_sandbox_child_credentials(&r->sandbox, &cred, err) && sl_wire_open(&options, &cred, &r->wire, err);
}

/* The sandbox is started when it is first needed: by keys in AWS, whose place it takes, or by publishing. */
static bool need_sandbox(struct rehearsal *r, struct sl_err *err)
{
    bool live = strcmp(sl_args_get(&r->context->args, SL_OPT_ROLE, ""), "live") == 0;
    if (r->wire)
        return true;
    if (live && !r->live.argument.len)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "with --role live the manifest must state the algorithm of keys that are in AWS");
    return start_sandbox(r->context, r, err) && open_wire(r->context, r, err);
}

static bool reach_sandbox(void *ctx, const char *region, struct sl_wire **ret, struct sl_err *err)
{
    struct rehearsal *r = ctx;
    (void)region;
    if (!need_sandbox(r, err))
        return false;
    *ret = r->wire;
    return true;
}

/* What a key will sign with, as far as it is known by now. */
static enum sl_algorithm use_of(void *ctx, const char *key_name)
{
    const struct rehearsal *r = ctx;
    const struct sl_planning *p = r->planning;
    for (size_t i = 0; p && i < p->plan.n_artifacts; i++)
        if (strcmp(p->plan.artifacts[i].key->name, key_name) == 0)
            return p->plan.artifacts[i].algorithm;
    return SL_ALG_NONE;
}

static bool plan(struct sl_context *c, struct rehearsal *r, struct sl_err *err)
{
    const struct sl_throwaway_use use = { use_of, r };
    struct sl_signer *signer = NULL;
    if (sl_plan_file_is(sl_planning_path(c)))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s' is a plan; rehearse takes the manifest",
                       sl_planning_path(c));
    if (sl_args_has(&c->args, SL_OPT_THROWAWAY_KEYS) && !sl_throwaway_new(&use, &signer, err))
        return false;
    r->reach = (struct sl_reach){ reach_sandbox, r };
    c->reach = &r->reach;
    return sl_planning_make(c, sl_planning_path(c), signer, &r->planning, err)
           && (!signer || sl_certifying_throwaway(&r->planning->plan, err)) && sl_planning_trust(r->planning, err);
}

/* The sandbox's stand-ins for keys in AWS are in no trust file. */
static bool all_keys_are_real(const struct sl_plan *plan)
{
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if (sl_one_key_is_remote(plan->artifacts[i].key->uri))
            return false;
    for (size_t i = 0; i < plan->n_statement_keys; i++)
        if (sl_one_key_is_remote(plan->statement_keys[i]->uri))
            return false;
    return true;
}

/* --role live: read the real role first, with the real credentials. */
static bool fetch_live(struct sl_context *c, struct rehearsal *r, struct sl_err *err)
{
    if (strcmp(sl_args_get(&c->args, SL_OPT_ROLE, ""), "live") != 0)
        return true;
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    SL_AUTO(sl_live_role_clear) struct sl_live_role role = { 0 };
    assert(r->planning);
    return sl_session_open(c, r->planning->plan.bucket.region, &wire, err)
           && sl_live_role_read(&r->planning->plan, wire, &role, err) && sl_live_files_write(&role, &r->live, err);
}

/* What simulated devices cannot read, they reject. */
static void warn_of_custom_documents(struct sl_context *c, const struct sl_plan *plan)
{
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!sl_device_reads(plan->jobs[i].document))
            sl_console_warn(
                &c->console,
                "job '%s' has a document that simulated devices cannot read and therefore reject; expect that with "
                "--expect THING=rejected",
                *plan->jobs[i].name ? plan->jobs[i].name : "job");
}

/* Publish what may be: all of it, or the next stage. */
static bool publish(struct rehearsal *r, struct sl_err *err)
{
    const struct sl_observe_options options = { .require_role_check = true, .no_soak = true };
    sl_release_clear(&r->release);
    r->release.shelf = &r->planning->shelf;
    r->release.trust = r->planning->trusts && all_keys_are_real(&r->planning->plan) ? &r->planning->trust : NULL;
    return sl_release_observe(&r->release, &r->planning->plan, r->wire, &options, err)
           && sl_release_apply(&r->release, r->planning->signer, r->wire, err);
}

/* Stage after stage, each once the devices of the one before have passed its gate. */
static bool run(struct sl_context *c, struct rehearsal *r, struct sl_err *err)
{
    const struct sl_plan *plan = &r->planning->plan;
    warn_of_custom_documents(c, plan);
    sl_console_note(&c->console, "publishing %s %s to a sandbox", plan->release_name, plan->release_version);
    do {
        if (!publish(r, err) || !sl_fleet_run(&r->fleet, &r->sandbox, err))
            return false;
    } while (r->release.changed && sl_promoting_waits(&r->release));
    return true;
}

static void say_device(struct sl_context *c, const struct sl_fleet_device *d)
{
    char size[32];
    const struct sl_device_outcome *o = &d->outcome;
    sl_size_put(size, sizeof size, o->bytes);
    bool expected = o->result == d->expected;
    const char *note = !expected ? "  UNEXPECTED" : d->expected != SL_DEVICE_SUCCEEDED ? "  as expected" : "";
    if (o->result == SL_DEVICE_SUCCEEDED)
        sl_console_say(&c->console, "  %-14s succeeded: %zu file%s, %s, runs %s now%s", d->thing, o->files,
                       o->files == 1 ? "" : "s", size, o->version, note);
    else
        sl_console_say(&c->console, "  %-14s %s: %s%s", d->thing, sl_fleet_result_name(o->result),
                       *o->reason ? o->reason : "there was no job for it", note);
}

static void say_role(struct sl_context *c)
{
    const char *role = sl_args_get(&c->args, SL_OPT_ROLE, NULL);
    if (!role)
        sl_console_say(&c->console, "role     assumed right; --role rehearses with real policies");
    else
        sl_console_say(&c->console, "role     rehearsed with %s", role);
}

static void say_devices(struct sl_context *c, const struct rehearsal *r)
{
    sl_console_say(&c->console, "%sdevices%s", sl_console_style(&c->console, SL_BOLD),
                   sl_console_style(&c->console, SL_PLAIN));
    for (size_t i = 0; i < r->fleet.n; i++)
        say_device(c, &r->fleet.devices[i]);
}

static bool report(struct sl_context *c, const struct rehearsal *r, struct sl_err *err)
{
    uint64_t took_ms = sl_clock_monotonic_ms() - r->began_ms;
    if (!sl_view_receipt(&c->console, &r->release, err))
        return false;
    say_role(c);
    say_devices(c, r);
    sl_console_say(&c->console, "took     %u.%03u s, all of it on this machine", (unsigned)(took_ms / 1000),
                   (unsigned)(took_ms % 1000));
    return true;
}

static bool report_json(struct sl_context *c, const struct rehearsal *r, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *top = NULL;
    if (!sl_view_receipt_json(&r->release, &top, err))
        return false;
    json_t *devices = json_array();
    if (!sl_json_set(top, "devices", devices, err))
        return false;
    for (size_t i = 0; i < r->fleet.n; i++) {
        const struct sl_fleet_device *d = &r->fleet.devices[i];
        json_t *one = json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:I}", "thing", d->thing, "result",
                                sl_fleet_result_name(d->outcome.result), "expected", sl_fleet_result_name(d->expected),
                                "reason", d->outcome.reason, "version", d->outcome.version, "files",
                                (int)d->outcome.files, "bytes", (json_int_t)d->outcome.bytes);
        if (!sl_json_push(devices, one, err))
            return false;
    }
    return sl_console_json(&c->console, top, err);
}

bool sl_cmd_rehearse(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    SL_AUTO(clear) struct rehearsal r = { .context = c, .began_ms = sl_clock_monotonic_ms() };
    if (!plan(c, &r, err))
        return false;
    assert(r.planning);
    if (!fetch_live(c, &r, err) || !sl_fleet_open(c, &r.planning->plan, r.planning->signer, &r.fleet, err)
        || !need_sandbox(&r, err))
        return false;
    if (!run(c, &r, err)) {
        if (err->code == SL_E_ROLLOUT)
            say_devices(c, &r);
        return false;
    }
    if (!(c->console.json || report(c, &r, err)) || !(!sl_console_wants(&c->console) || report_json(c, &r, err)))
        return false;
    if (sl_promoting_waits(&r.release)) {
        sl_console_warn(&c->console, "a stage never passed its gate, so those after it were not rehearsed");
        *status = SL_EXIT_ROLLOUT;
    }
    size_t surprises = sl_fleet_surprises(&r.fleet);
    if (surprises > 0) {
        sl_console_warn(&c->console, "%zu of %zu devices did other than expected", surprises, r.fleet.n);
        *status = SL_EXIT_ROLLOUT;
    }
    return true;
}
