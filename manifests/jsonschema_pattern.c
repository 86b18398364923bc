#include "manifests/priv/jsonschema.h"

#include <string.h>

/* A pattern is ECMAScript's; taken are those that POSIX's extended expressions understand in the same way. */
bool sl_jsonschema_pattern_common(const char *pattern)
{
    bool bracket = false;
    for (const char *p = pattern; *p; p++) {
        char next = p[1];
        bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || (next >= '0' && next <= '9');
        if (*p == '\\' && (bracket || letter || !next))
            return false;
        if (*p == '\\') {
            p++;
        } else if (bracket) {
            if (*p == '[')
                return false;
            bracket = *p != ']';
        } else if (*p == '[') {
            if (next == ']' || (next == '^' && p[2] == ']'))
                return false;
            bracket = true;
        } else if ((*p == '(' && (next == '?' || next == ')')) || (strchr("*+?}", *p) && next && strchr("*+?", next))) {
            return false;
        }
    }
    return !bracket;
}
