#include "sandbox/priv/folder.h"

#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool sl_folder_open(const char *dir, const char *temporary_dir, struct sl_folder *ret, struct sl_err *err)
{
    ret->temporary = false;
    if (dir)
        return sl_buf_add_str(&ret->path, dir, err) && sl_dir_make(dir, err);
    if (!sl_path_join(temporary_dir, "sealift-sandbox-XXXXXX", &ret->path, err))
        return false;
    ret->temporary = mkdtemp((char *)ret->path.ptr) != NULL;
    return ret->temporary
           || sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot make a folder in '%s': %s", temporary_dir, strerror(errno));
}

static void close_dir(DIR **d)
{
    if (*d)
        (void)closedir(*d);
}

/* Each name in a folder but "." and "..", until visit says no. */
static bool each_name(const char *path, bool (*visit)(void *ctx, const char *file, const char *name, struct sl_err *),
                      void *ctx, struct sl_err *err)
{
    SL_AUTO(close_dir) DIR *d = opendir(path);
    if (!d)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read the folder '%s': %s", path, strerror(errno));
    for (const struct dirent *e; (e = readdir(d));) {
        SL_AUTO(sl_buf_clear) struct sl_buf file = { 0 };
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (!sl_path_join(path, e->d_name, &file, err) || !visit(ctx, sl_buf_str(&file), e->d_name, err))
            return false;
    }
    return true;
}

static bool remove_one(void *ctx, const char *file, const char *name, struct sl_err *err)
{
    (void)ctx;
    (void)name;
    (void)err;
    (void)unlink(file);
    return true;
}

/* A folder of files, which need not exist. */
static void remove_folder(const char *parent, const char *name)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    struct sl_err ignored = { 0 };
    if (sl_path_join(parent, name, &path, &ignored) && each_name(sl_buf_str(&path), remove_one, NULL, &ignored))
        (void)rmdir(sl_buf_str(&path));
}

void sl_folder_close(struct sl_folder *f)
{
    static const char *const folders[] = { "objects", "mqtt/certificates", "mqtt", "." };
    for (size_t i = 0; f->temporary && f->path.len && i < sizeof folders / sizeof *folders; i++)
        remove_folder(sl_buf_str(&f->path), folders[i]);
    if (f->temporary && f->path.len)
        (void)rmdir(sl_buf_str(&f->path)); /* "." itself cannot be named for that */
    sl_buf_clear(&f->path);
    f->temporary = false;
}

static bool remove_orphan(void *ctx, const char *file, const char *name, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    const char *used;
    if (!sl_store_text(ctx, &arena, &used, err,
                       "SELECT 1 FROM s3_objects WHERE file = ? UNION ALL SELECT 1 FROM s3_parts WHERE file = ? UNION "
                       "ALL SELECT 1 FROM s3_object_parts WHERE file = ?",
                       "sss", name, name, name))
        return false;
    if (!used)
        (void)unlink(file);
    return true;
}

bool sl_folder_sweep(struct sl_store *store, struct sl_err *err)
{
    if (!sl_store_begin(store, err))
        return false;
    bool ok = each_name(sl_store_objects_dir(store), remove_orphan, store, err);
    sl_store_rollback(store);
    return ok;
}
