/* sealift key split: shares of what opens a sealed key, any few of which will do, for paper and several holders. */
#include "cli/passphrase.h"
#include "cli/tool.h"
#include "core/file.h"
#include "core/text.h"
#include "keys/sealed.h"
#include "keys/share.h"

#include <assert.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST SL_SLIP39_MOST_SHARES

struct splitting {
    const char *file;
    unsigned threshold, count;
    struct sl_secret sealed, sealing_key;
    struct sl_privkey key;
    struct sl_secret text[MOST];
    struct sl_buf path[MOST];
};

static void splitting_clear(struct splitting *s)
{
    sl_secret_clear(&s->sealed);
    sl_secret_clear(&s->sealing_key);
    sl_privkey_clear(&s->key);
    for (size_t i = 0; i < MOST; i++) {
        sl_secret_clear(&s->text[i]);
        sl_buf_clear(&s->path[i]);
    }
}

static bool read_numbers(const struct sl_context *c, struct splitting *s, struct sl_err *err)
{
    const struct sl_args *args = &c->args;
    if (!sl_args_number(args, SL_OPT_THRESHOLD, 2, MOST, 0, &s->threshold, err)
        || !sl_args_number(args, SL_OPT_SHARES, 2, MOST, 0, &s->count, err))
        return false;
    if (!s->threshold || !s->count)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                       "'%s key split' needs --threshold and --shares, such as --threshold 2 --shares 3",
                       c->tool->name);
    return s->threshold <= s->count
           || sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "--threshold %u cannot be reached by --shares %u", s->threshold,
                      s->count);
}

/* Where the shares go, and that nothing is there yet. */
static bool name_files(const struct sl_args *args, struct splitting *s, struct sl_buf *ret_dir, struct sl_err *err)
{
    const char *out = sl_args_get(args, SL_OPT_OUT, NULL);
    if (!(out ? sl_buf_add_str(ret_dir, out, err) : sl_path_dir(s->file, ret_dir, err))
        || !sl_dir_check(sl_buf_str(ret_dir), err))
        return false;
    for (unsigned i = 0; i < s->count; i++) {
        struct stat st;
        SL_AUTO(sl_buf_clear) struct sl_buf name = { 0 };
        if (!sl_buf_addf(&name, err, "%s.share-%u", sl_path_base(s->file), i + 1)
            || !sl_path_join(sl_buf_str(ret_dir), sl_buf_str(&name), &s->path[i], err))
            return false;
        if (lstat(sl_buf_str(&s->path[i]), &st) == 0)
            return sl_fail(err, SL_E_CONFLICT, SL_LOC_NONE, "'%s' exists already and is not overwritten",
                           sl_buf_str(&s->path[i]));
    }
    return true;
}

static bool unlock(const struct sl_args *args, struct splitting *s, struct sl_err *err)
{
    struct sl_passphrases passphrases;
    if (!sl_passphrases_open(args, &passphrases, err) || !sl_sealed_read(s->file, &s->sealed, err))
        return false;
    const struct sl_passphrase_source source = sl_passphrases_source(&passphrases);
    return sl_sealed_unlock(sl_secret_span(&s->sealed), s->file, &source, &s->sealing_key, &s->key, err);
}

/* What a holder will read from the paper gives the sealing key again. */
static bool prove(const struct splitting *s, struct sl_err *err)
{
    struct sl_slip39_share again[MOST] = { 0 };
    SL_AUTO(sl_secret_clear) struct sl_secret back = { 0 };
    bool ok = true;
    for (unsigned i = 0; ok && i < s->count; i++) {
        SL_AUTO(sl_share_clear) struct sl_share one = { 0 };
        ok = sl_share_read(sl_secret_span(&s->text[i]), &one, err);
        again[i] = one.words;
        one.words = (struct sl_slip39_share){ 0 };
    }
    ok = ok && sl_slip39_combine(again, s->count, SL_SPAN_EMPTY, &back, err);
    for (unsigned i = 0; i < s->count; i++)
        sl_slip39_share_clear(&again[i]);
    if (!ok)
        return sl_while(err, SL_LOC_NONE, "reading the shares back");
    return sl_span_eq_ct(sl_secret_span(&back), sl_secret_span(&s->sealing_key))
           || sl_fail(err, SL_E_INTERNAL, SL_LOC_NONE, "the shares do not give the sealing key again");
}

static bool write_texts(struct splitting *s, const struct sl_slip39_share *words, struct sl_err *err)
{
    struct sl_share share = { .count = s->count };
    bool named = sl_hex_get(sl_span_str(s->key.pub.keyid), share.keyid, sizeof share.keyid);
    assert(named);
    if (!named || !sl_sealed_digest(sl_secret_span(&s->sealed), share.sealed_head, err))
        return false;
    for (unsigned i = 0; i < s->count; i++) {
        share.words = words[i]; /* borrowed */
        if (!sl_share_write(&share, &s->text[i], err))
            return false;
    }
    return prove(s, err);
}

static bool make_texts(struct splitting *s, struct sl_err *err)
{
    /* Without a passphrase of its own, iterations would protect nothing; and readers older than the extendable flag exist. */
    const struct sl_slip39_options options = { .threshold = s->threshold, .count = s->count };
    struct sl_slip39_share words[MOST] = { 0 };
    bool ok = sl_slip39_split(sl_secret_span(&s->sealing_key), SL_SPAN_EMPTY, &options, words, err)
              && write_texts(s, words, err);
    for (unsigned i = 0; i < s->count; i++)
        sl_slip39_share_clear(&words[i]);
    return ok;
}

/* All files or none. */
static bool write_files(const struct splitting *s, struct sl_err *err)
{
    unsigned done = 0;
    for (; done < s->count; done++) {
        SL_AUTO(sl_outfile_clear) struct sl_outfile out = SL_OUTFILE_NONE;
        if (!sl_outfile_open(sl_buf_str(&s->path[done]), 0600, true, &out, err))
            break;
        sl_outfile_add(&out, sl_secret_span(&s->text[done]));
        if (!sl_outfile_commit(&out, err))
            break;
    }
    if (done == s->count)
        return true;
    for (unsigned i = 0; i < done; i++)
        (void)unlink(sl_buf_str(&s->path[i]));
    return false;
}

static bool answer(struct sl_context *c, const struct splitting *s, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *all = json_object();
    json_t *paths = NULL;
    if (!all)
        return sl_fail_nomem(err);
    if (!sl_json_set(all, "file", json_string(s->file), err)
        || !sl_json_set(all, "keyid", json_string(s->key.pub.keyid), err)
        || !sl_json_set(all, "threshold", json_integer(s->threshold), err)
        || !sl_json_set(all, "shares", paths = json_array(), err))
        return false;
    sl_console_say(&c->console, "keyid   %s", s->key.pub.keyid);
    for (unsigned i = 0; i < s->count; i++) {
        sl_console_say(&c->console, "share   %u of %u  %s", i + 1, s->count, sl_buf_str(&s->path[i]));
        if (!sl_json_push(paths, json_string(sl_buf_str(&s->path[i])), err))
            return false;
    }
    return !c->console.json || sl_console_json(&c->console, all, err);
}

bool sl_cmd_key_split(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(splitting_clear) struct splitting s = { .file = c->args.positional[0] };
    SL_AUTO(sl_buf_clear) struct sl_buf dir = { 0 };
    if (!read_numbers(c, &s, err) || !name_files(&c->args, &s, &dir, err) || !unlock(&c->args, &s, err)
        || !make_texts(&s, err) || !sl_dir_make(sl_buf_str(&dir), err) || !write_files(&s, err))
        return false;
    sl_console_note(&c->console,
                    "any %u of these shares open %s without its passphrase; print each, give each to another holder, "
                    "then remove the files. Keep %s: the shares are nothing without it",
                    s.threshold, s.file, s.file);
    return answer(c, &s, err);
}
