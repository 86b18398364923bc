#include "publisher/priv/journal.h"

#include "core/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define JOURNAL_MAX_BYTES ((size_t)4 << 20)
#define UPLOAD_ID_MAX     1024u

static bool path_of(const struct sl_plan *plan, struct sl_buf *ret, struct sl_err *err)
{
    return sl_path_join(plan->state_dir, "journal", ret, err);
}

/* Only well-formed members: the file may have been edited, or be of another version. */
static bool read_entry(const char *key, const json_t *value, struct sl_arena *arena, struct sl_journal *j,
                       struct sl_err *err)
{
    const char *id = sl_json_str(value, "uploadId");
    uint64_t part_bytes = 0;
    if (!id[0] || strlen(id) > UPLOAD_ID_MAX || !sl_json_u64(value, "partSize", &part_bytes))
        return true;
    struct sl_journal_entry *e = &j->entries[j->n++];
    *e = (struct sl_journal_entry){ sl_arena_str(arena, key, err), sl_arena_str(arena, id, err), part_bytes };
    return e->key && e->upload_id;
}

static bool read_entries(const struct sl_plan *plan, json_t *value, struct sl_arena *arena, struct sl_journal *j,
                         struct sl_err *err)
{
    json_t *uploads = json_object_get(value, "uploads"), *one;
    const char *key;
    if (strcmp(sl_json_str(value, "bucket"), plan->bucket.name) != 0
        || strcmp(sl_json_str(value, "region"), plan->bucket.region) != 0)
        return true;
    j->same_plan = !strcmp(sl_json_str(value, "plan"), plan->digest);
    j->entries = sl_arena_alloc(arena, json_object_size(uploads), sizeof *j->entries, err);
    if (!j->entries)
        return false;
    json_object_foreach(uploads, key, one)
    {
        if (!read_entry(key, one, arena, j, err))
            return false;
    }
    return true;
}

bool sl_journal_read(const struct sl_plan *plan, struct sl_arena *arena, struct sl_journal *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 }, text = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    struct sl_err ignored = { .code = SL_OK };
    struct sl_journal journal = { .there = false };
    if (!path_of(plan, &path, err))
        return false;
    journal.there = access(sl_buf_str(&path), F_OK) == 0;
    bool good = journal.there && sl_file_read(sl_buf_str(&path), JOURNAL_MAX_BYTES, &text, &ignored)
                && sl_json_parse(sl_buf_span(&text), "journal", &value, &ignored);
    if (ignored.code == SL_E_NOMEM)
        return sl_fail_nomem(err);
    if (good && !read_entries(plan, value, arena, &journal, err))
        return false;
    *ret = journal;
    return true;
}

static bool describe(const struct sl_plan *plan, const struct sl_journal_entry *entries, size_t n, json_t *value,
                     struct sl_err *err)
{
    json_t *uploads = json_object();
    if (!sl_json_set(value, "uploads", uploads, err) || !sl_json_set(value, "sealift", json_integer(1), err)
        || !sl_json_set(value, "plan", json_string(plan->digest), err)
        || !sl_json_set(value, "bucket", json_string(plan->bucket.name), err)
        || !sl_json_set(value, "region", json_string(plan->bucket.region), err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!sl_json_set(uploads, entries[i].key,
                         json_pack("{s:s, s:I}", "uploadId", entries[i].upload_id, "partSize",
                                   (json_int_t)entries[i].part_bytes),
                         err))
            return false;
    return true;
}

bool sl_journal_write(const struct sl_plan *plan, const struct sl_journal_entry *entries, size_t n, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 }, text = { 0 };
    SL_AUTO(sl_json_clear) json_t *value = json_object();
    if (!value)
        return sl_fail_nomem(err);
    return describe(plan, entries, n, value, err) && sl_json_canonical(value, &text, err)
           && sl_buf_add_char(&text, '\n', err) && path_of(plan, &path, err) && sl_dir_make(plan->state_dir, err)
           && sl_file_write(sl_buf_str(&path), 0666, sl_buf_span(&text), err);
}

bool sl_journal_remove(const struct sl_plan *plan, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    if (!path_of(plan, &path, err))
        return false;
    return unlink(sl_buf_str(&path)) == 0 || errno == ENOENT
           || sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot remove '%s': %s", sl_buf_str(&path), strerror(errno));
}
