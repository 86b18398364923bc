/* Candidates that stand in a manifest, beside it, or in what was published from it. */
#include "cli/suggest.h"
#include "core/file.h"
#include "core/json.h"
#include "manifests/outline.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MANIFEST_BYTES 4096 /* of a YAML file that are looked at for "sealift:" */
#define RECEIPT_BYTES  ((size_t)1 << 20)

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);
    return len >= n && strcmp(text + len - n, end) == 0;
}

static bool is_yaml(const char *name)
{
    return ends_with(name, ".yaml") || ends_with(name, ".yml");
}

/* The manifest of a command line: the one it names, or the one that counts when none is named. */
static const char *manifest_of(int argc, const char *const *argv)
{
    struct stat st;
    for (int i = 0; i + 1 < argc; i++)
        if (is_yaml(argv[i]) && stat(argv[i], &st) == 0)
            return argv[i];
    return "sealift.yaml";
}

/* Does the file look like a manifest? */
static bool is_manifest(const char *path)
{
    char text[MANIFEST_BYTES + 1];
    FILE *in = fopen(path, "rb");
    if (!in)
        return false;
    text[fread(text, 1, MANIFEST_BYTES, in)] = 0;
    (void)fclose(in);
    return strncmp(text, "sealift:", 8) == 0 || strstr(text, "\nsealift:") != NULL;
}

/* Entries of the folder that is typed: folders, and files that fit. */
static bool add_entries(const struct sl_suggest *s, bool (*fits)(const char *path), struct sl_err *err)
{
    const char *typed = s->typed + strlen(s->prefix), *slash = strrchr(typed, '/');
    SL_AUTO(sl_buf_clear) struct sl_buf folder = { 0 };
    if (!sl_buf_add(&folder, (struct sl_span){ (const uint8_t *)typed, slash ? (size_t)(slash + 1 - typed) : 0 }, err))
        return false;
    DIR *dir = opendir(folder.len > 0 ? sl_buf_str(&folder) : ".");
    bool ok = true;
    for (const struct dirent *e; ok && dir && (e = readdir(dir)) != NULL;) {
        SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
        struct stat st;
        if (e->d_name[0] == '.')
            continue;
        ok = sl_buf_addf(&path, err, "%s%s", folder.len > 0 ? sl_buf_str(&folder) : "", e->d_name);
        if (!ok || stat(sl_buf_str(&path), &st) != 0)
            continue;
        bool inner = S_ISDIR(st.st_mode);
        if (inner || (S_ISREG(st.st_mode) && fits(sl_buf_str(&path))))
            ok = sl_suggest_add(s, sl_buf_str(&path), inner ? "/" : "", "", err);
    }
    if (dir)
        (void)closedir(dir);
    return ok;
}

static bool fits_manifest(const char *path)
{
    return is_yaml(path) && is_manifest(path);
}

static bool fits_plan(const char *path)
{
    return ends_with(path, ".json");
}

/* The ids of the jobs a receipt tells of. */
static bool add_receipt(const struct sl_suggest *s, const char *path, struct sl_err *err)
{
    struct sl_err unread = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_json_clear) json_t *receipt = NULL;
    const char *name;
    json_t *job;
    if (!sl_file_read(path, RECEIPT_BYTES, &text, &unread)
        || !sl_json_parse(sl_buf_span(&text), path, &receipt, &unread))
        return true;
    json_object_foreach(json_object_get(receipt, "jobs"), name, job)
    {
        const char *id = sl_json_str(job, "id");
        if (id && !sl_suggest_add(s, id, "", "published from here", err))
            return false;
    }
    return true;
}

/* What was published from the manifest lies beside it. */
static bool add_published(const struct sl_suggest *s, const char *manifest, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf folder = { 0 }, state = { 0 };
    if (!sl_path_dir(manifest, &folder, err) || !sl_path_join(sl_buf_str(&folder), ".sealift", &state, err))
        return false;
    DIR *dir = opendir(sl_buf_str(&state));
    bool ok = true;
    for (const struct dirent *e; ok && dir && (e = readdir(dir)) != NULL;) {
        SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
        if (e->d_name[0] != '.')
            ok = sl_buf_addf(&path, err, "%s/%s/receipt.json", sl_buf_str(&state), e->d_name)
                 && add_receipt(s, sl_buf_str(&path), err);
    }
    if (dir)
        (void)closedir(dir);
    return ok;
}

/* The names below a path of the manifest, those alone that begin with kind. */
static bool add_below(const struct sl_suggest *s, const struct sl_outline *o, const char *parent, const char *kind,
                      bool strip, const char *tail, struct sl_err *err)
{
    struct sl_outline_entry e;
    for (size_t i = 0; sl_outline_entry(o, parent, i, &e); i++)
        if (strncmp(e.name, kind, strlen(kind)) == 0
            && !sl_suggest_add(s, e.name + (strip ? strlen(kind) : 0), tail, e.about, err))
            return false;
    return true;
}

/* The same in every job of the manifest: member "targets", "stages". */
static bool add_in_jobs(const struct sl_suggest *s, const struct sl_outline *o, const char *member, const char *kind,
                        bool strip, const char *tail, struct sl_err *err)
{
    struct sl_outline_entry job;
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    if (!sl_buf_addf(&path, err, "job.%s", member) || !add_below(s, o, sl_buf_str(&path), kind, strip, tail, err))
        return false;
    for (size_t i = 0; sl_outline_entry(o, "jobs", i, &job); i++) {
        sl_buf_reset(&path);
        if (!sl_buf_addf(&path, err, "jobs.%s.%s", job.name, member)
            || !add_below(s, o, sl_buf_str(&path), kind, strip, tail, err))
            return false;
    }
    return true;
}

/* PATH=VALUE, one step of the path at a time. */
static bool add_path(const struct sl_suggest *s, const struct sl_outline *o, struct sl_err *err)
{
    const char *typed = s->typed + strlen(s->prefix), *dot = strrchr(typed, '.');
    SL_AUTO(sl_buf_clear) struct sl_buf parent = { 0 }, prefix = { 0 };
    if (strchr(typed, '=')
        || (dot && !sl_buf_add(&parent, (struct sl_span){ (const uint8_t *)typed, (size_t)(dot - typed) }, err))
        || !sl_buf_addf(&prefix, err, "%s%s%s", s->prefix, parent.len > 0 ? sl_buf_str(&parent) : "", dot ? "." : ""))
        return true;
    const struct sl_suggest step = { s->typed, sl_buf_str(&prefix), s->b };
    struct sl_outline_entry e;
    for (size_t i = 0; sl_outline_entry(o, parent.len > 0 ? sl_buf_str(&parent) : "", i, &e); i++)
        if (!sl_suggest_add(&step, e.name, e.single ? "=" : ".", e.about, err))
            return false;
    return true;
}

/* What the manifest itself says. */
static bool add_stated(const char *metavar, const struct sl_suggest *s, const struct sl_outline *o, struct sl_err *err)
{
    if (strcmp(metavar, "PATH=VALUE") == 0)
        return add_path(s, o, err);
    if (strcmp(metavar, "JOB-NAME") == 0)
        return add_below(s, o, "jobs", "", false, "", err);
    if (strcmp(metavar, "NAME=FILE") == 0)
        return add_below(s, o, "keys", "", false, "=", err);
    if (strcmp(metavar, "STAGE") == 0)
        return add_in_jobs(s, o, "stages", "", false, "", err);
    if (strcmp(metavar, "TARGET") == 0)
        return add_in_jobs(s, o, "targets", "", false, "", err);
    if (strcmp(metavar, "GROUP") == 0)
        return add_in_jobs(s, o, "targets", "group/", true, "", err);
    if (strncmp(metavar, "THING", 5) == 0)
        return add_in_jobs(s, o, "targets", "thing/", true, metavar[5] ? "=" : "", err);
    return true;
}

bool sl_suggest_names(const char *metavar, const struct sl_suggest *s, int argc, const char *const *argv,
                      struct sl_err *err)
{
    const char *manifest = manifest_of(argc, argv);
    struct sl_err unread = { 0 };
    SL_AUTO(sl_outline_closep) struct sl_outline *o = NULL;
    if (strcmp(metavar, "MANIFEST") == 0)
        return add_entries(s, fits_manifest, err);
    if (strcmp(metavar, "PLAN") == 0)
        return add_entries(s, fits_plan, err);
    if (strcmp(metavar, "JOB") == 0)
        return add_published(s, manifest, err);
    return !sl_outline_open(manifest, &o, &unread) || add_stated(metavar, s, o, err);
}
