"""A proxy in front of a store, which writes down what passes: a JSON line per request, after the store's reply.

usage: s3_proxy.py PORT STORE_URL LOG [BODIES_AT_ONCE]

The client is given the proxy's URL as its endpoint and signs for it; the Host header is passed on as it came, so the
store checks the very signature that was sent. Each line has method, path, query, headers, the base64 of the SHA-256 of
the body as it passed, the reply's status and headers, and whether the whole body arrived. GET /_proxy answers with the
number of other connections that are open. Connections are taken in the order they came:
when a client is gone and none is open, nothing of that client's is still to come. GET /_proxy?stop=N lets N bytes of
bodies more pass and holds up what follows, until GET /_proxy?stop=; what a client does at a chosen moment so depends on
no clock. With BODIES_AT_ONCE that many large bodies pass at a time, as on a narrow line, and the others wait for them.
"""
import base64
import hashlib
import http.client
import http.server
import json
import sys
import threading
import urllib.parse


class State:
    lock = threading.Lock()
    moved = threading.Condition(lock)
    body_bytes = 0
    connections = 0
    stop_at = None


def let_pass(n):
    with State.moved:
        State.moved.wait_for(lambda: State.stop_at is None or State.body_bytes < State.stop_at)
        State.body_bytes += n


def set_stop(text):
    with State.moved:
        State.stop_at = State.body_bytes + int(text) if text else None
        State.moved.notify_all()


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, query):
        if "stop" in query:
            set_stop(query["stop"])
        stopped = State.stop_at is not None and State.body_bytes >= State.stop_at
        text = json.dumps({"stopped": stopped, "connections": State.connections - 1}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def body(self, left, digest):
        while left:
            piece = self.rfile.read1(min(left, 65536))
            if not piece:
                raise ConnectionError("the client went away")
            left -= len(piece)
            digest.update(piece)
            let_pass(len(piece))
            yield piece

    def relay(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/_proxy":
            return self.answer(dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True)))
        if int(self.headers.get("Content-Length", "0")) < 1 << 20:
            return self.pass_on(url)
        with line_is_free:
            self.pass_on(url)

    def pass_on(self, url):
        digest = hashlib.sha256()
        line = {"method": self.command, "path": urllib.parse.unquote(url.path),
                "query": dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True)),
                "headers": {k.lower(): v for k, v in self.headers.items()}, "status": 0, "whole": False}
        store = http.client.HTTPConnection(store_host, timeout=300)
        try:
            store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "expect":
                    store.putheader(name, value)
            store.endheaders()
            for piece in self.body(int(self.headers.get("Content-Length", "0")), digest):
                store.send(piece)
            line["whole"] = True
            reply = store.getresponse()
            line["status"] = reply.status
            line["reply"] = {k.lower(): v for k, v in reply.getheaders()}
            line["sha256"] = base64.b64encode(digest.digest()).decode()
            record(line)
            self.pass_back(reply)
        except (OSError, http.client.HTTPException) as e:
            line["error"] = str(e)
            if not line["status"]:
                record(line)
            self.close_connection = True
        finally:
            store.close()

    def pass_back(self, reply):
        self.send_response_only(reply.status, reply.reason)
        chunked = False
        for name, value in reply.getheaders():
            if name.lower() == "transfer-encoding":
                chunked = True
            if name.lower() != "connection":
                self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        while piece := reply.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = relay


def record(line):
    with State.lock:
        log.write(json.dumps(line, sort_keys=True) + "\n")
        log.flush()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def process_request(self, request, client_address):
        with State.lock:
            State.connections += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            with State.lock:
                State.connections -= 1


store_host = urllib.parse.urlsplit(sys.argv[2]).netloc
log = open(sys.argv[3], "a", encoding="utf-8")
line_is_free = threading.BoundedSemaphore(int(sys.argv[4]) if len(sys.argv) > 4 else 64)
Server(("127.0.0.1", int(sys.argv[1])), Proxy).serve_forever()
