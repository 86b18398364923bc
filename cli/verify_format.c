#include "cli/verify_format.h"

#include "core/text.h"
#include "signer/format.h"

#include <string.h>

#define MAX_SHOWN 400u

static bool only_ed25519(const struct sl_args *args, struct sl_err *err)
{
    const char *name = sl_args_get(args, SL_OPT_ALGORITHM, NULL);
    return !name || strcmp(name, sl_algorithm_name(SL_ALG_ED25519)) == 0
           || sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                      "--algorithm '%s': signatures of minisign and signify are ed25519; leave it out", name);
}

/* What the signer said of the file; nothing for signify, which has no such comment. */
static bool add_trusted(struct sl_verifying *v, struct sl_span trusted, json_t *details, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf shown = { 0 };
    if (!sl_safe_add(&shown, trusted, MAX_SHOWN, err))
        return false;
    sl_console_note(&v->c->console, "trusted comment: %s", sl_buf_str(&shown));
    return sl_verifying_text(details, "trustedComment", sl_buf_str(&shown), err);
}

bool sl_verify_format(struct sl_verifying *v, const char *file, const char *path, struct sl_span text,
                      struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf trusted = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf how = { 0 };
    SL_AUTO(sl_json_clear) json_t *details = json_object();
    const enum sl_format format = sl_format_of(text);
    if (!only_ed25519(&v->c->args, err))
        return false;
    if (!sl_verifying_format(v, file, text, &trusted, err))
        return sl_while(err, SL_LOC_NONE, "'%s'", path);
    if (!sl_buf_addf(&how, err, "%s signature", sl_format_name(format))
        || !sl_verifying_text(details, "signature", path, err)
        || !sl_verifying_text(details, "format", sl_format_name(format), err)
        || !sl_verifying_text(details, "algorithm", sl_algorithm_name(SL_ALG_ED25519), err))
        return false;
    const char *const what[] = { file, sl_buf_str(&how), sl_buf_str(&v->by) };
    return (format != SL_FORMAT_MINISIGN || add_trusted(v, sl_buf_span(&trusted), details, err))
           && sl_verifying_keyids(v, details, err) && sl_verifying_good(v, what, details, err);
}
