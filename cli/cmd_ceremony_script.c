/* sealift ceremony script: the paper that a ceremony goes by. */
#include "cli/ceremony_view.h"
#include "cli/tool.h"
#include "core/file.h"
#include "core/text.h"

#include <string.h>

/* The paper being written: every line is plain text; HTML escapes it and sets it in boxes of its own. */
struct paper {
    struct sl_buf text;
    bool html;
    unsigned minute;
};

static bool escaped(struct paper *p, const char *s, struct sl_err *err)
{
    if (!p->html)
        return sl_buf_add_str(&p->text, s, err);
    for (; *s; s++) {
        const char *as = *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : *s == '&' ? "&amp;" : *s == '"' ? "&quot;" : NULL;
        if (!(as ? sl_buf_add_str(&p->text, as, err) : sl_buf_add_char(&p->text, *s, err)))
            return false;
    }
    return true;
}

static bool wrapped(struct paper *p, const char *open, const char *s, const char *close, struct sl_err *err)
{
    return sl_buf_add_str(&p->text, p->html ? open : "", err) && escaped(p, s, err)
           && sl_buf_add_str(&p->text, p->html ? close : "\n", err);
}

static bool heading(struct paper *p, const char *s, struct sl_err *err)
{
    return wrapped(p, "<h2>", s, "</h2>\n", err) && sl_buf_add_str(&p->text, p->html ? "" : "\n", err);
}

static bool block(struct paper *p, const char *s, struct sl_err *err)
{
    return wrapped(p, "<pre>", s, "</pre>\n", err);
}

/* A step with its minute, a box to tick, and a line for the time it was done. */
static bool step(struct paper *p, unsigned minutes, const char *who, const char *what, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf line = { 0 };
    if (!sl_buf_addf(&line, err, "%02u:%02u  [ ]  %s: ", p->minute / 60, p->minute % 60, who))
        return false;
    size_t indent = 12;
    if (!sl_fold_add(&line, what, indent, line.len, 78, err)
        || !sl_buf_addf(&line, err, "%*sdone at ____:____\n", (int)indent, ""))
        return false;
    p->minute += minutes;
    return block(p, sl_buf_str(&line), err);
}

static bool begin(struct paper *p, const struct sl_ceremony *c, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf title = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf summary = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf shown = { 0 };
    if (!sl_buf_addf(&title, err, "Signing ceremony %u: %s %s%s", (unsigned)c->number, c->plan.release_name,
                     c->plan.release_version, c->rehearsal ? " (REHEARSAL)" : "")
        || !sl_safe_add(&shown, sl_buf_span(&title), 200, err) || !sl_ceremony_view_summary(c, &summary, err))
        return false;
    if (p->html
        && !sl_buf_add_str(&p->text,
                           "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
                           "<title>Signing ceremony</title>\n<style>body{font-family:serif;max-width:48em;margin:auto}"
                           "pre{page-break-inside:avoid;white-space:pre-wrap}</style></head>\n<body>\n",
                           err))
        return false;
    return wrapped(p, "<h1>", sl_buf_str(&shown), "</h1>\n", err)
           && block(p, "Date ______________   Place __________________   Witness ___________________", err)
           && heading(p, "What is signed", err) && block(p, sl_buf_str(&summary), err);
}

static bool words(struct paper *p, const struct sl_ceremony *c, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf plan = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf request = { 0 };
    return heading(p, "To read aloud: the plan", err) && sl_ceremony_view_words(c->plan.digest, 2, &plan, err)
           && block(p, sl_buf_str(&plan), err) && heading(p, "To read aloud: the request", err)
           && sl_ceremony_view_words(c->digest, 2, &request, err) && block(p, sl_buf_str(&request), err);
}

static bool signer_steps(struct paper *p, const struct sl_ceremony_signer *s, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf sign = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf back = { 0 };
    return step(p, 1, s->name, "starts the machine that has no network, and plugs in the stick.", err)
           && sl_buf_addf(&sign, err, "types: sealift-signer ceremony sign --key KEY -o %s.response.json request.json",
                          s->name)
           && step(p, 1, s->name, sl_buf_str(&sign), err)
           && step(
               p, 3, s->name,
               "reads the words of the plan aloud from the screen; everyone compares them with this paper; one that "
               "differs ends the ceremony.",
               err)
           && step(p, 1, s->name, "answers yes, and enters the passphrase or PIN unseen.", err)
           && sl_buf_addf(&back, err, "checks that %s.response.json is on the stick, and hands it back.", s->name)
           && step(p, 1, s->name, sl_buf_str(&back), err);
}

static bool body(struct paper *p, const struct sl_ceremony *c, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf open = { 0 };
    if (!heading(p, "Opening", err)
        || !step(p, 2, "Leader", "names everyone present, and reads the summary above aloud.", err)
        || !sl_buf_addf(&open, err, "types: sha256sum request.json, and everyone compares the digest: %s", c->digest)
        || !step(p, 3, "Leader", sl_buf_str(&open), err)
        || !step(p, 1, "Leader", "copies request.json and sealift-signer to an empty stick.", err))
        return false;
    for (size_t i = 0; i < c->n; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf title = { 0 };
        const struct sl_ceremony_signer *s = &c->signers[i];
        if (!sl_buf_addf(&title, err, "%s%s", s->name, s->n_artifacts ? ", whose signature must be there" : "")
            || !heading(p, sl_buf_str(&title), err) || !signer_steps(p, s, err))
            return false;
    }
    return true;
}

static bool closing(struct paper *p, const struct sl_ceremony *c, struct sl_err *err)
{
    if (!heading(p, "Closing", err)
        || !step(p, 2, "Leader", "types: sealift ceremony combine request.json *.response.json", err)
        || !step(
            p, 2, "Witness",
            "types, on another machine: sealift-signer ceremony verify --key FILE ... transcript.json, with the public "
            "keys that were brought.",
            err)
        || !step(p, 1, "Leader", "writes down the transcript's digest: ______________________________________________",
                 err)
        || !step(p, 1, "Leader", "wipes the stick; keeps transcript.json where the next ceremony will find it.", err)
        || !heading(p, "Signatures of those present", err))
        return false;
    for (size_t i = 0; i < c->n; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf line = { 0 };
        if (!sl_buf_addf(&line, err, "%-16s ______________________________  keyid %.16s...", c->signers[i].name,
                         c->signers[i].pub.keyid)
            || !block(p, sl_buf_str(&line), err))
            return false;
    }
    return block(p, "Leader           ______________________________\nWitness          ______________________________",
                 err)
           && (!p->html || sl_buf_add_str(&p->text, "</body>\n</html>\n", err));
}

bool sl_cmd_ceremony_script(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(SL_CEREMONY_MAX_BYTES);
    SL_AUTO(sl_ceremony_clear) struct sl_ceremony r = { 0 };
    const char *path = c->args.positional[0], *out = sl_args_get(&c->args, SL_OPT_OUT, NULL);
    struct paper p = { .html = strcmp(sl_args_get(&c->args, SL_OPT_SCRIPT_FORMAT, "text"), "html") == 0 };
    bool ok = sl_file_read(path, SL_CEREMONY_MAX_BYTES, &text, err)
              && sl_ceremony_read(sl_buf_span(&text), path, &r, err) && begin(&p, &r, err) && words(&p, &r, err)
              && body(&p, &r, err) && closing(&p, &r, err)
              && (out ? sl_file_write(out, 0644, sl_buf_span(&p.text), err)
                      : sl_console_bytes(&c->console, sl_buf_span(&p.text), err));
    sl_buf_clear(&p.text);
    return ok;
}
