/* Command-line options: one table, from which the parser (cli/args.h) and the help come. */
#ifndef SL_CLI_OPTION_H
#define SL_CLI_OPTION_H

#include <stdbool.h>

enum sl_option_id {
    SL_OPT_SET,
    SL_OPT_OUTPUT,
    SL_OPT_PROFILE,
    SL_OPT_REGION,
    SL_OPT_ENDPOINT_URL,
    SL_OPT_CA_BUNDLE,
    SL_OPT_ALLOW_HTTP,
    SL_OPT_STATE,
    SL_OPT_PASSPHRASE_FD,
    SL_OPT_PIN_FD,
    SL_OPT_QUIET,
    SL_OPT_COLOR,
    SL_OPT_HELP,
    SL_OPT_VERSION,

    SL_OPT_OUT,
    SL_OPT_DETAILED_EXITCODE,
    SL_OPT_OFFLINE,
    SL_OPT_SCHEMA,
    SL_OPT_EXPECT_PLAN,
    SL_OPT_MANIFEST,
    SL_OPT_YES,
    SL_OPT_REQUIRE_ROLE_CHECK,
    SL_OPT_THROUGH,
    SL_OPT_WAIT,
    SL_OPT_ATTEMPT,
    SL_OPT_ROLLBACK_TO,
    SL_OPT_KEY,
    SL_OPT_ALGORITHM,
    SL_OPT_SIGNATURE,
    SL_OPT_STATEMENT,
    SL_OPT_PLAN,
    SL_OPT_REMOTE,
    SL_OPT_JOB,
    SL_OPT_TYPE,
    SL_OPT_FORCE,
    SL_OPT_REASON,
    SL_OPT_COMMENT,
    SL_OPT_DEVICES,
    SL_OPT_ROLE,
    SL_OPT_THROWAWAY_KEYS,
    SL_OPT_EXPECT,
    SL_OPT_TRUST,
    SL_OPT_RUNNING,
    SL_OPT_HARDWARE,
    SL_OPT_LISTEN,
    SL_OPT_TLS,
    SL_OPT_DIR,
    SL_OPT_PREPARE,
    SL_OPT_FAULT,
    SL_OPT_METADATA,
    SL_OPT_METADATA_ROLE,
    SL_OPT_MQTT,
    SL_OPT_SESSION_SECONDS,
    SL_OPT_FORMAT,
    SL_OPT_SIGN_FORMAT,
    SL_OPT_KEY_FORMAT,
    SL_OPT_CERTIFICATE,
    SL_OPT_CA,
    SL_OPT_PUBLISHER,
    SL_OPT_KMS_KEY,
    SL_OPT_ADD,
    SL_OPT_REMOVE,
    SL_OPT_REVOKE,
    SL_OPT_SIGNERS,
    SL_OPT_EXPIRES,
    SL_OPT_PREVIOUS,
    SL_OPT_AT,
    SL_OPT_THRESHOLD,
    SL_OPT_SHARES,
    SL_OPT_SEALED,
    SL_OPT_MEMORY,
    SL_OPT_OPERATIONS,
    SL_OPT_DICE,
    SL_OPT_FROM,
    SL_OPT_CONTRIBUTION,
    SL_OPT_COMMITMENT,
    SL_OPT_DRY_RUN,
    SL_OPT_SIGNER,
    SL_OPT_FIRST,
    SL_OPT_SCRIPT_FORMAT,
    SL_OPT_UNTIL,
    SL_OPT_FAIL_ABOVE,
    SL_OPT_SOAK,
    SL_OPT_CANCEL,
    SL_OPT_INTERVAL,
    SL_OPT_PATIENCE,
    SL_OPT_STATUS,
    SL_OPT_GROUP,
    SL_OPT_SELECTION,
    SL_OPT_THING,
    SL_OPT_JOB_NAME,
    SL_OPT_JOB_DRY_RUN,
    SL_OPT_FORCE_DELETE,
    SL_OPT_BEGIN_AT_ONCE,
    SL_OPT_DESCRIPTION,
    SL_OPT_SUMMARY,
    SL_OPT_COUNT
};

/* Who takes an option: the verbs that list it, or every verb. Of the latter some mean something only to verbs that use a
 * manifest, keys or the network, and only the help of those shows them. */
enum sl_option_scope {
    SL_SCOPE_OWN = 0,
    SL_SCOPE_EVERY = 1,
    SL_SCOPE_MANIFEST = 2,
    SL_SCOPE_KEYS = 4,
    SL_SCOPE_NETWORK = 8
};

struct sl_option {
    const char *name;    /* "--set" */
    const char *letter;  /* "-o", or NULL */
    const char *metavar; /* "FILE"; NULL for a flag */
    const char *choices; /* "text|json"; NULL when any value goes */
    const char *help;
    bool repeats;
    enum sl_option_scope scope;
};

const struct sl_option *sl_option_get(enum sl_option_id id);

#endif
