#include "cli/option.h"

#include "core/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct sl_option table[SL_OPT_COUNT] = {
    [SL_OPT_SET] = { "--set", NULL, "PATH=VALUE", NULL,
                     "override one scalar of the manifest, as in release.version=2.4.2", true, true },
    [SL_OPT_OUTPUT] = { "--output", NULL, "FORMAT", "text|json", "text for people, or one JSON value on stdout", false,
                        true },
    [SL_OPT_PROFILE] = { "--profile", NULL, "NAME", NULL, "profile of the AWS config and credentials files", false,
                         true },
    [SL_OPT_REGION] = { "--region", NULL, "REGION", NULL, "must be the manifest's own; a different one is refused",
                        false, true },
    [SL_OPT_ENDPOINT_URL] = { "--endpoint-url", NULL, "URL", NULL, "send every request there instead of to AWS", false,
                              true },
    [SL_OPT_CA_BUNDLE] = { "--ca-bundle", NULL, "FILE", NULL, "certificates to trust instead of the system's, PEM",
                           false, true },
    [SL_OPT_ALLOW_HTTP] = { "--allow-http", NULL, NULL, NULL, "allow plain http to a host that is not this machine",
                            false, true },
    [SL_OPT_STATE] = { "--state", NULL, "DIR", NULL,
                       "keep local state there instead of in .sealift beside the manifest", false, true },
    [SL_OPT_PASSPHRASE_FD] = { "--passphrase-fd", NULL, "N", NULL,
                               "read key passphrases from this file descriptor, one a line", false, true },
    [SL_OPT_QUIET] = { "--quiet", NULL, NULL, NULL, "say nothing on stderr but warnings and errors", false, true },
    [SL_OPT_COLOR] = { "--color", NULL, "WHEN", "auto|always|never", "color on stderr and stdout", false, true },
    [SL_OPT_HELP] = { "--help", "-h", NULL, NULL, "show this help", false, true },
    [SL_OPT_VERSION] = { "--version", NULL, NULL, NULL, "show the version", false, true },

    [SL_OPT_OUT] = { "--out", "-o", "FILE", NULL, "write the result there", false, false },
    [SL_OPT_DETAILED_EXITCODE] = { "--detailed-exitcode", NULL, NULL, NULL, "exit 3 when there are changes", false,
                                   false },
    [SL_OPT_OFFLINE] = { "--offline", NULL, NULL, NULL, "ask nothing of the network", false, false },
    [SL_OPT_SCHEMA] = { "--schema", NULL, NULL, NULL, "print the JSON Schema of the manifest, for editors", false,
                        false },
    [SL_OPT_EXPECT_PLAN] = { "--expect-plan", NULL, "sha256:HEX", NULL, "refuse any plan but the one with this digest",
                             false, false },
    [SL_OPT_MANIFEST] = { "--manifest", NULL, "FILE", NULL, "the manifest a plan file was made from", false, false },
    [SL_OPT_YES] = { "--yes", "-y", NULL, NULL, "do not ask before publishing", false, false },
    [SL_OPT_REQUIRE_ROLE_CHECK] = { "--require-role-check", NULL, NULL, NULL,
                                    "refuse when the download role may not be read", false, false },
    [SL_OPT_ATTEMPT] = { "--attempt", NULL, "N", NULL, "register a new job for the same release", false, false },
    [SL_OPT_KEY] = { "--key", NULL, "KEY", NULL,
                     "the key: file:PATH or sealed:PATH to sign, a public key file to verify", true, false },
    [SL_OPT_ALGORITHM] = { "--algorithm", NULL, "NAME", NULL, "signature algorithm, when the key has several", false,
                           false },
    [SL_OPT_SIGNATURE] = { "--signature", NULL, "FILE", NULL, "the signature; otherwise FILE.sig", false, false },
    [SL_OPT_STATEMENT] = { "--statement", NULL, "FILE", NULL, "check the files against this signed statement", false,
                           false },
    [SL_OPT_TYPE] = { "--type", NULL, "TYPE", "ecdsa-p256|ecdsa-p384|rsa-3072|rsa-4096|ed25519", "type of the new key",
                      false, false },
    [SL_OPT_FORCE] = { "--force", NULL, NULL, NULL, "cancel also what devices have begun", false, false },
    [SL_OPT_REASON] = { "--reason", NULL, "CODE", NULL, "reason code, upper case, digits and _", false, false },
    [SL_OPT_COMMENT] = { "--comment", NULL, "TEXT", NULL, "comment kept with the cancellation", false, false },
    [SL_OPT_DEVICES] = { "--devices", NULL, "N", NULL, "devices in each targeted group, 3 when not given", false,
                         false },
    [SL_OPT_ROLE] = { "--role", NULL, "live|TRUST,POLICY", NULL,
                      "rehearse with the real role, or with two policy files", false, false },
    [SL_OPT_THROWAWAY_KEYS] = { "--throwaway-keys", NULL, NULL, NULL, "sign with fresh keys of the same algorithms",
                                false, false },
    [SL_OPT_EXPECT] = { "--expect", NULL, "THING=RESULT", NULL,
                        "succeeded, rejected or failed; succeeded when not given", true, false },
    [SL_OPT_TRUST] = { "--trust", NULL, "THING=FILE", NULL,
                       "the public key this device trusts instead of the release's", true, false },
    [SL_OPT_RUNNING] = { "--running", NULL, "THING=VERSION", NULL, "the version this device runs", true, false },
    [SL_OPT_HARDWARE] = { "--hardware", NULL, "THING=NAME", NULL, "the hardware of this device", true, false },
    [SL_OPT_LISTEN] = { "--listen", NULL, "ADDRESS:PORT", NULL, "where to listen, 127.0.0.1:0 when not given", false,
                        false },
    [SL_OPT_TLS] = { "--tls", NULL, NULL, NULL, "serve https with a certificate authority of its own", false, false },
    [SL_OPT_DIR] = { "--dir", NULL, "DIR", NULL, "keep the sandbox's state there", false, false },
    [SL_OPT_PREPARE] = { "--prepare", NULL, "MANIFEST", NULL,
                         "create the bucket, role, things and groups a manifest names", true, false },
    [SL_OPT_FAULT] = { "--fault", NULL, "FAULT", NULL, "inject a fault, as in s3.PutObject:reset-after=1MiB", true,
                       false },
};

const struct sl_option *sl_option_get(enum sl_option_id id)
{
    assert(id < SL_OPT_COUNT);
    return &table[id];
}

void sl_args_clear(struct sl_args *a)
{
    for (size_t i = 0; i < SL_OPT_COUNT; i++)
        free(a->value[i]);
    free(a->positional);
    *a = (struct sl_args){ 0 };
}

static bool takes(const enum sl_option_id *allowed, enum sl_option_id id)
{
    if (table[id].global)
        return true;
    for (; *allowed != SL_OPT_COUNT; allowed++)
        if (*allowed == id)
            return true;
    return false;
}

/* The option that text (up to '=' in the long form) names, SL_OPT_COUNT when it is none this verb takes. */
static enum sl_option_id find(const char *text, const enum sl_option_id *allowed)
{
    size_t len = strncmp(text, "--", 2) == 0 ? strcspn(text, "=") : strlen(text);
    for (int id = 0; id < SL_OPT_COUNT; id++) {
        const struct sl_option *o = &table[id];
        bool named = (strlen(o->name) == len && strncmp(o->name, text, len) == 0)
                     || (o->letter && strcmp(o->letter, text) == 0);
        if (named && takes(allowed, (enum sl_option_id)id))
            return (enum sl_option_id)id;
    }
    return SL_OPT_COUNT;
}

static bool unknown(const char *text, const enum sl_option_id *allowed, struct sl_err *err)
{
    const char *names[SL_OPT_COUNT + 1];
    size_t n = 0;
    for (int id = 0; id < SL_OPT_COUNT; id++)
        if (takes(allowed, (enum sl_option_id)id))
            names[n++] = table[id].name;
    names[n] = NULL;
    const char *near = sl_nearest(text, names);
    if (near)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown option '%s', did you mean '%s'?", text, near);
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "unknown option '%s'; --help lists the options", text);
}

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *c = choices; *c; c += strcspn(c, "|"), c += *c == '|')
        if (strcspn(c, "|") == len && strncmp(c, value, len) == 0)
            return true;
    return false;
}

static bool append(const char ***list, const char *value, struct sl_err *err)
{
    size_t n = 0;
    while (*list && (*list)[n])
        n++;
    const char **grown = realloc(*list, (n + 2) * sizeof *grown);
    if (!grown)
        return sl_fail_nomem(err);
    grown[n] = value;
    grown[n + 1] = NULL;
    *list = grown;
    return true;
}

static bool add_value(struct sl_args *a, enum sl_option_id id, const char *value, struct sl_err *err)
{
    const struct sl_option *o = &table[id];
    if (a->value[id] && !o->repeats)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s is given twice", o->name);
    if (o->choices && !is_choice(o->choices, value))
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s '%s' is not one of %s", o->name, value, o->choices);
    return append(&a->value[id], value, err);
}

/* Take the option at argv[*i] and, when it has one, its value; *i moves to the last word used. */
static bool take_option(int argc, const char *const *argv, int *i, const enum sl_option_id *allowed, struct sl_args *a,
                        struct sl_err *err)
{
    const char *word = argv[*i];
    enum sl_option_id id = find(word, allowed);
    if (id == SL_OPT_COUNT)
        return unknown(word, allowed, err);

    const char *inlined = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    if (!table[id].metavar) {
        if (inlined)
            return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s takes no value", table[id].name);
        return add_value(a, id, "", err);
    }
    if (inlined)
        return add_value(a, id, inlined + 1, err);
    if (*i + 1 >= argc)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s needs a value: %s", table[id].name, table[id].metavar);
    return add_value(a, id, argv[++*i], err);
}

bool sl_args_parse(int argc, const char *const *argv, const enum sl_option_id *allowed, struct sl_args *ret,
                   struct sl_err *err)
{
    SL_AUTO(sl_args_clear) struct sl_args a = { 0 };
    bool options = true;
    for (int i = 0; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
            continue;
        }
        bool is_option = options && argv[i][0] == '-' && argv[i][1] != 0;
        if (is_option && !take_option(argc, argv, &i, allowed, &a, err))
            return false;
        if (is_option)
            continue;
        if (!append(&a.positional, argv[i], err))
            return false;
        a.n_positional++;
    }
    *ret = a;
    a = (struct sl_args){ 0 };
    return true;
}

bool sl_args_has(const struct sl_args *a, enum sl_option_id id)
{
    return a->value[id] != NULL;
}

const char *sl_args_get(const struct sl_args *a, enum sl_option_id id, const char *otherwise)
{
    return a->value[id] ? a->value[id][0] : otherwise;
}

bool sl_args_number(const struct sl_args *a, enum sl_option_id id, unsigned least, unsigned most, unsigned otherwise,
                    unsigned *ret, struct sl_err *err)
{
    const char *text = sl_args_get(a, id, NULL);
    unsigned value = otherwise;
    if (text) {
        uint64_t number = 0;
        if (strspn(text, "0123456789") != strlen(text) || !sl_size_get(text, &number) || number < least
            || number > most)
            return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "%s '%s' is not a number from %u to %u", table[id].name, text,
                           least, most);
        value = (unsigned)number;
    }
    *ret = value;
    return true;
}
