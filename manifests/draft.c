#include "core/file.h"
#include "manifests/priv/build.h"
#include "manifests/priv/check.h"
#include "manifests/priv/parts.h"
#include "manifests/priv/settle.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

/* Devices of this dialect take the signatures of one algorithm. */
static bool has_afr_ota(const struct sl_manifest *m)
{
    for (size_t i = 0; i < m->n_jobs; i++)
        if (strcmp(m->jobs[i].document.dialect.value, "afr-ota") == 0)
            return true;
    return false;
}

/* Keys that are not known yet are taken for the kind whose signatures are shortest, so that a draft never refuses what
 * the plan would take. */
static bool settle(struct sl_measured *m, struct sl_err *err)
{
    size_t n = 0;
    while (sl_manifest_open_key(m->from, n))
        n++;
    struct sl_key_fact *facts = sl_arena_alloc(&m->arena, n, sizeof *facts, err);
    if (!facts)
        return false;
    enum sl_algorithm alg = has_afr_ota(m->from) ? SL_ALG_ECDSA_P256_SHA256 : SL_ALG_ED25519;
    for (size_t i = 0; i < n; i++)
        facts[i] = (struct sl_key_fact){ sl_manifest_open_key(m->from, i)->name, alg, 0 };
    const struct sl_key_facts known = { facts, n };
    return sl_settle_artifacts(m, &known, err) && sl_settle_statement(m, &known, err);
}

/* A file that is there already: its size, and whether it would go in parts, which takes other permissions. */
static bool size_up(const struct sl_manifest *from, struct sl_measured_artifact *m, struct sl_err *err)
{
    struct stat st;
    if (stat(m->path, &st) != 0 || !S_ISREG(st.st_mode))
        return true;
    m->size_bytes = st.st_size > 0 ? (uint64_t)st.st_size : 1;
    m->part_bytes = sl_parts_size(&from->asked.bucket.multipart, (uint64_t)st.st_size);
    size_t n = sl_parts_count(m->part_bytes, (uint64_t)st.st_size);
    if (!n || n > SL_PARTS_MAX)
        return true;
    m->n_parts = n;
    m->part_sha256 = calloc(n, SL_SHA256_BYTES);
    m->owns_parts = m->part_sha256 != NULL;
    return m->owns_parts || sl_fail_nomem(err);
}

/* Files that are not read yet are taken for one byte, and documents in files for nothing. */
static bool measure(struct sl_measured *m, struct sl_err *err)
{
    m->artifacts = sl_arena_alloc(&m->arena, m->from->asked.artifacts.n, sizeof *m->artifacts, err);
    m->bodies = m->artifacts ? sl_arena_alloc(&m->arena, m->from->n_jobs, sizeof *m->bodies, err) : NULL;
    if (!m->bodies)
        return false;
    for (size_t i = 0; i < m->from->asked.artifacts.n; i++) {
        m->artifacts[i].size_bytes = 1;
        m->artifacts[i].digests.have = (1u << SL_HASH_COUNT) - 1;
        const struct sl_asked_artifact *asked = m->from->asked.artifacts.items;
        m->artifacts[i].path = sl_manifest_file_path(m->from, &asked[i], &m->arena, err);
        if (!m->artifacts[i].path || !size_up(m->from, &m->artifacts[i], err))
            return false;
    }
    for (size_t i = 0; i < m->from->n_jobs; i++) {
        m->bodies[i] = m->from->facts[i].body;
        json_incref(m->bodies[i].value);
        if (m->from->jobs[i].document.file.value && !(m->bodies[i].value = json_object()))
            return sl_fail_nomem(err);
    }
    return settle(m, err);
}

bool sl_draft_plan(const struct sl_manifest *m, struct sl_plan *ret, struct sl_err *err)
{
    SL_AUTO(sl_measured_freep) struct sl_measured *draft = calloc(1, sizeof *draft);
    if (!draft)
        return sl_fail_nomem(err);
    draft->from = m;
    return measure(draft, err) && sl_resolve(draft, ret, err);
}

static bool doubt(struct sl_manifest *m, const struct sl_plan *plan, size_t i, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *filled = NULL;
    return sl_worst_fill(plan, &plan->jobs[i], plan->jobs[i].document, &filled, err)
           && sl_budget_doubt(plan, &m->jobs[i], filled, &m->doubts, err)
           && sl_timing_doubt(&plan->jobs[i], &m->jobs[i], &m->doubts, err)
           && sl_steps_doubt(&m->jobs[i], &m->doubts, err) && sl_managed_doubt(&m->jobs[i], &m->doubts, err);
}

bool sl_draft_check(struct sl_manifest *m, struct sl_err *err)
{
    SL_AUTO(sl_plan_clear) struct sl_plan plan = { 0 };
    if (!sl_draft_plan(m, &plan, err))
        return false;
    for (size_t i = 0; i < plan.n_jobs; i++)
        if (!doubt(m, &plan, i, err))
            return false;
    return true;
}
