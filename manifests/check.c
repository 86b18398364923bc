#include "manifests/priv/check.h"

#include "manifests/kmskey.h"

#include "core/text.h"
#include "core/tpmkey.h"
#include "manifests/priv/scalar.h"
#include "manifests/priv/type.h"

#include <stdio.h>
#include <string.h>

/* Say that a name is not one of those in list, whose items begin with struct sl_here. */
static bool unknown_name(const struct sl_field *f, const char *what, const char *list_name, const struct sl_list *list,
                         size_t item_size, struct sl_err *err)
{
    const char *names[256];
    size_t n = 0;
    for (; n < list->n && n < 255; n++)
        names[n] = ((const struct sl_here *)(const void *)((const char *)list->items + n * item_size))->name;
    names[n] = NULL;
    const char *near = sl_nearest(f->value, names);
    return sl_fail(err, SL_E_INPUT, f->loc, "there is no %s '%s' in '%s'%s%s%s", what, f->value, list_name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool check_key_name(const struct sl_asked *asked, const struct sl_field *f, struct sl_err *err)
{
    if (!f->value || sl_asked_key(asked, f->value))
        return true;
    return unknown_name(f, "key", "keys", &asked->keys, sizeof(struct sl_asked_key), err);
}

/* Without signing.key the first artifact that has none stands for all of them. */
static bool check_artifact_keys(const struct sl_asked *asked, struct sl_mistakes *found, struct sl_err *err)
{
    const struct sl_asked_artifact *artifacts = asked->artifacts.items, *bare = NULL;
    for (size_t i = 0; i < asked->artifacts.n; i++) {
        const struct sl_asked_artifact *a = &artifacts[i];
        bool ok = check_key_name(asked, &a->key, err);
        if (!a->key.value && !asked->signing.key.value && !bare) {
            bare = a;
            ok = sl_fail(err, SL_E_INPUT, a->here.loc,
                         "nothing says which key signs '%s': state signing.key, or artifacts.%s.key", a->here.name,
                         a->here.name);
        }
        if (!sl_mistakes_pass(found, ok, err))
            return false;
    }
    return true;
}

static bool refuse_repeats(const struct sl_list *list, const char *what, struct sl_err *err)
{
    const struct sl_field *fields = list->items;
    for (size_t i = 0; i < list->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(fields[k].value, fields[i].value) == 0)
                return sl_fail(err, SL_E_INPUT, fields[i].loc, "%s: '%s' stands here a second time", what,
                               fields[i].value);
    return true;
}

static bool check_threshold(const struct sl_asked_statement *s, struct sl_err *err)
{
    size_t n = s->keys.set ? s->keys.n : 1;
    if (n > 1 && !s->threshold.set)
        return sl_fail(err, SL_E_INPUT, s->here.loc,
                       "signing.statement: with %zu keys 'threshold' must say how many of them have to sign", n);
    if (s->threshold.set && s->threshold.value > n)
        return sl_fail(err, SL_E_INPUT, s->threshold.loc,
                       "signing.statement.threshold: %u signatures cannot come from %zu key%s",
                       (unsigned)s->threshold.value, n, n == 1 ? "" : "s");
    return true;
}

static bool check_statement(const struct sl_asked *asked, struct sl_mistakes *found, struct sl_err *err)
{
    const struct sl_asked_statement *s = &asked->signing.statement;
    const struct sl_field *keys = s->keys.items;
    if (!s->keys.set && !asked->signing.key.value)
        return sl_fail(err, SL_E_INPUT, asked->here.loc,
                       "nothing says who signs the release statement: state signing.key or signing.statement.keys");
    for (size_t i = 0; i < s->keys.n; i++)
        if (!sl_mistakes_pass(found, check_key_name(asked, &keys[i], err), err))
            return false;
    return sl_mistakes_pass(found, refuse_repeats(&s->keys, "signing.statement.keys", err), err)
           && check_threshold(s, err);
}

/* Amazon S3 user guide, "General purpose bucket naming rules", beyond length and characters. */
static bool check_bucket_name(const struct sl_field *f, struct sl_err *err)
{
    static const char *const starts[] = { "xn--", "sthree-", "amzn-s3-demo-" };
    static const char *const ends[] = { "-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3" };
    const char *name = f->value;
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(name, starts[i], strlen(starts[i])) == 0)
            return sl_fail(err, SL_E_INPUT, f->loc, "bucket.name: S3 reserves names that begin with '%s'", starts[i]);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (len > strlen(ends[i]) && strcmp(name + len - strlen(ends[i]), ends[i]) == 0)
            return sl_fail(err, SL_E_INPUT, f->loc, "bucket.name: S3 reserves names that end with '%s'", ends[i]);
    if (strstr(name, ".."))
        return sl_fail(err, SL_E_INPUT, f->loc, "bucket.name: '%s' holds two dots side by side", name);
    bool address = false;
    if (!sl_scalar_matches("^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+$", name, &address, err))
        return false;
    return !address || sl_fail(err, SL_E_INPUT, f->loc, "bucket.name: '%s' looks like an IP address", name);
}

/* Partitions without AWS IoT, whose hosts and ARNs this program does not know. */
static bool check_region(const struct sl_field *f, struct sl_err *err)
{
    static const char *const others[] = { "us-iso", "eu-iso", "eusc-" };
    for (size_t i = 0; f->value && i < sizeof others / sizeof *others; i++)
        if (strncmp(f->value, others[i], strlen(others[i])) == 0)
            return sl_fail(err, SL_E_INPUT, f->loc, "the Region '%s' lies in a partition without AWS IoT", f->value);
    return true;
}

/* A Region that came after this version is used as it is; so would be a slip of the hand. */
static bool doubt_region(struct sl_manifest *m, const struct sl_field *f, struct sl_err *err)
{
    const char *near = NULL;
    if (!f->value || sl_region_known(f->value, &near))
        return true;
    struct sl_err doubt = { 0 };
    (void)sl_fail(&doubt, SL_E_INPUT, f->loc, "'%s' is not a Region this version knows%s%s%s", f->value,
                  near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
    return sl_mistakes_pass(&m->doubts, false, &doubt) || doubt.code != SL_E_NOMEM || sl_fail_nomem(err);
}

bool sl_check_doubts(struct sl_manifest *m, struct sl_err *err)
{
    bool ok = doubt_region(m, &m->asked.bucket.region, err);
    for (size_t i = 0; ok && i < m->n_jobs; i++)
        ok = doubt_region(m, &m->jobs[i].region, err);
    return ok;
}

static bool check_prefix(const struct sl_field *prefix, struct sl_err *err)
{
    size_t len = prefix->value ? strlen(prefix->value) : 0;
    return len == 0 || prefix->value[len - 1] == '/'
           || sl_fail(err, SL_E_INPUT, prefix->loc,
                      "bucket.prefix: expected a prefix that ends with '/': write '%.100s/'", prefix->value);
}

static bool check_bucket(const struct sl_asked_bucket *b, struct sl_mistakes *found, struct sl_err *err)
{
    return sl_mistakes_pass(found, check_bucket_name(&b->name, err), err)
           && sl_mistakes_pass(found, check_region(&b->region, err), err)
           && sl_mistakes_pass(found, check_prefix(&b->prefix, err), err) && sl_storage_check(b, found, err);
}

static bool check_file(const struct sl_asked_artifact *a, struct sl_err *err)
{
    return !strstr(a->file.value, "{{")
           || sl_fail(err, SL_E_INPUT, a->file.loc,
                      "artifacts.%s.file: holds '{{', which marks a hole in job documents: rename the file",
                      a->here.name);
}

static bool check_files(const struct sl_asked *asked, struct sl_mistakes *found, struct sl_err *err)
{
    const struct sl_asked_artifact *artifacts = asked->artifacts.items;
    for (size_t i = 0; i < asked->artifacts.n; i++)
        if (!sl_mistakes_pass(found, check_file(&artifacts[i], err), err))
            return false;
    return true;
}

static bool wrong_algorithm(const struct sl_asked_key *key, const struct sl_field *algorithm, struct sl_err *err)
{
    return sl_fail(err, SL_E_INPUT, algorithm->loc,
                   "keys.%s: AWS Signer signs with ecdsa-p256-sha256 only, not with %s", key->here.name,
                   algorithm->value);
}

/* A profile signs what is stored, so no statement; and its certificate is what its signatures are verified with. */
static bool check_profile(const struct sl_asked *asked, const struct sl_asked_key *key, struct sl_err *err)
{
    static const char only[] = "ecdsa-p256-sha256";
    const struct sl_list *list = &asked->signing.statement.keys;
    const struct sl_field *names = list->set ? list->items : &asked->signing.key;
    size_t n = list->set ? list->n : 1;
    if (!sl_kmskey_check_profile(key->uri.value, key->uri.loc, err))
        return sl_while(err, key->uri.loc, "keys.%s", key->here.name);
    if (!key->certificate.value)
        return sl_fail(err, SL_E_INPUT, key->uri.loc,
                       "keys.%s: AWS Signer gives out no public key; state 'certificate', the file with the profile's "
                       "certificate",
                       key->here.name);
    if (key->algorithm.value && strcmp(key->algorithm.value, only) != 0)
        return wrong_algorithm(key, &key->algorithm, err);
    if (!key->algorithm.value && asked->signing.algorithm.value && strcmp(asked->signing.algorithm.value, only) != 0)
        return wrong_algorithm(key, &asked->signing.algorithm, err);
    for (size_t i = 0; i < n; i++)
        if (names[i].value && strcmp(names[i].value, key->here.name) == 0)
            return sl_fail(err, SL_E_INPUT, names[i].loc,
                           "keys.%s: AWS Signer signs stored artifacts, not statements; name another key in "
                           "signing.statement.keys",
                           key->here.name);
    return true;
}

static bool check_scheme(const struct sl_asked *asked, const struct sl_asked_key *key, struct sl_err *err)
{
    const struct sl_field *uri = &key->uri;
    struct sl_kmskey kms;
    if (key->chain.value && !key->certificate.value)
        return sl_fail(err, SL_E_INPUT, key->chain.loc,
                       "keys.%s.chain: the certificates of issuers go with the key's own: state keys.%s.certificate",
                       key->here.name, key->here.name);
    if (sl_kmskey_is_profile(uri->value))
        return check_profile(asked, key, err);
    if (strncmp(uri->value, SL_KMSKEY_SCHEME, strlen(SL_KMSKEY_SCHEME)) == 0)
        return sl_kmskey_parse(uri->value + strlen(SL_KMSKEY_SCHEME), uri->loc, &kms, err)
               || sl_while(err, uri->loc, "keys.%s", key->here.name);
    if (sl_tpmkey_is(uri->value))
        return sl_tpmkey_read(uri->value, uri->loc, &(struct sl_tpmkey){ 0 }, err)
               || sl_while(err, uri->loc, "keys.%s", key->here.name);
    return true; /* the other schemes that key URIs may have are checked where their keys are opened */
}

static bool check_schemes(const struct sl_asked *asked, struct sl_mistakes *found, struct sl_err *err)
{
    const struct sl_asked_key *keys = asked->keys.items;
    for (size_t i = 0; i < asked->keys.n; i++)
        if (!sl_mistakes_pass(found, check_scheme(asked, &keys[i], err), err))
            return false;
    return true;
}

bool sl_check_release(struct sl_manifest *m, struct sl_err *err)
{
    const struct sl_asked *asked = &m->asked;
    struct sl_mistakes *found = m->found;
    return sl_mistakes_pass(found, refuse_repeats(&asked->release.hardware, "release.hardware", err), err)
           && sl_mistakes_pass(found, check_key_name(asked, &asked->signing.key, err), err)
           && check_artifact_keys(asked, found, err) && sl_mistakes_pass(found, check_statement(asked, found, err), err)
           && check_bucket(&asked->bucket, found, err) && check_files(asked, found, err) && sl_object_keys(m, err)
           && check_schemes(asked, found, err) && sl_formats_check(asked, found, err);
}

const char *sl_check_path(const struct sl_asked_job *job, char ret[SL_JOB_PATH_SIZE])
{
    (void)snprintf(ret, SL_JOB_PATH_SIZE, "job%s%.64s", job->here.name[0] ? "s." : "", job->here.name);
    return ret;
}

static bool check_job_region(const struct sl_manifest *m, const struct sl_asked_job *job, const char *region,
                             struct sl_job_facts *facts, struct sl_err *err)
{
    const struct sl_field *f = job->region.value ? &job->region : &m->asked.bucket.region;
    if (!check_region(f, err))
        return false;
    if (region && region[0] && strcmp(region, f->value) != 0) {
        char shown[SL_SHOWN_SIZE];
        return sl_fail(err, SL_E_INPUT, f->loc,
                       "the job is in Region '%s', but --region or AWS_REGION says '%s': make them agree", f->value,
                       sl_shown_put(region, shown));
    }
    if (strcmp(sl_region_partition(f->value), sl_region_partition(m->asked.bucket.region.value)) != 0)
        return sl_fail(err, SL_E_INPUT, f->loc,
                       "the job's Region '%s' and the bucket's '%s' lie in different partitions", f->value,
                       m->asked.bucket.region.value);
    facts->region = f->value;
    return true;
}

static bool check_role(const struct sl_manifest *m, const struct sl_asked_job *job, const struct sl_job_facts *facts,
                       struct sl_err *err)
{
    const struct sl_field *role = &job->url.role, *guard = &m->asked.bucket.account;
    if (!role->value)
        return true;
    char at[SL_JOB_PATH_SIZE];
    (void)sl_check_path(job, at);
    const char *partition = sl_region_partition(facts->region), *account = sl_target_role_account(role->value);
    size_t len = strlen(partition);
    if (strncmp(role->value + 4, partition, len) != 0 || role->value[4 + len] != ':')
        return sl_fail(err, SL_E_INPUT, role->loc,
                       "%s.url.role: the Region '%s' needs a role ARN that begins with 'arn:%s:'", at, facts->region,
                       partition);
    if (guard->value && strncmp(account, guard->value, 12) != 0)
        return sl_fail(
            err, SL_E_INPUT, role->loc,
            "%s.url.role: the role belongs to account %.12s, but bucket.account is %s: a role cannot be passed "
            "across accounts",
            at, account, guard->value);
    return true;
}

static bool check_artifact_name(const struct sl_manifest *m, const struct sl_field *name, struct sl_err *err)
{
    return sl_asked_artifact(&m->asked, name->value)
           || unknown_name(name, "artifact", "artifacts", &m->asked.artifacts, sizeof(struct sl_asked_artifact), err);
}

static bool check_artifact_names(const struct sl_manifest *m, const struct sl_asked_job *job, struct sl_err *err)
{
    const struct sl_field *names = job->artifacts.items;
    for (size_t i = 0; i < job->artifacts.n; i++)
        if (!sl_mistakes_pass(m->found, check_artifact_name(m, &names[i], err), err))
            return false;
    char at[SL_JOB_PATH_SIZE + 16];
    size_t n = strlen(sl_check_path(job, at));
    (void)snprintf(at + n, sizeof at - n, ".artifacts");
    return refuse_repeats(&job->artifacts, at, err);
}

/* Of derived ids, what tells the jobs of a release apart. */
static bool same_name_in_id(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !(strchr(".-", *a) && strchr(".-", *b)))
            return false;
    return *a == *b;
}

static bool same_id(const struct sl_manifest *m, size_t i, size_t k)
{
    const char *mine = m->jobs[i].id.value, *other = m->jobs[k].id.value;
    if (!m->facts[k].region || strcmp(m->facts[k].region, m->facts[i].region) != 0 || !mine != !other)
        return false;
    return mine ? strcmp(mine, other) == 0 : same_name_in_id(m->facts[i].name, m->facts[k].name);
}

/* Ids are unique in an account and Region. */
static bool check_id(const struct sl_manifest *m, size_t i, struct sl_err *err)
{
    const struct sl_asked_job *job = &m->jobs[i];
    for (size_t k = 0; k < i; k++) {
        if (!same_id(m, i, k))
            continue;
        if (job->id.value)
            return sl_fail(err, SL_E_INPUT, job->id.loc, "jobs.%s.id: the job '%s' has the same id '%s'",
                           m->facts[i].name, m->facts[k].name, job->id.value);
        return sl_fail(err, SL_E_INPUT, job->here.loc,
                       "jobs.%s: its id would be that of the job '%s': give the job or the stage another name",
                       m->facts[i].name, m->facts[k].name);
    }
    return true;
}

/* Where the job is decides what its role, targets and id may be. */
static bool check_job(struct sl_manifest *m, size_t i, const char *region, struct sl_err *err)
{
    const struct sl_asked_job *job = &m->jobs[i];
    struct sl_job_facts *facts = &m->facts[i];
    struct sl_mistakes *found = m->found;
    if (!sl_mistakes_pass(found, check_job_region(m, job, region, facts, err), err))
        return false;
    bool placed = facts->region != NULL;
    return sl_mistakes_pass(found, !placed || check_role(m, job, facts, err), err)
           && sl_mistakes_pass(found, !placed || check_id(m, i, err), err)
           && sl_mistakes_pass(found, check_artifact_names(m, job, err), err)
           && (!placed || sl_target_arns(m, job, facts, err)) && sl_rollout_check(job, found, err)
           && sl_schedule_check(job, facts, found, err)
           && sl_mistakes_pass(found, sl_document_check(m, job, facts, err), err);
}

bool sl_check_jobs(struct sl_manifest *m, const char *region, struct sl_err *err)
{
    for (size_t i = 0; i < m->n_jobs; i++)
        if (!check_job(m, i, region, err))
            return false;
    return true;
}
