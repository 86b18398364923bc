#include "cli/planning.h"

#include "cli/certifying.h"
#include "cli/env.h"
#include "cli/keyring.h"
#include "cli/one_key.h"
#include "cli/rollback.h"
#include "cli/session.h"
#include "core/clock.h"
#include "signer/local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void planning_free(struct sl_planning *p)
{
    sl_trust_clear(&p->trust);
    sl_plan_clear(&p->plan);
    sl_measured_freep(&p->measured);
    sl_manifest_freep(&p->manifest);
    sl_signer_freep(&p->signer);
    sl_buf_clear(&p->statement);
    sl_plan_file_clear(&p->approved);
    free(p);
}

void sl_planning_end(struct sl_context *c)
{
    while (c->plannings) {
        struct sl_planning *p = c->plannings;
        c->plannings = p->next;
        planning_free(p);
    }
}

const char *sl_planning_path(const struct sl_context *c)
{
    return c->args.n_positional > 0 ? c->args.positional[0] : SL_PLANNING_DEFAULT;
}

static bool is_missing(const char *path)
{
    return access(path, F_OK) != 0 && errno == ENOENT;
}

bool sl_planning_load_all(struct sl_context *c, const char *path, struct sl_plan_file *approved,
                          struct sl_mistakes *found, struct sl_manifest **ret, struct sl_err *err)
{
    const struct sl_manifest_inputs inputs = {
        .set = approved ? approved->set : c->args.value[SL_OPT_SET],
        .env = approved ? sl_plan_file_env : sl_env_any,
        .env_ctx = approved,
        .region = sl_session_region(c),
        .state_dir = sl_args_get(&c->args, SL_OPT_STATE, NULL),
        .rollback_to = approved ? approved->rollback_to : sl_args_get(&c->args, SL_OPT_ROLLBACK_TO, NULL),
    };
    sl_console_source(&c->console, path);
    c->console.steps = true;
    if (sl_manifest_load_all(path, &inputs, found, ret, err))
        return true;
    return is_missing(path) ? sl_advise(err, "'sealift init' writes one to start from") : false;
}

bool sl_planning_load(struct sl_context *c, const char *path, struct sl_plan_file *approved, struct sl_manifest **ret,
                      struct sl_err *err)
{
    SL_AUTO(sl_mistakes_clear) struct sl_mistakes found = { 0 };
    if (sl_planning_load_all(c, path, approved, &found, ret, err))
        return true;
    if (found.n > 1)
        sl_console_note(&c->console, "%s: %zu mistakes; 'sealift check' shows them, this is the first:", path, found.n);
    return false;
}

void sl_planning_doubt(struct sl_context *c, const struct sl_manifest *m)
{
    const struct sl_err *doubt;
    for (size_t i = 0; (doubt = sl_manifest_doubt(m, i)) != NULL; i++)
        sl_console_doubt(&c->console, doubt);
}

static void free_facts(struct sl_key_fact **facts)
{
    free(*facts);
}

static bool no_key(const struct sl_plan_key *key, const char *what, struct sl_err *err)
{
    if (strncmp(key->uri, "file:", strlen("file:")) == 0 && is_missing(key->path))
        sl_advise(err, "'sealift key new %s' makes one", key->path);
    return sl_while(err, key->loc, "key '%s'%s", key->name, what);
}

/* Ask the signer what it can do with a key whose algorithm the manifest does not state. */
static bool learn(struct sl_signer *signer, const struct sl_plan_key *key, struct sl_key_fact *ret, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    if (!signer->public_key(signer, key->name, key->uri, key->path, &pub, err))
        return no_key(key, ", whose algorithm the manifest leaves open", err);
    *ret = (struct sl_key_fact){ key->name, sl_pubkey_only_algorithm(&pub), 0 };
    for (unsigned alg = SL_ALG_NONE + 1; alg < SL_ALG_COUNT; alg++)
        if (sl_pubkey_can(&pub, (enum sl_algorithm)alg))
            ret->several |= 1u << alg;
    return true;
}

static bool measure(struct sl_context *c, struct sl_planning *p, struct sl_err *err)
{
    size_t n = 0;
    while (sl_manifest_open_key(p->manifest, n))
        n++;
    SL_AUTO(free_facts) struct sl_key_fact *facts = calloc(n + 1, sizeof *facts);
    if (!facts)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (!learn(p->signer, sl_manifest_open_key(p->manifest, i), &facts[i], err))
            return false;
    const struct sl_key_facts known = { facts, n };
    return sl_measure(p->manifest, &known, &c->console.progress, &p->measured, err);
}

/* Keys in AWS are asked in the Region of the bucket unless they name their own. */
static bool add_keyring(struct sl_context *c, struct sl_planning *p, struct sl_err *err)
{
    if (p->given)
        return true;
    struct sl_signer *local = p->signer;
    p->signer = NULL;
    return sl_keyring_new(c, local, sl_manifest_region(p->manifest), &p->shelf, &p->signer, err);
}

/* The plan of a loaded manifest. */
static bool plan(struct sl_context *c, struct sl_planning *p, struct sl_err *err)
{
    return add_keyring(c, p, err) && sl_rollback_fetch(c, p->manifest, p->signer, err) && measure(c, p, err)
           && sl_resolve(p->measured, &p->plan, err);
}

/* Plan again what a plan file approved, with its inputs and no others. */
static bool remake(struct sl_context *c, struct sl_planning *p, struct sl_err *err)
{
    if (sl_args_has(&c->args, SL_OPT_SET) || sl_args_has(&c->args, SL_OPT_ROLLBACK_TO))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--set and --rollback-to do not go with a plan file: the plan says what was set");
    const char *manifest = sl_args_get(&c->args, SL_OPT_MANIFEST, SL_PLANNING_DEFAULT);
    return sl_planning_load(c, manifest, &p->approved, &p->manifest, err) && plan(c, p, err)
           && sl_plan_file_same(&p->approved, p->plan.digest, p->plan.value, err);
}

bool sl_planning_begin(struct sl_context *c, struct sl_signer *signer, struct sl_planning **ret, struct sl_err *err)
{
    struct sl_planning *p = calloc(1, sizeof *p);
    if (!p) {
        sl_signer_freep(&signer);
        return sl_fail_nomem(err);
    }
    p->signer = signer;
    p->given = signer != NULL;
    p->next = c->plannings;
    c->plannings = p;
    *ret = p;
    if (!sl_passphrases_open(&c->args, &p->passphrases, err))
        return false;
    const struct sl_passphrase_source source = sl_passphrases_source(&p->passphrases);
    return p->signer || sl_child_new(&source, &p->signer, err);
}

bool sl_planning_finish(struct sl_context *c, const char *path, struct sl_planning *p, struct sl_err *err)
{
    if (sl_plan_file_is(path))
        return sl_plan_file_read(path, &p->approved, err) && remake(c, p, err);
    if (!sl_planning_load(c, path, NULL, &p->manifest, err))
        return false;
    sl_planning_doubt(c, p->manifest);
    return plan(c, p, err);
}

bool sl_planning_make(struct sl_context *c, const char *path, struct sl_signer *signer, struct sl_planning **ret,
                      struct sl_err *err)
{
    return sl_planning_begin(c, signer, ret, err) && sl_planning_finish(c, path, *ret, err);
}

bool sl_planning_draft_of(struct sl_context *c, const char *path, const struct sl_plan **ret, struct sl_err *err)
{
    struct sl_planning *p = calloc(1, sizeof *p);
    if (!p)
        return sl_fail_nomem(err);
    p->next = c->plannings;
    c->plannings = p;
    if (!sl_planning_load(c, path, NULL, &p->manifest, err) || !sl_draft_plan(p->manifest, &p->plan, err))
        return false;
    sl_planning_doubt(c, p->manifest);
    *ret = &p->plan;
    return true;
}

bool sl_planning_draft(struct sl_context *c, const struct sl_plan **ret, struct sl_err *err)
{
    return sl_planning_draft_of(c, sl_planning_path(c), ret, err);
}

bool sl_planning_needs_role(const struct sl_plan *plan, struct sl_err *err)
{
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (plan->jobs[i].role[0])
            return true;
    return sl_fail(err, SL_E_INPUT, plan->jobs[0].loc,
                   "no job names a download role; state 'url: {role: ...}' with the ARN it has or will have");
}

/* The trust file must count by itself before it says anything of keys. Throwaway keys stand in no trust file. */
static bool load_trust(struct sl_planning *p, struct sl_err *err)
{
    const struct sl_plan_trust *t = &p->plan.trust;
    if (!t->file || p->given || p->trusts)
        return true;
    p->trusts = true;
    if (sl_trust_read(t->bytes, t->file, &p->trust, err) && sl_trust_check(&p->trust, sl_clock_now_utc(), err))
        return true;
    err->loc = t->loc;
    return sl_while(err, t->loc, "trust");
}

struct check {
    const struct sl_plan_key *key;
    enum sl_algorithm algorithm;
    enum sl_trust_role role;
};

static bool check_key(struct sl_planning *p, bool offline, const struct check *what, struct sl_err *err)
{
    const struct sl_plan_key *key = what->key;
    struct sl_signer *signer = p->signer;
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    if (offline && !p->given && sl_one_key_is_remote(key->uri))
        return sl_certifying_key(&p->plan, key, NULL, sl_clock_now_utc(), err);
    if (!signer->public_key(signer, key->name, key->uri, key->path, &pub, err))
        return no_key(key, "", err);
    if (!sl_pubkey_can(&pub, what->algorithm))
        return sl_fail(err, SL_E_INPUT, key->loc, "key '%s' cannot sign with %s, which the manifest asks for",
                       key->name, sl_algorithm_name(what->algorithm));
    if (!p->given && !sl_certifying_key(&p->plan, key, &pub, sl_clock_now_utc(), err))
        return false;
    if (!p->trusts || sl_trust_may_sign(&p->trust, what->role, pub.keyid, key->name, sl_clock_now_utc(), err))
        return true;
    err->loc = key->loc;
    return false;
}

/* A statement that fewer must sign than the trust file asks for could be adopted by nobody. */
static bool check_threshold(const struct sl_planning *p, struct sl_err *err)
{
    size_t asked = p->trusts ? p->trust.rules[SL_TRUST_STATEMENTS].threshold : 0;
    return p->plan.statement_threshold >= asked
           || sl_fail(err, SL_E_VERIFY, p->plan.trust.loc,
                      "signing.statement.threshold is %zu, and role 'statement' of the trust file asks for %zu "
                      "signatures: name as many keys, and that threshold",
                      p->plan.statement_threshold, asked);
}

bool sl_planning_trust(struct sl_planning *p, struct sl_err *err)
{
    return load_trust(p, err) && check_threshold(p, err);
}

bool sl_planning_check_keys(struct sl_planning *p, bool offline, struct sl_err *err)
{
    const struct sl_plan *plan = &p->plan;
    if (!sl_planning_trust(p, err))
        return false;
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const struct check what = { plan->artifacts[i].key, plan->artifacts[i].algorithm, SL_TRUST_ARTIFACTS };
        if (!check_key(p, offline, &what, err))
            return false;
    }
    for (size_t i = 0; i < plan->n_statement_keys; i++) {
        const struct check what = { plan->statement_keys[i], plan->statement_algorithms[i], SL_TRUST_STATEMENTS };
        if (!check_key(p, offline, &what, err))
            return false;
    }
    return true;
}

bool sl_planning_expected(const struct sl_context *c, const struct sl_plan *plan, struct sl_err *err)
{
    const char *expected = sl_args_get(&c->args, SL_OPT_EXPECT_PLAN, NULL);
    if (!expected)
        return true;
    if (strncmp(expected, "sha256:", 7) != 0 || strlen(expected) != 7 + 64)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--expect-plan '%s' is not sha256: and 64 hexadecimal digits",
                       expected);
    if (strcmp(expected + 7, plan->digest) != 0)
        return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE,
                       "the plan is sha256:%s, not the expected %s; compare with 'sealift plan -o' what has changed",
                       plan->digest, expected);
    return true;
}
