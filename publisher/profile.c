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

static bool find_path(const struct sl_profile_ask *ask, const char *variable, const char *below_home,
                      struct sl_buf *ret, struct sl_err *err)
{
    const char *given = sl_profile_env(ask, variable), *home = sl_profile_env(ask, "HOME");
    if (given && !(strncmp(given, "~/", 2) == 0 && home))
        return sl_buf_add_str(ret, given, err);
    return !home || sl_buf_addf(ret, err, "%s/%s", home, given ? given + 2 : below_home);
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

/* Into guarded memory. Its permissions are the user's affair, AWS's own tools do not mind them. No file is no error. */
static bool read_file(const char *path, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0 || fstat(fd, &st) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot open '%s': %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "'%s' is not a regular file", path);
    if (st.st_size < 0 || (uint64_t)st.st_size > MAX_FILE_BYTES)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' is larger than 1 MiB, which is no config file", path);
    return sl_secret_new((size_t)st.st_size, ret, err) && read_all(fd, path, ret, err);
}

static bool load(struct sl_profile_file *f, struct sl_arena *arena, struct sl_err *err)
{
    const char *path = sl_buf_str(&f->path);
    return !*path
           || (read_file(path, &f->text, err)
               && sl_config_parse(sl_secret_span(&f->text), path, arena, &f->config, err));
}

static bool find_name(const struct sl_profile_ask *ask, struct sl_profile *p, struct sl_err *err)
{
    const char *name = ask->profile && *ask->profile ? ask->profile : sl_profile_env(ask, "AWS_DEFAULT_PROFILE");
    name = name ? name : sl_profile_env(ask, "AWS_PROFILE");
    p->asked_for = name != NULL;
    p->name = name ? name : "default";
    p->in_config = sl_arena_fmt(&p->arena, err, "profile %s", p->name);
    if (!p->in_config)
        return false;
    if (strcmp(p->name, "default") == 0 && !sl_config_find(&p->config.config, p->in_config, ""))
        p->in_config = "default"; /* the one profile that needs no prefix */
    return true;
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

static const struct sl_config_entry *value_in(const struct sl_profile_file *f, const char *section, const char *key)
{
    const struct sl_config_entry *e = sl_config_find(&f->config, section, key);
    return e && e->value.len > 0 ? e : NULL;
}

const struct sl_config_entry *sl_profile_get(const struct sl_profile *p, const char *key,
                                             const struct sl_profile_file **ret_file)
{
    const struct sl_config_entry *e = value_in(&p->credentials, p->name, key);
    if (ret_file)
        *ret_file = e ? &p->credentials : &p->config;
    return e ? e : value_in(&p->config, p->in_config, key);
}
