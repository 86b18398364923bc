#!/usr/bin/env python3
"""Stand before a server that knows no expiry, with credentials that end: identity_gate.py URL USES

Plays GitHub's token service (/oidc) and STS's AssumeRoleWithWebIdentity. Each identity is good for USES requests, then
everything signed with it is refused as S3 and the other services refuse it. What is good goes on to URL. Each line on
stdout: "port N" at first, then "token JWT", "identity KEY by JWT", "used KEY", "refused KEY METHOD PATH".
"""
import http.client
import json
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BEHIND, USES = urllib.parse.urlsplit(sys.argv[1]), int(sys.argv[2])
LOCK, LEFT, TOKENS, REFUSED = threading.Lock(), {}, [], {}
STS = ("<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{key}</AccessKeyId>"
       "<SecretAccessKey>example/secret/{key}</SecretAccessKey><SessionToken>example/token/{key}</SessionToken><Expiration>"
       "2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/p/s</Arn>"
       "</AssumedRoleUser></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>")


def say(*words):
    print(*words, flush=True)


class Gate(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                self.send_header(name, value)
        length = next((v for n, v in headers if n.lower() == "content-length"), None)
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def oidc(self):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        if self.headers.get("Authorization") != "Bearer runner-secret" or query.get("audience") != "sts.amazonaws.com":
            return self.answer(403, [], b"{}")
        with LOCK:
            jwt = f"jwt-{len(TOKENS)}"
            TOKENS.append(jwt)
        say("token", jwt)
        self.answer(200, [("Content-Type", "application/json")], json.dumps({"value": jwt}).encode())

    def sts(self, form):
        jwt = form.get("WebIdentityToken", "")
        with LOCK:
            if TOKENS and jwt not in TOKENS:  # each is good once, as GitHub's are good for minutes only
                return self.answer(400, [], b"<ErrorResponse><Error><Code>ExpiredTokenException</Code></Error></ErrorResponse>")
            if jwt in TOKENS:
                TOKENS[TOKENS.index(jwt)] = "used"
            key = f"ASIAIDENTITY{len(LEFT):04d}"
            LEFT[key] = USES
        say("identity", key, "by", jwt)
        self.answer(200, [("Content-Type", "text/xml")], STS.format(key=key).encode())

    def refuse(self, key, scope):
        say("refused", key, self.command, self.path)
        if self.command == "HEAD":
            return self.answer(400, [], b"")
        if scope in ("s3", "iam", "sts"):
            error = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
            if scope != "s3":
                error = b"<ErrorResponse>" + error + b"</ErrorResponse>"
            return self.answer(400 if scope == "s3" else 403, [("Content-Type", "text/xml")], error)
        self.answer(403, [("x-amzn-errortype", "ExpiredTokenException")], b'{"message":"The security token is expired"}')

    def pass_on(self, body):
        behind = http.client.HTTPConnection(BEHIND.hostname, BEHIND.port, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("connection", "expect")}
        behind.request(self.command, self.path, body=body, headers=headers)
        reply = behind.getresponse()
        self.answer(reply.status, reply.getheaders(), reply.read())
        behind.close()

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/oidc"):
            return self.oidc()
        form = dict(urllib.parse.parse_qsl(body.decode())) if b"Action=AssumeRoleWithWebIdentity" in body[:200] else {}
        if form:
            return self.sts(form)
        credential = self.headers.get("Authorization", "").partition("Credential=")[2].split("/")
        what = (self.command, self.path, body)
        with LOCK:
            # a clock would not end a new identity at once, however many use it at the same time
            again = what in REFUSED and credential[0] in LEFT and REFUSED.pop(what) != credential[0]
            good = again or LEFT.get(credential[0], 0) > 0
            if good and not again:
                LEFT[credential[0]] -= 1
            if not good:
                REFUSED[what] = credential[0]
        if not good:
            return self.refuse(credential[0], credential[3] if len(credential) > 3 else "")
        say("used", credential[0])
        self.pass_on(body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = handle_one


class Server(ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Gate)
say("port", server.server_address[1])
server.serve_forever()
