#include "cli/manual.h"

#include "cli/env.h"
#include "core/text.h"
#include "generated/version.h"

#include <stdio.h>
#include <string.h>

bool sl_manual_page(const struct sl_tool *p, size_t i, struct sl_manual_page *ret)
{
    struct sl_manual_page page = { .section = 1, .verb = i > 0 ? sl_verb_get(p, i - 1) : NULL };
    if (page.verb) {
        (void)snprintf(page.name, sizeof page.name, "%s-%s", p->name, page.verb->name);
        for (char *c = page.name; *c; c++)
            *c = *c == ' ' ? '-' : *c;
    } else if (i == 0) {
        (void)snprintf(page.name, sizeof page.name, "%s", p->name);
    } else if (p->manifest && sl_verb_get(p, i - 2)) {
        (void)snprintf(page.name, sizeof page.name, "sealift.yaml");
        page.section = 5;
    } else {
        return false;
    }
    *ret = page;
    return true;
}

bool sl_manual_find(const struct sl_tool *p, const char *name, struct sl_manual_page *ret, struct sl_err *err)
{
    struct sl_manual_page page;
    const char *names[80];
    size_t skip = strlen(p->name) + 1, n = 0;
    for (size_t i = 0; sl_manual_page(p, i, &page); i++) {
        if (strcmp(page.name, name) == 0 || (page.verb && strcmp(page.name + skip, name) == 0)) {
            *ret = page;
            return true;
        }
        if (page.verb && n + 1 < sizeof names / sizeof *names)
            names[n++] = page.verb->name;
    }
    names[n] = NULL;
    const char *near = sl_nearest(name, names);
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "the manual has no page '%s'%s%s%s; '%s manual' lists them", name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "", p->name);
}

bool sl_manual_text(struct sl_buf *b, const char *text, struct sl_err *err)
{
    bool ok = true, begins = true;
    for (; ok && *text; text++) {
        static const struct {
            char c;
            const char *roff;
        } special[] = { { '\\', "\\e" },  { '-', "\\-" },   { '\'', "\\(aq" }, { '`', "\\(ga" },
                        { '^', "\\(ha" }, { '~', "\\(ti" }, { '"', "\\(dq" } };
        const char *roff = NULL;
        for (size_t i = 0; i < sizeof special / sizeof *special; i++)
            if (*text == special[i].c)
                roff = special[i].roff;
        if (begins && *text == '.' && !sl_buf_add_str(b, "\\&", err))
            return false;
        begins = *text == '\n';
        ok = roff ? sl_buf_add_str(b, roff, err) : sl_buf_add_char(b, *text, err);
    }
    return ok;
}

/* A macro with one argument: text that may hold blanks. */
static bool macro(struct sl_buf *b, const char *name, const char *text, struct sl_err *err)
{
    return sl_buf_addf(b, err, ".%s \"", name) && sl_manual_text(b, text, err) && sl_buf_add_str(b, "\"\n", err);
}

static bool paragraph(struct sl_buf *b, const char *text, struct sl_err *err)
{
    return sl_manual_text(b, text, err) && sl_buf_add_char(b, '\n', err);
}

bool sl_manual_term(struct sl_buf *b, const char *term, const char *text, struct sl_err *err)
{
    return sl_buf_add_str(b, ".TP\n", err) && macro(b, "B", term, err) && sl_manual_text(b, text, err)
           && sl_buf_add_char(b, '\n', err);
}

/* No date stands in it: the same source gives the same page. */
static bool head(const struct sl_manual_page *page, const char *purpose, struct sl_buf *b, struct sl_err *err)
{
    return sl_buf_addf(b, err, ".TH \"%s\" %u \"\" \"sealift %s\" \"sealift manual\"\n.nh\n.ad l\n.SH NAME\n",
                       page->name, page->section, SL_VERSION)
           && sl_manual_text(b, page->name, err) && sl_buf_add_str(b, " \\- ", err) && sl_manual_text(b, purpose, err)
           && sl_buf_add_char(b, '\n', err);
}

static bool option(const struct sl_option *o, struct sl_buf *b, struct sl_err *err)
{
    char term[128];
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    (void)snprintf(term, sizeof term, "%s%s%s%s%s", o->letter ? o->letter : "", o->letter ? ", " : "", o->name,
                   o->metavar ? " " : "", o->metavar ? o->metavar : "");
    if (!sl_buf_add_str(&text, o->help, err) || (o->choices && !sl_buf_addf(&text, err, " (%s)", o->choices))
        || (o->repeats && !sl_buf_add_str(&text, "; may be given again", err)))
        return false;
    return sl_manual_term(b, term, sl_buf_str(&text), err);
}

/* The options of a verb, its own or those it shares with others; v NULL: those of every verb of the program. */
static bool options(const struct sl_tool *p, const struct sl_verb *v, bool own, const char *title, struct sl_buf *b,
                    struct sl_err *err)
{
    bool any = false;
    for (int i = 0; i < SL_OPT_COUNT; i++) {
        enum sl_option_id id = (enum sl_option_id)i;
        const struct sl_option *o = sl_option_get(id);
        bool wanted = v ? sl_verb_heeds(p, v, id) : sl_tool_has(p, id);
        if (!wanted || (v && (o->scope == SL_SCOPE_OWN) != own))
            continue;
        if ((!any && !macro(b, "SH", title, err)) || !option(o, b, err))
            return false;
        any = true;
    }
    return true;
}

static bool exits(struct sl_buf *b, struct sl_err *err)
{
    const struct sl_exit_row *e;
    if (!macro(b, "SH", "EXIT STATUS", err))
        return false;
    for (size_t i = 0; (e = sl_exit_row(i)) != NULL; i++) {
        char status[16];
        (void)snprintf(status, sizeof status, "%d", (int)e->status);
        if (!sl_manual_term(b, status, e->meaning, err))
            return false;
    }
    return true;
}

static bool variables(const struct sl_tool *p, struct sl_buf *b, struct sl_err *err)
{
    const struct sl_env_row *row;
    if (!macro(b, "SH", "ENVIRONMENT", err))
        return false;
    for (size_t i = 0; (row = sl_env_row(i)) != NULL; i++)
        if ((row->offline || p->network) && !sl_manual_term(b, row->name, row->meaning, err))
            return false;
    return true;
}

static bool files(const struct sl_tool *p, struct sl_buf *b, struct sl_err *err)
{
    if (!p->manifest)
        return true;
    return macro(b, "SH", "FILES", err)
           && sl_manual_term(b, "sealift.yaml", "The manifest, when none is named; see sealift.yaml(5).", err)
           && sl_manual_term(
               b, ".sealift/<name>-<version>/",
               "Beside the manifest: the receipt, and the journal of an upload that was interrupted. Losing "
               "it costs time and nothing else.",
               err);
}

static bool reference(struct sl_buf *b, const char *name, unsigned section, bool last, struct sl_err *err)
{
    return sl_buf_add_str(b, ".BR \"", err) && sl_manual_text(b, name, err)
           && sl_buf_addf(b, err, "\" (%u)%s\n", section, last ? "" : ",");
}

static bool verb_list(const struct sl_tool *p, struct sl_buf *b, struct sl_err *err)
{
    struct sl_manual_page page;
    if (!macro(b, "SH", "VERBS", err))
        return false;
    for (size_t i = 1; sl_manual_page(p, i, &page); i++) {
        if (!page.verb)
            continue;
        SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
        if (!sl_buf_addf(&text, err, "%s; see %s(1).", page.verb->summary, page.name)
            || !sl_manual_term(b, page.verb->name, sl_buf_str(&text), err))
            return false;
    }
    return true;
}

static bool program_page(const struct sl_tool *p, const struct sl_manual_page *page, struct sl_buf *b,
                         struct sl_err *err)
{
    return head(page, p->tagline, b, err) && macro(b, "SH", "SYNOPSIS", err) && macro(b, "B", p->name, err)
           && sl_buf_add_str(b, "VERB [OPTION ...] [ARGUMENT ...]\n", err) && macro(b, "SH", "DESCRIPTION", err)
           && paragraph(b, p->purpose, err) && sl_buf_add_str(b, ".PP\n", err)
           && paragraph(
               b,
               "The answer goes to standard output, the conversation to standard error. Options that every verb "
               "takes may stand before the verb.",
               err)
           && verb_list(p, b, err) && options(p, NULL, false, "OPTIONS OF EVERY VERB", b, err) && exits(b, err)
           && variables(p, b, err) && files(p, b, err);
}

static bool synopsis(const struct sl_tool *p, const struct sl_verb *v, struct sl_buf *b, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf command = { 0 };
    return macro(b, "SH", "SYNOPSIS", err) && sl_buf_addf(&command, err, "%s %s", p->name, v->name)
           && macro(b, "B", sl_buf_str(&command), err) && sl_buf_add_str(b, "[OPTION ...] ", err)
           && sl_manual_text(b, v->arguments, err) && sl_buf_add_char(b, '\n', err);
}

static bool examples(const struct sl_tool *p, const struct sl_verb *v, struct sl_buf *b, struct sl_err *err)
{
    if (!macro(b, "SH", "EXAMPLES", err))
        return false;
    for (size_t i = 0; i < sizeof v->examples / sizeof *v->examples; i++) {
        SL_AUTO(sl_buf_clear) struct sl_buf command = { 0 };
        if (!sl_buf_addf(&command, err, "%s %s", p->name, v->examples[i])
            || !sl_buf_addf(b, err, "%s.RS 4\n.EX\n", i > 0 ? ".PP\n" : "")
            || !sl_manual_text(b, sl_buf_str(&command), err) || !sl_buf_add_str(b, "\n.EE\n.RE\n", err))
            return false;
    }
    return true;
}

static bool verb_page(const struct sl_tool *p, const struct sl_manual_page *page, struct sl_buf *b, struct sl_err *err)
{
    const struct sl_verb *v = page->verb;
    return head(page, v->summary, b, err) && synopsis(p, v, b, err) && macro(b, "SH", "DESCRIPTION", err)
           && paragraph(b, v->details, err) && options(p, v, true, "OPTIONS", b, err)
           && options(p, v, false, "SHARED OPTIONS", b, err) && examples(p, v, b, err)
           && macro(b, "SH", "SEE ALSO", err)
           && reference(b, p->name, 1, !(v->uses & SL_SCOPE_MANIFEST) || !p->manifest, err)
           && (!(v->uses & SL_SCOPE_MANIFEST) || !p->manifest || reference(b, "sealift.yaml", 5, true, err))
           && sl_buf_add_str(b, ".PP\n", err)
           && paragraph(b,
                        "Exit statuses and environment variables are the same for every verb; the program's page lists "
                        "them.",
                        err);
}

bool sl_manual_write(const struct sl_tool *p, const struct sl_manual_page *page, struct sl_buf *b, struct sl_err *err)
{
    if (page->section == 5)
        return head(page, "the manifest of a release", b, err) && p->manifest(b, err) && macro(b, "SH", "SEE ALSO", err)
               && reference(b, "sealift", 1, false, err) && reference(b, "sealift-check", 1, true, err);
    return page->verb ? verb_page(p, page, b, err) : program_page(p, page, b, err);
}
