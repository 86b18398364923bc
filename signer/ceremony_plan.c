#include "core/text.h"
#include "signer/external.h"
#include "signer/priv/ceremony.h"

#include <string.h>

#define MOST_ARTIFACTS 10000u

static bool refuse(struct sl_err *err, const char *expected)
{
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "not a plan as 'sealift plan -o' writes it: %s expected", expected);
}

static bool read_release(const json_t *value, struct sl_arena *arena, struct sl_plan *p, struct sl_err *err)
{
    const json_t *hardware = sl_json_at(value, "release.hardware");
    p->release_name = sl_json_str(value, "release.name");
    p->release_version = sl_json_str(value, "release.version");
    p->rollback_from = sl_json_str(value, "release.rollbackFrom");
    if (!p->release_name[0] || !p->release_version[0] || !json_is_array(hardware))
        return refuse(err, "'name', 'version' and 'hardware' of the release");
    p->n_hardware = json_array_size(hardware);
    const char **names = sl_arena_alloc(arena, p->n_hardware + 1, sizeof *names, err);
    if (!names)
        return false;
    for (size_t i = 0; i < p->n_hardware; i++)
        if (!(names[i] = json_string_value(json_array_get(hardware, i))))
            return refuse(err, "names of hardware");
    p->hardware = names;
    return true;
}

static bool read_key(const json_t *plan, const char *name, struct sl_arena *arena, const struct sl_plan_key **ret,
                     struct sl_err *err)
{
    const char *uri = json_string_value(json_object_get(sl_json_at(plan, "keys"), name));
    struct sl_plan_key *key = sl_arena_alloc(arena, 1, sizeof *key, err);
    if (!key)
        return false;
    if (!uri)
        return refuse(err, "each key that signs among 'keys'");
    *key = (struct sl_plan_key){ .name = name, .uri = uri, .path = "" };
    *ret = key;
    return true;
}

static bool read_digest(const json_t *artifact, enum sl_hash hash, struct sl_digests *ret)
{
    const char *hex = sl_json_str(artifact, sl_hash_name(hash));
    size_t len = sl_hash_bytes(hash);
    if (strspn(hex, "0123456789abcdef") != 2 * len || !sl_hex_get(sl_span_str(hex), ret->value[hash], len))
        return false;
    ret->have |= SL_HASH_BIT(hash);
    return true;
}

static bool read_artifact(const json_t *plan, const json_t *value, struct sl_arena *arena, struct sl_plan_artifact *ret,
                          struct sl_err *err)
{
    *ret = (struct sl_plan_artifact){ .name = sl_json_str(value, "name"),
                                      .file = sl_json_str(value, "file"),
                                      .object = sl_json_str(value, "object"),
                                      .path = "" };
    ret->algorithm = sl_algorithm_from_name(sl_json_str(value, "algorithm"));
    if (!ret->name[0] || ret->algorithm == SL_ALG_NONE || !sl_json_u64(value, "size", &ret->size_bytes))
        return refuse(err, "'name', 'algorithm' and 'size' of each artifact");
    if (!read_digest(value, SL_SHA256, &ret->digests)
        || !read_digest(value, sl_algorithm_hash(ret->algorithm), &ret->digests))
        return refuse(err, "the digests of each artifact");
    if (!read_key(plan, sl_json_str(value, "key"), arena, &ret->key, err))
        return false;
    return !sl_ceremony_plan_waits(ret) || ret->algorithm != SL_ALG_ED25519
           || sl_fail(
               err, SL_E_INPUT, SL_LOC_NONE,
               "artifact '%.60s' is to be signed with ed25519, which signs the file itself, and a ceremony carries "
               "digests; use ed25519ph",
               ret->name);
}

static bool read_artifacts(const json_t *value, struct sl_arena *arena, struct sl_plan *p, struct sl_err *err)
{
    const json_t *list = json_object_get(value, "artifacts");
    p->n_artifacts = json_array_size(list);
    if (p->n_artifacts == 0 || p->n_artifacts > MOST_ARTIFACTS)
        return refuse(err, "artifacts");
    struct sl_plan_artifact *all = sl_arena_alloc(arena, p->n_artifacts, sizeof *all, err);
    if (!all)
        return false;
    for (size_t i = 0; i < p->n_artifacts; i++)
        if (!read_artifact(value, json_array_get(list, i), arena, &all[i], err))
            return false;
    p->artifacts = all;
    return true;
}

static bool read_statement(const json_t *value, struct sl_arena *arena, struct sl_plan *p, struct sl_err *err)
{
    const json_t *list = sl_json_at(value, "statement.keys");
    uint64_t threshold = 0;
    p->n_statement_keys = json_array_size(list);
    const struct sl_plan_key **keys = sl_arena_alloc(arena, p->n_statement_keys + 1, sizeof(const struct sl_plan_key *),
                                                     err);
    enum sl_algorithm *algorithms = sl_arena_alloc(arena, p->n_statement_keys + 1, sizeof *algorithms, err);
    if (!keys || !algorithms)
        return false;
    if (!sl_json_u64(value, "statement.threshold", &threshold) || threshold == 0 || threshold > p->n_statement_keys
        || p->n_statement_keys > SL_TRUST_KEYS_MAX)
        return refuse(err, "keys of the statement, and a threshold they can reach,");
    for (size_t i = 0; i < p->n_statement_keys; i++) {
        const json_t *one = json_array_get(list, i);
        algorithms[i] = sl_algorithm_from_name(sl_json_str(one, "algorithm"));
        if (algorithms[i] == SL_ALG_NONE)
            return refuse(err, "an algorithm for each key of the statement");
        if (!read_key(value, sl_json_str(one, "name"), arena, &keys[i], err))
            return false;
    }
    p->statement_keys = keys;
    p->statement_algorithms = algorithms;
    p->statement_threshold = (size_t)threshold;
    return true;
}

bool sl_ceremony_plan_waits(const struct sl_plan_artifact *a)
{
    return sl_external_is(a->key->uri);
}

bool sl_ceremony_plan_read(const json_t *value, struct sl_arena *arena, struct sl_plan *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    struct sl_plan p = { 0 };
    uint64_t version = 0;
    if (!json_is_object(value) || !sl_json_u64(value, "sealift", &version) || version != 1)
        return refuse(err, "an object with 'sealift' 1");
    if (!read_release(value, arena, &p, err) || !read_artifacts(value, arena, &p, err)
        || !read_statement(value, arena, &p, err) || !sl_json_canonical(value, &bytes, err)
        || !sl_ceremony_digest(sl_buf_span(&bytes), p.digest, err))
        return false;
    *ret = p;
    return true;
}
