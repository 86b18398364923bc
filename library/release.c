#include "core/file.h"
#include "core/json.h"
#include "library/priv/error.h"
#include "signer/bundle.h"

#include <stdlib.h>
#include <string.h>

struct sealift_release {
    struct sl_statement statement;
};

void sealift_release_free(struct sealift_release *release)
{
    if (!release)
        return;
    sl_statement_clear(&release->statement);
    free(release);
}

static void free_release(struct sealift_release **release)
{
    sealift_release_free(*release);
}

/* The keys side by side, borrowed. */
static bool gather(const struct sealift_public *const *keys, size_t n, struct sl_pubkey **ret, struct sl_err *err)
{
    struct sl_pubkey *all = calloc(n > 0 ? n : 1, sizeof *all);
    if (!all)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        all[i] = keys[i]->key;
    *ret = all;
    return true;
}

static void drop(struct sl_pubkey **all)
{
    free(*all);
}

static bool verify(struct sl_span text, const struct sealift_public *const *keys, size_t n, size_t threshold,
                   struct sl_statement *ret, struct sl_err *err)
{
    SL_AUTO(sl_bundle_clear) struct sl_bundle bundle = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf payload = { 0 };
    SL_AUTO(drop) struct sl_pubkey *all = NULL;
    if (threshold < 1 || threshold > n)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "a threshold of %zu is not possible with %zu keys", threshold, n);
    return gather(keys, n, &all, err) && sl_bundle_read(text, "statement", &bundle, err)
           && sl_dsse_verify(bundle.envelope, all, n, threshold, &payload, NULL, err)
           && sl_statement_read(sl_buf_span(&payload), ret, err);
}

bool sealift_release_verify(const uint8_t *statement, size_t statement_size, const struct sealift_public *const *keys,
                            size_t keys_count, size_t threshold, struct sealift_release **ret,
                            struct sealift_error *err)
{
    struct sl_err why = { 0 };
    SL_AUTO(free_release) struct sealift_release *release = calloc(1, sizeof *release);
    if (!release)
        (void)sl_fail_nomem(&why);
    else if (sl_secret_begin(&why)
             && verify((struct sl_span){ statement, statement_size }, keys, keys_count, threshold, &release->statement,
                       &why)) {
        *ret = release;
        release = NULL;
        return true;
    }
    return sealift_error_from(&why, err);
}

const char *sealift_release_name(const struct sealift_release *release)
{
    return release->statement.name;
}

const char *sealift_release_version(const struct sealift_release *release)
{
    return release->statement.version;
}

const char *sealift_release_rolls_back_from(const struct sealift_release *release)
{
    return release->statement.rollback_from;
}

bool sealift_release_fits(const struct sealift_release *release, const char *hardware)
{
    const json_t *all = release->statement.hardware;
    for (size_t i = 0; i < json_array_size(all); i++)
        if (strcmp(json_string_value(json_array_get(all, i)), hardware) == 0)
            return true;
    return !all;
}

static bool check_file(const struct sl_statement *statement, const char *artifact, const char *path, struct sl_err *err)
{
    uint8_t signed_digest[SL_SHA256_BYTES];
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    struct sl_digests found = { 0 };
    if (!sl_statement_subject(statement, artifact, signed_digest))
        return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "release %.80s %.80s has no artifact '%.80s'", statement->name,
                       statement->version, artifact);
    if (!sl_file_open(path, &fd, &size, err)
        || !sl_digest_fd(fd, path, SL_HASH_BIT(SL_SHA256), NULL, &size, &found, err))
        return false;
    return sl_span_eq(sl_digests_get(&found, SL_SHA256), (struct sl_span){ signed_digest, sizeof signed_digest })
           || sl_fail(err, SL_E_VERIFY, SL_LOC_NONE, "'%.200s' is not artifact '%.80s' of release %.80s %.80s", path,
                      artifact, statement->name, statement->version);
}

bool sealift_release_check_file(const struct sealift_release *release, const char *artifact, const char *path,
                                struct sealift_error *err)
{
    struct sl_err why = { 0 };
    return check_file(&release->statement, artifact, path, &why) || sealift_error_from(&why, err);
}
