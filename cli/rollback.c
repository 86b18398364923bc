#include "cli/rollback.h"

#include "cli/session.h"
#include "core/file.h"
#include "core/text.h"
#include "manifests/plan.h"
#include "publisher/recall.h"
#include "signer/statement.h"

#include <string.h>
#include <unistd.h>

struct rollback {
    struct sl_context *c;
    struct sl_plan draft;
    struct sl_signer *signer;
    struct sl_wire *wire;
    struct sl_recalls found;
    const struct sl_recalled *from; /* the release whose stored versions these are; NULL until one is found */
    struct sl_recall_file *files;   /* one for each artifact of the draft */
    struct sl_err unsigned_one;     /* why the last release that was passed over does not count */
};

static void clear(struct rollback *r)
{
    sl_recalls_clear(&r->found);
    sl_plan_clear(&r->draft);
}

/* One artifact as the earlier release has it, of which the signed statement gives the digest. */
static bool take_artifact(const struct rollback *r, const struct sl_recalled *from, const struct sl_statement *s,
                          const struct sl_plan_artifact *a, struct sl_recall_file *ret, struct sl_err *err)
{
    const json_t *stored = json_object_get(json_object_get(from->receipt, "artifacts"), a->name);
    const char *version = r->draft.release_version, *key = sl_json_str(stored, "object");
    *ret = (struct sl_recall_file){ a->name, a->object, sl_json_str(stored, "versionId"), a->path, { 0 } };
    if (!stored || !sl_statement_subject(s, a->name, ret->sha256))
        return sl_fail(err, SL_E_INPUT, a->loc,
                       "release %s had no artifact '%s'; roll back with a manifest that names what that one had",
                       version, a->name);
    return strcmp(key, a->object) == 0
           || sl_fail(err, SL_E_CONFLICT, a->loc,
                      "artifact '%s' of release %s is stored as '%.200s', and this manifest means '%.200s': make "
                      "bucket.prefix, 'object' and 'file' what they were",
                      a->name, version, key, a->object);
}

static bool take_all(const struct rollback *r, const struct sl_recalled *from, const struct sl_statement *s,
                     struct sl_recall_file *files, struct sl_err *err)
{
    const struct sl_plan *plan = &r->draft;
    size_t n = json_array_size(json_object_get(s->value, "subject"));
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if (!take_artifact(r, from, s, &plan->artifacts[i], &files[i], err))
            return false;
    return n == plan->n_artifacts
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "release %s had %zu artifacts, and this manifest has %zu; roll back with a manifest that names "
                      "what that one had",
                      plan->release_version, n, plan->n_artifacts);
}

/* The same version published twice, with other settings, has the same stored versions. */
static bool agree(const struct rollback *r, const struct sl_recalled *other, const struct sl_recall_file *files,
                  struct sl_err *err)
{
    for (size_t i = 0; i < r->draft.n_artifacts; i++)
        if (strcmp(files[i].version_id, r->files[i].version_id) != 0
            || memcmp(files[i].sha256, r->files[i].sha256, SL_SHA256_BYTES) != 0)
            return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE,
                           "'%.200s' and '%.200s' name other versions of artifact '%s'; sealift does not choose "
                           "between two releases %s",
                           r->from->name, other->name, files[i].artifact, r->draft.release_version);
    return true;
}

/* Does what was found count? One that is a rollback itself says nothing that the release it went back to does not. */
static bool counts(struct rollback *r, const struct sl_recalled *one, struct sl_statement *s, bool *ret,
                   struct sl_err *err)
{
    const struct sl_plan *plan = &r->draft;
    struct sl_err why = { 0 };
    *ret = false;
    if (!sl_adopt_earlier(plan, sl_buf_span(&one->bundle), r->signer, s, &why)) {
        if (why.code != SL_E_VERIFY && why.code != SL_E_INPUT) {
            *err = why;
            return false;
        }
        (void)sl_while(&why, SL_LOC_NONE, "the statement of '%s'", one->name);
        r->unsigned_one = why;
        return true;
    }
    if (strcmp(s->name, plan->release_name) != 0 || strcmp(s->version, plan->release_version) != 0)
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "the statement beside '%s' is that of release %.80s %.80s",
                       one->name, s->name, s->version);
    *ret = !s->rollback_from[0];
    return true;
}

static bool consider(struct rollback *r, const struct sl_recalled *one, struct sl_err *err)
{
    SL_AUTO(sl_statement_clear) struct sl_statement s = { 0 };
    struct sl_recall_file *files = sl_arena_alloc(&r->found.arena, r->draft.n_artifacts, sizeof *files, err);
    bool good = false;
    if (!files || !counts(r, one, &s, &good, err))
        return false;
    if (!good)
        return true;
    if (!take_all(r, one, &s, files, err))
        return sl_while(err, SL_LOC_NONE, "'%s'", one->name);
    if (r->from)
        return agree(r, one, files, err);
    r->from = one;
    r->files = files;
    return true;
}

static bool choose(struct rollback *r, struct sl_err *err)
{
    const struct sl_plan *plan = &r->draft;
    for (size_t i = 0; i < r->found.n; i++)
        if (!consider(r, &r->found.list[i], err))
            return false;
    if (r->from)
        return true;
    if (r->unsigned_one.code != SL_OK) {
        *err = r->unsigned_one;
        return false;
    }
    if (r->found.partial)
        return sl_fail(
            err, SL_E_INPUT, SL_LOC_NONE,
            "--rollback-to %s: that version has not come to its last stage, and devices may be rolled back to "
            "a release that did",
            plan->release_version);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "--rollback-to %s: nothing was published as that version below 's3://%s/%s%s/'",
                   plan->release_version, plan->bucket.name, plan->bucket.prefix, plan->release_version);
}

/* Was it fetched before? */
static bool is_there(const struct sl_recall_file *file)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    struct sl_digests d = { 0 };
    struct sl_err none = { 0 };
    uint64_t size = 0;
    return access(file->path, F_OK) == 0 && sl_file_open(file->path, &fd, &size, &none)
           && sl_digest_fd(fd, file->path, SL_HASH_BIT(SL_SHA256), NULL, &size, &d, &none)
           && sl_span_eq(sl_digests_get(&d, SL_SHA256), (struct sl_span){ file->sha256, SL_SHA256_BYTES });
}

static bool fetch(struct rollback *r, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf dir = { 0 };
    size_t n = 0;
    if (!sl_path_dir(r->files[0].path, &dir, err) || !sl_dir_make(sl_buf_str(&dir), err))
        return false;
    for (size_t i = 0; i < r->draft.n_artifacts; i++)
        if (!is_there(&r->files[i]))
            r->files[n++] = r->files[i];
    if (!sl_recall_fetch(&r->draft.bucket, r->files, n, r->wire, err))
        return false;
    sl_console_note(&r->c->console, "rolling back from %s to %s, as published by '%s'", r->draft.rollback_from,
                    r->draft.release_version, r->from->name);
    return true;
}

bool sl_rollback_fetch(struct sl_context *c, const struct sl_manifest *manifest, struct sl_signer *signer,
                       struct sl_err *err)
{
    SL_AUTO(clear) struct rollback r = { .c = c, .signer = signer };
    if (!sl_manifest_rolls_back(manifest))
        return true;
    return sl_draft_plan(manifest, &r.draft, err) && sl_session_wire(c, r.draft.bucket.region, &r.wire, err)
           && sl_recall_find(&r.draft, r.wire, &r.found, err) && choose(&r, err) && fetch(&r, err);
}
