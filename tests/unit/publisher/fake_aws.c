#include "tests/unit/publisher/fake_aws.h"

#include "publisher/priv/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_CONNECTIONS 64
#define MAX_REQUESTS    512
#define MAX_RULES       64
#define MAX_BYTES       ((size_t)5 << 20)

struct seen {
    char *head, *body;
};

struct fake_aws {
    const struct fake_rule *rules, *more;
    unsigned used[2 * MAX_RULES];
    struct seen seen[MAX_REQUESTS];
    size_t n_seen, n_connections;
    int listener, wake[2], connections[MAX_CONNECTIONS];
    pthread_t thread;
    bool stopped;
    char url[64];
    char text[MAX_BYTES]; /* the request being read */
};

static void send_all(int fd, const char *bytes, size_t len, int flags)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL | flags);
        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

/* Receive until text holds what is wanted; false when the client goes away. */
static bool receive(int fd, char *text, size_t *len, size_t want)
{
    while (*len < want) {
        ssize_t n = recv(fd, text + *len, MAX_BYTES - 1 - *len, 0);
        if (n <= 0)
            return false;
        *len += (size_t)n;
        text[*len] = '\0';
    }
    return true;
}

/* The line of a header, NULL when absent. */
static const char *header_line(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, name, n) && line[2 + n] == ':')
            return line + 2;
    return NULL;
}

/* The value of a header as a number, 0 when absent. */
static size_t header_number(const char *head, const char *name)
{
    const char *line = header_line(head, name);
    return line ? (size_t)strtoul(line + strlen(name) + 1, NULL, 10) : 0;
}

/* Read one request into text; its head and body become separate strings. (strdup is the C library's: it does not count
 * in tests that make our own allocations fail.) */
static bool read_request(int fd, char *text, struct seen *ret)
{
    size_t len = 0;
    char *end = NULL;
    bool ok = true;
    text[0] = '\0';
    while (ok && !(end = strstr(text, "\r\n\r\n")))
        ok = receive(fd, text, &len, len + 1);
    size_t head_len = ok ? (size_t)(end - text) + 4 : 0;
    if (ok && strstr(text, "100-continue"))
        send_all(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, 0);
    ok = ok && receive(fd, text, &len, head_len + header_number(text, "content-length"));
    if (ok) {
        ret->body = strdup(text + head_len);
        text[head_len] = '\0';
        ret->head = strdup(text);
    }
    return ok;
}

static const char *target_of(const struct seen *s)
{
    const char *space = strchr(s->head, ' ');
    return space ? space + 1 : "";
}

static bool target_holds(const struct seen *s, const char *text)
{
    const char *target = target_of(s), *end = strchr(target, ' '), *found = strstr(target, text);
    return found && end && found < end;
}

static bool fits(const struct fake_rule *r, const struct seen *s)
{
    size_t n = strlen(r->method);
    if (strncmp(s->head, r->method, n) != 0 || s->head[n] != ' ')
        return false;
    if (strncmp(target_of(s), r->target, strlen(r->target)) != 0)
        return false;
    if (r->has && !target_holds(s, r->has) && !strstr(s->body, r->has))
        return false;
    return !r->lacks || !target_holds(s, r->lacks);
}

static const struct fake_rule *find_in(const struct fake_rule *rules, unsigned *used, const struct seen *s)
{
    for (size_t i = 0; rules && rules[i].method && i < MAX_RULES; i++)
        if (fits(&rules[i], s) && (!rules[i].times || used[i] < rules[i].times)) {
            used[i]++;
            return &rules[i];
        }
    return NULL;
}

/* False when the connection is to be closed. */
static bool answer(struct fake_aws *f, int fd, const struct seen *s)
{
    static const struct fake_rule no_rule = { .status = 599, .body = "no rule fits" };
    const struct fake_rule *r = find_in(f->rules, f->used, s);
    if (!r)
        r = find_in(f->more, f->used + MAX_RULES, s);
    if (!r)
        r = &no_rule;
    if (!r->status)
        return false;
    bool head_only = !strncmp(s->head, "HEAD ", 5);
    char top[8192];
    int n = snprintf(top, sizeof top, "HTTP/1.1 %d Fake\r\nx-amz-request-id: FAKE1\r\n%s", r->status,
                     r->headers ? r->headers : "");
    const char *sum = r->confirms ? header_line(s->head, "x-amz-checksum-sha256") : NULL;
    if (sum)
        n += snprintf(top + n, sizeof top - (size_t)n, "%.*s\r\n", (int)strcspn(sum, "\r"), sum);
    if (!head_only)
        n += snprintf(top + n, sizeof top - (size_t)n, "Content-Length: %zu\r\n", r->body ? strlen(r->body) : 0);
    n += snprintf(top + n, sizeof top - (size_t)n, "\r\n");
    assert_in_range(n, 0, sizeof top - 1);
    bool has_body = r->body && *r->body && !head_only;
    send_all(fd, top, (size_t)n, has_body ? MSG_MORE : 0); /* together with the body: nobody waits for anybody */
    if (has_body)
        send_all(fd, r->body, strlen(r->body), 0);
    return true;
}

static void serve(struct fake_aws *f, size_t i)
{
    struct seen *s = &f->seen[f->n_seen];
    bool keep = f->n_seen < MAX_REQUESTS && read_request(f->connections[i], f->text, s);
    if (keep) {
        f->n_seen++;
        keep = answer(f, f->connections[i], s);
    }
    if (keep)
        return;
    (void)close(f->connections[i]);
    f->connections[i] = f->connections[--f->n_connections];
}

static void accept_one(struct fake_aws *f)
{
    int fd = accept(f->listener, NULL, NULL), on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fd >= 0 && f->n_connections < MAX_CONNECTIONS)
        f->connections[f->n_connections++] = fd;
    else if (fd >= 0)
        (void)close(fd);
}

static void *run(void *ctx)
{
    struct fake_aws *f = ctx;
    for (;;) {
        struct pollfd fds[2 + MAX_CONNECTIONS] = { { f->wake[0], POLLIN, 0 }, { f->listener, POLLIN, 0 } };
        size_t n = f->n_connections;
        for (size_t i = 0; i < n; i++)
            fds[2 + i] = (struct pollfd){ f->connections[i], POLLIN, 0 };
        if (poll(fds, 2 + n, 10000) <= 0 || fds[0].revents)
            return NULL;
        for (size_t i = n; i > 0; i--) /* from the back: serve() may move the last one */
            if (fds[1 + i].revents)
                serve(f, i - 1);
        if (fds[1].revents)
            accept_one(f);
    }
}

struct fake_aws *fake_aws_start(const struct fake_rule *rules, const struct fake_rule *more)
{
    struct fake_aws *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->rules = rules;
    f->more = more;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof address;
    f->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(f->listener >= 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(f->listener, 64), 0);
    assert_int_equal(getsockname(f->listener, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(pipe(f->wake), 0);
    (void)snprintf(f->url, sizeof f->url, "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
    return f;
}

const char *fake_aws_url(const struct fake_aws *f)
{
    return f->url;
}

void fake_aws_stop(struct fake_aws *f)
{
    if (f->stopped)
        return;
    f->stopped = true;
    assert_int_equal(write(f->wake[1], "x", 1), 1);
    assert_int_equal(pthread_join(f->thread, NULL), 0);
}

static const struct seen *find_seen(struct fake_aws *f, const char *method, const char *target, unsigned *i)
{
    fake_aws_stop(f);
    for (size_t k = 0; k < f->n_seen; k++) {
        const struct seen *s = &f->seen[k];
        bool same = !method || (!strncmp(s->head, method, strlen(method)) && s->head[strlen(method)] == ' ');
        if (same && (!target || !strncmp(target_of(s), target, strlen(target))) && !(*i)--)
            return s;
    }
    return NULL;
}

unsigned fake_aws_count(struct fake_aws *f, const char *method, const char *target)
{
    unsigned left = MAX_REQUESTS;
    (void)find_seen(f, method, target, &left);
    return MAX_REQUESTS - left;
}

const char *fake_aws_head(struct fake_aws *f, const char *method, const char *target, unsigned i)
{
    const struct seen *s = find_seen(f, method, target, &i);
    return s ? s->head : "";
}

const char *fake_aws_body(struct fake_aws *f, const char *method, const char *target, unsigned i)
{
    const struct seen *s = find_seen(f, method, target, &i);
    return s ? s->body : "";
}

void fake_aws_freep(struct fake_aws **fp)
{
    struct fake_aws *f = *fp;
    if (!f)
        return;
    fake_aws_stop(f);
    for (size_t i = 0; i < f->n_connections; i++)
        (void)close(f->connections[i]);
    for (size_t i = 0; i < f->n_seen; i++) {
        free(f->seen[i].head);
        free(f->seen[i].body);
    }
    (void)close(f->listener);
    (void)close(f->wake[0]);
    (void)close(f->wake[1]);
    free(f);
    *fp = NULL;
}

struct sl_wire *fake_aws_wire(const struct fake_aws *f)
{
    static const struct sl_patience impatient = {
        .connect_ms = 2000, .stall_seconds = 2, .stall_bytes = 512, .continue_ms = 1000, .retry_base_ms = 2
    };
    SL_AUTO(sl_credentials_clear) struct sl_credentials cred = { .access_key_id = "AKIAIOSFODNN7EXAMPLE" };
    struct sl_wire_options options = { .region = "eu-west-1" };
    struct sl_wire *wire = NULL;
    struct sl_err err = { .code = SL_OK };
    for (size_t i = 0; i < SL_SERVICE_COUNT; i++)
        options.endpoint_url[i] = f->url;
    assert_true(sl_secret_setup(&err));
    assert_true(sl_secret_copy(sl_span_str("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), &cred.secret_access_key, &err));
    if (!sl_wire_open(&options, &cred, &wire, &err))
        fail_msg("%s", err.msg);
    sl_wire_set_patience(wire, &impatient);
    return wire;
}
