#include "manifests/priv/measured.h"

#include "core/file.h"
#include "core/pool.h"
#include "manifests/kmskey.h"
#include "manifests/priv/check.h"
#include "manifests/priv/packages.h"
#include "manifests/priv/parts.h"
#include "manifests/priv/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KMS_MAX_BYTES          4096u
#define TRUST_MAX_BYTES        ((size_t)1 << 20)
#define CERTIFICATES_MAX_BYTES ((size_t)64 << 10)
#define DOCUMENT_MAX_BYTES     ((size_t)1 << 20) /* of a file that holds a document, white space included */

void sl_measured_free(struct sl_measured *m)
{
    if (!m)
        return;
    for (size_t i = 0; m->bodies && i < m->from->n_jobs; i++)
        json_decref(m->bodies[i].value);
    for (size_t i = 0; m->schemas && i < m->from->n_jobs; i++)
        json_decref(m->schemas[i]);
    for (size_t i = 0; m->artifacts && i < m->from->asked.artifacts.n; i++)
        if (m->artifacts[i].owns_parts)
            free(m->artifacts[i].part_sha256);
    for (size_t i = 0; m->certificates && i < 2 * m->from->asked.keys.n; i++)
        sl_buf_clear(&m->certificates[i]);
    for (size_t i = 0; m->sboms && i < m->from->n_packages; i++)
        sl_buf_clear(&m->sboms[i]);
    sl_buf_clear(&m->trust);
    sl_arena_clear(&m->arena);
    free(m);
}

void sl_measured_freep(struct sl_measured **m)
{
    sl_measured_free(*m);
    *m = NULL;
}

/* The work of hashing: each distinct file once, with every digest any artifact needs of it. */
struct work {
    const struct sl_asked_artifact *asked;
    const struct sl_asked_multipart *multipart;
    struct sl_measured_artifact *artifacts;
    size_t *first;    /* for each artifact, the first with the same file */
    size_t *distinct; /* artifacts to hash */
    unsigned *want;   /* digests, by first artifact */
    struct sl_progress *progress;
};

/* KMS is sent what pure Ed25519 signs, all of it (KMS API reference, Sign: Message). */
static bool check_kms_size(const struct sl_asked *asked, const struct sl_asked_artifact *a, enum sl_algorithm alg,
                           uint64_t size, struct sl_err *err)
{
    const char *name = a->key.value ? a->key.value : asked->signing.key.value;
    const char *uri = sl_asked_key(asked, name)->uri.value;
    if (alg != SL_ALG_ED25519 || size <= KMS_MAX_BYTES || strncmp(uri, SL_KMSKEY_SCHEME, strlen(SL_KMSKEY_SCHEME)) != 0)
        return true;
    return sl_fail(err, SL_E_INPUT, a->file.loc,
                   "artifacts.%s.file: '%.160s' is larger than %u bytes, the most that KMS signs with ed25519: use "
                   "ed25519ph, which takes any size",
                   a->here.name, a->file.value, KMS_MAX_BYTES);
}

static bool check_size(const struct work *w, const struct sl_asked_artifact *a, enum sl_algorithm alg, uint64_t size,
                       struct sl_err *err)
{
    const char *name = a->here.name, *file = a->file.value;
    if (size == 0)
        return sl_fail(err, SL_E_INPUT, a->file.loc, "artifacts.%s.file: '%.200s' is empty", name, file);
    if (alg == SL_ALG_ED25519 && size > SL_ED25519_MAX_BYTES)
        return sl_fail(err, SL_E_INPUT, a->file.loc,
                       "artifacts.%s.file: '%.160s' is larger than 16 MiB, the most that is signed with ed25519: use "
                       "ed25519ph, which takes any size",
                       name, file);
    return sl_parts_check(w->multipart, size, name, a->file.loc, err);
}

/* A file that cannot be read is wrong input here, and its place is the manifest's. */
static bool cannot_read(const struct sl_asked_artifact *a, struct sl_err *err)
{
    if (err->code == SL_E_IO)
        err->code = SL_E_INPUT;
    err->loc = a->file.loc;
    return sl_while(err, a->file.loc, "artifacts.%s.file", a->here.name);
}

/* Says "hash app" where the digest would say the file's name. */
struct hashing {
    struct sl_progress progress;
    struct sl_progress *to;
    const char *artifact;
};

static void report(struct sl_progress *self, const char *file, uint64_t done_bytes, uint64_t total_bytes)
{
    const struct hashing *h = (const struct hashing *)(void *)self;
    char what[80];
    (void)file;
    (void)snprintf(what, sizeof what, "hash %.64s", h->artifact);
    sl_progress_report(h->to, what, done_bytes, total_bytes);
}

/* Room for the digests of the parts, when the file is sent in parts. In a task of its own, where no arena may be used. */
static bool make_parts(const struct work *w, uint64_t size_bytes, struct sl_measured_artifact *m, struct sl_err *err)
{
    m->part_bytes = sl_parts_size(w->multipart, size_bytes);
    m->n_parts = sl_parts_count(m->part_bytes, size_bytes);
    if (!m->n_parts)
        return true;
    m->part_sha256 = calloc(m->n_parts, SL_SHA256_BYTES);
    m->owns_parts = m->part_sha256 != NULL;
    return m->owns_parts || sl_fail_nomem(err);
}

static bool hash_one(void *ctx, size_t task, struct sl_err *err)
{
    struct work *w = ctx;
    size_t i = w->distinct[task];
    struct sl_measured_artifact *m = &w->artifacts[i];
    const struct sl_asked_artifact *a = &w->asked[i];
    struct hashing hashing = { { report, w->progress ? w->progress->interrupted : NULL }, w->progress, a->here.name };
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size;
    if (!sl_file_open(m->path, &fd, &size, err))
        return cannot_read(a, err);
    if (sl_file_is_pae(fd))
        return sl_fail(err, SL_E_INPUT, a->file.loc,
                       "artifacts.%s.file: '%.120s' begins with 'DSSEv1 ': its signature would also be that of a "
                       "statement or a trust file",
                       a->here.name, a->file.value);
    if (!check_size(w, a, m->algorithm, size, err) || !make_parts(w, size, m, err))
        return false;
    const struct sl_digest_parts parts = { m->part_bytes, m->part_sha256, m->n_parts };
    if (!sl_digest_parts(fd, a->file.value, w->want[i], &parts, &hashing.progress, &m->size_bytes, &m->digests, err))
        return cannot_read(a, err);
    return true;
}

static const char *path_of(struct sl_measured *m, const char *file, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    return sl_path_join(m->from->dir, file, &path, err) ? sl_arena_span(&m->arena, sl_buf_span(&path), err) : NULL;
}

static bool prepare(struct sl_measured *m, struct work *w, size_t *ret_distinct, struct sl_err *err)
{
    size_t n = m->from->asked.artifacts.n, n_distinct = 0;
    w->first = sl_arena_alloc(&m->arena, n, sizeof *w->first, err);
    w->distinct = w->first ? sl_arena_alloc(&m->arena, n, sizeof *w->distinct, err) : NULL;
    w->want = w->distinct ? sl_arena_alloc(&m->arena, n, sizeof *w->want, err) : NULL;
    if (!w->want)
        return false;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (strcmp(w->asked[k].file.value, w->asked[i].file.value) != 0)
            k++;
        w->first[i] = k;
        w->want[k] |= SL_HASH_BIT(SL_SHA256) | SL_HASH_BIT(sl_algorithm_hash(m->artifacts[i].algorithm));
        if (sl_formats_of(&m->from->asked, &w->asked[i]) & SL_FORMAT_BIT(SL_FORMAT_MINISIGN))
            w->want[k] |= SL_HASH_BIT(SL_BLAKE2B);
        m->artifacts[i].path = k == i ? sl_manifest_file_path(m->from, &w->asked[i], &m->arena, err)
                                      : m->artifacts[k].path;
        if (!m->artifacts[i].path)
            return false;
        if (k == i)
            w->distinct[n_distinct++] = i;
    }
    *ret_distinct = n_distinct;
    return true;
}

static bool hash_all(struct sl_measured *m, struct sl_progress *progress, struct sl_err *err)
{
    struct work w = { .asked = m->from->asked.artifacts.items,
                      .multipart = &m->from->asked.bucket.multipart,
                      .artifacts = m->artifacts,
                      .progress = progress };
    size_t n_distinct = 0;
    if (!prepare(m, &w, &n_distinct, err) || !sl_pool_run(n_distinct, hash_one, &w, err))
        return false;
    for (size_t i = 0; i < m->from->asked.artifacts.n; i++) {
        const struct sl_measured_artifact *from = &m->artifacts[w.first[i]];
        if (!check_size(&w, &w.asked[i], m->artifacts[i].algorithm, from->size_bytes, err)
            || !check_kms_size(&m->from->asked, &w.asked[i], m->artifacts[i].algorithm, from->size_bytes, err))
            return false;
        m->artifacts[i].size_bytes = from->size_bytes;
        m->artifacts[i].digests = from->digests;
        m->artifacts[i].part_bytes = from->part_bytes;
        m->artifacts[i].n_parts = from->n_parts;
        m->artifacts[i].part_sha256 = from->part_sha256;
    }
    return true;
}

/* A JSON file that a document names, as its member. */
static bool read_json(struct sl_measured *m, const struct sl_asked_job *job, const struct sl_field *file,
                      const char *member, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf bytes = { 0 };
    char at[SL_JOB_PATH_SIZE];
    const char *path = path_of(m, file->value, err);
    if (!path)
        return false;
    if (!sl_file_read(path, DOCUMENT_MAX_BYTES, &bytes, err)) {
        err->code = err->code == SL_E_IO ? SL_E_INPUT : err->code;
        return sl_while(err, file->loc, "%s.document.%s", sl_check_path(job, at), member);
    }
    /* A mistake in the JSON has its place there; path lives in the arena, which a failure frees. */
    return sl_json_parse(sl_buf_span(&bytes), file->value, ret, err);
}

/* The document of a job from its JSON file. */
static bool read_body(struct sl_measured *m, const struct sl_asked_job *job, struct sl_body *ret, struct sl_err *err)
{
    const struct sl_field *file = &job->document.file;
    SL_AUTO(sl_json_clear) json_t *value = NULL;
    if (!read_json(m, job, file, "file", &value, err))
        return false;
    if (!sl_body_from_json(m->from, job, value, &m->arena, ret, err))
        return sl_while(err, file->loc, "'%.100s'", file->value);
    return sl_document_check_role(job, ret->needs_role, err);
}

static bool read_bodies(struct sl_measured *m, struct sl_err *err)
{
    const struct sl_manifest *from = m->from;
    m->bodies = sl_arena_alloc(&m->arena, from->n_jobs, sizeof *m->bodies, err);
    m->schemas = m->bodies ? sl_arena_alloc(&m->arena, from->n_jobs, sizeof(json_t *), err) : NULL;
    if (!m->schemas)
        return false;
    for (size_t i = 0; i < from->n_jobs; i++) {
        const struct sl_field *schema = &from->jobs[i].document.schema;
        m->bodies[i] = from->facts[i].body;
        json_incref(m->bodies[i].value);
        if (from->jobs[i].document.file.value && !read_body(m, &from->jobs[i], &m->bodies[i], err))
            return false;
        if (schema->value && !read_json(m, &from->jobs[i], schema, "schema", &m->schemas[i], err))
            return false;
    }
    return true;
}

/* What is trusted belongs to what is approved; whether it is right is judged by those who know keys. */
static bool read_trust(struct sl_measured *m, struct sl_err *err)
{
    const struct sl_field *file = &m->from->asked.trust;
    if (!file->value)
        return true;
    const char *path = path_of(m, file->value, err);
    if (path && sl_file_read(path, TRUST_MAX_BYTES, &m->trust, err))
        return true;
    err->code = err->code == SL_E_IO ? SL_E_INPUT : err->code;
    err->loc = file->loc;
    return sl_while(err, file->loc, "trust");
}

/* PEM, which stands in documents as it is: text that JSON takes. */
static bool is_pem(struct sl_span text)
{
    bool found = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c > 0x7e)
            return false;
        found = found || sl_span_starts(sl_span_sub(text, i, text.len), "-----BEGIN CERTIFICATE-----");
    }
    return found;
}

static bool read_certificates(struct sl_plan_certificates *c, struct sl_buf *to, const char *what, const char *key,
                              struct sl_err *err)
{
    if (!c->file)
        return true;
    if (!sl_file_read(c->path, CERTIFICATES_MAX_BYTES, to, err)) {
        err->code = err->code == SL_E_IO ? SL_E_INPUT : err->code;
        err->loc = c->loc;
        return sl_while(err, c->loc, "keys.%s.%s", key, what);
    }
    c->bytes = sl_buf_span(to);
    return is_pem(c->bytes)
           || sl_fail(err, SL_E_INPUT, c->loc,
                      "keys.%s.%s: '%.120s' holds no certificate: PEM with '-----BEGIN CERTIFICATE-----' was expected",
                      key, what, c->file);
}

/* The manifest's keys, each with what accompanies it. */
static bool read_keys(struct sl_measured *m, struct sl_err *err)
{
    size_t n = m->from->asked.keys.n;
    m->keys = sl_arena_alloc(&m->arena, n, sizeof *m->keys, err);
    m->certificates = m->keys ? sl_arena_alloc(&m->arena, 2 * n, sizeof *m->certificates, err) : NULL;
    if (!m->certificates)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct sl_plan_key *key = &m->keys[i];
        *key = m->from->keys[i];
        if (!read_certificates(&key->certificate, &m->certificates[2 * i], "certificate", key->name, err)
            || !read_certificates(&key->chain, &m->certificates[2 * i + 1], "chain", key->name, err))
            return false;
    }
    return true;
}

/* What the manifest alone could not tell. */
static bool check_formats(const struct sl_measured *m, struct sl_err *err)
{
    const struct sl_asked_artifact *artifacts = m->from->asked.artifacts.items;
    for (size_t i = 0; i < m->from->asked.artifacts.n; i++)
        if (!sl_formats_fit(&m->from->asked, &artifacts[i], m->artifacts[i].algorithm, err))
            return false;
    return true;
}

static bool measure(struct sl_measured *m, const struct sl_key_facts *facts, struct sl_progress *progress,
                    struct sl_err *err)
{
    m->artifacts = sl_arena_alloc(&m->arena, m->from->asked.artifacts.n, sizeof *m->artifacts, err);
    return m->artifacts && sl_settle_artifacts(m, facts, err) && sl_settle_statement(m, facts, err)
           && check_formats(m, err) && read_keys(m, err) && read_bodies(m, err) && read_trust(m, err)
           && sl_packages_measure(m, err) && hash_all(m, progress, err);
}

bool sl_measure(const struct sl_manifest *manifest, const struct sl_key_facts *facts, struct sl_progress *progress,
                struct sl_measured **ret, struct sl_err *err)
{
    SL_AUTO(sl_measured_freep) struct sl_measured *m = calloc(1, sizeof *m);
    if (!m)
        return sl_fail_nomem(err);
    m->from = manifest;
    if (!measure(m, facts, progress, err))
        return false;
    *ret = m;
    m = NULL;
    return true;
}
