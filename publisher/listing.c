#include "publisher/priv/listing.h"

#include <string.h>

#define PAGES_MAX 10000 /* of 1000 entries each */

/* Where a page begins; all NULL for the first. */
struct page {
    const char *token;         /* ListObjectsV2 */
    const char *key, *version; /* ListObjectVersions */
};

static bool ask_page(const struct sl_listing *l, struct sl_batch *batch, const char *prefix, bool exact,
                     const struct page *page, size_t *ret_index, struct sl_err *err)
{
    struct sl_s3_call call = { .operation = l->versions ? "ListObjectVersions" : "ListObjectsV2",
                               .method = "GET",
                               .max_reply_bytes = SL_S3_LIST_REPLY_MAX };
    size_t n = 0;
    call.query[n++] = l->versions ? (struct sl_pair){ "versions", "" } : (struct sl_pair){ "list-type", "2" };
    call.query[n++] = (struct sl_pair){ "prefix", prefix };
    if (exact && !l->versions) /* the key itself comes first of all that begin with it */
        call.query[n++] = (struct sl_pair){ "max-keys", "1" };
    if (page->token)
        call.query[n++] = (struct sl_pair){ "continuation-token", page->token };
    if (page->key)
        call.query[n++] = (struct sl_pair){ "key-marker", page->key };
    if (page->version)
        call.query[n++] = (struct sl_pair){ "version-id-marker", page->version };
    return sl_s3_add(batch, l->bucket, &call, ret_index, err);
}

bool sl_listing_ask(const struct sl_listing *l, struct sl_batch *batch, const char *prefix, bool exact,
                    size_t *ret_index, struct sl_err *err)
{
    struct page first = { 0 };
    return ask_page(l, batch, prefix, exact, &first, ret_index, err);
}

static struct sl_listed *find(const struct sl_listing *l, const char *key)
{
    for (size_t i = l->n; i > 0; i--) /* versions of one key follow each other, so the last entry is tried first */
        if (!strcmp(l->entries[i - 1].key, key))
            return &l->entries[i - 1];
    return NULL;
}

static struct sl_listed *add(struct sl_listing *l, const char *key, struct sl_err *err)
{
    if (l->n == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 64;
        struct sl_listed *entries = sl_arena_alloc(l->arena, capacity, sizeof *entries, err);
        if (!entries)
            return NULL;
        if (l->n)
            memcpy(entries, l->entries, l->n * sizeof *entries);
        l->entries = entries;
        l->capacity = capacity;
    }
    struct sl_listed *e = &l->entries[l->n];
    *e = (struct sl_listed){ .key = sl_arena_str(l->arena, key, err) };
    if (!e->key)
        return NULL;
    l->n++;
    return e;
}

/* Versions come newest first; the last one before a deletion stays. */
static bool add_version(struct sl_listing *l, const struct sl_xml *element, bool deletion, struct sl_err *err)
{
    const char *key = sl_xml_text(element, "Key"), *version = sl_xml_text(element, "VersionId");
    if (!key || !version)
        return sl_fail(err, SL_E_NETWORK, l->bucket->loc,
                       "the list of versions of bucket '%s' has an entry without key", l->bucket->name);
    struct sl_listed *e = find(l, key);
    if (!e && !(e = add(l, key, err)))
        return false;
    if (e->closed)
        return true;
    e->closed = deletion;
    if (deletion)
        return true;
    e->version_id = sl_arena_str(l->arena, version, err);
    return e->version_id != NULL;
}

static bool add_entries(struct sl_listing *l, const struct sl_xml *root, struct sl_err *err)
{
    for (const struct sl_xml *e = root->child; e; e = e->next) {
        bool version = !strcmp(e->name, "Version"), deletion = !strcmp(e->name, "DeleteMarker");
        if (l->versions && (version || deletion) && !add_version(l, e, deletion, err))
            return false;
        const char *key = !l->versions && !strcmp(e->name, "Contents") ? sl_xml_text(e, "Key") : NULL;
        if (key && !add(l, key, err))
            return false;
    }
    return true;
}

/* What the next page begins with, when there is one. A list that breaks off must not pass for a whole one. */
static bool next_page(const struct sl_listing *l, const struct sl_xml *root, bool *ret_more, struct page *ret,
                      struct sl_err *err)
{
    const char *truncated = sl_xml_text(root, "IsTruncated");
    *ret_more = truncated && strcmp(truncated, "true") == 0;
    if (!*ret_more)
        return true;
    *ret = (struct page){ .token = l->versions ? NULL : sl_xml_text(root, "NextContinuationToken"),
                          .key = l->versions ? sl_xml_text(root, "NextKeyMarker") : NULL,
                          .version = l->versions ? sl_xml_text(root, "NextVersionIdMarker") : NULL };
    return ret->token || ret->key
           || sl_fail(err, SL_E_NETWORK, l->bucket->loc,
                      "the list of bucket '%s' breaks off without saying where it goes on", l->bucket->name);
}

static bool read_page(struct sl_listing *l, struct sl_batch *batch, size_t index, bool *ret_more, struct page *ret_page,
                      struct sl_err *err)
{
    const struct sl_xml *root;
    return sl_batch_xml(batch, index, l->bucket->loc, l->versions ? "ListVersionsResult" : "ListBucketResult", &root,
                        err)
           && next_page(l, root, ret_more, ret_page, err) && add_entries(l, root, err);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same(const struct page *a, const struct page *b)
{
    return same_text(a->token, b->token) && same_text(a->key, b->key) && same_text(a->version, b->version);
}

bool sl_listing_read(struct sl_listing *l, struct sl_batch *batch, size_t index, const char *prefix, bool exact,
                     struct sl_wire *wire, struct sl_err *err)
{
    bool more = false;
    struct page page = { 0 };
    size_t pages = 1;
    if (!read_page(l, batch, index, &more, &page, err))
        return false;
    while (more && !exact) {
        SL_AUTO(sl_batch_clear) struct sl_batch next = { 0 };
        struct page following = { 0 };
        size_t i;
        if (!ask_page(l, &next, prefix, exact, &page, &i, err) || !sl_batch_send(&next, wire, err)
            || !read_page(l, &next, i, &more, &following, err))
            return false;
        if (!more)
            break;
        if (same(&page, &following) || ++pages == PAGES_MAX)
            return sl_fail(err, SL_E_NETWORK, l->bucket->loc, "the list of bucket '%s' has no end", l->bucket->name);
        page.token = following.token ? sl_arena_str(l->arena, following.token, err) : NULL;
        page.key = following.key ? sl_arena_str(l->arena, following.key, err) : NULL;
        page.version = following.version ? sl_arena_str(l->arena, following.version, err) : NULL;
        if (err->code != SL_OK)
            return false;
    }
    return true;
}

bool sl_listing_fetch(struct sl_listing *l, const char *prefix, bool exact, struct sl_wire *wire, struct sl_err *err)
{
    SL_AUTO(sl_batch_clear) struct sl_batch batch = { 0 };
    size_t index;
    return sl_listing_ask(l, &batch, prefix, exact, &index, err) && sl_batch_send(&batch, wire, err)
           && sl_listing_read(l, &batch, index, prefix, exact, wire, err);
}

const struct sl_listed *sl_listing_find(const struct sl_listing *l, const char *key)
{
    const struct sl_listed *e = find(l, key);
    bool deleted = e && l->versions && !e->version_id;
    return deleted ? NULL : e;
}
