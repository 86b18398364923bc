"""A server that does what servers must not, for tests/e2e/hostile.sh.

    hostile_server.py say MODE PORTFILE [OTHER-PORT]      answers every request in the same bad way
    hostile_server.py tamper MODE PORTFILE UPSTREAM-PORT  passes requests on, and lies about what came back
    hostile_server.py late FIFO PORTFILE UPSTREAM-PORT    passes requests on, the first only when FIFO has been written to

It prints each request's method, target and whether it was signed, one line each, and serves until it is killed."""

import gzip
import http.client
import re
import socketserver
import sys
import threading

KIND, MODE, PORTFILE = sys.argv[1:4]
OTHER = int(sys.argv[4]) if len(sys.argv) > 4 else 0

XML = b"application/xml"
JSON = b"application/json"
ESCAPES = "evil\x1b[2J\x1b]0;title\x07\r\n::error::forged\x9b31m\u202etxt"


def reply(status, body, kind=XML, headers=(), length=None):
    """A whole reply as bytes; length: what to say instead of the truth."""
    lines = [b"HTTP/1.1 " + status, b"Content-Type: " + kind]
    lines.append(b"Content-Length: %d" % (len(body) if length is None else length))
    return b"\r\n".join(lines + list(headers)) + b"\r\n\r\n" + body


def error_xml(code, message):
    message = "".join(f"&#{ord(c)};" if c in "<&\r\n" else c for c in message)
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()


def chunked(status, *chunks):
    return b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


DEEP = 200000
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12))
    + b"]><l>&m;</l>"
)

SAYINGS = {
    "nothing": b"",
    "garbage": b"\x00\xff\x1b[31m what is HTTP?\r\n\r\n",
    "no-status": b"just a body, as HTTP/0.9 had it",
    "truncated": reply(b"200 OK", b"<a/>", length=1000),
    "short-length": reply(b"200 OK", b"<VersioningConfiguration/>" * 9, length=5),
    "negative-length": reply(b"200 OK", b"<a/>", length=-4),
    "two-lengths": reply(b"200 OK", b"<a/>", headers=[b"Content-Length: 400"]),
    "vast-length": reply(b"200 OK", b"<a/>", length=2**62),
    "bad-chunk": chunked(b"200 OK", b"zz\r\n<a/>\r\n0\r\n\r\n"),
    "vast-chunk": chunked(b"200 OK", b"ffffffffffffffffff\r\n<a/>\r\n0\r\n\r\n"),
    "gzip-bomb": reply(b"200 OK", gzip.compress(b"\0" * 50_000_000), headers=[b"Content-Encoding: gzip"]),
    "error-in-200": reply(b"200 OK", error_xml("InternalError", "not really")),
    "deep-json": reply(b"200 OK", b"[" * DEEP + b"]" * DEEP, JSON),
    "deep-xml": reply(b"200 OK", b"<a>" * DEEP + b"</a>" * DEEP),
    "entities": reply(b"200 OK", LAUGHS),
    "escapes": reply(b"403 Forbidden", error_xml("AccessDenied", ESCAPES.replace("\x1b", "\u009b").replace("\x07", ""))),
    "escapes-json": reply(
        b"403 Forbidden",
        b'{"message": "evil\\u001b[2J\\u0007\\r\\n::error::forged\\u009b31m\\u202etxt", "code": "Acc\\u001b[31mess"}',
        JSON,
        [b"x-amzn-ErrorType: Acc\x1b[31mess:http://x/", b"x-amzn-RequestId: \x1b[8mid"],
    ),
    "redirect": reply(b"307 Temporary Redirect", b"", headers=[b"Location: http://127.0.0.1:%d/elsewhere" % OTHER]),
    "redirect-file": reply(b"301 Moved", b"", headers=[b"Location: file:///etc/passwd"]),
    "utf16": reply(b"200 OK", "<a/>".encode("utf-16")),
    "empty": reply(b"200 OK", b""),
    "array": reply(b"200 OK", b"[1, 2, 3]", JSON),
    "numbers": reply(b"200 OK", b'{"jobs": [1, null, {"jobId": 7}], "job": 5, "nextToken": {}}', JSON),
    "proxy-page": reply(b"200 OK", b"<!doctype html><html><body><p>Log in to the hotel</body></html>", b"text/html"),
}


def endless(write, head, piece):
    write(head)
    while True:
        write(piece)


ENDLESS = {
    "endless-headers": (b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"a" * 1000 + b"\r\n"),
    "endless-header": (b"HTTP/1.1 200 OK\r\nX-More: ", b"a" * 65536),
    "endless-continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "endless-body": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk(b" " * 65536)),
    "endless-error": (b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n", chunk(b"<" * 65536)),
}


def without(headers, *names):
    return [(n, v) for n, v in headers if n.lower() not in names]


def tampered(mode, method, target, status, headers, body):
    """The reply of upstream, changed as the mode says."""
    put = method == "PUT" and "uploads" not in target
    image = target.split("?")[0].endswith(".bin")
    if mode == "no-version" and put and image:
        headers = without(headers, "x-amz-version-id")
    elif mode == "null-version" and put and image:
        headers = without(headers, "x-amz-version-id") + [("x-amz-version-id", "null")]
    elif mode == "wrong-version" and image:
        headers = [(n, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" if n.lower() == "x-amz-version-id" else v) for n, v in headers]
    elif mode == "evil-version" and put and image:
        headers = without(headers, "x-amz-version-id") + [("x-amz-version-id", 'a"&b=%0d%0a/../x')]
    elif mode == "wrong-checksum" and image:
        lie = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        headers = [(n, lie if n.lower() == "x-amz-checksum-sha256" else v) for n, v in headers]
    elif mode == "no-checksum-other-bytes" and image:
        headers = without(headers, "x-amz-checksum-sha256", "x-amz-checksum-type")
        if method == "GET" and body:
            body = bytes([body[0] ^ 1]) + body[1:]
    elif mode == "other-document" and target.startswith("/jobs/") and method == "GET":
        body = body.replace(b'"targets":["', b'"targets":["x')
    elif mode == "other-job" and target.startswith("/jobs/") and method == "PUT":
        body = re.sub(rb'"jobArn":"[^"]*"', b'"jobArn":"arn:aws:iot:eu-west-1:999999999999:job/other"', body)
    elif mode == "statuses" and target.startswith("/jobs"):
        body = re.sub(rb'"status":"[^"]*"', b'"status":"\\\\u001b[2J\\\\u0007::error::x"', body)
        body = re.sub(rb'"(comment|description)":"[^"]*"', rb'"\1":"\\\\u001b[2J"', body)
    return status, headers, body


class Handler(socketserver.StreamRequestHandler):
    timeout = 60

    def read_request(self):
        line = self.rfile.readline(65536).decode("latin-1").strip()
        if not line:
            return None
        headers = http.client.parse_headers(self.rfile)
        if headers.get("Expect"):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(headers.get("Content-Length", 0)))
        method, target, _ = line.split(" ", 2)
        print(method, target, "signed" if "Authorization" in headers else "unsigned", flush=True)
        return method, target, headers, body

    def say(self):
        if MODE in ENDLESS:
            endless(self.wfile.write, *ENDLESS[MODE])
        self.wfile.write(SAYINGS[MODE])

    def pass_on(self, method, target, headers, body):
        upstream = http.client.HTTPConnection("127.0.0.1", OTHER, timeout=60)
        upstream.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            if name.lower() not in ("expect", "connection"):
                upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        content = answer.read()
        status, heads, content = tampered(MODE, method, target, answer.status, answer.getheaders(), content)
        self.wfile.write(b"HTTP/1.1 %d x\r\n" % status)
        for name, value in without(heads, "content-length", "transfer-encoding", "connection"):
            self.wfile.write(f"{name}: {value}\r\n".encode())
        length = dict((n.lower(), v) for n, v in heads).get("content-length") if method == "HEAD" else len(content)
        self.wfile.write(b"Content-Length: %d\r\nConnection: close\r\n\r\n" % int(length or 0))
        if method != "HEAD":
            self.wfile.write(content)

    def handle(self):
        try:
            request = self.read_request()
            if request and KIND == "say":
                self.say()
            elif request:
                HELD.wait()
                self.pass_on(*request)
        except OSError:
            pass


def let_go():
    with open(MODE, "rb") as f:
        f.read(1)
    HELD.set()


HELD = threading.Event()
if KIND == "late":
    threading.Thread(target=let_go, daemon=True).start()
else:
    HELD.set()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


with Server(("127.0.0.1", 0), Handler) as server:
    with open(PORTFILE, "w", encoding="ascii") as f:
        f.write(f"{server.server_address[1]}\n")
    server.serve_forever()
