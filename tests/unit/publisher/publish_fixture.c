#include "tests/unit/publisher/publish_fixture.h"

#include "core/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void publishing_init(struct publishing *p)
{
    *p = (struct publishing){ .aws = NULL };
    release_init(&p->release);
}

void publishing_start(struct publishing *p, const struct fake_rule *rules)
{
    p->aws = fake_aws_start(rules, NULL);
    p->wire = fake_aws_wire(p->aws);
}

void publishing_clear(struct publishing *p)
{
    sl_wire_closep(&p->wire);
    fake_aws_freep(&p->aws);
    release_clear(&p->release);
    sl_arena_clear(&p->arena);
}

const char *stored_headers(struct publishing *p, const char *version, const char *bytes, bool checksum)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b64 = { 0 };
    uint8_t sha256[SL_SHA256_BYTES];
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_sha256(sl_span_str(bytes), sha256, &err));
    assert_true(sl_base64_add(&b64, (struct sl_span){ sha256, sizeof sha256 }, &err));
    const char *text = sl_arena_fmt(&p->arena, &err, "%s%s%s%s%s%s", version ? "x-amz-version-id: " : "",
                                    version ? version : "", version ? "\r\n" : "",
                                    checksum ? "x-amz-checksum-sha256: " : "", checksum ? sl_buf_str(&b64) : "",
                                    checksum ? "\r\n" : "");
    assert_non_null(text);
    return text;
}

void assert_failed(const struct publishing *p, bool ok, enum sl_code code, const char *message)
{
    assert_false(ok);
    assert_string_equal(p->err.msg, message);
    assert_int_equal(p->err.code, code);
}
