#!/usr/bin/env python3
"""A proxy that knows CONNECT only: connect_proxy.py [--auth USER:PASSWORD] [--refuse HOST]

Prints its port, then one line per request: the target and what was answered. Every target is on this machine, whatever
its name; only the port counts. Ends with its stdin.
"""
import base64
import socket
import socketserver
import sys
import threading

arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Handler(socketserver.StreamRequestHandler):
    timeout = 20

    def answer(self, target, status):
        print(target, status, flush=True)
        extra = b"Proxy-Authenticate: Basic realm=\"p\"\r\n" if status == 407 else b""
        body = b"Connection: close\r\nContent-Length: 0\r\n" if status != 200 else b""
        self.wfile.write(b"HTTP/1.1 %d x\r\n" % status + extra + body + b"\r\n")

    def handle(self):
        method, target, _ = self.rfile.readline().decode().split()
        headers = {}
        while (line := self.rfile.readline().decode().strip()):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        host, _, port = target.rpartition(":")
        wanted = arguments.get("--auth")
        given = "Basic " + base64.b64encode(wanted.encode()).decode() if wanted else None
        if method != "CONNECT":
            return self.answer(target, 405)
        if wanted and headers.get("proxy-authorization") != given:
            return self.answer(target, 407)
        if host == arguments.get("--refuse"):
            return self.answer(target, 403)
        with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as upstream:
            self.answer(target, 200)
            back = threading.Thread(target=pump, args=(upstream, self.connection), daemon=True)
            back.start()
            pump(self.connection, upstream)
            back.join(20)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


with Server(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
