#include "publisher/profile.h"

#include "core/file.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE_BYTES ((size_t)1 << 20)

static void file_clear(struct sl_profile_file *f)
{
    sl_buf_clear(&f->path);
    sl_secret_clear(&f->text);
}

void sl_profile_clear(struct sl_profile *p)
{
    file_clear(&p->credentials);
    file_clear(&p->config);
    sl_arena_clear(&p->arena);
    *p = (struct sl_profile){ .name = NULL };
}

const char *sl_profile_env(const struct sl_profile_ask *ask, const char *name)
{
    const char *value = ask->env(ask->ctx, name);
    return value && *value ? value : NULL;
}

/* "$NAME" or "${NAME}" at the beginning of text: its length and the name's place, 0 when it is none. */
static size_t variable_at(const char *text, const char **ret_name, size_t *ret_len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    bool braces = text[1] == '{';
    *ret_name = text + (braces ? 2 : 1);
    *ret_len = braces ? strcspn(*ret_name, "}") : strspn(*ret_name, letters);
    if (*ret_len == 0 || (braces && (*ret_name)[*ret_len] != '}'))
        return 0;
    return *ret_len + (braces ? 3 : 1);
}

static bool expand_variable(const struct sl_profile_ask *ask, const char **text, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
    const char *at = NULL, *value = NULL;
    size_t name_len = 0, len = **text == '$' ? variable_at(*text, &at, &name_len) : 0;
    if (len > 0) {
        if (!sl_buf_add(&name, (struct sl_span){ (const uint8_t *)at, name_len }, err))
            return false;
        value = ask->env(ask->ctx, sl_buf_str(&name));
    }
    if (!value)
        return sl_buf_add_char(ret, *(*text)++, err);
    *text += len;
    return sl_buf_add_str(ret, value, err);
}

bool sl_profile_expand(const struct sl_profile_ask *ask, const char *path, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf made = { 0 };
    const char *home = sl_profile_env(ask, "HOME");
    while (*path)
        if (!expand_variable(ask, &path, &made, err))
            return false;
    const char *text = sl_buf_str(&made);
    bool tilde = home && text[0] == '~' && (text[1] == '/' || text[1] == 0);
    return sl_buf_addf(ret, err, "%s%s", tilde ? home : "", text + (tilde ? 1 : 0));
}

/* Without a home there is no file; a variable that is set but empty names none. */
static bool find_path(const struct sl_profile_ask *ask, const char *variable, const char *below_home,
                      struct sl_buf *ret, struct sl_err *err)
{
    const char *given = ask->env(ask->ctx, variable), *home = sl_profile_env(ask, "HOME");
    if (given)
        return sl_profile_expand(ask, given, ret, err);
    return !home || sl_buf_addf(ret, err, "%s/%s", home, below_home);
}

static bool read_all(int fd, const char *path, struct sl_secret *text, struct sl_err *err)
{
    size_t len = 0;
    while (len < text->len) {
        ssize_t n = read(fd, text->ptr + len, text->len - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read '%s': %s", path, strerror(errno));
        if (n == 0)
            break;
        len += (size_t)n;
    }
    sl_secret_shorten(text, len);
    return true;
}

bool sl_profile_read_file(const char *path, struct sl_secret *ret, bool *ret_found, struct sl_err *err)
{
    struct stat st;
    *ret_found = false;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) /* such as /dev/null */
        return true;
    SL_AUTO(sl_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot open '%s': %s", path, strerror(errno));
    if (st.st_size < 0 || (uint64_t)st.st_size > MAX_FILE_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' is larger than 1 MiB, which is not expected of it", path);
    *ret_found = true;
    return sl_secret_new((size_t)st.st_size, ret, err) && read_all(fd, path, ret, err);
}

static bool load(struct sl_profile_file *f, struct sl_arena *arena, struct sl_err *err)
{
    const char *path = sl_buf_str(&f->path);
    bool found = false;
    return !*path
           || (sl_profile_read_file(path, &f->text, &found, err)
               && sl_config_parse(sl_secret_span(&f->text), path, arena, &f->config, err));
}

static bool find_name(const struct sl_profile_ask *ask, struct sl_profile *p, struct sl_err *err)
{
    const char *name = ask->profile ? ask->profile : ask->env(ask->ctx, "AWS_DEFAULT_PROFILE");
    name = name ? name : ask->env(ask->ctx, "AWS_PROFILE");
    p->asked_for = name != NULL;
    p->name = name ? name : "default";
    return !name || sl_profile_find(p, name, "", NULL)
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "there is no profile '%s', neither in '%s' nor in '%s'", name,
                      sl_buf_str(&p->credentials.path), sl_buf_str(&p->config.path));
}

bool sl_profile_load(const struct sl_profile_ask *ask, struct sl_profile *ret, struct sl_err *err)
{
    SL_AUTO(sl_profile_clear) struct sl_profile p = { .name = NULL };
    if (!find_path(ask, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", &p.credentials.path, err)
        || !find_path(ask, "AWS_CONFIG_FILE", ".aws/config", &p.config.path, err)
        || !load(&p.credentials, &p.arena, err) || !load(&p.config, &p.arena, err) || !find_name(ask, &p, err))
        return false;
    *ret = p;
    p = (struct sl_profile){ .name = NULL };
    return true;
}

/* The config file's section of a profile: "profile x". */
static const struct sl_config_entry *in_config(const struct sl_profile *p, const char *profile, const char *key)
{
    const struct sl_config_entry *section = NULL;
    for (const struct sl_config_entry *e = p->config.config.first; e; e = e->next)
        if (e->key.len == 0 && sl_span_starts(e->section, "profile ")
            && sl_span_is(sl_span_sub(e->section, strlen("profile "), e->section.len), profile))
            section = e;
    return section ? sl_config_find(&p->config.config, (const char *)section->section.ptr, key) : NULL;
}

const struct sl_config_entry *sl_profile_find(const struct sl_profile *p, const char *profile, const char *key,
                                              const struct sl_profile_file **ret_file)
{
    const struct sl_config_entry *e = sl_config_find_written(&p->credentials.config, profile, key);
    if (ret_file)
        *ret_file = e ? &p->credentials : &p->config;
    return e ? e : in_config(p, profile, key);
}

const struct sl_config_entry *sl_profile_get(const struct sl_profile *p, const char *key,
                                             const struct sl_profile_file **ret_file)
{
    const struct sl_config_entry *e = sl_profile_find(p, p->name, key, ret_file);
    return e && e->value.len > 0 ? e : NULL;
}
