/* PKCS #11 from inside: modules, their tokens, the objects in them. */
#ifndef SL_KEYS_PRIV_PKCS11_H
#define SL_KEYS_PRIV_PKCS11_H

#include "keys/pkcs11.h"
#include "keys/pkcs11_uri.h"

#include <p11-kit/pkcs11.h>

#define SL_PKCS11_TEXT_SIZE 128u /* a label or id for people */

struct sl_pkcs11_token {
    struct sl_pkcs11_token *next;
    struct sl_pkcs11_module *module;
    CK_SLOT_ID slot;
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO info; /* as it was last asked for */
    char label[33];     /* for people */
    CK_SESSION_HANDLE session;
    bool has_session;
    bool refused;         /* it refused a PIN in this run */
    struct sl_secret pin; /* kept only where the token has a key that wants it again for every signature */
};

struct sl_pkcs11_module {
    struct sl_pkcs11_module *next;
    char *path;
    void *library;
    CK_FUNCTION_LIST *call;
    bool initialized; /* by us, so that we end it */
    CK_INFO info;
    struct sl_pkcs11_token *tokens; /* those that are initialized, by label; modules list them in any order */
};

struct sl_pkcs11 {
    struct sl_pkcs11_module *modules;
};

/* One question to a module: what was asked, its URI read. */
struct sl_pkcs11_query {
    const struct sl_pkcs11_ask *ask;
    struct sl_pkcs11_uri uri;
    char text[SL_PKCS11_TEXT_SIZE]; /* the URI for people: without its query */
};

struct sl_pkcs11_object {
    struct sl_pkcs11_token *token;
    CK_OBJECT_HANDLE handle;
};

#define SL_PKCS11_HITS 64u
struct sl_pkcs11_hits {
    size_t n; /* all there are; only the first SL_PKCS11_HITS are kept */
    struct sl_pkcs11_object at[SL_PKCS11_HITS];
};

/* "the token's module could not <what>: CKR_...", as SL_E_CRYPTO or SL_E_NOMEM. */
bool sl_pkcs11_reason_fail(struct sl_err *err, const char *what, CK_RV rv);

/* The module of a query, loaded and initialized once. NULL with err set. */
struct sl_pkcs11_module *sl_pkcs11_module_get(struct sl_pkcs11 *p, const struct sl_pkcs11_query *q, struct sl_err *err);
void sl_pkcs11_module_free(struct sl_pkcs11_module *m);

/* List the module's initialized tokens. */
bool sl_pkcs11_token_list(struct sl_pkcs11_module *m, struct sl_err *err) SL_MUST_USE;
void sl_pkcs11_token_free(struct sl_pkcs11_token *t);

/* Is this the token, slot and library the URI speaks of? */
bool sl_pkcs11_token_allowed(const struct sl_pkcs11_token *t, const struct sl_pkcs11_uri *uri);

/* SL_E_INPUT that names what was asked for and the tokens there are, unless one at least is allowed. */
bool sl_pkcs11_token_some(const struct sl_pkcs11_module *m, const struct sl_pkcs11_query *q,
                          struct sl_err *err) SL_MUST_USE;

/* Open the token's one session, if it is not open. */
bool sl_pkcs11_token_session(struct sl_pkcs11_token *t, struct sl_err *err) SL_MUST_USE;

/* Ask for the token's flags again. */
bool sl_pkcs11_token_refresh(struct sl_pkcs11_token *t, struct sl_err *err) SL_MUST_USE;

/* Text of a blank-padded or counted field, for people: what is no printable ASCII becomes '?'. */
void sl_pkcs11_text(struct sl_span from, char *ret, size_t size);

/* Add the objects of a class that the URI names. named false: those of the class, whatever they are called. */
bool sl_pkcs11_object_find(struct sl_pkcs11_token *t, const struct sl_pkcs11_uri *uri, CK_OBJECT_CLASS class,
                           bool named, struct sl_pkcs11_hits *hits, struct sl_err *err) SL_MUST_USE;

/* Add the public objects (a class of them) with this id. */
bool sl_pkcs11_object_find_id(struct sl_pkcs11_token *t, CK_OBJECT_CLASS class, struct sl_span id,
                              struct sl_pkcs11_hits *hits, struct sl_err *err) SL_MUST_USE;

/* The bytes of an attribute; none when the object has no such attribute, or does not show it. */
bool sl_pkcs11_object_get(const struct sl_pkcs11_object *o, CK_ATTRIBUTE_TYPE type, struct sl_buf *ret,
                          struct sl_err *err) SL_MUST_USE;
/* The same for numbers and booleans; *ret keeps its value when there is none. */
bool sl_pkcs11_object_ulong(const struct sl_pkcs11_object *o, CK_ATTRIBUTE_TYPE type, CK_ULONG *ret,
                            struct sl_err *err) SL_MUST_USE;
bool sl_pkcs11_object_bool(const struct sl_pkcs11_object *o, CK_ATTRIBUTE_TYPE type, bool *ret,
                           struct sl_err *err) SL_MUST_USE;

/* "'release' (id 01)" of the first four, for messages: the label nearest to the one asked for, then by label and id. */
bool sl_pkcs11_object_names(const struct sl_pkcs11_query *q, const struct sl_pkcs11_hits *hits, struct sl_buf *ret,
                            struct sl_err *err) SL_MUST_USE;

/* The public key that a public key object, a certificate, or (as far as it shows it) a private key object is of. *ret_known
 * is false when the object does not say. */
bool sl_pkcs11_spki(const struct sl_pkcs11_object *o, struct sl_pubkey *ret, bool *ret_known,
                    struct sl_err *err) SL_MUST_USE;

/* Log in as the token's user, where the token wants that; one try. */
bool sl_pkcs11_login(struct sl_pkcs11_token *t, const struct sl_pkcs11_query *q, struct sl_err *err) SL_MUST_USE;

/* Log in for the signature that was just begun (CKA_ALWAYS_AUTHENTICATE). */
bool sl_pkcs11_login_again(struct sl_pkcs11_token *t, const struct sl_pkcs11_ask *ask, struct sl_err *err) SL_MUST_USE;

/* A key to sign with. */
bool sl_pkcs11_sign_new(const struct sl_pkcs11_object *o, const struct sl_pkcs11_ask *ask, struct sl_token_key **ret,
                        struct sl_err *err) SL_MUST_USE;

#endif
