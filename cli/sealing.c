#include "cli/sealing.h"

#include "cli/view_key.h"
#include "core/clock.h"
#include "core/text.h"

#include <stdio.h>

#define LEAST_MEMORY_BYTES ((uint64_t)8 << 20)
/* The second choice of RFC 9106 section 4, for machines with little memory. */
#define ADVISED_MEMORY_BYTES ((uint64_t)64 << 20)
#define ADVISED_OPERATIONS   3u

bool sl_sealing_limits(const struct sl_args *args, struct sl_sealed_limits *ret, struct sl_err *err)
{
    const char *size = sl_args_get(args, SL_OPT_MEMORY, NULL);
    struct sl_sealed_limits limits = sl_sealed_limits_default;
    unsigned operations = (unsigned)limits.operations;
    if (!sl_args_number(args, SL_OPT_OPERATIONS, 1, SL_SEALED_MAX_OPERATIONS, operations, &operations, err))
        return false;
    limits.operations = operations;
    if (size
        && (!sl_size_get(size, &limits.memory_bytes) || limits.memory_bytes < LEAST_MEMORY_BYTES
            || limits.memory_bytes > SL_SEALED_MAX_MEMORY_BYTES || limits.memory_bytes % 1024 != 0))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "--memory '%.40s' is not a size in whole KiB from 8MiB to 4GiB, such as 256MiB", size);
    *ret = limits;
    return true;
}

static void say_cost(struct sl_context *c, const char *path, const struct sl_sealed_limits *limits, uint64_t ms)
{
    char memory[32], took[32];
    sl_size_put(memory, sizeof memory, limits->memory_bytes);
    if (ms < 100)
        (void)snprintf(took, sizeof took, "%u ms", (unsigned)ms);
    else
        (void)snprintf(took, sizeof took, "%u.%u s", (unsigned)(ms / 1000), (unsigned)(ms % 1000 / 100));
    sl_console_note(&c->console, "sealed key written to %s", path);
    sl_console_note(&c->console, "Argon2id: %u %s over %s, %s on this machine", (unsigned)limits->operations,
                    limits->operations == 1 ? "pass" : "passes", memory, took);
    if (limits->memory_bytes < ADVISED_MEMORY_BYTES || limits->operations < ADVISED_OPERATIONS)
        sl_console_warn(&c->console,
                        "less than %u passes over 64 MiB (RFC 9106): whoever has the file guesses passphrases cheaply",
                        ADVISED_OPERATIONS);
}

bool sl_sealing_write(struct sl_context *c, const struct sl_privkey *key, const char *path,
                      const struct sl_secret *passphrase, const struct sl_sealed_limits *limits, struct sl_err *err)
{
    const uint64_t begin = sl_clock_monotonic_ms();
    if (!sl_sealed_write(key, path, passphrase, limits, err))
        return false;
    const uint64_t ms = sl_clock_monotonic_ms() - begin;
    say_cost(c, path, limits, ms);
    json_t *cost = json_pack("{s:{s:s,s:I,s:I,s:I}}", "kdf", "name", "argon2id", "operations",
                             (json_int_t)limits->operations, "memoryBytes", (json_int_t)limits->memory_bytes,
                             "milliseconds", (json_int_t)ms);
    return cost ? sl_view_key(c, &key->pub, path, cost, err) : sl_fail_nomem(err);
}
