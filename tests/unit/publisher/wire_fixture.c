#include "tests/unit/publisher/wire_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct fixture fixture_new(void)
{
    return (struct fixture){
        .options = { .region = "eu-west-1", .user_agent_extra = "test" },
        .patience = {
            .connect_ms = 2000,
            .stall_seconds = 2,
            .stall_bytes = 512,
            .continue_ms = 1000,
            .retry_base_ms = 2,
        },
    };
}

static void open_wire(struct fixture *f)
{
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = ACCESS_KEY };
    struct sl_err err = { .code = SL_OK };
    assert_true(sl_secret_copy(sl_span_str(SECRET_KEY), &cred.secret_access_key, &err));
    assert_true(sl_secret_copy(sl_span_str(TOKEN), &cred.session_token, &err));
    if (!sl_wire_open(&f->options, f->unsigned_only ? NULL : &cred, &f->wire, &err))
        fail_msg("%s", err.msg);
    if (!f->unsigned_only)
        assert_null(cred.secret_access_key.ptr);
    sl_wire_set_patience(f->wire, &f->patience);
}

void fixture_start(struct fixture *f, const struct step *steps, size_t n)
{
    f->server = scripted_server_start(steps, n);
    const char *port = strrchr(scripted_server_url(f->server), ':');
    (void)snprintf(f->url, sizeof f->url, "http://%s%s%s", f->host ? f->host : "127.0.0.1", port,
                   f->base_path ? f->base_path : "");
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        f->options.endpoint_url[i] = f->url;
    open_wire(f);
}

void fixture_clear(struct fixture *f)
{
    sl_wire_closep(&f->wire);
    scripted_server_freep(&f->server);
}

size_t fixture_requests(struct fixture *f)
{
    scripted_server_stop(f->server);
    return scripted_server_count(f->server);
}

const struct seen_request *fixture_request(struct fixture *f, size_t i)
{
    scripted_server_stop(f->server);
    return scripted_server_request(f->server, i);
}

struct sl_request get_of(const char *path)
{
    return (struct sl_request){ .service = SL_S3, .method = "GET", .path = path };
}

struct sl_request put_of(const char *path, const void *bytes, size_t len)
{
    return (struct sl_request){ .service = SL_S3, .method = "PUT", .path = path, .body = { bytes, len } };
}

int fixture_setup(void **state)
{
    (void)state;
    struct sl_err err = { .code = SL_OK };
    return sl_secret_setup(&err) ? 0 : -1;
}
