#include "core/library.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <sodium.h>

#include <stdio.h>

bool sl_library_core(size_t i, struct sl_library *ret)
{
    switch (i) {
    case 0:
        ret->name = "OpenSSL";
        (void)snprintf(ret->version, sizeof ret->version, "%s", OpenSSL_version(OPENSSL_VERSION_STRING));
        return true;
    case 1:
        ret->name = "libsodium";
        (void)snprintf(ret->version, sizeof ret->version, "%s", sodium_version_string());
        return true;
    case 2:
        ret->name = "jansson";
        (void)snprintf(ret->version, sizeof ret->version, "%s", jansson_version_str());
        return true;
    default:
        return false;
    }
}
