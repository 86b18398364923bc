#include "cli/sandbox_child.h"

#include "cli/exit.h"
#include "cli/interrupt.h"
#include "core/file.h"
#include "core/os.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_LINE 4096

/* In the child: become the sandbox, with stdout going to the pipe. */
static void become(const char *const *words, int to)
{
    const char *argv[SL_SANDBOX_CHILD_WORDS + 3] = { "sealift", "sandbox" };
    size_t n = 2;
    for (; *words && n < SL_SANDBOX_CHILD_WORDS + 2; words++)
        argv[n++] = *words;

    struct sl_err err = { 0 };
    if (!sl_os_die_with_parent(&err) || dup2(to, STDOUT_FILENO) < 0)
        _exit(127);
    /* A terminal's Ctrl-C goes to the whole group; the parent ends us in its own order. */
    (void)setpgid(0, 0);
    (void)execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
    _exit(127);
}

static bool read_line(int from, struct sl_buf *line, struct sl_err *err)
{
    char c = 0;
    while (line->len < MAX_LINE) {
        ssize_t n = read(from, &c, 1);
        if (*sl_interrupt_flag())
            return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted before the sandbox was ready");
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE,
                           "the sandbox ended before it was ready; its own message says why");
        if (c == '\n')
            return true;
        if (!sl_buf_add_char(line, c, err))
            return false;
    }
    return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the sandbox printed something that is not its environment");
}

/* Take one NAME=VALUE of the environment line. */
static bool take(struct sl_sandbox_child *c, struct sl_span word, struct sl_err *err)
{
    const struct {
        const char *name;
        const char **to;
    } known[] = {
        { "AWS_ENDPOINT_URL=", &c->endpoint_url },
        { "AWS_REGION=", &c->region },
        { "AWS_CA_BUNDLE=", &c->ca_bundle },
        { "AWS_ACCESS_KEY_ID=", &c->access_key_id },
    };
    const char secret[] = "AWS_SECRET_ACCESS_KEY=";
    if (sl_span_starts(word, secret))
        return sl_secret_copy(sl_span_sub(word, strlen(secret), word.len), &c->secret_access_key, err);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!sl_span_starts(word, known[i].name))
            continue;
        *known[i].to = sl_arena_span(&c->arena, sl_span_sub(word, strlen(known[i].name), word.len), err);
        return *known[i].to != NULL;
    }
    return true;
}

static bool read_environment(struct sl_sandbox_child *c, int from, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf line = { 0 };
    if (!read_line(from, &line, err))
        return false;
    const char *text = sl_buf_str(&line);
    while (*text) {
        size_t len = strcspn(text, " ");
        if (!take(c, (struct sl_span){ (const uint8_t *)text, len }, err))
            return false;
        text += len + (text[len] == ' ');
    }
    if (!*c->endpoint_url || !*c->access_key_id || !c->secret_access_key.ptr)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the sandbox printed something that is not its environment");
    return true;
}

bool sl_sandbox_child_start(const char *const *words, struct sl_sandbox_child *ret, struct sl_err *err)
{
    int ends[2];
    if (pipe(ends) != 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "cannot start the sandbox: %s", strerror(errno));
    SL_AUTO(sl_fd_close) int from = ends[0];
    SL_AUTO(sl_fd_close) int to = ends[1];
    (void)fflush(NULL);
    struct sl_sandbox_child c = {
        .pid = fork(), .endpoint_url = "", .region = "", .ca_bundle = "", .access_key_id = ""
    };
    if (c.pid < 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "cannot start the sandbox: %s", strerror(errno));
    if (c.pid == 0)
        become(words, to);

    sl_fd_close(&to); /* so that its end is seen as the end of the pipe */
    if (!read_environment(&c, from, err)) {
        /* It has said itself what was wrong; when that was its input, it was ours. */
        int how = 0;
        sl_fd_close(&from);
        (void)kill(c.pid, SIGTERM);
        while (waitpid(c.pid, &how, 0) < 0 && errno == EINTR)
            continue;
        if (WIFEXITED(how) && WEXITSTATUS(how) == SL_EXIT_INPUT)
            err->code = SL_E_INPUT;
        c.pid = 0;
        sl_sandbox_child_stop(&c);
        return false;
    }
    *ret = c;
    return true;
}

bool sl_sandbox_child_credentials(const struct sl_sandbox_child *c, struct sl_credentials *ret, struct sl_err *err)
{
    (void)snprintf(ret->access_key_id, sizeof ret->access_key_id, "%s", c->access_key_id);
    return sl_secret_copy(sl_secret_span(&c->secret_access_key), &ret->secret_access_key, err);
}

void sl_sandbox_child_stop(struct sl_sandbox_child *c)
{
    if (c->pid > 0) {
        (void)kill(c->pid, SIGTERM);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    sl_secret_clear(&c->secret_access_key);
    sl_arena_clear(&c->arena);
    *c = (struct sl_sandbox_child){ 0 };
}
