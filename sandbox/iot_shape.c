/* Shapes as in the service model of AWS IoT (2015-05-28) and, where the model has none, the limits its text and the quotas
 * page give: the targets' and rollout rate's maximum, the timeout's range. */
#include "sandbox/priv/iot.h"

#define END                                                                                                            \
    {                                                                                                                  \
        NULL, false, NULL                                                                                              \
    }
#define STRUCTURE(list)                                                                                                \
    {                                                                                                                  \
        .kind = SL_SHAPE_STRUCTURE, .members = (list)                                                                  \
    }

static const char *const job_statuses[] = { "IN_PROGRESS",          "CANCELED",  "COMPLETED",
                                            "DELETION_IN_PROGRESS", "SCHEDULED", NULL };
static const char *const execution_statuses[] = { "QUEUED",   "IN_PROGRESS", "SUCCEEDED", "FAILED", "TIMED_OUT",
                                                  "REJECTED", "REMOVED",     "CANCELED",  NULL };
static const char *const selections[] = { "CONTINUOUS", "SNAPSHOT", NULL };
static const char *const failures[] = { "FAILED", "REJECTED", "TIMED_OUT", "ALL", NULL };
static const char *const retryables[] = { "FAILED", "TIMED_OUT", "ALL", NULL };
static const char *const abort_actions[] = { "CANCEL", NULL };

const struct sl_shape sl_iot_shape_job_id = { .min = 1, .max = 64, .of = &sl_shape_word };
const struct sl_shape sl_iot_shape_thing = { .min = 1, .max = 128, .of = &sl_shape_name };
const struct sl_shape sl_iot_shape_group = { .min = 1, .max = 128, .of = &sl_shape_name };
const struct sl_shape sl_iot_shape_job_status = { .values = job_statuses };
const struct sl_shape sl_iot_shape_execution_status = { .values = execution_statuses };
const struct sl_shape sl_iot_shape_selection = { .values = selections };

static const struct sl_shape boolean = { .kind = SL_SHAPE_BOOLEAN };
static const struct sl_shape any_string = { .kind = SL_SHAPE_STRING };
static const struct sl_shape description = { .max = 2028, .of = &sl_shape_printable };
static const struct sl_shape arn = { .max = 2048 };
static const struct sl_shape targets = { .kind = SL_SHAPE_LIST, .min = 1, .element = &arn };
static const struct sl_shape positive = { .kind = SL_SHAPE_INTEGER, .min = 1 };
static const struct sl_shape rate = { .kind = SL_SHAPE_INTEGER, .min = 1, .max = 1000 };

static const struct sl_shape role_arn = { .min = 20, .max = 2048 };
static const struct sl_shape expires = { .kind = SL_SHAPE_INTEGER, .min = 60, .max = 3600 };
static const struct sl_shape_member presigned_members[] = { { "roleArn", false, &role_arn },
                                                            { "expiresInSec", false, &expires },
                                                            END };
static const struct sl_shape presigned = STRUCTURE(presigned_members);

static const struct sl_shape_member increase_members[] = { { "numberOfNotifiedThings", false, &positive },
                                                           { "numberOfSucceededThings", false, &positive },
                                                           END };
static const struct sl_shape increase = STRUCTURE(increase_members);
static const struct sl_shape factor = { .kind = SL_SHAPE_DOUBLE, .min = 1.1, .max = 5 };
static const struct sl_shape_member exponential_members[] = { { "baseRatePerMinute", true, &rate },
                                                              { "incrementFactor", true, &factor },
                                                              { "rateIncreaseCriteria", true, &increase },
                                                              END };
static const struct sl_shape exponential = STRUCTURE(exponential_members);
static const struct sl_shape_member rollout_members[] = { { "maximumPerMinute", false, &rate },
                                                          { "exponentialRate", false, &exponential },
                                                          END };
static const struct sl_shape rollout = STRUCTURE(rollout_members);

static const struct sl_shape failure = { .values = failures }, action = { .values = abort_actions };
static const struct sl_shape percentage = { .kind = SL_SHAPE_DOUBLE, .min = 0, .max = 100 };
static const struct sl_shape_member abort_members[] = { { "failureType", true, &failure },
                                                        { "action", true, &action },
                                                        { "thresholdPercentage", true, &percentage },
                                                        { "minNumberOfExecutedThings", true, &positive },
                                                        END };
static const struct sl_shape abort_criteria = STRUCTURE(abort_members);
static const struct sl_shape abort_list = { .kind = SL_SHAPE_LIST, .min = 1, .element = &abort_criteria };
static const struct sl_shape_member abort_config_members[] = { { "criteriaList", true, &abort_list }, END };
static const struct sl_shape abort_config = STRUCTURE(abort_config_members);

static const struct sl_shape minutes = { .kind = SL_SHAPE_INTEGER, .min = 1, .max = 10080 };
static const struct sl_shape_member timeout_members[] = { { "inProgressTimeoutInMinutes", false, &minutes }, END };
static const struct sl_shape timeout = STRUCTURE(timeout_members);

static const struct sl_shape retryable = { .values = retryables };
static const struct sl_shape retries = { .kind = SL_SHAPE_INTEGER, .min = 0, .max = 10 };
static const struct sl_shape_member retry_members[] = { { "failureType", true, &retryable },
                                                        { "numberOfRetries", true, &retries },
                                                        END };
static const struct sl_shape retry_criteria = STRUCTURE(retry_members);
static const struct sl_shape retry_list = { .kind = SL_SHAPE_LIST, .min = 1, .max = 2, .element = &retry_criteria };
static const struct sl_shape_member retry_config_members[] = { { "criteriaList", true, &retry_list }, END };
static const struct sl_shape retry_config = STRUCTURE(retry_config_members);

static const struct sl_shape tag_key = { .min = 1, .max = 128, .of = &sl_shape_tag }, tag_value = { .max = 256 };
static const struct sl_shape_member tag_members[] = { { "Key", true, &tag_key }, { "Value", false, &tag_value }, END };
static const struct sl_shape tag = STRUCTURE(tag_members);
static const struct sl_shape tags = { .kind = SL_SHAPE_LIST, .element = &tag };
static const struct sl_shape tag_keys = { .kind = SL_SHAPE_LIST, .element = &tag_key };

static const struct sl_shape document = { .max = 32768 }, source = { .min = 1, .max = 1350 };
static const struct sl_shape selection = { .values = selections };

static const char *const end_behaviors[] = { "STOP_ROLLOUT", "CANCEL", "FORCE_CANCEL", NULL };
static const struct sl_shape end_behavior = { .values = end_behaviors }, date_time = { .min = 1, .max = 64 };
static const struct sl_shape cron = { .min = 1, .max = 256 };
static const struct sl_shape duration = { .kind = SL_SHAPE_INTEGER, .min = 1, .max = 1430 };
static const struct sl_shape_member window_members[] = { { "startTime", true, &cron },
                                                         { "durationInMinutes", true, &duration },
                                                         END };
static const struct sl_shape window = STRUCTURE(window_members);
static const struct sl_shape windows = { .kind = SL_SHAPE_LIST, .element = &window };
static const struct sl_shape_member scheduling_members[] = { { "startTime", false, &date_time },
                                                             { "endTime", false, &date_time },
                                                             { "endBehavior", false, &end_behavior },
                                                             { "maintenanceWindows", false, &windows },
                                                             END };
static const struct sl_shape scheduling = STRUCTURE(scheduling_members);
static const struct sl_shape model_arn = { .min = 1, .max = 1600 };
static const struct sl_shape packages = { .kind = SL_SHAPE_LIST, .element = &model_arn };
static const struct sl_shape parameter_key = { .min = 1, .max = 128, .of = &sl_shape_word };
static const struct sl_shape parameter_value = { .min = 1, .max = 30720, .of = &sl_shape_printable };
static const struct sl_shape parameters = { .kind = SL_SHAPE_MAP, .key = &parameter_key, .element = &parameter_value };

static const struct sl_shape_member create_job_members[] = { { "targets", true, &targets },
                                                             { "documentSource", false, &source },
                                                             { "document", false, &document },
                                                             { "description", false, &description },
                                                             { "presignedUrlConfig", false, &presigned },
                                                             { "targetSelection", false, &selection },
                                                             { "jobExecutionsRolloutConfig", false, &rollout },
                                                             { "abortConfig", false, &abort_config },
                                                             { "timeoutConfig", false, &timeout },
                                                             { "tags", false, &tags },
                                                             { "jobExecutionsRetryConfig", false, &retry_config },
                                                             { "schedulingConfig", false, &scheduling },
                                                             { "destinationPackageVersions", false, &packages },
                                                             { "jobTemplateArn", false, &model_arn },
                                                             { "documentParameters", false, &parameters },
                                                             END };
const struct sl_shape sl_iot_shape_create_job = STRUCTURE(create_job_members);

static const struct sl_shape_member create_template_members[] = {
    { "jobArn", false, &model_arn },
    { "documentSource", false, &source },
    { "document", false, &document },
    { "description", true, &description },
    { "presignedUrlConfig", false, &presigned },
    { "jobExecutionsRolloutConfig", false, &rollout },
    { "abortConfig", false, &abort_config },
    { "timeoutConfig", false, &timeout },
    { "tags", false, &tags },
    { "jobExecutionsRetryConfig", false, &retry_config },
    { "maintenanceWindows", false, &windows },
    { "destinationPackageVersions", false, &packages },
    END,
};
const struct sl_shape sl_iot_shape_create_template = STRUCTURE(create_template_members);

/* Names of packages and versions may hold dots; the catalog's tags are a map. */
static const char *const package_statuses[] = { "DRAFT", "PUBLISHED", "DEPRECATED", NULL };
static const char *const package_actions[] = { "PUBLISH", "DEPRECATE", NULL };
const struct sl_shape sl_iot_shape_package = { .min = 1, .max = 128, .of = &sl_shape_package };
const struct sl_shape sl_iot_shape_version = { .min = 1, .max = 64, .of = &sl_shape_package };
const struct sl_shape sl_iot_shape_package_status = { .values = package_statuses };
static const struct sl_shape package_description = { .max = 1024, .of = &sl_shape_printable };
static const struct sl_shape tag_map = {
    .kind = SL_SHAPE_MAP, .min = 1, .max = 50, .key = &tag_key, .element = &tag_value
};
static const struct sl_shape_member create_package_members[] = { { "description", false, &package_description },
                                                                 { "tags", false, &tag_map },
                                                                 END };
const struct sl_shape sl_iot_shape_create_package = STRUCTURE(create_package_members);
static const struct sl_shape_member update_package_members[] = { { "description", false, &package_description },
                                                                 { "defaultVersionName", false, &sl_iot_shape_version },
                                                                 { "unsetDefaultVersion", false, &boolean },
                                                                 END };
const struct sl_shape sl_iot_shape_update_package = STRUCTURE(update_package_members);
static const struct sl_shape location_text = { .min = 1, .max = 1024 };
static const struct sl_shape_member location_members[] = {
    { "bucket", true, &location_text }, { "key", true, &location_text }, { "version", true, &location_text }, END
};
static const struct sl_shape location = STRUCTURE(location_members);
static const struct sl_shape_member located_members[] = { { "s3Location", true, &location }, END };
static const struct sl_shape located = STRUCTURE(located_members);
static const struct sl_shape package_attribute_key = { .min = 1, .max = 3072, .of = &sl_shape_name };
static const struct sl_shape package_attribute_value = { .min = 1, .max = 3072, .of = &sl_shape_printable };
static const struct sl_shape package_attributes = { .kind = SL_SHAPE_MAP,
                                                    .key = &package_attribute_key,
                                                    .element = &package_attribute_value };
static const struct sl_shape recipe = { .max = 3072 }, package_action = { .values = package_actions };
static const struct sl_shape_member create_version_members[] = { { "description", false, &package_description },
                                                                 { "attributes", false, &package_attributes },
                                                                 { "artifact", false, &located },
                                                                 { "recipe", false, &recipe },
                                                                 { "tags", false, &tag_map },
                                                                 END };
const struct sl_shape sl_iot_shape_create_version = STRUCTURE(create_version_members);
static const struct sl_shape_member update_version_members[] = { { "description", false, &package_description },
                                                                 { "attributes", false, &package_attributes },
                                                                 { "artifact", false, &located },
                                                                 { "action", false, &package_action },
                                                                 { "recipe", false, &recipe },
                                                                 END };
const struct sl_shape sl_iot_shape_update_version = STRUCTURE(update_version_members);
static const struct sl_shape_member associate_sbom_members[] = { { "sbom", true, &located }, END };
const struct sl_shape sl_iot_shape_associate_sbom = STRUCTURE(associate_sbom_members);

static const struct sl_shape_member update_job_members[] = { { "description", false, &description },
                                                             { "presignedUrlConfig", false, &presigned },
                                                             { "jobExecutionsRolloutConfig", false, &rollout },
                                                             { "abortConfig", false, &abort_config },
                                                             { "timeoutConfig", false, &timeout },
                                                             { "jobExecutionsRetryConfig", false, &retry_config },
                                                             END };
const struct sl_shape sl_iot_shape_update_job = STRUCTURE(update_job_members);

static const struct sl_shape reason = { .max = 128, .of = &sl_shape_code };
static const struct sl_shape comment = { .max = 2028, .of = &sl_shape_printable };
static const struct sl_shape_member cancel_members[] = { { "reasonCode", false, &reason },
                                                         { "comment", false, &comment },
                                                         END };
const struct sl_shape sl_iot_shape_cancel_job = STRUCTURE(cancel_members);

static const struct sl_shape_member associate_members[] = { { "targets", true, &targets },
                                                            { "comment", false, &comment },
                                                            END };
const struct sl_shape sl_iot_shape_associate = STRUCTURE(associate_members);

static const struct sl_shape detail_key = { .min = 1, .max = 128, .of = &sl_shape_name };
static const struct sl_shape detail_value = { .min = 1, .max = 1024, .of = &sl_shape_printable };
const struct sl_shape sl_iot_shape_details = {
    .kind = SL_SHAPE_MAP, .max = 10, .key = &detail_key, .element = &detail_value
};
static const struct sl_shape_member cancel_execution_members[] = { { "expectedVersion", false, &positive },
                                                                   { "statusDetails", false, &sl_iot_shape_details },
                                                                   END };
const struct sl_shape sl_iot_shape_cancel_execution = STRUCTURE(cancel_execution_members);

static const struct sl_shape attribute_key = { .min = 1, .max = 128, .of = &sl_shape_attribute };
static const struct sl_shape attribute_value = { .max = 800, .of = &sl_shape_attribute_v };
static const struct sl_shape attributes = { .kind = SL_SHAPE_MAP, .key = &attribute_key, .element = &attribute_value };
static const struct sl_shape_member attribute_members[] = { { "attributes", false, &attributes },
                                                            { "merge", false, &boolean },
                                                            END };
static const struct sl_shape attribute_payload = STRUCTURE(attribute_members);
static const struct sl_shape_member create_thing_members[] = { { "attributePayload", false, &attribute_payload }, END };
const struct sl_shape sl_iot_shape_create_thing = STRUCTURE(create_thing_members);

static const struct sl_shape group_description = { .max = 2028 };
static const struct sl_shape_member group_members[] = { { "thingGroupDescription", false, &group_description },
                                                        { "attributePayload", false, &attribute_payload },
                                                        END };
static const struct sl_shape group_properties = STRUCTURE(group_members);
static const struct sl_shape_member create_group_members[] = { { "parentGroupName", false, &sl_iot_shape_group },
                                                               { "thingGroupProperties", false, &group_properties },
                                                               { "tags", false, &tags },
                                                               END };
const struct sl_shape sl_iot_shape_create_group = STRUCTURE(create_group_members);

static const struct sl_shape_member member_members[] = {
    { "thingGroupName", false, &sl_iot_shape_group }, { "thingGroupArn", false, &any_string },
    { "thingName", false, &sl_iot_shape_thing },      { "thingArn", false, &any_string },
    { "overrideDynamicGroups", false, &boolean },     END
};
const struct sl_shape sl_iot_shape_member = STRUCTURE(member_members);

static const struct sl_shape_member tag_request_members[] = { { "resourceArn", true, &any_string },
                                                              { "tags", true, &tags },
                                                              END };
const struct sl_shape sl_iot_shape_tag = STRUCTURE(tag_request_members);
static const struct sl_shape_member untag_members[] = { { "resourceArn", true, &any_string },
                                                        { "tagKeys", true, &tag_keys },
                                                        END };
const struct sl_shape sl_iot_shape_untag = STRUCTURE(untag_members);
