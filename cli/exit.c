#include "cli/exit.h"

static const struct sl_exit_row rows[] = {
    { SL_EXIT_DONE, "done, or nothing to do" },
    { SL_EXIT_OTHER,
      "anything else: a question answered with no, or several manifests ended differently, for example" },
    { SL_EXIT_INPUT, "the input is wrong: usage, manifest, file, or a feature that is not supported" },
    { SL_EXIT_CHANGES, "plan --detailed-exitcode: there are changes" },
    { SL_EXIT_VERIFY, "verification failed, or a digest changed in flight" },
    { SL_EXIT_DENIED, "AWS or its configuration does not allow it" },
    { SL_EXIT_CONFLICT, "conflict with what exists" },
    { SL_EXIT_NETWORK, "network or service trouble outlasted the retries" },
    { SL_EXIT_ROLLOUT, "the rollout failed, or a simulated device did other than expected" },
    { SL_EXIT_INTERRUPTED, "interrupted" },
};

const struct sl_exit_row *sl_exit_row(size_t i)
{
    return i < sizeof rows / sizeof *rows ? &rows[i] : NULL;
}

enum sl_exit sl_exit_of(enum sl_code code)
{
    switch (code) {
    case SL_E_IO:
    case SL_E_USAGE:
    case SL_E_INPUT:
    case SL_E_UNSUPPORTED:
    case SL_E_PENDING:
        return SL_EXIT_INPUT;
    case SL_E_VERIFY:
    case SL_E_CHANGED:
        return SL_EXIT_VERIFY;
    case SL_E_DENIED:
        return SL_EXIT_DENIED;
    case SL_E_CONFLICT:
        return SL_EXIT_CONFLICT;
    case SL_E_NETWORK:
        return SL_EXIT_NETWORK;
    case SL_E_ROLLOUT:
        return SL_EXIT_ROLLOUT;
    case SL_E_INTERRUPTED:
        return SL_EXIT_INTERRUPTED;
    case SL_OK:
    case SL_E_NOMEM:
    case SL_E_CRYPTO:
    case SL_E_INTERNAL:
        break;
    }
    return SL_EXIT_OTHER;
}
