#include "manifests/priv/asked.h"

#include "core/text.h"
#include "manifests/priv/scalar.h"
#include "manifests/priv/type.h"

#include <assert.h>
#include <string.h>

struct decoder {
    struct sl_arena *arena;
    bool partial;              /* inside `defaults`: nothing is required */
    struct sl_mistakes *found; /* may be NULL */
    struct sl_mistakes *later; /* what this version does not carry out */
};

static bool decode(struct decoder *d, const struct sl_type *type, const struct sl_node *node,
                   const struct sl_path *path, void *ret, struct sl_err *err);

static size_t size_of(const struct sl_type *type)
{
    switch (type->kind) {
    case SL_KIND_TEXT:
    case SL_KIND_CHOICE:
        return sizeof(struct sl_field);
    case SL_KIND_MAP:
        return type->table->size;
    case SL_KIND_NAMED:
    case SL_KIND_PAIRS:
    case SL_KIND_LIST:
        return sizeof(struct sl_list);
    case SL_KIND_FREE:
        return sizeof(const struct sl_node *);
    default:
        return sizeof(struct sl_number);
    }
}

/* They count only when nothing is wrong, and a list that is full has enough of them. */
static bool remember_later(struct decoder *d, struct sl_loc loc, const struct sl_path *path, const char *value,
                           struct sl_err *err)
{
    char at[SL_PATH_SIZE];
    struct sl_err later = { 0 };
    sl_path_put(path, at);
    (void)sl_fail(&later, SL_E_UNSUPPORTED, loc, "not supported yet: %s%s%s%s", at, value ? " '" : "",
                  value ? value : "", value ? "'" : "");
    return sl_mistakes_pass(d->later, false, &later) || later.code != SL_E_NOMEM || sl_fail_nomem(err);
}

/* The key of a table that a word which is none was probably meant to be, NULL when none is near. */
static const char *near_key(const struct sl_table *table, const char *word)
{
    const char *names[40];
    size_t n = 0;
    for (const struct sl_key *key = table->keys; key->name; key++) {
        assert(n + 1 < sizeof names / sizeof *names);
        names[n++] = key->name;
    }
    names[n] = NULL;
    return sl_nearest(word, names);
}

static bool unknown_key(const struct sl_table *table, const struct sl_node *node, const struct sl_path *path,
                        struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf all = { 0 };
    for (const struct sl_key *key = table->keys; key->name; key++)
        if (!sl_buf_addf(&all, err, "%s%s", key > table->keys ? ", " : "", key->name))
            return false;

    char shown[SL_SHOWN_SIZE], at[SL_PATH_SIZE];
    (void)sl_shown_put(node->key, shown);
    sl_path_put(path, at);
    const char *near = near_key(table, node->key);
    if (near)
        return sl_fail(err, SL_E_INPUT, node->key_loc, "unknown key '%s'%s%s, did you mean '%s'?", shown,
                       at[0] ? " in " : "", at, near);
    return sl_fail(err, SL_E_INPUT, node->key_loc, "unknown key '%s'%s%s, expected one of: %s", shown,
                   at[0] ? " in " : "", at, sl_buf_str(&all));
}

static bool missing_key(const struct sl_key *key, struct sl_loc loc, const struct sl_path *path, struct sl_err *err)
{
    struct sl_path here = { path, key->name, 0 };
    char at[SL_PATH_SIZE], first = key->about[0];
    bool word = key->about[1] >= 'a' && key->about[1] <= 'z' && first >= 'A' && first <= 'Z';
    sl_path_put(&here, at);
    return sl_fail(err, SL_E_INPUT, loc, "missing key '%s': %c%s", at, word ? first - 'A' + 'a' : first,
                   key->about + 1);
}

/* Whether a key is there under a name that is not quite its own: said once is enough. */
static bool is_misspelled(const struct sl_table *table, const struct sl_node *node, const char *name)
{
    for (const struct sl_node *child = node->first; child; child = child->next) {
        const char *near = sl_type_key(table, child->key) ? NULL : near_key(table, child->key);
        if (near && strcmp(near, name) == 0)
            return true;
    }
    return false;
}

/* Several may be missing from one place. */
static bool check_required(struct decoder *d, const struct sl_table *table, const struct sl_node *node,
                           const struct sl_path *path, struct sl_err *err)
{
    for (const struct sl_key *key = table->keys; key->name; key++) {
        if (!(key->flags & SL_KEY_REQUIRED) || sl_node_entry(node, key->name) || is_misspelled(table, node, key->name))
            continue;
        if (!missing_key(key, node->loc, path, err) && !sl_mistakes_add(d->found, err))
            return false;
    }
    return true;
}

static bool decode_key(struct decoder *d, const struct sl_key *key, const struct sl_node *node,
                       const struct sl_path *path, unsigned char *ret, struct sl_err *err)
{
    struct sl_path here = { path, key->name, 0 };
    bool later = (key->flags & SL_KEY_LATER) || !ret;
    unsigned char *to = ret ? ret + key->offset : NULL;
    if (later)
        to = sl_arena_alloc(d->arena, 1, size_of(key->type), err);
    if (!to)
        return false;
    bool partial = d->partial;
    d->partial = partial || (key->flags & SL_KEY_PARTIAL);
    bool ok = decode(d, key->type, node, &here, to, err);
    d->partial = partial;
    if (!ok)
        return false;
    return !(key->flags & SL_KEY_LATER) || remember_later(d, node->key ? node->key_loc : node->loc, &here, NULL, err);
}

static bool decode_members(struct decoder *d, const struct sl_table *table, const struct sl_node *node,
                           const struct sl_path *path, unsigned char *to, struct sl_err *err)
{
    for (const struct sl_node *child = node->first; child; child = child->next) {
        const struct sl_key *key = sl_type_key(table, child->key);
        bool ok = key ? decode_key(d, key, child, path, to, err) : unknown_key(table, child, path, err);
        if (!sl_mistakes_pass(d->found, ok, err))
            return false;
    }
    return d->partial || check_required(d, table, node, path, err);
}

/* A table without a struct belongs to something not carried out yet: its values go nowhere. */
static bool decode_map(struct decoder *d, const struct sl_type *type, const struct sl_node *node,
                       const struct sl_path *path, void *ret, struct sl_err *err)
{
    const struct sl_table *table = type->table;
    unsigned char *to = table->size > 0 ? ret : NULL;
    if (node->kind == SL_NODE_SCALAR && table->shorthand && !sl_node_is_null(node)) {
        const struct sl_key *key = sl_type_key(table, table->shorthand);
        void *value = to ? to + key->offset : sl_arena_alloc(d->arena, 1, size_of(key->type), err);
        if (!value || !decode(d, key->type, node, path, value, err))
            return false;
    } else {
        if (node->kind != SL_NODE_MAP)
            return sl_scalar_unexpected(type, node, path, err);
        if (!decode_members(d, table, node, path, to, err))
            return false;
    }
    if (to)
        *(struct sl_here *)ret = (struct sl_here){ node->loc, node->key, true };
    return true;
}

static bool check_count(const struct sl_type *type, const struct sl_node *node, const struct sl_path *path,
                        struct sl_err *err)
{
    char at[SL_PATH_SIZE];
    sl_path_put(path, at);
    if (node->n < type->min)
        return sl_fail(err, SL_E_INPUT, node->loc, "%s: expected at least %u entr%s, found %s", at, (unsigned)type->min,
                       type->min == 1 ? "y" : "ies", node->n ? "fewer" : "none");
    if (type->max > 0 && node->n > type->max)
        return sl_fail(err, SL_E_INPUT, node->loc, "%s: %zu entries, expected at most %u", at, node->n,
                       (unsigned)type->max);
    return true;
}

static bool check_name(const struct sl_type *type, const struct sl_node *node, const struct sl_path *path,
                       struct sl_err *err)
{
    bool matches = strlen(node->key) <= 64;
    if (matches && !sl_scalar_matches(type->pattern, node->key, &matches, err))
        return false;
    if (matches)
        return true;
    char shown[SL_SHOWN_SIZE], at[SL_PATH_SIZE];
    sl_path_put(path, at);
    return sl_fail(err, SL_E_INPUT, node->key_loc, "%s: expected %s, at most 64, found '%s'", at, type->expected,
                   sl_shown_put(node->key, shown));
}

static bool decode_list(struct decoder *d, const struct sl_type *type, const struct sl_node *node,
                        const struct sl_path *path, struct sl_list *ret, struct sl_err *err)
{
    bool named = type->kind == SL_KIND_NAMED;
    if (node->kind != (named ? SL_NODE_MAP : SL_NODE_LIST))
        return sl_scalar_unexpected(type, node, path, err);
    if (!check_count(type, node, path, err))
        return false;
    size_t size = size_of(type->item), i = 0;
    unsigned char *items = sl_arena_alloc(d->arena, node->n, size ? size : 1, err);
    if (!items)
        return false;
    for (const struct sl_node *child = node->first; child; child = child->next, i++) {
        struct sl_path here = { path, named ? child->key : NULL, i };
        if (named && !sl_mistakes_pass(d->found, check_name(type, child, path, err), err))
            return false;
        if (!sl_mistakes_pass(d->found, decode(d, type->item, child, &here, items + i * size, err), err))
            return false;
    }
    *ret = (struct sl_list){ items, node->n, node->loc, true };
    return true;
}

static bool decode_pairs(struct decoder *d, const struct sl_type *type, const struct sl_node *node,
                         const struct sl_path *path, struct sl_list *ret, struct sl_err *err)
{
    if (node->kind != SL_NODE_MAP)
        return sl_scalar_unexpected(type, node, path, err);
    if (!check_count(type, node, path, err))
        return false;
    struct sl_pair *items = sl_arena_alloc(d->arena, node->n, sizeof *items, err);
    if (!items)
        return false;
    size_t i = 0;
    for (const struct sl_node *child = node->first; child; child = child->next, i++) {
        struct sl_path here = { path, child->key, 0 };
        if (!sl_mistakes_pass(d->found, sl_scalar_field(type->item, child, &here, &items[i].value, err), err))
            return false;
        items[i].key = (struct sl_field){ child->key, child->key_loc };
    }
    *ret = (struct sl_list){ items, node->n, node->loc, true };
    return true;
}

/* Anything goes, but only the body of a document may hold a "${" that is not ours. */
static bool check_free(struct decoder *d, const struct sl_type *type, const struct sl_node *node,
                       const struct sl_path *path, struct sl_err *err)
{
    char at[SL_PATH_SIZE];
    sl_path_put(path, at);
    if (sl_node_is_null(node))
        return sl_fail(err, SL_E_INPUT, node->loc, "%s: expected a value, found nothing (null)%s", at,
                       type->document ? "; AWS drops such members from job documents" : "");
    if (node->dollar && !type->document)
        return sl_fail(err, SL_E_INPUT, node->loc, "%s: only '${env:NAME}' may stand here", at);
    size_t i = 0;
    for (const struct sl_node *child = node->first; child; child = child->next, i++) {
        struct sl_path here = { path, child->key, i };
        if (!sl_mistakes_pass(d->found, check_free(d, type, child, &here, err), err))
            return false;
    }
    return true;
}

static bool decode_free(struct decoder *d, const struct sl_type *type, const struct sl_node *node,
                        const struct sl_path *path, const struct sl_node **ret, struct sl_err *err)
{
    if (type->document && node->kind != SL_NODE_MAP)
        return sl_scalar_unexpected(type, node, path, err);
    *ret = node;
    return check_free(d, type, node, path, err);
}

static bool decode_choice(struct decoder *d, const struct sl_type *type, const struct sl_node *node,
                          const struct sl_path *path, struct sl_field *ret, struct sl_err *err)
{
    if (!sl_scalar_field(type, node, path, ret, err))
        return false;
    for (const struct sl_choice *c = type->choices; c->name; c++)
        if (c->later && strcmp(c->name, ret->value) == 0)
            return remember_later(d, node->loc, path, c->name, err);
    return true;
}

static bool decode(struct decoder *d, const struct sl_type *type, const struct sl_node *node,
                   const struct sl_path *path, void *ret, struct sl_err *err)
{
    switch (type->kind) {
    case SL_KIND_TEXT:
        return sl_scalar_field(type, node, path, ret, err);
    case SL_KIND_CHOICE:
        return decode_choice(d, type, node, path, ret, err);
    case SL_KIND_MAP:
        return decode_map(d, type, node, path, ret, err);
    case SL_KIND_NAMED:
    case SL_KIND_LIST:
        return decode_list(d, type, node, path, ret, err);
    case SL_KIND_PAIRS:
        return decode_pairs(d, type, node, path, ret, err);
    case SL_KIND_FREE:
        return decode_free(d, type, node, path, ret, err);
    default:
        return sl_scalar_number(type, node, path, ret, err);
    }
}

/* Fill the jobs up with what stands under defaults. What is wrong there is told there, and not again in each job. */
static bool merge_defaults(struct decoder *d, struct sl_node *tree, struct sl_err *err)
{
    struct sl_asked scratch = { 0 };
    const struct sl_key *key = sl_type_key(sl_type_manifest.table, "defaults");
    const struct sl_node *defaults = tree->kind == SL_NODE_MAP ? sl_node_entry(tree, "defaults") : NULL;
    if (!defaults)
        return true;
    if (!sl_mistakes_pass(d->found, decode_key(d, key, defaults, NULL, (unsigned char *)&scratch, err), err))
        return false;
    const struct sl_node *shared = sl_node_entry(defaults, "job");
    struct sl_node *job = sl_node_entry(tree, "job"), *jobs = sl_node_entry(tree, "jobs");
    if (shared && shared->kind != SL_NODE_MAP)
        shared = NULL;
    if (shared && job && job->kind == SL_NODE_MAP && !sl_node_merge(job, shared, d->arena, err))
        return false;
    if (shared && jobs && jobs->kind == SL_NODE_MAP)
        for (job = jobs->first; job; job = job->next)
            if (job->kind == SL_NODE_MAP && !sl_node_merge(job, shared, d->arena, err))
                return false;
    return true;
}

/* One job or several: what the table, which takes each key by itself, cannot say. */
static bool check_jobs_given(const struct sl_node *tree, struct sl_err *err)
{
    const struct sl_table *table = sl_type_manifest.table;
    const struct sl_node *job = sl_node_entry(tree, "job"), *jobs = sl_node_entry(tree, "jobs");
    if (job && jobs)
        return sl_fail(err, SL_E_INPUT, jobs->key_loc,
                       "'job' and 'jobs' stand side by side: keep 'job' for one job, 'jobs' for several by name");
    return job || jobs || is_misspelled(table, tree, "job") || is_misspelled(table, tree, "jobs")
           || sl_fail(err, SL_E_INPUT, tree->loc,
                      "missing key 'job': who gets the release and how (or 'jobs': several)");
}

/* Who gets it: targets, or stages that have targets of their own. */
static bool check_targets_given(const struct sl_node *job, const struct sl_path *path, struct sl_err *err)
{
    const struct sl_table *table = sl_type_job.table;
    const struct sl_node *targets = sl_node_entry(job, "targets"), *stages = sl_node_entry(job, "stages");
    char at[SL_PATH_SIZE];
    sl_path_put(path, at);
    if (targets && stages)
        return sl_fail(
            err, SL_E_INPUT, targets->key_loc,
            "'targets' and 'stages' stand side by side in %s: the targets of a job with stages stand in them", at);
    return targets || stages || is_misspelled(table, job, "targets") || is_misspelled(table, job, "stages")
           || missing_key(sl_type_key(table, "targets"), job->loc, path, err);
}

static bool check_all_targets(struct decoder *d, const struct sl_node *tree, struct sl_err *err)
{
    const struct sl_node *job = sl_node_entry(tree, "job"), *jobs = sl_node_entry(tree, "jobs");
    const struct sl_path one = { NULL, "job", 0 }, several = { NULL, "jobs", 0 };
    if (job && job->kind == SL_NODE_MAP && !sl_mistakes_pass(d->found, check_targets_given(job, &one, err), err))
        return false;
    for (job = jobs && jobs->kind == SL_NODE_MAP ? jobs->first : NULL; job; job = job->next) {
        const struct sl_path here = { &several, job->key, 0 };
        if (job->kind == SL_NODE_MAP && !sl_mistakes_pass(d->found, check_targets_given(job, &here, err), err))
            return false;
    }
    return true;
}

static bool decode_all(struct decoder *d, struct sl_node *tree, struct sl_asked *ret, struct sl_err *err)
{
    if (!merge_defaults(d, tree, err) || !decode(d, &sl_type_manifest, tree, NULL, ret, err)
        || !check_all_targets(d, tree, err))
        return false;
    return check_jobs_given(tree, err) || sl_mistakes_add(d->found, err);
}

bool sl_decode(struct sl_node *tree, struct sl_arena *arena, struct sl_mistakes *found, struct sl_asked *ret,
               struct sl_err *err)
{
    SL_AUTO(sl_mistakes_clear) struct sl_mistakes later = { 0 };
    struct decoder d = { .arena = arena, .found = found, .later = &later };
    struct sl_asked asked = { 0 };
    if (!decode_all(&d, tree, &asked, err))
        return false;
    for (size_t i = 0, n = found->n; n == 0 && i < later.n; i++)
        if (!sl_mistakes_add(found, &later.list[i])) {
            *err = later.list[i];
            return false;
        }
    *ret = asked;
    return true;
}
