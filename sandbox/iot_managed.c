/* Job templates that AWS manages, for the AWS IoT Device Client: what they do and the names of their parameters are as the
 * IoT developer guide, "Managed templates", has them; the words are the sandbox's. */
#include "sandbox/priv/access.h"
#include "sandbox/priv/iot.h"
#include "sandbox/priv/refusal.h"

#include <string.h>

#define OPEN            "${aws:iot:parameter:"
#define PARAMETER(name) "\"" OPEN name "}\""
#define ACTION(name, rest)                                                                                             \
    "{\"version\":\"1.0\",\"steps\":[{\"action\":{\"name\":\"" name "\"," rest                                         \
    ",\"runAsUser\":" PARAMETER("runAsUser") "}}]}"
#define HANDLER(name, handler, args)                                                                                   \
    ACTION(name, "\"type\":\"runHandler\",\"input\":{\"handler\":\"" handler "\",\"args\":[" args                      \
                 "],\"path\":" PARAMETER("pathToHandler") "}")
#define COMMAND(name, command) ACTION(name, "\"type\":\"runCommand\",\"input\":{\"command\":" command "}")

struct managed {
    const char *name, *description, *document;
    const char *needed[3]; /* parameters; those of every template are optional */
};

static const struct managed templates[] = {
    { "AWS-Reboot", "Reboots the device", HANDLER("Reboot", "reboot.sh", ""), { NULL } },
    { "AWS-Download-File",
      "Downloads a file to the device",
      HANDLER("Download-File", "download-file.sh", PARAMETER("downloadUrl") "," PARAMETER("filePath")),
      { "downloadUrl", "filePath", NULL } },
    { "AWS-Install-Application",
      "Installs packages on the device",
      HANDLER("Install-Application", "install-packages.sh", PARAMETER("packages")),
      { "packages", NULL } },
    { "AWS-Remove-Application",
      "Removes packages from the device",
      HANDLER("Remove-Application", "remove-packages.sh", PARAMETER("packages")),
      { "packages", NULL } },
    { "AWS-Start-Application",
      "Starts services on the device",
      HANDLER("Start-Application", "start-services.sh", PARAMETER("services")),
      { "services", NULL } },
    { "AWS-Stop-Application",
      "Stops services on the device",
      HANDLER("Stop-Application", "stop-services.sh", PARAMETER("services")),
      { "services", NULL } },
    { "AWS-Restart-Application",
      "Restarts services on the device",
      HANDLER("Restart-Application", "restart-services.sh", PARAMETER("services")),
      { "services", NULL } },
    { "AWS-Run-Command",
      "Runs a command on the device",
      COMMAND("Run-Command", PARAMETER("command")),
      { "command", NULL } },
};
#define N_TEMPLATES (sizeof templates / sizeof *templates)

static const char version[] = "1.0";

static const char *arn_of(const struct sl_iot_call *c, const struct managed *t, struct sl_err *err)
{
    return sl_arena_fmt(c->x->arena, err, "arn:%s:iot:%s::jobtemplate/%s:%s", sl_access_partition(c->x),
                        c->x->facts->region, t->name, version);
}

static bool find(const char *name, const char *asked_version, const struct managed **ret, struct sl_err *err)
{
    for (size_t i = 0; i < N_TEMPLATES; i++) {
        *ret = &templates[i];
        if (!strcmp(name, templates[i].name) && (!asked_version || !strcmp(asked_version, version)))
            return true;
    }
    return sl_refusal_make(err, 404, "ResourceNotFoundException", "Managed job template %.100s%s%.20s cannot be found.",
                           name, asked_version ? ":" : "", asked_version ? asked_version : "");
}

/* ---- what is told of them ---- */

static bool add_summary(const struct sl_iot_call *c, const struct managed *t, json_t *to, struct sl_err *err)
{
    const char *arn = arn_of(c, t, err);
    return arn && sl_json_set(to, "templateName", json_string(t->name), err)
           && sl_json_set(to, "templateArn", json_string(arn), err)
           && sl_json_set(to, "templateVersion", json_string(version), err)
           && sl_json_set(to, "description", json_string(t->description), err)
           && sl_json_set(to, "environments", json_pack("[s]", "LINUX"), err);
}

/* Where the document uses it. */
static bool has_parameter(const struct managed *t, const char *key)
{
    const char *at = strstr(t->document, OPEN);
    for (; at; at = strstr(at + 1, OPEN))
        if (!strncmp(at + strlen(OPEN), key, strlen(key)) && at[strlen(OPEN) + strlen(key)] == '}')
            return true;
    return false;
}

static bool add_parameter(const char *key, bool optional, json_t *list, struct sl_err *err)
{
    return sl_json_push(list,
                        json_pack("{s:s, s:s, s:s, s:s, s:b}", "key", key, "description", "A parameter of the template",
                                  "regex", "(.*?)", "example", optional ? "" : "value", "optional", optional),
                        err);
}

static bool add_parameters(const struct managed *t, json_t *to, struct sl_err *err)
{
    static const char *const optional[] = { "runAsUser", "pathToHandler" };
    json_t *list = json_array();
    if (!sl_json_set(to, "documentParameters", list, err))
        return false;
    for (size_t i = 0; t->needed[i]; i++)
        if (!add_parameter(t->needed[i], false, list, err))
            return false;
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
        if (has_parameter(t, optional[i]) && !add_parameter(optional[i], true, list, err))
            return false;
    return true;
}

bool sl_iot_managed_describe(struct sl_iot_call *c, struct sl_err *err)
{
    const struct managed *t = NULL;
    const char *asked_version = sl_exchange_query(c->x, "templateVersion");
    if (!find(c->job, asked_version, &t, err))
        return false;
    const char *arn = arn_of(c, t, err);
    return arn && sl_access_require(c->x, "iot:DescribeManagedJobTemplate", arn, err) && add_summary(c, t, c->out, err)
           && add_parameters(t, c->out, err) && sl_json_set(c->out, "document", json_string(t->document), err);
}

bool sl_iot_managed_list(struct sl_iot_call *c, struct sl_err *err)
{
    const char *name = sl_exchange_query(c->x, "templateName");
    json_t *list = json_array();
    if (!sl_json_set(c->out, "managedJobTemplates", list, err))
        return false;
    for (size_t i = 0; i < N_TEMPLATES; i++) {
        json_t *one = json_object();
        if (name && strcmp(name, templates[i].name) != 0) {
            json_decref(one);
            continue;
        }
        if (!sl_json_push(list, one, err) || !add_summary(c, &templates[i], one, err))
            return false;
    }
    return true;
}

/* ---- a job made from one ---- */

static bool check_parameters(const struct managed *t, const json_t *given, struct sl_err *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    for (size_t i = 0; t->needed[i]; i++)
        if (!json_object_get(given, t->needed[i]))
            return sl_refusal_make(err, 400, "InvalidRequestException", "documentParameters: %s needs '%s'", t->name,
                                   t->needed[i]);
    json_object_foreach((json_t *)(uintptr_t)given, key, value) if (!has_parameter(t, key)) return sl_refusal_make(
        err, 400, "InvalidRequestException", "documentParameters: %s has no '%.128s'", t->name, key);
    return true;
}

/* The value for a text of the document: the text itself unless it is a parameter; NULL for one that was not given. */
static json_t *value_for(const json_t *text, const json_t *given)
{
    const char *name = json_string_value(text), *key = NULL;
    json_t *value = NULL;
    if (strncmp(name, OPEN, strlen(OPEN)) != 0)
        return json_incref((json_t *)(uintptr_t)text);
    json_object_foreach((json_t *)(uintptr_t)given, key,
                        value) if (!strncmp(name + strlen(OPEN), key, strlen(key))
                                   && !strcmp(name + strlen(OPEN) + strlen(key), "}")) return json_incref(value);
    return NULL;
}

/* A copy with the parameters in place. What was not given is left out; the templates nest a few levels deep. */
static bool fill(const json_t *from, const json_t *given, json_t *to, struct sl_err *err);

static bool fill_member(const char *key, const json_t *value, const json_t *given, json_t *to, struct sl_err *err)
{
    json_t *copy = NULL;
    if (json_is_string(value)) {
        copy = value_for(value, given);
        if (!copy)
            return true;
    } else {
        copy = json_is_array(value) ? json_array() : json_object();
    }
    json_t *inner = copy;
    bool ok = key ? sl_json_set(to, key, copy, err) : sl_json_push(to, copy, err);
    return ok && (json_is_string(value) || fill(value, given, inner, err));
}

static bool fill(const json_t *from, const json_t *given, json_t *to, struct sl_err *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    for (size_t i = 0; i < json_array_size(from); i++)
        if (!fill_member(NULL, json_array_get(from, i), given, to, err))
            return false;
    json_object_foreach((json_t *)(uintptr_t)from, key,
                        value) if (!fill_member(key, value, given, to, err)) return false;
    return true;
}

bool sl_iot_managed_apply(struct sl_iot_call *c, const char *arn, struct sl_err *err)
{
    SL_AUTO(sl_json_clear) json_t *from = NULL;
    SL_AUTO(sl_json_clear) json_t *filled = json_object();
    SL_AUTO(sl_buf_clear) struct sl_buf text = { 0 };
    const json_t *given = json_object_get(c->body, "documentParameters");
    const char *name = strstr(arn, "::jobtemplate/") + strlen("::jobtemplate/"), *colon = strchr(name, ':');
    const struct managed *t = NULL;
    const char *bare = sl_arena_fmt(c->x->arena, err, "%.*s", (int)strcspn(name, ":"), name);
    if (!bare || !find(bare, colon ? colon + 1 : NULL, &t, err))
        return false;
    const char *own = arn_of(c, t, err);
    if (!own)
        return false;
    if (strncmp(own, arn, strlen(arn)) != 0)
        return sl_refusal_make(err, 404, "ResourceNotFoundException", "Job template %.200s cannot be found here.", arn);
    if (json_object_get(c->body, "document") || json_object_get(c->body, "documentSource"))
        return sl_refusal_make(err, 400, "InvalidRequestException",
                               "%s brings its own document: leave document and documentSource out", t->name);
    return sl_access_require(c->x, "iot:CreateJob", own, err) && check_parameters(t, given, err)
           && sl_json_parse(sl_span_str(t->document), "managed template", &from, err) && filled
           && fill(from, given, filled, err) && sl_json_canonical(filled, &text, err)
           && sl_json_set(c->body, "document", json_string(sl_buf_str(&text)), err);
}
