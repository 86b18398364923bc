/* The page sealift.yaml(5). */
#include "cli/manual.h"
#include "manifests/reference.h"

struct page {
    struct sl_reference told; /* first */
    struct sl_buf *b;
};

static struct sl_buf *page_of(const struct sl_reference *self)
{
    return ((const struct page *)(const void *)self)->b;
}

static bool put_mapping(const struct sl_reference *self, const char *name, const char *about, struct sl_err *err)
{
    struct sl_buf *b = page_of(self);
    if (!*name)
        return sl_buf_add_str(b, ".SH KEYS\n", err);
    return sl_buf_addf(b, err, ".SS %s\n", name) && sl_manual_text(b, about, err) && sl_buf_add_str(b, ".\n", err);
}

static bool put_key(const struct sl_reference *self, const char *name, const char *expected, const char *about,
                    bool required, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    return sl_buf_addf(&text, err, "%s. Takes %s. %s.", about, expected, required ? "Required" : "Optional")
           && sl_manual_term(page_of(self), name, sl_buf_str(&text), err);
}

bool sl_manual_manifest(struct sl_buf *b, struct sl_err *err)
{
    static const char intro[] =
        "A manifest says what is released: the files, who signs them, the bucket that stores them, and the AWS IoT job "
        "that delivers them. It is YAML of at most 1 MiB, without anchors, aliases, tags or second documents. An "
        "unknown "
        "or duplicate key, or a value of another kind, is refused with file, line and column.";
    static const char values[] =
        "Sizes are written 8MiB, durations 30m or 1h, percentages 20%. ${env:NAME} and ${env:NAME:-default} may stand "
        "in any scalar; $${ stands for ${. The option --set PATH=VALUE takes the place of one scalar. In the body of a "
        "job document {{artifact.app.url}} and the like are filled in.";
    const struct page page = { { put_mapping, put_key }, b };
    return sl_buf_add_str(b, ".SH DESCRIPTION\n", err) && sl_manual_text(b, intro, err)
           && sl_buf_add_str(b, "\n.PP\n", err) && sl_manual_text(b, values, err) && sl_buf_add_char(b, '\n', err)
           && sl_reference_walk(&page.told, err);
}
