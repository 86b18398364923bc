/* Shapes of request members, as AWS's service models give them, and the check of a JSON value against one.
 *
 * What a model only documents in words (a limit, "exactly one of") is checked by the operation. Unknown members are
 * refused, which AWS does not promise: a misspelled option must not pass a rehearsal. */
#ifndef SL_SANDBOX_PRIV_SHAPE_H
#define SL_SANDBOX_PRIV_SHAPE_H

#include "core/json.h"

enum sl_shape_kind {
    SL_SHAPE_STRING,
    SL_SHAPE_INTEGER,
    SL_SHAPE_DOUBLE,
    SL_SHAPE_BOOLEAN,
    SL_SHAPE_LIST,
    SL_SHAPE_MAP,
    SL_SHAPE_STRUCTURE
};

/* A set of characters, with the pattern AWS prints for it. */
struct sl_shape_class {
    const char *pattern;
    bool (*has)(uint32_t c);
};
extern const struct sl_shape_class sl_shape_word;        /* [a-zA-Z0-9_-]+ */
extern const struct sl_shape_class sl_shape_name;        /* [a-zA-Z0-9:_-]+ */
extern const struct sl_shape_class sl_shape_package;     /* [a-zA-Z0-9-_.]+ */
extern const struct sl_shape_class sl_shape_printable;   /* [^\p{C}]+ */
extern const struct sl_shape_class sl_shape_code;        /* [\p{Upper}\p{Digit}_]+ */
extern const struct sl_shape_class sl_shape_tag;         /* ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$ */
extern const struct sl_shape_class sl_shape_attribute;   /* [a-zA-Z0-9_.,@/:#-]+ */
extern const struct sl_shape_class sl_shape_attribute_v; /* [a-zA-Z0-9_.,@/:#=\[\]-]* */

struct sl_shape_member;
struct sl_shape {
    enum sl_shape_kind kind;
    double min, max; /* of a number, of a string's length in characters, or of a list's size; max 0: no maximum */
    const struct sl_shape_class *of;       /* characters of a string, NULL for any */
    const char *const *values;             /* an enumeration, ends with NULL; or NULL */
    const struct sl_shape_member *members; /* of a structure, ends with a name of NULL */
    const struct sl_shape *key, *element;  /* of a map and its values, of a list */
};
struct sl_shape_member {
    const char *name;
    bool required;
    const struct sl_shape *shape;
};

/* Check value, which stands at path ("" for the request's body): a refusal with InvalidRequestException, 400, in AWS's
 * words for a failed constraint. */
bool sl_shape_check(const struct sl_shape *shape, const json_t *value, const char *path,
                    struct sl_err *err) SL_MUST_USE;

/* The same for text from a path or query. */
bool sl_shape_check_text(const struct sl_shape *shape, const char *text, const char *path,
                         struct sl_err *err) SL_MUST_USE;

#endif
