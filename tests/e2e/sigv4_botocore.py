#!/usr/bin/env python3
"""Compare our SigV4 with botocore's on random requests: sigv4_botocore.py PROGRAM [SEED]

PROGRAM is tests/unit/publisher/sigv4_print.c. Both sides get the same request, keys and time; header form and
presigned form, S3 and another service. Prints the first difference and exits 1.
"""
import datetime
import hashlib
import json
import random
import subprocess
import sys
from urllib.parse import parse_qsl, quote, urlsplit

CASES = 200

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore_clock import botocore_time

LETTERS = "abcXYZ019-_.~ +%/?&=#$!*'()@:;,<>[]{}|\\^`\"äß€🙂"


def text(rng, least, most, letters=LETTERS):
    return "".join(rng.choice(letters) for _ in range(rng.randint(least, most)))


def make_case(rng, s3):
    segments = [text(rng, 1, 12).replace("/", "s") for _ in range(rng.randint(0, 4))]
    extra = [".", "..", ""] if rng.random() < 0.2 else []
    segments += extra
    names = {text(rng, 1, 8) for _ in range(rng.randint(0, 5))}
    headers = {f"x-amz-meta-{text(rng, 1, 6, 'abcdef')}": text(rng, 1, 20, "ab c\td  =;,/").strip() or "v"
               for _ in range(rng.randint(0, 3))}
    if rng.random() < 0.5:
        headers["Content-Type"] = "application/json"
    headers["User-Agent"] = "never signed"
    return {
        "method": rng.choice(["GET", "PUT", "POST", "DELETE", "HEAD"]),
        "path": "/" + "/".join(segments),
        "query": [[name, text(rng, 0, 10)] for name in sorted(names, key=lambda _: rng.random())],
        "headers": headers,
        "body": text(rng, 0, 40).encode(),
        "region": rng.choice(["us-east-1", "eu-west-1", "cn-north-1"]),
        "service": "s3" if s3 else rng.choice(["iot", "sts", "iot-jobs-data"]),
        "host": rng.choice(["s3.eu-west-1.amazonaws.com", "localhost:9000"]),
        "time": datetime.datetime.fromtimestamp(rng.randint(0, 4102444800), datetime.timezone.utc),
        "access": "AKIA" + text(rng, 16, 16, "ABCDEFGH234567"),
        "secret": text(rng, 40, 40, "abcdefXYZ0189+/"),
        "token": text(rng, 50, 90, "abcXYZ09+/=") if rng.random() < 0.5 else None,
    }


def of_botocore(case, s3, expires):
    """The request botocore signs: what it makes of the request, and what it would send."""
    path = quote(case["path"], safe="/~-._")
    query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in case["query"])
    url = f"https://{case['host']}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(case["method"], url, headers=dict(case["headers"]), data=b"" if expires else case["body"])
    keys = Credentials(case["access"], case["secret"], case["token"])
    with botocore_time(lambda: case["time"].replace(tzinfo=None)):
        if expires:
            kind = botocore.auth.S3SigV4QueryAuth if s3 else botocore.auth.SigV4QueryAuth
            kind(keys, case["service"], case["region"], expires=expires).add_auth(request)
        else:
            kind = botocore.auth.S3SigV4Auth if s3 else botocore.auth.SigV4Auth
            kind(keys, case["service"], case["region"]).add_auth(request)
    return request


def for_us(case, s3, expires, request):
    headers = [["host", case["host"]]] + [[k, v] for k, v in case["headers"].items()]
    if s3 and not expires:
        headers.append(["x-amz-content-sha256", request.headers["X-Amz-Content-SHA256"]])
    body = b"" if expires else case["body"]
    return {
        "method": case["method"], "path": case["path"], "query": case["query"], "headers": headers,
        "payload_hash": "UNSIGNED-PAYLOAD" if s3 and expires else hashlib.sha256(body).hexdigest(),
        "region": case["region"], "service": case["service"], "s3": s3, "expires": expires,
        "time": case["time"].strftime("%Y%m%dT%H%M%SZ"),
        "access": case["access"], "secret": case["secret"], "token": case["token"] or "",
    }


def parameters(query):
    return sorted(parse_qsl(query, keep_blank_values=True))


def main():
    program = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20261122
    rng = random.Random(seed)
    lines, expected = [], []
    for number in range(CASES):
        s3, expires = number % 2 == 0, rng.randint(1, 604800) if number % 4 >= 2 else 0
        case = make_case(rng, s3)
        request = of_botocore(case, s3, expires)
        ours = for_us(case, s3, expires, request)
        lines.append(json.dumps(ours))
        expected.append(parameters(urlsplit(request.url).query) if expires else request.headers["Authorization"])
    run = subprocess.run([program], input="\n".join(lines) + "\n", stdout=subprocess.PIPE, text=True, timeout=60,
                         check=True)
    answers = run.stdout.splitlines()
    if len(answers) != CASES:
        sys.exit(f"{len(answers)} answers to {CASES} cases")
    for number, (line, want, have) in enumerate(zip(lines, expected, answers)):
        if isinstance(want, list):
            have = parameters(have)
        if want != have:
            print(f"case {number} of seed {seed} differs\n{line}\nbotocore: {want}\nours:     {have}")
            sys.exit(1)
    print(f"{CASES} requests signed alike")


if __name__ == "__main__":
    main()
