/* The signing process: what it can do, what it cannot, and how its end is told. */
#include "signer/local.h"
#include "signer/priv/child.h"
#include "signer/priv/frame.h"
#include "signer/verify.h"
#include "tests/unit/keys/support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANY 200 /* waits of 50 ms: ten seconds, reached only when something is wrong */

/* What the process does in place of serving, when a test says so. */
static int (*instead)(const struct sl_child_start *start);

int __real_sl_child_serve(const struct sl_child_start *start);
int __wrap_sl_child_serve(const struct sl_child_start *start);

int __wrap_sl_child_serve(const struct sl_child_start *start)
{
    return instead ? instead(start) : __real_sl_child_serve(start);
}

static void nap(void)
{
    const struct timespec ms50 = { 0, 50000000 };
    (void)nanosleep(&ms50, NULL);
}

/* The one child this process has. */
static pid_t only_child(void)
{
    char path[64], text[64] = "";
    (void)snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *f = fopen(path, "r");
    if (!f) {
        print_message("SKIPPED: this kernel does not list children in /proc\n");
        skip();
    }
    assert_non_null(fgets(text, sizeof text, f));
    (void)fclose(f);
    return (pid_t)strtol(text, NULL, 10);
}

static void assert_no_child_is_left(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static struct sl_signer *child_with(const struct sl_passphrase_source *source)
{
    struct sl_err err = { 0 };
    struct sl_signer *signer = NULL;
    assert_ok(err, sl_child_new(source, &signer, &err));
    return signer;
}

static bool sign(struct sl_signer *signer, const char *path, struct sl_buf *ret, struct sl_err *err)
{
    const struct sl_to_sign what = { .algorithm = SL_ALG_ED25519, .bytes = SPAN("bytes") };
    return signer->sign(signer, "k", "file:k", path, &what, ret, err);
}

static void test_every_algorithm_crosses_the_pipe(void **state)
{
    (void)state;
    static const enum sl_key_type types[] = { SL_KEY_EC_P256, SL_KEY_EC_P384, SL_KEY_RSA, SL_KEY_ED25519 };
    static const char *const paths[] = { "p256", "p384", "rsa", "ed" };
    struct sl_digests digests;
    struct sl_err err = { 0 };
    const struct sl_passphrase_source none = never_asked();
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&none);
    unit_file_put("f", "firmware");
    assert_ok(err, sl_digest_bytes(SPAN("firmware"), 7, &digests, &err));
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
        make_key_file(paths[i], types[i]);
        assert_ok(err, signer->public_key(signer, "k", "file:k", paths[i], &pub, &err));
        for (int alg = SL_ALG_NONE + 1; alg < SL_ALG_COUNT; alg++) {
            SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
            const struct sl_to_sign what = { .algorithm = (enum sl_algorithm)alg, .digests = &digests, .path = "f" };
            if (!sl_pubkey_can(&pub, what.algorithm))
                continue;
            assert_ok(err, signer->sign(signer, "k", "file:k", paths[i], &what, &sig, &err));
            assert_ok(err, sl_verify(&pub, &what, sl_buf_span(&sig), &err));
        }
    }
}

/* The largest message there is, both ways round the pipe's buffer. */
static void test_sixteen_mib_in_memory_cross_the_pipe(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    const struct sl_passphrase_source none = never_asked();
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&none);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX((16 << 20) + 1);
    make_key_file("k", SL_KEY_ED25519);
    assert_ok(err, sl_buf_reserve(&bytes, (16 << 20) + 1, &err));
    memset(bytes.ptr, 'x', (16 << 20) + 1);
    struct sl_to_sign what = { .algorithm = SL_ALG_ED25519, .bytes = { bytes.ptr, 16 << 20 } };
    assert_ok(err, signer->sign(signer, "k", "file:k", "k", &what, &sig, &err));
    what.bytes.len++;
    assert_refused(err, SL_E_INPUT, "algorithm ed25519 signs at most 16 MiB; use ed25519ph",
                   signer->sign(signer, "k", "file:k", "k", &what, &sig, &err));
}

/* Runs in the process, when it asks for a passphrase: tells what it finds there in the message of its refusal. */
static bool look_around(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    (void)ctx, (void)key_name, (void)ret;
    unsigned open = 0;
    for (int fd = 3; fd < 1024; fd++)
        open += fcntl(fd, F_GETFD) >= 0;
    struct rlimit core = { 1, 1 };
    (void)getrlimit(RLIMIT_CORE, &core);
    int tcp = socket(AF_INET, SOCK_STREAM, 0), tcp_why = errno;
    int unix_pair[2], pair = socketpair(AF_UNIX, SOCK_STREAM, 0, unix_pair), pair_why = errno;
    int udp = socket(AF_INET6, SOCK_DGRAM, 0), local = socket(AF_UNIX, SOCK_STREAM, 0);
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "sockets %d %d %d %d, %s, %s; core %lu; %u beyond stderr; signal %d",
                   tcp, pair, udp, local, tcp_why == EACCES ? "EACCES" : "?", pair_why == EACCES ? "EACCES" : "?",
                   (unsigned long)core.rlim_max, open, signal(SIGUSR1, SIG_DFL) == SIG_DFL);
}

static void test_the_process_has_no_sockets_no_core_and_no_descriptors_of_ours(void **state)
{
    (void)state;
    const struct sl_passphrase_source looking = { look_around, NULL, -1, NULL };
    struct sl_err err = { 0 };
    int more[3], here[2];
    make_encrypted_key_file("k", SL_KEY_ED25519, "x");
    for (size_t i = 0; i < COUNT_OF(more); i++)
        assert_true((more[i] = open("/dev/null", O_RDWR)) >= 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, here), 0); /* here sockets work */
    void (*before)(int) = signal(SIGUSR1, SIG_IGN);
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&looking);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    (void)signal(SIGUSR1, before);
    assert_refused(err, SL_E_INPUT, "'k': sockets -1 -1 -1 -1, EACCES, EACCES; core 0; 2 beyond stderr; signal 1",
                   sign(signer, "k", &sig, &err));
    for (size_t i = 0; i < COUNT_OF(more); i++)
        (void)close(more[i]);
    (void)close(here[0]);
    (void)close(here[1]);
}

static bool read_passphrase(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    char text[32];
    (void)key_name;
    ssize_t n = read(*(const int *)ctx, text, sizeof text);
    return n > 0 ? sl_secret_copy((struct sl_span){ (const uint8_t *)text, (size_t)n }, ret, err)
                 : sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "nothing to read: %s", n < 0 ? strerror(errno) : "end");
}

static void test_the_passphrase_descriptor_stays_open_and_is_read_once(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    int fds[2];
    make_encrypted_key_file("k", SL_KEY_ED25519, "from a pipe");
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "from a pipe", 11), 11);
    assert_int_equal(close(fds[1]), 0);
    const struct sl_passphrase_source source = { read_passphrase, &fds[0], fds[0], NULL };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&source);
    assert_int_equal(close(fds[0]), 0);
    for (int i = 0; i < 3; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
        assert_ok(err, sign(signer, "k", &sig, &err));
    }
}

static void test_standard_input_can_be_the_passphrase_descriptor(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    int fds[2], saved = dup(STDIN_FILENO), in = STDIN_FILENO;
    make_encrypted_key_file("k", SL_KEY_ED25519, "from stdin");
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "from stdin", 10), 10);
    assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
    const struct sl_passphrase_source source = { read_passphrase, &in, in, NULL };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&source);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    assert_ok(err, sign(signer, "k", &sig, &err));
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    (void)close(saved);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

/* Nothing reads from or writes to the terminal by accident: 0 and 1 are /dev/null there. */
static bool say_standard(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    char byte;
    (void)ctx, (void)key_name, (void)ret;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "read %d, wrote %d", (int)read(STDIN_FILENO, &byte, 1),
                   (int)write(STDOUT_FILENO, "x", 1));
}

static void test_standard_input_and_output_lead_nowhere(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    const struct sl_passphrase_source source = { say_standard, NULL, -1, NULL };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&source);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    make_encrypted_key_file("k", SL_KEY_ED25519, "x");
    assert_refused(err, SL_E_INPUT, "'k': read 0, wrote 1", sign(signer, "k", &sig, &err));
}

static void test_a_killed_process_is_told_clearly_and_leaves_no_zombie(void **state)
{
    (void)state;
    static const int ways[] = { SIGKILL, SIGSEGV, SIGUSR1 };
    make_key_file("k", SL_KEY_ED25519);
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct sl_err err = { 0 };
        struct sl_err again = { 0 };
        char message[80];
        const struct sl_passphrase_source none = never_asked();
        SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&none);
        SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
        assert_ok(err, sign(signer, "k", &sig, &err));
        sl_buf_clear(&sig);
        assert_int_equal(kill(only_child(), ways[i]), 0);
        (void)snprintf(message, sizeof message, "the signing process was ended by signal %d", ways[i]);
        assert_refused(err, SL_E_INTERNAL, message, sign(signer, "k", &sig, &err));
        assert_null(sig.ptr);
        assert_no_child_is_left();
        assert_refused(again, SL_E_INTERNAL, "the signing process has ended; run the program again",
                       sign(signer, "k", &sig, &again));
    }
}

/* SIGPIPE has its default action in this test: writing to the dead process must not end us. */
static void test_writing_to_a_dead_process_raises_no_sigpipe(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    siginfo_t info;
    const struct sl_passphrase_source none = never_asked();
    void (*before)(int) = signal(SIGPIPE, SIG_DFL);
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&none);
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    pid_t pid = only_child();
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT),
                     0); /* dead for certain, and still ours to bury */
    assert_refused(err, SL_E_INTERNAL, "the signing process was ended by signal 9",
                   signer->public_key(signer, "k", "file:k", "k", &pub, &err));
    (void)signal(SIGPIPE, before);
}

static void test_freeing_the_signer_ends_the_process(void **state)
{
    (void)state;
    const struct sl_passphrase_source none = never_asked();
    struct sl_signer *signer = child_with(&none);
    assert_true(only_child() > 0);
    sl_signer_freep(&signer);
    assert_null(signer);
    assert_no_child_is_left();
}

/* The process does not outlive the one that started it, even when that one is killed. */
static void test_the_process_ends_with_its_parent(void **state)
{
    (void)state;
    int fds[2];
    pid_t grandchild = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t middle = fork();
    assert_true(middle >= 0);
    if (middle == 0) {
        struct sl_err err = { 0 };
        struct sl_signer *signer = NULL;
        const struct sl_passphrase_source none = never_asked();
        if (!sl_child_new(&none, &signer, &err))
            _exit(1);
        grandchild = only_child();
        (void)!write(fds[1], &grandchild, sizeof grandchild);
        (void)pause();
        _exit(0);
    }
    assert_int_equal(read(fds[0], &grandchild, sizeof grandchild), sizeof grandchild);
    (void)close(fds[0]);
    (void)close(fds[1]);
    assert_true(grandchild > 0);
    assert_int_equal(kill(middle, SIGKILL), 0);
    assert_int_equal(waitpid(middle, NULL, 0), middle);
    char path[64], line[256] = "";
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)grandchild);
    bool alive = true;
    for (int i = 0; alive && i < MANY; i++) {
        FILE *f = fopen(path, "r");
        alive = f && fgets(line, sizeof line, f) && !strstr(line, ") Z ");
        if (f)
            (void)fclose(f);
        if (alive)
            nap();
    }
    assert_false(alive);
}

/* Asks whoever holds the other end of its socket, and reports how the waiting ended. */
static bool wait_for_answer(void *ctx, const char *key_name, struct sl_secret *ret, struct sl_err *err)
{
    int fd = *(const int *)ctx;
    char byte = 'r';
    (void)key_name, (void)ret;
    (void)!write(fd, &byte, 1);
    ssize_t n = read(fd, &byte, 1);
    return sl_fail(err, n < 0 && errno == EINTR ? SL_E_INTERRUPTED : SL_E_INPUT, SL_LOC_NONE, "the question ended");
}

/* Ctrl-C while a passphrase is asked for: the question ends in good order (so that the terminal is restored), and the
 * process stays. */
static void test_an_interrupt_ends_a_question_and_not_the_process(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    make_encrypted_key_file("k", SL_KEY_ED25519, "x");
    make_key_file("plain", SL_KEY_ED25519);
    const struct sl_passphrase_source source = { wait_for_answer, &ends[0], ends[0], NULL };
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&source);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    pid_t pid = only_child();
    pid_t interrupter = fork();
    assert_true(interrupter >= 0);
    if (interrupter == 0) {
        char byte;
        (void)close(ends[0]);
        if (read(ends[1], &byte, 1) != 1)
            _exit(1);
        for (int i = 0; i < MANY && kill(pid, SIGINT) == 0; i++) /* again, should it have come before the read */
            nap();
        _exit(0);
    }
    assert_refused(err, SL_E_INTERRUPTED, "'k': the question ended", sign(signer, "k", &sig, &err));
    assert_int_equal(kill(interrupter, SIGKILL), 0);
    assert_int_equal(waitpid(interrupter, NULL, 0), interrupter);
    err = (struct sl_err){ 0 };
    assert_ok(err, sign(signer, "plain", &sig, &err));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void reply(int fd, struct sl_span bytes)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf body = { 0 };
    (void)!(sl_frame_put_bytes(bytes, &body, &err) && sl_frame_send(fd, &body, &err));
}

static bool request(int fd, struct sl_buf *body)
{
    struct sl_err err = { 0 };
    bool end = false;
    body->max = SL_FRAME_MAX_BYTES;
    return sl_frame_receive(fd, body, &end, &err) && !end;
}

/* Gives the public key of "k" and then a signature that is none of its own. */
static int lie(const struct sl_child_start *start)
{
    struct sl_err err = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf body = { 0 };
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    uint8_t sig[64] = { 1, 2, 3 };
    reply(start->out, SL_SPAN_EMPTY);
    if (!request(start->in, &body) || !sl_pubkey_load("k", &pub, &err))
        return 1;
    reply(start->out, sl_buf_span(&pub.spki));
    (void)request(start->in, &body);
    reply(start->out, (struct sl_span){ sig, sizeof sig });
    return 0;
}

static void test_a_signature_that_does_not_verify_goes_no_further(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    const struct sl_passphrase_source none = never_asked();
    make_key_file("k", SL_KEY_ED25519);
    instead = lie;
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&none);
    SL_AUTO(sl_buf_clear) struct sl_buf sig = { 0 };
    instead = NULL;
    assert_refused_with(err, SL_E_VERIFY, "what the signing process returned: the ed25519 signature does not match key",
                        sign(signer, "k", &sig, &err));
    assert_null(sig.ptr);
}

/* Ready, and then what the test put here: raw bytes on the pipe. */
static struct sl_span raw;

static int babble(const struct sl_child_start *start)
{
    SL_AUTO(sl_buf_clear) struct sl_buf body = { 0 };
    reply(start->out, SL_SPAN_EMPTY);
    (void)request(start->in, &body);
    (void)!write(start->out, raw.ptr, raw.len);
    return 3;
}

static void test_garbage_from_the_process_is_no_answer(void **state)
{
    (void)state;
    static const char none_at_all[] = "the signing process answered something that is no answer";
    static const char ended[] = "the signing process ended unexpectedly, with status 3";
    static const char killed[] = "the signing process was ended by signal 9";
    const struct {
        struct sl_span bytes;
        const char *message, *or_else;
    } cases[] = {
        { SPAN("\0\0\0\0"), none_at_all, none_at_all },
        { SPAN("\0\0\0\1\0"), none_at_all, none_at_all },
        { SPAN("\0\0\0\1\1"), none_at_all, none_at_all },
        { SPAN("\0\0\0\1\7"), none_at_all, none_at_all },
        { SPAN("\0\0\0\6\1\0\0\0\2x"), none_at_all, none_at_all },         /* shorter than it says */
        { SPAN("\0\0\0\7\1\0\0\0\1xy"), none_at_all, none_at_all },        /* longer */
        { SPAN("\0\0\0\2\2\4"), none_at_all, none_at_all },                /* a failure without a message */
        { SPAN("\0\0\0\7\2\4\0\0\0\1\0"), none_at_all, none_at_all },      /* with an empty one */
        { SPAN("\0\0\0\10\2\0\0\0\0\2x\0"), none_at_all, none_at_all },    /* which is no failure */
        { SPAN("\0\0\0\10\2\x7f\0\0\0\2x\0"), none_at_all, none_at_all },  /* of no known code */
        { SPAN("\0\0\0\10\2\4\0\0\0\2\xff\0"), none_at_all, none_at_all }, /* not UTF-8 */
        { SPAN("\0\0\0\7\2\4\0\0\0\1x"), none_at_all, none_at_all },       /* not terminated */
        { SPAN(""), ended, killed },
        { SPAN("\0\0"), ended, killed },
        { SPAN("\0\0\0\11\1\0"), ended, killed },
        { SPAN("\xff\xff\xff\xff"), ended, killed },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        const struct sl_passphrase_source none = never_asked();
        raw = cases[i].bytes;
        instead = babble;
        SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&none);
        SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
        instead = NULL;
        assert_false(signer->public_key(signer, "k", "file:k", "k", &pub, &err));
        assert_int_equal(err.code, SL_E_INTERNAL);
        if (strcmp(err.msg, cases[i].message) != 0)
            assert_string_equal(err.msg, cases[i].or_else); /* it had not ended by itself yet */
        assert_null(pub.spki.ptr);
        assert_no_child_is_left();
    }
}

/* A reply of well-formed bytes that are no key. */
static int wrong_key(const struct sl_child_start *start)
{
    SL_AUTO(sl_buf_clear) struct sl_buf body = { 0 };
    reply(start->out, SL_SPAN_EMPTY);
    (void)request(start->in, &body);
    reply(start->out, SPAN("not a key"));
    return 0;
}

static void test_a_public_key_that_is_none_is_refused(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    const struct sl_passphrase_source none = never_asked();
    instead = wrong_key;
    SL_AUTO(sl_signer_freep) struct sl_signer *signer = child_with(&none);
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    instead = NULL;
    assert_refused(err, SL_E_INPUT, "the bytes are not a public key (SubjectPublicKeyInfo in DER)",
                   signer->public_key(signer, "k", "file:k", "k", &pub, &err));
}

/* A process that cannot be shut in says so before it serves. */
static int cannot_start(const struct sl_child_start *start)
{
    struct sl_err err = { 0 };
    struct sl_err failure = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf body = { 0 };
    (void)sl_fail(&failure, SL_E_INTERNAL, SL_LOC_NONE, "core files could not be turned off");
    (void)!(sl_frame_put_failure(&failure, &body, &err) && sl_frame_send(start->out, &body, &err));
    return 1;
}

static int dies_at_once(const struct sl_child_start *start)
{
    (void)start;
    return 5;
}

static void test_a_process_that_does_not_start_is_an_error_at_once(void **state)
{
    (void)state;
    struct sl_err err[2] = { { 0 } };
    struct sl_signer *signer = NULL;
    const struct sl_passphrase_source none = never_asked();
    instead = cannot_start;
    assert_refused(err[0], SL_E_INTERNAL, "core files could not be turned off", sl_child_new(&none, &signer, &err[0]));
    assert_null(signer);
    assert_no_child_is_left();
    instead = dies_at_once;
    assert_false(sl_child_new(&none, &signer, &err[1]));
    assert_int_equal(err[1].code, SL_E_INTERNAL);
    assert_non_null(strstr(err[1].msg, "the signing process"));
    assert_null(signer);
    assert_no_child_is_left();
    instead = NULL;
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_every_algorithm_crosses_the_pipe),
        IN_FOLDER(test_sixteen_mib_in_memory_cross_the_pipe),
        IN_FOLDER(test_the_process_has_no_sockets_no_core_and_no_descriptors_of_ours),
        IN_FOLDER(test_the_passphrase_descriptor_stays_open_and_is_read_once),
        IN_FOLDER(test_standard_input_can_be_the_passphrase_descriptor),
        IN_FOLDER(test_standard_input_and_output_lead_nowhere),
        IN_FOLDER(test_a_killed_process_is_told_clearly_and_leaves_no_zombie),
        IN_FOLDER(test_writing_to_a_dead_process_raises_no_sigpipe),
        IN_FOLDER(test_freeing_the_signer_ends_the_process),
        IN_FOLDER(test_the_process_ends_with_its_parent),
        IN_FOLDER(test_an_interrupt_ends_a_question_and_not_the_process),
        IN_FOLDER(test_a_signature_that_does_not_verify_goes_no_further),
        IN_FOLDER(test_garbage_from_the_process_is_no_answer),
        IN_FOLDER(test_a_public_key_that_is_none_is_refused),
        IN_FOLDER(test_a_process_that_does_not_start_is_an_error_at_once),
    };
    return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
