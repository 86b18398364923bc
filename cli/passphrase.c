#include "cli/passphrase.h"

#include "cli/env.h"
#include "core/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define MAX_BYTES 1024

bool sl_passphrases_open(const struct sl_args *args, struct sl_passphrases *ret, struct sl_err *err)
{
    unsigned fd = 0;
    if (!sl_args_number(args, SL_OPT_PASSPHRASE_FD, 0, 65535, 65536, &fd, err))
        return false;
    *ret = (struct sl_passphrases){ .fd = fd == 65536 ? -1 : (int)fd, .prompt = true };
    return true;
}

/* One line from fd, byte by byte so that nothing of the next line is taken. */
static bool read_line(int fd, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret line = { 0 };
    if (!sl_secret_new(MAX_BYTES, &line, err))
        return false;
    size_t len = 0;
    for (;;) {
        if (len == MAX_BYTES)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a passphrase is longer than %d bytes", MAX_BYTES);
        ssize_t n = read(fd, line.ptr + len, 1);
        if (n < 0 && errno == EINTR)
            return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted while a passphrase was asked for");
        if (n < 0)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "cannot read a passphrase from descriptor %d: %s", fd,
                           strerror(errno));
        if (n == 0 || line.ptr[len] == '\n')
            break;
        len++;
    }
    sl_secret_shorten(&line, len);
    sl_secret_move(ret, &line);
    return true;
}

static bool from_env(const char *key_name, struct sl_secret *ret, bool *ret_found, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
    if (!sl_buf_add_str(&name, "SEALIFT_PASSPHRASE_", err))
        return false;
    for (const char *p = key_name; *p; p++)
        if (!sl_buf_add_char(&name, isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_', err))
            return false;
    const char *value = sl_env_any(NULL, sl_buf_str(&name));
    if (!value)
        value = sl_env_get("SEALIFT_PASSPHRASE");
    *ret_found = value != NULL;
    return !value || sl_secret_copy(sl_span_str(value), ret, err);
}

bool sl_passphrase_prompt(const char *prompt, const char *nobody, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios before;
    if (tty < 0 || tcgetattr(tty, &before) != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s", nobody);
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    (void)tcsetattr(tty, TCSAFLUSH, &silent);
    bool ok = write(tty, prompt, strlen(prompt)) >= 0 && read_line(tty, ret, err);
    (void)tcsetattr(tty, TCSAFLUSH, &before);
    ok = write(tty, "\n", 1) == 1 && ok;
    if (!ok && err->code == SL_OK)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write to the terminal: %s", strerror(errno));
    return ok;
}

static bool ask(const char *prompt, struct sl_secret *ret, struct sl_err *err)
{
    return sl_passphrase_prompt(prompt,
                                "a passphrase is needed and there is no terminal to ask on; set SEALIFT_PASSPHRASE or "
                                "give --passphrase-fd",
                                ret, err);
}

/* From the environment or the descriptor; *ret_found says whether there was one. */
static bool given(struct sl_passphrases *p, const char *key_name, struct sl_secret *ret, bool *ret_found,
                  struct sl_err *err)
{
    if (!from_env(key_name, ret, ret_found, err) || *ret_found)
        return err->code == SL_OK;
    *ret_found = p->fd >= 0;
    return p->fd < 0 || read_line(p->fd, ret, err);
}

static bool get(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    struct sl_passphrases *p = ctx;
    bool found = false;
    if (!given(p, key_name, ret, &found, err) || found)
        return err->code == SL_OK;

    char prompt[160];
    (void)snprintf(prompt, sizeof prompt, "Passphrase of key '%.100s': ", key_name);
    return ask(prompt, ret, err);
}

struct sl_passphrase_source sl_passphrases_source(struct sl_passphrases *p)
{
    return (struct sl_passphrase_source){ get, p, p->fd };
}

bool sl_passphrases_new(struct sl_passphrases *p, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    bool found = false;
    if (!given(p, key_name, ret, &found, err))
        return false;
    if (!found) {
        SL_AUTO(sl_secret_clear) struct sl_secret again = { 0 };
        if (!ask("New passphrase: ", ret, err) || !ask("The same again: ", &again, err))
            return false;
        if (!sl_span_eq_ct(sl_secret_span(ret), sl_secret_span(&again)))
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the two passphrases differ; nothing was written");
    }
    if (ret->len == 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "an empty passphrase protects nothing; give one of some length");
    return true;
}
