#include "core/program.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/os.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define MAX_OUT  ((size_t)64 << 10)
#define MAX_SAYS ((size_t)4 << 10)
#define POLL_MS  100

struct child {
    pid_t pid; /* 0: none, or waited for */
    int out[2], says[2];
};

static void child_clear(struct child *c)
{
    for (size_t i = 0; i < 2; i++) {
        sl_fd_close(&c->out[i]);
        sl_fd_close(&c->says[i]);
    }
    if (c->pid <= 0)
        return;
    (void)kill(c->pid, SIGKILL);
    while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    c->pid = 0;
}

void sl_program_result_clear(struct sl_program_result *r)
{
    sl_secret_clear(&r->out);
    sl_buf_clear(&r->says);
}

static bool make_pipe(int ret[2], struct sl_err *err)
{
    if (pipe(ret) != 0 || fcntl(ret[0], F_SETFD, FD_CLOEXEC) != 0 || fcntl(ret[1], F_SETFD, FD_CLOEXEC) != 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "cannot make a pipe: %s", strerror(errno));
    return true;
}

static void say(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

/* In the child: become the program. Standard input is the terminal's, or empty. */
static void become(const struct child *c, char *const *argv)
{
    (void)signal(SIGPIPE, SIG_DFL);
    int nothing = isatty(STDIN_FILENO) ? -1 : open("/dev/null", O_RDONLY);
    if (nothing >= 0)
        (void)dup2(nothing, STDIN_FILENO);
    if (dup2(c->out[1], STDOUT_FILENO) >= 0 && dup2(c->says[1], STDERR_FILENO) >= 0) {
        sl_os_close_from(STDERR_FILENO + 1);
        (void)execvp(argv[0], argv);
        say("it cannot be run: ");
        say(strerror(errno));
    }
    _exit(127);
}

static bool start(struct child *c, char *const *argv, struct sl_err *err)
{
    if (!make_pipe(c->out, err) || !make_pipe(c->says, err))
        return false;
    c->pid = fork();
    if (c->pid < 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "cannot start a process: %s", strerror(errno));
    if (c->pid == 0)
        become(c, argv);
    sl_fd_close(&c->out[1]);
    sl_fd_close(&c->says[1]);
    return true;
}

/* Read what is there; at the end the descriptor is closed. What is beyond the room is dropped, *ret_over tells. */
static bool take(int *fd, uint8_t *to, size_t room, size_t *len, bool *ret_over, struct sl_err *err)
{
    uint8_t chunk[4096];
    ssize_t n = read(*fd, chunk, sizeof chunk);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (n < 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot read what a program prints: %s", strerror(errno));
    if (n == 0)
        sl_fd_close(fd);
    size_t fits = (size_t)n < room - *len ? (size_t)n : room - *len;
    memcpy(to + *len, chunk, fits);
    *len += fits;
    *ret_over = *ret_over || fits < (size_t)n;
    sl_wipe(chunk, sizeof chunk);
    return true;
}

struct listening {
    struct child *c;
    const struct sl_program_run *run;
    uint64_t until_ms;
    struct sl_program_result *ret;
    size_t out_len;
};

static bool in_time(const struct listening *l, struct sl_err *err)
{
    if (l->run->interrupted && *l->run->interrupted)
        return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "interrupted");
    return sl_clock_monotonic_ms() < l->until_ms
           || sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "it had not ended after %u seconds", l->run->timeout_seconds);
}

static bool listen_once(struct listening *l, struct sl_err *err)
{
    struct child *c = l->c;
    struct sl_buf *says = &l->ret->says;
    struct pollfd fds[2] = { { .fd = c->out[0], .events = POLLIN }, { .fd = c->says[0], .events = POLLIN } };
    bool over = false, more = false;
    if (poll(fds, 2, POLL_MS) <= 0)
        return true;
    if (fds[0].revents && !take(&c->out[0], l->ret->out.ptr, MAX_OUT, &l->out_len, &over, err))
        return false;
    if (fds[1].revents && !take(&c->says[0], says->ptr, MAX_SAYS, &says->len, &more, err))
        return false;
    return !over || sl_fail(err, SL_E_DENIED, SL_LOC_NONE, "it printed more than 64 KiB");
}

/* Both ends closed; the program may live on for a moment, or for good. */
static bool wait_for(struct listening *l, struct sl_err *err)
{
    int status = 0;
    while (waitpid(l->c->pid, &status, WNOHANG) == 0) {
        if (!in_time(l, err))
            return false;
        sl_clock_sleep_ms(5);
    }
    l->c->pid = 0;
    l->ret->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

bool sl_program_run(const struct sl_program_run *run, struct sl_program_result *ret, struct sl_err *err)
{
    SL_AUTO(child_clear) struct child c = { .out = { -1, -1 }, .says = { -1, -1 } };
    struct listening l = { &c, run, sl_clock_monotonic_ms() + (uint64_t)run->timeout_seconds * 1000, ret, 0 };
    if (!sl_secret_new(MAX_OUT, &ret->out, err) || !sl_buf_reserve(&ret->says, MAX_SAYS + 1, err)
        || !start(&c, run->argv, err))
        return false;
    while (c.out[0] >= 0 || c.says[0] >= 0)
        if (!in_time(&l, err) || !listen_once(&l, err))
            return false;
    sl_secret_shorten(&ret->out, l.out_len);
    ret->says.ptr[ret->says.len] = 0;
    return wait_for(&l, err);
}
