/* A key on a PKCS #11 token by its URI (RFC 7512): which module, token, slot and object, and where its PIN is.
 *
 * The whole grammar is read. Refused beyond it: an attribute given twice, vendor attributes (what they would narrow down
 * is unknown, and leaving them out might choose another key), a PIN in the URI, and a PIN from a program's output. */
#ifndef SL_KEYS_PKCS11_URI_H
#define SL_KEYS_PKCS11_URI_H

#include "core/err.h"
#include "core/span.h"

#define SL_PKCS11_VALUE_MAX_BYTES 255u

enum sl_pkcs11_attr {
    SL_PKCS11_TOKEN,
    SL_PKCS11_MANUFACTURER,
    SL_PKCS11_SERIAL,
    SL_PKCS11_MODEL,
    SL_PKCS11_LIBRARY_MANUFACTURER,
    SL_PKCS11_LIBRARY_VERSION,
    SL_PKCS11_LIBRARY_DESCRIPTION,
    SL_PKCS11_OBJECT,
    SL_PKCS11_TYPE,
    SL_PKCS11_ID,
    SL_PKCS11_SLOT_DESCRIPTION,
    SL_PKCS11_SLOT_MANUFACTURER,
    SL_PKCS11_SLOT_ID,
    SL_PKCS11_PIN_SOURCE, /* an absolute path; "file:" before it is taken off */
    SL_PKCS11_PIN_VALUE,  /* never in a URI that was read: refused */
    SL_PKCS11_MODULE_NAME,
    SL_PKCS11_MODULE_PATH, /* an absolute path */
    SL_PKCS11_ATTRS
};

/* One attribute, percent-decoded; bytes are followed by a NUL. Only `id` may hold a NUL among them. */
struct sl_pkcs11_value {
    bool given;
    size_t len;
    uint8_t bytes[SL_PKCS11_VALUE_MAX_BYTES + 1];
};

struct sl_pkcs11_uri {
    struct sl_pkcs11_value attr[SL_PKCS11_ATTRS];
    unsigned long slot_id;                 /* when SL_PKCS11_SLOT_ID was given */
    unsigned version_major, version_minor; /* when SL_PKCS11_LIBRARY_VERSION was given; 0 to 255 */
};

/* Read "pkcs11:...". SL_E_INPUT when it is malformed or refused; no message repeats a value of the query. */
bool sl_pkcs11_uri_read(const char *text, struct sl_pkcs11_uri *ret, struct sl_err *err) SL_MUST_USE;

/* Whether a blank-padded field of a token, slot or library is what the URI says of it; true when it says nothing. */
bool sl_pkcs11_uri_allows(const struct sl_pkcs11_uri *uri, enum sl_pkcs11_attr attr, struct sl_span padded);

#endif
