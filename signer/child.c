#include "core/file.h"
#include "core/hold.h"
#include "signer/local.h"
#include "signer/priv/child.h"
#include "signer/priv/frame.h"
#include "signer/priv/signable.h"
#include "signer/priv/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A public key the child named, kept so that what it signs can be verified here. */
struct known {
    struct known *next;
    struct sl_buf id; /* the request that asked for it */
    struct sl_pubkey pub;
};

struct child {
    struct sl_signer port; /* first, so that one is the other */
    pid_t pid;             /* 0 when it has ended and was waited for */
    int to, from;
    struct known *keys;
};

static pid_t wait_for(pid_t pid, int *ret_status)
{
    pid_t got;
    do {
        got = waitpid(pid, ret_status, 0);
    } while (got < 0 && errno == EINTR);
    return got;
}

/* Close the pipes, which ends a child that is well, and wait for it. */
static int bury(struct child *c)
{
    int status = 0;
    sl_fd_close(&c->to);
    sl_fd_close(&c->from);
    if (c->pid > 0 && wait_for(c->pid, &status) < 0)
        status = 0;
    c->pid = 0;
    return status;
}

/* The pipe broke: say how the child ended, instead of what the pipe said. */
static bool explain_end(struct child *c, struct sl_err *err)
{
    int status = bury(c);
    *err = (struct sl_err){ 0 };
    if (!WIFSIGNALED(status))
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the signing process ended unexpectedly, with status %d",
                       WEXITSTATUS(status));
    return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the signing process was ended by signal %d", WTERMSIG(status));
}

/* The child may be asking on the terminal. A signal that came to this process alone is passed on, so that the question
 * ends and the terminal is as it was. */
static void await(const struct child *c, const sigset_t *before)
{
    while (!sl_hold_wait(c->from, before))
        (void)kill(c->pid, SIGINT);
}

static bool receive(struct child *c, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf body = SL_BUF_MAX(SL_FRAME_MAX_BYTES);
    struct sl_err why = { 0 };
    bool end = false, strict = false;
    if (!sl_frame_receive(c->from, &body, &end, &why) || end) {
        (void)kill(c->pid, SIGKILL); /* it may live and have broken the protocol; when it is gone this does nothing */
        (void)explain_end(c, err);
        if (why.code == SL_E_NOMEM)
            *err = why;
        return false;
    }
    if (sl_frame_get_reply(&body, ret, &strict, err))
        return true;
    if (!strict) {
        (void)kill(c->pid, SIGKILL);
        (void)bury(c);
    }
    return false;
}

static bool ask(struct child *c, const struct sl_buf *request, struct sl_buf *ret, struct sl_err *err)
{
    struct sl_err why = { 0 };
    if (c->pid == 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the signing process has ended; run the program again");
    sigset_t before;
    sl_hold_begin(&before);
    bool sent = sl_frame_send(c->to, request, &why);
    if (sent)
        await(c, &before);
    sl_hold_end(&before);
    return sent ? receive(c, ret, err) : explain_end(c, err);
}

static const struct known *find_known(const struct child *c, const struct sl_buf *id)
{
    const struct known *k = c->keys;
    while (k && !sl_span_eq(sl_buf_span(&k->id), sl_buf_span(id)))
        k = k->next;
    return k;
}

static void known_free(struct known *k)
{
    sl_buf_clear(&k->id);
    sl_pubkey_clear(&k->pub);
    free(k);
}

/* The public key for a request, asked for once. */
static const struct known *know(struct child *c, struct sl_buf *id, struct sl_err *err)
{
    const struct known *before = find_known(c, id);
    SL_AUTO(sl_buf_clear) struct sl_buf spki = { 0 };
    if (before)
        return before;
    if (!ask(c, id, &spki, err))
        return NULL;
    struct known *k = calloc(1, sizeof *k);
    if (!k) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    if (!sl_pubkey_from_spki(sl_buf_span(&spki), &k->pub, err)) {
        known_free(k);
        return NULL;
    }
    sl_buf_move(&k->id, id);
    k->next = c->keys;
    c->keys = k;
    return k;
}

static const struct known *know_key(struct child *c, const char *name, const char *uri, const char *path,
                                    struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf id = { 0 };
    return sl_frame_put_request(name, uri, path, NULL, &id, err) ? know(c, &id, err) : NULL;
}

static bool public_key(struct sl_signer *self, const char *name, const char *uri, const char *path,
                       struct sl_pubkey *ret, struct sl_err *err)
{
    const struct known *k = know_key((struct child *)self, name, uri, path, err);
    return k && sl_pubkey_from_spki(sl_buf_span(&k->pub.spki), ret, err);
}

static bool sign(struct sl_signer *self, const char *name, const char *uri, const char *path,
                 const struct sl_to_sign *what, struct sl_buf *ret, struct sl_err *err)
{
    struct child *c = (struct child *)self;
    SL_AUTO(sl_buf_clear) struct sl_buf request = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    SL_AUTO(sl_signable_clear) struct sl_signable message = { .span = SL_SPAN_EMPTY };
    struct sl_to_sign sent = *what;
    const struct known *k = know_key(c, name, uri, path, err);
    if (!k || !sl_verify_able(&k->pub, what->algorithm, err) || !sl_signable_take(what, &message, err))
        return false;
    if (what->path) { /* the child needs no files but those of keys */
        sent.path = NULL;
        sent.bytes = message.span;
    }
    if (!sl_frame_put_request(name, uri, path, &sent, &request, err) || !ask(c, &request, &signature, err))
        return false;
    if (!sl_verify_message(&k->pub, what->algorithm, message.span, sl_buf_span(&signature), err))
        return sl_while(err, SL_LOC_NONE, "what the signing process returned");
    sl_buf_move(ret, &signature);
    return true;
}

static void child_free(struct sl_signer *self)
{
    struct child *c = (struct child *)self;
    (void)bury(c);
    while (c->keys) {
        struct known *k = c->keys;
        c->keys = k->next;
        known_free(k);
    }
    free(c);
}

/* A pipe whose ends no other program started later inherits. */
static bool make_pipe(int ret[2], struct sl_err *err)
{
    if (pipe(ret) != 0 || fcntl(ret[0], F_SETFD, FD_CLOEXEC) != 0 || fcntl(ret[1], F_SETFD, FD_CLOEXEC) != 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "cannot make a pipe: %s", strerror(errno));
    return true;
}

static bool start(struct child *c, int down[2], int up[2], struct sl_child_start s, struct sl_err *err)
{
    s.in = down[0];
    s.out = up[1];
    s.parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "cannot start the signing process: %s", strerror(errno));
    if (pid == 0)
        _exit(sl_child_serve(&s));
    c->pid = pid;
    c->to = down[1];
    c->from = up[0];
    down[1] = up[0] = -1;
    return true;
}

static void pipe_close(int (*fds)[2])
{
    sl_fd_close(&(*fds)[0]);
    sl_fd_close(&(*fds)[1]);
}

static bool child_new(const struct sl_child_start *how, struct sl_signer **ret, struct sl_err *err)
{
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = NULL;
    SL_AUTO(pipe_close) int down[2] = { -1, -1 };
    SL_AUTO(pipe_close) int up[2] = { -1, -1 };
    SL_AUTO(sl_buf_clear) struct sl_buf ready = { 0 };
    struct child *c = calloc(1, sizeof *c);
    if (!c)
        return sl_fail_nomem(err);
    *c = (struct child){ .port = { public_key, sign, child_free }, .to = -1, .from = -1 };
    signer = &c->port;
    if (!make_pipe(down, err) || !make_pipe(up, err) || !start(c, down, up, *how, err))
        return false;
    pipe_close(&down); /* the child's ends: when it dies, reading ends */
    pipe_close(&up);
    if (!receive(c, &ready, err))
        return false;
    *ret = signer;
    signer = NULL;
    return true;
}

static const struct sl_passphrase_source nobody = { .fd = -1 };

bool sl_child_new(const struct sl_passphrase_source *source, struct sl_signer **ret, struct sl_err *err)
{
    return child_new(&(struct sl_child_start){ .source = source ? source : &nobody }, ret, err);
}

bool sl_child_new_for_one(const struct sl_passphrase_source *source, struct sl_signer **ret, struct sl_err *err)
{
    return child_new(&(struct sl_child_start){ .source = source ? source : &nobody, .for_one = true }, ret, err);
}
