#include "sandbox/fault.h"

#include "core/text.h"
#include "sandbox/priv/s3.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SLOW_MS 600000
#define MAX_SKEW    ((int64_t)10 * 365 * 86400)
#define FORM        "service.Operation:kind[=argument][,count=N][,after=N][,probability=P][,seed=N]"

static bool wrong(struct sl_err *err, const char *text, const char *expected)
{
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "fault '%.120s': %s", text, expected);
}

static const char *const services[] = { "s3", "iam", "sts", "iot", "iot-jobs-data", "kms", "signer", "*", NULL };

static const struct kind {
    const char *name;
    enum sl_fault_kind kind;
    const char *argument; /* what stands after '=', NULL for nothing */
} kinds[] = {
    { "reset-after", SL_FAULT_RESET_AFTER, "a size such as 1MiB" },
    { "status", SL_FAULT_STATUS, "an HTTP status from 400 to 599" },
    { "throttle", SL_FAULT_THROTTLE, NULL },
    { "error-200", SL_FAULT_ERROR_200, NULL },
    { "slow", SL_FAULT_SLOW, "milliseconds, at most 600000" },
    { "skew", SL_FAULT_SKEW, "seconds, negative for a clock that is behind" },
    { "expired-token", SL_FAULT_EXPIRED_TOKEN, NULL },
    { "drop-reply", SL_FAULT_DROP_REPLY, NULL },
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

/* Decimal digits, at most max. */
static bool number(struct sl_span text, int64_t max, int64_t *ret)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || value > (max - (text.ptr[i] - '0')) / 10)
            return false;
        value = value * 10 + (text.ptr[i] - '0');
    }
    *ret = value;
    return text.len > 0;
}

static bool size_in(struct sl_span text, int64_t *ret)
{
    char copy[32];
    uint64_t bytes;
    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    if (!sl_size_get(copy, &bytes) || bytes > INT64_MAX)
        return false;
    *ret = (int64_t)bytes;
    return true;
}

static bool argument_in(enum sl_fault_kind kind, struct sl_span text, int64_t *ret)
{
    if (kind == SL_FAULT_RESET_AFTER)
        return size_in(text, ret);
    if (kind == SL_FAULT_STATUS)
        return number(text, 599, ret) && *ret >= 400;
    if (kind == SL_FAULT_SLOW)
        return number(text, MAX_SLOW_MS, ret);
    bool minus = sl_span_starts(text, "-");
    if (!number(sl_span_sub(text, minus, text.len), MAX_SKEW, ret))
        return false;
    *ret = minus ? -*ret : *ret;
    return true;
}

/* A decimal fraction from 0 to 1, by hand: strtod follows the locale. */
static bool probability_in(struct sl_span text, double *ret)
{
    double value = 0, scale = 1;
    bool point = false;
    if (text.len < 1 || text.len > 18 || text.ptr[0] == '.' || text.ptr[text.len - 1] == '.')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.ptr[i];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            return false;
        scale = point ? scale / 10 : scale;
        value = point ? value + (c - '0') * scale : value * 10 + (c - '0');
    }
    *ret = value;
    return value <= 1;
}

static bool copy_name(struct sl_span name, char *ret, size_t size)
{
    if (name.len < 1 || name.len >= size)
        return false;
    memcpy(ret, name.ptr, name.len);
    ret[name.len] = 0;
    return true;
}

static bool is_listed(const char *const *list, const char *word)
{
    for (; *list; list++)
        if (!strcmp(*list, word))
            return true;
    return false;
}

/* "s3.PutObject" */
static bool target(struct sl_span word, const char *text, struct sl_fault *ret, struct sl_err *err)
{
    const uint8_t *dot = word.len ? memchr(word.ptr, '.', word.len) : NULL;
    if (!dot)
        return wrong(err, text, "expected " FORM);
    size_t at = (size_t)(dot - word.ptr);
    if (!copy_name(sl_span_sub(word, 0, at), ret->service, sizeof ret->service) || !is_listed(services, ret->service))
        return wrong(err, text, "the service must be s3, iam, sts, iot, iot-jobs-data, kms, signer or *");
    struct sl_span operation = sl_span_sub(word, at + 1, word.len);
    if (!copy_name(operation, ret->operation, sizeof ret->operation))
        return wrong(err, text, "an operation must follow the '.', such as PutObject, or *");
    for (size_t i = 0; i < operation.len; i++) {
        char c = (char)operation.ptr[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')
            && strcmp(ret->operation, "*") != 0)
            return wrong(err, text, "an operation is AWS's name for it, such as PutObject, or *");
    }
    const char *known[SL_S3_MAX_OPERATIONS + 1] = { NULL };
    for (size_t i = 0; i < SL_S3_MAX_OPERATIONS && sl_s3_operation_name(i); i++)
        known[i] = sl_s3_operation_name(i);
    if (strcmp(ret->service, "s3") != 0 || !strcmp(ret->operation, "*") || is_listed(known, ret->operation))
        return true;
    const char *near = sl_nearest(ret->operation, known);
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "fault '%.120s': the sandbox's S3 has no operation '%s'%s%s%s", text,
                   ret->operation, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* "reset-after=1MiB" */
static bool kind_of(struct sl_span word, const char *text, struct sl_fault *ret, struct sl_err *err)
{
    const uint8_t *equals = word.len ? memchr(word.ptr, '=', word.len) : NULL;
    struct sl_span name = sl_span_sub(word, 0, equals ? (size_t)(equals - word.ptr) : word.len);
    for (size_t i = 0; i < N_KINDS; i++) {
        if (!sl_span_is(name, kinds[i].name))
            continue;
        ret->kind = kinds[i].kind;
        if (!kinds[i].argument && !equals)
            return true;
        if (kinds[i].argument && equals
            && argument_in(ret->kind, sl_span_sub(word, name.len + 1, word.len), &ret->argument))
            return true;
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "fault '%.120s': '%s' takes %s", text, kinds[i].name,
                       kinds[i].argument ? kinds[i].argument : "no argument");
    }
    return wrong(err, text,
                 "the kind must be reset-after=SIZE, status=NNN, throttle, error-200, slow=MS, skew=SECONDS, "
                 "expired-token or drop-reply");
}

/* "count=3" */
static bool option(struct sl_span word, const char *text, struct sl_fault *ret, struct sl_err *err)
{
    int64_t n;
    if (sl_span_starts(word, "count=") && number(sl_span_sub(word, 6, word.len), INT64_MAX, &n)) {
        ret->has_count = true;
        ret->count = (uint64_t)n;
        return true;
    }
    if (sl_span_starts(word, "after=") && number(sl_span_sub(word, 6, word.len), INT64_MAX, &n)) {
        ret->after = (uint64_t)n;
        return true;
    }
    if (sl_span_starts(word, "seed=") && number(sl_span_sub(word, 5, word.len), INT64_MAX, &n)) {
        ret->random = (uint64_t)n;
        return true;
    }
    if (sl_span_starts(word, "probability=") && probability_in(sl_span_sub(word, 12, word.len), &ret->probability))
        return true;
    return wrong(err, text, "after the kind may follow ,count=N ,after=N ,probability=P (0 to 1) and ,seed=N");
}

bool sl_fault_parse(const char *text, struct sl_fault *ret, struct sl_err *err)
{
    struct sl_fault f = { .probability = 1, .random = 1 };
    const char *colon = strchr(text, ':');
    if (!colon)
        return wrong(err, text, "expected " FORM);
    if (!target((struct sl_span){ (const uint8_t *)text, (size_t)(colon - text) }, text, &f, err))
        return false;

    const char *p = colon + 1;
    for (bool first = true;; first = false) {
        struct sl_span word = { (const uint8_t *)p, strcspn(p, ",") };
        if (!(first ? kind_of(word, text, &f, err) : option(word, text, &f, err)))
            return false;
        p += word.len;
        if (!*p++)
            break;
    }
    *ret = f;
    return true;
}

/* splitmix64: a generator of a few lines whose every state is a seed. From 0 to below 1, with 53 bits. */
static double draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

bool sl_fault_strikes(struct sl_fault *f, const char *service, const char *operation)
{
    if ((strcmp(f->service, "*") != 0 && strcmp(f->service, service) != 0)
        || (strcmp(f->operation, "*") != 0 && strcmp(f->operation, operation) != 0))
        return false;
    if (f->n_seen++ < f->after || (f->has_count && f->n_strikes >= f->count))
        return false;
    if (f->probability < 1 && draw(&f->random) >= f->probability)
        return false;
    f->n_strikes++;
    return true;
}

struct sl_faults {
    pthread_mutex_t lock;
    size_t n;
    struct sl_fault *list;
};

bool sl_faults_new(const char *const *texts, struct sl_faults **ret, struct sl_err *err)
{
    struct sl_faults *f = calloc(1, sizeof *f);
    if (!f)
        return sl_fail_nomem(err);
    if (pthread_mutex_init(&f->lock, NULL) != 0) {
        free(f);
        return sl_fail_nomem(err);
    }
    size_t n = 0;
    while (texts && texts[n])
        n++;
    f->list = calloc(n + 1, sizeof *f->list);
    bool ok = f->list != NULL;
    if (!ok)
        (void)sl_fail_nomem(err);
    for (; ok && f->n < n; f->n++)
        ok = sl_fault_parse(texts[f->n], &f->list[f->n], err);
    if (!ok) {
        sl_faults_free(f);
        return false;
    }
    *ret = f;
    return true;
}

void sl_faults_free(struct sl_faults *f)
{
    if (!f)
        return;
    (void)pthread_mutex_destroy(&f->lock);
    free(f->list);
    free(f);
}

static void add_strike(const struct sl_fault *f, struct sl_strike *ret)
{
    switch (f->kind) {
    case SL_FAULT_RESET_AFTER:
        ret->reset = true;
        ret->reset_after_bytes = (uint64_t)f->argument;
        break;
    case SL_FAULT_STATUS:
        ret->status = (int)f->argument;
        break;
    case SL_FAULT_THROTTLE:
        ret->throttle = true;
        break;
    case SL_FAULT_ERROR_200:
        ret->error_200 = true;
        break;
    case SL_FAULT_SLOW:
        ret->slow_ms += (uint64_t)f->argument;
        break;
    case SL_FAULT_SKEW:
        ret->skew_seconds += f->argument;
        break;
    case SL_FAULT_EXPIRED_TOKEN:
        ret->expired_token = true;
        break;
    case SL_FAULT_DROP_REPLY:
        ret->drop_reply = true;
        break;
    }
}

void sl_faults_strike(struct sl_faults *f, const char *service, const char *operation, struct sl_strike *ret)
{
    *ret = (struct sl_strike){ 0 };
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->n; i++)
        if (sl_fault_strikes(&f->list[i], service, operation))
            add_strike(&f->list[i], ret);
    (void)pthread_mutex_unlock(&f->lock);
}
