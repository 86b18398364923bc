/* AWS's query protocol, which IAM and STS speak: form fields in, XML out. */
#ifndef SL_SANDBOX_PRIV_FORM_H
#define SL_SANDBOX_PRIV_FORM_H

#include "sandbox/priv/exchange.h"

struct sl_form {
    struct sl_pair *fields;
    size_t n;
};

/* Read the request's form: its body, or without one its query. A refusal when it is not one. Lives in x->arena. */
bool sl_form_read(struct sl_exchange *x, struct sl_form *ret, struct sl_err *err) SL_MUST_USE;

/* A field, NULL when absent; and with a refusal when it is absent or longer than max characters. */
const char *sl_form_get(const struct sl_form *f, const char *name);
bool sl_form_need(const struct sl_form *f, const char *name, size_t max, const char **ret,
                  struct sl_err *err) SL_MUST_USE;

/* Append <name>text</name>, escaped. */
bool sl_form_element(struct sl_buf *b, const char *name, const char *text, struct sl_err *err) SL_MUST_USE;
bool sl_form_time(struct sl_buf *b, const char *name, int64_t utc, struct sl_err *err) SL_MUST_USE;

/* Reply: <ActionResponse><ActionResult>result</ActionResult><ResponseMetadata>. result NULL leaves the second out. */
bool sl_form_reply(struct sl_exchange *x, const char *action, const char *xml_namespace, const struct sl_buf *result,
                   struct sl_err *err) SL_MUST_USE;

#endif
