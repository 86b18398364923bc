/* sealift init: a commented manifest to start from, with all that can be found out. */
#include "cli/surroundings.h"
#include "core/file.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

#define NAME    "sealift.yaml"
#define COMMENT 34 /* column of the comments */

/* One line: what YAML reads, and a comment in its column. */
static bool line(struct sl_buf *b, const char *yaml, const char *comment, struct sl_err *err)
{
    int room = (int)strlen(yaml) < COMMENT ? COMMENT - (int)strlen(yaml) : 1;
    return *comment ? sl_buf_addf(b, err, "%s%*s# %s\n", yaml, room, "", comment) : sl_buf_addf(b, err, "%s\n", yaml);
}

/* The same with a value in double quotes, where it is not plain. */
static bool value_line(struct sl_buf *b, const char *key, const char *value, const char *comment, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf yaml = { 0 };
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+:-";
    const size_t len = strlen(value);
    bool quoted = value[strspn(value, plain)] != 0 || len == 0 || value[len - 1] == ':';
    if (!sl_buf_addf(&yaml, err, "%s%s", key, quoted ? "\"" : ""))
        return false;
    for (const char *c = value; *c; c++)
        if ((strchr("\"\\", *c) && !sl_buf_add_char(&yaml, '\\', err)) || !sl_buf_add_char(&yaml, *c, err))
            return false;
    return (!quoted || sl_buf_add_char(&yaml, '"', err)) && line(b, sl_buf_str(&yaml), comment, err);
}

/* "MCUboot image, 97.6 KiB". */
static void describe(const struct sl_surroundings_file *f, char *ret, size_t size)
{
    char bytes[32];
    sl_size_put(bytes, sizeof bytes, f->size_bytes);
    (void)snprintf(ret, size, "%s%s%s, %s", sl_firmware_name(f->firmware.kind), *f->firmware.version ? " " : "",
                   f->firmware.version, bytes);
}

static bool add_release(struct sl_buf *b, const struct sl_surroundings *s, struct sl_err *err)
{
    char name_from[80], version_from[80];
    (void)snprintf(name_from, sizeof name_from, "%s%s; small letters, digits and -", s->name ? "from " : "yours",
                   s->name ? s->name_from : "");
    (void)snprintf(version_from, sizeof version_from, "%s%s; SemVer 2.0, devices compare it",
                   s->version ? "from " : "yours", s->version ? s->version_from : "");
    return sl_buf_add_str(b, "release:\n", err)
           && value_line(b, "  name: ", s->name ? s->name : "my-device", name_from, err)
           && value_line(b, "  version: ", s->version ? s->version : "1.0.0", version_from, err)
           && line(b, "  # hardware: [rev-a]", "what it fits; carried in the signed statement", err);
}

static bool add_artifacts(struct sl_buf *b, const struct sl_surroundings *s, struct sl_err *err)
{
    char what[160];
    if (!line(b, "artifacts:", "one or more files, by a name of your choice", err) || !line(b, "  app:", "", err))
        return false;
    if (s->n_files == 0)
        return line(b, "    file: build/app.bin", "relative to this file", err);
    describe(&s->file[0], what, sizeof what);
    if (!value_line(b, "    file: ", s->file[0].path, what, err))
        return false;
    for (size_t i = 1; i < s->n_files; i++) {
        describe(&s->file[i], what, sizeof what);
        if (!value_line(b, "  # also found: ", s->file[i].path, what, err))
            return false;
    }
    return true;
}

static bool add_keys(struct sl_buf *b, const struct sl_surroundings *s, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf uri = { 0 };
    return sl_buf_addf(&uri, err, "file:%s", s->key ? s->key : "keys/release.pem") && line(b, "signing:", "", err)
           && line(b, "  key: release", "which of the keys below signs", err) && sl_buf_add_str(b, "\nkeys:\n", err)
           && value_line(b, "  release: ", sl_buf_str(&uri),
                         s->key ? "found here" : "make one: sealift key new keys/release.pem", err);
}

static bool add_bucket(struct sl_buf *b, const struct sl_surroundings *s, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf prefix = { 0 }, bucket = { 0 }, guard = { 0 };
    bool known = s->account[0] != 0;
    return line(b, "bucket:", "must exist, with versioning enabled: sealift doctor asks", err)
           && sl_buf_addf(&bucket, err, "%s%s", known ? "firmware-" : "my-firmware-bucket", s->account)
           && value_line(b, "  name: ", sl_buf_str(&bucket), "yours", err)
           && value_line(b, "  region: ", s->region.len > 0 ? sl_buf_str(&s->region) : "eu-west-1",
                         s->region.len > 0 ? "from the AWS configuration" : "yours", err)
           && sl_buf_addf(&prefix, err, "%s/", s->name ? s->name : "my-device")
           && value_line(b, "  prefix: ", sl_buf_str(&prefix), "objects are <prefix><version>/<file name>", err)
           && (!known
               || (sl_buf_addf(&guard, err, "  account: \"%s\"", s->account)
                   && line(b, sl_buf_str(&guard), "of the credentials; others are refused", err)));
}

static bool add_job(struct sl_buf *b, const struct sl_surroundings *s, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf role = { 0 };
    const char *region = s->region.len > 0 ? sl_buf_str(&s->region) : "";
    const char *partition = strncmp(region, "cn-", 3) == 0       ? "aws-cn"
                            : strncmp(region, "us-gov-", 7) == 0 ? "aws-us-gov"
                                                                 : "aws";
    return sl_buf_add_str(b, "job:\n", err)
           && line(b, "  targets: [thing/my-first-device]", "yours: thing/NAME, group/NAME or ARNs", err)
           && sl_buf_addf(&role, err, "    role: arn:%s:iam::%s:role/%s-download", partition,
                          s->account[0] ? s->account : "123456789012", s->name ? s->name : "my-firmware")
           && sl_buf_add_str(
               b, "  url:\n    # The role AWS IoT makes the download URLs with: sealift role apply makes it.\n", err)
           && line(b, sl_buf_str(&role), "", err)
           && line(b, "    timeout: 1h", "how long a download URL is valid: 60s to 1h", err)
           && sl_buf_add_str(b, "  document:\n", err)
           && line(b, "    dialect: jobs-agent", "or device-client, afr-ota, custom", err)
           && line(b, "    operation: install", "", err);
}

static bool add_manifest(struct sl_buf *b, const struct sl_surroundings *s, struct sl_err *err)
{
    return sl_buf_add_str(
               b,
               "# A release of firmware: what is signed, where it is stored, and the AWS IoT job that delivers it.\n"
               "# 'sealift check' reads this file alone; 'sealift plan' shows what 'sealift publish' would do.\n"
               "sealift: 1\n\n",
               err)
           && add_release(b, s, err) && sl_buf_add_char(b, '\n', err) && add_artifacts(b, s, err)
           && sl_buf_add_char(b, '\n', err) && add_keys(b, s, err) && sl_buf_add_char(b, '\n', err)
           && add_bucket(b, s, err) && sl_buf_add_char(b, '\n', err) && add_job(b, s, err);
}

static bool say(struct sl_context *c, const char *path, const struct sl_surroundings *s, struct sl_err *err)
{
    if (c->console.json) {
        SL_AUTO(sl_json_clear) json_t *answer = json_pack("{s:s}", "manifest", path);
        json_t *found = json_object();
        if (!sl_json_set(answer, "found", found, err)
            || (s->n_files > 0 && !sl_json_set(found, "file", json_string(s->file[0].path), err))
            || (s->n_files > 0
                && !sl_json_set(found, "kind", json_string(sl_firmware_name(s->file[0].firmware.kind)), err))
            || (s->name && !sl_json_set(found, "name", json_string(s->name), err))
            || (s->version && !sl_json_set(found, "version", json_string(s->version), err))
            || (s->account[0] && !sl_json_set(found, "account", json_string(s->account), err))
            || (s->region.len > 0 && !sl_json_set(found, "region", json_string(sl_buf_str(&s->region)), err)))
            return false;
        return sl_console_json(&c->console, answer, err);
    }
    if (s->n_files > 0)
        sl_console_note(&c->console, "found %s, %s", s->file[0].path, sl_firmware_name(s->file[0].firmware.kind));
    sl_console_say(&c->console, "%s written. Edit it, then run: sealift check %s", path, path);
    return true;
}

bool sl_cmd_init(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    const char *dir = c->args.n_positional > 0 ? c->args.positional[0] : ".";
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 }, text = { 0 };
    SL_AUTO(sl_outfile_clear) struct sl_outfile out = SL_OUTFILE_NONE;
    SL_AUTO(sl_surroundings_clear) struct sl_surroundings s = { 0 };
    /* Refused before anything is looked at. */
    if (!sl_dir_make(dir, err) || !sl_path_join(dir, NAME, &path, err)
        || !sl_outfile_open(sl_buf_str(&path), 0666, true, &out, err))
        return false;
    if (!sl_surroundings_look(c, dir, sl_args_has(&c->args, SL_OPT_OFFLINE), &s, err) || !add_manifest(&text, &s, err))
        return false;
    sl_outfile_add(&out, sl_buf_span(&text));
    return sl_outfile_commit(&out, err) && say(c, sl_buf_str(&path), &s, err);
}
