"""Objects encrypted by KMS are read with the reader's right to decrypt: by a session of the role, and by a device through
the URL it is given, which is signed as the role. Printed at the end, when nothing was found otherwise: all is as said."""
import json
import urllib.error
import urllib.request

import boto3
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
s3, kms, iam, sts, iot = (boto3.client(n) for n in ("s3", "kms", "iam", "sts", "iot"))
jobs = boto3.client("iot-jobs-data")
key = kms.create_key()["KeyMetadata"]["Arn"]
s3.create_bucket(Bucket="firmware", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
s3.put_bucket_versioning(Bucket="firmware", VersioningConfiguration={"Status": "Enabled"})
BODY = b"x" * (5 << 20) + b"end"
upload = {"Bucket": "firmware", "Key": "parts"}
upload["UploadId"] = s3.create_multipart_upload(**upload, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)["UploadId"]
parts = [{"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=body)["ETag"]}
         for n, body in ((1, BODY[:5 << 20]), (2, BODY[5 << 20:]))]
versions = {"parts": s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})["VersionId"],
            "whole": s3.put_object(Bucket="firmware", Key="whole", Body=BODY, ServerSideEncryption="aws:kms",
                                   SSEKMSKeyId=key)["VersionId"],
            "plain": s3.put_object(Bucket="firmware", Key="plain", Body=BODY)["VersionId"]}

role = iam.create_role(RoleName="download", AssumeRolePolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
        "Service": "iot.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]}))["Role"]["Arn"]


def allow(*actions):
    iam.put_role_policy(RoleName="download", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}))


def read(name):
    """What a session of the role gets: the bytes, or the code."""
    made = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    reader = boto3.client("s3", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"],
                          aws_session_token=made["SessionToken"])
    try:
        return reader.get_object(Bucket="firmware", Key=name, VersionId=versions[name])["Body"].read()
    except ClientError as e:
        return e.response["Error"]["Code"]


def download(name, prefix="first-"):
    """What a device gets through the URL in its job's document: the bytes, or the status."""
    thing = prefix + name
    iot.create_thing(thingName=thing)
    url = f"https://s3.eu-west-1.amazonaws.com/firmware/{name}%3FversionId%3D{versions[name]}"
    iot.create_job(jobId=thing, targets=[f"arn:aws:iot:eu-west-1:{ACCOUNT}:thing/{thing}"],
                   presignedUrlConfig={"roleArn": role, "expiresInSec": 600},
                   document=json.dumps({"url": "${aws:iot:s3-presigned-url-v2:" + url + "}"}))
    execution = jobs.describe_job_execution(thingName=thing, jobId="$next", includeJobDocument=True)["execution"]
    try:
        with urllib.request.urlopen(json.loads(execution["jobDocument"])["url"]) as reply:
            return reply.read()
    except urllib.error.HTTPError as e:
        return e.code


RIGHTS = ("s3:GetObject", "s3:GetObjectVersion")
allow(*RIGHTS)
assert read("plain") == BODY and read("whole") == read("parts") == "AccessDenied"
assert download("plain") == BODY and download("whole") == download("parts") == 403
allow(*RIGHTS, "kms:Decrypt")
assert read("whole") == read("parts") == BODY
assert download("whole", "again-") == download("parts", "again-") == BODY
allow(*RIGHTS, "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey")
assert read("whole") == "AccessDenied" and download("parts", "last-") == 403
print("all is as said")
