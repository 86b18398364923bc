#include "publisher/upload.h"

#include "manifests/kmskey.h"
#include "publisher/priv/confirm.h"
#include "publisher/priv/listing.h"
#include "publisher/priv/multipart.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Reading this much back costs no more than asking the store first. */
#define READ_AT_ONCE_MAX_BYTES ((uint64_t)4 << 20)

void sl_stored_clear(struct sl_stored *s)
{
    if (s->arena)
        sl_arena_clear(s->arena);
    free(s->arena);
    *s = (struct sl_stored){ 0 };
}

/* The artifacts this run has to send: those that go whole, then those that go in parts. */
struct sending {
    bool (*want)(const struct sl_plan_artifact *); /* NULL: every artifact that is missing */
    size_t *artifact;                              /* index in the plan */
    struct sl_s3_put *puts;
    struct sl_multipart_ask *asks; /* of those that go in parts, from the first of them on */
    struct sl_put_reply *replies;
    size_t n, n_whole;
    struct sl_traits traits;
};

static bool add_sending(const struct sl_plan_artifact *a, size_t i, struct sending *s, struct sl_arena *arena,
                        struct sl_err *err)
{
    const char *what = sl_arena_fmt(arena, err, "upload %s", a->name);
    if (!what)
        return false;
    s->artifact[s->n] = i;
    s->puts[s->n++] = (struct sl_s3_put){ .key = a->object,
                                          .content_type = "application/octet-stream",
                                          .what = what,
                                          .path = a->path,
                                          .size_bytes = a->size_bytes,
                                          .sha256 = sl_digests_get(&a->digests, SL_SHA256).ptr,
                                          .traits = s->traits };
    if (a->parts.n)
        s->asks[s->n - 1 - s->n_whole] = (struct sl_multipart_ask){ a, what };
    else
        s->n_whole++;
    return true;
}

static bool is_staged(const struct sl_plan_artifact *a)
{
    return sl_kmskey_is_profile(a->key->uri);
}

static bool add_missing(const struct sl_plan *plan, const struct sl_seen *seen, bool in_parts, struct sending *s,
                        struct sl_arena *arena, struct sl_err *err)
{
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        bool here = (plan->artifacts[i].parts.n > 0) == in_parts && (!s->want || s->want(&plan->artifacts[i]));
        if (here && !seen->artifacts[i].exists && !add_sending(&plan->artifacts[i], i, s, arena, err))
            return false;
    }
    return true;
}

static bool plan_sending(const struct sl_plan *plan, const struct sl_seen *seen, const struct sl_wire *wire,
                         struct sl_stored *stored, struct sending *ret, struct sl_err *err)
{
    struct sl_arena *arena = stored->arena;
    ret->artifact = sl_arena_alloc(arena, plan->n_artifacts, sizeof *ret->artifact, err);
    ret->puts = sl_arena_alloc(arena, plan->n_artifacts, sizeof *ret->puts, err);
    ret->asks = sl_arena_alloc(arena, plan->n_artifacts, sizeof *ret->asks, err);
    ret->replies = sl_arena_alloc(arena, plan->n_artifacts, sizeof *ret->replies, err);
    if (!ret->artifact || !ret->puts || !ret->asks || !ret->replies)
        return false;
    assert(stored->artifacts);
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        stored->artifacts[i] = (struct sl_object){ .key = plan->artifacts[i].object };
        stored->uploaded[i] = seen->artifacts[i].staged;
        if (seen->artifacts[i].exists)
            stored->artifacts[i] = seen->artifacts[i].object;
        stored->differences[i] = seen->artifacts[i].difference;
    }
    return sl_traits_make(&plan->bucket, SL_TRAITS_ARTIFACT, wire, arena, &ret->traits, err)
           && add_missing(plan, seen, false, ret, arena, err) && add_missing(plan, seen, true, ret, arena, err);
}

/* What the replies say by themselves; what exists already is asked for later. */
static void take_replies(const struct sending *s, struct sl_stored *stored)
{
    assert(stored->artifacts && stored->uploaded);
    for (size_t i = 0; i < s->n; i++) {
        const struct sl_put_reply *reply = &s->replies[i];
        struct sl_object *object = &stored->artifacts[s->artifact[i]];
        if (reply->outcome != SL_PUT_STORED)
            continue;
        stored->uploaded[s->artifact[i]] = true;
        object->version_id = reply->version_id;
        object->size_bytes = s->puts[i].size_bytes;
        if (!reply->has_checksum)
            continue;
        memcpy(object->sha256, reply->sha256, SL_SHA256_BYTES);
        object->confirmed_by = SL_CONFIRMED_CHECKSUM;
    }
}

/* All versions of what was sent: one list for the release's own folder, one more for each artifact elsewhere. */
static bool list_versions(const struct sl_plan *plan, const struct sending *s, struct sl_wire *wire,
                          struct sl_listing *listing, struct sl_err *err)
{
    const char *folder = sl_arena_fmt(listing->arena, err, "%s%s/", plan->bucket.prefix, plan->release_version);
    bool ok = folder && sl_listing_fetch(listing, folder, false, wire, err);
    for (size_t i = 0; ok && i < s->n; i++)
        if (strncmp(s->puts[i].key, folder, strlen(folder)) != 0)
            ok = sl_listing_fetch(listing, s->puts[i].key, true, wire, err);
    return ok;
}

/* Where conditions are ignored, several runs may have stored an artifact: the oldest version is the one all agree on. */
static bool agree_on_versions(const struct sl_plan *plan, const struct sending *s, struct sl_wire *wire,
                              struct sl_stored *stored, struct sl_err *err)
{
    struct sl_listing listing = { .bucket = &plan->bucket, .versions = true, .arena = stored->arena };
    if (!list_versions(plan, s, wire, &listing, err))
        return false;
    assert(stored->artifacts);
    for (size_t i = 0; i < s->n; i++) {
        struct sl_object *object = &stored->artifacts[s->artifact[i]];
        const struct sl_listed *listed = sl_listing_find(&listing, object->key);
        if (!listed)
            return sl_fail(err, SL_E_CHANGED, plan->bucket.loc,
                           "'s3://%s/%s' was stored and is gone already: who deletes there?", plan->bucket.name,
                           object->key);
        if (object->version_id && !strcmp(object->version_id, listed->version_id))
            continue;
        *object = (struct sl_object){ .key = object->key, .version_id = listed->version_id };
        stored->uploaded[s->artifact[i]] = false;
    }
    return true;
}

/* What this run stored and reads back otherwise is no conflict with somebody, it was damaged on the way. */
static bool check_sent(const struct sl_plan *plan, size_t i, const struct sl_stored *stored, struct sl_err *err)
{
    const struct sl_plan_artifact *artifact = &plan->artifacts[i];
    const struct sl_object *object = &stored->artifacts[i];
    struct sl_span here = sl_digests_get(&artifact->digests, SL_SHA256), there = { object->sha256, SL_SHA256_BYTES };
    if (!stored->uploaded[i] || sl_span_eq_ct(here, there))
        return sl_confirm_artifact(plan, artifact, object, err);
    return sl_fail(err, SL_E_VERIFY, artifact->loc,
                   "version '%.80s' of 's3://%s/%s' was stored just now and holds other bytes than '%s'; nothing was "
                   "registered",
                   object->version_id, plan->bucket.name, object->key, artifact->file);
}

/* A store that stored just now and named no checksum then seldom names one when it is asked: a small object is read at
 * once, and the others are asked for first. */
static bool confirm(const struct sl_plan *plan, const struct sending *s, struct sl_wire *wire, struct sl_stored *stored,
                    struct sl_err *err)
{
    struct sl_part_checksum_pair *ask = sl_arena_alloc(stored->arena, s->n, sizeof *ask, err);
    struct sl_part_checksum_pair *read = sl_arena_alloc(stored->arena, s->n, sizeof *read, err);
    size_t n_ask = 0, n_read = 0;
    if (!ask || !read)
        return false;
    assert(stored->artifacts && stored->uploaded);
    for (size_t i = 0; i < s->n; i++) {
        bool at_once = stored->uploaded[s->artifact[i]] && s->puts[i].size_bytes <= READ_AT_ONCE_MAX_BYTES;
        struct sl_part_checksum_pair pair = { &plan->artifacts[s->artifact[i]], &stored->artifacts[s->artifact[i]],
                                              NULL };
        if (!stored->uploaded[s->artifact[i]])
            pair.difference = &stored->differences[s->artifact[i]];
        if (at_once)
            read[n_read++] = pair;
        else
            ask[n_ask++] = pair;
    }
    if (!sl_confirm_all(wire, &plan->bucket, read, n_read, false, stored->arena, err)
        || !sl_confirm_all(wire, &plan->bucket, ask, n_ask, true, stored->arena, err))
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (!check_sent(plan, s->artifact[i], stored, err))
            return false;
    return true;
}

static bool send(const struct sl_plan *plan, struct sending *s, struct sl_wire *wire, struct sl_stored *stored,
                 struct sl_err *err)
{
    struct sl_put_reply *of_parts = s->replies + s->n_whole;
    if (!sl_put_all(wire, &plan->bucket, s->puts, s->n_whole, s->replies, stored->arena, err)
        || !sl_multipart_all(wire, plan, s->asks, s->n - s->n_whole, of_parts, stored->arena, err))
        return false;
    if (!s->n)
        return true;
    take_replies(s, stored);
    bool sure = plan->bucket.conditional && !sl_multipart_unsure(plan, wire);
    return (sure || agree_on_versions(plan, s, wire, stored, err)) && confirm(plan, s, wire, stored, err);
}

/* Objects name strings of the seen and the claim, which need not live as long. */
static bool keep_strings(struct sl_object *object, struct sl_arena *arena, struct sl_err *err)
{
    object->key = sl_arena_str(arena, object->key, err);
    object->version_id = sl_arena_str(arena, object->version_id, err);
    object->composite = NULL; /* of use only while it is compared */
    return object->key && object->version_id;
}

static bool make_room(struct sl_stored *stored, const struct sl_plan *plan, struct sl_err *err)
{
    stored->arena = calloc(1, sizeof *stored->arena);
    if (!stored->arena)
        return sl_fail_nomem(err);
    stored->artifacts = sl_arena_alloc(stored->arena, plan->n_artifacts, sizeof *stored->artifacts, err);
    stored->uploaded = sl_arena_alloc(stored->arena, plan->n_artifacts, sizeof *stored->uploaded, err);
    stored->differences = sl_arena_alloc(stored->arena, plan->n_artifacts, sizeof *stored->differences, err);
    return stored->artifacts && stored->uploaded && stored->differences;
}

static bool needs_stage(const struct sl_seen *seen)
{
    for (size_t i = 0; i < seen->from->n_artifacts; i++)
        if (is_staged(&seen->from->artifacts[i]) && !seen->artifacts[i].exists)
            return true;
    return false;
}

void sl_upload_give_up(const struct sl_plan *plan, struct sl_wire *wire)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    struct sl_err trouble = { .code = SL_OK };
    bool done = sl_multipart_give_up(wire, plan, &arena, &trouble);
    (void)done; /* the store's own rule for old uploads is what remains */
}

bool sl_upload_stage(struct sl_seen *seen, struct sl_wire *wire, struct sl_err *err)
{
    if (!needs_stage(seen))
        return true;
    SL_AUTO(sl_stored_clear) struct sl_stored stored = { .seen = seen };
    struct sending sending = { .want = is_staged };
    if (!make_room(&stored, seen->from, err) || !plan_sending(seen->from, seen, wire, &stored, &sending, err)
        || !send(seen->from, &sending, wire, &stored, err))
        return false;
    for (size_t i = 0; i < sending.n; i++) {
        size_t k = sending.artifact[i];
        struct sl_object *object = &seen->artifacts[k].object;
        *object = stored.artifacts[k];
        if (!keep_strings(object, seen->arena, err))
            return false;
        seen->artifacts[k].exists = true;
        seen->artifacts[k].staged = stored.uploaded[k];
        const char *difference = stored.differences[k];
        seen->artifacts[k].difference = difference ? sl_arena_str(seen->arena, difference, err) : NULL;
        if (difference && !seen->artifacts[k].difference)
            return false;
    }
    return true;
}

bool sl_upload(const struct sl_signed *signed_, const struct sl_claim *claim, struct sl_wire *wire,
               struct sl_stored *ret, struct sl_err *err)
{
    const struct sl_plan *plan = signed_->from;
    assert(plan == claim->from->from);
    SL_AUTO(sl_stored_clear)
    struct sl_stored stored = { .from = signed_, .seen = claim->from, .statement = claim->statement };
    struct sending sending = { 0 };
    bool ok = make_room(&stored, plan, err) && plan_sending(plan, claim->from, wire, &stored, &sending, err)
              && send(plan, &sending, wire, &stored, err) && keep_strings(&stored.statement, stored.arena, err);
    for (size_t i = 0; ok && i < plan->n_artifacts; i++)
        ok = keep_strings(&stored.artifacts[i], stored.arena, err);
    if (!ok)
        return false;
    *ret = stored;
    stored = (struct sl_stored){ 0 };
    return true;
}
