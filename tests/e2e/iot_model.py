# AWS IoT as botocore's model has it: every request is read by the model (unknown members, wrong types and limits are
# refused with 400), then made again by boto3 to the endpoint of the environment, and the reply is passed on as it came.
#   iot_model.py LOG     serves on a free port of 127.0.0.1, prints "export AWS_ENDPOINT_URL_IOT=...", logs operations
import http.server
import json
import re
import sys
import threading
import urllib.parse

import boto3
import botocore.exceptions

log = open(sys.argv[1], "a", buffering=1)
client = boto3.client("iot")
model = client.meta.service_model
got = {}
one_call = threading.Lock()  # the reply that is caught belongs to one request
client.meta.events.register("before-parse.iot", lambda response_dict, **_: got.update(reply=response_dict))


def pattern(uri):
    return re.compile("^" + re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(uri.split("?")[0])) + "$")


operations = [(op.http["method"], pattern(op.http["requestUri"]), op) for op in map(model.operation_model, model.operation_names)]
# literal paths first: /thing-groups/addThingToThingGroup before /thing-groups/{thingGroupName}
operations.sort(key=lambda o: len(o[1].groupindex))


def value(shape, text):
    kind = shape.type_name
    return text == "true" if kind == "boolean" else int(text) if kind in ("integer", "long") else text


def parameters(op, match, query, body):
    found, members = {}, op.input_shape.members if op.input_shape else {}
    for name, shape in members.items():
        where, wire = shape.serialization.get("location"), shape.serialization.get("name", name)
        if where == "uri":
            found[name] = urllib.parse.unquote(match.group(wire))
        elif where == "querystring" and wire in query:
            found[name] = value(shape, query.pop(wire))
    if query:
        raise ValueError("the model has no query parameter %s" % ", ".join(query))
    for name, item in body.items():
        if name not in members or members[name].serialization.get("location"):
            raise ValueError("the model has no member '%s'" % name)
        found[name] = item
    return found


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, text in headers.items():
            if name.lower() in ("content-type", "x-amzn-errortype"):
                self.send_header(name, text)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def call(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        with one_call:
            self.pass_on(url, query, body)

    def pass_on(self, url, query, body):
        try:
            op, match = next((op, m) for method, uri, op in operations if method == self.command and (m := uri.match(url.path)))
            params = parameters(op, match, query, json.loads(body) if body else {})
            log.write("%s %s\n" % (op.name, json.dumps(params, sort_keys=True)))
            client._make_api_call(op.name, params)
        except botocore.exceptions.ClientError:
            pass
        except (StopIteration, ValueError, KeyError, botocore.exceptions.ParamValidationError) as e:
            log.write("REFUSED %s %s: %s\n" % (self.command, self.path, e))
            return self.answer(400, json.dumps({"message": "botocore's model: %s" % e}).encode(),
                               {"x-amzn-errortype": "InvalidRequestException"})
        reply = got["reply"]
        self.answer(reply["status_code"], reply["body"], reply["headers"])

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = call

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("export AWS_ENDPOINT_URL_IOT=http://127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()
