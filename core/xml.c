#include "core/xml.h"

#include "core/buf.h"

#include <expat.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define MAX_DEPTH    64
#define MAX_ELEMENTS 100000u

struct node {
    struct sl_xml xml; /* first: the tree handed out is made of these */
    struct node *parent, *last_child;
    struct sl_buf text;
};

struct reading {
    XML_Parser parser;
    struct sl_arena *arena;
    struct node *root, *open;
    unsigned depth, elements;
    struct sl_err *err;
    bool failed;
};

static void stop(struct reading *r)
{
    r->failed = true;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

/* expat 2.9 warns of its functions that count in longs, and older ones have no others. */
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
#define LINE_OF   XML_GetCurrentLineNumber64
#define COLUMN_OF XML_GetCurrentColumnNumber64
#else
#define LINE_OF   XML_GetCurrentLineNumber
#define COLUMN_OF XML_GetCurrentColumnNumber
#endif

/* Where the parser stands. expat counts columns from 0. */
static struct sl_loc here(XML_Parser parser)
{
    return (struct sl_loc){ "reply", (unsigned)LINE_OF(parser), (unsigned)COLUMN_OF(parser) + 1 };
}

static void refuse(struct reading *r, const char *why)
{
    (void)sl_fail(r->err, SL_E_INPUT, here(r->parser), "%s", why);
    stop(r);
}

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static void on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    (void)attributes;
    struct reading *r = ctx;
    if (r->failed)
        return;
    if (++r->depth > MAX_DEPTH || ++r->elements > MAX_ELEMENTS) {
        refuse(r, "an XML reply has more elements or levels than any reply of AWS");
        return;
    }
    struct node *n = sl_arena_alloc(r->arena, 1, sizeof *n, r->err);
    if (n)
        n->xml.name = sl_arena_str(r->arena, local_name(name), r->err);
    if (!n || !n->xml.name) {
        stop(r);
        return;
    }
    n->xml.text = "";
    n->parent = r->open;
    if (!r->open)
        r->root = n;
    else if (r->open->last_child)
        r->open->last_child->xml.next = &n->xml;
    else
        r->open->xml.child = &n->xml;
    if (r->open)
        r->open->last_child = n;
    r->open = n;
}

static void on_end(void *ctx, const XML_Char *name)
{
    (void)name;
    struct reading *r = ctx;
    if (r->failed)
        return;
    struct node *n = r->open;
    if (n->text.len > 0) {
        const char *text = sl_arena_span(r->arena, sl_buf_span(&n->text), r->err);
        if (!text) {
            stop(r);
            return;
        }
        n->xml.text = text;
        sl_buf_clear(&n->text);
    }
    r->open = n->parent;
    r->depth--;
}

static void on_text(void *ctx, const XML_Char *s, int len)
{
    struct reading *r = ctx;
    if (!r->failed && r->open
        && !sl_buf_add(&r->open->text, (struct sl_span){ (const uint8_t *)s, (size_t)len }, r->err))
        stop(r);
}

/* No reply of AWS has one, and entities declared there can grow without bound. */
static void on_doctype(void *ctx, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid, int internal)
{
    (void)name, (void)sysid, (void)pubid, (void)internal;
    refuse(ctx, "an XML reply declares a document type, which is not accepted");
}

static void drop_open_text(struct reading *r)
{
    for (struct node *n = r->open; n; n = n->parent)
        sl_buf_clear(&n->text);
}

bool sl_xml_parse(struct sl_span text, struct sl_arena *arena, const struct sl_xml **ret, struct sl_err *err)
{
    if (text.len > INT_MAX)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "an XML reply of %zu bytes is too long", text.len);
    struct reading r = { .parser = XML_ParserCreate(NULL), .arena = arena, .err = err };
    if (!r.parser)
        return sl_fail_nomem(err);
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);

    bool ok = XML_Parse(r.parser, text.len ? (const char *)text.ptr : "", (int)text.len, XML_TRUE) == XML_STATUS_OK;
    if (!ok && !r.failed)
        (void)sl_fail(err, XML_GetErrorCode(r.parser) == XML_ERROR_NO_MEMORY ? SL_E_NOMEM : SL_E_INPUT, here(r.parser),
                      "not well-formed XML: %s", XML_ErrorString(XML_GetErrorCode(r.parser)));
    if (!ok)
        drop_open_text(&r);
    XML_ParserFree(r.parser);
    if (!ok)
        return false;
    *ret = &r.root->xml;
    return true;
}

const struct sl_xml *sl_xml_child(const struct sl_xml *e, const char *name)
{
    for (const struct sl_xml *c = e ? e->child : NULL; c; c = c->next)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

const struct sl_xml *sl_xml_again(const struct sl_xml *e)
{
    for (const struct sl_xml *c = e->next; c; c = c->next)
        if (strcmp(c->name, e->name) == 0)
            return c;
    return NULL;
}

const char *sl_xml_text(const struct sl_xml *e, const char *path)
{
    while (e && *path) {
        size_t len = strcspn(path, "/");
        const struct sl_xml *c = e->child;
        while (c && !(strlen(c->name) == len && strncmp(c->name, path, len) == 0))
            c = c->next;
        e = c;
        path += len + (path[len] == '/');
    }
    return e ? e->text : NULL;
}

bool sl_xml_escape(struct sl_buf *b, const char *text, struct sl_err *err)
{
    for (; *text; text++) {
        const char plain[2] = { *text, 0 };
        const char *put = *text == '&'    ? "&amp;"
                          : *text == '<'  ? "&lt;"
                          : *text == '>'  ? "&gt;"
                          : *text == '"'  ? "&quot;"
                          : *text == '\'' ? "&apos;"
                          : *text == '\r' ? "&#13;"
                                          : plain;
        if (!sl_buf_add_str(b, put, err))
            return false;
    }
    return true;
}

void sl_xml_library(struct sl_library *ret)
{
    const XML_Expat_Version v = XML_ExpatVersionInfo();
    ret->name = "expat";
    (void)snprintf(ret->version, sizeof ret->version, "%d.%d.%d", v.major, v.minor, v.micro);
}
