#include "signer/external.h"

#include "core/file.h"
#include "core/text.h"
#include "signer/local.h"
#include "signer/priv/signable.h"
#include "signer/priv/verify.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)1 << 20)

/* The digests that wait for a signature of one key. */
struct waiting {
    struct waiting *next;
    struct sl_buf path, lines;
};

struct external {
    struct sl_signer port; /* first, so that one is the other */
    struct waiting *waiting;
};

bool sl_external_is(const char *uri)
{
    return sl_span_starts(sl_span_str(uri), SL_EXTERNAL_SCHEME);
}

/* The file beside the signatures: radio.pub, radio.digests. */
static bool beside(const char *path, const char *suffix, struct sl_buf *ret, struct sl_err *err)
{
    size_t len = strlen(path);
    bool sig = len > 4 && strcmp(path + len - 4, ".sig") == 0;
    return sl_buf_addf(ret, err, "%.*s%s", (int)(sig ? len - 4 : len), path, suffix);
}

bool sl_external_public_path(const char *path, struct sl_buf *ret, struct sl_err *err)
{
    if (*sl_path_base(path) == 0)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE,
                       "it names no file; expected one that the signature is to come in, such as external:radio.sig");
    return beside(path, ".pub", ret, err);
}

static bool public_key(struct sl_signer *self, const char *name, const char *uri, const char *path,
                       struct sl_pubkey *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf file = { 0 };
    (void)self;
    (void)name;
    return (sl_external_public_path(path, &file, err) && sl_pubkey_load(sl_buf_str(&file), ret, err))
           || sl_while(err, SL_LOC_NONE, "the public key of '%.80s'", uri);
}

/* "sha256:<hex>", what is signed. */
static bool digest_text(enum sl_algorithm alg, struct sl_span digest, struct sl_buf *ret, struct sl_err *err)
{
    return sl_buf_addf(ret, err, "%s:", sl_hash_name(sl_algorithm_hash(alg))) && sl_hex_add(ret, digest, err);
}

static struct sl_span trimmed(struct sl_span s)
{
    while (s.len > 0 && (s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r' || s.ptr[s.len - 1] == ' '))
        s.len--;
    return s;
}

static bool is_base64(struct sl_span s)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    for (size_t i = 0; i < s.len; i++)
        if (!memchr(alphabet, s.ptr[i], sizeof alphabet - 1))
            return false;
    return s.len > 0;
}

/* The signature on the line of this digest; *ret_lines: the file has such lines at all. */
static bool from_lines(struct sl_span text, const char *digest, struct sl_buf *ret, bool *ret_lines, struct sl_err *err)
{
    const size_t len = strlen(digest), kind = strcspn(digest, ":") + 1;
    while (text.len > 0) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t n = end ? (size_t)(end - text.ptr) : text.len;
        struct sl_span line = trimmed(sl_span_sub(text, 0, n));
        text = sl_span_sub(text, n + (end != NULL), text.len);
        *ret_lines = *ret_lines
                     || (line.len > kind
                         && sl_span_eq(sl_span_sub(line, 0, kind), (struct sl_span){ (const uint8_t *)digest, kind }));
        if (line.len > len + 1 && line.ptr[len] == ' ' && sl_span_starts(line, digest))
            return sl_base64_get(sl_span_sub(line, len + 1, line.len), ret, err);
    }
    return true;
}

/* What the file has for this digest; *ret stays empty when it has nothing. One signature alone may be of anything. */
static bool find(const char *path, const char *digest, struct sl_buf *ret, bool *ret_alone, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = SL_BUF_MAX(MAX_BYTES);
    struct sl_err missing = { 0 };
    bool lines = false;
    *ret_alone = false;
    if (!sl_file_read(path, MAX_BYTES, &text, &missing)) {
        if (missing.code == SL_E_IO)
            return true;
        *err = missing;
        return false;
    }
    if (!from_lines(sl_buf_span(&text), digest, ret, &lines, err))
        return sl_while(err, SL_LOC_NONE, "'%s', the line of %s", path, digest);
    if (lines || ret->len > 0)
        return true;
    *ret_alone = true;
    struct sl_span whole = trimmed(sl_buf_span(&text));
    return is_base64(whole) ? sl_base64_get(whole, ret, err) : sl_buf_copy(ret, sl_buf_span(&text), err);
}

static struct waiting *waiting_at(struct external *x, const char *path, struct sl_err *err)
{
    for (struct waiting *w = x->waiting; w; w = w->next)
        if (strcmp(sl_buf_str(&w->path), path) == 0)
            return w;
    struct waiting *w = calloc(1, sizeof *w);
    if (!w) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    w->next = x->waiting;
    x->waiting = w;
    return sl_buf_add_str(&w->path, path, err) ? w : NULL;
}

/* Let the digest out, and say what is to be done with it. */
static bool let_out(struct external *x, const char *path, enum sl_algorithm alg, const char *digest, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf file = { 0 };
    struct waiting *w = waiting_at(x, path, err);
    if (!w || !beside(path, ".digests", &file, err)
        || !sl_buf_addf(&w->lines, err, "%s %s\n", digest, sl_algorithm_name(alg))
        || !sl_file_write(sl_buf_str(&file), 0666, sl_buf_span(&w->lines), err))
        return false;
    return sl_fail(err, SL_E_PENDING, SL_LOC_NONE,
                   "'%s' has no signature of %s; that digest is in '%s' now: have it signed (%s), and put the line "
                   "'%.24s... BASE64' into '%s'",
                   path, digest, sl_buf_str(&file), sl_algorithm_name(alg), digest, path);
}

static bool sign(struct sl_signer *self, const char *name, const char *uri, const char *path,
                 const struct sl_to_sign *what, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_pubkey_clear) struct sl_pubkey pub = { 0 };
    SL_AUTO(sl_signable_clear) struct sl_signable message = { .span = SL_SPAN_EMPTY };
    SL_AUTO(sl_buf_clear) struct sl_buf digest = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    bool alone = false;
    if (!public_key(self, name, uri, path, &pub, err) || !sl_verify_able(&pub, what->algorithm, err))
        return false;
    if (what->algorithm == SL_ALG_ED25519)
        return sl_fail(
            err, SL_E_INPUT, SL_LOC_NONE,
            "key '%.80s' is given digests, and algorithm ed25519 signs no digest; use ed25519ph for artifacts, "
            "and a ceremony for the statement",
            uri);
    if (!sl_signable_take(what, &message, err) || !digest_text(what->algorithm, message.span, &digest, err)
        || !find(path, sl_buf_str(&digest), &signature, &alone, err))
        return false;
    struct sl_err why = { 0 };
    if (signature.len > 0
        && sl_verify_message(&pub, what->algorithm, message.span, sl_buf_span(&signature), alone ? &why : err)) {
        sl_buf_move(ret, &signature);
        return true;
    }
    if (signature.len > 0 && !alone)
        return sl_while(err, SL_LOC_NONE, "the signature of %s in '%s'", sl_buf_str(&digest), path);
    return let_out((struct external *)self, path, what->algorithm, sl_buf_str(&digest), err);
}

static void external_free(struct sl_signer *self)
{
    struct external *x = (struct external *)self;
    while (x->waiting) {
        struct waiting *w = x->waiting;
        x->waiting = w->next;
        sl_buf_clear(&w->path);
        sl_buf_clear(&w->lines);
        free(w);
    }
    free(x);
}

bool sl_external_new(struct sl_signer **ret, struct sl_err *err)
{
    struct external *x = calloc(1, sizeof *x);
    if (!x)
        return sl_fail_nomem(err);
    x->port = (struct sl_signer){ public_key, sign, external_free };
    *ret = &x->port;
    return true;
}
