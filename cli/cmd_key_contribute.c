/* sealift key contribute: one person's, or the machine's, part in the birth of a key, and the commitment to it. */
#include "cli/tool.h"
#include "cli/typed.h"
#include "core/file.h"
#include "core/os.h"
#include "core/text.h"
#include "keys/contribution.h"

#define MOST_INPUT_BYTES ((size_t)16 << 10) /* the most rolls of a die, with spaces and line ends */
#define MACHINE_BYTES    32u

static bool gather(struct sl_context *c, struct sl_secret *ret, struct sl_err *err)
{
    const char *from = sl_args_get(&c->args, SL_OPT_FROM, NULL);
    if (from)
        return sl_file_read_secret(from, MOST_INPUT_BYTES, ret, err);
    if (sl_args_has(&c->args, SL_OPT_DICE))
        return sl_typed_read(&c->console, "type the rolls of a die, digits 1 to 6, 75 or more", MOST_INPUT_BYTES, ret,
                             err);
    return sl_secret_new(MACHINE_BYTES, ret, err) && sl_os_random(ret->ptr, ret->len, err);
}

/* DIR/NAME.contribution and DIR/NAME.commitment. */
struct pair {
    struct sl_buf secret, open;
};

static void pair_clear(struct pair *p)
{
    sl_buf_clear(&p->secret);
    sl_buf_clear(&p->open);
}

static bool name_pair(const char *dir, const char *name, struct pair *ret, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf file = { 0 };
    if (!sl_buf_addf(&file, err, "%s.contribution", name) || !sl_path_join(dir, sl_buf_str(&file), &ret->secret, err))
        return false;
    sl_buf_reset(&file);
    return sl_buf_addf(&file, err, "%s.commitment", name) && sl_path_join(dir, sl_buf_str(&file), &ret->open, err);
}

/* Both files are new, or nothing is written. */
static bool write_pair(const struct sl_contribution *k, const struct pair *p, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    SL_AUTO(sl_outfile_clear) struct sl_outfile secret = SL_OUTFILE_NONE;
    SL_AUTO(sl_outfile_clear) struct sl_outfile open = SL_OUTFILE_NONE;
    if (!sl_commitment_write(&k->commitment, &text, err)
        || !sl_outfile_open(sl_buf_str(&p->open), 0644, true, &open, err)
        || !sl_outfile_open(sl_buf_str(&p->secret), 0600, true, &secret, err))
        return false;
    sl_outfile_add(&secret, sl_secret_span(&k->text));
    sl_outfile_add(&open, sl_buf_span(&text));
    return sl_outfile_commit(&secret, err) && sl_outfile_commit(&open, err);
}

static bool answer(struct sl_context *c, const struct sl_contribution *k, const struct pair *p, struct sl_err *err)
{
    char hex[2 * SL_SHA256_BYTES + 1];
    sl_hex_put(hex, sizeof hex, (struct sl_span){ k->commitment.sha256, sizeof k->commitment.sha256 });
    sl_console_note(&c->console, "contribution of %s written to %s; show it to nobody before all have committed",
                    k->commitment.name, sl_buf_str(&p->secret));
    if (c->console.json) {
        SL_AUTO(sl_json_clear)
        json_t *all = json_pack("{s:s,s:s,s:s,s:s}", "name", k->commitment.name, "contribution", sl_buf_str(&p->secret),
                                "commitment", sl_buf_str(&p->open), "sha256", hex);
        return all ? sl_console_json(&c->console, all, err) : sl_fail_nomem(err);
    }
    sl_console_say(&c->console, "commitment  %s", sl_buf_str(&p->open));
    sl_console_say(&c->console, "sha256      %s", hex);
    return true;
}

bool sl_cmd_key_contribute(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    const char *name = c->args.positional[0], *dir = sl_args_get(&c->args, SL_OPT_OUT, ".");
    char checked[SL_COMMITMENT_NAME_SIZE];
    SL_AUTO(sl_secret_clear) struct sl_secret input = { 0 };
    SL_AUTO(sl_contribution_clear) struct sl_contribution k = { 0 };
    SL_AUTO(pair_clear) struct pair p = { 0 };
    return sl_commitment_name(sl_span_str(name), checked, err) && sl_dir_check(dir, err) && gather(c, &input, err)
           && sl_contribution_new(name, sl_args_has(&c->args, SL_OPT_DICE), sl_secret_span(&input), &k, err)
           && sl_dir_make(dir, err) && name_pair(dir, name, &p, err) && write_pair(&k, &p, err)
           && answer(c, &k, &p, err);
}
