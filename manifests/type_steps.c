#include "manifests/priv/asked.h"
#include "manifests/priv/type.h"

#define KEY(member, key, type, about)                                                                                  \
    {                                                                                                                  \
        key, &(type), 0, offsetof(struct sl_asked_step, member), about                                                 \
    }

/* Lengths: AWS's managed job templates ("AWS managed templates", IoT developer guide) and Linux's PATH_MAX. */
static const struct sl_type step_name = { .kind = SL_KIND_TEXT, .min = 1, .max = 128 };
static const struct sl_type user = {
    .kind = SL_KIND_TEXT,
    .expected = "a user name",
    .pattern = "^[A-Za-z_][A-Za-z0-9_.-]*[$]?$",
    .min = 1,
    .max = 256,
};
static const struct sl_type file = {
    .kind = SL_KIND_TEXT,
    .expected = "a path that begins with '/' and does not end with one",
    .pattern = "^/(.*[^/])$",
    .min = 2,
    .max = 4096,
};
static const struct sl_type mode = {
    .kind = SL_KIND_TEXT, .expected = "a file mode such as '0755'", .pattern = "^0?[0-7]{3}$", .min = 3, .max = 4
};
static const struct sl_type word = { .kind = SL_KIND_TEXT, .expected = "text", .max = 4096 };
static const struct sl_type words = { .kind = SL_KIND_LIST, .item = &word, .min = 1, .max = 100 };
static const struct sl_type lines = { .kind = SL_KIND_WHOLE, .max = 1000000 };
static const struct sl_type flag = { .kind = SL_KIND_BOOL, .max = 1 };

static const struct sl_key step_keys[] = {
    KEY(name, "name", step_name, "What the step is called; default of a fetch 'fetch ARTIFACT'"),
    KEY(fetch, "fetch", sl_type_name, "The artifact to download and verify, with the handler sealift-fetch"),
    KEY(to, "to", file, "fetch: the file on the device"),
    KEY(mode, "mode", mode, "fetch: the file's mode; default 0644"),
    KEY(handler, "handler", step_name, "A handler of the device"),
    KEY(args, "args", words, "handler: its arguments, with {{holes}}"),
    KEY(path, "path", word, "handler: the folder it is in; default 'default', the client's own"),
    KEY(command, "command", words, "A program and its arguments, one entry each, with {{holes}}"),
    KEY(run_as, "run_as", user, "The user of the device it runs as"),
    KEY(allow_stderr, "allow_stderr", lines, "How many lines on stderr are no failure"),
    KEY(ignore_failure, "ignore_failure", flag, "Whether the next step follows all the same"),
    { NULL, NULL, 0, 0, NULL },
};
static const struct sl_table step_table = { "step", "A step of the AWS IoT Device Client: fetch, handler or command",
                                            sizeof(struct sl_asked_step), step_keys, NULL };
const struct sl_type sl_type_step = { .kind = SL_KIND_MAP, .table = &step_table };
const struct sl_type sl_type_steps = { .kind = SL_KIND_LIST, .item = &sl_type_step, .min = 1, .max = 100 };
