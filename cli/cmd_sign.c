/* sealift sign: detached signatures of files. */
#include "cli/one_key.h"
#include "core/clock.h"
#include "core/file.h"
#include "signer/cms.h"
#include "signer/format.h"

#include <string.h>

struct signing {
    struct sl_one_key key;
    struct sl_sign_with with;
    enum sl_format format;
    struct sl_certificates certificates; /* for CMS */
};

static void clear(struct signing *s)
{
    sl_one_key_close(&s->key);
    sl_certificates_clear(&s->certificates);
}

static bool choose_format(const struct sl_args *args, struct signing *s, struct sl_err *err)
{
    const char *certificate = sl_args_get(args, SL_OPT_CERTIFICATE, NULL);
    s->format = sl_format_from_name(sl_args_get(args, SL_OPT_SIGN_FORMAT, "raw"));
    if (s->format != SL_FORMAT_CMS)
        return !certificate || sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--certificate goes with --format cms");
    if (!certificate)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--format cms needs --certificate, the certificate of the key");
    return sl_certificates_load(certificate, &s->certificates, err);
}

static bool choose_algorithm(const struct sl_args *args, enum sl_algorithm *ret, struct sl_err *err)
{
    const char *name = sl_args_get(args, SL_OPT_ALGORITHM, NULL);
    *ret = name ? sl_algorithm_from_name(name) : SL_ALG_NONE;
    if (name && *ret == SL_ALG_NONE)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "unknown algorithm '%s'; there are ecdsa-p256-sha256, ecdsa-p384-sha384, rsa-pss-sha256, "
                       "rsa-pkcs1-sha256, ed25519 and ed25519ph",
                       name);
    return true;
}

static bool begin(struct sl_context *c, struct signing *s, struct sl_err *err)
{
    if (!sl_one_key_open(c, &s->key, err))
        return false;
    s->with = (struct sl_sign_with){ .name = s->key.name, .uri = s->key.uri, .path = s->key.path };
    return choose_algorithm(&c->args, &s->with.algorithm, err);
}

/* FILE.sig beside the file, or under -o DIR. */
static bool signature_path(const struct sl_context *c, const char *file, const char *suffix, struct sl_buf *ret,
                           struct sl_err *err)
{
    const char *dir = sl_args_get(&c->args, SL_OPT_OUT, NULL);
    if (!dir)
        return sl_buf_addf(ret, err, "%s%s", file, suffix);
    SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
    return sl_dir_make(dir, err) && sl_buf_addf(&name, err, "%s%s", sl_path_base(file), suffix)
           && sl_path_join(dir, sl_buf_str(&name), ret, err);
}

/* A signature file's bytes, in the format asked for. */
static bool make(struct sl_context *c, struct signing *s, const char *file, struct sl_buf *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf signature = { 0 };
    if (s->format == SL_FORMAT_CMS)
        return sl_cms_sign(file, s->key.signer, &s->with, &s->certificates, sl_clock_now_utc(), &c->console.progress,
                           ret, err);
    if (s->format != SL_FORMAT_RAW)
        return sl_format_sign(s->format, file, s->key.signer, &s->with, &c->console.progress, ret, err);
    return sl_sign_file(file, s->key.signer, &s->with, &c->console.progress, &signature, err)
           && sl_sigfile_text(sl_buf_span(&signature), ret, err);
}

static bool sign_one(struct sl_context *c, struct signing *s, const char *file, json_t *answer, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    if (!make(c, s, file, &text, err) || !signature_path(c, file, sl_format_suffix(s->format), &path, err)
        || !sl_file_write(sl_buf_str(&path), 0666, sl_buf_span(&text), err))
        return false;
    sl_console_say(&c->console, "%s", sl_buf_str(&path));
    return sl_json_push(answer, json_pack("{s:s,s:s}", "file", file, "signature", sl_buf_str(&path)), err);
}

bool sl_cmd_sign(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(clear) struct signing s = { 0 };
    SL_AUTO(sl_json_clear) json_t *answer = json_array();
    if (!answer)
        return sl_fail_nomem(err);
    if (!choose_format(&c->args, &s, err) || !begin(c, &s, err))
        return false;
    for (size_t i = 0; i < c->args.n_positional; i++)
        if (!sign_one(c, &s, c->args.positional[i], answer, err))
            return false;
    return !c->console.json || sl_console_json(&c->console, answer, err);
}
