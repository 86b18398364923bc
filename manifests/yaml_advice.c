#include "manifests/priv/yaml_advice.h"

#include "core/text.h"

#include <string.h>

/* By libyaml's words, the first that fit. at_context: the place is where the thing began, not where it was missed. */
static const struct {
    const char *context, *problem; /* parts of them; NULL: any */
    bool at_context;
    const char *advice;
} rows[] = {
    { NULL, "a tab character", false, "a tab cannot indent: use spaces" },
    { "scanning a quoted scalar", "unexpected end of stream", true,
      "the text in quotes that begins here is not closed" },
    { "scanning a quoted scalar", "document indicator", true, "the text in quotes that begins here is not closed" },
    { NULL, "unknown escape character", false,
      "in double quotes '\\' begins an escape: write '\\\\', or use single quotes" },
    { NULL, "mapping values are not allowed", false,
      "a ': ' cannot stand here: quote the value if it holds one, and check that the line is indented as its "
      "neighbors" },
    { NULL, "block sequence entries are not allowed", false,
      "a '- ' cannot stand here: begin the list on the line after its key, indented" },
    { NULL, "could not find expected ':'", true, "this line is not 'key: value': a ':' and a space are missing" },
    { "block mapping", "did not find expected key", false,
      "this does not go on with the mapping above: keys of one mapping begin in the same column" },
    { "block collection", "expected '-' indicator", false,
      "this does not go on with the list above: its entries begin with '- ' in the same column" },
    { "flow mapping", "did not find expected", true, "the '{' that begins here is not closed, or a ',' is missing" },
    { "flow sequence", "did not find expected", true, "the '[' that begins here is not closed, or a ',' is missing" },
    { "anchor", NULL, true, "a value that begins with '&' must be quoted" },
    { "alias", NULL, true, "a value that begins with '*' must be quoted" },
    { "tag", NULL, true, "a value that begins with '!' must be quoted" },
    { "block scalar", NULL, true, "what follows '|' or '>' must stand on its own lines, indented" },
    { NULL, "did not find expected <document start>", false,
      "this is outside of everything above it: the file is one mapping of 'key: value' lines" },
};

static bool holds(const char *text, const char *part)
{
    return !part || (text && strstr(text, part));
}

/* The character at a mark, 0 when there is none. libyaml counts characters, not bytes. */
static uint32_t character(struct sl_span text, yaml_mark_t mark)
{
    size_t at = 0;
    for (size_t line = 0; line < mark.line; line++) {
        const uint8_t *end = memchr(text.ptr + at, '\n', text.len - at);
        if (!end)
            return 0;
        at = (size_t)(end - text.ptr) + 1;
    }
    uint32_t found = 0;
    for (size_t col = 0; col <= mark.column && at < text.len; col++) {
        size_t len = sl_utf8_next(sl_span_sub(text, at, text.len - at), &found);
        if (len == 0)
            return 0;
        at += len;
    }
    return found;
}

static struct sl_loc place(yaml_mark_t mark, const char *name)
{
    return (struct sl_loc){ name, (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

static bool fail_at_character(const yaml_parser_t *p, struct sl_span text, const char *name, struct sl_err *err)
{
    uint32_t c = character(text, p->problem_mark);
    struct sl_loc loc = place(p->problem_mark, name);
    if (c == '\t')
        return sl_fail(err, SL_E_INPUT, loc, "not valid YAML: a tab cannot stand here: use spaces");
    if (c > ' ' && c < 127)
        return sl_fail(err, SL_E_INPUT, loc, "not valid YAML: a value that begins with '%c' must be quoted", (char)c);
    return sl_fail(err, SL_E_INPUT, loc, "not valid YAML: this character cannot begin a value: quote it");
}

bool sl_yaml_advice_fail(const yaml_parser_t *parser, struct sl_span text, const char *name, struct sl_err *err)
{
    const char *problem = parser->problem ? parser->problem : "cannot be read";
    if (parser->error == YAML_MEMORY_ERROR)
        return sl_fail_nomem(err);
    if (strstr(problem, "cannot start any token"))
        return fail_at_character(parser, text, name, err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (holds(problem, rows[i].problem) && holds(parser->context, rows[i].context))
            return sl_fail(err, SL_E_INPUT,
                           place(rows[i].at_context ? parser->context_mark : parser->problem_mark, name),
                           "not valid YAML: %s", rows[i].advice);
    return sl_fail(err, SL_E_INPUT, place(parser->problem_mark, name), "not valid YAML: %s%s%s",
                   parser->context ? parser->context : "", parser->context ? " " : "", problem);
}
