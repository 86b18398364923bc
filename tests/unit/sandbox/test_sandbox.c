#include "sandbox/sandbox.h"

#include "core/file.h"
#include "core/secret.h"
#include "tests/unit/fail_nth.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* One plain HTTP exchange on a connection of its own; what came until the server closed it. */
static void talk(const char *url, const char *request, char *ret, size_t size)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
    const char *port = strrchr(url, ':') + 1;
    to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    size_t len = 0;
    for (ssize_t n; len + 1 < size && (n = recv(fd, ret + len, size - 1 - len, 0)) > 0;)
        len += (size_t)n;
    ret[len] = 0;
    (void)close(fd);
}

static void test_an_open_sandbox_answers_strangers_with_a_refusal(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_sandbox *s = NULL;
    struct sl_sandbox_options options = { .dir = "state" };
    char reply[4096];
    assert_ok(err, sl_sandbox_open(&options, &s, &err));
    assert_int_equal(strncmp(sl_sandbox_url(s), "http://127.0.0.1:", 17), 0);
    assert_string_equal(sl_sandbox_region(s), "eu-west-1");
    assert_string_equal(sl_sandbox_ca_file(s), "");
    assert_int_equal(strlen(sl_sandbox_access_key_id(s)), 20);
    assert_int_equal(strlen(sl_sandbox_secret_access_key(s)), 40);
    talk(sl_sandbox_url(s), "GET /b/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", reply, sizeof reply);
    assert_int_equal(strncmp(reply, "HTTP/1.1 403 ", 13), 0);
    assert_non_null(strstr(reply, "<Code>AccessDenied</Code>"));
    assert_non_null(strstr(reply, "x-amz-request-id: "));
    sl_sandbox_close(s);
}

/* Two requests on one connection, the first with a body that is refused without being wanted. */
static void test_a_refused_body_is_read_so_that_the_connection_goes_on(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_sandbox *s = NULL;
    struct sl_sandbox_options options = { .dir = "state" };
    char reply[8192];
    assert_ok(err, sl_sandbox_open(&options, &s, &err));
    talk(sl_sandbox_url(s),
         "PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
         "GET /b/k HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
         reply, sizeof reply);
    const char *second = strstr(reply + 13, "HTTP/1.1 403 ");
    assert_int_equal(strncmp(reply, "HTTP/1.1 403 ", 13), 0);
    assert_non_null(second);
    sl_sandbox_close(s);
}

static void test_the_temporary_folder_goes_with_the_sandbox(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_sandbox *s = NULL;
    struct sl_sandbox_options options = { .tls = true };
    struct sl_buf folder = { 0 };
    assert_ok(err, sl_sandbox_open(&options, &s, &err));
    assert_int_equal(strncmp(sl_sandbox_url(s), "https://127.0.0.1:", 18), 0);
    assert_int_equal(access(sl_sandbox_ca_file(s), R_OK), 0);
    assert_ok(err, sl_path_dir(sl_sandbox_ca_file(s), &folder, &err));
    sl_sandbox_close(s);
    assert_int_equal(access(sl_buf_str(&folder), F_OK), -1);
    sl_buf_clear(&folder);
}

static void test_the_root_identity_keeps_its_keys(void **state)
{
    (void)state;
    char id[32], secret[64];
    for (int i = 0; i < 2; i++) {
        struct sl_err err = { 0 };
        struct sl_sandbox *s = NULL;
        struct sl_sandbox_options options = { .dir = "state" };
        assert_ok(err, sl_sandbox_open(&options, &s, &err));
        if (i) {
            assert_string_equal(sl_sandbox_access_key_id(s), id);
            assert_string_equal(sl_sandbox_secret_access_key(s), secret);
        }
        (void)snprintf(id, sizeof id, "%s", sl_sandbox_access_key_id(s));
        (void)snprintf(secret, sizeof secret, "%s", sl_sandbox_secret_access_key(s));
        sl_sandbox_close(s);
    }
}

static void test_options_that_cannot_be_are_refused(void **state)
{
    (void)state;
    const char *const faults[] = { "s3.PutObject:explode", NULL };
    const struct {
        struct sl_sandbox_options options;
        const char *message;
    } cases[] = {
        { { .region = "Ireland" }, "'Ireland' is not a Region such as eu-west-1" },
        { { .account = "12345678901" }, "'12345678901' is not an account id of twelve digits" },
        { { .account = "12345678901x" }, "'12345678901x' is not an account id of twelve digits" },
        { { .listen = "127.0.0.1" },
          "cannot listen on '127.0.0.1': expected ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:0" },
        { { .listen = "[::1]8080" },
          "cannot listen on '[::1]8080': expected ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:0" },
        { { .listen = "somewhere:80" },
          "cannot listen on 'somewhere:80': expected ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:0" },
        { { .listen = "127.0.0.1:123456" },
          "cannot listen on '127.0.0.1:123456': expected ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:0" },
        { { .listen = "0.0.0.0:0" },
          "'0.0.0.0:0' is not a loopback address: the sandbox is for this machine only; --allow-http opens it to "
          "others" },
        { { .faults = faults },
          "fault 's3.PutObject:explode': the kind must be reset-after=SIZE, status=NNN, throttle, error-200, slow=MS, "
          "skew=SECONDS, expired-token or drop-reply" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sl_err err = { 0 };
        struct sl_sandbox *s = NULL;
        assert_refused(err, SL_E_USAGE, cases[i].message, sl_sandbox_open(&cases[i].options, &s, &err));
        assert_null(s);
    }
}

static void test_anywhere_means_that_it_was_asked_for(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_sandbox *s = NULL;
    struct sl_sandbox_options options = { .dir = "state", .listen = "0.0.0.0:0", .listen_anywhere = true };
    assert_ok(err, sl_sandbox_open(&options, &s, &err));
    assert_int_equal(strncmp(sl_sandbox_url(s), "http://127.0.0.1:", 17), 0);
    sl_sandbox_close(s);
}

static void test_a_port_that_is_taken_is_told(void **state)
{
    (void)state;
    struct sl_err err = { 0 };
    struct sl_sandbox *first = NULL, *second = NULL;
    struct sl_sandbox_options options = { .dir = "one" };
    char message[200];
    assert_ok(err, sl_sandbox_open(&options, &first, &err));
    options = (struct sl_sandbox_options){ .dir = "two", .listen = sl_sandbox_url(first) + 7 };
    (void)snprintf(message, sizeof message, "cannot listen on '%s': Address already in use", options.listen);
    assert_refused(err, SL_E_IO, message, sl_sandbox_open(&options, &second, &err));
    sl_sandbox_close(first);
}

static void test_running_out_of_memory_while_opening_is_told(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct sl_err err = { 0 };
        struct sl_sandbox *s = NULL;
        struct sl_sandbox_options options = { .dir = "state", .tls = n % 2 == 0 };
        fail_nth_arm(FAIL_MEMORY, n);
        bool ok = sl_sandbox_open(&options, &s, &err);
        bool failed = fail_nth_disarm();
        sl_sandbox_close(s);
        if (!failed && n % 2 == 0) {
            assert_ok(err, ok);
            break;
        }
        if (failed) {
            assert_false(ok);
            assert_int_equal(err.code, SL_E_NOMEM);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, unit_scratch_setup, unit_scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_open_sandbox_answers_strangers_with_a_refusal),
        TEST(test_a_refused_body_is_read_so_that_the_connection_goes_on),
        TEST(test_the_temporary_folder_goes_with_the_sandbox),
        TEST(test_the_root_identity_keeps_its_keys),
        TEST(test_options_that_cannot_be_are_refused),
        TEST(test_anywhere_means_that_it_was_asked_for),
        TEST(test_a_port_that_is_taken_is_told),
        TEST(test_running_out_of_memory_while_opening_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
