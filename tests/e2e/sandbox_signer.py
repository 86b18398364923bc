"""Call every operation of the sandbox's Signer with boto3; what it signs is verified by the cryptography package."""
import base64
import json
import time

import boto3
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from aws_shapes import called, refused, watch

PLATFORM = "AWSIoTDeviceManagement-SHA256-ECDSA"
CERTIFICATE = {"certificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/x"}
session = boto3.Session()
watch(session, "signer")
signer, s3, iam = (session.client(n) for n in ("signer", "s3", "iam"))
s3.create_bucket(Bucket="firmware", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
s3.put_bucket_versioning(Bucket="firmware", VersioningConfiguration={"Status": "Enabled"})
version = s3.put_object(Bucket="firmware", Key="a b/app.bin", Body=b"one")["VersionId"]
s3.put_object(Bucket="firmware", Key="a b/app.bin", Body=b"two and more")

made = signer.put_signing_profile(profileName="prod", platformId=PLATFORM, signingMaterial=CERTIFICATE,
                                  signingParameters={"certname": "/ota.crt"})
assert made["arn"].endswith(":/signing-profiles/prod") and made["profileVersionArn"] == made["arn"] + "/" + made["profileVersion"]
profile = signer.get_signing_profile(profileName="prod")
assert profile["status"] == "Active" and profile["platformId"] == PLATFORM and profile["signingMaterial"] == CERTIFICATE
assert profile["signingParameters"] == {"certname": "/ota.crt"}
public = base64.b64decode(profile["ResponseMetadata"]["HTTPHeaders"]["x-sealift-public-key"])
asked = {"source": {"s3": {"bucketName": "firmware", "key": "a b/app.bin", "version": version}},
         "destination": {"s3": {"bucketName": "firmware", "prefix": "signed/"}}, "profileName": "prod",
         "clientRequestToken": "one"}
job = signer.start_signing_job(**asked)
assert signer.start_signing_job(**asked)["jobId"] == job["jobId"]  # the same token, the same job
first = signer.describe_signing_job(jobId=job["jobId"])
assert first["status"] in ("InProgress", "Succeeded") and first["source"] == asked["source"]
for _ in range(50):
    done = signer.describe_signing_job(jobId=job["jobId"])
    if done["status"] != "InProgress":
        break
    time.sleep(0.1)
assert done["status"] == "Succeeded" and done["statusReason"] == "Signing Succeeded" and done["completedAt"]
where = done["signedObject"]["s3"]
assert where["key"].startswith("signed/")
result = json.loads(s3.get_object(Bucket=where["bucketName"], Key=where["key"])["Body"].read())
assert result["rawPayloadSize"] == 3 and result["signatureAlgorithm"] == "SHA256withECDSA"
assert result["payloadLocation"] == asked["source"]
serialization.load_der_public_key(public).verify(base64.b64decode(result["signature"]), b"one", ec.ECDSA(hashes.SHA256()))

refused(signer, "ResourceNotFoundException", signer.get_signing_profile, profileName="other")
refused(signer, "ResourceNotFoundException", signer.describe_signing_job, jobId="1234")
refused(signer, "ResourceNotFoundException", signer.start_signing_job, **{**asked, "profileName": "other"})
refused(signer, "ValidationException", signer.put_signing_profile, profileName="a-b", platformId=PLATFORM, signingMaterial=CERTIFICATE)
refused(signer, "ValidationException", signer.put_signing_profile, profileName="prod", platformId="AWSLambda-SHA384-ECDSA")
refused(signer, "ValidationException", signer.put_signing_profile, profileName="prod", platformId=PLATFORM)
lost = {"s3": {"bucketName": "firmware", "key": "lost", "version": version}}
refused(signer, "ValidationException", signer.start_signing_job, **{**asked, "source": lost, "clientRequestToken": "two"})
elsewhere = {"s3": {"bucketName": "elsewhere", "prefix": ""}}
refused(signer, "ValidationException", signer.start_signing_job, **{**asked, "destination": elsewhere, "clientRequestToken": "three"})

# Signer has the caller's rights in S3
iam.create_user(UserName="ann")
key = iam.create_access_key(UserName="ann")["AccessKey"]
hers = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
watch(hers, "signer")
ann = hers.client("signer")


def allow(*actions):
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}))


refused(ann, "AccessDeniedException", ann.get_signing_profile, "signer:GetSigningProfile", profileName="prod")
refused(ann, "AccessDeniedException", ann.start_signing_job, "signer:StartSigningJob", **{**asked, "clientRequestToken": "four"})
allow("signer:*")
refused(ann, "AccessDeniedException", ann.start_signing_job, "source bucket", **{**asked, "clientRequestToken": "five"})
allow("signer:*", "s3:GetObjectVersion")
refused(ann, "AccessDeniedException", ann.start_signing_job, "destination bucket", **{**asked, "clientRequestToken": "six"})
allow("signer:*", "s3:GetObjectVersion", "s3:PutObject")
ann.start_signing_job(**{**asked, "clientRequestToken": "seven"})

assert called == {"PutSigningProfile", "GetSigningProfile", "StartSigningJob", "DescribeSigningJob"}, called
print("every reply is as the service model says")
