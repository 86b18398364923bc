/* A PKCS #11 module for the tests: SoftHSM behind it, faults and a log in front.
 *
 *   TOKEN_REAL     the module behind; SoftHSM's usual place when unset
 *   TOKEN_LOG      a file that gets one line per C_Login: "login user PIN" with "pin" or "none" for the PIN, and the result
 *   TOKEN_FLAGS    flags (a number) that every token shows besides its own
 *   TOKEN_KEYPAD   the PIN that is used where none is given, as if it were typed on the token
 *   TOKEN_SPOIL    a byte of every signature is changed
 *   TOKEN_ED25519PH hex of the one signature that Ed25519ph gives over a prehash of 64 bytes
 *   TOKEN_SOCKET   C_Initialize asks for a socket, and fails where it gets none */
#include <p11-kit/pkcs11.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static CK_FUNCTION_LIST *real, mine;
static int prehashed;

static void note(CK_USER_TYPE user, int with_pin, CK_RV rv)
{
    const char *path = getenv("TOKEN_LOG");
    FILE *log = path ? fopen(path, "a") : NULL;
    if (!log)
        return;
    fprintf(log, "%s %s 0x%lx\n", user == CKU_CONTEXT_SPECIFIC ? "again" : "login", with_pin ? "pin" : "none", rv);
    fclose(log);
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_BYTE *pin, CK_ULONG len)
{
    char *keypad = getenv("TOKEN_KEYPAD");
    CK_RV rv = !pin && keypad ? real->C_Login(session, user, (CK_BYTE *)keypad, strlen(keypad))
                              : real->C_Login(session, user, pin, len);
    note(user, pin != NULL, rv);
    return rv;
}

static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    const char *flags = getenv("TOKEN_FLAGS");
    CK_RV rv = real->C_GetTokenInfo(slot, info);
    if (rv == CKR_OK && flags)
        info->flags |= strtoul(flags, NULL, 0);
    return rv;
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM plain = { CKM_EDDSA, NULL, 0 };
    prehashed = getenv("TOKEN_ED25519PH") && mechanism->mechanism == CKM_EDDSA && mechanism->ulParameterLen > 0
                && *(CK_BBOOL *)mechanism->pParameter == CK_TRUE;
    return real->C_SignInit(session, prehashed ? &plain : mechanism, key);
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *ret, CK_ULONG *ret_len)
{
    CK_RV rv = real->C_Sign(session, data, data_len, ret, ret_len);
    if (rv == CKR_OK && ret && prehashed && data_len == 64 && *ret_len == 64) {
        const char *hex = getenv("TOKEN_ED25519PH");
        for (unsigned i = 0; i < 64 && hex[2 * i] && hex[2 * i + 1]; i++) {
            char byte[3] = { hex[2 * i], hex[2 * i + 1], 0 };
            ret[i] = (CK_BYTE)strtoul(byte, NULL, 16);
        }
    }
    if (rv == CKR_OK && ret && getenv("TOKEN_SPOIL"))
        ret[*ret_len / 2] ^= 1;
    return rv;
}

static CK_RV initialize(void *args)
{
    if (getenv("TOKEN_SOCKET")) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd < 0)
            return CKR_DEVICE_ERROR;
        close(fd);
    }
    return real->C_Initialize(args);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **ret)
{
    const char *path = getenv("TOKEN_REAL");
    void *library = dlopen(path ? path : "/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "C_GetFunctionList") : NULL;
    CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
    memcpy(&get, &symbol, sizeof get);
    if (!get || get(&real) != CKR_OK)
        return CKR_GENERAL_ERROR;
    mine = *real;
    mine.C_Initialize = initialize;
    mine.C_Login = login;
    mine.C_GetTokenInfo = get_token_info;
    mine.C_SignInit = sign_init;
    mine.C_Sign = sign;
    *ret = &mine;
    return CKR_OK;
}
