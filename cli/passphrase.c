#include "cli/passphrase.h"

#include "cli/env.h"
#include "core/file.h"
#include "core/hold.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define MAX_BYTES   1024
#define TPM_DEFAULT "device:/dev/tpmrm0" /* the kernel's resource manager */

/* The two kinds of secret that are asked for. */
static const struct kind {
    const char *one;   /* for messages */
    const char *env;   /* SEALIFT_PIN, and with "_<KEY>" behind it */
    const char *asked; /* on the terminal, before the key's name */
    const char *nobody;
} passphrase_kind = { "a passphrase", "SEALIFT_PASSPHRASE", "Passphrase of key",
                      "a passphrase is needed and there is no terminal to ask on; set SEALIFT_PASSPHRASE or give "
                      "--passphrase-fd" },
  pin_kind = { "a PIN", "SEALIFT_PIN", "PIN for key",
               "a PIN is needed and there is no terminal to ask on; set SEALIFT_PIN or give --pin-fd" };

/* One line from fd, byte by byte so that nothing of the next line is taken. held: what sl_hold_begin gave, NULL where no
 * signal is held back. */
static bool read_line(int fd, const char *one, const sigset_t *held, struct sl_secret *ret, struct sl_err *err)
{
    SL_AUTO(sl_secret_clear) struct sl_secret line = { 0 };
    if (!sl_secret_new(MAX_BYTES, &line, err))
        return false;
    size_t len = 0;
    for (;;) {
        if (len == MAX_BYTES)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s is longer than %d bytes", one, MAX_BYTES);
        bool interrupted = held && !sl_hold_wait(fd, held);
        ssize_t n = interrupted ? -1 : read(fd, line.ptr + len, 1);
        if (interrupted || (n < 0 && errno == EINTR))
            return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted while %s was asked for", one);
        if (n < 0)
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "cannot read %s from descriptor %d: %s", one, fd,
                           strerror(errno));
        if (n == 0 || line.ptr[len] == '\n')
            break;
        len++;
    }
    sl_secret_shorten(&line, len);
    sl_secret_move(ret, &line);
    return true;
}

static bool from_env(const struct kind *kind, const char *key_name, struct sl_secret *ret, bool *ret_found,
                     struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
    if (!sl_buf_addf(&name, err, "%s_", kind->env))
        return false;
    for (const char *p = key_name; *p; p++)
        if (!sl_buf_add_char(&name, isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_', err))
            return false;
    const char *value = sl_env_any(NULL, sl_buf_str(&name));
    if (!value)
        value = sl_env_get(kind->env);
    *ret_found = value != NULL;
    return !value || sl_secret_copy(sl_span_str(value), ret, err);
}

/* Ask on the terminal; what is typed is shown only where echo says so. one: what is asked for. */
static bool converse(const char *prompt, const char *nobody, const char *one, bool echo, struct sl_secret *ret,
                     struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios before;
    if (tty < 0 || tcgetattr(tty, &before) != 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "%s", nobody);
    struct termios silent = before;
    if (!echo)
        silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    sigset_t held;
    sl_hold_begin(&held);
    silent.c_cc[VSUSP] = _POSIX_VDISABLE; /* stopped here, the program would leave a terminal that shows nothing */
    (void)tcsetattr(tty, TCSAFLUSH, &silent);
    /* A bar may stand on the line. */
    const char *term = sl_env_get("TERM"), *clear = term && strcmp(term, "dumb") == 0 ? "" : "\r\033[K";
    bool ok = write(tty, clear, strlen(clear)) >= 0 && write(tty, prompt, strlen(prompt)) >= 0
              && read_line(tty, one, &held, ret, err);
    (void)tcsetattr(tty, TCSAFLUSH, &before);
    sl_hold_end(&held);
    ok = (echo || write(tty, "\n", 1) == 1) && ok;
    if (!ok && err->code == SL_OK)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot write to the terminal: %s", strerror(errno));
    return ok;
}

bool sl_passphrase_prompt(const char *prompt, const char *nobody, struct sl_secret *ret, struct sl_err *err)
{
    return converse(prompt, nobody, passphrase_kind.one, false, ret, err);
}

static bool ask(const struct kind *kind, const char *prompt, struct sl_secret *ret, struct sl_err *err)
{
    return converse(prompt, kind->nobody, kind->one, false, ret, err);
}

/* From the environment or the descriptor; *ret_found says whether there was one. */
static bool given(const struct kind *kind, int fd, const char *key_name, struct sl_secret *ret, bool *ret_found,
                  struct sl_err *err)
{
    if (!from_env(kind, key_name, ret, ret_found, err) || *ret_found)
        return err->code == SL_OK;
    *ret_found = fd >= 0;
    return fd < 0 || read_line(fd, kind->one, NULL, ret, err);
}

static bool get_kind(const struct kind *kind, int fd, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    bool found = false;
    if (!given(kind, fd, key_name, ret, &found, err) || found)
        return err->code == SL_OK;

    char prompt[160];
    (void)snprintf(prompt, sizeof prompt, "%s '%.100s': ", kind->asked, key_name);
    return ask(kind, prompt, ret, err);
}

static bool get(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    const struct sl_passphrases *p = ctx;
    return get_kind(&passphrase_kind, p->fd, key_name, ret, err);
}

static bool get_pin(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    const struct sl_passphrases *p = ctx;
    return get_kind(&pin_kind, p->token.fd, key_name, ret, err);
}

static bool confirm(void *ctx, const char *question, struct sl_err *err)
{
    (void)ctx;
    SL_AUTO(sl_secret_clear) struct sl_secret answer = { 0 };
    if (!converse(question, "there is no terminal to ask on", "an answer", true, &answer, err))
        return false;
    return answer.len > 0 && (answer.ptr[0] == 'y' || answer.ptr[0] == 'Y');
}

static bool descriptor(const struct sl_args *args, enum sl_option_id option, int *ret, struct sl_err *err)
{
    unsigned fd = 0;
    if (!sl_args_number(args, option, 0, 65535, 65536, &fd, err))
        return false;
    *ret = fd == 65536 ? -1 : (int)fd;
    return true;
}

/* The TPM's libraries read their settings from the environment. What fails is said here, in one sentence, so they are silent
 * unless asked. */
static const char *choose_tpm(void)
{
    const char *tcti = sl_env_get("SEALIFT_TPM2_TCTI");
    if (!tcti)
        tcti = sl_env_get("TPM2OPENSSL_TCTI");
    sl_env_put("TPM2OPENSSL_TCTI", tcti ? tcti : TPM_DEFAULT);
    if (!sl_env_get("TSS2_LOG"))
        sl_env_put("TSS2_LOG", "all+NONE");
    return sl_env_get("TPM2OPENSSL_TCTI");
}

bool sl_passphrases_open(const struct sl_args *args, struct sl_passphrases *ret, struct sl_err *err)
{
    *ret = (struct sl_passphrases){ .token = { .pin = get_pin, .confirm = confirm, .ctx = ret } };
    ret->token.module = sl_env_get("SEALIFT_PKCS11_MODULE");
    ret->token.tcti = choose_tpm();
    return descriptor(args, SL_OPT_PASSPHRASE_FD, &ret->fd, err)
           && descriptor(args, SL_OPT_PIN_FD, &ret->token.fd, err);
}

struct sl_passphrase_source sl_passphrases_source(struct sl_passphrases *p)
{
    return (struct sl_passphrase_source){ get, p, p->fd, &p->token };
}

bool sl_passphrases_new(struct sl_passphrases *p, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    bool found = false;
    if (!given(&passphrase_kind, p->fd, key_name, ret, &found, err))
        return false;
    if (!found) {
        SL_AUTO(sl_secret_clear) struct sl_secret again = { 0 };
        if (!ask(&passphrase_kind, "New passphrase: ", ret, err)
            || !ask(&passphrase_kind, "The same again: ", &again, err))
            return false;
        if (!sl_span_eq_ct(sl_secret_span(ret), sl_secret_span(&again)))
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "the two passphrases differ; nothing was written");
    }
    if (ret->len == 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "an empty passphrase protects nothing; give one of some length");
    return true;
}
