#include "manifests/priv/settle.h"

#include "manifests/kmskey.h"

#include <string.h>

static const struct sl_key_fact *fact_of(const struct sl_key_facts *facts, const char *name)
{
    for (size_t i = 0; facts && i < facts->n; i++)
        if (strcmp(facts->facts[i].name, name) == 0)
            return &facts->facts[i];
    return NULL;
}

/* What is stated for a key: by itself, by signing.algorithm for those that sign artifacts, or by what the key is. */
static enum sl_algorithm artifact_algorithm(const struct sl_asked *asked, const struct sl_key_facts *facts,
                                            const char *key)
{
    const struct sl_asked_key *k = sl_asked_key(asked, key);
    const struct sl_key_fact *fact = fact_of(facts, key);
    if (sl_kmskey_is_profile(k->uri.value))
        return SL_ALG_ECDSA_P256_SHA256; /* the platform's one */
    if (k->algorithm.value)
        return sl_algorithm_from_name(k->algorithm.value);
    if (asked->signing.algorithm.value)
        return sl_algorithm_from_name(asked->signing.algorithm.value);
    return fact ? fact->only : SL_ALG_NONE;
}

static const char *key_of(const struct sl_asked *asked, const struct sl_asked_artifact *a)
{
    return a->key.value ? a->key.value : asked->signing.key.value;
}

/* Keys that leave a choice leave one between two: RSA has two paddings, Ed25519 two forms. */
static bool refuse_open(const struct sl_asked *asked, const struct sl_key_facts *facts, const char *key,
                        struct sl_err *err)
{
    const struct sl_key_fact *fact = fact_of(facts, key);
    bool ed25519 = fact && (fact->several & 1u << SL_ALG_ED25519);
    return sl_fail(err, SL_E_INPUT, sl_asked_key(asked, key)->here.loc,
                   "the key '%s' can sign in two ways: state in keys.%s.algorithm or signing.algorithm whether it is "
                   "%s or %s",
                   key, key, sl_algorithm_name(ed25519 ? SL_ALG_ED25519 : SL_ALG_RSA_PSS_SHA256),
                   sl_algorithm_name(ed25519 ? SL_ALG_ED25519PH : SL_ALG_RSA_PKCS1_SHA256));
}

bool sl_settle_artifacts(struct sl_measured *m, const struct sl_key_facts *facts, struct sl_err *err)
{
    const struct sl_asked *asked = &m->from->asked;
    const struct sl_asked_artifact *artifacts = asked->artifacts.items;
    for (size_t i = 0; i < asked->artifacts.n; i++) {
        const char *key = key_of(asked, &artifacts[i]);
        m->artifacts[i].algorithm = artifact_algorithm(asked, facts, key);
        if (m->artifacts[i].algorithm == SL_ALG_NONE)
            return refuse_open(asked, facts, key, err);
    }
    return true;
}

/* A key signs a statement with its curve's ECDSA, RSA-PSS or pure Ed25519, whatever it signs files with. */
static enum sl_algorithm for_statement(enum sl_algorithm alg)
{
    if (alg == SL_ALG_RSA_PKCS1_SHA256)
        return SL_ALG_RSA_PSS_SHA256;
    if (alg == SL_ALG_ED25519PH)
        return SL_ALG_ED25519;
    return alg;
}

static bool signs_artifacts(const struct sl_asked *asked, const char *key)
{
    const struct sl_asked_artifact *artifacts = asked->artifacts.items;
    for (size_t i = 0; i < asked->artifacts.n; i++)
        if (strcmp(key_of(asked, &artifacts[i]), key) == 0)
            return true;
    return false;
}

static bool settle_statement_key(struct sl_measured *m, const struct sl_key_facts *facts, const char *name, size_t i,
                                 struct sl_err *err)
{
    const struct sl_asked *asked = &m->from->asked;
    const struct sl_asked_key *key = sl_asked_key(asked, name);
    const struct sl_key_fact *fact = fact_of(facts, name);
    enum sl_algorithm alg = fact ? fact->only : SL_ALG_NONE;
    if (alg == SL_ALG_NONE && (key->algorithm.value || signs_artifacts(asked, name)))
        alg = artifact_algorithm(asked, facts, name);
    if (alg == SL_ALG_NONE)
        return refuse_open(asked, facts, name, err);
    m->statement_keys[i] = &m->from->keys[key - (const struct sl_asked_key *)asked->keys.items];
    m->statement_algorithms[i] = for_statement(alg);
    return true;
}

bool sl_settle_statement(struct sl_measured *m, const struct sl_key_facts *facts, struct sl_err *err)
{
    const struct sl_asked_signing *signing = &m->from->asked.signing;
    const struct sl_list *list = &signing->statement.keys;
    const struct sl_field *names = list->set ? list->items : &signing->key;
    size_t n = list->set ? list->n : 1;
    m->n_statement_keys = n;
    m->statement_keys = sl_arena_alloc(&m->arena, n, sizeof(const struct sl_plan_key *), err);
    m->statement_algorithms = m->statement_keys ? sl_arena_alloc(&m->arena, n, sizeof *m->statement_algorithms, err)
                                                : NULL;
    if (!m->statement_algorithms)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!settle_statement_key(m, facts, names[i].value, i, err))
            return false;
    return true;
}
