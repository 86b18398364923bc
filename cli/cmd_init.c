/* sealift init: a commented manifest to start from. */
#include "cli/verb.h"
#include "core/file.h"

#define NAME "sealift.yaml"

static const char text[] =
    "# A release of firmware: what is signed, where it is stored, and the AWS IoT job that delivers it.\n"
    "# 'sealift check' reads this file alone; 'sealift plan' shows what 'sealift publish' would do.\n"
    "sealift: 1\n"
    "\n"
    "release:\n"
    "  name: my-device            # lower-case letters, digits and -\n"
    "  version: 1.0.0             # SemVer 2.0; devices compare it\n"
    "  # hardware: [rev-a]        # what it fits; carried in the signed statement\n"
    "\n"
    "artifacts:                   # one or more files, by a name of your choice\n"
    "  app:\n"
    "    file: build/app.bin      # relative to this file\n"
    "\n"
    "signing:\n"
    "  key: release               # which of the keys below signs\n"
    "\n"
    "keys:\n"
    "  release: file:keys/release.pem   # make one: sealift key new keys/release.pem\n"
    "\n"
    "bucket:                      # must exist and have versioning enabled\n"
    "  name: my-firmware-bucket\n"
    "  region: eu-west-1\n"
    "  prefix: my-device/         # objects are <prefix><version>/<file name>\n"
    "\n"
    "job:\n"
    "  targets: [thing/my-first-device]     # thing/NAME, group/NAME or ARNs\n"
    "  url:\n"
    "    # The role AWS IoT uses to make the download URLs.\n"
    "    role: arn:aws:iam::123456789012:role/my-firmware-download\n"
    "    timeout: 1h              # how long a download URL is valid: 60s to 1h\n"
    "  document:\n"
    "    dialect: jobs-agent      # or device-client, afr-ota, custom\n"
    "    operation: install\n";

bool sl_cmd_init(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    const char *dir = c->args.n_positional > 0 ? c->args.positional[0] : ".";
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    if (!sl_dir_make(dir, err) || !sl_path_join(dir, NAME, &path, err))
        return false;

    SL_AUTO(sl_outfile_clear) struct sl_outfile out = SL_OUTFILE_NONE;
    if (!sl_outfile_open(sl_buf_str(&path), 0666, true, &out, err))
        return false;
    sl_outfile_add(&out, sl_span_str(text));
    if (!sl_outfile_commit(&out, err))
        return false;

    if (c->console.json) {
        SL_AUTO(sl_json_clear) json_t *answer = json_pack("{s:s}", "manifest", sl_buf_str(&path));
        return answer ? sl_console_json(&c->console, answer, err) : sl_fail_nomem(err);
    }
    sl_console_say(&c->console, "%s written. Edit it, then run: sealift check %s", sl_buf_str(&path),
                   sl_buf_str(&path));
    return true;
}
