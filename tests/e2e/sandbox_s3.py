"""boto3 against `sealift sandbox`: what AWS's own client sends is taken, and refused by the codes AWS documents.

Run by sandbox-s3.sh with the sandbox's environment; every check that fails ends it with status 1."""

import base64
import datetime
import hashlib
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
import zlib

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from botocore_clock import botocore_time

BUCKET = "e2e-bucket"
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
ONCE = Config(signature_version="s3v4", retries={"total_max_attempts": 1})
s3 = boto3.client("s3", config=ONCE)
failures = 0


def check(what, got, want):
    global failures
    if got != want:
        failures += 1
        print(f"{what}: got {got!r}, expected {want!r}")


def code(call, *args, **kwargs):
    """Error code and status of a call, ('', status) when it succeeds."""
    try:
        reply = call(*args, **kwargs)
    except ClientError as e:
        return e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]
    return "", reply["ResponseMetadata"]["HTTPStatusCode"]


def b64(digest):
    return base64.b64encode(digest).decode()


def sha256(data):
    return b64(hashlib.sha256(data).digest())


def fetch(url, data=None, **kwargs):
    """Status, and body or error code, of a plain request."""
    context = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"]) if url.startswith("https") else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, **kwargs), context=context) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as e:
        text = e.read().decode()
        return e.code, text.partition("<Code>")[2].partition("</Code>")[0]


def buckets():
    here = {"LocationConstraint": "eu-west-1"}
    check("no location", code(s3.create_bucket, Bucket=BUCKET), ("IllegalLocationConstraintException", 400))
    check("other location", code(s3.create_bucket, Bucket=BUCKET,
                                 CreateBucketConfiguration={"LocationConstraint": "us-west-2"}),
          ("IllegalLocationConstraintException", 400))
    check("bad name", code(s3.create_bucket, Bucket="Bad_", CreateBucketConfiguration=here), ("InvalidBucketName", 400))
    check("create", code(s3.create_bucket, Bucket=BUCKET, CreateBucketConfiguration=here), ("", 200))
    check("again", code(s3.create_bucket, Bucket=BUCKET, CreateBucketConfiguration=here),
          ("BucketAlreadyOwnedByYou", 409))
    check("location", s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"], "eu-west-1")
    check("region", s3.head_bucket(Bucket=BUCKET)["BucketRegion"], "eu-west-1")
    check("list", [b["Name"] for b in s3.list_buckets()["Buckets"]], [BUCKET])
    check("never versioned", "Status" in s3.get_bucket_versioning(Bucket=BUCKET), False)
    check("no version", "VersionId" in s3.put_object(Bucket=BUCKET, Key="u", Body=b"0"), False)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    check("suspended", s3.put_object(Bucket=BUCKET, Key="u", Body=b"1")["VersionId"], "null")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    check("enabled", s3.get_bucket_versioning(Bucket=BUCKET)["Status"], "Enabled")
    check("null version", s3.get_object(Bucket=BUCKET, Key="u", VersionId="null")["Body"].read(), b"1")
    check("missing", code(s3.head_bucket, Bucket="no-such-bucket"), ("404", 404))
    check("not empty", code(s3.delete_bucket, Bucket=BUCKET), ("BucketNotEmpty", 409))
    for ask in (s3.get_bucket_acl, s3.get_bucket_tagging, s3.get_bucket_cors):
        check(ask.__name__, code(ask, Bucket=BUCKET), ("NotImplemented", 501))


def versions():
    put = [s3.put_object(Bucket=BUCKET, Key="k", Body=b"v%d" % i, Metadata={"n": str(i)}) for i in range(3)]
    ids = [p["VersionId"] for p in put]
    check("form of ids", [len(i) for i in ids], [32, 32, 32])
    check("by version", s3.get_object(Bucket=BUCKET, Key="k", VersionId=ids[0])["Body"].read(), b"v0")
    check("current", s3.get_object(Bucket=BUCKET, Key="k")["Metadata"], {"n": "2"})
    marker = s3.delete_object(Bucket=BUCKET, Key="k")
    check("marker", marker["DeleteMarker"], True)
    check("gone", code(s3.get_object, Bucket=BUCKET, Key="k"), ("NoSuchKey", 404))
    check("gone, head", code(s3.head_object, Bucket=BUCKET, Key="k"), ("404", 404))
    check("get marker", code(s3.get_object, Bucket=BUCKET, Key="k", VersionId=marker["VersionId"]),
          ("MethodNotAllowed", 405))
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix="k")
    check("listed", [v["VersionId"] for v in listed["Versions"]], ids[::-1])
    check("latest", [v["IsLatest"] for v in listed["Versions"] + listed["DeleteMarkers"]], [False] * 3 + [True])
    s3.delete_object(Bucket=BUCKET, Key="k", VersionId=marker["VersionId"])
    check("back", s3.get_object(Bucket=BUCKET, Key="k")["Body"].read(), b"v2")
    s3.delete_object(Bucket=BUCKET, Key="k", VersionId=ids[2])
    check("older", s3.get_object(Bucket=BUCKET, Key="k")["Body"].read(), b"v1")
    check("removed version", code(s3.get_object, Bucket=BUCKET, Key="k", VersionId=ids[2]), ("NoSuchVersion", 404))
    check("no version id", code(s3.get_object, Bucket=BUCKET, Key="k", VersionId="x"), ("InvalidArgument", 400))


def integrity():
    put = lambda **more: code(s3.put_object, Bucket=BUCKET, Key="c", Body=b"data", **more)
    check("right", put(ChecksumSHA256=sha256(b"data")), ("", 200))
    check("stored", s3.head_object(Bucket=BUCKET, Key="c", ChecksumMode="ENABLED")["ChecksumSHA256"], sha256(b"data"))
    check("wrong", put(ChecksumSHA256=sha256(b"other")), ("BadDigest", 400))
    check("malformed", put(ChecksumSHA256="abc"), ("InvalidRequest", 400))
    check("wrong md5", put(ContentMD5=b64(hashlib.md5(b"other").digest())), ("BadDigest", 400))
    check("malformed md5", put(ContentMD5="abc"), ("InvalidDigest", 400))
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        reply = s3.put_object(Bucket=BUCKET, Key="c", Body=b"data", ChecksumAlgorithm=algorithm)
        got = s3.get_object(Bucket=BUCKET, Key="c", ChecksumMode="ENABLED")
        check(algorithm, got["Checksum" + algorithm], reply["Checksum" + algorithm])
        check(algorithm + " verified by botocore", got["Body"].read(), b"data")
    plain = boto3.client("s3", config=Config(request_checksum_calculation="when_required"))
    check("S3's own", "ChecksumCRC64NVME" in plain.put_object(Bucket=BUCKET, Key="c", Body=b"data"), True)
    check("redirect", put(WebsiteRedirectLocation="/x"), ("NotImplemented", 501))
    check("context", put(ServerSideEncryption="aws:kms", SSEKMSEncryptionContext="e30="), ("NotImplemented", 501))


def conditions():
    etag = s3.put_object(Bucket=BUCKET, Key="w", Body=b"1")["ETag"]
    put = lambda key="w", **more: code(s3.put_object, Bucket=BUCKET, Key=key, Body=b"2", **more)
    get = lambda **more: code(s3.get_object, Bucket=BUCKET, Key="w", **more)
    check("none match", put(IfNoneMatch="*"), ("PreconditionFailed", 412))
    check("none match, new", put("w2", IfNoneMatch="*"), ("", 200))
    check("match", put(IfMatch='"0123"'), ("PreconditionFailed", 412))
    check("match, missing", put("w3", IfMatch='"0123"'), ("NoSuchKey", 404))
    s3.delete_object(Bucket=BUCKET, Key="w2")
    check("a marker counts as absent", put("w2", IfNoneMatch="*"), ("", 200))
    check("get match", get(IfMatch='"0123"'), ("PreconditionFailed", 412))
    check("get none match", get(IfNoneMatch=etag), ("304", 304))
    check("range", s3.get_object(Bucket=BUCKET, Key="w", Range="bytes=0-0")["ContentRange"], "bytes 0-0/1")
    check("no range", get(Range="bytes=5-"), ("InvalidRange", 416))
    check("owner", get(ExpectedBucketOwner="111111111111"), ("AccessDenied", 403))
    check("right owner", get(ExpectedBucketOwner="123456789012"), ("", 200))


def keys():
    odd = ["a b", "a+b", "a%b", "a~b", "a(b)", "a/b/c", "a//b", "./a", "../a", "ä/日本", "a&b=c?d#e", "a'\"<>b", "k" * 1024]
    for key in odd:
        s3.put_object(Bucket=BUCKET, Key="odd/" + key if len(key) < 1024 else key, Body=key.encode())
    for key in odd:
        name = "odd/" + key if len(key) < 1024 else key
        check(key[:20], s3.get_object(Bucket=BUCKET, Key=name)["Body"].read(), key.encode())
    names = sorted("odd/" + key for key in odd if len(key) < 1024)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="odd/", PaginationConfig={"PageSize": 3})
    check("pages", [c["Key"] for p in pages for c in p["Contents"]], sorted(names, key=lambda n: n.encode()))
    pages = s3.get_paginator("list_objects").paginate(Bucket=BUCKET, Prefix="odd/", Delimiter="/",
                                                      PaginationConfig={"PageSize": 2})
    got = [[c["Key"] for c in p.get("Contents", [])] + [c["Prefix"] for c in p.get("CommonPrefixes", [])] for p in pages]
    folded = {n if "/" not in n[4:] else n[:4] + n[4:].split("/")[0] + "/" for n in names}
    check("folded", sorted(k for p in got for k in p), sorted(folded))
    check("page sizes", {len(p) <= 2 for p in got}, {True})
    check("too long", code(s3.put_object, Bucket=BUCKET, Key="k" * 1025, Body=b""), ("KeyTooLongError", 400))
    gone = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": n} for n in names] + [{"Key": "u", "VersionId": "x"}]})
    check("deleted", len(gone["Deleted"]), len(names))
    check("not deleted", [e["Code"] for e in gone["Errors"]], ["InvalidArgument"])
    check("none left", "Contents" in s3.list_objects_v2(Bucket=BUCKET, Prefix="odd/"), False)


def multipart():
    data = [os.urandom(5 << 20), os.urandom(1000)]
    upload = {"Bucket": BUCKET, "Key": "mp"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for number, part in enumerate(data, 1):
        reply = s3.upload_part(**upload, PartNumber=number, Body=part, ChecksumAlgorithm="SHA256")
        parts.append({"PartNumber": number, "ETag": reply["ETag"], "ChecksumSHA256": reply["ChecksumSHA256"]})
    complete = lambda parts, **more: code(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts}, **more)
    check("listed", [p["Size"] for p in s3.list_parts(**upload)["Parts"]], [len(d) for d in data])
    check("uploads", [u["Key"] for u in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]], ["mp"])
    check("other algorithm", code(s3.upload_part, **upload, PartNumber=3, Body=b"x", ChecksumAlgorithm="CRC32"),
          ("InvalidRequest", 400))
    check("order", complete(parts[::-1]), ("InvalidPartOrder", 400))
    check("size", complete(parts, MpuObjectSize=7), ("InvalidRequest", 400))
    check("no checksums", complete([{k: p[k] for k in ("PartNumber", "ETag")} for p in parts]), ("InvalidRequest", 400))
    check("wrong etag", complete([{**parts[0], "ETag": '"00"'}, parts[1]]), ("InvalidPart", 400))
    check("part number", code(s3.upload_part, **upload, PartNumber=10001, Body=b"x"), ("InvalidArgument", 400))
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*",
                                        MpuObjectSize=sum(map(len, data)))
    composite = b64(hashlib.sha256(b"".join(hashlib.sha256(d).digest() for d in data)).digest()) + "-2"
    check("composite", (done["ChecksumSHA256"], done["ChecksumType"]), (composite, "COMPOSITE"))
    check("etag", done["ETag"], '"%s-2"' % hashlib.md5(b"".join(hashlib.md5(d).digest() for d in data)).hexdigest())
    check("bytes", s3.get_object(Bucket=BUCKET, Key="mp")["Body"].read() == b"".join(data), True)
    about = s3.get_object_attributes(Bucket=BUCKET, Key="mp", ObjectAttributes=["ETag", "Checksum", "ObjectParts", "ObjectSize"])
    check("attributes", (about["ETag"], about["ObjectSize"], about["Checksum"]["ChecksumSHA256"],
                         [p["ChecksumSHA256"] for p in about["ObjectParts"]["Parts"]]),
          (done["ETag"].strip('"'), sum(map(len, data)), composite, [p["ChecksumSHA256"] for p in parts]))
    check("once", complete(parts), ("NoSuchUpload", 404))
    small = {"Bucket": BUCKET, "Key": "small"}
    small["UploadId"] = s3.create_multipart_upload(**small)["UploadId"]
    tags = [s3.upload_part(**small, PartNumber=n, Body=b"x")["ETag"] for n in (1, 2)]
    check("too small", code(s3.complete_multipart_upload, **small,
                            MultipartUpload={"Parts": [{"PartNumber": n, "ETag": t} for n, t in enumerate(tags, 1)]}),
          ("EntityTooSmall", 400))
    check("abort", code(s3.abort_multipart_upload, **small), ("", 204))
    check("abort again", code(s3.abort_multipart_upload, **small), ("NoSuchUpload", 404))
    full = {"Bucket": BUCKET, "Key": "full"}
    full["UploadId"] = s3.create_multipart_upload(**full, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")["UploadId"]
    tag = s3.upload_part(**full, PartNumber=7, Body=b"whole", ChecksumAlgorithm="CRC32")["ETag"]
    done = s3.complete_multipart_upload(**full, MultipartUpload={"Parts": [{"PartNumber": 7, "ETag": tag}]})
    check("full object", (done["ChecksumCRC32"], done["ChecksumType"]),
          (b64(zlib.crc32(b"whole").to_bytes(4, "big")), "FULL_OBJECT"))
    check("sha256 full object", code(s3.create_multipart_upload, Bucket=BUCKET, Key="x", ChecksumAlgorithm="SHA256",
                                     ChecksumType="FULL_OBJECT"), ("InvalidRequest", 400))


def in_parts():
    """What a client reads of an object that was stored in parts, over their borders, and checksums of the whole."""
    sizes = [5 << 20, (5 << 20) + 4097, (6 << 20) - 1, 12345]
    data = [bytes(n // 2) + os.urandom(n - n // 2) for n in sizes]
    data[1] = bytes(sizes[1])
    whole = b"".join(data)
    for key, more, sum_of_parts in (("crc32", {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}, True),
                                    ("crc32-late", {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}, False),
                                    ("none", {}, False)):
        upload = {"Bucket": BUCKET, "Key": "parts-" + key}
        upload["UploadId"] = s3.create_multipart_upload(**upload, **more)["UploadId"]
        sent = {"ChecksumAlgorithm": "CRC32"} if sum_of_parts else {}
        plain = boto3.client("s3", config=ONCE.merge(Config(request_checksum_calculation="when_required")))
        tags = [plain.upload_part(**upload, PartNumber=2 * n, Body=part, **sent)["ETag"] for n, part in enumerate(data, 1)]
        plain.upload_part(**upload, PartNumber=9, Body=b"left out")
        done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [
            {"PartNumber": 2 * n, "ETag": tag} for n, tag in enumerate(tags, 1)]})
        check(key + " type", done["ChecksumType"], "FULL_OBJECT")
        if more:
            check(key + " of the whole", done["ChecksumCRC32"], b64(zlib.crc32(whole).to_bytes(4, "big")))
        get = lambda **more: s3.get_object(Bucket=BUCKET, Key="parts-" + key, **more)
        check(key + " bytes", get()["Body"].read() == whole, True)
        check(key + " length", s3.head_object(Bucket=BUCKET, Key="parts-" + key)["ContentLength"], len(whole))
        at = 0
        for n, size in enumerate(sizes, 1):
            for begin, end in ((at, at), (max(0, at - 7), at + 8), (at + size - 1, len(whole) - 1), (at, at + size - 1)):
                check(f"{key} range {begin}-{end}", get(Range=f"bytes={begin}-{end}")["Body"].read() == whole[begin:end + 1], True)
            check(f"{key} part {n}", get(PartNumber=n)["Body"].read() == data[n - 1], True)
            at += size
        check(key + " end", get(Range="bytes=-12346")["Body"].read() == whole[-12346:], True)
    # Behind a delete marker the version is there; removed, it is not.
    version = s3.list_object_versions(Bucket=BUCKET, Prefix="parts-none")["Versions"][0]["VersionId"]
    s3.delete_object(Bucket=BUCKET, Key="parts-none")
    check("hidden", code(s3.get_object, Bucket=BUCKET, Key="parts-none"), ("NoSuchKey", 404))
    check("by version", s3.get_object(Bucket=BUCKET, Key="parts-none", VersionId=version)["Body"].read() == whole, True)
    check("removed", code(s3.delete_object, Bucket=BUCKET, Key="parts-none", VersionId=version), ("", 204))
    check("gone", code(s3.get_object, Bucket=BUCKET, Key="parts-none", VersionId=version), ("NoSuchVersion", 404))


def presigned():
    put = [s3.put_object(Bucket=BUCKET, Key="p", Body=b"p%d" % i)["VersionId"] for i in range(2)]
    url = lambda seconds=60, **more: s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "p", **more},
                                                               ExpiresIn=seconds)
    pinned = url(VersionId=put[0])
    check("as often as wanted", [fetch(pinned) for _ in range(3)], [(200, b"p0")] * 3)
    check("another version", fetch(pinned.replace(put[0], put[1])), (403, "SignatureDoesNotMatch"))
    check("another method", fetch(pinned, method="HEAD")[0], 403)
    check("more headers", fetch(pinned, headers={"x-amz-meta-a": "b"}), (403, "AccessDenied"))
    upload = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "p2"}, ExpiresIn=60)
    check("put", fetch(upload, data=b"abc", method="PUT")[0], 200)
    check("what was put", s3.get_object(Bucket=BUCKET, Key="p2")["Body"].read(), b"abc")
    check("who does not wait for 100 Continue is answered after the body",
          fetch(upload, data=bytes(3000000), method="PUT", headers={"If-None-Match": "*"}), (412, "PreconditionFailed"))
    check("too long", fetch(url(604801)), (400, "AuthorizationQueryParametersError"))
    short = url(1)
    time.sleep(2)
    check("expired", fetch(short), (403, "AccessDenied"))
    check("unsigned", fetch(ENDPOINT + "/" + BUCKET + "/p"), (403, "AccessDenied"))


def signatures():
    with_keys = lambda service, **keys: boto3.client(service, **({"aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
                                                                  "aws_secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"]} | keys))
    calls = {"s3": lambda c: c.list_buckets, "iot": lambda c: c.list_things, "iam": lambda c: c.list_roles,
             "iot-jobs-data": lambda c: lambda: c.get_pending_job_executions(thingName="t")}
    wrong = {"s3": "SignatureDoesNotMatch", "iam": "SignatureDoesNotMatch", "iot": "InvalidSignatureException",
             "iot-jobs-data": "InvalidSignatureException"}
    unknown = {"s3": "InvalidAccessKeyId", "iam": "InvalidClientTokenId", "iot": "UnrecognizedClientException",
               "iot-jobs-data": "UnrecognizedClientException"}
    skewed = {**wrong, "s3": "RequestTimeTooSkewed"}
    good = {"s3": 200, "iam": 200, "iot": 200, "iot-jobs-data": 404}
    for service, call in calls.items():
        check(service, code(call(with_keys(service)))[1], good[service])
        check(service + " wrong secret", code(call(with_keys(service, aws_secret_access_key="x" * 40))), (wrong[service], 403))
        check(service + " unknown key", code(call(with_keys(service, aws_access_key_id="AKIA" + "A" * 16))), (unknown[service], 403))
        for minutes, want in ((14, good[service]), (16, 403), (-14, good[service]), (-16, 403)):
            now = lambda: datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
            with botocore_time(lambda: now() + datetime.timedelta(minutes=minutes)):
                got = code(call(with_keys(service)))
            check(f"{service} clock off by {minutes} minutes", got[1], want)
            if want == 403:
                check(f"{service} clock off by {minutes} minutes", got[0], skewed[service])


for part in (buckets, versions, integrity, conditions, keys, multipart, in_parts, presigned, signatures):
    part()
sys.exit(1 if failures else 0)
