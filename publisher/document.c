#include "publisher/document.h"

#include "core/text.h"
#include "manifests/hole.h"
#include "publisher/priv/own.h"

#include <stdlib.h>
#include <string.h>

void sl_jobdocs_clear(struct sl_jobdocs *d)
{
    for (size_t i = 0; d->docs && i < d->n; i++) {
        sl_json_clear(&d->docs[i].value);
        sl_buf_clear(&d->docs[i].bytes);
    }
    free(d->docs);
    *d = (struct sl_jobdocs){ 0 };
}

void sl_documents_clear(struct sl_documents *k)
{
    if (k->arena)
        sl_arena_clear(k->arena);
    free(k->arena);
    *k = (struct sl_documents){ 0 };
}

/* Where the values for one document come from. */
struct filling {
    const struct sl_stored *stored;
    const struct sl_jobdoc *doc;
};

static bool give(json_t *value, json_t **ret, struct sl_err *err)
{
    *ret = value;
    return value || sl_fail_nomem(err);
}

/* Whether AWS decodes an id inside a placeholder once or twice is not documented, so an id that would have to be encoded
 * is refused, not guessed about. */
static bool give_version(const struct sl_object *object, json_t **ret, struct sl_err *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (object->version_id[strspn(object->version_id, plain)])
        return sl_fail(
            err, SL_E_UNSUPPORTED, SL_LOC_NONE,
            "the store named version '%.120s' of '%s', which a placeholder cannot carry: only letters, digits, '.', "
            "'_' and '-' are known to reach devices unchanged",
            object->version_id, object->key);
    return give(json_string(object->version_id), ret, err);
}

static bool give_signature(const struct sl_signature *signature, enum sl_format format, json_t **ret,
                           struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_signature_format(signature, format, &text, err) && give(json_string(sl_buf_str(&text)), ret, err);
}

static bool give_of_artifact(const struct sl_stored *stored, size_t i, const char *what, const char *hole, json_t **ret,
                             struct sl_err *err)
{
    if (!strcmp(what, "versionId"))
        return give_version(&stored->artifacts[i], ret, err);
    if (!strcmp(what, "signature"))
        return give_signature(&stored->from->artifacts[i], SL_FORMAT_RAW, ret, err);
    if (!strcmp(what, "keyid"))
        return give(json_string(stored->from->artifacts[i].keyid), ret, err);
    enum sl_format format = sl_format_from_name(what);
    if (stored->from->from->artifacts[i].formats & SL_FORMAT_BIT(format))
        return give_signature(&stored->from->artifacts[i], format, ret, err);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "'{{%.100s}}' asks for what an artifact does not have; known are versionId, signature and keyid",
                   hole);
}

/* "artifact.<name>.<what>"; names hold no dots. */
static bool give_artifact(const struct sl_stored *stored, const char *hole, json_t **ret, struct sl_err *err)
{
    const struct sl_plan *plan = stored->from->from;
    const char *name = hole + strlen("artifact."), *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < plan->n_artifacts; i++) {
        const char *candidate = plan->artifacts[i].name;
        if (strlen(candidate) == (size_t)(dot - name) && !strncmp(candidate, name, (size_t)(dot - name)))
            return give_of_artifact(stored, i, dot + 1, hole, ret, err);
    }
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'{{%.100s}}' names no artifact of this release", hole);
}

static bool value_of(void *ctx, const char *name, json_t **ret, struct sl_err *err)
{
    const struct filling *f = ctx;
    if (!strncmp(name, "artifact.", 9))
        return give_artifact(f->stored, name, ret, err);
    if (!strcmp(name, "statement"))
        return give(json_incref(f->stored->from->envelope), ret, err);
    if (!strcmp(name, "job.id"))
        return give(json_string(f->doc->id), ret, err);
    if (!strcmp(name, "plan.digest"))
        return give(json_string(f->stored->from->from->digest), ret, err);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'{{%.100s}}' is no value of this release", name);
}

static bool fill_one(const struct sl_stored *stored, struct sl_jobdoc *doc, struct sl_err *err)
{
    struct filling filling = { stored, doc };
    struct sl_hole_filler filler = { value_of, &filling };
    if (!sl_hole_fill(doc->job->document, &filler, &doc->value, err)
        || !sl_json_canonical(doc->value, &doc->bytes, err))
        return sl_while(err, doc->job->loc, "the document of job '%s'", doc->id);
    if (doc->bytes.len <= SL_DOCUMENT_MAX_BYTES)
        return true;
    return sl_fail(err, SL_E_INPUT, doc->job->loc,
                   "the document of job '%s' has %zu bytes, AWS IoT takes at most %u; carry fewer artifacts or shorten "
                   "job.document",
                   doc->id, doc->bytes.len, SL_DOCUMENT_MAX_BYTES);
}

static void hand_over(struct sl_jobdocs *to, struct sl_jobdocs *from)
{
    *to = *from;
    *from = (struct sl_jobdocs){ 0 };
}

bool sl_document(const struct sl_stored *stored, struct sl_jobdocs *ret, struct sl_err *err)
{
    const struct sl_plan *plan = stored->from->from;
    SL_AUTO(sl_jobdocs_clear) struct sl_jobdocs docs = { .from = stored, .n = plan->n_jobs };
    docs.docs = calloc(plan->n_jobs ? plan->n_jobs : 1, sizeof *docs.docs);
    if (!docs.docs)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < plan->n_jobs; i++) {
        struct sl_jobdoc *doc = &docs.docs[i];
        doc->job = &plan->jobs[i];
        doc->id = stored->seen->jobs[i].id;
        doc->key = stored->seen->jobs[i].document.key;
        if (!fill_one(stored, doc, err))
            return false;
    }
    hand_over(ret, &docs);
    return true;
}

static bool conflict(const struct sl_jobdocs *docs, const struct sl_jobdoc *doc, struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &docs->from->from->from->bucket;
    return sl_fail(
        err, SL_E_CONFLICT, doc->job->loc,
        "'s3://%s/%s' holds another document for job '%s', as when an artifact was deleted and stored again since; "
        "'--attempt %u' makes a new job",
        bucket->name, doc->key, doc->id, docs->from->seen->attempt + 1);
}

static bool store_one(const struct sl_jobdocs *docs, size_t i, struct sl_wire *wire, struct sl_documents *kept,
                      struct sl_err *err)
{
    const struct sl_jobdoc *doc = &docs->docs[i];
    const struct sl_seen_file *seen = &docs->from->seen->jobs[i].document;
    struct sl_span bytes = sl_buf_span(&doc->bytes);
    if (seen->exists) {
        kept->objects[i] = seen->object;
        return sl_span_eq(sl_buf_span(&seen->bytes), bytes) || conflict(docs, doc, err);
    }
    SL_AUTO(sl_own_stored_clear) struct sl_own_stored stored = { 0 };
    if (!sl_own_store(wire, &docs->from->from->from->bucket, doc->key, bytes, kept->arena, &stored, err))
        return false;
    kept->objects[i] = stored.object;
    return stored.ours || conflict(docs, doc, err);
}

bool sl_document_store(const struct sl_jobdocs *docs, struct sl_wire *wire, struct sl_documents *ret,
                       struct sl_err *err)
{
    SL_AUTO(sl_documents_clear) struct sl_documents kept = { .from = docs };
    kept.arena = calloc(1, sizeof *kept.arena);
    if (!kept.arena)
        return sl_fail_nomem(err);
    kept.objects = sl_arena_alloc(kept.arena, docs->n, sizeof *kept.objects, err);
    if (!kept.objects)
        return false;
    for (size_t i = 0; i < docs->n; i++)
        if (!store_one(docs, i, wire, &kept, err))
            return false;
    *ret = kept;
    kept = (struct sl_documents){ 0 };
    return true;
}
