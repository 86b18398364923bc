#include "core/file.h"
#include "sandbox/priv/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64

static bool no_address(const char *address, struct sl_err *err)
{
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                   "cannot listen on '%.60s': expected ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:0", address);
}

/* "127.0.0.1:80" and "[::1]:80", taken apart. */
static bool split(const char *address, char host[64], char port[8], struct sl_err *err)
{
    bool bracket = address[0] == '[';
    const char *from = address + bracket, *end = bracket ? strchr(from, ']') : strrchr(from, ':');
    const char *colon = end ? end + bracket : NULL;
    if (!colon || *colon != ':' || end == from || (size_t)(end - from) >= 64 || strlen(colon + 1) > 5 || !colon[1]
        || colon[1 + strspn(colon + 1, "0123456789")])
        return no_address(address, err);
    memcpy(host, from, (size_t)(end - from));
    host[end - from] = 0;
    (void)snprintf(port, 8, "%s", colon + 1);
    return true;
}

static bool is_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof in);
        return ntohl(in.sin_addr.s_addr) >> 24 == 127;
    }
    struct sockaddr_in6 in6;
    memcpy(&in6, a, sizeof in6);
    return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
}

static bool bind_to(struct sl_listener *l, const struct addrinfo *a, const char *address, struct sl_err *err)
{
    int on = 1;
    l->fd = socket(a->ai_family, SOCK_STREAM, 0);
    if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0
        || bind(l->fd, a->ai_addr, a->ai_addrlen) != 0 || listen(l->fd, BACKLOG) != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot listen on '%.60s': %s", address, strerror(errno));
    return true;
}

/* What the socket was really given. An address that stands for all of them is reached as the loopback one. */
static bool name_it(struct sl_listener *l, struct sl_err *err)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    char port[8];
    if (getsockname(l->fd, (struct sockaddr *)&a, &len) != 0
        || getnameinfo((struct sockaddr *)&a, len, l->host, sizeof l->host, port, sizeof port,
                       NI_NUMERICHOST | NI_NUMERICSERV)
               != 0)
        return sl_fail(err, SL_E_IO, SL_LOC_NONE, "cannot find out the address listened on");
    if (!strcmp(l->host, "0.0.0.0") || !strcmp(l->host, "::"))
        (void)snprintf(l->host, sizeof l->host, "%s", a.ss_family == AF_INET ? "127.0.0.1" : "::1");
    bool v6 = a.ss_family == AF_INET6;
    (void)snprintf(l->authority, sizeof l->authority, "%s%.40s%s:%s", v6 ? "[" : "", l->host, v6 ? "]" : "", port);
    return true;
}

bool sl_listener_open(const char *address, bool anywhere, struct sl_listener *ret, struct sl_err *err)
{
    struct sl_listener l = { .fd = -1 };
    char port[8];
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *found = NULL;
    if (!split(address, l.host, port, err))
        return false;
    hints.ai_flags |= strcmp(l.host, "localhost") ? AI_NUMERICHOST | AI_NUMERICSERV : AI_NUMERICSERV;
    if (getaddrinfo(l.host, port, &hints, &found) != 0)
        return no_address(address, err);
    bool ok = anywhere || is_loopback(found->ai_addr)
              || sl_fail(err, SL_E_USAGE, SL_LOC_NONE,
                         "'%.60s' is not a loopback address: the sandbox is for this machine only; --allow-http "
                         "opens it to others",
                         address);
    ok = ok && bind_to(&l, found, address, err) && name_it(&l, err);
    freeaddrinfo(found);
    if (!ok) {
        sl_listener_close(&l);
        return false;
    }
    *ret = l;
    return true;
}

void sl_listener_close(struct sl_listener *l)
{
    sl_fd_close(&l->fd);
}
