#include "manifests/manifest.h"

#include "core/file.h"
#include "manifests/kmskey.h"
#include "manifests/priv/asked.h"
#include "manifests/priv/check.h"
#include "manifests/priv/input.h"
#include "manifests/priv/packages.h"
#include "manifests/priv/stages.h"
#include "manifests/semver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

void sl_manifest_free(struct sl_manifest *m)
{
    if (!m)
        return;
    for (size_t i = 0; m->facts && i < m->n_jobs; i++)
        json_decref(m->facts[i].body.value);
    sl_mistakes_clear(&m->doubts);
    json_decref(m->env);
    json_decref(m->set);
    sl_arena_clear(&m->arena);
    free(m);
}

void sl_manifest_freep(struct sl_manifest **m)
{
    sl_manifest_free(*m);
    *m = NULL;
}

const struct sl_plan_key *sl_manifest_open_key(const struct sl_manifest *m, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (!m->open_keys[k])
            return NULL;
    return m->open_keys[i];
}

const struct sl_err *sl_manifest_doubt(const struct sl_manifest *m, size_t i)
{
    return i < m->doubts.n ? &m->doubts.list[i] : NULL;
}

const char *sl_manifest_region(const struct sl_manifest *m)
{
    return m->asked.bucket.region.value;
}

bool sl_manifest_rolls_back(const struct sl_manifest *m)
{
    return m->rollback_from[0] != 0;
}

static bool name_files(struct sl_manifest *m, const char *name, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf dir = { 0 };
    if (!sl_path_dir(name, &dir, err))
        return false;
    m->path = name; /* borrowed: places in errors outlive the manifest */
    m->dir = sl_arena_span(&m->arena, sl_buf_span(&dir), err);
    return m->dir != NULL;
}

static bool name_state(struct sl_manifest *m, const struct sl_manifest_inputs *inputs, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf dir = { 0 }, name = { 0 }, path = { 0 };
    const char *given = inputs->state_dir ? inputs->state_dir : "";
    if ((given[0] ? !sl_buf_add_str(&dir, given, err) : !sl_path_join(m->dir, ".sealift", &dir, err))
        || !sl_buf_addf(&name, err, "%s-%s", m->asked.release.name.value, m->asked.release.version.value)
        || !sl_path_join(sl_buf_str(&dir), sl_buf_str(&name), &path, err))
        return false;
    m->state_dir = sl_arena_span(&m->arena, sl_buf_span(&path), err);
    return m->state_dir != NULL;
}

const char *sl_manifest_file_path(const struct sl_manifest *m, const struct sl_asked_artifact *a,
                                  struct sl_arena *arena, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf dir = { 0 }, path = { 0 };
    bool ok = m->rollback_from[0] ? sl_path_join(m->state_dir, "recalled", &dir, err)
                                        && sl_path_join(sl_buf_str(&dir), a->here.name, &path, err)
                                  : sl_path_join(m->dir, a->file.value, &path, err);
    return ok ? sl_arena_span(arena, sl_buf_span(&path), err) : NULL;
}

/* The file to open for "file:...", "sealed:..." and "external:...", the certificate for a profile of AWS Signer, "" for keys that are
 * elsewhere. */
static const char *key_path(struct sl_manifest *m, const struct sl_asked_key *key, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    const char *uri = key->uri.value, *file = sl_kmskey_is_profile(uri) ? key->certificate.value : NULL;
    if (strncmp(uri, "file:", 5) == 0 || strncmp(uri, "sealed:", 7) == 0 || strncmp(uri, "external:", 9) == 0)
        file = strchr(uri, ':') + 1;
    if (!file)
        return "";
    return sl_path_join(m->dir, file, &path, err) ? sl_arena_span(&m->arena, sl_buf_span(&path), err) : NULL;
}

static bool name_certificates(struct sl_manifest *m, const struct sl_field *asked, struct sl_plan_certificates *ret,
                              struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    if (!asked->value)
        return true;
    if (!sl_path_join(m->dir, asked->value, &path, err))
        return false;
    *ret = (struct sl_plan_certificates){ .file = asked->value,
                                          .path = sl_arena_span(&m->arena, sl_buf_span(&path), err),
                                          .loc = asked->loc };
    return ret->path != NULL;
}

static bool list_keys(struct sl_manifest *m, struct sl_err *err)
{
    const struct sl_asked_key *asked = m->asked.keys.items;
    m->keys = sl_arena_alloc(&m->arena, m->asked.keys.n, sizeof *m->keys, err);
    if (!m->keys)
        return false;
    for (size_t i = 0; i < m->asked.keys.n; i++) {
        m->keys[i].name = asked[i].here.name;
        m->keys[i].uri = asked[i].uri.value;
        m->keys[i].loc = asked[i].uri.loc;
        m->keys[i].path = key_path(m, &asked[i], err);
        if (!m->keys[i].path)
            return false;
        if (sl_formats_certified(&m->asked, &asked[i])
            && (!name_certificates(m, &asked[i].certificate, &m->keys[i].certificate, err)
                || !name_certificates(m, &asked[i].chain, &m->keys[i].chain, err)))
            return false;
    }
    return true;
}

static bool signs_artifact(const struct sl_asked *asked, const char *key)
{
    const struct sl_asked_artifact *artifacts = asked->artifacts.items;
    for (size_t i = 0; i < asked->artifacts.n; i++) {
        const char *by = artifacts[i].key.value ? artifacts[i].key.value : asked->signing.key.value;
        if (by && strcmp(by, key) == 0)
            return true;
    }
    return false;
}

static bool signs_statement(const struct sl_asked *asked, const char *key)
{
    const struct sl_list *list = &asked->signing.statement.keys;
    const struct sl_field *keys = list->items;
    if (!list->set)
        return asked->signing.key.value && strcmp(asked->signing.key.value, key) == 0;
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(keys[i].value, key) == 0)
            return true;
    return false;
}

/* signing.algorithm speaks of keys that sign artifacts; one that only signs the statement may be of another kind. */
static bool list_open_keys(struct sl_manifest *m, struct sl_err *err)
{
    const struct sl_asked *asked = &m->asked;
    const struct sl_asked_key *keys = asked->keys.items;
    m->open_keys = sl_arena_alloc(&m->arena, asked->keys.n + 1, sizeof(const struct sl_plan_key *), err);
    if (!m->open_keys)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < asked->keys.n; i++) {
        bool artifact = signs_artifact(asked, keys[i].here.name);
        bool statement = signs_statement(asked, keys[i].here.name);
        bool stated = keys[i].algorithm.value || (artifact && asked->signing.algorithm.value);
        stated = stated || sl_kmskey_is_profile(keys[i].uri.value);
        if ((artifact || statement) && !stated)
            m->open_keys[n++] = &m->keys[i];
    }
    return true;
}

/* An earlier release takes the place of the manifest's. */
static bool roll_back(struct sl_manifest *m, const char *to, struct sl_err *err)
{
    struct sl_field *version = &m->asked.release.version;
    m->rollback_from = "";
    if (!to)
        return true;
    if (!sl_semver_valid(to))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--rollback-to '%.80s' is not a version such as 2.4.0", to);
    if (sl_semver_compare(to, version->value) >= 0)
        return sl_fail(
            err, SL_E_INPUT, version->loc,
            "--rollback-to %.80s: the manifest describes %.80s, which is not later; give the manifest of the "
            "release that is to be left",
            to, version->value);
    m->rollback_from = version->value;
    version->value = sl_arena_str(&m->arena, to, err);
    if (!version->value)
        return false;
    sl_packages_roll_back(&m->asked, m->rollback_from, version->value);
    return true;
}

/* One job for each, and for each stage of those that have stages. */
static bool expand_jobs(struct sl_manifest *m, const struct sl_asked_job *asked, size_t n, struct sl_err *err)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += asked[i].stages.set ? asked[i].stages.n : 1;
    struct sl_asked_job *jobs = sl_arena_alloc(&m->arena, total, sizeof *jobs, err);
    m->facts = jobs ? sl_arena_alloc(&m->arena, total, sizeof *m->facts, err) : NULL;
    if (!m->facts)
        return false;
    m->jobs = jobs;
    for (size_t i = 0; i < n; i++) {
        struct sl_job_facts *facts = &m->facts[m->n_jobs];
        if (!sl_stages_check(&asked[i], m->found, err) || !sl_mistakes_none(m->found, err))
            return false;
        if (!asked[i].stages.set) {
            facts->name = asked[i].here.name;
            jobs[m->n_jobs++] = asked[i];
            continue;
        }
        if (!sl_stages_expand(&asked[i], !m->rollback_from[0], &m->arena, &jobs[m->n_jobs], facts, err))
            return false;
        m->n_jobs += asked[i].stages.n;
    }
    return true;
}

static bool list_jobs(struct sl_manifest *m, struct sl_err *err)
{
    if (m->asked.jobs.set)
        return expand_jobs(m, m->asked.jobs.items, m->asked.jobs.n, err);
    m->asked.job.here.name = "";
    return expand_jobs(m, &m->asked.job, 1, err);
}

static bool take(struct sl_manifest *m, struct sl_span yaml, const struct sl_manifest_inputs *inputs,
                 struct sl_err *err)
{
    struct sl_node *tree;
    m->env = json_object();
    m->set = json_object();
    if (!m->env || !m->set)
        return sl_fail_nomem(err);
    return sl_yaml_read(yaml, m->path, &m->arena, &tree, err) && sl_set_apply(tree, inputs, &m->arena, m->set, err)
           && sl_expand_env(tree, inputs, &m->arena, m->env, m->found, err)
           && sl_decode(tree, &m->arena, m->found, &m->asked, err) && sl_mistakes_none(m->found, err)
           && roll_back(m, inputs->rollback_to, err) && name_state(m, inputs, err) && list_jobs(m, err)
           && sl_check_release(m, err) && sl_check_jobs(m, inputs->region, err) && sl_packages_check(m, err)
           && sl_mistakes_none(m->found, err) && list_keys(m, err) && list_open_keys(m, err) && sl_draft_check(m, err)
           && sl_check_doubts(m, err);
}

/* "--set PATH" before the message, which may begin with the path itself. */
static void say_set(const char *file, struct sl_err *err)
{
    const char *blank = strrchr(file, ' '), *path = blank ? blank + 1 : file;
    if (!sl_span_starts(sl_span_str(err->msg), path) || err->msg[strlen(path)] != ':') {
        (void)sl_while(err, SL_LOC_NONE, "%s", file);
        return;
    }
    char said[sizeof err->msg] = "";
    (void)snprintf(said, sizeof said, "%s", err->msg);
    (void)snprintf(err->msg, sizeof err->msg, "--set %.*s", (int)(sizeof err->msg - sizeof "--set "), said);
}

/* The error outlives the manifest, whose memory its place may be in: the name the caller gave takes over, and a value
 * from --set, which has no place in the file, is named in the message. */
static void keep_place(const struct sl_manifest *m, const char *name, struct sl_err *err)
{
    if (err->loc.file && err->loc.file != m->path) {
        say_set(err->loc.file, err);
        err->loc.line = err->loc.col = 0;
    }
    if (err->loc.file)
        err->loc.file = name;
}

/* The first mistake is the error, unless the reading ended for another reason. */
static bool leave(const struct sl_manifest *m, const char *name, struct sl_mistakes *found, struct sl_err *err)
{
    struct sl_err only = *err;
    bool mistaken = err->code == SL_E_INPUT || err->code == SL_E_UNSUPPORTED;
    if (mistaken && found->n == 0 && !sl_mistakes_add(found, &only) && only.code == SL_E_NOMEM)
        *err = only;
    for (size_t i = 0; i < found->n; i++)
        keep_place(m, name, &found->list[i]);
    if (mistaken && found->n > 0)
        *err = found->list[0];
    else
        keep_place(m, name, err);
    return false;
}

bool sl_manifest_parse_all(struct sl_span yaml, const char *name, const struct sl_manifest_inputs *inputs,
                           struct sl_mistakes *found, struct sl_manifest **ret, struct sl_err *err)
{
    static const struct sl_manifest_inputs nothing = { 0 };
    SL_AUTO(sl_manifest_freep) struct sl_manifest *m = calloc(1, sizeof *m);
    if (!m)
        return sl_fail_nomem(err);
    const struct sl_manifest_inputs *in = inputs ? inputs : &nothing;
    if (!name_files(m, name, err))
        return false;
    m->found = found;
    if (!take(m, yaml, in, err))
        return leave(m, name, found, err);
    m->found = NULL;
    for (size_t i = 0; i < m->doubts.n; i++)
        keep_place(m, name, &m->doubts.list[i]);
    *ret = m;
    m = NULL;
    return true;
}

bool sl_manifest_parse(struct sl_span yaml, const char *name, const struct sl_manifest_inputs *inputs,
                       struct sl_manifest **ret, struct sl_err *err)
{
    SL_AUTO(sl_mistakes_clear) struct sl_mistakes found = { 0 };
    return sl_manifest_parse_all(yaml, name, inputs, &found, ret, err);
}

bool sl_manifest_load_all(const char *path, const struct sl_manifest_inputs *inputs, struct sl_mistakes *found,
                          struct sl_manifest **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    return sl_file_read(path, SL_MANIFEST_MAX_BYTES, &bytes, err)
           && sl_manifest_parse_all(sl_buf_span(&bytes), path, inputs, found, ret, err);
}

bool sl_manifest_load(const char *path, const struct sl_manifest_inputs *inputs, struct sl_manifest **ret,
                      struct sl_err *err)
{
    SL_AUTO(sl_mistakes_clear) struct sl_mistakes found = { 0 };
    return sl_manifest_load_all(path, inputs, &found, ret, err);
}

void sl_manifest_library(struct sl_library *ret)
{
    ret->name = "libyaml";
    (void)snprintf(ret->version, sizeof ret->version, "%s", yaml_get_version_string());
}
