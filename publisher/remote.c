#include "publisher/priv/remote.h"

#include "core/json.h"
#include "core/xml.h"

#include <string.h>

static const char *header_or(const struct sl_reply *r, const char *name, const char *otherwise)
{
    const char *value = sl_reply_header(r, name);
    return value ? value : otherwise;
}

static const char *text_or(const struct sl_xml *e, const char *path, const char *otherwise)
{
    const char *value = sl_xml_text(e, path);
    return value && *value ? value : otherwise;
}

/* A body that cannot be read says nothing; the HTTP status still does. Only running out of memory is a failure. */
static bool unreadable(const struct sl_err *why, struct sl_err *err)
{
    return why->code == SL_E_NOMEM ? sl_fail_nomem(err) : true;
}

static bool read_xml(const struct sl_reply *r, struct sl_arena *arena, struct sl_remote *ret, struct sl_err *err)
{
    const struct sl_xml *root = NULL;
    struct sl_err why = { .code = SL_OK };
    if (!sl_xml_parse(sl_buf_span(&r->body), arena, &root, &why))
        return unreadable(&why, err);
    bool wrapped = strcmp(root->name, "ErrorResponse") == 0 || strcmp(root->name, "Response") == 0;
    if (!wrapped && strcmp(root->name, "Error") != 0)
        return true;
    const struct sl_xml *e = wrapped ? sl_xml_child(root, "Error") : root;
    if (wrapped && !e)
        e = sl_xml_child(sl_xml_child(root, "Errors"), "Error");
    ret->code = text_or(e, "Code", ret->code);
    ret->message = text_or(e, "Message", ret->message);
    ret->request_id = text_or(root, "RequestId", ret->request_id);
    ret->host_id = text_or(root, "HostId", ret->host_id);
    return true;
}

/* "com.amazonaws.iot#ResourceNotFoundException", "InvalidRequestException:http://..." */
static const char *bare_code(const char *code, struct sl_arena *arena, struct sl_err *err)
{
    const char *hash = strchr(code, '#');
    const char *from = hash ? hash + 1 : code;
    return sl_arena_span(arena, (struct sl_span){ (const uint8_t *)from, strcspn(from, ":") }, err);
}

static const char *first_of(const json_t *body, const char *const *names)
{
    for (; *names; names++)
        if (*sl_json_str(body, *names))
            return sl_json_str(body, *names);
    return "";
}

static bool read_json(const struct sl_reply *r, struct sl_arena *arena, struct sl_remote *ret, struct sl_err *err)
{
    static const char *const codes[] = { "__type", "code", "Code", NULL };
    static const char *const messages[] = { "message", "Message", "errorMessage", NULL };
    SL_AUTO(sl_json_clear) json_t *body = NULL;
    struct sl_err why = { .code = SL_OK };
    if (!sl_json_parse(sl_buf_span(&r->body), "reply", &body, &why))
        return unreadable(&why, err);
    const char *code = *ret->code ? ret->code : first_of(body, codes);
    ret->code = sl_arena_str(arena, code, err);
    ret->message = sl_arena_str(arena, first_of(body, messages), err);
    return ret->code && ret->message;
}

static char first_character(const struct sl_reply *r)
{
    const char *text = sl_buf_str(&r->body);
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    return text[strspn(text, " \t\r\n")];
}

bool sl_remote_read(const struct sl_reply *r, struct sl_arena *arena, struct sl_remote *ret, struct sl_err *err)
{
    struct sl_remote made = {
        .code = r->status >= 300 ? header_or(r, "x-amzn-errortype", "") : "",
        .message = r->status >= 300 ? header_or(r, "x-amzn-error-message", "") : "",
        .request_id = header_or(r, "x-amz-request-id", header_or(r, "x-amzn-requestid", "")),
        .host_id = header_or(r, "x-amz-id-2", ""),
    };
    char first = first_character(r);
    if (first == '<' && !read_xml(r, arena, &made, err))
        return false;
    if (first == '{' && r->status >= 300 && !read_json(r, arena, &made, err))
        return false;
    made.code = bare_code(made.code, arena, err);
    if (!made.code)
        return false;
    *ret = made;
    return true;
}
