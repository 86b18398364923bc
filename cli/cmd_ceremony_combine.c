/* sealift ceremony combine: responses become the signed statement, and the transcript. */
#include "cli/ceremony_file.h"
#include "cli/ceremony_view.h"
#include "cli/verb.h"
#include "core/file.h"

#include <stdlib.h>

/* The files of a request and its responses. */
struct files {
    struct sl_buf *texts;
    struct sl_ceremony_part *parts;
    size_t n;
};

static void files_clear(struct files *f)
{
    for (size_t i = 0; f->texts && i < f->n; i++)
        sl_buf_clear(&f->texts[i]);
    free(f->texts);
    free(f->parts);
}

static bool read_files(const struct sl_args *args, struct files *f, struct sl_err *err)
{
    f->n = args->n_positional;
    f->texts = calloc(f->n, sizeof *f->texts);
    f->parts = calloc(f->n, sizeof *f->parts);
    if (!f->texts || !f->parts)
        return sl_fail_nomem(err);
    for (size_t i = 0; i < f->n; i++) {
        if (!sl_ceremony_file_read(args->positional[i], &f->texts[i], err))
            return false;
        f->parts[i] = (struct sl_ceremony_part){ sl_buf_span(&f->texts[i]), args->positional[i] };
    }
    return true;
}

static bool write_both(struct sl_context *c, const struct sl_ceremony_transcript *t, struct sl_err *err)
{
    const char *dir = sl_args_get(&c->args, SL_OPT_OUT, ".");
    SL_AUTO(sl_buf_clear) struct sl_buf statement = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf transcript = { 0 };
    SL_AUTO(sl_buf_clear) struct sl_buf names = { 0 };
    if (!sl_dir_make(dir, err) || !sl_path_join(dir, "statement.json", &statement, err)
        || !sl_path_join(dir, "transcript.json", &transcript, err)
        || !sl_ceremony_file_write(sl_buf_str(&transcript), sl_buf_span(&t->bytes), err)
        || !sl_ceremony_file_write(sl_buf_str(&statement), sl_buf_span(&t->statement), err)
        || !sl_ceremony_view_names(&t->ceremony, t->signed_by, &names, err))
        return false;
    sl_console_say(&c->console, "statement   %s, plan sha256:%s", sl_buf_str(&statement), t->ceremony.plan.digest);
    sl_console_say(&c->console, "signed by   %s: %zu signatures of %zu that must be there%s", sl_buf_str(&names),
                   t->good, t->ceremony.threshold, t->ceremony.rehearsal ? " (a REHEARSAL)" : "");
    sl_console_say(&c->console, "transcript  %s, sha256:%s", sl_buf_str(&transcript), t->digest);
    SL_AUTO(sl_json_clear)
    json_t *answer = json_pack("{s:s, s:s, s:s+, s:s+, s:s}", "statement", sl_buf_str(&statement), "transcript",
                               sl_buf_str(&transcript), "transcriptDigest", "sha256:", t->digest, "planDigest",
                               "sha256:", t->ceremony.plan.digest, "signedBy", sl_buf_str(&names));
    if (!answer)
        return sl_fail_nomem(err);
    return !c->console.json || sl_console_json(&c->console, answer, err);
}

bool sl_cmd_ceremony_combine(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    SL_AUTO(files_clear) struct files f = { 0 };
    SL_AUTO(sl_ceremony_transcript_clear) struct sl_ceremony_transcript t = { .good = 0 };
    return read_files(&c->args, &f, err) && sl_ceremony_transcript_make(&f.parts[0], f.parts + 1, f.n - 1, &t, err)
           && write_both(c, &t, err);
}
