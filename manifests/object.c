#include "manifests/priv/check.h"

#include "core/file.h"
#include "manifests/priv/type.h"

#include <stdlib.h>
#include <string.h>

static bool refuse(const char *object, struct sl_loc loc, const char *why, struct sl_err *err)
{
    char shown[SL_SHOWN_SIZE];
    return sl_fail(err, SL_E_INPUT, loc, "the object key '%s' %s", sl_shown_put(object, shown), why);
}

/* Whether one of the steps between slashes is word. */
static bool has_step(const char *object, const char *word)
{
    size_t len = strlen(word);
    for (const char *step = object;; step++) {
        size_t n = strcspn(step, "/");
        if (n == len && strncmp(step, word, len) == 0)
            return true;
        step += n;
        if (*step == 0)
            return false;
    }
}

/* HTTP clients fold "//", "." and ".." in paths, so that what is signed would not be what is asked for. */
static bool check_steps(const char *object, struct sl_loc loc, struct sl_err *err)
{
    if (has_step(object, ""))
        return refuse(object, loc, "begins or ends with '/' or holds '//': download URLs cannot carry that", err);
    if (has_step(object, ".") || has_step(object, ".."))
        return refuse(object, loc, "holds '.' or '..' between slashes: download URLs cannot carry that", err);
    if (has_step(object, ".sealift"))
        return refuse(object, loc, "lies in a folder '.sealift', which holds statements and receipts: choose another",
                      err);
    return true;
}

/* Placeholders of version 1 hold the key as it is (IoT developer guide, "Create and manage jobs"): only characters that
 * need no encoding anywhere are safe. Version 2 holds it percent-encoded, and takes any. */
static bool check_unencoded(const char *object, struct sl_loc loc, struct sl_err *err)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!*'()";
    if (strspn(object, safe) == strlen(object))
        return true;
    return refuse(object, loc, "holds characters that a version 1 placeholder cannot carry: use 'placeholder: v2'",
                  err);
}

static bool check(const char *object, bool unencoded, struct sl_loc loc, struct sl_err *err)
{
    if (strlen(object) > 1024)
        return refuse(object, loc, "is longer than 1024 bytes, the most S3 takes", err);
    for (const char *c = object; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return refuse(object, loc, "holds a control character", err);
    if (strstr(object, "{{"))
        return refuse(object, loc, "holds '{{', which marks a hole in job documents", err);
    return check_steps(object, loc, err) && (!unencoded || check_unencoded(object, loc, err));
}

static bool any_unencoded(const struct sl_manifest *m)
{
    for (size_t i = 0; i < m->n_jobs; i++)
        if (m->jobs[i].url.placeholder.value && strcmp(m->jobs[i].url.placeholder.value, "v1") == 0)
            return true;
    return false;
}

static const char *object_of(struct sl_manifest *m, const struct sl_asked_artifact *a, struct sl_err *err)
{
    const char *base = sl_path_base(a->file.value), *prefix = m->asked.bucket.prefix.value;
    if (*base == 0) {
        (void)sl_fail(err, SL_E_INPUT, a->file.loc, "artifacts.%s.file: '%s' names a directory, expected a file",
                      a->here.name, a->file.value);
        return NULL;
    }
    if (a->object.value)
        return a->object.value;
    return sl_arena_fmt(&m->arena, err, "%s%s/%s", prefix ? prefix : "", m->asked.release.version.value, base);
}

struct keyed {
    const char *object;
    size_t i;
};

static int by_object(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = strcmp(x->object, y->object);
    return order ? order : x->i < y->i ? -1 : 1;
}

static void free_keyed(struct keyed **keyed)
{
    free(*keyed);
}

/* The key of artifact i into m->objects; it stays NULL when it is wrong. */
static bool find_object(struct sl_manifest *m, size_t i, bool unencoded, struct sl_err *err)
{
    const struct sl_asked_artifact *a = (const struct sl_asked_artifact *)m->asked.artifacts.items + i;
    const char *object = object_of(m, a, err);
    if (!object || !check(object, unencoded, a->object.value ? a->object.loc : a->file.loc, err))
        return false;
    m->objects[i] = object;
    return true;
}

static bool refuse_twins(const struct sl_manifest *m, struct sl_err *err)
{
    const struct sl_asked_artifact *artifacts = m->asked.artifacts.items;
    size_t n = m->asked.artifacts.n;
    SL_AUTO(free_keyed) struct keyed *sorted = calloc(n + 1, sizeof *sorted);
    if (!sorted)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct keyed){ m->objects[i], i };
    qsort(sorted, n, sizeof *sorted, by_object);
    for (size_t i = 1; i < n; i++) {
        const struct sl_asked_artifact *a = &artifacts[sorted[i - 1].i], *b = &artifacts[sorted[i].i];
        char shown[SL_SHOWN_SIZE];
        if (strcmp(sorted[i - 1].object, sorted[i].object) == 0)
            return sl_fail(
                err, SL_E_INPUT, b->object.value ? b->object.loc : b->here.loc,
                "the artifacts '%s' and '%s' have one object key '%s': give one of them an 'object' of its own",
                a->here.name, b->here.name, sl_shown_put(sorted[i].object, shown));
    }
    return true;
}

bool sl_object_keys(struct sl_manifest *m, struct sl_err *err)
{
    bool unencoded = any_unencoded(m), all = true;
    m->objects = sl_arena_alloc(&m->arena, m->asked.artifacts.n, sizeof *m->objects, err);
    if (!m->objects)
        return false;
    for (size_t i = 0; i < m->asked.artifacts.n; i++) {
        if (!sl_mistakes_pass(m->found, find_object(m, i, unencoded, err), err))
            return false;
        all = all && m->objects[i];
    }
    return !all || sl_mistakes_pass(m->found, refuse_twins(m, err), err);
}
