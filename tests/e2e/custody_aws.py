"""What custody.sh needs of AWS, by boto3.

    custody_aws.py keys FOLDER          the public halves of alias/fw (cloud.pub) and of the profile prod_profile (profile.pub)
    custody_aws.py fetch FOLDER NAME... of the releases under thermostat/NAME/: NAME.statement and NAME.document
"""
import base64
import os
import sys
import textwrap

import boto3


def client(service):
    return boto3.client(service, region_name="eu-west-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def put(folder, name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def pem(der):
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""]).encode()


def keys(folder):
    put(folder, "cloud.pub", pem(client("kms").get_public_key(KeyId="alias/fw")["PublicKey"]))
    reply = client("signer").get_signing_profile(profileName="prod_profile")
    put(folder, "profile.pub", pem(base64.b64decode(reply["ResponseMetadata"]["HTTPHeaders"]["x-sealift-public-key"])))


def fetch(folder, *names):
    s3, iot = client("s3"), client("iot")
    jobs = [job["jobId"] for page in iot.get_paginator("list_jobs").paginate() for job in page["jobs"]]
    documents = [iot.get_job_document(jobId=job)["document"] for job in jobs]
    for name in names:
        prefix = "thermostat/" + name + "/"
        found = s3.list_objects_v2(Bucket="acme-firmware", Prefix=prefix)["Contents"]
        statement, = [o["Key"] for o in found if o["Key"].endswith("/statement.json")]
        put(folder, name + ".statement", s3.get_object(Bucket="acme-firmware", Key=statement)["Body"].read())
        document, = [d for d in documents if prefix in d]
        put(folder, name + ".document", document.encode())


{"keys": keys, "fetch": fetch}[sys.argv[1]](*sys.argv[2:])
