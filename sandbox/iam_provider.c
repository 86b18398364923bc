/* OpenID Connect providers whose tokens STS takes. Source: IAM API reference, "CreateOpenIDConnectProvider". */
#include "sandbox/priv/iam.h"

#include "sandbox/priv/access.h"
#include "sandbox/priv/refusal.h"
#include "sandbox/priv/rows.h"

#include <stdio.h>
#include <string.h>

#define URL_MAX         255
#define CLIENT_MAX      255
#define CLIENTS_MAX     100
#define THUMBPRINT_MAX  40
#define THUMBPRINTS_MAX 5

static bool invalid(struct sl_err *err, const char *why)
{
    return sl_refusal_make(err, 400, "InvalidInput", "%s", why);
}

/* A list of a form, one element per line. */
static bool read_list(const struct sl_iam_call *c, const char *name, size_t max, size_t max_length, const char **ret,
                      struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf list = { 0 };
    for (size_t i = 1;; i++) {
        char field[64];
        (void)snprintf(field, sizeof field, "%s.member.%zu", name, i);
        const char *value = sl_form_get(&c->form, field);
        if (!value)
            break;
        if (i > max)
            return sl_refusal_make(err, 409, "LimitExceeded", "Cannot exceed quota for %s: %zu", name, max);
        if (!*value || strlen(value) > max_length || strpbrk(value, "\r\n"))
            return sl_refusal_make(err, 400, "ValidationError", "%s has a value that is not 1 to %zu characters long",
                                   name, max_length);
        if (!sl_buf_addf(&list, err, "%s\n", value))
            return false;
    }
    *ret = sl_arena_str(c->x->arena, sl_buf_str(&list), err);
    return *ret != NULL;
}

static bool thumbprints_valid(const char *list)
{
    for (const char *p = list; *p; p += THUMBPRINT_MAX + 1)
        if (strspn(p, "0123456789abcdefABCDEF") != THUMBPRINT_MAX)
            return false;
    return true;
}

/* "https://host/path" without query and fragment -> "host/path". */
static bool read_url(const struct sl_iam_call *c, const char **ret, struct sl_err *err)
{
    static const char https[] = "https://";
    const char *url;
    if (!sl_form_need(&c->form, "Url", URL_MAX, &url, err))
        return false;
    if (strncmp(url, https, sizeof https - 1) != 0 || !url[sizeof https - 1] || strpbrk(url, "?# \n"))
        return invalid(err, "Invalid Open ID Connect Provider URL");
    *ret = url + sizeof https - 1;
    return true;
}

static const char *arn_of(const struct sl_iam_call *c, const char *host, struct sl_err *err)
{
    return sl_iam_arn(c, "oidc-provider", "/", host, err);
}

bool sl_iam_provider_create(struct sl_iam_call *c, struct sl_err *err)
{
    const char *host = "", *clients = "", *thumbprints = "", *taken = NULL, *arn;
    if (!read_url(c, &host, err) || !read_list(c, "ClientIDList", CLIENTS_MAX, CLIENT_MAX, &clients, err)
        || !read_list(c, "ThumbprintList", THUMBPRINTS_MAX, THUMBPRINT_MAX, &thumbprints, err))
        return false;
    if (!thumbprints_valid(thumbprints))
        return invalid(err, "Thumbprints must be 40 hexadecimal digits");
    if (!sl_store_text(c->x->store, c->x->arena, &taken, err, "SELECT host FROM iam_providers WHERE host = ?", "s",
                       host))
        return false;
    if (taken)
        return sl_refusal_make(err, 409, "EntityAlreadyExists", "Provider with url https://%s already exists.", taken);
    arn = arn_of(c, host, err);
    return arn
           && sl_store_exec(c->x->store, err,
                            "INSERT INTO iam_providers(host, created, clients, thumbprints) VALUES(?, ?, ?, ?)", "siss",
                            host, c->x->now_utc, clients, thumbprints)
           && sl_form_element(&c->out, "OpenIDConnectProviderArn", arn, err);
}

/* The provider a field names: its row, or none. */
static bool find(const struct sl_iam_call *c, struct sl_rows *r, const char **ret_arn, struct sl_err *err)
{
    const char *prefix = arn_of(c, "", err);
    if (!prefix || !sl_form_need(&c->form, "OpenIDConnectProviderArn", 2048, ret_arn, err))
        return false;
    const char *host = strncmp(*ret_arn, prefix, strlen(prefix)) ? "" : *ret_arn + strlen(prefix);
    return sl_store_query(c->x->store, sl_rows_add, r, err,
                          "SELECT host, created, clients, thumbprints FROM iam_providers WHERE host = ?", "s", host);
}

static bool must_find(const struct sl_iam_call *c, struct sl_rows *r, struct sl_err *err)
{
    const char *arn;
    if (!find(c, r, &arn, err))
        return false;
    return r->n || sl_refusal_make(err, 404, "NoSuchEntity", "OpenIDConnect Provider not found for arn %.200s", arn);
}

static bool add_lines(struct sl_iam_call *c, const char *name, const char *lines, struct sl_err *err)
{
    if (!sl_buf_addf(&c->out, err, "<%s>", name))
        return false;
    for (const char *p = lines; *p; p += strcspn(p, "\n") + 1) {
        const char *one = sl_arena_span(c->x->arena, (struct sl_span){ (const uint8_t *)p, strcspn(p, "\n") }, err);
        if (!one || !sl_form_element(&c->out, "member", one, err))
            return false;
    }
    return sl_buf_addf(&c->out, err, "</%s>", name);
}

bool sl_iam_provider_get(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    return must_find(c, &r, err) && sl_form_element(&c->out, "Url", sl_rows_text(&r, 0, 0), err)
           && add_lines(c, "ClientIDList", sl_rows_text(&r, 0, 2), err)
           && add_lines(c, "ThumbprintList", sl_rows_text(&r, 0, 3), err)
           && sl_form_time(&c->out, "CreateDate", sl_rows_number(&r, 0, 1), err);
}

bool sl_iam_provider_list(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    if (!sl_store_query(c->x->store, sl_rows_add, &r, err, "SELECT host FROM iam_providers ORDER BY host", "")
        || !sl_buf_add_str(&c->out, "<OpenIDConnectProviderList>", err))
        return false;
    for (size_t i = 0; i < r.n; i++) {
        const char *arn = arn_of(c, sl_rows_text(&r, i, 0), err);
        if (!arn || !sl_buf_add_str(&c->out, "<member>", err) || !sl_form_element(&c->out, "Arn", arn, err)
            || !sl_buf_add_str(&c->out, "</member>", err))
            return false;
    }
    return sl_buf_add_str(&c->out, "</OpenIDConnectProviderList>", err);
}

/* Deleting what is not there succeeds (API reference). */
bool sl_iam_provider_delete(struct sl_iam_call *c, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *arn;
    return find(c, &r, &arn, err)
           && (!r.n
               || sl_store_exec(c->x->store, err, "DELETE FROM iam_providers WHERE host = ?", "s",
                                sl_rows_text(&r, 0, 0)));
}

/* The list without one line. */
static const char *without(const struct sl_iam_call *c, const char *lines, const char *one, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf rest = { 0 };
    size_t len = strlen(one);
    for (const char *p = lines; *p; p += strcspn(p, "\n") + 1) {
        size_t n = strcspn(p, "\n");
        if ((n != len || strncmp(p, one, n) != 0)
            && !sl_buf_add(&rest, (struct sl_span){ (const uint8_t *)p, n + 1 }, err))
            return NULL;
    }
    return sl_arena_str(c->x->arena, sl_buf_str(&rest), err);
}

static bool change_client(struct sl_iam_call *c, bool add, struct sl_err *err)
{
    struct sl_rows r = { .arena = c->x->arena };
    const char *client, *rest;
    if (!must_find(c, &r, err) || !sl_form_need(&c->form, "ClientID", CLIENT_MAX, &client, err))
        return false;
    if (strpbrk(client, "\r\n"))
        return invalid(err, "Invalid client id");
    rest = without(c, sl_rows_text(&r, 0, 2), client, err);
    if (rest && add)
        rest = sl_arena_fmt(c->x->arena, err, "%s%s\n", rest, client);
    return rest
           && sl_store_exec(c->x->store, err, "UPDATE iam_providers SET clients = ? WHERE host = ?", "ss", rest,
                            sl_rows_text(&r, 0, 0));
}

bool sl_iam_provider_client_add(struct sl_iam_call *c, struct sl_err *err)
{
    return change_client(c, true, err);
}

bool sl_iam_provider_client_remove(struct sl_iam_call *c, struct sl_err *err)
{
    return change_client(c, false, err);
}
