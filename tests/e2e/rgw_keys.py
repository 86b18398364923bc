"""Object keys as people write them: a release that has one file under each, and what reads it back.

  rgw_keys.py write SET      files build/kNN.bin and artifacts.yaml, its part of a manifest
  rgw_keys.py read SET ANSWER DOCUMENT
                             each version of the receipt holds its file's bytes, and each URL of the job document,
                             presigned as AWS IoT does it, downloads them

SET is 0 to 4, forty keys each: the first are chosen by hand, the others thrown together from the same letters.
"""
import json
import os
import random
import sys
import urllib.parse
import urllib.request

BUCKET = "acme-firmware"
BY_HAND = [
    "two words.bin", " leading space", "trailing space ", "a  b   c", "1+1.bin", "+", "100%.bin", "%41.bin", "a%2Fb",
    "%zz", "~user/app~1.bin", "app (copy).bin", "it's.bin", "a,b;c.bin", "k=v&l=w.bin", "mail@example.com", "hot!.bin",
    "*.bin", "what?.bin", "a#b.bin", "a:b.bin", "$HOME/${x}", "[1]{2}.bin", 'say "hi".bin', "a<b>c&amp;.bin",
    "back\\slash.bin", "a|b^c`d.bin", ".hidden", ".well-known/..data/...", "-rf", "größe.bin", "ño/e\u0301.bin",
    "firmware-固件.bin", "прошивка/версия 2.bin", "🚀/🛰️.bin", "\u00a0\u2028.bin", "?versionId=x", "_~-.",
    "long/" + "x" * 240 + "/" + "é" * 100, "l" * 1024,
]

LETTERS = "abcXYZ019-_.~ +%/?&=#$!*'()@:;,<>[]{}|\\^`\"äß€🙂固é\u0301\u00a0\u200d"


def can_be(key):
    """What URLs cannot carry is refused by check, and tested there."""
    parts = key.split("/")
    return not {"", ".", ".."} & set(parts) and ".sealift" not in parts and "{{" not in key


def thrown(number):
    rng = random.Random(number)
    keys = []
    while len(keys) < 40:
        key = f"{number}" + "".join(rng.choice(LETTERS) for _ in range(rng.randint(1, 36)))
        if can_be(key) and key not in keys:
            keys.append(key)
    return keys


def keys_of(number):
    return BY_HAND if number == 0 else thrown(number)


def name(i):
    return f"k{i:02}"


def quoted(text):
    """A double-quoted scalar of YAML, which knows no surrogate pairs; '$${' is a manifest's way to write '${'."""
    escape = {'"': '\\"', "\\": "\\\\"}
    letters = (escape.get(c, c if c.isprintable() else f"\\u{ord(c):04x}") for c in text.replace("${", "$${"))
    return '"' + "".join(letters) + '"'


def write(number):
    keys = keys_of(int(number))
    assert len(keys) == 40 == len(set(keys))
    os.makedirs("build", exist_ok=True)
    with open("artifacts.yaml", "w", encoding="utf-8") as f:
        for i, key in enumerate(keys):
            with open(f"build/{name(i)}.bin", "wb") as b:
                b.write(f"the file of key {i}: ".encode() + os.urandom(8))
            f.write(f"  {name(i)}: {{file: build/{name(i)}.bin, object: {quoted(key)}}}\n")


def same(got, i, key, how):
    with open(f"build/{name(i)}.bin", "rb") as f:
        assert got == f.read(), f"{how} of {key!r} brought other bytes"


def read(number, answer, document):
    keys = keys_of(int(number))
    import boto3
    from botocore.config import Config
    s3 = boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
    with open(answer, encoding="utf-8") as f:
        artifacts = json.load(f)["receipt"]["artifacts"]
    with open(document, encoding="utf-8") as f:
        urls = json.load(f)["urls"]
    assert len(artifacts) == len(urls) == len(keys)
    begin = "${aws:iot:s3-presigned-url-v2:https://s3.us-east-1.amazonaws.com/" + BUCKET + "/"
    for i, key in enumerate(keys):
        told, url = artifacts[name(i)], urls[i]
        assert told["object"] == key and told["confirmedBy"] == "read-back", told
        same(s3.get_object(Bucket=BUCKET, Key=key, VersionId=told["versionId"])["Body"].read(), i, key, "get-object")
        assert url.startswith(begin) and url.endswith("}"), url
        path, version = urllib.parse.unquote(url[len(begin):-1]).rsplit("?versionId=", 1)
        assert path == key and version == told["versionId"], url
        signed = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": path, "VersionId": version})
        with urllib.request.urlopen(signed, timeout=20) as reply:
            same(reply.read(), i, key, "a presigned URL")
    print("read", len(keys))


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
