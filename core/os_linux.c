#define _GNU_SOURCE /* renameat2, getrandom, ppoll; see core/os.h */
#include "core/os.h"

#include "core/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

bool sl_os_random(void *ret, size_t len, struct sl_err *err)
{
    uint8_t *to = ret;
    while (len > 0) {
        ssize_t n = getrandom(to, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the kernel gave no random bytes: %s", strerror(errno));
        to += n;
        len -= (size_t)n;
    }
    return true;
}

bool sl_os_protect_memory(struct sl_err *err)
{
    struct rlimit none = { 0, 0 };
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "core files could not be turned off: %s", strerror(errno));
    return true;
}

#if defined(__x86_64__)
#define AUDIT_ARCH_HERE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDIT_ARCH_HERE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define AUDIT_ARCH_HERE AUDIT_ARCH_RISCV64
#endif

#ifdef AUDIT_ARCH_HERE
bool sl_os_forbid_sockets(struct sl_err *err)
{
    /* A call made through another architecture's table (32-bit on x86-64) would have other numbers: end it. io_uring
     * can create sockets without the socket call, so its setup is refused as well. */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_HERE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef __x86_64__
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1), /* the x32 table */
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socketpair, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
    };
    struct sock_fprog program = { .len = sizeof code / sizeof *code, .filter = code };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "this kernel cannot forbid sockets to the signing process: %s", strerror(errno));
    return true;
}
#else
bool sl_os_forbid_sockets(struct sl_err *err)
{
    return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                   "sockets cannot be forbidden to the signing process on this machine");
}
#endif

bool sl_os_sockets_forbidden(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
}

/* Landlock's calls have one number on every architecture. Its version says how many rights over files it knows
 * (Documentation/userspace-api/landlock.rst). */
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_RESTRICT_SELF  446
#define LANDLOCK_VERSION        1u

static uint64_t landlock_rights(void)
{
    static const unsigned char bits[] = { 13, 14, 15, 15, 16 };
    long version = syscall(LANDLOCK_CREATE_RULESET, NULL, (size_t)0, LANDLOCK_VERSION);
    size_t known = sizeof bits;
    return version < 1 ? 0 : ((uint64_t)1 << bits[(size_t)version < known ? (size_t)version - 1 : known - 1]) - 1;
}

bool sl_os_can_forbid_files(void)
{
    return landlock_rights() != 0;
}

bool sl_os_forbid_files(struct sl_err *err)
{
    const struct {
        uint64_t handled; /* refused, because no rule allows it */
    } all = { landlock_rights() };
    if (all.handled == 0)
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE, "this kernel cannot forbid files to a process");
    int rules = (int)syscall(LANDLOCK_CREATE_RULESET, &all, sizeof all, 0u);
    bool ok = rules >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
              && syscall(LANDLOCK_RESTRICT_SELF, rules, 0u) == 0;
    int why = errno;
    if (rules >= 0)
        (void)close(rules);
    return ok || sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "files could not be forbidden: %s", strerror(why));
}

/* The first object is the program itself; who has an interpreter (PT_INTERP) has a dynamic linker. */
static int has_interpreter(struct dl_phdr_info *info, size_t size, void *ctx)
{
    (void)size;
    bool *found = ctx;
    for (unsigned i = 0; i < info->dlpi_phnum; i++)
        *found = *found || info->dlpi_phdr[i].p_type == PT_INTERP;
    return 1;
}

bool sl_os_can_load(void)
{
    bool found = false;
    (void)dl_iterate_phdr(has_interpreter, &found);
    return found;
}

bool sl_os_die_with_parent(struct sl_err *err)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "a child process could not be tied to its parent: %s",
                       strerror(errno));
    return true;
}

bool sl_os_rename_new(const char *from, const char *to, struct sl_err *err)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno == EINVAL || errno == ENOSYS) { /* a file system without the flag: a second name does the same */
        if (link(from, to) == 0) {
            (void)unlink(from);
            return true;
        }
    }
    if (errno == EEXIST)
        return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "'%s' exists already and is not overwritten", to);
    return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot create '%s': %s", to, strerror(errno));
}

void sl_os_free_wiped(void *p)
{
    if (p)
        sl_wipe(p, malloc_usable_size(p));
    free(p);
}

void *sl_os_realloc_wiped(void *p, size_t size)
{
    void *longer = malloc(size);
    if (!longer || !p)
        return longer;
    size_t before = malloc_usable_size(p);
    memcpy(longer, p, before < size ? before : size);
    sl_os_free_wiped(p);
    return longer;
}

void sl_os_close_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
        return;
#endif
    long most = sysconf(_SC_OPEN_MAX); /* a kernel before 5.9 */
    for (int fd = first; fd < (most > 0 && most < 65536 ? most : 65536); fd++)
        (void)close(fd);
}

bool sl_os_wait_read(int fd, const sigset_t *mask)
{
    struct pollfd reading = { .fd = fd, .events = POLLIN };
    return ppoll(&reading, 1, NULL, mask) >= 0 || errno != EINTR;
}

char *sl_os_real_path(const char *path)
{
    return realpath(path, NULL);
}
