#include "core/file.h"
#include "core/os.h"
#include "keys/token.h"
#include "signer/priv/child.h"
#include "signer/priv/frame.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define FD_FALLBACK_MAX 65536 /* where /proc cannot say which descriptors are open */

static void on_interrupt(int number)
{
    (void)number;
}

/* Default actions for everything the parent may have changed; but what asks it to stop only ends the system call it meets, so
 * that a question on the terminal can restore it and say that it was interrupted. */
static void reset_signals(void)
{
    struct sigaction plain = { .sa_handler = SIG_DFL };
    struct sigaction interrupt = { .sa_handler = on_interrupt };
    sigset_t none;
    (void)sigemptyset(&plain.sa_mask);
    (void)sigemptyset(&interrupt.sa_mask);
    for (int number = 1; number <= SIGRTMAX; number++)
        (void)sigaction(number, &plain, NULL); /* SIGKILL and SIGSTOP refuse, and need nothing */
    static const int asking_to_stop[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };
    for (size_t i = 0; i < sizeof asking_to_stop / sizeof *asking_to_stop; i++)
        (void)sigaction(asking_to_stop[i], &interrupt, NULL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool stays(const struct sl_child_start *start, int fd)
{
    const struct sl_token_access *token = start->source->token;
    return fd == start->in || fd == start->out || fd == STDERR_FILENO || fd == start->source->fd
           || (token && fd == token->fd);
}

static void close_others(const struct sl_child_start *start)
{
    DIR *dir = opendir("/proc/self/fd");
    if (!dir) {
        long most = sysconf(_SC_OPEN_MAX);
        for (int fd = 0; fd < (most > 0 && most < FD_FALLBACK_MAX ? (int)most : FD_FALLBACK_MAX); fd++)
            if (!stays(start, fd))
                (void)close(fd);
        return;
    }
    int own = dirfd(dir);
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char *end = NULL;
        long fd = strtol(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == 0 && fd != own && !stays(start, (int)fd))
            (void)close((int)fd);
    }
    (void)closedir(dir);
}

/* Nothing that is opened later may become standard input or output. */
static void fill_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDOUT_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR); /* takes the lowest number that is free */
}

static bool shut_in(const struct sl_child_start *start, struct sl_err *err)
{
    struct sl_err why = { 0 };
    reset_signals();
    close_others(start);
    fill_standard();
    if (!sl_os_die_with_parent(err) || !sl_os_protect_memory(err))
        return false;
    if (getppid() != start->parent) /* it ended before we were tied to it */
        return sl_fail(err, SL_E_INTERRUPTED, SL_LOC_NONE, "the program that started the signing process ended");
    if (!sl_os_forbid_sockets(&why) && why.code != SL_E_UNSUPPORTED) {
        *err = why;
        return false;
    }
    return true;
}

static bool answer_request(struct sl_signer *signer, const struct sl_buf *body, struct sl_buf *ret, struct sl_err *err)
{
    struct sl_frame_request q;
    if (!sl_frame_get_request(body, &q, err))
        return false;
    if (q.op == SL_FRAME_PUBLIC_KEY) {
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
        return signer->public_key(signer, q.name, q.uri, q.path, &pub, err)
               && sl_frame_put_bytes(sl_buf_span(&pub.spki), ret, err);
    }
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    return signer->sign(signer, q.name, q.uri, q.path, &q.what, &signature, err)
           && sl_frame_put_bytes(sl_buf_span(&signature), ret, err);
}

static bool send_failure(int fd, const struct sl_err *failure)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf reply = { 0 };
    return sl_frame_put_failure(failure, &reply, &err) && sl_frame_send(fd, &reply, &err);
}

static bool send_ready(int fd)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf reply = { 0 };
    return sl_frame_put_bytes(SL_SPAN_EMPTY, &reply, &err) && sl_frame_send(fd, &reply, &err);
}

/* One request and its answer; false when there is nobody left to answer. */
static bool serve_one(const struct sl_child_start *start, struct sl_signer *signer, struct sl_buf *body)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf reply = { 0 };
    bool end = false;
    if (!sl_frame_receive(start->in, body, &end, &err) || end)
        return false;
    if (!answer_request(signer, body, &reply, &err))
        return send_failure(start->out, &err);
    return sl_frame_send(start->out, &reply, &err);
}

int sl_child_serve(const struct sl_child_start *start)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    SL_AUTO(sl_buf_clear) struct sl_buf body = SL_BUF_MAX(SL_FRAME_MAX_BYTES);
    if (!shut_in(start, &err) || !sl_local_new(start->source, &signer, &err)) {
        (void)send_failure(start->out, &err);
        return 1;
    }
    if (start->for_one)
        sl_local_for_one(signer);
    bool more = send_ready(start->out);
    while (more)
        more = serve_one(start, signer, &body);
    return 0;
}
