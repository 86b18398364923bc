/* One place credentials come from, found configured: what it needs to get them, those it has, and when to get others.
 *
 * A provider file knows one kind: whether it is configured, and how to fetch. When to fetch is decided here, for all of
 * them: before credentials expire, and when a service says that they have. Everything lives in the means' arena. */
#ifndef SL_PUBLISHER_PRIV_PROVIDER_H
#define SL_PUBLISHER_PRIV_PROVIDER_H

#include "core/json.h"
#include "publisher/credentials.h"
#include "publisher/identity.h"
#include "publisher/profile.h"

/* What a fetch brings. */
struct sl_fresh {
    struct sl_credentials cred;
    bool expires;
    int64_t expires_utc;
};
void sl_provider_fresh_clear(struct sl_fresh *f);

/* What all providers share. */
struct sl_provider_means {
    struct sl_arena arena;
    struct sl_identity_ask ask;
    struct sl_profile profile;
    struct sl_provider *all; /* every one that was made, to be wiped in the end */
    struct sl_kept *kept;    /* the same */
};
void sl_provider_means_clear(struct sl_provider_means *m);

enum sl_provider_habit {
    SL_PROVIDER_STATIC,   /* what it gave once is all there is */
    SL_PROVIDER_RENEWS,   /* gives others when asked again */
    SL_PROVIDER_ASKS,     /* the same, but a person has to say something: not before it has to be */
    SL_PROVIDER_UNFAILING /* what it gives is good even when it says that it has expired */
};

struct sl_provider {
    const char *from; /* for people: "environment", "role 'arn' of profile 'x'" */
    struct sl_provider_means *means;
    enum sl_provider_habit habit;
    bool (*fetch)(struct sl_provider *p, int64_t now_utc, struct sl_fresh *ret, struct sl_err *err);
    const void *config;         /* of its kind */
    struct sl_provider *source; /* whose credentials sign the fetching, NULL: nobody's */

    bool has; /* the following */
    struct sl_fresh fresh;
    int64_t fetched_utc, not_before_utc; /* no attempt to renew early until then */
    unsigned generation;
    struct sl_provider *next; /* of means->all */
};

/* One that has nothing yet. config, of any kind, lives in the arena. */
struct sl_provider *sl_provider_new(struct sl_provider_means *m, const struct sl_provider *made,
                                    struct sl_err *err) SL_MUST_USE;

/* The credentials of this moment; a wire's signer has the same two functions. */
bool sl_provider_current(void *provider, int64_t now_utc, const struct sl_credentials **ret, unsigned *ret_generation,
                         struct sl_err *err) SL_MUST_USE;
bool sl_provider_renew(void *provider, int64_t now_utc, unsigned generation, bool certain, bool *ret_renewed,
                       struct sl_err *err) SL_MUST_USE;

/* Where a provider may be configured; what it found is NULL when it is not, and *ret_why says so. */
struct sl_provider_place {
    struct sl_provider_means *m;
    const char *profile;
    bool env;        /* the environment counts: no profile was named by option, and it is not a source profile */
    const char *why; /* set when nothing was found */
};

bool sl_provider_env(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;
bool sl_provider_credentials_file(struct sl_provider_place *at, struct sl_provider **ret,
                                  struct sl_err *err) SL_MUST_USE;
bool sl_provider_config_file(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;
bool sl_provider_ec2_file(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;
bool sl_provider_boto_file(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;
bool sl_provider_role(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;
bool sl_provider_web(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;
bool sl_provider_sso(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;
bool sl_provider_login(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;
bool sl_provider_process(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;
bool sl_provider_container(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;
bool sl_provider_imds(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;

/* The providers of a profile that need no other profile, in their order; *ret is NULL when none is configured. */
bool sl_provider_of_profile(struct sl_provider_place *at, struct sl_provider **ret, struct sl_err *err) SL_MUST_USE;

/* ---- for the files of providers ---- */

/* The variable's value also when it is empty, NULL when it is unset. */
const char *sl_provider_variable(const struct sl_provider_means *m, const char *name);

/* A setting of a profile as text in the arena, not a secret one. NULL in *ret when it is not there. SL_E_INPUT when it
 * goes on in a second line. */
bool sl_provider_setting(struct sl_provider_means *m, const char *profile, const char *key, const char **ret,
                         struct sl_err *err) SL_MUST_USE;

/* Guarded memory that is wiped with the means; NULL when memory runs out. */
struct sl_secret *sl_provider_keep(struct sl_provider_means *m, struct sl_err *err) SL_MUST_USE;

/* A whole file, such as a token, without white space at its end unless exact. SL_E_DENIED when it is not there. */
bool sl_provider_file(const char *path, const char *what, bool exact, struct sl_secret *ret,
                      struct sl_err *err) SL_MUST_USE;

/* One request and its reply. The body of a 2xx reply goes into guarded memory. */
struct sl_provider_call {
    struct sl_provider *signer; /* NULL: unsigned */
    unsigned patience_seconds;  /* 0: AWS's services, with retries; else a metadata service nearby, asked once */
    int status;
    struct sl_secret body;
    struct sl_reply reply;
};
void sl_provider_call_clear(struct sl_provider_call *c);
bool sl_provider_send(struct sl_provider_means *m, const struct sl_request *req, struct sl_provider_call *ret,
                      struct sl_err *err) SL_MUST_USE;

/* Call an action of STS that answers with credentials. fields begins with Action and Version; doing: "AssumeRole 'arn'". */
#define SL_PROVIDER_STS_VERSION "2011-06-15"
struct sl_provider_sts {
    const char *doing;
    struct sl_provider *signer; /* NULL: unsigned */
    const struct sl_pair *fields;
    size_t n_fields;
};
bool sl_provider_sts(struct sl_provider_means *m, const struct sl_provider_sts *call, struct sl_fresh *ret,
                     struct sl_err *err) SL_MUST_USE;

/* Parse JSON of elsewhere; what: "the answer of the container's endpoint". No message shows any of it. */
bool sl_provider_parse(struct sl_span text, const char *what, json_t **ret, struct sl_err *err) SL_MUST_USE;

/* Credentials in JSON, under the names that each kind gives them; NULL: it has none. SL_E_DENIED naming what is missing
 * or malformed. */
struct sl_provider_names {
    const char *id, *secret, *token, *expiration, *account;
    bool token_optional, expiration_optional;
};
bool sl_provider_take(const json_t *object, const struct sl_provider_names *names, const char *what,
                      struct sl_fresh *ret, struct sl_err *err) SL_MUST_USE;

#endif
