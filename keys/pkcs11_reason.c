#include "keys/priv/pkcs11.h"

#include <stdio.h>

#define ROW(code)                                                                                                      \
    {                                                                                                                  \
        code, #code                                                                                                    \
    }

static const struct {
    CK_RV rv;
    const char *name;
} rows[] = {
    ROW(CKR_CANCEL),
    ROW(CKR_SLOT_ID_INVALID),
    ROW(CKR_GENERAL_ERROR),
    ROW(CKR_FUNCTION_FAILED),
    ROW(CKR_ARGUMENTS_BAD),
    ROW(CKR_NO_EVENT),
    ROW(CKR_NEED_TO_CREATE_THREADS),
    ROW(CKR_CANT_LOCK),
    ROW(CKR_ATTRIBUTE_SENSITIVE),
    ROW(CKR_ATTRIBUTE_TYPE_INVALID),
    ROW(CKR_ATTRIBUTE_VALUE_INVALID),
    ROW(CKR_DATA_INVALID),
    ROW(CKR_DATA_LEN_RANGE),
    ROW(CKR_DEVICE_ERROR),
    ROW(CKR_DEVICE_MEMORY),
    ROW(CKR_DEVICE_REMOVED),
    ROW(CKR_FUNCTION_CANCELED),
    ROW(CKR_FUNCTION_NOT_SUPPORTED),
    ROW(CKR_KEY_HANDLE_INVALID),
    ROW(CKR_KEY_SIZE_RANGE),
    ROW(CKR_KEY_TYPE_INCONSISTENT),
    ROW(CKR_KEY_FUNCTION_NOT_PERMITTED),
    ROW(CKR_MECHANISM_INVALID),
    ROW(CKR_MECHANISM_PARAM_INVALID),
    ROW(CKR_OBJECT_HANDLE_INVALID),
    ROW(CKR_OPERATION_ACTIVE),
    ROW(CKR_OPERATION_NOT_INITIALIZED),
    ROW(CKR_PIN_INCORRECT),
    ROW(CKR_PIN_INVALID),
    ROW(CKR_PIN_LEN_RANGE),
    ROW(CKR_PIN_EXPIRED),
    ROW(CKR_PIN_LOCKED),
    ROW(CKR_SESSION_CLOSED),
    ROW(CKR_SESSION_COUNT),
    ROW(CKR_SESSION_HANDLE_INVALID),
    ROW(CKR_TOKEN_NOT_PRESENT),
    ROW(CKR_TOKEN_NOT_RECOGNIZED),
    ROW(CKR_USER_ALREADY_LOGGED_IN),
    ROW(CKR_USER_NOT_LOGGED_IN),
    ROW(CKR_USER_PIN_NOT_INITIALIZED),
    ROW(CKR_USER_TYPE_INVALID),
    ROW(CKR_BUFFER_TOO_SMALL),
    ROW(CKR_CRYPTOKI_NOT_INITIALIZED),
    ROW(CKR_FUNCTION_REJECTED),
};

bool sl_pkcs11_reason_fail(struct sl_err *err, const char *what, CK_RV rv)
{
    if (rv == CKR_HOST_MEMORY)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].rv == rv)
            return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "the token's module could not %s: %s", what, rows[i].name);
    return sl_fail(err, SL_E_CRYPTO, SL_LOC_NONE, "the token's module could not %s: it answered 0x%lx", what,
                   (unsigned long)rv);
}
