#include "cli/surroundings.h"

#include "cli/session.h"
#include "core/file.h"
#include "core/program.h"
#include "core/text.h"
#include "manifests/semver.h"
#include "publisher/doctor.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX   5u
#define ENTRIES_MAX 20000u
#define GIT_SECONDS 5u
#define LEAST_BYTES 64 /* what is smaller is no firmware */

void sl_surroundings_clear(struct sl_surroundings *s)
{
    sl_arena_clear(&s->arena);
    sl_buf_clear(&s->region);
    *s = (struct sl_surroundings){ 0 };
}

/* ---- files ---- */

struct walk {
    struct sl_surroundings *s;
    const char *folder;
    unsigned entries;
};

static bool keep_out(const char *name)
{
    static const char *const folders[] = { "node_modules", "CMakeFiles", "__pycache__" };
    if (name[0] == '.')
        return true;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strcmp(name, folders[i]) == 0)
            return true;
    return false;
}

/* Better kinds first, then shorter paths, then by name. */
static bool stands_before(const struct sl_surroundings_file *a, const struct sl_surroundings_file *b)
{
    size_t left = strlen(a->path), right = strlen(b->path);
    if (a->firmware.kind != b->firmware.kind)
        return a->firmware.kind < b->firmware.kind;
    return left != right ? left < right : strcmp(a->path, b->path) < 0;
}

static void insert(struct sl_surroundings *s, const struct sl_surroundings_file *f)
{
    size_t at = s->n_files;
    while (at > 0 && stands_before(f, &s->file[at - 1]))
        at--;
    if (at >= SL_SURROUNDINGS_FILES)
        return;
    if (s->n_files < SL_SURROUNDINGS_FILES)
        s->n_files++;
    memmove(&s->file[at + 1], &s->file[at], (s->n_files - 1 - at) * sizeof *f);
    s->file[at] = *f;
}

/* A manifest can name it, and a person read it. */
static bool is_nameable(const char *path)
{
    for (struct sl_span rest = sl_span_str(path); rest.len > 0;) {
        bool show = true;
        size_t n = sl_safe_next(rest, &show);
        if (!show)
            return false;
        rest = sl_span_sub(rest, n, rest.len);
    }
    return !strstr(path, "${");
}

static bool look_at_file(struct walk *w, const char *path, const char *full, uint64_t size, struct sl_err *err)
{
    uint8_t head[SL_FIRMWARE_HEAD_BYTES];
    FILE *in = fopen(full, "rb");
    if (!in)
        return true;
    const struct sl_span bytes = { head, fread(head, 1, sizeof head, in) };
    (void)fclose(in);
    struct sl_surroundings_file f = { .firmware = sl_firmware_of(path, bytes), .size_bytes = size };
    const char *private_key = "-----BEGIN PRIVATE KEY-----";
    if (bytes.len > strlen(private_key) && memcmp(head, private_key, strlen(private_key)) == 0) {
        char *copy = sl_arena_str(&w->s->arena, path, err);
        if (!w->s->key || (copy && strcmp(copy, w->s->key) < 0))
            w->s->key = copy;
        return copy != NULL;
    }
    if (f.firmware.kind == SL_FIRMWARE_NONE || size < LEAST_BYTES)
        return true;
    f.path = sl_arena_str(&w->s->arena, path, err);
    if (!f.path)
        return false;
    insert(w->s, &f);
    return true;
}

static bool look_into(struct walk *w, const char *path, unsigned depth, struct sl_err *err);

static bool look_at(struct walk *w, const char *path, unsigned depth, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf full = { 0 };
    struct stat st;
    if (!sl_path_join(w->folder, path, &full, err))
        return false;
    if (lstat(sl_buf_str(&full), &st) != 0)
        return true;
    if (S_ISDIR(st.st_mode))
        return depth >= DEPTH_MAX || look_into(w, path, depth + 1, err);
    return !S_ISREG(st.st_mode) || !is_nameable(path)
           || look_at_file(w, path, sl_buf_str(&full), (uint64_t)st.st_size, err);
}

static bool look_into(struct walk *w, const char *path, unsigned depth, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf full = { 0 };
    if (!sl_path_join(w->folder, path, &full, err))
        return false;
    DIR *dir = opendir(sl_buf_str(&full));
    bool ok = true;
    for (const struct dirent *e; ok && dir && (e = readdir(dir)) != NULL && w->entries < ENTRIES_MAX;) {
        SL_AUTO(sl_buf_clear) struct sl_buf below = { 0 };
        if (keep_out(e->d_name))
            continue;
        w->entries++;
        ok = sl_buf_addf(&below, err, "%s%s%s", strcmp(path, ".") == 0 ? "" : path, strcmp(path, ".") == 0 ? "" : "/",
                         e->d_name)
             && look_at(w, sl_buf_str(&below), depth, err);
    }
    if (dir)
        (void)closedir(dir);
    return ok;
}

/* ---- the repository ---- */

/* The first line git prints; *ret stays NULL when it has nothing to say, or is not there. */
static bool git(struct sl_surroundings *s, const char *folder, const char *const *words, const char **ret,
                struct sl_err *err)
{
    const char *argv[12] = { "git", "-C", folder };
    size_t n = 3;
    while (*words && n + 1 < sizeof argv / sizeof *argv)
        argv[n++] = *words++;
    struct sl_program_result result = { 0 };
    struct sl_err unsaid = { 0 };
    char *copies[12] = { NULL };
    for (size_t i = 0; i < n; i++)
        if (!(copies[i] = sl_arena_str(&s->arena, argv[i], err)))
            return false;
    const struct sl_program_run run = { .argv = copies, .timeout_seconds = GIT_SECONDS };
    if (sl_program_run(&run, &result, &unsaid) && result.status == 0 && result.out.len > 0) {
        const char *text = (const char *)result.out.ptr;
        *ret = sl_arena_span(&s->arena, (struct sl_span){ result.out.ptr, strcspn(text, "\n") }, err);
    }
    sl_program_result_clear(&result);
    return err->code == SL_OK;
}

/* Small letters, digits and '-', as a release's name has them; NULL when nothing is left. */
static bool name_of(struct sl_surroundings *s, const char *text, const char **ret, struct sl_err *err)
{
    char name[64];
    size_t n = 0;
    for (; *text && n + 1 < sizeof name; text++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (plain || (n > 0 && name[n - 1] != '-'))
            name[n++] = plain ? c : '-';
    }
    while (n > 0 && name[n - 1] == '-')
        n--;
    name[n] = 0;
    *ret = n > 0 ? sl_arena_str(&s->arena, name, err) : NULL;
    return n == 0 || *ret;
}

/* "git@host:acme/thermostat.git" is thermostat. */
static bool look_at_remote(struct sl_surroundings *s, const char *folder, struct sl_err *err)
{
    static const char *const words[] = { "remote", "get-url", "origin", NULL };
    const char *url = NULL;
    if (!git(s, folder, words, &url, err) || !url)
        return err->code == SL_OK;
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/')
        len--;
    if (len > 4 && strncmp(url + len - 4, ".git", 4) == 0)
        len -= 4;
    size_t begin = len;
    while (begin > 0 && url[begin - 1] != '/' && url[begin - 1] != ':')
        begin--;
    const char *base = sl_arena_span(&s->arena, (struct sl_span){ (const uint8_t *)url + begin, len - begin }, err);
    s->name_from = "git's remote";
    return base && name_of(s, base, &s->name, err);
}

static bool look_at_tag(struct sl_surroundings *s, const char *folder, struct sl_err *err)
{
    static const char *const words[] = { "describe", "--tags", "--abbrev=0", NULL };
    const char *tag = NULL;
    if (!git(s, folder, words, &tag, err) || !tag)
        return err->code == SL_OK;
    const char *text = tag + (tag[0] == 'v');
    if (sl_semver_valid(text)) {
        s->version = text;
        s->version_from = "git's newest tag";
    }
    return true;
}

/* What the firmware says itself, when no tag does. */
static bool look_at_image_version(struct sl_surroundings *s, struct sl_err *err)
{
    if (s->version || s->n_files == 0 || !sl_semver_valid(s->file[0].firmware.version))
        return true;
    s->version = sl_arena_str(&s->arena, s->file[0].firmware.version, err);
    s->version_from = "the image's header";
    return s->version != NULL;
}

static bool look_at_folder_name(struct sl_surroundings *s, const char *folder, struct sl_err *err)
{
    char here[4096];
    if (s->name)
        return true;
    const char *base = strcmp(folder, ".") == 0 ? getcwd(here, sizeof here) : folder;
    s->name_from = "the folder";
    return !base || name_of(s, sl_path_base(base), &s->name, err);
}

/* ---- the account ---- */

static bool look_at_account(struct sl_context *c, struct sl_surroundings *s)
{
    struct sl_err unknown = { 0 };
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    if (!sl_session_region_required(c, &s->region, &unknown))
        return unknown.code != SL_E_NOMEM;
    return (sl_session_open(c, sl_buf_str(&s->region), &wire, &unknown)
            && sl_doctor_account(wire, sl_buf_str(&s->region), s->account, &unknown))
           || unknown.code != SL_E_NOMEM;
}

bool sl_surroundings_look(struct sl_context *c, const char *folder, bool offline, struct sl_surroundings *ret,
                          struct sl_err *err)
{
    SL_AUTO(sl_surroundings_clear) struct sl_surroundings s = { 0 };
    struct walk w = { &s, folder, 0 };
    if (!look_into(&w, ".", 0, err) || !look_at_remote(&s, folder, err) || !look_at_tag(&s, folder, err)
        || !look_at_folder_name(&s, folder, err) || !look_at_image_version(&s, err))
        return false;
    if (!offline && !look_at_account(c, &s))
        return sl_fail_nomem(err);
    *ret = s;
    s = (struct sl_surroundings){ 0 };
    return true;
}
