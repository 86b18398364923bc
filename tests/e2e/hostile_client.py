"""A client that does what clients must not, for tests/e2e/hostile.sh.

    hostile_client.py PORT     sends malformed requests to the sandbox there; exits 1 with a line for each answer that is
                               none, and for a header of its own that came back in one"""

import random
import socket
import sys

PORT = int(sys.argv[1])
HOST = b"Host: 127.0.0.1:%d\r\n" % PORT
SCOPE = b"Authorization: AWS4-HMAC-SHA256 Credential=AKIAX/20260101/eu-west-1/%b/aws4_request"
SIGNED = SCOPE % b"s3" + b", SignedHeaders=host, Signature=" + b"0" * 64 + b"\r\nX-Amz-Date: 20260101T000000Z\r\n"


def request(line, *headers, body=b""):
    return line + b" HTTP/1.1\r\n" + HOST + b"".join(headers) + b"\r\n" + body


ANSWERED = {  # each must be refused with a status
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/9.9": b"GET / HTTP/9.9\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "bad escape": request(b"GET /a/%zz%0"),
    "escaped NUL": request(b"GET /a/%00b?x=%00", SIGNED),
    "bad query": request(b"GET /a/b?x=%z&%=%&&&=&X-Amz-Signature"),
    "climbing": request(b"GET /../../etc/passwd", SIGNED),
    "long target": request(b"GET /" + b"a" * 200000),
    "long header": request(b"GET /", b"X: " + b"a" * 2000000 + b"\r\n"),
    "no colon": request(b"GET /", b"what is this\r\n"),
    "negative length": request(b"PUT /a/b", b"Content-Length: -3\r\n", body=b"abc"),
    "vast length": request(b"PUT /a/b", SIGNED, b"Content-Length: 99999999999999999999\r\n", body=b"abc"),
    "length and chunks": request(b"PUT /a/b", b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", body=b"0\r\n\r\n"),
    "bad chunk": request(b"PUT /a/b", SIGNED, b"Transfer-Encoding: chunked\r\n", body=b"zz\r\nabc\r\n0\r\n\r\n"),
    "bad authorization": request(b"GET /", b"Authorization: AWS4-HMAC-SHA256 " + b",=" * 5000 + b"\r\n"),
    "half an authorization": request(b"GET /", SCOPE % b"s3" + b"\r\n"),
    "no such service": request(b"GET /", SCOPE % b"s\x0c\x1b[2J" + b", SignedHeaders=host, Signature=0\r\n"),
    "no such time": request(b"GET /", SIGNED.replace(b"20260101T000000Z", b"99999999T999999Z")),
    "bad form": request(b"POST /", SIGNED, b"Content-Length: 30\r\n", body=b"Action=%zz&&&=&Version=%&Actio"),
    "deep JSON": request(b"POST /things/x", SIGNED, b"Content-Length: 200000\r\n", body=b"[" * 200000),
    "no such method": request(b"FOO /"),
    "a proxy's request": request(b"GET http://example.com/x", SIGNED),
    "split header": request(b"GET /a%0d%0aX-Evil:%20b", SIGNED),
    "bad range": request(b"GET /a/b", SIGNED, b"Range: bytes=99999999999999999999-5,--,5-\r\n"),
}
SEEDS = list(ANSWERED.values()) + [
    b"\x00\xff\xfe\r\n\r\n",
    request(b"PUT /a/b", SIGNED, b"Transfer-Encoding: chunked\r\n", body=b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    request(
        b"PUT /a/b",
        SIGNED,
        b"X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\nContent-Length: 9\r\n",
        body=b"zz;chunk-",
    ),
]
PIECES = [b"%", b"\r\n", b"\x00", b"&", b"=", b";", b"/", b"?", b":", b"%2f", b"99999999999999999999", b"\x1b[2J"]


def send(data, seconds):
    """What comes back until the head of the reply is there."""
    reply = b""
    with socket.create_connection(("127.0.0.1", PORT), timeout=20) as s:
        try:
            s.sendall(data)
            s.settimeout(seconds)
            while b"\r\n\r\n" not in reply:
                piece = s.recv(65536)
                if not piece:
                    break
                reply += piece
        except OSError:
            pass  # reset, or no answer in time: then there is no reply
    return reply


def mutated(chance):
    data = bytearray(chance.choice(SEEDS)[:3000])
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(3)
        if kind == 0:
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            data[at:at] = chance.choice(PIECES)
        else:
            del data[at:]
    return bytes(data)


wrong = 0
for name, data in ANSWERED.items():
    reply = send(data, 20)
    if not reply.startswith((b"HTTP/1.1 4", b"HTTP/1.1 505")) or b"X-Evil" in reply.split(b"\r\n\r\n")[0]:
        print(f"{name}: {reply[:200]!r}")
        wrong += 1

idle = [socket.create_connection(("127.0.0.1", PORT), timeout=20) for _ in range(50)]
for s in idle:
    s.sendall(b"GET / HTTP/1.1\r\nX-")
if not send(request(b"GET /"), 20).startswith(b"HTTP/1.1 403"):
    print("no answer while others keep it waiting")
    wrong += 1
for s in idle:
    s.close()

chance = random.Random(1)
for _ in range(400):
    send(mutated(chance), 0.02)
sys.exit(wrong != 0)
