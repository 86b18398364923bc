/* A program: the verbs it has, and whether it has a network. There are two: sealift, and sealift-signer for machines that
 * have none, which is linked with nothing that could reach one. */
#ifndef SL_CLI_TOOL_H
#define SL_CLI_TOOL_H

#include "cli/verb.h"
#include "core/library.h"
#include "signer/signer.h"

struct sl_suggest;
struct sl_verifying;

/* What a program with a network adds to the verbs both have. */
struct sl_network {
    /* Sign with a key in AWS, and its public half. */
    bool (*open)(struct sl_context *c, const char *uri, struct sl_signer **ret, struct sl_err *err);
    bool (*public_key)(struct sl_context *c, const char *uri, struct sl_pubkey *ret, struct sl_err *err);
    /* Check a release against what AWS holds (cli/verify_remote.h). */
    bool (*verify_remote)(struct sl_verifying *v, enum sl_exit *status, struct sl_err *err);
    /* End what the context collected. */
    void (*close)(struct sl_context *c);
};

struct sl_tool {
    const char *name;                   /* "sealift" */
    const char *purpose;                /* a sentence */
    const char *tagline;                /* the same as a phrase, for the index of manual pages */
    const struct sl_verb *const *verbs; /* tables; ends with NULL */
    const struct sl_network *network;   /* NULL: there is none, and this process may create no socket */
    /* Names that stand in a manifest (cli/suggest.h); NULL: it reads none. */
    bool (*names)(const char *metavar, const struct sl_suggest *s, int argc, const char *const *argv,
                  struct sl_err *err);
    /* Write what the manual says of the manifest (cli/manual.h); NULL: it reads none. */
    bool (*manifest)(struct sl_buf *b, struct sl_err *err);
    bool (*library)(size_t i, struct sl_library *ret); /* its i-th, beside those of core/library.h; NULL: none */
};

/* Is this option one of those that every verb of the program takes? */
bool sl_tool_has(const struct sl_tool *t, enum sl_option_id id);

/* Run a command line: find the verb, parse its options, run it. The exit status. */
int sl_tool_run(const struct sl_tool *p, int argc, char **argv);

#endif
