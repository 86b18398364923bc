#include "manifests/priv/packages.h"

#include "core/file.h"
#include "core/text.h"
#include "core/zip.h"
#include "manifests/priv/check.h"
#include "manifests/priv/type.h"

#include <string.h>

#define ATTRIBUTES_MAX_BYTES ((size_t)3072) /* of a version, all together */
#define SBOM_MAX_BYTES       ((size_t)16 << 20)

/* ---- checks ---- */

static bool check_attribute(const struct sl_pair *a, const char *at, struct sl_err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_-";
    char shown[SL_SHOWN_SIZE];
    return (a->key.value[0] && !a->key.value[strspn(a->key.value, allowed)])
           || sl_fail(err, SL_E_INPUT, a->key.loc,
                      "%s.attributes: a key holds letters, digits, ':', '_' and '-' only, found '%s'", at,
                      sl_shown_put(a->key.value, shown));
}

static bool check_attributes(const struct sl_list *list, const char *at, struct sl_err *err)
{
    const struct sl_pair *pairs = list->items;
    size_t bytes = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (!check_attribute(&pairs[i], at, err))
            return false;
        bytes += strlen(pairs[i].key.value) + strlen(pairs[i].value.value);
    }
    return bytes <= ATTRIBUTES_MAX_BYTES
           || sl_fail(err, SL_E_INPUT, list->loc, "%s.attributes: %zu bytes with their keys, AWS IoT takes at most %zu",
                      at, bytes, ATTRIBUTES_MAX_BYTES);
}

/* The one it names; or the only one of its job, or of the release. */
static bool find_artifact(const struct sl_manifest *m, const struct sl_asked_job *job, const struct sl_asked_package *p,
                          const char *at, const struct sl_asked_artifact **ret, struct sl_err *err)
{
    const struct sl_field *listed = job->artifacts.items;
    const char *name = p->artifact.value;
    if (!name && job->artifacts.n == 1)
        name = listed[0].value;
    if (!name && !job->artifacts.set && m->asked.artifacts.n == 1)
        name = ((const struct sl_asked_artifact *)m->asked.artifacts.items)->here.name;
    if (!name)
        return sl_fail(err, SL_E_INPUT, p->here.loc,
                       "%s: the job has several artifacts: state 'artifact', the one that the version points to", at);
    *ret = sl_asked_artifact(&m->asked, name);
    return *ret
           || sl_fail(err, SL_E_INPUT, p->artifact.value ? p->artifact.loc : p->here.loc,
                      "%s.artifact: there is no artifact '%s' in 'artifacts'", at, name);
}

static bool check_made(const struct sl_manifest *m, size_t job, const struct sl_asked_package *p, const char *at,
                       const struct sl_asked_artifact **ret_artifact, struct sl_err *err)
{
    const char *region = m->facts[job].region, *bucket = m->asked.bucket.region.value;
    if (p->version.value[0] == '$')
        return sl_fail(err, SL_E_INPUT, p->version.loc,
                       "%s.version: a version that is made here needs a name of its own, not '%s'", at,
                       p->version.value);
    if (strcmp(region, bucket) != 0)
        return sl_fail(
            err, SL_E_INPUT, p->here.loc,
            "%s: the catalog of Region '%s' takes artifacts of buckets there only, and bucket.region is '%s'", at,
            region, bucket);
    return check_attributes(&p->attributes, at, err) && find_artifact(m, &m->jobs[job], p, at, ret_artifact, err);
}

static const char *arn_of(struct sl_manifest *m, size_t job, const struct sl_asked_package *p, struct sl_err *err)
{
    const char *target = m->facts[job].targets[0], *account = target;
    for (int colons = 0; colons < 4; account++)
        colons += *account == ':';
    return sl_arena_fmt(&m->arena, err, "arn:%s:iot:%s:%.12s:package/%s/version/%s",
                        sl_region_partition(m->facts[job].region), m->facts[job].region, account, p->name.value,
                        p->version.value);
}

/* Several jobs may name one version, in the same words: those that share `defaults`, and the stages of a job. */
static bool add_made(struct sl_manifest *m, size_t job, const struct sl_asked_package *p,
                     const struct sl_asked_artifact *artifact, const char *at, struct sl_err *err)
{
    const char *arn = arn_of(m, job, p, err);
    if (!arn)
        return false;
    for (size_t i = 0; i < m->n_packages; i++) {
        if (strcmp(m->packages[i].arn, arn) != 0)
            continue;
        const struct sl_loc *known = &m->packages[i].asked->here.loc;
        return (known->line == p->here.loc.line && known->col == p->here.loc.col && m->packages[i].artifact == artifact)
               || sl_fail(err, SL_E_INPUT, p->here.loc,
                          "%s: version %s of package '%s' is described in line %u already: leave it to one place, and "
                          "state only name and version in the other",
                          at, p->version.value, p->name.value, known->line);
    }
    m->packages[m->n_packages++] = (struct sl_made_package){ p, artifact, m->facts[job].region, arn };
    return true;
}

static bool check_job(struct sl_manifest *m, size_t job, struct sl_err *err)
{
    const struct sl_asked_package *list = m->jobs[job].packages.items;
    for (size_t i = 0; i < m->jobs[job].packages.n; i++) {
        const struct sl_asked_artifact *artifact = NULL;
        char path[SL_JOB_PATH_SIZE];
        const char *at = sl_arena_fmt(&m->arena, err, "%s.packages[%zu]", sl_check_path(&m->jobs[job], path), i);
        if (!at)
            return false;
        if (!sl_asked_package_is_made(&list[i]))
            continue;
        bool ok = check_made(m, job, &list[i], at, &artifact, err) && add_made(m, job, &list[i], artifact, at, err);
        if (!sl_mistakes_pass(m->found, ok, err))
            return false;
    }
    return true;
}

bool sl_packages_check(struct sl_manifest *m, struct sl_err *err)
{
    size_t most = 0;
    for (size_t i = 0; i < m->n_jobs; i++)
        most += m->jobs[i].packages.n;
    m->packages = sl_arena_alloc(&m->arena, most, sizeof *m->packages, err);
    if (!m->packages)
        return false;
    for (size_t i = 0; i < m->n_jobs; i++)
        if (m->facts[i].region && m->facts[i].targets && m->facts[i].targets[0] && !check_job(m, i, err))
            return false;
    return true;
}

static void roll_back(struct sl_asked_job *job, const char *from, const char *to)
{
    struct sl_asked_package *list = job->packages.items;
    for (size_t i = 0; i < job->packages.n; i++) {
        struct sl_asked_package *p = &list[i];
        *p = (struct sl_asked_package){ .here = p->here, .name = p->name, .version = p->version };
        if (strcmp(p->version.value, from) == 0)
            p->version.value = to;
    }
}

void sl_packages_roll_back(struct sl_asked *asked, const char *from, const char *to)
{
    struct sl_asked_job *jobs = asked->jobs.items;
    roll_back(&asked->job, from, to);
    for (size_t i = 0; i < asked->jobs.n; i++)
        roll_back(&jobs[i], from, to);
}

/* ---- bills of materials ---- */

static bool contains(struct sl_span text, const char *word)
{
    for (size_t i = 0, len = strlen(word); i + len <= text.len; i++)
        if (memcmp(text.ptr + i, word, len) == 0)
            return true;
    return false;
}

/* SPDX as JSON, tag-value, XML or RDF; CycloneDX as JSON or XML. Whether it is a right one AWS IoT judges. */
static bool find_bill(struct sl_span text, bool *ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *bill = NULL;
    struct sl_err not_json = { 0 };
    size_t i = 0;
    while (i < text.len && strchr(" \t\r\n", text.ptr[i]) && text.ptr[i])
        i++;
    *ret = false;
    if (i < text.len && text.ptr[i] == '{') {
        if (!sl_json_parse(text, "SBOM", &bill, &not_json))
            return not_json.code != SL_E_NOMEM || sl_fail_nomem(err);
        *ret = *sl_json_str(bill, "spdxVersion") || !strcmp(sl_json_str(bill, "bomFormat"), "CycloneDX")
               || contains(text, "spdx.org");
        return true;
    }
    *ret = contains(text, "SPDXVersion:") || contains(text, "spdx.org/rdf")
           || contains(text, "cyclonedx.org/schema/bom");
    return true;
}

static bool read_sbom(struct sl_measured *m, const struct sl_asked_package *p, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 }, bytes = { 0 };
    bool is_bill = false;
    const char *slash = strrchr(p->sbom.value, '/'), *name = slash ? slash + 1 : p->sbom.value;
    if (!sl_path_join(m->from->dir, p->sbom.value, &path, err))
        return false;
    if (!sl_file_read(sl_buf_str(&path), SBOM_MAX_BYTES, &bytes, err)) {
        err->code = err->code == SL_E_IO ? SL_E_INPUT : err->code;
        err->loc = p->sbom.loc;
        return sl_while(err, p->sbom.loc, "sbom of package '%s'", p->name.value);
    }
    if (!find_bill(sl_buf_span(&bytes), &is_bill, err))
        return false;
    if (!*name || !is_bill)
        return sl_fail(err, SL_E_INPUT, p->sbom.loc,
                       "sbom of package '%s': '%.120s' is neither SPDX nor CycloneDX, which AWS IoT takes",
                       p->name.value, p->sbom.value);
    return sl_zip_one(name, sl_buf_span(&bytes), ret, err);
}

bool sl_packages_measure(struct sl_measured *m, struct sl_err *err)
{
    m->sboms = sl_arena_alloc(&m->arena, m->from->n_packages, sizeof *m->sboms, err);
    if (!m->sboms)
        return false;
    for (size_t i = 0; i < m->from->n_packages; i++)
        if (m->from->packages[i].asked->sbom.value && !read_sbom(m, m->from->packages[i].asked, &m->sboms[i], err))
            return false;
    return true;
}

/* ---- the plan ---- */

static bool add_attributes(const struct sl_list *list, struct sl_plan *plan, struct sl_plan_package *ret,
                           struct sl_err *err)
{
    const struct sl_pair *pairs = list->items;
    struct sl_plan_pair *to = sl_arena_alloc(&plan->arena, list->n, sizeof *to, err);
    if (!to)
        return false;
    for (size_t i = 0; i < list->n; i++)
        to[i] = (struct sl_plan_pair){ pairs[i].key.value, pairs[i].value.value };
    ret->attributes = to;
    ret->n_attributes = list->n;
    return true;
}

/* Named after its bytes, so that the same bill is stored once whatever else changes. */
static bool add_sbom(const struct sl_buf *zip, struct sl_plan *plan, struct sl_plan_package *ret, struct sl_err *err)
{
    uint8_t sha256[SL_SHA256_BYTES];
    char hex[2 * sizeof sha256 + 1];
    ret->sbom = zip ? sl_buf_span(zip) : SL_SPAN_EMPTY;
    if (!sl_sha256(ret->sbom, sha256, err))
        return false;
    sl_hex_put(hex, sizeof hex, (struct sl_span){ sha256, sizeof sha256 });
    ret->sbom_key = sl_arena_fmt(&plan->arena, err, "%s%s/.sealift/sbom/%s.zip", plan->bucket.prefix,
                                 plan->release_version, hex);
    return ret->sbom_key != NULL;
}

bool sl_packages_resolve(const struct sl_measured *m, struct sl_plan *plan, struct sl_err *err)
{
    const struct sl_manifest *from = m->from;
    const struct sl_asked_artifact *artifacts = from->asked.artifacts.items;
    struct sl_plan_package *list = sl_arena_alloc(&plan->arena, from->n_packages, sizeof *list, err);
    if (!list)
        return false;
    for (size_t i = 0; i < from->n_packages; i++) {
        const struct sl_asked_package *asked = from->packages[i].asked;
        list[i] = (struct sl_plan_package){ .name = asked->name.value,
                                            .version = asked->version.value,
                                            .description = asked->description.value ? asked->description.value : "",
                                            .region = from->packages[i].region,
                                            .arn = from->packages[i].arn,
                                            .artifact = &plan->artifacts[from->packages[i].artifact - artifacts],
                                            .loc = asked->here.loc };
        if (!add_attributes(&asked->attributes, plan, &list[i], err)
            || (asked->sbom.value && !add_sbom(m->sboms ? &m->sboms[i] : NULL, plan, &list[i], err)))
            return false;
    }
    plan->packages = list;
    plan->n_packages = from->n_packages;
    return true;
}

static bool describe(const struct sl_plan_package *p, json_t *to, struct sl_err *err)
{
    json_t *attributes = NULL;
    if (!sl_json_set(to, "name", json_string(p->name), err) || !sl_json_set(to, "version", json_string(p->version), err)
        || !sl_json_set(to, "region", json_string(p->region), err)
        || !sl_json_set(to, "artifact", json_string(p->artifact->name), err)
        || (*p->description && !sl_json_set(to, "description", json_string(p->description), err))
        || (p->sbom_key && !sl_json_set(to, "sbom", json_string(p->sbom_key), err))
        || !sl_json_set(to, "attributes", attributes = json_object(), err))
        return false;
    for (size_t i = 0; i < p->n_attributes; i++)
        if (!sl_json_set(attributes, p->attributes[i].name, json_string(p->attributes[i].value), err))
            return false;
    return true;
}

bool sl_packages_json(const struct sl_plan *plan, json_t *root, struct sl_err *err)
{
    json_t *list = NULL;
    if (!plan->n_packages)
        return true;
    if (!sl_json_set(root, "packages", list = json_array(), err))
        return false;
    for (size_t i = 0; i < plan->n_packages; i++) {
        json_t *one = json_object();
        if (!sl_json_push(list, one, err) || !describe(&plan->packages[i], one, err))
            return false;
    }
    return true;
}
