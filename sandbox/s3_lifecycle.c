/* Lifecycle rules, kept and given back; the sandbox lets nothing expire.
 * Source: S3 API reference, "PutBucketLifecycleConfiguration"; user guide, "Lifecycle configuration elements". */
#include "core/text.h"
#include "core/xml.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/s3.h"
#include "sandbox/priv/s3_schema.h"

#include <stdlib.h>
#include <string.h>

#define MAX_RULES     1000
#define MAX_ID_LENGTH 255
#define MAX_TAGS      10

static const char *const classes[] = { "GLACIER",      "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
                                       "DEEP_ARCHIVE", "GLACIER_IR",  NULL };
static const char *const states[] = { "Enabled", "Disabled", NULL };

#define END                                                                                                            \
    {                                                                                                                  \
        NULL, SL_S3_TEXT, 0, 0, NULL, NULL                                                                             \
    }
static const struct sl_s3_schema tag[] = { { "Key", SL_S3_TEXT, 1, 1, NULL, NULL },
                                           { "Value", SL_S3_TEXT, 1, 1, NULL, NULL },
                                           END };
static const struct sl_s3_schema both[] = { { "Prefix", SL_S3_TEXT, 0, 1, NULL, NULL },
                                            { "Tag", SL_S3_GROUP, 0, MAX_TAGS, NULL, tag },
                                            { "ObjectSizeGreaterThan", SL_S3_NUMBER, 0, 1, NULL, NULL },
                                            { "ObjectSizeLessThan", SL_S3_NUMBER, 0, 1, NULL, NULL },
                                            END };
static const struct sl_s3_schema filter[] = { { "Prefix", SL_S3_TEXT, 0, 1, NULL, NULL },
                                              { "Tag", SL_S3_GROUP, 0, 1, NULL, tag },
                                              { "ObjectSizeGreaterThan", SL_S3_NUMBER, 0, 1, NULL, NULL },
                                              { "ObjectSizeLessThan", SL_S3_NUMBER, 0, 1, NULL, NULL },
                                              { "And", SL_S3_GROUP, 0, 1, NULL, both },
                                              END };
static const struct sl_s3_schema expiration[] = { { "Date", SL_S3_DATE, 0, 1, NULL, NULL },
                                                  { "Days", SL_S3_NUMBER, 0, 1, NULL, NULL },
                                                  { "ExpiredObjectDeleteMarker", SL_S3_FLAG, 0, 1, NULL, NULL },
                                                  END };
static const struct sl_s3_schema transition[] = { { "Date", SL_S3_DATE, 0, 1, NULL, NULL },
                                                  { "Days", SL_S3_NUMBER, 0, 1, NULL, NULL },
                                                  { "StorageClass", SL_S3_TEXT, 1, 1, classes, NULL },
                                                  END };
static const struct sl_s3_schema old_transition[] = { { "NoncurrentDays", SL_S3_NUMBER, 1, 1, NULL, NULL },
                                                      { "NewerNoncurrentVersions", SL_S3_NUMBER, 0, 1, NULL, NULL },
                                                      { "StorageClass", SL_S3_TEXT, 1, 1, classes, NULL },
                                                      END };
static const struct sl_s3_schema old_expiration[] = { { "NoncurrentDays", SL_S3_NUMBER, 1, 1, NULL, NULL },
                                                      { "NewerNoncurrentVersions", SL_S3_NUMBER, 0, 1, NULL, NULL },
                                                      END };
static const struct sl_s3_schema giving_up[] = { { "DaysAfterInitiation", SL_S3_NUMBER, 1, 1, NULL, NULL }, END };
static const struct sl_s3_schema rule[] = { { "ID", SL_S3_TEXT, 0, 1, NULL, NULL },
                                            { "Prefix", SL_S3_TEXT, 0, 1, NULL, NULL },
                                            { "Filter", SL_S3_GROUP, 0, 1, NULL, filter },
                                            { "Status", SL_S3_TEXT, 1, 1, states, NULL },
                                            { "Expiration", SL_S3_GROUP, 0, 1, NULL, expiration },
                                            { "Transition", SL_S3_GROUP, 0, 10, NULL, transition },
                                            { "NoncurrentVersionTransition", SL_S3_GROUP, 0, 10, NULL, old_transition },
                                            { "NoncurrentVersionExpiration", SL_S3_GROUP, 0, 1, NULL, old_expiration },
                                            { "AbortIncompleteMultipartUpload", SL_S3_GROUP, 0, 1, NULL, giving_up },
                                            END };
static const struct sl_s3_schema configuration[] = { { "Rule", SL_S3_GROUP, 1, MAX_RULES, NULL, rule }, END };

static bool wrong(struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 400, "InvalidArgument", "%s", why);
}

static unsigned count_of(const struct sl_xml *e, const char *const *names)
{
    unsigned n = 0;
    for (; *names; names++)
        n += sl_xml_child(e, *names) != NULL;
    return n;
}

/* What must be greater than nothing, wherever it stands. */
static bool check_days(const struct sl_xml *e, struct sl_err *err)
{
    static const char *const positive[] = { "Days", "NoncurrentDays", "DaysAfterInitiation",
                                            "NewerNoncurrentVersions" };
    for (const struct sl_xml *c = e->child; c; c = c->next) {
        if (c->child && !check_days(c, err))
            return false;
        bool transitional = !strcmp(e->name, "Transition") || !strcmp(e->name, "NoncurrentVersionTransition");
        for (size_t i = 0; i < sizeof positive / sizeof *positive; i++)
            if (!strcmp(c->name, positive[i]) && strtoll(c->text, NULL, 10) < 1 && !transitional)
                return sl_refusal_make(err, 400, "InvalidArgument", "'%s' for %s action must be a positive integer",
                                       c->name, e->name);
    }
    return true;
}

static bool check_rule(const struct sl_xml *r, struct sl_err *err)
{
    static const char *const actions[] = { "Expiration",
                                           "Transition",
                                           "NoncurrentVersionTransition",
                                           "NoncurrentVersionExpiration",
                                           "AbortIncompleteMultipartUpload",
                                           NULL };
    static const char *const which[] = { "Prefix", "Filter", NULL }, *const when[] = { "Date", "Days", NULL };
    static const char *const ends[] = { "Date", "Days", "ExpiredObjectDeleteMarker", NULL };
    const char *id = sl_xml_text(r, "ID");
    const struct sl_xml *end = sl_xml_child(r, "Expiration"), *chosen = sl_xml_child(r, "Filter");
    if (count_of(r, which) != 1 || (end && count_of(end, ends) != 1)
        || (chosen && chosen->child && chosen->child->next))
        return sl_s3_schema_refuse(err);
    for (const struct sl_xml *t = sl_xml_child(r, "Transition"); t; t = sl_xml_again(t))
        if (count_of(t, when) != 1)
            return sl_s3_schema_refuse(err);
    if (id && sl_utf8_length(sl_span_str(id)) > MAX_ID_LENGTH)
        return wrong(err, "ID length should not exceed allowed limit of 255");
    if (!count_of(r, actions))
        return sl_refusal_make(err, 400, "InvalidRequest", "At least one action needs to be specified in a rule");
    return check_days(r, err);
}

static bool check_rules(const struct sl_xml *root, struct sl_err *err)
{
    for (const struct sl_xml *r = root->child; r; r = r->next) {
        const char *id = sl_xml_text(r, "ID");
        if (!check_rule(r, err))
            return false;
        for (const struct sl_xml *other = root->child; id && *id && other != r; other = other->next) {
            const char *before = sl_xml_text(other, "ID");
            if (before && !strcmp(before, id))
                return wrong(err, "Rule ID must be unique. Found same ID for more than one rule");
        }
    }
    return true;
}

/* A rule without an ID is given one. */
static bool copy_rules(struct sl_s3 *s, const struct sl_xml *root, struct sl_buf *b, struct sl_err *err)
{
    char id[SL_S3_VERSION_ID_SIZE];
    for (const struct sl_xml *r = root->child; r; r = r->next) {
        const char *given = sl_xml_text(r, "ID");
        if (!sl_buf_add_str(b, "<Rule>", err) || !sl_s3_version_new(id, err) || (!given && !sl_s3_xml(b, "ID", id, err))
            || !sl_s3_schema_copy(b, r, err) || !sl_buf_add_str(b, "</Rule>", err))
            return false;
    }
    s->x->status = 200;
    return true;
}

#define SMALLEST "x-amz-transition-default-minimum-object-size"

bool sl_s3_lifecycle_put(struct sl_s3 *s, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf rules = { 0 };
    const struct sl_xml *root;
    const char *smallest = sl_exchange_request_header(s->x, SMALLEST);
    smallest = smallest ? smallest : "all_storage_classes_128K";
    if (strcmp(smallest, "all_storage_classes_128K") != 0 && strcmp(smallest, "varies_by_storage_class") != 0)
        return wrong(err, "Invalid value for " SMALLEST);
    return sl_s3_integrity_require(s->x, err)
           && sl_s3_schema_read(s->x, "LifecycleConfiguration", configuration, &root, err) && check_rules(root, err)
           && copy_rules(s, root, &rules, err) && sl_s3_setting_put(s, "lifecycle", sl_buf_str(&rules), err)
           && sl_s3_setting_put(s, "lifecycle-smallest", smallest, err)
           && sl_exchange_header(s->x, SMALLEST, smallest, err);
}

bool sl_s3_lifecycle_get(struct sl_s3 *s, struct sl_err *err)
{
    const char *rules, *smallest;
    if (!sl_s3_setting_get(s, "lifecycle", &rules, err) || !sl_s3_setting_get(s, "lifecycle-smallest", &smallest, err))
        return false;
    if (!rules)
        return sl_exchange_fact(s->x, "BucketName", s->bucket, err)
               && sl_refusal_make(err, 404, "NoSuchLifecycleConfiguration",
                                  "The lifecycle configuration does not exist");
    return sl_exchange_header(s->x, SMALLEST, smallest, err)
           && sl_s3_setting_reply(s, "LifecycleConfiguration", rules, err);
}

bool sl_s3_lifecycle_delete(struct sl_s3 *s, struct sl_err *err)
{
    return sl_s3_setting_drop(s, "lifecycle", err);
}
