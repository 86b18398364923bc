#include "cli/view.h"

#include "cli/one_key.h"
#include "cli/view_job.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* What no second run makes again: a random salt, or the nonce of a service or token. */
static const char *repeatable(const struct sl_plan_artifact *a)
{
    bool ecdsa = a->algorithm == SL_ALG_ECDSA_P256_SHA256 || a->algorithm == SL_ALG_ECDSA_P384_SHA384;
    bool differs = sl_algorithm_randomized(a->algorithm)
                   || (ecdsa && (sl_one_key_is_remote(a->key->uri) || sl_one_key_is_in_token(a->key->uri)));
    return differs ? " (each signature differs)" : "";
}

static void formats(struct sl_console *c, const struct sl_plan_artifact *a)
{
    char list[64] = "";
    for (unsigned f = SL_FORMAT_RAW + 1; f < SL_FORMAT_COUNT; f++)
        if (a->formats & SL_FORMAT_BIT(f))
            (void)snprintf(list + strlen(list), sizeof list - strlen(list), ", %s", sl_format_name((enum sl_format)f));
    if (list[0])
        sl_console_say(c, "    formats raw%s", list);
}

static void artifacts(struct sl_console *c, const struct sl_plan *plan)
{
    int widest = 0;
    for (size_t i = 0; i < plan->n_artifacts; i++)
        if ((int)strlen(plan->artifacts[i].name) > widest)
            widest = (int)strlen(plan->artifacts[i].name);
    for (size_t i = 0; i < plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &plan->artifacts[i];
        char size[32], digest[2 * SL_SHA256_BYTES + 1];
        sl_size_put(size, sizeof size, a->size_bytes);
        sl_hex_put(digest, sizeof digest, sl_digests_get(&a->digests, SL_SHA256));
        sl_console_say(c, "  %-*s  %10s  %s, key %s%s", widest, a->name, size, sl_algorithm_name(a->algorithm),
                       a->key->name, repeatable(a));
        formats(c, a);
        sl_console_say(c, "    file    %s", a->file);
        sl_console_say(c, "    object  %s", a->object);
        sl_console_say(c, "    sha256  %s", digest);
        if (!a->parts.n)
            continue;
        sl_size_put(size, sizeof size, a->parts.part_bytes);
        sl_console_say(c, "    sent in %zu part%s of %s", a->parts.n, a->parts.n == 1 ? "" : "s", size);
    }
}

static void pairs(struct sl_console *c, const char *what, const struct sl_plan_pair *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sl_console_say(c, "  %s %s=%s", what, list[i].name, list[i].value);
}

static void bucket(struct sl_console *c, const struct sl_plan_bucket *b)
{
    const struct sl_plan_storage *s = &b->storage;
    sl_console_say(c, "%sBucket%s %s in %s", sl_console_style(c, SL_ACCENT), sl_console_style(c, SL_PLAIN), b->name,
                   b->region);
    if (s->sse_s3 || s->kms_key)
        sl_console_say(c, "  encrypted with %s%s", s->sse_s3 ? "S3's own keys" : "KMS key ",
                       s->sse_s3 ? "" : s->kms_key);
    if (s->lock_mode)
        sl_console_say(c, "  locked for %u day%s (%s)", s->lock_days, s->lock_days == 1 ? "" : "s", s->lock_mode);
    if (s->storage_class)
        sl_console_say(c, "  storage class %s", s->storage_class);
    pairs(c, "tag", s->tags, s->n_tags);
    pairs(c, "metadata", s->metadata, s->n_metadata);
}

static void packages(struct sl_console *c, const struct sl_plan *plan)
{
    for (size_t i = 0; i < plan->n_packages; i++) {
        const struct sl_plan_package *p = &plan->packages[i];
        if (i == 0)
            sl_console_say(c, "%sPackages%s", sl_console_style(c, SL_ACCENT), sl_console_style(c, SL_PLAIN));
        sl_console_say(c, "  %s %s in %s, artifact %s", p->name, p->version, p->region, p->artifact->name);
        if (p->sbom_key)
            sl_console_fold(c, 10, "    sbom  %s", p->sbom_key);
        for (size_t a = 0; a < p->n_attributes; a++)
            sl_console_fold(c, 10, "    with  %s=%s", p->attributes[a].name, p->attributes[a].value);
    }
}

static void statement(struct sl_console *c, const struct sl_plan *plan)
{
    for (size_t i = 0; i < plan->n_statement_keys; i++)
        sl_console_say(c, "  statement signed by key %s", plan->statement_keys[i]->name);
    sl_console_say(c, "  threshold %zu of %zu", plan->statement_threshold, plan->n_statement_keys);
}

static bool job(struct sl_console *c, const struct sl_plan *plan, const struct sl_plan_job *j, unsigned attempt,
                struct sl_err *err)
{
    char id[SL_JOB_ID_SIZE];
    if (!sl_plan_job_id(plan, j, attempt, id, err))
        return false;
    sl_console_say(c, "  %s%s%s in %s", sl_console_style(c, SL_BOLD), id, sl_console_style(c, SL_PLAIN), j->region);
    for (size_t i = 0; i < j->n_targets; i++)
        sl_console_say(c, "    target  %s", j->targets[i]);
    if (*j->role)
        sl_console_say(c, "    role    %s", j->role);
    if (j->n_artifacts > 0)
        sl_console_say(c, "    URLs    valid %u s, %s", (unsigned)j->url_timeout_seconds,
                       j->pinned ? "pinned to the stored version" : "not pinned (v1)");
    sl_view_job_settings(c, j);
    return true;
}

static void release_line(struct sl_console *c, const struct sl_plan *plan)
{
    sl_console_say(c, "%sRelease %s %s%s", sl_console_style(c, SL_BOLD), plan->release_name, plan->release_version,
                   sl_console_style(c, SL_PLAIN));
    if (plan->rollback_from[0])
        sl_console_say(c, "  rolls back from %s", plan->rollback_from);
    for (size_t i = 0; i < plan->n_hardware; i++)
        sl_console_say(c, "  for hardware %s", plan->hardware[i]);
}

bool sl_view_plan(struct sl_console *c, const struct sl_plan *plan, unsigned attempt, struct sl_err *err)
{
    release_line(c, plan);
    sl_console_say(c, "Plan sha256:%s", plan->digest);
    sl_console_say(c, "%sArtifacts%s", sl_console_style(c, SL_ACCENT), sl_console_style(c, SL_PLAIN));
    artifacts(c, plan);
    statement(c, plan);
    bucket(c, &plan->bucket);
    packages(c, plan);
    sl_console_say(c, "%sJobs%s", sl_console_style(c, SL_ACCENT), sl_console_style(c, SL_PLAIN));
    for (size_t i = 0; i < plan->n_jobs; i++)
        if (!job(c, plan, &plan->jobs[i], attempt, err))
            return false;
    return true;
}
