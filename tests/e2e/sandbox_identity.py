"""Identities and policies of the sandbox, with boto3: every reply is parsed by the service's model, every refusal's code
stands in the operation's list or among the errors all services have."""
import datetime
import json
import sys

import boto3
import botocore.exceptions
import botocore.session

ACCOUNT, REGION = "123456789012", "eu-west-1"
# IAM and STS: "Common errors"; S3: "List of error codes" (its model names next to none).
COMMON = {"AccessDenied", "AccessDeniedException", "ValidationError", "InvalidClientTokenId", "ExpiredToken",
          "ExpiredTokenException", "MissingAuthenticationToken", "SignatureDoesNotMatch", "InvalidAction"}
S3 = {"AccessDenied", "MalformedPolicy", "MalformedXML", "InvalidArgument", "InvalidRequest", "InvalidBucketState",
      "InvalidTag", "NoSuchBucketPolicy", "NoSuchLifecycleConfiguration", "NoSuchPublicAccessBlockConfiguration",
      "ServerSideEncryptionConfigurationNotFoundError", "ObjectLockConfigurationNotFoundError", "MethodNotAllowed",
      "NoSuchObjectLockConfiguration", "ExpiredToken", "InvalidToken", "BucketNotEmpty", "InvalidStorageClass",
      "NoSuchKey", "NoSuchVersion", "InvalidEncryptionAlgorithmError", "NoSuchTagSet", "403", "404"}
seen, called = set(), set()


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal, action="sts:AssumeRole", **more):
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, **more})


def required(value, shape, where):
    """botocore leaves out what a reply lacks; what the model says is always there must be."""
    if shape.type_name == "structure":
        for name in getattr(shape, "required_members", []):
            assert name in value, f"{where} lacks {name}"
        for name, member in value.items():
            if name != "ResponseMetadata":
                required(member, shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        for member in value:
            required(member, shape.member, f"{where}[]")


def check(http_response, parsed, model, **_):
    called.add((model.service_model.service_name, model.name))
    if http_response.status_code < 300 and model.output_shape is not None:
        required(parsed, model.output_shape, model.name)


def client(service, credentials=None, **more):
    keys = {} if credentials is None else {"aws_access_key_id": credentials["AccessKeyId"],
                                           "aws_secret_access_key": credentials["SecretAccessKey"],
                                           "aws_session_token": credentials.get("SessionToken")}
    made = boto3.Session().client(service, **keys, **more)
    made.meta.events.register(f"after-call.{service}", check)
    return made


def refused(code, call, **arguments):
    """The service answers with this error, and it is one that the operation may answer with."""
    of = call.__self__
    model = of.meta.service_model.operation_model(of.meta.method_to_api_mapping[call.__name__])
    listed = {s.metadata.get("error", {}).get("code", s.name) for s in model.error_shapes}
    listed |= {s.name for s in model.error_shapes}
    assert code in listed | COMMON or (model.service_model.service_name == "s3" and code in S3), (model.name, code)
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        seen.add(code)
        return e.response
    raise AssertionError(f"{model.name} was not refused with {code}")


iam, sts = client("iam"), client("sts")
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def role(name, trusts, *statements, **more):
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusts, **more)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*statements))
    return arn


def user(name, *statements):
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(*statements))
    return iam.create_access_key(UserName=name)["AccessKey"]


def assume(arn, by=None, name="me", **more):
    return (by or sts).assume_role(RoleArn=arn, RoleSessionName=name, **more)["Credentials"]


def test_sessions_of_roles():
    ann = client("sts", user("ann", allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/open")))
    open_arn = role("open", trust({"AWS": ROOT}), allow(["iam:GetRole", "sts:AssumeRole"]))
    named = role("named", trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}))
    closed = role("closed", trust({"AWS": ROOT}))
    external = role("external", trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"},
                                      Condition={"StringEquals": {"sts:ExternalId": "blue"}}))
    mfa = role("mfa", trust({"AWS": ROOT}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))

    session = assume(open_arn, ann)
    who = client("sts", session).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/open/me" and who["UserId"].endswith(":me"), who
    assert who["UserId"].startswith("AROA") and session["AccessKeyId"].startswith("ASIA")
    assume(named, ann)
    refused("AccessDenied", ann.assume_role, RoleArn=closed, RoleSessionName="me")
    refused("AccessDenied", ann.assume_role, RoleArn=external, RoleSessionName="me")
    assume(external, ann, ExternalId="blue")
    refused("AccessDenied", sts.assume_role, RoleArn=mfa, RoleSessionName="me")
    refused("AccessDenied", sts.assume_role, RoleArn=mfa, RoleSessionName="me", TokenCode="123456",
            SerialNumber=f"arn:aws:iam::{ACCOUNT}:mfa/ann")

    # Permissions of a session are its role's
    may = client("iam", session)
    may.get_role(RoleName="open")
    refused("AccessDenied", may.list_roles)
    refused("ValidationError", client("sts", session).assume_role, RoleArn=open_arn, RoleSessionName="me",
            DurationSeconds=7200)
    refused("ValidationError", sts.assume_role, RoleArn=open_arn, RoleSessionName="me", DurationSeconds=7200)
    held = assume(open_arn, Policy=policy(allow("iam:ListRoles")))
    refused("AccessDenied", client("iam", held).get_role, RoleName="open")
    refused("MalformedPolicyDocument", sts.assume_role, RoleArn=open_arn, RoleSessionName="me", Policy="{")

    # A session's requests carry its own token, and only that
    refused("InvalidClientTokenId", client("sts", {**session, "SessionToken": None}).get_caller_identity)
    refused("InvalidClientTokenId", client("sts", {**session, "SessionToken": "x"}).get_caller_identity)

    # A user's own session
    bob = user("bob", allow("iam:ListRoles"))
    token = client("sts", bob).get_session_token(DurationSeconds=900)["Credentials"]
    assert client("sts", token).get_caller_identity()["Arn"].endswith(":user/bob")
    client("iam", token).list_roles()
    refused("AccessDenied", client("sts", token).get_session_token)


def test_providers():
    url = "https://token.actions.githubusercontent.com"
    arn = iam.create_open_id_connect_provider(Url=url, ClientIDList=["sts.amazonaws.com"],
                                              ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    refused("EntityAlreadyExists", iam.create_open_id_connect_provider, Url=url)
    refused("InvalidInput", iam.create_open_id_connect_provider, Url="http://example.com")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="other")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="sts.amazonaws.com")
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert got["Url"] == url[8:] and got["ClientIDList"] == ["other"] and got["ThumbprintList"] == ["0" * 40], got
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": arn}]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    refused("NoSuchEntity", iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)
    nobody = boto3.Session().client("sts", config=botocore.config.Config(signature_version=botocore.UNSIGNED))
    ci = role("ci", trust({"Federated": arn}, "sts:AssumeRoleWithWebIdentity"))
    refused("InvalidIdentityToken", nobody.assume_role_with_web_identity, RoleArn=ci, RoleSessionName="me",
            WebIdentityToken="no token")
    refused("MissingAuthenticationToken", nobody.get_caller_identity)


def test_buckets():
    s3 = client("s3")
    reader_arn = role("reader", trust({"AWS": ROOT}), allow("sts:AssumeRole"))
    s3.create_bucket(Bucket="firmware", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="firmware", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="firmware", Key="app.bin", Body=b"app")["VersionId"]
    reader = client("s3", assume(reader_arn))

    # Its policy: kept, told, obeyed
    refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket="firmware")
    refused("NoSuchBucketPolicy", s3.get_bucket_policy_status, Bucket="firmware")
    refused("AccessDenied", reader.get_object, Bucket="firmware", Key="app.bin")
    grant = policy({"Effect": "Allow", "Principal": {"AWS": reader_arn}, "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::firmware/*"})
    s3.put_bucket_policy(Bucket="firmware", Policy=grant)
    assert json.loads(s3.get_bucket_policy(Bucket="firmware")["Policy"]) == json.loads(grant)
    assert s3.get_bucket_policy_status(Bucket="firmware")["PolicyStatus"]["IsPublic"] is False
    assert reader.get_object(Bucket="firmware", Key="app.bin")["Body"].read() == b"app"
    refused("AccessDenied", reader.get_object, Bucket="firmware", Key="app.bin", VersionId=version)
    deny = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::firmware",
                                                                                  "arn:aws:s3:::firmware/*"]})
    s3.put_bucket_policy(Bucket="firmware", Policy=deny)
    refused("AccessDenied", s3.get_object, Bucket="firmware", Key="app.bin")
    refused("AccessDenied", s3.list_objects_v2, Bucket="firmware")
    s3.delete_bucket_policy(Bucket="firmware")
    s3.get_object(Bucket="firmware", Key="app.bin")
    wrong = {"resource": policy({"Effect": "Allow", "Principal": {"AWS": reader_arn}, "Action": "s3:GetObject",
                                 "Resource": "arn:aws:s3:::other/*"}),
             "action": policy({"Effect": "Allow", "Principal": {"AWS": reader_arn}, "Action": "iot:CreateJob",
                               "Resource": "arn:aws:s3:::firmware/*"}),
             "principal": policy({"Effect": "Allow", "Principal": {"AWS": reader_arn + "x"}, "Action": "s3:GetObject",
                                  "Resource": "arn:aws:s3:::firmware/*"}),
             "": policy(allow("s3:GetObject", "arn:aws:s3:::firmware/*"))}
    for what, text in wrong.items():
        told = refused("MalformedPolicy", s3.put_bucket_policy, Bucket="firmware", Policy=text)
        assert what in told["Error"]["Message"], told

    # Public access is blocked until the block is taken away
    public = policy({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                     "Resource": "arn:aws:s3:::firmware/*"})
    block = s3.get_public_access_block(Bucket="firmware")["PublicAccessBlockConfiguration"]
    assert block and all(block.values()), block
    refused("AccessDenied", s3.put_bucket_policy, Bucket="firmware", Policy=public)
    s3.put_public_access_block(Bucket="firmware", PublicAccessBlockConfiguration={**block, "BlockPublicPolicy": False})
    s3.put_bucket_policy(Bucket="firmware", Policy=public)
    assert s3.get_bucket_policy_status(Bucket="firmware")["PolicyStatus"]["IsPublic"] is True
    s3.delete_public_access_block(Bucket="firmware")
    refused("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, Bucket="firmware")
    s3.delete_bucket_policy(Bucket="firmware")

    # Lifecycle
    refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket="firmware")
    rules = [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "releases/"},
              "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2}},
             {"ID": "parts", "Status": "Disabled", "Filter": {"And": {"Prefix": "a", "Tags": [{"Key": "k", "Value": "v"}]}},
              "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
             {"ID": "cold", "Status": "Enabled", "Prefix": "", "Transitions": [{"Days": 0, "StorageClass": "GLACIER"}],
              "Expiration": {"Days": 400}}]
    s3.put_bucket_lifecycle_configuration(Bucket="firmware", LifecycleConfiguration={"Rules": rules})
    told = s3.get_bucket_lifecycle_configuration(Bucket="firmware")
    assert told["Rules"] == rules and told["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K", told
    for code, bad in (("InvalidRequest", {"Status": "Enabled", "Filter": {"Prefix": ""}}),
                      ("MalformedXML", {"Status": "On", "Filter": {}, "Expiration": {"Days": 1}}),
                      ("MalformedXML", {"Status": "Enabled", "Expiration": {"Days": 1}}),
                      ("InvalidArgument", {"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 0}}),
                      ("MalformedXML", {"Status": "Enabled", "Filter": {}, "Expiration":
                                        {"Days": 1, "ExpiredObjectDeleteMarker": True}})):
        refused(code, s3.put_bucket_lifecycle_configuration, Bucket="firmware", LifecycleConfiguration={"Rules": [bad]})
    refused("InvalidArgument", s3.put_bucket_lifecycle_configuration, Bucket="firmware",
            LifecycleConfiguration={"Rules": [rules[0], rules[0]]})
    s3.delete_bucket_lifecycle(Bucket="firmware")
    refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket="firmware")

    # Whose bucket it is
    for call in (s3.get_bucket_encryption, s3.get_bucket_versioning, s3.get_public_access_block):
        refused("AccessDenied", call, Bucket="firmware", ExpectedBucketOwner="999999999999")
    s3.get_bucket_encryption(Bucket="firmware", ExpectedBucketOwner=ACCOUNT)


def test_objects():
    s3, kms = client("s3"), client("kms")
    s3.create_bucket(Bucket="firmware", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="firmware", VersioningConfiguration={"Status": "Enabled"})

    # Encryption
    usual = s3.get_bucket_encryption(Bucket="firmware")["ServerSideEncryptionConfiguration"]["Rules"]
    assert usual[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}, usual
    key = kms.create_key(KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/fw", TargetKeyId=key)
    put = s3.put_object(Bucket="firmware", Key="kms", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/fw",
                        BucketKeyEnabled=True)
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == ("aws:kms", key, True), put
    head = s3.head_object(Bucket="firmware", Key="kms")
    assert head["SSEKMSKeyId"] == key and head["ServerSideEncryption"] == "aws:kms", head
    managed = s3.put_object(Bucket="firmware", Key="managed", Body=b"x", ServerSideEncryption="aws:kms")
    assert ":key/" in managed["SSEKMSKeyId"]
    refused("InvalidArgument", s3.put_object, Bucket="firmware", Key="k", ServerSideEncryption="ROT13")
    refused("InvalidArgument", s3.put_object, Bucket="firmware", Key="k", SSEKMSKeyId=key)
    S3.update({"KMS.NotFoundException", "KMS.DisabledException", "InvalidObjectState"})
    refused("KMS.NotFoundException", s3.put_object, Bucket="firmware", Key="k", ServerSideEncryption="aws:kms",
            SSEKMSKeyId="alias/none")
    s3.put_bucket_encryption(Bucket="firmware", ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}]})
    put = s3.put_object(Bucket="firmware", Key="by-default", Body=b"x")
    assert put["SSEKMSKeyId"] == key, put
    refused("MalformedXML", s3.put_bucket_encryption, Bucket="firmware", ServerSideEncryptionConfiguration={"Rules": []})
    reads = assume(role("reads", trust({"AWS": ROOT}), allow("s3:*")))
    refused("AccessDenied", client("s3", reads).get_object, Bucket="firmware", Key="by-default")
    refused("AccessDenied", client("s3", reads).put_object, Bucket="firmware", Key="by-default")
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    iam.put_role_policy(RoleName="reads", PolicyName="kms", PolicyDocument=policy(allow("kms:Decrypt", key, Condition=via)))
    assert client("s3", reads).get_object(Bucket="firmware", Key="by-default")["Body"].read() == b"x"
    upload = s3.create_multipart_upload(Bucket="firmware", Key="parts")
    assert upload["SSEKMSKeyId"] == key
    part = {"Bucket": "firmware", "Key": "parts", "UploadId": upload["UploadId"]}
    etag = s3.upload_part(**part, PartNumber=1, Body=b"part")["ETag"]
    refused("AccessDenied", client("s3", assume(role("writes", trust({"AWS": ROOT}), allow("s3:*"),
                                                     allow("kms:GenerateDataKey")))).upload_part,
            **part, PartNumber=1, Body=b"part")
    done = s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert done["SSEKMSKeyId"] == key
    kms.disable_key(KeyId=key)
    refused("KMS.DisabledException", s3.get_object, Bucket="firmware", Key="by-default")
    s3.delete_bucket_encryption(Bucket="firmware")
    assert s3.put_object(Bucket="firmware", Key="plain", Body=b"x")["ServerSideEncryption"] == "AES256"

    # Class, metadata and tags
    s3.put_object(Bucket="firmware", Key="cold", Body=b"x", StorageClass="GLACIER", Metadata={"a": "b"},
                  Tagging="team=hvac&x=")
    head = s3.head_object(Bucket="firmware", Key="cold")
    assert head["StorageClass"] == "GLACIER" and head["Metadata"] == {"a": "b"}, head
    listed = {o["Key"]: o["StorageClass"] for o in s3.list_objects_v2(Bucket="firmware")["Contents"]}
    assert listed["cold"] == "GLACIER" and listed["plain"] == "STANDARD", listed
    refused("InvalidObjectState", s3.get_object, Bucket="firmware", Key="cold")
    refused("InvalidStorageClass", s3.put_object, Bucket="firmware", Key="k", StorageClass="COLDER")
    tags = s3.get_object_tagging(Bucket="firmware", Key="cold")["TagSet"]
    assert tags == [{"Key": "team", "Value": "hvac"}, {"Key": "x", "Value": ""}], tags
    for bad in ("a=1&a=2", "aws:x=1", "=1"):
        refused("InvalidTag", s3.put_object, Bucket="firmware", Key="k", Tagging=bad)
    told = s3.put_object_tagging(Bucket="firmware", Key="plain", Tagging={"TagSet": [{"Key": "é", "Value": "1 + 1"}]})
    assert told["VersionId"]
    assert s3.get_object(Bucket="firmware", Key="plain")["TagCount"] == 1
    s3.delete_object_tagging(Bucket="firmware", Key="plain")
    assert s3.get_object_tagging(Bucket="firmware", Key="plain")["TagSet"] == []
    refused("InvalidTag", s3.put_object_tagging, Bucket="firmware", Key="plain",
            Tagging={"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]})
    tagger = client("s3", assume(role("tagger", trust({"AWS": ROOT}), allow("s3:PutObject", Condition={
        "StringEquals": {"s3:RequestObjectTag/team": "hvac"}}), allow("s3:PutObjectTagging"))))
    tagger.put_object(Bucket="firmware", Key="tagged", Tagging="team=hvac")
    refused("AccessDenied", tagger.put_object, Bucket="firmware", Key="tagged", Tagging="team=other")


def test_locks():
    s3 = client("s3")
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    day = datetime.timedelta(days=1)
    s3.create_bucket(Bucket="plain", CreateBucketConfiguration={"LocationConstraint": REGION})
    refused("ObjectLockConfigurationNotFoundError", s3.get_object_lock_configuration, Bucket="plain")
    refused("InvalidRequest", s3.put_object, Bucket="plain", Key="k", ObjectLockLegalHoldStatus="ON")
    refused("InvalidBucketState", s3.put_object_lock_configuration, Bucket="plain",
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})

    s3.create_bucket(Bucket="locked", CreateBucketConfiguration={"LocationConstraint": REGION},
                     ObjectLockEnabledForBucket=True)
    assert s3.get_bucket_versioning(Bucket="locked")["Status"] == "Enabled"
    refused("InvalidBucketState", s3.put_bucket_versioning, Bucket="locked",
            VersioningConfiguration={"Status": "Suspended"})
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}
    refused("MalformedXML", s3.put_object_lock_configuration, Bucket="locked", ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3, "Years": 1}}})
    s3.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled",
                                                                           "Rule": rule})
    assert s3.get_object_lock_configuration(Bucket="locked")["ObjectLockConfiguration"]["Rule"] == rule

    version = s3.put_object(Bucket="locked", Key="usual", Body=b"x")["VersionId"]
    kept = s3.get_object_retention(Bucket="locked", Key="usual")["Retention"]
    assert kept["Mode"] == "GOVERNANCE" and 2.9 * day < kept["RetainUntilDate"] - now < 3.1 * day, kept
    at = {"Bucket": "locked", "Key": "usual", "VersionId": version}
    refused("AccessDenied", s3.delete_object, **at)
    refused("AccessDenied", s3.put_object_retention, Bucket="locked", Key="usual",
            Retention={"Mode": "GOVERNANCE", "RetainUntilDate": now + day})
    s3.put_object_retention(Bucket="locked", Key="usual", BypassGovernanceRetention=True,
                            Retention={"Mode": "GOVERNANCE", "RetainUntilDate": now + day})
    s3.put_object_legal_hold(**at, LegalHold={"Status": "ON"})
    assert s3.get_object_legal_hold(**at)["LegalHold"]["Status"] == "ON"
    refused("AccessDenied", s3.delete_object, **at, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(**at, LegalHold={"Status": "OFF"})
    s3.delete_object(Bucket="locked", Key="usual")
    s3.delete_object(**at, BypassGovernanceRetention=True)

    version = s3.put_object(Bucket="locked", Key="own", Body=b"x", ObjectLockMode="COMPLIANCE",
                            ObjectLockRetainUntilDate=now + 2 * day, ObjectLockLegalHoldStatus="OFF")["VersionId"]
    head = s3.head_object(Bucket="locked", Key="own")
    assert head["ObjectLockMode"] == "COMPLIANCE" and head["ObjectLockRetainUntilDate"] == now + 2 * day, head
    assert head["ObjectLockLegalHoldStatus"] == "OFF"
    refused("AccessDenied", s3.delete_object, Bucket="locked", Key="own", VersionId=version,
            BypassGovernanceRetention=True)
    many = s3.delete_objects(Bucket="locked", Delete={"Objects": [{"Key": "own", "VersionId": version}]})
    assert many["Errors"][0]["Code"] == "AccessDenied", many
    refused("InvalidArgument", s3.put_object, Bucket="locked", Key="k", ObjectLockMode="COMPLIANCE")
    refused("InvalidArgument", s3.put_object, Bucket="locked", Key="k", ObjectLockMode="COMPLIANCE",
            ObjectLockRetainUntilDate=now - day)
    s3.put_bucket_versioning(Bucket="plain", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket="plain", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    s3.put_object(Bucket="plain", Key="free", Body=b"x")
    refused("NoSuchObjectLockConfiguration", s3.get_object_retention, Bucket="plain", Key="free")


def test_roles():
    arn = f"arn:aws:iam::{ACCOUNT}:policy/"
    managed = iam.create_policy(PolicyName="fw", PolicyDocument=policy(allow("s3:*")))["Policy"]["Arn"]
    second = policy(allow(["s3:GetObject", "iam:GetRole"]))
    assert iam.create_policy_version(PolicyArn=managed, PolicyDocument=second)["PolicyVersion"]["VersionId"] == "v2"
    assert iam.get_policy(PolicyArn=managed)["Policy"]["DefaultVersionId"] == "v1"
    iam.set_default_policy_version(PolicyArn=managed, VersionId="v2")
    assert iam.get_policy_version(PolicyArn=managed, VersionId="v2")["PolicyVersion"]["Document"] == json.loads(second)
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=managed)["Versions"]] == ["v2", "v1"]
    refused("DeleteConflict", iam.delete_policy_version, PolicyArn=managed, VersionId="v2")
    refused("NoSuchEntity", iam.delete_policy_version, PolicyArn=managed, VersionId="v9")
    refused("DeleteConflict", iam.delete_policy, PolicyArn=managed)
    for _ in range(3):
        iam.create_policy_version(PolicyArn=managed, PolicyDocument=second)
    refused("LimitExceeded", iam.create_policy_version, PolicyArn=managed, PolicyDocument=second)
    refused("MalformedPolicyDocument", iam.create_policy_version, PolicyArn=managed, PolicyDocument="{")

    # A boundary holds a role back, whatever its policies allow
    refused("MalformedPolicyDocument", iam.create_role, RoleName="r",
            AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}))
    r = role("r", trust({"AWS": ROOT}), allow("iam:*"), PermissionsBoundary=managed, Tags=[{"Key": "team", "Value": "fw"}])
    told = iam.get_role(RoleName="r")["Role"]
    assert told["PermissionsBoundary"]["PermissionsBoundaryArn"] == managed and told["Tags"][0]["Value"] == "fw", told
    held = client("iam", assume(r))
    held.get_role(RoleName="r")
    refused("AccessDenied", held.list_roles)
    refused("DeleteConflict", iam.delete_policy, PolicyArn=managed)
    iam.delete_role_permissions_boundary(RoleName="r")
    held.list_roles()
    refused("NoSuchEntity", iam.delete_role_permissions_boundary, RoleName="r")
    refused("NoSuchEntity", iam.put_role_permissions_boundary, RoleName="r", PermissionsBoundary=arn + "none")
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=managed)
    refused("AccessDenied", held.list_roles)

    # Tags are what a session's conditions may ask for
    iam.tag_role(RoleName="r", Tags=[{"Key": "site", "Value": "lab"}])
    assert {t["Key"] for t in iam.list_role_tags(RoleName="r")["Tags"]} == {"team", "site"}
    iam.delete_role_permissions_boundary(RoleName="r")
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy(
        allow("iam:ListRoles", Condition={"StringEquals": {"aws:PrincipalTag/site": "lab"}})))
    held.list_roles()
    iam.untag_role(RoleName="r", TagKeys=["site"])
    refused("AccessDenied", held.list_roles)
    refused("InvalidInput", iam.tag_role, RoleName="r", Tags=[{"Key": "aws:x", "Value": "y"}])

    # Users have boundaries and attached policies, too
    ann = client("iam", user("held", allow("iam:*")))
    ann.list_roles()
    iam.put_user_permissions_boundary(UserName="held", PermissionsBoundary=managed)
    refused("AccessDenied", ann.list_roles)
    iam.delete_user_permissions_boundary(UserName="held")
    ann.list_roles()
    refused("NoSuchEntity", iam.delete_user_permissions_boundary, UserName="held")
    iam.attach_user_policy(UserName="held", PolicyArn=managed)
    attached = iam.list_attached_user_policies(UserName="held")["AttachedPolicies"]
    assert [p["PolicyArn"] for p in attached] == [managed], attached
    iam.detach_user_policy(UserName="held", PolicyArn=managed)
    assert iam.list_attached_user_policies(UserName="held")["AttachedPolicies"] == []
    refused("NoSuchEntity", iam.detach_user_policy, UserName="held", PolicyArn=managed)
    refused("NoSuchEntity", iam.list_attached_user_policies, UserName="nobody")

    # Longer sessions
    refused("ValidationError", sts.assume_role, RoleArn=r, RoleSessionName="me", DurationSeconds=7200)
    iam.update_role(RoleName="r", MaxSessionDuration=7200, Description="longer")
    assert iam.get_role(RoleName="r")["Role"]["Description"] == "longer"
    assume(r, DurationSeconds=7200)
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    refused("AccessDenied", sts.assume_role, RoleArn=r, RoleSessionName="me")
    iam.delete_role_policy(RoleName="r", PolicyName="p")
    iam.delete_role(RoleName="r")


def test_simulation():
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=policy(allow("s3:*"), allow("iam:PassRole")))
    extra = iam.create_policy(PolicyName="extra", PolicyDocument=policy(allow("sns:Publish")))["Policy"]["Arn"]
    text = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::fw/*"},
  {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
   "Condition": {"StringEquals": {"iam:PassedToService": "iot.amazonaws.com"}}},
  {"Effect": "Deny", "Action": "s3:GetObjectAcl", "Resource": "*"}]}"""
    arn = role("r", trust({"AWS": ROOT}))
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=text)
    iam.attach_role_policy(RoleName="r", PolicyArn=extra)

    def ask(actions, resources=None, **more):
        more |= {"ResourceArns": resources} if resources else {}
        told = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions, **more)
        return told["EvaluationResults"]

    get, acl, put = ask(["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject"], ["arn:aws:s3:::fw/a"])
    assert [e["EvalDecision"] for e in (get, acl, put)] == ["allowed", "explicitDeny", "implicitDeny"]
    where = get["MatchedStatements"]
    assert len(where) == 1 and where[0]["SourcePolicyId"] == "role_r_p" and where[0]["SourcePolicyType"] == "role", where
    assert where[0]["StartPosition"] == {"Line": 2, "Column": 3}, where
    assert where[0]["EndPosition"] == {"Line": 2, "Column": 76}, where
    assert [s["StartPosition"]["Line"] for s in acl["MatchedStatements"]] == [2, 5] and not put["MatchedStatements"]
    assert get["ResourceSpecificResults"][0]["EvalResourceDecision"] == "allowed"
    assert ask(["s3:GetObject"], ["arn:aws:s3:::other/a"])[0]["EvalDecision"] == "implicitDeny"

    passing = ask(["iam:PassRole"])[0]
    assert passing["EvalDecision"] == "implicitDeny" and passing["MissingContextValues"] == ["iam:PassedToService"]
    given = [{"ContextKeyName": "iam:PassedToService", "ContextKeyType": "string",
              "ContextKeyValues": ["iot.amazonaws.com"]}]
    passing = ask(["iam:PassRole"], ContextEntries=given)[0]
    assert passing["EvalDecision"] == "allowed" and passing["MissingContextValues"] == [], passing
    assert ask(["sns:Publish"])[0]["MatchedStatements"][0]["SourcePolicyType"] == "user-managed"

    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=boundary["Policy"]["Arn"])
    held, free = ask(["sns:Publish", "s3:GetObject"], ["arn:aws:s3:::fw/a"])
    assert held["EvalDecision"] == "implicitDeny"
    assert held["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert free["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}

    grant = policy({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:PutObject", "Resource": "*"})
    assert ask(["s3:PutObject"], ResourcePolicy=grant)[0]["EvalDecision"] == "allowed"
    custom = iam.simulate_custom_policy(PolicyInputList=[policy(allow("s3:GetObject"))], ActionNames=["s3:GetObject"])
    assert custom["EvaluationResults"][0]["EvalDecision"] == "allowed"
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=arn, ActionNames=["s3:GetObject", "s3:PutObject"], ResourceArns=["arn:aws:s3:::a", "arn:aws:s3:::b"],
        PaginationConfig={"PageSize": 3})
    assert len([e for page in pages for e in page["EvaluationResults"]]) == 4
    refused("NoSuchEntity", iam.simulate_principal_policy, PolicySourceArn=arn + "x", ActionNames=["s3:GetObject"])
    refused("InvalidInput", iam.simulate_principal_policy, PolicySourceArn=arn, ActionNames=["GetObject"])
    refused("InvalidInput", iam.simulate_principal_policy, PolicySourceArn=ROOT, ActionNames=["s3:GetObject"])
    refused("InvalidInput", iam.simulate_principal_policy, PolicySourceArn=arn, ActionNames=["s3:GetObject"],
            PolicyInputList=["{}"])
    bob = client("iam", user("bob"))
    refused("AccessDenied", bob.simulate_principal_policy, PolicySourceArn=arn, ActionNames=["s3:GetObject"])


if __name__ == "__main__":
    globals()["test_" + sys.argv[1]](*sys.argv[2:])
    print(f"{len(called)} operations, {len(seen)} error codes: as the service models say")
