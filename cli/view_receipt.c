#include "cli/view.h"

#include "core/text.h"

static void artifact(struct sl_console *c, const struct sl_release *r, size_t i)
{
    const struct sl_plan_artifact *a = &r->plan->artifacts[i];
    const struct sl_object *o = &r->stored.artifacts[i];
    char size[32], digest[2 * SL_SHA256_BYTES + 1];
    sl_size_put(size, sizeof size, a->size_bytes);
    sl_hex_put(digest, sizeof digest, sl_digests_get(&a->digests, SL_SHA256));
    sl_console_say(c, "%s%s%s  %s, %s", sl_console_style(c, SL_BOLD), a->name, sl_console_style(c, SL_PLAIN), size,
                   r->stored.uploaded[i] ? "uploaded" : "was stored already");
    sl_console_say(c, "  sha256   %s", digest);
    sl_console_say(c, "  signed   %s by key %s, keyid %.16s...", sl_algorithm_name(a->algorithm), a->key->name,
                   r->sealed.artifacts[i].keyid);
    sl_console_say(c, "  stored   s3://%s/%s", r->plan->bucket.name, a->object);
    sl_console_fold(c, 11, "  version  %s, confirmed by %s", o->version_id, sl_object_confirmed_name(o->confirmed_by));
}

static const char *standing(const struct sl_release *r)
{
    if (!r->changed)
        return "was published already; nothing was changed";
    for (size_t i = 0; i < r->plan->n_jobs; i++)
        if (r->seen.jobs[i].hold)
            return "is published to the stages that are open";
    return r->local ? "is published" : "is published to the sandbox";
}

bool sl_view_receipt(struct sl_console *c, const struct sl_release *r, struct sl_err *err)
{
    (void)err;
    sl_console_say(c, "%sRelease %s %s%s %s", sl_console_style(c, SL_BOLD), r->plan->release_name,
                   r->plan->release_version, sl_console_style(c, SL_PLAIN), standing(r));
    for (size_t i = 0; i < r->plan->n_artifacts; i++)
        artifact(c, r, i);
    for (size_t i = 0; i < r->plan->n_packages; i++)
        sl_console_fold(c, 9, "package  %s %s, %s", r->plan->packages[i].name, r->plan->packages[i].version,
                        r->cataloged.packages[i].created ? "published" : "was there already");
    for (size_t i = 0; i < r->plan->n_jobs; i++) {
        const struct sl_registered_job *j = &r->registered.jobs[i];
        if (!j->id) {
            sl_console_fold(c, 9, "waits    %s: %s", r->seen.jobs[i].id, r->seen.jobs[i].why);
            continue;
        }
        sl_console_fold(c, 9, "job      %s, %s", j->id, j->created ? "registered" : "was registered already");
        if (*j->unreported)
            sl_console_warn(c, "job '%s': the service did not tell of %s, so that could not be compared", j->id,
                            j->unreported);
    }
    sl_console_say(c, "plan     sha256:%s", r->plan->digest);
    if (r->local)
        sl_console_say(c, "receipt  %s/receipt.json", r->plan->state_dir);
    return true;
}

/* "waiting" is there only when a stage is. */
static bool add_waiting(const struct sl_release *r, size_t i, json_t *top, struct sl_err *err)
{
    const struct sl_seen_job *job = &r->seen.jobs[i];
    if (!job->hold)
        return true;
    if (!json_object_get(top, "waiting") && !sl_json_set(top, "waiting", json_array(), err))
        return false;
    return sl_json_push(
        json_object_get(top, "waiting"),
        json_pack("{s:s,s:s,s:s}", "jobId", job->id, "stage", r->plan->jobs[i].stage.name, "reason", job->why), err);
}

bool sl_view_receipt_json(const struct sl_release *r, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *top = json_object();
    json_t *receipt = NULL;
    if (!sl_json_parse(sl_buf_span(&r->held), "receipt.json", &receipt, err)
        || !sl_json_set(top, "receipt", receipt, err) || !sl_json_set(top, "changed", json_boolean(r->changed), err)
        || !sl_json_set(top, "planDigest", json_sprintf("sha256:%s", r->plan->digest), err))
        return false;
    if (r->local && !sl_json_set(top, "receiptFile", json_sprintf("%s/receipt.json", r->plan->state_dir), err))
        return false;
    for (size_t i = 0; i < r->plan->n_jobs; i++)
        if (!add_waiting(r, i, top, err))
            return false;
    *ret = top;
    top = NULL;
    return true;
}
