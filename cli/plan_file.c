#include "cli/plan_file.h"

#include "core/file.h"
#include "core/text.h"

#include <string.h>

#define MAX_PLAN_BYTES ((size_t)16 << 20)

void sl_plan_file_clear(struct sl_plan_file *f)
{
    json_decref(f->value);
    sl_arena_clear(&f->arena);
    *f = (struct sl_plan_file){ 0 };
}

bool sl_plan_file_is(const char *path)
{
    size_t len = strlen(path);
    return len > 5 && strcmp(path + len - 5, ".json") == 0;
}

static bool take_set(struct sl_plan_file *f, struct sl_err *err)
{
    json_t *set = sl_json_at(f->value, "inputs.set");
    f->set = sl_arena_alloc(&f->arena, json_object_size(set) + 1, sizeof *f->set, err);
    if (!f->set)
        return false;
    size_t n = 0;
    const char *key;
    json_t *value;
    json_object_foreach(set, key, value)
    {
        if (!json_is_string(value))
            return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                           "'%s' is not a plan: inputs.set holds something that is not text", f->path);
        f->set[n] = sl_arena_fmt(&f->arena, err, "%s=%s", key, json_string_value(value));
        if (!f->set[n++])
            return false;
    }
    return true;
}

/* A plan is its canonical bytes: anything else has another digest than the one people would compute from its value. */
static bool canonical(const struct sl_plan_file *f, struct sl_span bytes, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf again = SL_BUF_MAX(MAX_PLAN_BYTES);
    if (!sl_json_canonical(f->value, &again, err))
        return false;
    if (sl_span_eq(sl_buf_span(&again), bytes))
        return true;
    return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                   "'%s' is not a plan as 'sealift plan -o' writes it: it was reformatted or edited; make it again",
                   f->path);
}

bool sl_plan_file_read(const char *path, struct sl_plan_file *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = SL_BUF_MAX(MAX_PLAN_BYTES);
    SL_AUTO(sl_plan_file_clear) struct sl_plan_file f = { .path = path };
    uint8_t digest[SL_SHA256_BYTES];
    if (!sl_file_read(path, MAX_PLAN_BYTES, &bytes, err) || !sl_json_parse(sl_buf_span(&bytes), path, &f.value, err))
        return false;
    if (json_integer_value(sl_json_at(f.value, "sealift")) != 1 || !sl_json_at(f.value, "requests"))
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%s' is JSON but not a plan; 'sealift plan -o FILE' writes one",
                       path);
    if (!canonical(&f, sl_buf_span(&bytes), err) || !sl_sha256(sl_buf_span(&bytes), digest, err) || !take_set(&f, err))
        return false;
    if (sl_json_str(f.value, "release.rollbackFrom")[0])
        f.rollback_to = sl_json_str(f.value, "release.version");
    sl_hex_put(f.digest, sizeof f.digest, (struct sl_span){ digest, sizeof digest });
    *ret = f;
    f = (struct sl_plan_file){ 0 };
    return true;
}

const char *sl_plan_file_env(void *ctx, const char *name)
{
    const struct sl_plan_file *f = ctx;
    return json_string_value(json_object_get(sl_json_at(f->value, "inputs.env"), name));
}

bool sl_plan_file_same(const struct sl_plan_file *f, const char *digest, const json_t *now, struct sl_err *err)
{
    if (strcmp(f->digest, digest) == 0)
        return true;
    SL_AUTO(sl_buf_clear) struct sl_buf where = { 0 };
    if (!sl_json_differences(f->value, now, "requests", &where, err)) /* those follow from the rest */
        return false;
    return sl_fail(err, SL_E_CHANGED, SL_LOC_NONE,
                   "'%s' is plan sha256:%s, but the manifest and files now give sha256:%s; different: %s; make a new "
                   "plan, or undo the change",
                   f->path, f->digest, digest, sl_buf_str(&where));
}
