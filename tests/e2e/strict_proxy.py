#!/usr/bin/env python3
"""AWS's own hosts, played by a proxy that checks every signature with botocore's signer and hands on to moto.

  strict_proxy.py CERT KEY BACKEND LOG     prints its port; ends with its stdin
  strict_proxy.py probe PROXY CA           send requests that are wrong in one way each; every one must be refused

A client is told of it by HTTPS_PROXY and trusts its CA, so it resolves, connects and signs as it would for AWS. A
request is refused when its host is none of AWS's, when the scope of its signature has another Region, service or day,
when the signature is not the one botocore computes, when any x-amz-* header, host or content-type is not signed, when a
header stands there twice, or when the digest of the body is not the one that was signed. LOG gets one line per request.

Keys are those of the environment, the Region AWS_REGION.
"""
import datetime
import hashlib
import http.client
import http.server
import os
import socketserver
import ssl
import sys
import threading
import urllib.parse

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import create_loader

SERVICES = ["s3", "iot", "iot-jobs-data", "sts", "iam", "kms", "signer"]
NEVER_SENT_ON = {"connection", "proxy-connection", "keep-alive", "te", "expect", "transfer-encoding"}


def hosts_of(region):
    """Every host AWS's rule sets name for a Region: its service, and the Region to sign for."""
    loader = create_loader()
    partitions = loader.load_data("partitions")
    hosts = {}
    for service in SERVICES:
        provider = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for fips in (False, True):
            for dual_stack in (False, True):
                try:
                    endpoint = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack)
                except EndpointProviderError:
                    continue
                scheme = next(iter(endpoint.properties.get("authSchemes", [])), {})
                name = urllib.parse.urlsplit(endpoint.url).netloc
                hosts[name] = (service, scheme.get("signingRegion", region))
    return hosts


class Refused(Exception):
    pass


def scope_of(host, hosts):
    if host in hosts:
        return hosts[host]
    bucket, _, rest = host.partition(".")
    if rest in hosts and hosts[rest][0] == "s3" and bucket:
        return hosts[rest]
    raise Refused(f"host '{host}' is none of AWS's")


def fields_of(authorization):
    kind, _, rest = authorization.partition(" ")
    if kind != "AWS4-HMAC-SHA256":
        raise Refused("no signature")
    return dict(part.strip().split("=", 1) for part in rest.split(","))


def check_scope(credential, keys, wanted, stamp):
    key_id, day, region, service, end = credential.split("/")
    if key_id != keys.access_key or end != "aws4_request":
        raise Refused("credential scope")
    if (service, region) != wanted:
        raise Refused(f"signed for {service} in {region}, not {wanted[0]} in {wanted[1]}")
    time = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if day != stamp[:8] or abs((datetime.datetime.now(datetime.timezone.utc) - time).total_seconds()) > 300:
        raise Refused("the time is wrong")


def check_headers(headers, signed, keys):
    names = [name.lower() for name in headers.keys()]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise Refused(f"twice: {sorted(twice)}")
    must = {n for n in names if n.startswith("x-amz-") or n in ("host", "content-type", "content-md5")} | {"host", "x-amz-date"}
    if not must <= set(signed):
        raise Refused(f"not signed: {sorted(must - set(signed))}")
    if signed != sorted(signed) or not set(signed) <= set(names):
        raise Refused("SignedHeaders")
    if headers.get("x-amz-security-token") != keys.token:
        raise Refused("session token")


def check(method, target, headers, body, keys, hosts):
    """The service and Region of a request that is right in everything; Refused otherwise."""
    host = headers.get("host", "")
    wanted = scope_of(host, hosts)
    fields = fields_of(headers.get("authorization", ""))
    stamp, signed = headers.get("x-amz-date", ""), fields["SignedHeaders"].split(";")
    check_scope(fields["Credential"], keys, wanted, stamp)
    check_headers(headers, signed, keys)
    digest = hashlib.sha256(body).hexdigest()
    if headers.get("x-amz-content-sha256", digest if wanted[0] != "s3" else None) != digest:
        raise Refused("the digest of the body")
    request = AWSRequest(method, f"https://{host}{target}", headers={name: headers[name] for name in signed}, data=body)
    request.context["timestamp"] = stamp
    kind = botocore.auth.S3SigV4Auth if wanted[0] == "s3" else botocore.auth.SigV4Auth
    signer = kind(keys, *wanted)
    canonical = signer.canonical_request(request)
    if signer.signature(signer.string_to_sign(request, canonical), request) != fields["Signature"]:
        raise Refused("the signature differs; canonical request:\n" + canonical)
    return wanted


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *_):
        pass

    def do_CONNECT(self):
        self.send_response_only(200)
        self.end_headers()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.inside = True
        self.close_connection = False

    def note(self, text):
        with self.server.lock:
            self.server.log.write(text + "\n")
            self.server.log.flush()

    def reply(self, status, headers, body):
        self.send_response_only(status)
        length = "0" if status == 204 else str(len(body))
        for name, value in headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value
            if name.lower() not in NEVER_SENT_ON | {"content-length"}:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def pass_on(self, body):
        upstream = http.client.HTTPConnection(self.server.backend, timeout=60)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in NEVER_SENT_ON:
                upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        self.reply(answer.status, answer.getheaders(), answer.read())
        upstream.close()

    def serve(self):
        if not getattr(self, "inside", False):
            return self.reply(405, [], b"")
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        what = f"{self.command} https://{self.headers.get('host')}{self.path}"
        try:
            service, region = check(self.command, self.path, self.headers, body, self.server.keys, self.server.hosts)
        except (Refused, KeyError, ValueError) as why:
            self.note(f"REFUSED {what}: {why!r}")
            words = b"<Error><Code>SignatureDoesNotMatch</Code><Message>by the strict proxy</Message></Error>"
            return self.reply(403, [("Content-Type", "application/xml")], words)
        self.note(f"ok {service} {region} {what}")
        return self.pass_on(body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = serve


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


def keys_of_environment():
    return Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"],
                       os.environ.get("AWS_SESSION_TOKEN"))


def serve(cert, key, backend, log):
    with Server(("127.0.0.1", 0), Handler) as server, open(log, "a", encoding="utf-8") as server.log:
        server.keys, server.hosts = keys_of_environment(), hosts_of(os.environ["AWS_REGION"])
        server.backend, server.lock = urllib.parse.urlsplit(backend).netloc, threading.Lock()
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(cert, key)
        print(server.server_address[1], flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


def wrong_requests():
    """Name, host, service and Region it is signed for, and what is done to it after it was signed."""
    region = os.environ["AWS_REGION"]
    s3, iot = f"acme-firmware.s3.{region}.amazonaws.com", f"iot.{region}.amazonaws.com"

    def add_header(request):
        request.headers["x-amz-meta-late"] = "1"

    def change_query(request):
        request.url += "?versions="

    return [
        ("right", iot, "iot", region, None),
        ("region", iot, "iot", "us-east-2", None),
        ("service", iot, "iotdata", region, None),
        ("global region", "iam.amazonaws.com", "iam", region if region != "us-east-1" else "us-east-2", None),
        ("unsigned header", s3, "s3", region, add_header),
        ("query", s3, "s3", region, change_query),
        ("host", "example.com", "s3", region, None),
    ]


def probe(proxy, ca):
    tls = ssl.create_default_context(cafile=ca)
    where = urllib.parse.urlsplit(proxy)
    for name, host, service, region, spoil in wrong_requests():
        request = AWSRequest("GET", f"https://{host}/", headers={"x-amz-content-sha256": hashlib.sha256().hexdigest()})
        kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
        kind(keys_of_environment(), service, region).add_auth(request)
        if spoil:
            spoil(request)
        connection = http.client.HTTPSConnection(where.hostname, where.port, context=tls, timeout=20)
        connection.set_tunnel(host, 443)
        parts = urllib.parse.urlsplit(request.url)
        try:
            connection.request("GET", parts.path + ("?" + parts.query if parts.query else ""), headers=dict(request.headers))
            status = connection.getresponse().status
        except ssl.SSLCertVerificationError:
            status = 403
        print(name, "refused" if status == 403 else "accepted")


if __name__ == "__main__":
    if sys.argv[1] == "probe":
        probe(*sys.argv[2:])
    else:
        serve(*sys.argv[1:])
