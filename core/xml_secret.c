#include "core/os.h"
#include "core/xml.h"

#include <expat.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct gathering {
    XML_Parser parser;
    const struct sl_xml_want *wants, *open;
    size_t n, len; /* len: of what the open one has */
    struct sl_err *err;
    bool failed;
};

static void stop(struct gathering *g)
{
    g->failed = true;
    (void)XML_StopParser(g->parser, XML_FALSE);
}

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static void on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    (void)attributes;
    struct gathering *g = ctx;
    for (size_t i = 0; i < g->n && !g->open && !g->failed; i++) {
        if (g->wants[i].ret->ptr || strcmp(g->wants[i].name, local_name(name)) != 0)
            continue;
        g->len = 0;
        if (sl_secret_new(g->wants[i].max, g->wants[i].ret, g->err))
            g->open = &g->wants[i];
        else
            stop(g);
    }
}

static void on_end(void *ctx, const XML_Char *name)
{
    struct gathering *g = ctx;
    if (!g->open || strcmp(g->open->name, local_name(name)) != 0)
        return;
    sl_secret_shorten(g->open->ret, g->len);
    g->open = NULL;
}

static void on_text(void *ctx, const XML_Char *text, int len)
{
    struct gathering *g = ctx;
    if (!g->open || g->failed || len <= 0)
        return;
    if ((size_t)len > g->open->max - g->len) {
        (void)sl_fail(g->err, SL_E_INPUT, SL_LOC_NONE, "the element %s of a reply is longer than %zu bytes",
                      g->open->name, g->open->max);
        stop(g);
        return;
    }
    memcpy(g->open->ret->ptr + g->len, text, (size_t)len);
    g->len += (size_t)len;
}

/* Entities of a document's own could make a small reply endless. */
static void on_doctype(void *ctx, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id,
                       int subset)
{
    struct gathering *g = ctx;
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)subset;
    (void)sl_fail(g->err, SL_E_INPUT, SL_LOC_NONE, "an XML reply has a document type declaration");
    stop(g);
}

bool sl_xml_secrets(struct sl_span text, const struct sl_xml_want *wants, size_t n, struct sl_err *err)
{
    static const XML_Memory_Handling_Suite wiping = { malloc, sl_os_realloc_wiped, sl_os_free_wiped };
    struct gathering g = { .wants = wants, .n = n, .err = err };
    if (text.len > INT_MAX)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "an XML reply of %zu bytes is too long", text.len);
    for (size_t i = 0; i < n; i++)
        sl_secret_clear(wants[i].ret);
    g.parser = XML_ParserCreate_MM(NULL, &wiping, NULL);
    if (!g.parser)
        return sl_fail_nomem(err);
    XML_SetUserData(g.parser, &g);
    XML_SetElementHandler(g.parser, on_start, on_end);
    XML_SetCharacterDataHandler(g.parser, on_text);
    XML_SetStartDoctypeDeclHandler(g.parser, on_doctype);
    bool ok = XML_Parse(g.parser, text.len ? (const char *)text.ptr : "", (int)text.len, XML_TRUE) == XML_STATUS_OK;
    if (!ok && !g.failed)
        (void)sl_fail(err, XML_GetErrorCode(g.parser) == XML_ERROR_NO_MEMORY ? SL_E_NOMEM : SL_E_INPUT, SL_LOC_NONE,
                      "not well-formed XML: %s", XML_ErrorString(XML_GetErrorCode(g.parser)));
    XML_ParserFree(g.parser);
    return ok;
}
