#include "tests/unit/publisher/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 256
#define MAX_REQUESTS    400
#define MAX_BODY        ((size_t)16 << 20)

struct connection {
    int fd;
    unsigned number;
    struct seen_request *now; /* the request being read; NULL between requests */
    const struct step *step;
    size_t head_len, want;
    bool head_done, answered, deaf, dribbling;
};

struct scripted_server {
    const struct step *steps;
    size_t n_steps, n_seen;
    int listener, wake[2];
    char url[64];
    pthread_t thread;
    bool stopped;
    unsigned accepted, most_open, closed;
    struct connection connections[MAX_CONNECTIONS];
    struct seen_request seen[MAX_REQUESTS];
};

static const struct step after_the_last = { STEP_ANSWER, "HTTP/1.1 599 Script Over\r\nContent-Length: 0\r\n\r\n", NULL,
                                            NULL };

static void nap_ms(long ms)
{
    struct timespec t = { 0, ms * 1000000 };
    (void)nanosleep(&t, NULL);
}

static void hang_up(struct scripted_server *s, struct connection *c, bool reset)
{
    struct linger at_once = { 1, 0 };
    if (reset)
        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(c->fd);
    *c = (struct connection){ .fd = -1 };
    s->closed++;
}

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

static void send_text(const struct connection *c, const char *text)
{
    send_all(c->fd, text, strlen(text));
}

void seen_header(const struct seen_request *r, const char *name, char *ret, size_t size)
{
    ret[0] = 0;
    size_t n = strlen(name);
    for (const char *line = strstr(r->head, "\r\n"); line && line[2]; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':') {
            const char *value = line + 3 + n + strspn(line + 3 + n, " ");
            (void)snprintf(ret, size, "%.*s", (int)strcspn(value, "\r"), value);
        }
}

static void finish_request(struct scripted_server *s, struct connection *c)
{
    const struct step *step = c->step;
    char echo[1024], path[512] = "";
    switch (step->how) {
    case STEP_ANSWER:
    case STEP_NO_CONTINUE:
        send_text(c, step->reply);
        break;
    case STEP_ANSWER_IF:
        send_text(c, strstr(c->now->head, step->ctx) ? step->reply : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        break;
    case STEP_ANSWER_CLOSE:
        send_text(c, step->reply);
        hang_up(s, c, false);
        return;
    case STEP_CLOSE:
        hang_up(s, c, false);
        return;
    case STEP_STALL:
        c->deaf = true;
        break;
    case STEP_DRIBBLE:
        send_text(c, step->reply);
        c->dribbling = true;
        break;
    case STEP_ECHO:
        nap_ms(20);
        (void)sscanf(c->now->head, "%*s %511s", path);
        (void)snprintf(echo, sizeof echo, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(path), path);
        send_text(c, echo);
        break;
    case STEP_EARLY:
    case STEP_EARLY_DRAIN:
    case STEP_RESET_AT_HALF:
        break;
    }
    c->now = NULL;
    c->head_done = c->answered = false;
    c->head_len = 0;
}

static void head_arrived(struct scripted_server *s, struct connection *c)
{
    char value[64];
    c->head_done = true;
    c->step = s->n_seen <= s->n_steps ? &s->steps[s->n_seen - 1] : &after_the_last;
    if (c->step->hook)
        c->step->hook(c->step->ctx);
    seen_header(c->now, "content-length", value, sizeof value);
    c->want = strtoul(value, NULL, 10);
    assert(c->want <= MAX_BODY);
    void *body = NULL; /* not by calloc, which the test may be making fail */
    int bad = posix_memalign(&body, 64, c->want + 1);
    assert(bad == 0);
    (void)bad;
    c->now->body = body;
    if (c->step->how == STEP_EARLY || c->step->how == STEP_EARLY_DRAIN) {
        send_text(c, c->step->reply);
        c->deaf = c->step->how == STEP_EARLY;
        return;
    }
    seen_header(c->now, "expect", value, sizeof value);
    if (strcmp(value, "100-continue") == 0 && c->step->how != STEP_NO_CONTINUE)
        send_text(c, "HTTP/1.1 100 Continue\r\n\r\n");
}

static void take_head_byte(struct scripted_server *s, struct connection *c, char byte)
{
    if (!c->now) {
        assert(s->n_seen < MAX_REQUESTS);
        c->now = &s->seen[s->n_seen++];
        c->now->connection = c->number;
    }
    assert(c->head_len + 1 < sizeof c->now->head);
    c->now->head[c->head_len++] = byte;
    if (c->head_len >= 4 && memcmp(c->now->head + c->head_len - 4, "\r\n\r\n", 4) == 0)
        head_arrived(s, c);
}

static void take(struct scripted_server *s, struct connection *c, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len && c->fd >= 0 && !c->deaf; i++) {
        if (!c->head_done) {
            take_head_byte(s, c, bytes[i]);
        } else {
            size_t n = c->want - c->now->body_len < len - i ? c->want - c->now->body_len : len - i;
            memcpy(c->now->body + c->now->body_len, bytes + i, n);
            c->now->body_len += n;
            i += n - 1;
        }
        if (c->head_done && c->step->how == STEP_RESET_AT_HALF && c->now->body_len >= c->want / 2) {
            nap_ms(20);
            hang_up(s, c, true);
            return;
        }
        if (c->head_done && !c->deaf && c->now->body_len == c->want)
            finish_request(s, c);
    }
}

static void serve_connection(struct scripted_server *s, struct connection *c)
{
    char bytes[65536];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
    if (n <= 0)
        hang_up(s, c, false);
    else
        take(s, c, bytes, (size_t)n);
}

static void accept_one(struct scripted_server *s)
{
    int fd = accept(s->listener, NULL, NULL);
    if (fd < 0)
        return;
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        if (s->connections[i].fd >= 0)
            continue;
        s->connections[i] = (struct connection){ .fd = fd, .number = s->accepted++ };
        if (s->accepted - s->closed > s->most_open)
            s->most_open = s->accepted - s->closed;
        return;
    }
    (void)close(fd);
}

static int dribble(struct scripted_server *s)
{
    int timeout = -1;
    for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *c = &s->connections[i];
        if (c->fd < 0 || !c->dribbling)
            continue;
        timeout = 50;
        if (send(c->fd, "x", 1, MSG_NOSIGNAL) != 1)
            hang_up(s, c, false);
    }
    return timeout;
}

static void *serve(void *arg)
{
    struct scripted_server *s = arg;
    for (;;) {
        struct pollfd polls[MAX_CONNECTIONS + 2] = { { s->listener, POLLIN, 0 }, { s->wake[0], POLLIN, 0 } };
        int timeout = dribble(s);
        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
            polls[i + 2] = (struct pollfd){ s->connections[i].deaf ? -1 : s->connections[i].fd, POLLIN, 0 };
        if (poll(polls, MAX_CONNECTIONS + 2, timeout) < 0)
            continue;
        if (polls[1].revents)
            return NULL;
        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
            if (polls[i + 2].revents && s->connections[i].fd >= 0)
                serve_connection(s, &s->connections[i]);
        if (polls[0].revents)
            accept_one(s);
    }
}

struct scripted_server *scripted_server_start(const struct step *steps, size_t n)
{
    struct scripted_server *s = calloc(1, sizeof *s);
    assert(s);
    s->steps = steps;
    s->n_steps = n;
    for (size_t i = 0; i < MAX_CONNECTIONS; i++)
        s->connections[i].fd = -1;
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof any;
    int bad = bind(s->listener, (struct sockaddr *)&any, len) | listen(s->listener, 64)
              | getsockname(s->listener, (struct sockaddr *)&any, &len) | pipe(s->wake);
    assert(s->listener >= 0 && bad == 0);
    (void)snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u", ntohs(any.sin_port));
    bad = pthread_create(&s->thread, NULL, serve, s);
    assert(bad == 0);
    (void)bad;
    return s;
}

const char *scripted_server_url(const struct scripted_server *s)
{
    return s->url;
}

void scripted_server_stop(struct scripted_server *s)
{
    if (s->stopped)
        return;
    ssize_t n = write(s->wake[1], "x", 1);
    assert(n == 1);
    (void)n;
    (void)pthread_join(s->thread, NULL);
    s->stopped = true;
}

size_t scripted_server_count(const struct scripted_server *s)
{
    assert(s->stopped);
    return s->n_seen;
}

const struct seen_request *scripted_server_request(const struct scripted_server *s, size_t i)
{
    assert(s->stopped && i < s->n_seen);
    return &s->seen[i];
}

unsigned scripted_server_connections(const struct scripted_server *s)
{
    return s->accepted;
}

unsigned scripted_server_most_open(const struct scripted_server *s)
{
    return s->most_open;
}

void scripted_server_freep(struct scripted_server **s)
{
    if (!*s)
        return;
    scripted_server_stop(*s);
    for (size_t i = 0; i < MAX_CONNECTIONS; i++)
        if ((*s)->connections[i].fd >= 0)
            (void)close((*s)->connections[i].fd);
    for (size_t i = 0; i < (*s)->n_seen; i++)
        free((*s)->seen[i].body);
    (void)close((*s)->listener);
    (void)close((*s)->wake[0]);
    (void)close((*s)->wake[1]);
    free(*s);
    *s = NULL;
}
