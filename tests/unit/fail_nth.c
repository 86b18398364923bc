#include "tests/unit/fail_nth.h"

#include <jansson.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* The linker's names for the real functions, and for what it puts in their place (ld --wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
ssize_t __real_write(int fd, const void *bytes, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);

static atomic_int armed = -1; /* an enum fail_nth_kind, -1: none */
static atomic_uint left;      /* calls until the failure */
static atomic_bool happened;

void fail_nth_arm(enum fail_nth_kind kind, unsigned n)
{
    atomic_store(&happened, false);
    atomic_store(&left, n);
    atomic_store(&armed, (int)kind);
}

bool fail_nth_disarm(void)
{
    atomic_store(&armed, -1);
    return atomic_load(&happened);
}

/* Is it this call's turn? */
static bool strikes(enum fail_nth_kind kind)
{
    if (atomic_load(&armed) != (int)kind || atomic_load(&happened))
        return false;
    if (atomic_fetch_sub(&left, 1) != 1)
        return false;
    atomic_store(&happened, true);
    return true;
}

static bool no_memory(void)
{
    if (!strikes(FAIL_MEMORY))
        return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return no_memory() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return no_memory() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
    return no_memory() ? NULL : __real_realloc(ptr, size);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    if (strikes(FAIL_WRITE)) {
        errno = ENOSPC;
        return -1;
    }
    return __real_write(fd, bytes, len > 1 && strikes(FAIL_SHORT) ? 1 : len);
}

void fail_nth_cover_jansson(void)
{
    json_set_alloc_funcs(__wrap_malloc, free);
}
