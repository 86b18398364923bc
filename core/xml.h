/* Small XML replies of AWS services, on libexpat, as a tree of elements.
 *
 * Names are without namespace prefix. A document type declaration, more than 64 levels, or more than 100,000 elements
 * are refused. The tree lives in the given arena. */
#ifndef SL_CORE_XML_H
#define SL_CORE_XML_H

#include "core/arena.h"
#include "core/library.h"
#include "core/secret.h"

struct sl_xml {
    const char *name;
    const char *text; /* its character data, "" when none; entities resolved */
    const struct sl_xml *child, *next;
};

/* Parse a whole document. SL_E_INPUT with the place in the text. */
bool sl_xml_parse(struct sl_span text, struct sl_arena *arena, const struct sl_xml **ret,
                  struct sl_err *err) SL_MUST_USE;

/* First child of that name, NULL when there is none; e may be NULL. */
const struct sl_xml *sl_xml_child(const struct sl_xml *e, const char *name);

/* Next sibling of the same name as e, NULL at the end. */
const struct sl_xml *sl_xml_again(const struct sl_xml *e);

/* Text of the element at "a/b/c" below e, NULL when there is none. */
const char *sl_xml_text(const struct sl_xml *e, const char *path);

/* The text of the first element of a name, at most max bytes, straight into guarded memory; leaves no copy behind. Empty
 * when there is no such element. SL_E_INPUT as above, and for text that is longer. */
struct sl_xml_want {
    const char *name;
    size_t max;
    struct sl_secret *ret;
};
bool sl_xml_secrets(struct sl_span text, const struct sl_xml_want *wants, size_t n, struct sl_err *err) SL_MUST_USE;

/* Append text escaped for element content and attribute values. */
struct sl_buf;
bool sl_xml_escape(struct sl_buf *b, const char *text, struct sl_err *err) SL_MUST_USE;

/* libexpat, for --version. */
void sl_xml_library(struct sl_library *ret);

#endif
