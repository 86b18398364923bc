#include "cli/ceremony_view.h"

#include "core/spoken.h"
#include "core/text.h"

#include <inttypes.h>
#include <string.h>

#define MOST_SHOWN 160u

static bool safe(struct sl_buf *b, const char *text, struct sl_err *err)
{
    return sl_safe_add(b, sl_span_str(text), MOST_SHOWN, err);
}

/* "label     ", with text of others behind it. */
static bool line(struct sl_buf *b, const char *label, const char *text, struct sl_err *err)
{
    return sl_buf_addf(b, err, "%-9s", label) && safe(b, text, err) && sl_buf_add_char(b, '\n', err);
}

bool sl_ceremony_view_words(const char *hex, unsigned indent, struct sl_buf *ret, struct sl_err *err)
{
    uint8_t bytes[SL_SHA256_BYTES];
    const struct sl_span all = { bytes, sizeof bytes };
    if (!sl_hex_get(sl_span_str(hex), bytes, sizeof bytes))
        return sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "a digest is malformed");
    for (size_t i = 0; i < all.len; i++) {
        bool first = i % SL_CEREMONY_WORDS_PER_LINE == 0, last = (i + 1) % SL_CEREMONY_WORDS_PER_LINE == 0;
        if (first && !sl_buf_addf(ret, err, "%*s%zu  ", (int)indent, "", i / SL_CEREMONY_WORDS_PER_LINE + 1))
            return false;
        if (!sl_buf_addf(ret, err, last ? "%s\n" : "%-13s", sl_spoken_word(all, i)))
            return false;
    }
    return true;
}

bool sl_ceremony_view_names(const struct sl_ceremony *c, const bool *flags, struct sl_buf *ret, struct sl_err *err)
{
    bool any = false;
    for (size_t i = 0; i < c->n; i++) {
        if (flags ? !flags[i] : !c->signers[i].statement)
            continue;
        if ((any && !sl_buf_add_str(ret, ", ", err)) || !safe(ret, c->signers[i].name, err))
            return false;
        any = true;
    }
    return true;
}

static bool add_release(const struct sl_ceremony *c, struct sl_buf *b, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_buf_addf(&text, err, "%s %s", c->plan.release_name, c->plan.release_version))
        return false;
    for (size_t i = 0; i < c->plan.n_hardware; i++)
        if (!sl_buf_addf(&text, err, "%s%s", i ? ", " : " for ", c->plan.hardware[i]))
            return false;
    if (!line(b, "release", sl_buf_str(&text), err))
        return false;
    return !c->plan.rollback_from[0] || line(b, "back from", c->plan.rollback_from, err);
}

static bool add_artifacts(const struct sl_ceremony *c, struct sl_buf *b, struct sl_err *err)
{
    for (size_t i = 0; i < c->plan.n_artifacts; i++) {
        const struct sl_plan_artifact *a = &c->plan.artifacts[i];
        char hex[2 * SL_SHA256_BYTES + 1];
        SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
        sl_hex_put(hex, sizeof hex, sl_digests_get(&a->digests, SL_SHA256));
        if (!sl_buf_addf(&text, err, "%s, %" PRIu64 " bytes, %s", a->name, a->size_bytes, a->file)
            || !line(b, "artifact", sl_buf_str(&text), err) || !line(b, "", hex, err))
            return false;
    }
    return true;
}

static bool add_jobs(const struct sl_ceremony *c, struct sl_buf *b, struct sl_err *err)
{
    const json_t *plan = json_object_get(c->value, "plan"), *jobs = json_object_get(plan, "jobs");
    SL_AUTO(sl_buf_clear) struct sl_buf bucket = { 0 };
    if (!sl_buf_addf(&bucket, err, "%s (%s)", sl_json_str(plan, "bucket.name"), sl_json_str(plan, "bucket.region"))
        || !line(b, "bucket", sl_buf_str(&bucket), err))
        return false;
    for (size_t i = 0; i < json_array_size(jobs); i++) {
        const json_t *targets = json_object_get(json_array_get(jobs, i), "targets");
        for (size_t t = 0; t < json_array_size(targets); t++) {
            const char *target = json_string_value(json_array_get(targets, t));
            if (target && !line(b, "goes to", target, err))
                return false;
        }
    }
    return true;
}

static bool add_history(const struct sl_ceremony *c, struct sl_buf *b, struct sl_err *err)
{
    if (!sl_buf_addf(b, err, "%-9snumber %" PRIu64 "%s\n", "ceremony", c->number,
                     c->rehearsal     ? ", a REHEARSAL: its statement is for nobody"
                     : c->previous[0] ? ""
                                      : ", the first"))
        return false;
    if (c->previous[0] && !sl_buf_addf(b, err, "%-9ssha256:%s\n", "follows", c->previous))
        return false;
    return !c->has_trust
           || sl_buf_addf(b, err, "%-9sversion %" PRIu64 ", expires %s\n", "trust", c->trust.version, c->trust.expires);
}

bool sl_ceremony_view_summary(const struct sl_ceremony *c, struct sl_buf *ret, struct sl_err *err)
{
    return add_release(c, ret, err) && add_artifacts(c, ret, err) && add_jobs(c, ret, err)
           && sl_buf_addf(ret, err, "%-9s%zu of ", "signers", c->threshold) && sl_ceremony_view_names(c, NULL, ret, err)
           && sl_buf_add_char(ret, '\n', err) && add_history(c, ret, err)
           && sl_buf_addf(ret, err, "%-9ssha256:%s\n", "request", c->digest)
           && sl_buf_addf(ret, err, "%-9ssha256:%s\n", "plan", c->plan.digest);
}

bool sl_ceremony_view(struct sl_console *console, const struct sl_ceremony *c, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    if (!sl_ceremony_view_summary(c, &text, err) || !sl_buf_add_str(&text, "the plan in words:\n", err)
        || !sl_ceremony_view_words(c->plan.digest, 2, &text, err))
        return false;
    for (const char *at = sl_buf_str(&text); *at; at += strcspn(at, "\n") + 1)
        sl_console_say(console, "%.*s", (int)strcspn(at, "\n"), at);
    return true;
}
