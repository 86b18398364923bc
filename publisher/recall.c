#include "publisher/recall.h"

#include "core/file.h"
#include "publisher/priv/listing.h"
#include "publisher/receipt.h"

#include <string.h>

#define RECEIPTS_MAX 64 /* plans of one version that are looked through */
#define RECEIPT_END  "/receipt.json"
#define PARTIAL      "/receipt.stage-"

void sl_recalls_clear(struct sl_recalls *r)
{
    for (size_t i = 0; r->list && i < r->n; i++) {
        sl_json_clear(&r->list[i].receipt);
        sl_buf_clear(&r->list[i].bundle);
    }
    sl_arena_clear(&r->arena);
    *r = (struct sl_recalls){ 0 };
}

/* ---- finding ---- */

struct finding {
    const struct sl_plan *plan;
    struct sl_wire *wire;
    struct sl_recalls *found;
};

static bool is_receipt(const char *key)
{
    size_t len = strlen(key), end = strlen(RECEIPT_END);
    return len > end && strcmp(key + len - end, RECEIPT_END) == 0;
}

static bool list(const struct finding *f, struct sl_listing *l, struct sl_err *err)
{
    const char *prefix = sl_arena_fmt(&f->found->arena, err, "%s%s/.sealift/", f->plan->bucket.prefix,
                                      f->plan->release_version);
    return prefix && sl_listing_fetch(l, prefix, false, f->wire, err);
}

static bool ask_receipts(const struct finding *f, const struct sl_listing *l, struct sl_batch *batch,
                         struct sl_err *err)
{
    struct sl_recalls *found = f->found;
    const struct sl_plan_bucket *bucket = &f->plan->bucket;
    found->list = sl_arena_alloc(&found->arena, l->n, sizeof *found->list, err);
    if (!found->list)
        return false;
    for (size_t i = 0; i < l->n && found->n < RECEIPTS_MAX; i++) {
        size_t index = 0;
        found->partial = found->partial || strstr(l->entries[i].key, PARTIAL);
        if (!is_receipt(l->entries[i].key))
            continue;
        const char *name = sl_arena_fmt(&found->arena, err, "s3://%s/%s", bucket->name, l->entries[i].key);
        if (!name || !sl_s3_get(batch, bucket, l->entries[i].key, NULL, &index, err))
            return false;
        found->list[found->n++].name = name;
    }
    return true;
}

/* Is it about the release that was asked for, in the bucket it was found in? */
static bool concerns(const struct finding *f, const struct sl_recalled *r, struct sl_err *err)
{
    const struct sl_plan *plan = f->plan;
    return (!strcmp(sl_json_str(r->receipt, "release.name"), plan->release_name)
            && !strcmp(sl_json_str(r->receipt, "release.version"), plan->release_version)
            && !strcmp(sl_json_str(r->receipt, "bucket.name"), plan->bucket.name))
           || sl_fail(err, SL_E_CONFLICT, plan->bucket.loc,
                      "'%s' is about release %.80s %.80s in bucket '%.63s': something else uses this prefix", r->name,
                      sl_json_str(r->receipt, "release.name"), sl_json_str(r->receipt, "release.version"),
                      sl_json_str(r->receipt, "bucket.name"));
}

static bool read_receipts(const struct finding *f, struct sl_batch *batch, struct sl_err *err)
{
    for (size_t i = 0; i < f->found->n; i++) {
        struct sl_recalled *r = &f->found->list[i];
        if (!sl_batch_expect(batch, i, f->plan->bucket.loc, err)
            || !sl_receipt_read(sl_buf_span(&batch->replies[i].body), r->name, &r->receipt, err)
            || !concerns(f, r, err))
            return false;
    }
    return true;
}

static bool fetch_receipts(const struct finding *f, const struct sl_listing *l, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    return ask_receipts(f, l, &batch, err) && sl_batch_send(&batch, f->wire, err) && read_receipts(f, &batch, err);
}

static bool fetch_bundles(const struct finding *f, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    for (size_t i = 0; i < f->found->n; i++) {
        const json_t *receipt = f->found->list[i].receipt;
        size_t index = 0;
        if (!sl_s3_get(&batch, &f->plan->bucket, sl_json_str(receipt, "statement.object"),
                       sl_json_str(receipt, "statement.versionId"), &index, err))
            return false;
    }
    if (!sl_batch_send(&batch, f->wire, err))
        return false;
    for (size_t i = 0; i < f->found->n; i++) {
        if (!sl_batch_expect(&batch, i, f->plan->bucket.loc, err))
            return sl_while(err, SL_LOC_NONE, "the statement of '%s'", f->found->list[i].name);
        sl_buf_move(&f->found->list[i].bundle, &batch.replies[i].body);
    }
    return true;
}

bool sl_recall_find(const struct sl_plan *plan, struct sl_wire *wire, struct sl_recalls *ret, struct sl_err *err)
{
    const struct finding f = { plan, wire, ret };
    struct sl_listing l = { .bucket = &plan->bucket, .versions = !plan->bucket.conditional, .arena = &ret->arena };
    return list(&f, &l, err) && fetch_receipts(&f, &l, err) && fetch_bundles(&f, err);
}

/* ---- fetching ---- */

/* One body on its way into a file, and through the digest. */
struct fetching {
    const struct sl_recall_file *file;
    struct sl_outfile out;
    struct sl_hasher *hasher;
};

struct fetchings {
    struct fetching *list;
    size_t n;
};

static void fetchings_clear(struct fetchings *all)
{
    for (size_t i = 0; all->list && i < all->n; i++) {
        sl_outfile_clear(&all->list[i].out);
        sl_hasher_freep(&all->list[i].hasher);
    }
}

static bool restart(struct fetching *f, struct sl_err *err)
{
    sl_outfile_clear(&f->out);
    sl_hasher_freep(&f->hasher);
    f->hasher = sl_hasher_new(SL_HASH_BIT(SL_SHA256), err);
    return f->hasher && sl_outfile_open(f->file->path, 0666, false, &f->out, err);
}

static bool take(void *ctx, struct sl_span bytes, bool again, struct sl_err *err)
{
    struct fetching *f = ctx;
    if ((again || !f->hasher) && !restart(f, err))
        return false;
    sl_outfile_add(&f->out, bytes);
    return sl_hasher_update(f->hasher, bytes, err);
}

static bool finish(struct fetching *f, struct sl_err *err)
{
    struct sl_digests d = { 0 };
    if ((!f->hasher && !restart(f, err)) || !sl_hasher_final(f->hasher, &d, err))
        return false;
    if (!sl_span_eq_ct(sl_digests_get(&d, SL_SHA256), (struct sl_span){ f->file->sha256, SL_SHA256_BYTES }))
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                       "what is stored as '%s', version %s, is not what the release's statement was signed for",
                       f->file->key, f->file->version_id);
    return sl_outfile_commit(&f->out, err);
}

static bool ask(struct sl_batch *batch, const struct sl_plan_bucket *bucket, struct fetching *f, struct sl_err *err)
{
    size_t index = 0;
    const char *what = sl_arena_fmt(&batch->arena, err, "fetch %s", f->file->artifact);
    const struct sl_s3_call call = { .operation = "GetObject",
                                     .method = "GET",
                                     .key = f->file->key,
                                     .query = { { "versionId", f->file->version_id } },
                                     .sink = take,
                                     .sink_ctx = f,
                                     .what = what };
    return what && sl_s3_add(batch, bucket, &call, &index, err);
}

bool sl_recall_fetch(const struct sl_plan_bucket *bucket, const struct sl_recall_file *files, size_t n,
                     struct sl_wire *wire, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    SL_AUTO(fetchings_clear) struct fetchings all = { .n = n };
    all.list = sl_arena_alloc(&batch.arena, n, sizeof *all.list, err);
    if (!all.list)
        return false;
    for (size_t i = 0; i < n; i++)
        all.list[i] = (struct fetching){ .file = &files[i], .out = SL_OUTFILE_NONE };
    for (size_t i = 0; i < n; i++)
        if (!ask(&batch, bucket, &all.list[i], err))
            return false;
    if (!sl_batch_send(&batch, wire, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!sl_batch_expect(&batch, i, bucket->loc, err) || !finish(&all.list[i], err))
            return sl_while(err, SL_LOC_NONE, "artifact '%s' of the earlier release", files[i].artifact);
    return true;
}
