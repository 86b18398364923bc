/* The INI form of AWS's config and credentials files, as a list of entries that borrow from the text.
 *
 * "[section]", "key = value", comments that begin with '#' or ';' (after a value: with white space before), and values
 * nested below a key by indentation, which are found as "outer.inner". No value is copied, since it may be a secret.
 * Source: AWS SDKs and Tools reference guide, "Shared config and credentials files". */
#ifndef SL_PUBLISHER_CONFIG_H
#define SL_PUBLISHER_CONFIG_H

#include "core/arena.h"

struct sl_config_entry {
    struct sl_span section; /* "default", "profile x"; quotes and doubled spaces are gone */
    struct sl_span key;     /* empty for the section's own line; "s3.addressing_style" below "s3 =" */
    struct sl_span value;
    unsigned line;
    struct sl_config_entry *next;
};

struct sl_config {
    const struct sl_config_entry *first;
};

/* Parse a whole file; name is for messages. SL_E_INPUT beginning with "name:line: " for a line that is neither of the
 * above, a key outside a section, a value that goes on in the next line, and for a section or key that is there
 * twice. The entries live in the arena, their spans in text. */
bool sl_config_parse(struct sl_span text, const char *name, struct sl_arena *arena, struct sl_config *ret,
                     struct sl_err *err) SL_MUST_USE;

/* The entry of a key, in whatever case it is written; key "" finds the section itself. NULL when there is none. */
const struct sl_config_entry *sl_config_find(const struct sl_config *c, const char *section, const char *key);

#endif
