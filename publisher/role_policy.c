#include "publisher/role_policy.h"

#include <string.h>

bool sl_role_policy_sid(struct sl_buf *sid, const char *text, struct sl_err *err)
{
    bool begins = true;
    for (const char *p = text; *p; p++) {
        bool small = *p >= 'a' && *p <= 'z', digit = *p >= '0' && *p <= '9', capital = *p >= 'A' && *p <= 'Z';
        if ((small || digit || capital) && !sl_buf_add_char(sid, begins && small ? (char)(*p - 'a' + 'A') : *p, err))
            return false;
        begins = !small && !digit && !capital;
    }
    return true;
}

bool sl_role_policy_make(json_t *statements, json_t **ret, struct sl_err *err)
{
    *ret = json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
    return *ret || sl_fail_nomem(err);
}

json_t *sl_role_policy_texts(const char *const *list, size_t n, struct sl_err *err)
{
    json_t *array = NULL;
    if (n == 1) {
        array = json_string(list[0]);
        if (!array)
            (void)sl_fail_nomem(err);
        return array;
    }
    array = json_array();
    for (size_t i = 0; array && i < n; i++)
        if (!sl_json_push(array, json_string(list[i]), err)) {
            json_decref(array);
            return NULL;
        }
    if (!array)
        (void)sl_fail_nomem(err);
    return array;
}

static bool add_trust(const struct sl_wish *w, const char *region, json_t *statements, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf sid = { 0 }, source = { 0 };
    if (!sl_buf_add_str(&sid, "AwsIotJobs", err) || !sl_role_policy_sid(&sid, region, err)
        || !sl_buf_addf(&source, err, "arn:%s:iot:%s:%s:*", w->partition, region, w->account))
        return false;
    return sl_json_push(statements,
                        json_pack("{s:s, s:s, s:{s:s}, s:s, s:{s:{s:s}, s:{s:s}}}", "Sid", sl_buf_str(&sid), "Effect",
                                  "Allow", "Principal", "Service", SL_ROLE_POLICY_SERVICE, "Action", "sts:AssumeRole",
                                  "Condition", "StringEquals", "aws:SourceAccount", w->account, "ArnLike",
                                  "aws:SourceArn", sl_buf_str(&source)),
                        err);
}

bool sl_role_policy_trust(const struct sl_wish *w, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *statements = json_array();
    if (!statements)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < w->n_regions; i++)
        if (!add_trust(w, w->regions[i], statements, err))
            return false;
    return sl_role_policy_make(json_incref(statements), ret, err);
}

/* "Download" and what is downloaded: "DownloadAcmeFirmwareThermostat". */
static bool make_sid(const struct sl_wish *w, const char *verb, struct sl_buf *sid, struct sl_err *err)
{
    const char *bucket = strstr(w->resources[0], ":::");
    return sl_buf_add_str(sid, verb, err) && sl_role_policy_sid(sid, bucket ? bucket : "", err);
}

static bool add_download(const struct sl_wish *w, json_t *statements, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf sid = { 0 };
    json_t *resources = sl_role_policy_texts(w->resources, w->n_resources, err);
    if (!resources)
        return false;
    if (!make_sid(w, "Download", &sid, err)) {
        json_decref(resources);
        return false;
    }
    return sl_json_push(statements,
                        json_pack("{s:s, s:s, s:[s, s], s:o}", "Sid", sl_buf_str(&sid), "Effect", "Allow", "Action",
                                  "s3:GetObject", "s3:GetObjectVersion", "Resource", resources),
                        err);
}

/* A policy cannot name a key by its alias but in a condition. */
static bool add_decrypt(const struct sl_wish *w, json_t *statements, struct sl_err *err)
{
    SL_AUTO(sl_arena_clear) struct sl_arena arena = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf sid = { 0 };
    const char *alias, *key = sl_wish_key_arn(w, &alias, &arena, err);
    if (!key || !make_sid(w, "Decrypt", &sid, err))
        return false;
    json_t *statement = json_pack("{s:s, s:s, s:s, s:s}", "Sid", sl_buf_str(&sid), "Effect", "Allow", "Action",
                                  "kms:Decrypt", "Resource", key);
    if (!sl_json_push(statements, statement, err))
        return false;
    return !*alias
           || sl_json_set(statement, "Condition",
                          json_pack("{s:{s:s}}", "ForAnyValue:StringEquals", "kms:ResourceAliases", alias), err);
}

bool sl_role_policy_permissions(const struct sl_wish *w, json_t **ret, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *statements = json_array();
    if (!statements)
        return sl_fail_nomem(err);
    if (!add_download(w, statements, err) || (w->kms_key[0] && !add_decrypt(w, statements, err)))
        return false;
    return sl_role_policy_make(json_incref(statements), ret, err);
}
