/* The tables that say what a manifest may hold: one type for each value, one table for each mapping.
 *
 * The decoder, --set and the JSON Schema all read these and nothing else, so that they cannot drift apart. A table's
 * key says where in its struct (priv/asked.h) the value goes. */
#ifndef SL_MANIFESTS_PRIV_TYPE_H
#define SL_MANIFESTS_PRIV_TYPE_H

#include "core/buf.h"
#include "manifests/priv/node.h"

#include <stddef.h>

enum sl_kind {
    SL_KIND_TEXT = 1, /* struct sl_field */
    SL_KIND_CHOICE,   /* struct sl_field: one of choices */
    SL_KIND_WHOLE,    /* struct sl_number */
    SL_KIND_BOOL,     /* struct sl_number: 0 or 1 */
    SL_KIND_DURATION, /* struct sl_number: seconds, a multiple of scale */
    SL_KIND_SIZE,     /* struct sl_number: bytes */
    SL_KIND_PERCENT,  /* struct sl_number: "20%" in units of 1 / 10^scale */
    SL_KIND_DECIMAL,  /* struct sl_number: in units of 1 / 10^scale */
    SL_KIND_MAP,      /* the struct of table */
    SL_KIND_NAMED,    /* struct sl_list of the struct of item's table, by name */
    SL_KIND_PAIRS,    /* struct sl_list of struct sl_pair: any key, a text */
    SL_KIND_LIST,     /* struct sl_list of item */
    SL_KIND_FREE      /* const struct sl_node *: looked at elsewhere */
};

struct sl_choice {
    const char *name;
    bool later; /* part of the contract, not carried out by this version */
};

struct sl_type {
    enum sl_kind kind;
    const char *expected;            /* what messages say was expected, "" for the kind's own words */
    const char *pattern;             /* of a text or of a name: POSIX extended and ECMAScript alike; NULL: any */
    uint64_t min, max;               /* characters of a text, elements of a list, or the number; max 0: no limit */
    unsigned scale;                  /* see the kinds */
    const struct sl_choice *choices; /* ends with a NULL name */
    const struct sl_type *item;      /* of LIST and NAMED */
    const struct sl_table *table;    /* of MAP */
    bool document;                   /* FREE: the body of a job document, where "${" and "{{" may stand */
    void (*hint)(const char *text, char *ret, size_t size); /* a text that would be right; "" when there is none */
};

enum sl_key_flag { SL_KEY_REQUIRED = 1, SL_KEY_LATER = 2, SL_KEY_PARTIAL = 4 };

struct sl_key {
    const char *name;
    const struct sl_type *type;
    unsigned flags; /* enum sl_key_flag; LATER: checked for its shape, then "not supported yet"; PARTIAL: what is
                       required below it need not be there */
    size_t offset;  /* in the table's struct; not used with LATER */
    const char *about;
};

struct sl_table {
    const char *name; /* in $defs of the schema */
    const char *about;
    size_t size;
    const struct sl_key *keys; /* ends with a NULL name */
    const char *shorthand;     /* the key that a scalar in place of the mapping stands for; NULL: none */
};

/* The whole manifest, and one job of it. */
extern const struct sl_type sl_type_manifest, sl_type_job;

/* What devices with the AWS IoT Device Client do. */
extern const struct sl_type sl_type_step, sl_type_steps;

/* Types that more than one table uses. */
extern const struct sl_type sl_type_text, sl_type_name, sl_type_names, sl_type_region, sl_type_pairs, sl_type_free;

/* Hints: other characters become '-'; for a name of small letters also small; a version gets its missing zeros. */
void sl_type_hint_id(const char *text, char *ret, size_t size);
void sl_type_hint_small(const char *text, char *ret, size_t size);
void sl_type_hint_version(const char *text, char *ret, size_t size);

/* The key of that name, NULL when the table has none. */
const struct sl_key *sl_type_key(const struct sl_table *table, const char *name);

/* What was expected, in words: " from 1 to 100" and the like is added. */
bool sl_type_words(const struct sl_type *type, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

/* Where a value stands, for messages: "job.targets[0]". Lives on the stack of the decoder. */
struct sl_path {
    const struct sl_path *up;
    const char *name; /* NULL: element number index */
    size_t index;
};
#define SL_PATH_SIZE 200
void sl_path_put(const struct sl_path *path, char ret[SL_PATH_SIZE]);

/* Text of the manifest as it may be shown in a message: safe characters only, and not too long. */
#define SL_SHOWN_CHARS 100u
#define SL_SHOWN_SIZE  (4 * SL_SHOWN_CHARS + 4)
const char *sl_shown_put(const char *text, char ret[SL_SHOWN_SIZE]);

#endif
