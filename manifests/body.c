#include "manifests/priv/check.h"

#include "core/text.h"
#include "manifests/priv/build.h"
#include "manifests/priv/packages.h"
#include "manifests/priv/type.h"

#include <assert.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

/* One pass over a body: what it may name, and what it did name. */
struct pass {
    size_t left; /* values that may still come: each takes two bytes at least */
    const struct sl_manifest *m;
    const struct sl_asked_job *job;
    struct sl_mistakes *found; /* NULL: the first mistake ends it */
    bool unpinned;
    struct sl_loc loc; /* of a body in JSON, whose values have none of their own */
    bool *seen;        /* one for each artifact */
    size_t *order, n;
    bool needs_role;
    regex_t ambiguous; /* of a body in YAML */
    bool compiled;
};

static const char *const artifact_members[] = {
    "url", "sha256", "size", "object", "file", "versionId", "signature", "keyid", "signatureAlgorithm", NULL
};
/* What an artifact has when the manifest asks for it. */
static const char *const asked_members[] = { "certificate", "cms", "minisign", "signify", NULL };
static const char *const other_names[] = {
    "statement", "release.name", "release.version", "job.id", "plan.digest", NULL
};

static bool one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static bool unknown_hole(const char *name, const char *what, const char *word, const char *const *names,
                         struct sl_loc loc, struct sl_err *err)
{
    char shown[SL_SHOWN_SIZE];
    const char *near = sl_nearest(word, names);
    return sl_fail(err, SL_E_INPUT, loc, "unknown hole '{{%s}}': there is no %s%s%s%s", sl_shown_put(name, shown), what,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool unknown_artifact(const struct pass *p, const char *name, const char *artifact, struct sl_loc loc,
                             struct sl_err *err)
{
    const struct sl_asked_artifact *items = p->m->asked.artifacts.items;
    const char *names[256];
    size_t n = 0;
    for (; n < p->m->asked.artifacts.n && n < 255; n++)
        names[n] = items[n].here.name;
    names[n] = NULL;
    return unknown_hole(name, "such artifact", artifact, names, loc, err);
}

static bool is_listed(const struct sl_asked_job *job, const char *artifact)
{
    const struct sl_field *names = job->artifacts.items;
    for (size_t i = 0; i < job->artifacts.n; i++)
        if (strcmp(names[i].value, artifact) == 0)
            return true;
    return !job->artifacts.set;
}

static bool has_member(const struct sl_asked *asked, const struct sl_asked_artifact *a, const char *member)
{
    const char *name = a->key.value ? a->key.value : asked->signing.key.value;
    const struct sl_asked_key *key = name ? sl_asked_key(asked, name) : NULL;
    if (strcmp(member, "certificate") == 0)
        return key && sl_formats_certified(asked, key);
    return (sl_formats_of(asked, a) & SL_FORMAT_BIT(sl_format_from_name(member))) != 0;
}

static bool check_member(const struct pass *p, const char *name, const struct sl_asked_artifact *a, const char *member,
                         struct sl_loc loc, struct sl_err *err)
{
    const struct sl_asked *asked = &p->m->asked;
    const char *names[20];
    size_t n = 0;
    for (const char *const *m = artifact_members; *m; m++)
        names[n++] = *m;
    for (const char *const *m = asked_members; *m; m++)
        if (has_member(asked, a, *m))
            names[n++] = *m;
    names[n] = NULL;
    if (one_of(member, names))
        return true;
    if (!one_of(member, asked_members))
        return unknown_hole(name, "such member of an artifact", member, names, loc, err);
    bool certificate = strcmp(member, "certificate") == 0;
    return sl_fail(err, SL_E_INPUT, loc, "'{{%s}}': %s", name,
                   certificate ? "the key of this artifact has no 'certificate'"
                               : "neither signing.formats nor the artifact's 'formats' ask for it");
}

/* "artifact.NAME.MEMBER", taken apart in place. */
static bool check_artifact_hole(struct pass *p, const char *name, struct sl_loc loc, struct sl_err *err)
{
    char artifact[128];
    const char *from = name + strlen("artifact."), *dot = strchr(from, '.'), *member = dot ? dot + 1 : "";
    size_t len = dot ? (size_t)(dot - from) : strlen(from);
    (void)snprintf(artifact, sizeof artifact, "%.*s", (int)(len < sizeof artifact ? len : 0), from);
    const struct sl_asked_artifact *a = sl_asked_artifact(&p->m->asked, artifact);
    if (!a)
        return unknown_artifact(p, name, artifact, loc, err);
    if (!check_member(p, name, a, member, loc, err))
        return false;
    if (!is_listed(p->job, artifact))
        return sl_fail(err, SL_E_INPUT, loc, "'{{%s}}': the job's 'artifacts' do not list '%s'", name, artifact);
    size_t i = (size_t)(a - (const struct sl_asked_artifact *)p->m->asked.artifacts.items);
    if (!p->seen[i])
        p->order[p->n++] = i;
    p->seen[i] = true;
    p->needs_role = p->needs_role || strcmp(member, "url") == 0;
    return true;
}

static bool check_hole(struct pass *p, const char *name, bool whole, struct sl_loc loc, struct sl_err *err)
{
    if (strncmp(name, "artifact.", 9) == 0)
        return check_artifact_hole(p, name, loc, err);
    if (!one_of(name, other_names))
        return unknown_hole(name, "such name", name, other_names, loc, err);
    if (strcmp(name, "statement") == 0 && !whole)
        return sl_fail(err, SL_E_INPUT, loc,
                       "'{{statement}}' must be the whole text of its value, with nothing beside it");
    return true;
}

/* Devices of that dialect get no placeholders but the one for their file, which is said where they stand. */
static bool is_afr_ota(const struct sl_asked_job *job)
{
    return strcmp(job->document.dialect.value, "afr-ota") == 0;
}

static bool check_text(struct pass *p, const char *text, struct sl_loc loc, struct sl_err *err)
{
    for (const char *open = strstr(text, "{{"); open;) {
        const char *name = open + 2, *close = strstr(name, "}}");
        char copy[200] = "";
        if (!close)
            return sl_fail(err, SL_E_INPUT, loc, "'{{' without '}}' after it");
        size_t len = (size_t)(close - name);
        (void)snprintf(copy, sizeof copy, "%.*s", (int)(len < 190 ? len : 190), name);
        if (!check_hole(p, copy, open == text && close[2] == 0, loc, err))
            return false;
        open = strstr(close + 2, "{{");
    }
    return sl_placeholder_check(text, p->unpinned, loc, &p->needs_role, err)
           && (is_afr_ota(p->job) || sl_package_text_check(p->job, text, loc, err));
}

static bool check_key(const char *key, struct sl_loc loc, struct sl_err *err)
{
    if (!strstr(key, "{{"))
        return true;
    return sl_fail(err, SL_E_INPUT, loc, "a hole may stand in a value, not in a key");
}

static bool start(struct pass *p, const struct sl_manifest *m, const struct sl_asked_job *job, struct sl_arena *arena,
                  struct sl_err *err)
{
    const char *placeholder = job->url.placeholder.value;
    *p = (struct pass){
        .left = SL_DOCUMENT_MAX_BYTES / 2, .m = m, .job = job, .unpinned = placeholder && strcmp(placeholder, "v1") == 0
    };
    p->seen = sl_arena_alloc(arena, m->asked.artifacts.n, sizeof *p->seen, err);
    p->order = p->seen ? sl_arena_alloc(arena, m->asked.artifacts.n, sizeof *p->order, err) : NULL;
    return p->order != NULL;
}

static void finish(const struct pass *p, json_t *value, struct sl_body *ret)
{
    *ret = (struct sl_body){ value, p->order, p->n, p->needs_role };
}

/* Plain scalars that one YAML reader takes for a number or a truth value and another for text. JSON's own forms are
 * not among them. */
static const char ambiguous_pattern[] =
    "^([Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF|True|TRUE|False|FALSE"
    "|[-+]?(0[0-7_]+|0o[0-7]+|0x[0-9a-fA-F_]+|0b[01_]+|[0-9][0-9_]*_[0-9_]*|0[0-9]+)"
    "|[+]([0-9]+)?([.][0-9]*)?([eE][-+]?[0-9]+)?"
    "|[-+]?([.][0-9]+|0?[0-9]+[.]|0[0-9]+[.][0-9]*)([eE][-+]?[0-9]+)?"
    "|[-+]?[0-9]+(:[0-5]?[0-9])+([.][0-9]*)?"
    "|[-+]?[.]([Ii]nf|INF)|[.]([Nn]a[Nn]|NAN))$";

static void end_yaml(struct pass *p)
{
    if (p->compiled)
        regfree(&p->ambiguous);
}

/* Compiled once for a body, which may have thousands of scalars. */
static bool start_yaml(struct pass *p, struct sl_err *err)
{
    int status = regcomp(&p->ambiguous, ambiguous_pattern, REG_EXTENDED | REG_NOSUB);
    assert(status == 0 || status == REG_ESPACE);
    p->compiled = status == 0;
    return p->compiled || sl_fail_nomem(err);
}

static bool is_ambiguous(const struct pass *p, const char *text, bool *ret, struct sl_err *err)
{
    int status = regexec(&p->ambiguous, text, 0, NULL, 0);
    *ret = status == 0;
    return status != REG_ESPACE || sl_fail_nomem(err);
}

static size_t digits(const char *p)
{
    return strspn(p, "0123456789");
}

/* A number as JSON writes it (RFC 8259 section 6). */
static bool is_number(const char *text)
{
    const char *p = text + (*text == '-');
    size_t n = digits(p);
    if (n == 0 || (*p == '0' && n > 1))
        return false;
    p += n;
    if (*p == '.') {
        if (digits(p + 1) == 0)
            return false;
        p += 1 + digits(p + 1);
    }
    if (*p == 'e' || *p == 'E') {
        p += 1 + (p[1] == '+' || p[1] == '-');
        if (digits(p) == 0)
            return false;
        p += digits(p);
    }
    return *p == 0;
}

static bool number_of(const struct sl_node *node, json_t **ret, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (sl_json_parse(sl_span_str(node->text), node->loc.file, ret, &why))
        return true;
    char shown[SL_SHOWN_SIZE];
    if (why.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    return sl_fail(err, SL_E_INPUT, node->loc, "the number '%s' is beyond what JSON readers keep exactly: quote it",
                   sl_shown_put(node->text, shown));
}

static bool scalar_of(struct pass *p, const struct sl_node *node, json_t **ret, struct sl_err *err)
{
    bool typed = node->plain && !node->expanded, ambiguous = false;
    char shown[SL_SHOWN_SIZE];
    if (typed && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0)) {
        *ret = json_boolean(node->text[0] == 't');
        return true;
    }
    if (typed && is_number(node->text))
        return number_of(node, ret, err);
    if (typed && !is_ambiguous(p, node->text, &ambiguous, err))
        return false;
    if (ambiguous)
        return sl_fail(err, SL_E_INPUT, node->loc,
                       "'%s' is ambiguous: quote it if it is text, otherwise write it as JSON does",
                       sl_shown_put(node->text, shown));
    if (!check_text(p, node->text, node->loc, err))
        return false;
    *ret = json_string(node->text);
    return *ret || sl_fail_nomem(err);
}

static bool value_of(struct pass *p, const struct sl_node *node, json_t **ret, struct sl_err *err)
{
    if (p->left == 0)
        return sl_fail(err, SL_E_INPUT, p->job->document.here.loc,
                       "the job document is longer than %zu bytes, the most AWS IoT takes", SL_DOCUMENT_MAX_BYTES);
    p->left--;
    if (node->kind == SL_NODE_SCALAR)
        return scalar_of(p, node, ret, err);
    bool map = node->kind == SL_NODE_MAP;
    SL_AUTO(sl_json_clear) json_t *value = map ? json_object() : json_array();
    if (!value)
        return sl_fail_nomem(err);
    for (const struct sl_node *child = node->first; child; child = child->next) {
        json_t *item = NULL;
        if ((map && !sl_mistakes_pass(p->found, check_key(child->key, child->key_loc, err), err))
            || !sl_mistakes_pass(p->found, value_of(p, child, &item, err), err))
            return false;
        if (item && !(map ? sl_json_set(value, child->key, item, err) : sl_json_push(value, item, err)))
            return false;
    }
    *ret = json_incref(value);
    return true;
}

bool sl_body_from_node(const struct sl_manifest *m, const struct sl_asked_job *job, struct sl_arena *arena,
                       struct sl_body *ret, struct sl_err *err)
{
    SL_AUTO(end_yaml) struct pass p = { 0 };
    json_t *value = NULL;
    if (!start(&p, m, job, arena, err) || !start_yaml(&p, err))
        return false;
    p.found = m->found;
    if (!value_of(&p, job->document.body, &value, err))
        return false;
    finish(&p, value, ret);
    return true;
}

/* The same over JSON, where a place inside the file is given by its path. */
static bool check_json(struct pass *p, const json_t *value, const struct sl_path *path, unsigned depth,
                       struct sl_err *err)
{
    struct sl_loc loc = p->loc;
    if (depth > SL_MANIFEST_MAX_DEPTH)
        return sl_fail(err, SL_E_INPUT, loc, "nested deeper than %u levels", SL_MANIFEST_MAX_DEPTH);
    bool ok = true;
    if (json_is_null(value))
        ok = sl_fail(err, SL_E_INPUT, loc, "null: AWS drops such members from job documents");
    else if (json_is_string(value))
        ok = check_text(p, json_string_value(value), loc, err);
    char at[SL_PATH_SIZE];
    sl_path_put(path, at);
    if (!ok)
        return sl_while(err, loc, "at %s", at[0] ? at : "the top");

    for (size_t i = 0; i < json_array_size(value); i++) {
        struct sl_path here = { path, NULL, i };
        if (!check_json(p, json_array_get(value, i), &here, depth + 1, err))
            return false;
    }
    json_t *object = (json_t *)(uintptr_t)value; /* jansson's iteration takes no const */
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) {
        struct sl_path here = { path, json_object_iter_key(it), 0 };
        if (!check_key(here.name, loc, err) || !check_json(p, json_object_iter_value(it), &here, depth + 1, err))
            return false;
    }
    return true;
}

bool sl_body_check_text(const struct sl_manifest *m, const struct sl_asked_job *job, const struct sl_field *f,
                        struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena scratch = { 0 };
    struct pass p;
    return start(&p, m, job, &scratch, err) && check_text(&p, f->value, f->loc, err);
}

static bool from_json(const struct sl_manifest *m, const struct sl_asked_job *job, struct sl_loc loc, json_t *value,
                      struct sl_arena *arena, struct sl_body *ret, struct sl_err *err)
{
    struct pass p;
    if (!start(&p, m, job, arena, err))
        return false;
    p.loc = loc;
    if (!check_json(&p, value, NULL, 1, err))
        return false;
    finish(&p, json_incref(value), ret);
    return true;
}

bool sl_body_from_json(const struct sl_manifest *m, const struct sl_asked_job *job, json_t *value,
                       struct sl_arena *arena, struct sl_body *ret, struct sl_err *err)
{
    if (!json_is_object(value))
        return sl_fail(err, SL_E_INPUT, job->document.file.loc, "expected a JSON object");
    return from_json(m, job, job->document.file.loc, value, arena, ret, err);
}

bool sl_body_from_value(const struct sl_manifest *m, const struct sl_asked_job *job, json_t *value,
                        struct sl_arena *arena, struct sl_body *ret, struct sl_err *err)
{
    return from_json(m, job, job->document.here.loc, value, arena, ret, err);
}
