/* How a key in a TPM 2.0 is named: "tpm2:0x81000001", its persistent handle (TPM 2.0 Library, part 2, section 7.2).
 *
 * A TPM does not say whether a key has an auth value, and trying an empty one may count toward its lockout. So one is
 * asked for, unless the name ends in "?auth=none". */
#ifndef SL_CORE_TPMKEY_H
#define SL_CORE_TPMKEY_H

#include "core/err.h"

#include <stdint.h>

#define SL_TPMKEY_SCHEME "tpm2:"

struct sl_tpmkey {
    uint32_t handle;
    bool no_auth;
};

/* Does the URI name a key in a TPM? */
bool sl_tpmkey_is(const char *uri);

/* Read it all. SL_E_INPUT, with loc, for anything but a persistent handle. */
bool sl_tpmkey_read(const char *uri, struct sl_loc loc, struct sl_tpmkey *ret, struct sl_err *err) SL_MUST_USE;

#endif
