#include "publisher/priv/confirm.h"
#include "publisher/priv/look.h"

static bool ask_artifact(struct sl_look *l, size_t i, struct sl_err *err)
{
    struct sl_seen_artifact *seen = &l->seen->artifacts[i];
    const struct sl_listed *listed = sl_listing_find(&l->listing, l->plan->artifacts[i].object);
    seen->object.key = l->plan->artifacts[i].object;
    seen->exists = listed != NULL;
    if (!listed)
        return true;
    seen->object.version_id = listed->version_id;
    return sl_s3_head(l->batch, &l->plan->bucket, seen->object.key, listed->version_id, &l->artifact_heads[i], err);
}

/* Our own files, so far as they exist. */
static bool ask_file(struct sl_look *l, struct sl_seen_file *file, struct sl_err *err)
{
    const struct sl_listed *listed = sl_listing_find(&l->listing, file->key);
    file->object.key = file->key;
    file->exists = listed != NULL;
    if (!listed)
        return true;
    file->object.version_id = listed->version_id;
    struct sl_look_file *f = &l->files[l->n_files++];
    f->file = file;
    return sl_s3_get(l->batch, &l->plan->bucket, file->key, listed->version_id, &f->index, err);
}

bool sl_look_object_ask(struct sl_look *l, struct sl_err *err)
{
    l->artifact_heads = sl_arena_alloc(l->seen->arena, l->plan->n_artifacts, sizeof *l->artifact_heads, err);
    l->files = sl_arena_alloc(l->seen->arena, 2 + l->plan->n_jobs + l->plan->n_packages, sizeof *l->files, err);
    if (!l->artifact_heads || !l->files)
        return false;
    for (size_t i = 0; i < l->plan->n_artifacts; i++)
        if (!ask_artifact(l, i, err))
            return false;
    for (size_t i = 0; i < l->plan->n_jobs; i++)
        if (!ask_file(l, &l->seen->jobs[i].document, err))
            return false;
    for (size_t i = 0; i < l->plan->n_packages; i++) {
        l->seen->packages[i].sbom.key = l->plan->packages[i].sbom_key;
        if (l->plan->packages[i].sbom_key && !ask_file(l, &l->seen->packages[i].sbom, err))
            return false;
    }
    return ask_file(l, &l->seen->statement, err) && ask_file(l, &l->seen->receipt, err);
}

static bool read_file(struct sl_look *l, const struct sl_look_file *f, struct sl_err *err)
{
    struct sl_reply *reply = &l->batch->replies[f->index];
    struct sl_object *object = &f->file->object;
    if (!sl_batch_expect(l->batch, f->index, l->plan->bucket.loc, err))
        return false;
    if (!object->version_id
        && !sl_s3_version(reply, &l->plan->bucket, object->key, l->seen->arena, &object->version_id, err))
        return false;
    object->size_bytes = reply->body.len;
    object->confirmed_by = SL_CONFIRMED_READ_BACK;
    sl_buf_move(&f->file->bytes, &reply->body);
    return sl_sha256(sl_buf_span(&f->file->bytes), object->sha256, err);
}

/* What the store says of an artifact that exists. Stored otherwise than asked is no conflict: nobody can change it but by
 * a version of its own, and the bytes are right. */
static bool read_artifact(struct sl_look *l, size_t i, struct sl_err *err)
{
    const struct sl_plan_artifact *artifact = &l->plan->artifacts[i];
    struct sl_object *object = &l->seen->artifacts[i].object;
    const struct sl_reply *reply = &l->batch->replies[l->artifact_heads[i]];
    const char *difference = NULL;
    if (!sl_batch_expect(l->batch, l->artifact_heads[i], artifact->loc, err)
        || !sl_confirm_from_reply(reply, &l->plan->bucket, l->seen->arena, object, err)
        || !sl_part_checksum_confirm(artifact, object, err)
        || !sl_traits_differ(reply, &l->plan->bucket, object->key, l->seen->arena, &difference, err))
        return false;
    return !difference || sl_look_warn(l, difference, err);
}

bool sl_look_object_read(struct sl_look *l, struct sl_err *err)
{
    for (size_t i = 0; i < l->plan->n_artifacts; i++)
        if (l->seen->artifacts[i].exists && !read_artifact(l, i, err))
            return false;
    for (size_t i = 0; i < l->n_files; i++)
        if (!read_file(l, &l->files[i], err))
            return false;
    return true;
}

/* What exists must be what is here, byte for byte. */
bool sl_look_object_confirm(struct sl_look *l, struct sl_err *err)
{
    struct sl_part_checksum_pair *existing = sl_arena_alloc(l->seen->arena, l->plan->n_artifacts, sizeof *existing,
                                                            err);
    size_t n = 0;
    if (!existing)
        return false;
    for (size_t i = 0; i < l->plan->n_artifacts; i++)
        if (l->seen->artifacts[i].exists)
            existing[n++] = (struct sl_part_checksum_pair){ &l->plan->artifacts[i], &l->seen->artifacts[i].object,
                                                            NULL };
    if (!sl_confirm_all(l->wire, &l->plan->bucket, existing, n, false, l->seen->arena, err))
        return false;
    for (size_t i = 0; i < l->plan->n_artifacts; i++)
        if (l->seen->artifacts[i].exists
            && !sl_confirm_artifact(l->plan, &l->plan->artifacts[i], &l->seen->artifacts[i].object, err))
            return false;
    return true;
}
