#include "core/pool.h"

#include <pthread.h>
#include <unistd.h>

#define MAX_THREADS 8

struct work {
    pthread_mutex_t lock;
    size_t next, count;
    size_t failed; /* index of the failure in err, count while there is none */
    struct sl_err *err;
    bool (*task)(void *ctx, size_t i, struct sl_err *err);
    void *ctx;
};

static bool take(struct work *w, size_t *ret)
{
    (void)pthread_mutex_lock(&w->lock);
    bool more = w->next < w->count && w->failed == w->count;
    if (more)
        *ret = w->next++;
    (void)pthread_mutex_unlock(&w->lock);
    return more;
}

static void blame(struct work *w, size_t i, const struct sl_err *err)
{
    (void)pthread_mutex_lock(&w->lock);
    if (i < w->failed) {
        w->failed = i;
        *w->err = *err;
    }
    (void)pthread_mutex_unlock(&w->lock);
}

static void *run(void *arg)
{
    struct work *w = arg;
    size_t i;
    while (take(w, &i)) {
        struct sl_err err = { 0 };
        if (!w->task(w->ctx, i, &err))
            blame(w, i, &err);
    }
    return NULL;
}

static size_t threads_for(size_t count)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = processors > 1 ? (size_t)processors : 1;
    if (n > MAX_THREADS)
        n = MAX_THREADS;
    return n < count ? n : count;
}

bool sl_pool_run(size_t count, bool (*task)(void *ctx, size_t i, struct sl_err *err), void *ctx, struct sl_err *err)
{
    struct work w = { .count = count, .failed = count, .err = err, .task = task, .ctx = ctx };
    if (pthread_mutex_init(&w.lock, NULL) != 0)
        return sl_fail_nomem(err);

    pthread_t helpers[MAX_THREADS];
    size_t started = 0, wanted = threads_for(count);
    /* A thread that cannot be started is work for the others: the calling thread always takes part. */
    while (started + 1 < wanted && pthread_create(&helpers[started], NULL, run, &w) == 0)
        started++;
    (void)run(&w);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(helpers[i], NULL);
    (void)pthread_mutex_destroy(&w.lock);
    return w.failed == count;
}
