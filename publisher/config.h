/* The INI form of AWS's config and credentials files, as a list of entries that borrow from the text.
 *
 * It is read as botocore reads it, by the rules of Python's configparser, since the same files have to mean the same
 * here and there: "[section]", "key = value" or "key: value", lines that begin with '#' or ';' are comments, what is
 * indented deeper than a key goes on with its value, [DEFAULT] holds for all sections. A '#' after a value belongs to
 * it. No value is copied, since it may be a secret. */
#ifndef SL_PUBLISHER_CONFIG_H
#define SL_PUBLISHER_CONFIG_H

#include "core/arena.h"

/* Another line of a value. */
struct sl_config_line {
    struct sl_span text;
    const struct sl_config_line *next;
};

struct sl_config_entry {
    struct sl_span written; /* the section as it is written: its name in the credentials file */
    struct sl_span section; /* what it means in the config file: "profile x", "sso-session x"; "profile default" */
    struct sl_span key;     /* empty for the section's own line; "s3.addressing_style" below "s3 =" */
    struct sl_span value;
    const struct sl_config_line *more; /* NULL for all but values of several lines */
    unsigned line;
    struct sl_config_entry *next;
};

struct sl_config {
    const struct sl_config_entry *first;
};

/* Parse a whole file; name is for messages. SL_E_INPUT beginning with "name:line: " for a line that is none of the
 * above, a key outside a section, and for a section or key that is there twice. The entries live in the arena, their
 * spans in text. */
bool sl_config_parse(struct sl_span text, const char *name, struct sl_arena *arena, struct sl_config *ret,
                     struct sl_err *err) SL_MUST_USE;

/* The entry of a key, in whatever case it is written; key "" finds the section itself. NULL when there is none. The
 * section by what it means, and when several mean the same the last; or as it is written. */
const struct sl_config_entry *sl_config_find(const struct sl_config *c, const char *section, const char *key);
const struct sl_config_entry *sl_config_find_written(const struct sl_config *c, const char *section, const char *key);

#endif
