#include "publisher/priv/bucket.h"
#include "publisher/priv/look.h"
#include "publisher/priv/multipart.h"
#include "publisher/priv/query.h"

#include <string.h>

/* An artifact whose `object` lies elsewhere is not in the list of the release's own folder. */
static bool is_elsewhere(const struct sl_look *l, const struct sl_plan_artifact *artifact)
{
    return strncmp(artifact->object, l->listing_prefix, strlen(l->listing_prefix)) != 0;
}

static bool ask_lists(struct sl_look *l, struct sl_err *err)
{
    l->artifact_lists = sl_arena_alloc(l->seen->arena, l->plan->n_artifacts, sizeof *l->artifact_lists, err);
    if (!l->artifact_lists)
        return false;
    for (size_t i = 0; i < l->plan->n_artifacts; i++)
        if (is_elsewhere(l, &l->plan->artifacts[i])
            && !sl_listing_ask(&l->listing, l->batch, l->plan->artifacts[i].object, true, &l->artifact_lists[i], err))
            return false;
    return sl_listing_ask(&l->listing, l->batch, l->listing_prefix, false, &l->list, err);
}

bool sl_look_bucket_ask(struct sl_look *l, struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &l->plan->bucket;
    bool sure = bucket->conditional && !sl_multipart_unsure(l->plan, l->wire);
    l->listing = (struct sl_listing){ .bucket = bucket, .versions = !sure, .arena = l->seen->arena };
    l->listing_prefix = sl_arena_fmt(l->seen->arena, err, "%s%s/", bucket->prefix, l->plan->release_version);
    if (!l->listing_prefix)
        return false;
    struct sl_query_call caller = { .service = SL_STS, .action = "GetCallerIdentity", .region = bucket->region };
    l->has_caller = bucket->account[0] != '\0';
    if (l->has_caller && !sl_query_add(l->batch, &caller, &l->caller, err))
        return false;
    return sl_bucket_ask(l->batch, bucket, &l->versioning, err) && ask_lists(l, err);
}

/* The guard: whose credentials are these? Checked first, because with the wrong account every other refusal misleads. */
static bool read_caller(struct sl_look *l, struct sl_err *err)
{
    const struct sl_plan_bucket *bucket = &l->plan->bucket;
    l->seen->account = "";
    if (!bucket->account[0])
        return true;
    const struct sl_xml *root;
    if (!sl_query_xml(l->batch, l->caller, bucket->loc, &root, err))
        return false;
    const char *account = sl_xml_text(root, "GetCallerIdentityResult/Account");
    l->seen->account = sl_arena_str(l->seen->arena, account ? account : "", err);
    if (!l->seen->account)
        return false;
    if (!strcmp(l->seen->account, bucket->account))
        return true;
    return sl_fail(
        err, SL_E_DENIED, bucket->loc,
        "the credentials belong to account '%.20s', but bucket.account is '%s'; use credentials of that account",
        l->seen->account, bucket->account);
}

bool sl_look_bucket_read(struct sl_look *l, struct sl_err *err)
{
    if (!read_caller(l, err) || !sl_bucket_expect(l->batch, l->versioning, &l->plan->bucket, err))
        return false;
    for (size_t i = 0; i < l->plan->n_artifacts; i++) {
        const struct sl_plan_artifact *a = &l->plan->artifacts[i];
        if (is_elsewhere(l, a)
            && !sl_listing_read(&l->listing, l->batch, l->artifact_lists[i], a->object, true, l->wire, err))
            return false;
    }
    return sl_listing_read(&l->listing, l->batch, l->list, l->listing_prefix, false, l->wire, err);
}
