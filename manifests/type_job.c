#include "manifests/priv/asked.h"
#include "manifests/priv/type.h"

#define KEY(of, member, key, type, flags, about)                                                                       \
    {                                                                                                                  \
        key, &(type), flags, offsetof(of, member), about                                                               \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, 0, 0, NULL                                                                                         \
    }

/* Limits: IoT API reference, CreateJob; General Reference, "AWS IoT Device Management endpoints and quotas". */
static const struct sl_type job_id = {
    .kind = SL_KIND_TEXT,
    .expected = "a job id of letters, digits, '_' and '-', at most 64",
    .pattern = "^[A-Za-z0-9_-]+$",
    .min = 1,
    .max = 64,
    .hint = sl_type_hint_id,
};
static const struct sl_type target = {
    .kind = SL_KIND_TEXT,
    .expected = "a target such as 'thing/lab-1', 'group/thermostats' or an ARN",
    .min = 1,
    .max = 2048,
};
static const struct sl_type targets = { .kind = SL_KIND_LIST, .item = &target, .min = 1, .max = 100 };
static const struct sl_type description = { .kind = SL_KIND_TEXT, .min = 1, .max = 2028 };

static const struct sl_type role = {
    .kind = SL_KIND_TEXT,
    .expected = "a role ARN such as 'arn:aws:iam::123456789012:role/firmware-download'",
    .pattern = "^arn:(aws|aws-cn|aws-us-gov):iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$",
    .min = 20,
    .max = 2048,
};
static const struct sl_type url_timeout = { .kind = SL_KIND_DURATION, .min = 60, .max = 3600, .scale = 1 };
static const struct sl_choice placeholder_names[] = { { "v2", false }, { "v1", false }, { NULL, false } };
static const struct sl_type placeholder = { .kind = SL_KIND_CHOICE, .choices = placeholder_names };
static const struct sl_key url_keys[] = {
    KEY(struct sl_asked_url, role, "role", role, 0, "ARN of the role devices download with"),
    KEY(struct sl_asked_url, timeout, "timeout", url_timeout, 0, "How long a URL works: 60s to 1h, default 1h"),
    KEY(struct sl_asked_url, placeholder, "placeholder", placeholder, 0, "v2 pins the stored version; v1 does not"),
    END,
};
static const struct sl_table url_table = { "url", "How devices get their download URLs", sizeof(struct sl_asked_url),
                                           url_keys, NULL };
static const struct sl_type url = { .kind = SL_KIND_MAP, .table = &url_table };

static const struct sl_choice dialect_names[] = {
    { "jobs-agent", false }, { "device-client", false },    { "afr-ota", false },
    { "custom", false },     { "managed-template", false }, { NULL, false },
};
static const struct sl_type dialect = { .kind = SL_KIND_CHOICE, .choices = dialect_names };
/* Of the operations the agent knows, install is the one that takes files; a release has files. */
static const struct sl_choice operation_names[] = { { "install", false }, { NULL, false } };
static const struct sl_type operation = { .kind = SL_KIND_CHOICE, .choices = operation_names };
static const struct sl_type flag = { .kind = SL_KIND_BOOL, .max = 1 };
static const struct sl_type body = { .kind = SL_KIND_FREE, .expected = "a mapping", .document = true };
/* The FreeRTOS demos give paths on the device 260 bytes (OTA_MAX_FILE_PATH_SIZE, otaconfig). */
static const struct sl_type device_path = { .kind = SL_KIND_TEXT, .min = 1, .max = 255 };
static const struct sl_type file_type = { .kind = SL_KIND_WHOLE, .max = 255 };
static const struct sl_choice protocol_names[] = { { "HTTP", false }, { "MQTT", true }, { NULL, false } };
static const struct sl_type protocol = { .kind = SL_KIND_CHOICE, .choices = protocol_names };
static const struct sl_type protocols = { .kind = SL_KIND_LIST, .item = &protocol, .min = 1, .max = 2 };
static const struct sl_choice register_names[] = { { "inline", false }, { "s3", false }, { NULL, false } };
static const struct sl_type register_by = { .kind = SL_KIND_CHOICE, .choices = register_names };

static const struct sl_key document_keys[] = {
    KEY(struct sl_asked_document, dialect, "dialect", dialect, SL_KEY_REQUIRED, "Whose document it is"),
    KEY(struct sl_asked_document, operation, "operation", operation, 0, "jobs-agent: what to do"),
    KEY(struct sl_asked_document, package, "package", sl_type_text, 0,
        "jobs-agent: package name; default release.name"),
    KEY(struct sl_asked_document, working_directory, "working_directory", sl_type_text, 0,
        "jobs-agent: where files go, relative to the agent"),
    KEY(struct sl_asked_document, launch, "launch", sl_type_text, 0, "jobs-agent: command that starts the package"),
    KEY(struct sl_asked_document, auto_start, "auto_start", flag, 0,
        "jobs-agent: start the package after installing it"),
    KEY(struct sl_asked_document, body, "body", body, 0, "custom: the document, with {{holes}} in its strings"),
    KEY(struct sl_asked_document, file, "file", sl_type_text, 0, "custom: a JSON file that holds the document"),
    KEY(struct sl_asked_document, steps, "steps", sl_type_steps, 0, "device-client: what devices do, in order"),
    KEY(struct sl_asked_document, final_step, "final_step", sl_type_step, 0,
        "device-client: what they do when all steps have succeeded"),
    KEY(struct sl_asked_document, include_stdout, "include_stdout", flag, 0, "device-client: report what steps print"),
    KEY(struct sl_asked_document, schema, "schema", sl_type_text, 0,
        "custom: a JSON Schema file that the document must fit"),
    KEY(struct sl_asked_document, certfile, "certfile", device_path, 0,
        "afr-ota: the certificate on the device that the signature is verified with"),
    KEY(struct sl_asked_document, filepath, "filepath", device_path, 0,
        "afr-ota: the file on the device; default the artifact's file name"),
    KEY(struct sl_asked_document, file_type, "file_type", file_type, 0, "afr-ota: the file type; default 0"),
    KEY(struct sl_asked_document, protocols, "protocols", protocols, 0,
        "afr-ota: how the device may download; default HTTP"),
    KEY(struct sl_asked_document, reg, "register", register_by, 0,
        "How AWS IoT is given the document: inline, or s3 for a link to the stored one"),
    END,
};
static const struct sl_table document_table = { "document", "What devices are told", sizeof(struct sl_asked_document),
                                                document_keys, NULL };
static const struct sl_type document = { .kind = SL_KIND_MAP, .table = &document_table };

static const struct sl_choice selection_names[] = { { "snapshot", false }, { "continuous", false }, { NULL, false } };
static const struct sl_type selection = { .kind = SL_KIND_CHOICE, .choices = selection_names };

static const struct sl_type rate = { .kind = SL_KIND_WHOLE, .min = 1, .max = 1000 };
static const struct sl_type factor = { .kind = SL_KIND_DECIMAL, .min = 11, .max = 50, .scale = 1 };
static const struct sl_type things = { .kind = SL_KIND_WHOLE, .min = 1, .max = 1000000000 };
static const struct sl_key exponential_keys[] = {
    KEY(struct sl_asked_exponential, base, "base", rate, SL_KEY_REQUIRED, "Things per minute at the start"),
    KEY(struct sl_asked_exponential, factor_tenths, "factor", factor, SL_KEY_REQUIRED, "By how much the rate grows"),
    KEY(struct sl_asked_exponential, after_notified, "after_notified", things, 0,
        "It grows after so many notified things"),
    KEY(struct sl_asked_exponential, after_succeeded, "after_succeeded", things, 0, "It grows after so many successes"),
    END,
};
static const struct sl_table exponential_table = { "exponential", "A rate that grows",
                                                   sizeof(struct sl_asked_exponential), exponential_keys, NULL };
static const struct sl_type exponential = { .kind = SL_KIND_MAP, .table = &exponential_table };
static const struct sl_key rollout_keys[] = {
    KEY(struct sl_asked_rollout, per_minute, "per_minute", rate, 0, "Things per minute"),
    KEY(struct sl_asked_rollout, exponential, "exponential", exponential, 0, "A rate that grows"),
    END,
};
static const struct sl_table rollout_table = { "rollout", "How fast things are told", sizeof(struct sl_asked_rollout),
                                               rollout_keys, NULL };
static const struct sl_type rollout = { .kind = SL_KIND_MAP, .table = &rollout_table };

static const struct sl_choice abort_statuses[] = {
    { "failed", false }, { "rejected", false }, { "timed_out", false }, { "all", false }, { NULL, false },
};
static const struct sl_type abort_status = { .kind = SL_KIND_CHOICE, .choices = abort_statuses };
static const struct sl_type above = { .kind = SL_KIND_PERCENT, .min = 1, .max = 10000, .scale = 2 };
static const struct sl_key abort_keys[] = {
    KEY(struct sl_asked_abort, status, "status", abort_status, SL_KEY_REQUIRED, "The outcome that counts"),
    KEY(struct sl_asked_abort, above_hundredths, "above", above, SL_KEY_REQUIRED,
        "The share of it above which the job is canceled"),
    KEY(struct sl_asked_abort, after, "after", things, SL_KEY_REQUIRED,
        "How many things must have an outcome before that"),
    END,
};
static const struct sl_table abort_table = { "abort", "When the job is canceled", sizeof(struct sl_asked_abort),
                                             abort_keys, NULL };
static const struct sl_type abort_item = { .kind = SL_KIND_MAP, .table = &abort_table };
static const struct sl_type abort_list = { .kind = SL_KIND_LIST, .item = &abort_item, .min = 1, .max = 10 };

static const struct sl_type execution_timeout = { .kind = SL_KIND_DURATION, .min = 60, .max = 604800, .scale = 60 };
static const struct sl_type retries = { .kind = SL_KIND_WHOLE, .max = 10 };
static const struct sl_key retry_keys[] = {
    KEY(struct sl_asked_retry, failed, "failed", retries, 0, "Retries after a failure"),
    KEY(struct sl_asked_retry, timed_out, "timed_out", retries, 0, "Retries after a timeout"),
    KEY(struct sl_asked_retry, all, "all", retries, 0, "Retries after either"),
    END,
};
static const struct sl_table retry_table = { "retry", "Whether things try again", sizeof(struct sl_asked_retry),
                                             retry_keys, NULL };
static const struct sl_type retry = { .kind = SL_KIND_MAP, .table = &retry_table };

static const struct sl_type moment = {
    .kind = SL_KIND_TEXT,
    .expected = "a time in UTC such as '2026-12-01T09:00Z'",
    .pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z$",
    .min = 1,
    .max = 64,
};
static const struct sl_choice at_end_names[] = {
    { "stop_rollout", false },
    { "cancel", false },
    { "force_cancel", false },
    { NULL, false },
};
static const struct sl_type at_end = { .kind = SL_KIND_CHOICE, .choices = at_end_names };
static const struct sl_type cron = {
    .kind = SL_KIND_TEXT,
    .expected = "a schedule such as 'cron(0 2 ? * MON *)'",
    .pattern = "^cron\\(.+\\)$",
    .min = 1,
    .max = 256,
};
static const struct sl_type window_length = { .kind = SL_KIND_DURATION, .min = 60, .max = 85800, .scale = 60 };
static const struct sl_key window_keys[] = {
    KEY(struct sl_asked_window, start, "start", cron, SL_KEY_REQUIRED, "When a window opens, in UTC"),
    KEY(struct sl_asked_window, length, "length", window_length, SL_KEY_REQUIRED,
        "How long it stays open, in whole minutes"),
    END,
};
static const struct sl_table window_table = { "window", "A maintenance window", sizeof(struct sl_asked_window),
                                              window_keys, NULL };
static const struct sl_type window = { .kind = SL_KIND_MAP, .table = &window_table };
static const struct sl_type windows = { .kind = SL_KIND_LIST, .item = &window, .min = 1, .max = 100 };
static const struct sl_key schedule_keys[] = {
    KEY(struct sl_asked_schedule, start, "start", moment, 0,
        "When the rollout begins: 30 minutes to a year ahead; default at once"),
    KEY(struct sl_asked_schedule, end, "end", moment, 0,
        "When it ends: at least 30 minutes after start, at most two years ahead"),
    KEY(struct sl_asked_schedule, at_end, "at_end", at_end, 0, "What happens then; default stop_rollout"),
    KEY(struct sl_asked_schedule, windows, "windows", windows, 0, "Maintenance windows, of continuous jobs only"),
    END,
};
static const struct sl_table schedule_table = { "schedule", "When the job runs", sizeof(struct sl_asked_schedule),
                                                schedule_keys, NULL };
static const struct sl_type schedule = { .kind = SL_KIND_MAP, .table = &schedule_table };

/* IoT API reference, CreatePackage and CreatePackageVersion; developer guide, "Preparing jobs for Software Package
 * Catalog", for $default and $null. */
static const struct sl_type package_name = {
    .kind = SL_KIND_TEXT,
    .expected = "a package name of letters, digits, '.', '_' and '-', at most 128",
    .pattern = "^[A-Za-z0-9_.-]+$",
    .min = 1,
    .max = 128,
};
static const struct sl_type package_version = {
    .kind = SL_KIND_TEXT,
    .expected = "a package version of letters, digits, '.', '_' and '-', at most 64; '$default' or '$null'",
    .pattern = "^([A-Za-z0-9_.-]+|\\$default|\\$null)$",
    .min = 1,
    .max = 64,
};
static const struct sl_type package_description = { .kind = SL_KIND_TEXT, .min = 1, .max = 1024 };
static const struct sl_type package_attribute = { .kind = SL_KIND_TEXT, .min = 1, .max = 3072 };
static const struct sl_type package_attributes = { .kind = SL_KIND_PAIRS, .item = &package_attribute, .max = 100 };
static const struct sl_key package_keys[] = {
    KEY(struct sl_asked_package, name, "name", package_name, SL_KEY_REQUIRED, "Package name"),
    KEY(struct sl_asked_package, version, "version", package_version, SL_KEY_REQUIRED,
        "Its version; of one that is not made here also $default or $null"),
    KEY(struct sl_asked_package, description, "description", package_description, 0,
        "Description of the version that is made"),
    KEY(struct sl_asked_package, artifact, "artifact", sl_type_name, 0,
        "The artifact it points to; default the only one"),
    KEY(struct sl_asked_package, sbom, "sbom", sl_type_text, 0,
        "Its software bill of materials: an SPDX or CycloneDX file"),
    KEY(struct sl_asked_package, attributes, "attributes", package_attributes, 0, "Its attributes, at most 3 KB"),
    END,
};
static const struct sl_table package_table = { "package", "A package version of the Software Package Catalog",
                                               sizeof(struct sl_asked_package), package_keys, NULL };
static const struct sl_type package = { .kind = SL_KIND_MAP, .table = &package_table };
static const struct sl_type packages = { .kind = SL_KIND_LIST, .item = &package, .min = 1, .max = 25 };

static const struct sl_type template_arn = {
    .kind = SL_KIND_TEXT,
    .expected = "the ARN of a job template such as 'arn:aws:iot:eu-west-1:123456789012:jobtemplate/careful'",
    .pattern = "^arn:aws(-cn|-us-gov)?:iot:[a-z0-9-]+:([0-9]{12})?:jobtemplate/[A-Za-z0-9_-]+(:[0-9.]+)?$",
    .min = 1,
    .max = 1600,
};
/* AWS IoT API reference, ParameterValue. */
static const struct sl_type parameter = {
    .kind = SL_KIND_TEXT, .expected = "the value of a parameter", .min = 1, .max = 30720
};
static const struct sl_type parameters = { .kind = SL_KIND_PAIRS, .item = &parameter, .max = 50 };
static const struct sl_key template_keys[] = {
    KEY(struct sl_asked_template, arn, "arn", template_arn, SL_KEY_REQUIRED, "ARN of the job template"),
    KEY(struct sl_asked_template, parameters, "parameters", parameters, 0,
        "Parameters of a template that AWS manages, with {{holes}} as in a custom document"),
    END,
};
static const struct sl_table template_table = { "template", "A job template: its ARN, or a mapping",
                                                sizeof(struct sl_asked_template), template_keys, "arn" };
static const struct sl_type template = { .kind = SL_KIND_MAP, .table = &template_table };

static const struct sl_type any_size = { .kind = SL_KIND_SIZE, .min = 1 };
static const struct sl_type url_length = { .kind = SL_KIND_WHOLE, .min = 1, .max = 65536 };
static const struct sl_type link_speed = {
    .kind = SL_KIND_TEXT,
    .expected = "a speed such as '64kbit'",
    .pattern = "^[1-9][0-9]{0,8}(bit|kbit|Mbit|Gbit)$",
    .min = 1,
    .max = 32,
};
static const struct sl_key device_keys[] = {
    KEY(struct sl_asked_device, max_document, "max_document", any_size, 0,
        "Longest document a device takes, its download URLs included"),
    KEY(struct sl_asked_device, max_url, "max_url", url_length, 0, "Longest download URL a device takes"),
    KEY(struct sl_asked_device, max_image, "max_image", any_size, 0, "Largest file a device takes"),
    KEY(struct sl_asked_device, link, "link", link_speed, 0, "The slowest link a device has"),
    END,
};
static const struct sl_table device_table = { "device", "What devices can take", sizeof(struct sl_asked_device),
                                              device_keys, NULL };
static const struct sl_type device = { .kind = SL_KIND_MAP, .table = &device_table };

static const struct sl_type tag = { .kind = SL_KIND_TEXT, .expected = "a tag value", .max = 256 };
static const struct sl_type tags = { .kind = SL_KIND_PAIRS, .item = &tag, .min = 1, .max = 50 };

static const struct sl_type stage_name = {
    .kind = SL_KIND_TEXT,
    .expected = "a name of small letters, digits and '-'",
    .pattern = "^[a-z0-9][a-z0-9-]*$",
    .min = 1,
    .max = 32,
    .hint = sl_type_hint_small,
};
static const struct sl_type reach = { .kind = SL_KIND_PERCENT, .min = 1, .max = 10000, .scale = 2 };
static const struct sl_type most_failed = { .kind = SL_KIND_PERCENT, .max = 10000, .scale = 2 };
static const struct sl_type soak = { .kind = SL_KIND_DURATION, .min = 1, .max = 2592000, .scale = 1 };
static const struct sl_key stage_keys[] = {
    KEY(struct sl_asked_stage, name, "name", stage_name, SL_KEY_REQUIRED, "Name of the stage"),
    KEY(struct sl_asked_stage, targets, "targets", targets, SL_KEY_REQUIRED, "Things and groups of this stage"),
    KEY(struct sl_asked_stage, until, "until", reach, 0,
        "The share of its things that must succeed before the next stage begins"),
    KEY(struct sl_asked_stage, fail_above, "fail_above", most_failed, 0,
        "The share of failed things above which the next stage never begins"),
    KEY(struct sl_asked_stage, soak, "soak", soak, 0, "How long 'until' must have been reached: up to 30 days"),
    KEY(struct sl_asked_stage, description, "description", description, 0, "In place of the job's description"),
    KEY(struct sl_asked_stage, selection, "selection", selection, 0, "In place of the job's"),
    KEY(struct sl_asked_stage, rollout, "rollout", rollout, 0, "In place of the job's"),
    KEY(struct sl_asked_stage, abort, "abort", abort_list, 0, "In place of the job's"),
    KEY(struct sl_asked_stage, timeout, "timeout", execution_timeout, 0, "In place of the job's"),
    KEY(struct sl_asked_stage, retry, "retry", retry, 0, "In place of the job's"),
    KEY(struct sl_asked_stage, schedule, "schedule", schedule, 0, "In place of the job's"),
    KEY(struct sl_asked_stage, tags, "tags", tags, 0, "In place of the job's"),
    END,
};
static const struct sl_table stage_table = { "stage", "A stage: a job for some of the things, before the next ones",
                                             sizeof(struct sl_asked_stage), stage_keys, NULL };
static const struct sl_type stage = { .kind = SL_KIND_MAP, .table = &stage_table };
static const struct sl_type stages = { .kind = SL_KIND_LIST, .item = &stage, .min = 2, .max = 20 };

static const struct sl_key job_keys[] = {
    KEY(struct sl_asked_job, artifacts, "artifacts", sl_type_names, 0,
        "Which artifacts its document carries; default all"),
    KEY(struct sl_asked_job, id, "id", job_id, 0, "Job id; default derived from name, version and plan digest"),
    KEY(struct sl_asked_job, targets, "targets", targets, 0,
        "Things and groups: thing/x, group/x or ARNs; required without stages"),
    KEY(struct sl_asked_job, description, "description", description, 0, "Description of the job"),
    KEY(struct sl_asked_job, region, "region", sl_type_region, 0, "Region of the job; default bucket.region"),
    KEY(struct sl_asked_job, url, "url", url, 0, "How devices get their download URLs"),
    KEY(struct sl_asked_job, document, "document", document, SL_KEY_REQUIRED, "What devices are told"),
    KEY(struct sl_asked_job, selection, "selection", selection, 0,
        "snapshot, or continuous: also things that join later"),
    KEY(struct sl_asked_job, rollout, "rollout", rollout, 0, "How fast things are told"),
    KEY(struct sl_asked_job, abort, "abort", abort_list, 0, "When the job is canceled"),
    KEY(struct sl_asked_job, timeout, "timeout", execution_timeout, 0,
        "How long a thing may work on it, in whole minutes"),
    KEY(struct sl_asked_job, retry, "retry", retry, 0, "Whether things try again"),
    KEY(struct sl_asked_job, schedule, "schedule", schedule, 0, "When the job runs"),
    KEY(struct sl_asked_job, packages, "packages", packages, 0, "Package versions this job installs"),
    KEY(struct sl_asked_job, template, "template", template, 0, "A job template: gives what the manifest leaves out"),
    KEY(struct sl_asked_job, device, "device", device, 0, "What devices can take"),
    KEY(struct sl_asked_job, stages, "stages", stages, 0, "In place of targets: one job after another, behind gates"),
    KEY(struct sl_asked_job, tags, "tags", tags, 0, "Tags of the job"),
    END,
};
static const struct sl_table job_table = { "job", "A job: who gets the release and how", sizeof(struct sl_asked_job),
                                           job_keys, NULL };
const struct sl_type sl_type_job = { .kind = SL_KIND_MAP, .table = &job_table };
