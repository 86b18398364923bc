/* Answers that are to hold credentials, and commands that are to print them: whatever arrives, credentials come out whole
 * or a message that shows none of it. The first byte says what the rest is. */
#include "tests/fuzz/fuzz.h"

#include "core/xml.h"
#include "publisher/priv/provider.h"
#include "publisher/priv/shellwords.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void json(struct sl_span text)
{
    static const struct sl_provider_names names = { "AccessKeyId", "SecretAccessKey", "Token",
                                                    "Expiration",  "AccountId",       true,
                                                    true };
    SL_AUTO(sl_json_clear) json_t *object = NULL;
    SL_AUTO(sl_provider_fresh_clear) struct sl_fresh fresh = { .expires = false };
    struct sl_err err = { .code = SL_OK };
    if (sl_provider_parse(text, "it", &object, &err) && sl_provider_take(object, &names, "it", &fresh, &err)) {
        assert(*fresh.cred.access_key_id && fresh.cred.secret_access_key.len > 0);
        assert(strlen((const char *)fresh.cred.secret_access_key.ptr) == fresh.cred.secret_access_key.len);
        return;
    }
    assert(err.code == SL_E_DENIED && strncmp(err.msg, "it", 2) == 0 && strlen(err.msg) < 120);
}

static void xml(struct sl_span text)
{
    SL_AUTO(sl_secret_clear) struct sl_secret id = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret secret = { 0 };
    const struct sl_xml_want wants[] = { { "AccessKeyId", 16, &id }, { "SecretAccessKey", 40, &secret } };
    struct sl_err err = { .code = SL_OK };
    if (!sl_xml_secrets(text, wants, 2, &err))
        assert(err.code == SL_E_INPUT && *err.msg);
    assert(id.len <= 16 && secret.len <= 40);
}

static void words(struct sl_span text)
{
    char *word = malloc(text.len + 1);
    size_t len = 0, total = 0, n = 0, all = text.len;
    bool bad = false;
    assert(word);
    while (sl_shellwords_next(&text, word, &len, &bad)) {
        assert(!bad && len <= all);
        total += len;
        n++;
    }
    assert(total + (n ? n - 1 : 0) <= all && (bad || text.len == 0));
    free(word);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static void (*const kinds[])(struct sl_span) = { json, xml, words };
    struct sl_err err = { .code = SL_OK };
    if (len > 0 && sl_secret_setup(&err))
        kinds[bytes[0] % 3]((struct sl_span){ bytes + 1, len - 1 });
    return 0;
}
