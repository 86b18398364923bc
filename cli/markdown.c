#include "cli/markdown.h"

#include "core/text.h"

#include <stdlib.h>
#include <string.h>

/* Text in a code span, also in a table. */
static bool code(struct sl_buf *b, const char *text, struct sl_err *err)
{
    bool ok = sl_buf_add_char(b, '`', err);
    if (!text || !*text)
        return ok && sl_buf_add_str(b, " `", err);
    for (struct sl_span rest = sl_span_str(text); ok && rest.len > 0;) {
        bool show = true;
        size_t n = sl_safe_next(rest, &show);
        char c = (char)rest.ptr[0];
        if (!show)
            ok = sl_buf_add_char(b, '?', err);
        else if (c == '|')
            ok = sl_buf_add_str(b, "\\|", err);
        else
            ok = c == '`' ? sl_buf_add_char(b, '\'', err) : sl_buf_add(b, sl_span_sub(rest, 0, n), err);
        rest = sl_span_sub(rest, n, rest.len);
    }
    return ok && sl_buf_add_char(b, '`', err);
}

/* One cell of a table. */
static bool cell(struct sl_buf *b, const char *text, struct sl_err *err)
{
    return sl_buf_add_str(b, "| ", err) && (!text || !*text || code(b, text, err)) && sl_buf_add_char(b, ' ', err);
}

static bool cell_size(struct sl_buf *b, const json_t *value, struct sl_err *err)
{
    char size[32];
    sl_size_put(size, sizeof size, (uint64_t)json_integer_value(value));
    return sl_buf_addf(b, err, "| %s ", size);
}

static bool end_row(struct sl_buf *b, struct sl_err *err)
{
    return sl_buf_add_str(b, "|\n", err);
}

/* The first line of a table: names between bars. */
static bool columns(struct sl_buf *b, const char *names, struct sl_err *err)
{
    bool ok = sl_buf_addf(b, err, "\n%s\n", names);
    for (const char *c = names; ok && *c; c++)
        if (*c == '|')
            ok = sl_buf_add_str(b, c[1] ? "|---" : "|\n", err);
    return ok;
}

bool sl_markdown_head(const char *verb, int status, struct sl_buf *b, struct sl_err *err)
{
    if (status == 0)
        return sl_buf_addf(b, err, "### sealift %s\n\n", verb);
    return sl_buf_addf(b, err, "### sealift %s: exit status %d\n\n", verb, status);
}

bool sl_markdown_failure(const char *level, const struct sl_err *what, struct sl_buf *b, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf place = { 0 };
    if (what->loc.line
        && !sl_buf_addf(&place, err, "%s:%u:%u", what->loc.file ? what->loc.file : "input", what->loc.line,
                        what->loc.col))
        return false;
    return sl_buf_addf(b, err, "- **%s** ", level)
           && (!place.len || (code(b, sl_buf_str(&place), err) && sl_buf_add_char(b, ' ', err)))
           && code(b, what->msg, err) && sl_buf_add_char(b, '\n', err);
}

static bool title(const json_t *release, const char *what, struct sl_buf *b, struct sl_err *err)
{
    const char *name = sl_json_str(release, "name"), *version = sl_json_str(release, "version");
    return sl_buf_addf(b, err, "\n%s ", what) && code(b, name ? name : "", err) && sl_buf_add_char(b, ' ', err)
           && code(b, version ? version : "", err);
}

static bool planned_artifacts(const json_t *plan, struct sl_buf *b, struct sl_err *err)
{
    const json_t *list = json_object_get(plan, "artifacts");
    if (!columns(b, "| artifact | file | size | SHA-256 | signed by | object |", err))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *a = json_array_get(list, i);
        SL_AUTO(sl_buf_clear) struct sl_buf by = { 0 };
        const char *key = sl_json_str(a, "key"), *algorithm = sl_json_str(a, "algorithm");
        if (!sl_buf_addf(&by, err, "%s, %s", key ? key : "?", algorithm ? algorithm : "?")
            || !cell(b, sl_json_str(a, "name"), err) || !cell(b, sl_json_str(a, "file"), err)
            || !cell_size(b, json_object_get(a, "size"), err) || !cell(b, sl_json_str(a, "sha256"), err)
            || !cell(b, sl_buf_str(&by), err) || !cell(b, sl_json_str(a, "object"), err) || !end_row(b, err))
            return false;
    }
    return true;
}

/* The job document, to be unfolded. */
static bool document(const json_t *job, struct sl_buf *b, struct sl_err *err)
{
    const json_t *value = json_object_get(job, "document");
    char *text = value ? json_dumps(value, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;
    bool ok = !text
              || sl_buf_addf(b, err, "\n<details><summary>job document</summary>\n\n```json\n%s\n```\n\n</details>\n",
                             text);
    free(text);
    return ok;
}

static bool planned_jobs(const json_t *plan, struct sl_buf *b, struct sl_err *err)
{
    const json_t *list = json_object_get(plan, "jobs");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *job = json_array_get(list, i), *targets = sl_json_at(job, "body.targets");
        const char *name = sl_json_str(job, "name"), *id = sl_json_str(job, "id");
        const char *role = sl_json_str(job, "body.presignedUrlConfig.roleArn");
        if (!sl_buf_add_str(b, "\nJob ", err)
            || !code(b,
                     id     ? id
                     : name ? name
                            : "job",
                     err)
            || !sl_buf_add_str(b, " for", err))
            return false;
        for (size_t t = 0; t < json_array_size(targets); t++)
            if (!sl_buf_add_char(b, ' ', err) || !code(b, json_string_value(json_array_get(targets, t)), err))
                return false;
        if ((role && (!sl_buf_add_str(b, ", downloads by role ", err) || !code(b, role, err)))
            || !sl_buf_add_str(b, ".\n", err) || !document(job, b, err))
            return false;
    }
    return true;
}

/* What publish would do, and what is there already. */
static bool steps(const json_t *observed, struct sl_buf *b, struct sl_err *err)
{
    const json_t *list = json_object_get(observed, "steps");
    if (!list)
        return true;
    if (!columns(b, "| step | what | now |", err))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *s = json_array_get(list, i);
        const char *detail = sl_json_str(s, "detail");
        bool there = json_is_true(json_object_get(s, "exists"));
        if (!cell(b, sl_json_str(s, "step"), err) || !cell(b, sl_json_str(s, "name"), err)
            || !sl_buf_addf(b, err, "| %s ", there ? "exists" : "to be done")
            || (detail && *detail && (!sl_buf_add_char(b, ' ', err) || !code(b, detail, err))) || !end_row(b, err))
            return false;
    }
    return true;
}

/* What the role or a service is found to lack. */
static bool findings(const json_t *list, struct sl_buf *b, struct sl_err *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *f = json_array_get(list, i);
        const char *verdict = sl_json_str(f, "verdict"), *remedy = sl_json_str(f, "remedy");
        if (!verdict || strcmp(verdict, "holds") == 0)
            continue;
        if (!sl_buf_addf(b, err, "\n- **%s** ", verdict) || !code(b, sl_json_str(f, "finding"), err)
            || (remedy && *remedy && (!sl_buf_add_str(b, ": ", err) || !code(b, remedy, err)))
            || !sl_buf_add_char(b, '\n', err))
            return false;
    }
    return true;
}

static bool plan_answer(const json_t *answer, const json_t *plan, struct sl_buf *b, struct sl_err *err)
{
    const json_t *observed = json_object_get(answer, "observed");
    return title(json_object_get(plan, "release"), "Release", b, err) && sl_buf_add_str(b, ", plan ", err)
           && code(b, sl_json_str(answer, "planDigest"), err) && sl_buf_add_char(b, '\n', err)
           && planned_artifacts(plan, b, err) && planned_jobs(plan, b, err) && steps(observed, b, err)
           && findings(json_object_get(observed, "role"), b, err);
}

static bool stored_artifacts(const json_t *receipt, struct sl_buf *b, struct sl_err *err)
{
    const char *name, *bucket = sl_json_str(receipt, "bucket.name");
    json_t *a;
    if (!columns(b, "| artifact | size | SHA-256 | signed by | stored as | version |", err))
        return false;
    json_object_foreach(json_object_get(receipt, "artifacts"), name, a)
    {
        SL_AUTO(sl_buf_clear) struct sl_buf by = { 0 }, where = { 0 };
        const char *algorithm = sl_json_str(a, "signature.algorithm"), *keyid = sl_json_str(a, "signature.keyid");
        const char *object = sl_json_str(a, "object");
        if (!sl_buf_addf(&by, err, "%.16s..., %s", keyid ? keyid : "?", algorithm ? algorithm : "?")
            || !sl_buf_addf(&where, err, "s3://%s/%s", bucket ? bucket : "?", object ? object : "?")
            || !cell(b, name, err) || !cell_size(b, json_object_get(a, "size"), err)
            || !cell(b, sl_json_str(a, "sha256"), err) || !cell(b, sl_buf_str(&by), err)
            || !cell(b, sl_buf_str(&where), err) || !cell(b, sl_json_str(a, "versionId"), err) || !end_row(b, err))
            return false;
    }
    return true;
}

static bool registered_jobs(const json_t *receipt, struct sl_buf *b, struct sl_err *err)
{
    const char *name;
    json_t *job;
    if (!columns(b, "| job | Region | document SHA-256 | download role |", err))
        return false;
    json_object_foreach(json_object_get(receipt, "jobs"), name,
                        job) if (!cell(b, sl_json_str(job, "id"), err) || !cell(b, sl_json_str(job, "region"), err)
                                 || !cell(b, sl_json_str(job, "document.sha256"), err)
                                 || !cell(b, sl_json_str(job, "role"), err) || !end_row(b, err)) return false;
    return true;
}

static bool devices(const json_t *list, struct sl_buf *b, struct sl_err *err)
{
    if (!list)
        return true;
    if (!columns(b, "| simulated device | result | expected | why |", err))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *d = json_array_get(list, i);
        if (!cell(b, sl_json_str(d, "thing"), err) || !cell(b, sl_json_str(d, "result"), err)
            || !cell(b, sl_json_str(d, "expected"), err) || !cell(b, sl_json_str(d, "reason"), err) || !end_row(b, err))
            return false;
    }
    return true;
}

static bool receipt_answer(const json_t *answer, const json_t *receipt, struct sl_buf *b, struct sl_err *err)
{
    const json_t *fleet = json_object_get(answer, "devices");
    const char *what = fleet                                              ? "Rehearsed"
                       : json_is_true(json_object_get(answer, "changed")) ? "Published"
                                                                          : "Published already, nothing was changed:";
    return title(json_object_get(receipt, "release"), what, b, err) && sl_buf_add_str(b, ", plan ", err)
           && code(b, sl_json_str(answer, "planDigest"), err) && sl_buf_add_char(b, '\n', err)
           && stored_artifacts(receipt, b, err) && registered_jobs(receipt, b, err) && devices(fleet, b, err);
}

/* Anything else, such as what verify found, as the JSON it is. */
static bool other(const json_t *answer, struct sl_buf *b, struct sl_err *err)
{
    char *text = json_dumps(answer, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    bool ok = text ? sl_buf_addf(b, err, "\n```json\n%s\n```\n", text) : sl_fail_nomem(err);
    free(text);
    return ok;
}

bool sl_markdown_answer(const json_t *answer, struct sl_buf *b, struct sl_err *err)
{
    const json_t *plan = json_object_get(answer, "plan"), *receipt = json_object_get(answer, "receipt");
    if (json_object_get(answer, "error"))
        return true; /* told as a failure already */
    if (plan)
        return plan_answer(answer, plan, b, err);
    if (json_is_object(receipt))
        return receipt_answer(answer, receipt, b, err);
    if (json_object_get(answer, "correct"))
        return sl_buf_add_str(b, "\n- ", err) && code(b, sl_json_str(answer, "manifest"), err)
               && sl_buf_add_str(b, " is correct\n", err);
    return other(answer, b, err);
}
