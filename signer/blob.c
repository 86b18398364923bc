#include "core/file.h"
#include "keys/commented.h"
#include "signer/priv/format.h"

#include <stdio.h>
#include <string.h>

bool sl_blob_add(struct sl_buf *b, const struct sl_pubkey *key, const struct sl_blob *blob, struct sl_err *err)
{
    uint8_t bytes[SL_BLOB_BYTES] = { 0 };
    char comment[128];
    memcpy(bytes, blob->algorithm, sizeof blob->algorithm);
    sl_commented_number(key, bytes + 2);
    memcpy(bytes + 2 + SL_KEY_NUMBER_BYTES, blob->signature, sizeof blob->signature);
    (void)snprintf(comment, sizeof comment, "signature by key %s", key->keyid);
    return sl_commented_add(b, SL_COMMENTED_UNTRUSTED, comment, (struct sl_span){ bytes, sizeof bytes }, err);
}

bool sl_blob_take(struct sl_span *text, const struct sl_pubkey *key, struct sl_blob *ret, struct sl_err *err)
{
    uint8_t bytes[SL_BLOB_BYTES] = { 0 };
    uint8_t number[SL_KEY_NUMBER_BYTES];
    char theirs[2 * SL_KEY_NUMBER_BYTES + 1];
    char ours[2 * SL_KEY_NUMBER_BYTES + 1];
    if (!sl_commented_take(text, SL_COMMENTED_UNTRUSTED, NULL, bytes, sizeof bytes, err))
        return false;
    memcpy(ret->algorithm, bytes, sizeof ret->algorithm);
    memcpy(ret->number, bytes + 2, sizeof ret->number);
    memcpy(ret->signature, bytes + 2 + SL_KEY_NUMBER_BYTES, sizeof ret->signature);
    sl_commented_number(key, number);
    if (sl_span_eq((struct sl_span){ number, sizeof number }, (struct sl_span){ ret->number, sizeof ret->number }))
        return true;
    sl_commented_number_text(ret->number, theirs);
    sl_commented_number_text(number, ours);
    return sl_fail(err, SL_E_VERIFY, SL_LOC_NONE,
                   "the signature was made with key number %s, and this key has number %s; give the public key file "
                   "that belongs to the signature",
                   theirs, ours);
}

bool sl_blob_fits(const char *path, const char *format, struct sl_err *err)
{
    SL_AUTO(sl_fd_close) int fd = -1;
    uint64_t size = 0;
    if (!sl_file_open(path, &fd, &size, err))
        return false;
    return size <= SL_ED25519_MAX_BYTES
           || sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                      "'%s' is larger than 16 MiB, the most that format %s is read with; use format minisign, which "
                      "signs a digest",
                      path, format);
}
