"""Call every operation of the sandbox's KMS with boto3; what it signs is verified by the cryptography package."""
import hashlib
import json

import boto3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

from aws_shapes import called, refused, watch

ACCOUNT, REGION = "123456789012", "eu-west-1"
PREFIX = f"arn:aws:kms:{REGION}:{ACCOUNT}:"
session = boto3.Session()
watch(session, "kms")
kms, iam = session.client("kms"), session.client("iam")
message = b"firmware" * 100


def make(spec, usage="SIGN_VERIFY", **more):
    data = kms.create_key(KeySpec=spec, KeyUsage=usage, **more)["KeyMetadata"]
    assert data["Arn"] == PREFIX + "key/" + data["KeyId"] and data["KeySpec"] == spec and data["Enabled"]
    assert data["KeyState"] == "Enabled" and data["KeyManager"] == "CUSTOMER" and data["Origin"] == "AWS_KMS"
    return data["KeyId"]


def public(key):
    reply = kms.get_public_key(KeyId=key)
    return reply, serialization.load_der_public_key(reply["PublicKey"])


def verify(public_key, algorithm, digest, signature):
    kind = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}[algorithm[-3:]]()
    if algorithm.startswith("ECDSA"):
        public_key.verify(signature, digest, ec.ECDSA(utils.Prehashed(kind)))
    elif "PSS" in algorithm:
        pad = padding.PSS(padding.MGF1(kind), kind.digest_size)
        public_key.verify(signature, digest, pad, utils.Prehashed(kind))
    else:
        public_key.verify(signature, digest, padding.PKCS1v15(), utils.Prehashed(kind))


# Every key spec and algorithm, with a digest and with the message itself
for spec in ("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "RSA_2048"):
    key = make(spec)
    reply, public_key = public(key)
    assert reply["KeyId"] == PREFIX + "key/" + key and reply["KeyUsage"] == "SIGN_VERIFY"
    for algorithm in reply["SigningAlgorithms"]:
        digest = hashlib.new("sha" + algorithm[-3:], message).digest()
        for kind, body in (("DIGEST", digest), ("RAW", message)):
            made = kms.sign(KeyId=key, Message=body, MessageType=kind, SigningAlgorithm=algorithm)
            assert made["KeyId"] == PREFIX + "key/" + key and made["SigningAlgorithm"] == algorithm
            verify(public_key, algorithm, digest, made["Signature"])
            assert kms.verify(KeyId=key, Message=body, MessageType=kind, SigningAlgorithm=algorithm,
                              Signature=made["Signature"])["SignatureValid"] is True
            refused(kms, "KMSInvalidSignatureException", kms.verify, KeyId=key, Message=body[:-1] + b"x",
                    MessageType=kind, SigningAlgorithm=algorithm, Signature=made["Signature"])
        twice = kms.sign(KeyId=key, Message=digest, MessageType="RAW", SigningAlgorithm=algorithm)["Signature"]
        try:  # a digest sent as RAW is hashed once more
            verify(public_key, algorithm, digest, twice)
            raise AssertionError("RAW signed a digest")
        except InvalidSignature:
            pass
        refused(kms, "ValidationException", kms.sign, "Digest is invalid length", KeyId=key, Message=digest + b"x",
                MessageType="DIGEST", SigningAlgorithm=algorithm)

# Ed25519: the message whole; Ed25519ph: a digest
ed = make("ECC_NIST_EDWARDS25519")
reply, public_key = public(ed)
assert reply["SigningAlgorithms"] == ["ED25519_PH_SHA_512", "ED25519_SHA_512"]
pure = kms.sign(KeyId=ed, Message=message, SigningAlgorithm="ED25519_SHA_512")["Signature"]
public_key.verify(pure, message)
assert kms.verify(KeyId=ed, Message=message, SigningAlgorithm="ED25519_SHA_512", Signature=pure)["SignatureValid"]
prehash = hashlib.sha512(message).digest()
assert len(kms.sign(KeyId=ed, Message=prehash, MessageType="DIGEST",
                    SigningAlgorithm="ED25519_PH_SHA_512")["Signature"]) == 64
refused(kms, "ValidationException", kms.sign, KeyId=ed, Message=prehash, SigningAlgorithm="ED25519_PH_SHA_512")
refused(kms, "ValidationException", kms.sign, KeyId=ed, Message=prehash, MessageType="DIGEST",
        SigningAlgorithm="ED25519_SHA_512")

# What a message may be
p256 = make("ECC_NIST_P256", Description="the key of releases")
kms.sign(KeyId=p256, Message=b"x" * 4096, SigningAlgorithm="ECDSA_SHA_256")
for body in (b"x" * 4097, b""):
    try:  # the SDK itself checks the least length
        refused(kms, "ValidationException", kms.sign, KeyId=p256, Message=body, SigningAlgorithm="ECDSA_SHA_256")
    except Exception as e:
        assert body == b"" and "Invalid length" in str(e), e
refused(kms, "InvalidKeyUsageException", kms.sign, KeyId=p256, Message=b"x", SigningAlgorithm="RSASSA_PSS_SHA_256")
refused(kms, "InvalidKeyUsageException", kms.sign, KeyId=p256, Message=b"x", SigningAlgorithm="ECDSA_SHA_384")
refused(kms, "ValidationException", kms.sign, KeyId=p256, Message=b"x", SigningAlgorithm="ECDSA_SHA_1")
refused(kms, "DryRunOperationException", kms.sign, KeyId=p256, Message=b"x", SigningAlgorithm="ECDSA_SHA_256", DryRun=True)
refused(kms, "InvalidGrantTokenException", kms.sign, KeyId=p256, Message=b"x", SigningAlgorithm="ECDSA_SHA_256",
        GrantTokens=["no"])

# Keys that do not sign
symmetric = kms.create_key()["KeyMetadata"]
assert symmetric["KeySpec"] == "SYMMETRIC_DEFAULT" and symmetric["EncryptionAlgorithms"] == ["SYMMETRIC_DEFAULT"]
refused(kms, "UnsupportedOperationException", kms.get_public_key, KeyId=symmetric["KeyId"])
refused(kms, "InvalidKeyUsageException", kms.sign, KeyId=symmetric["KeyId"], Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
encrypts = make("RSA_2048", "ENCRYPT_DECRYPT")
assert kms.get_public_key(KeyId=encrypts)["KeyUsage"] == "ENCRYPT_DECRYPT"
refused(kms, "InvalidKeyUsageException", kms.sign, KeyId=encrypts, Message=b"x", SigningAlgorithm="RSASSA_PSS_SHA_256")
for arguments in ({"KeySpec": "ECC_NIST_P256"}, {"KeySpec": "ECC_NIST_P256", "KeyUsage": "ENCRYPT_DECRYPT"},
                  {"KeySpec": "RSA_2048", "CustomerMasterKeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}):
    refused(kms, "ValidationException", kms.create_key, **arguments)
for arguments in ({"KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY"}, {"MultiRegion": True}, {"Origin": "EXTERNAL"}):
    refused(kms, "UnsupportedOperationException", kms.create_key, **arguments)

# Names of keys
kms.create_alias(AliasName="alias/firmware", TargetKeyId=p256)
for name in (p256, PREFIX + "key/" + p256, "alias/firmware", PREFIX + "alias/firmware"):
    data = kms.describe_key(KeyId=name)["KeyMetadata"]
    assert data["KeyId"] == p256 and data["Description"] == "the key of releases"
    kms.sign(KeyId=name, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
for name, words in (("alias/other", "alias/other is not found"), ("1234abcd-12ab-34cd-56ef-1234567890ab", "does not exist"),
                    (PREFIX.replace(REGION, "us-east-1") + "key/" + p256, "does not exist"),
                    (PREFIX.replace(ACCOUNT, "210987654321") + "alias/firmware", "does not exist")):
    refused(kms, "NotFoundException", kms.get_public_key, words, KeyId=name)
refused(kms, "NotFoundException", kms.disable_key, KeyId="alias/firmware")
refused(kms, "AlreadyExistsException", kms.create_alias, AliasName="alias/firmware", TargetKeyId=ed)
refused(kms, "ValidationException", kms.create_alias, AliasName="firmware", TargetKeyId=ed)
refused(kms, "InvalidAliasNameException", kms.create_alias, AliasName="alias/aws/s3", TargetKeyId=ed)
refused(kms, "NotFoundException", kms.update_alias, AliasName="alias/other", TargetKeyId=ed)
kms.update_alias(AliasName="alias/firmware", TargetKeyId=ed)
assert kms.describe_key(KeyId="alias/firmware")["KeyMetadata"]["KeyId"] == ed
refused(kms, "ValidationException", kms.update_alias, AliasName="alias/firmware", TargetKeyId=symmetric["KeyId"])
for i in range(4):
    kms.create_alias(AliasName=f"alias/fw/{i}", TargetKeyId=p256)
pages = kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 2})
assert [a["AliasName"] for p in pages for a in p["Aliases"]] == ["alias/firmware"] + [f"alias/fw/{i}" for i in range(4)]
assert len(kms.list_aliases(KeyId=p256)["Aliases"]) == 4
refused(kms, "InvalidMarkerException", kms.list_aliases, Marker="x")
kms.delete_alias(AliasName="alias/fw/0")
refused(kms, "NotFoundException", kms.delete_alias, AliasName="alias/fw/0")
keys = [k["KeyId"] for p in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 3}) for k in p["Keys"]]
assert len(keys) == len(set(keys)) and p256 in keys and ed in keys

# States
kms.disable_key(KeyId=p256)
assert kms.describe_key(KeyId=p256)["KeyMetadata"]["KeyState"] == "Disabled"
refused(kms, "DisabledException", kms.sign, KeyId=p256, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
refused(kms, "DisabledException", kms.get_public_key, KeyId=p256)
kms.enable_key(KeyId=p256)
refused(kms, "KMSInvalidStateException", kms.cancel_key_deletion, KeyId=p256)
refused(kms, "ValidationException", kms.schedule_key_deletion, KeyId=p256, PendingWindowInDays=6)
assert kms.schedule_key_deletion(KeyId=p256, PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
assert "DeletionDate" in kms.describe_key(KeyId=p256)["KeyMetadata"]
for call in (kms.enable_key, kms.disable_key, kms.get_public_key, kms.schedule_key_deletion):
    refused(kms, "KMSInvalidStateException", call, KeyId=p256)
kms.cancel_key_deletion(KeyId=p256)
refused(kms, "DisabledException", kms.get_public_key, KeyId=p256)
kms.enable_key(KeyId=p256)

# Who may: the key policy, and IAM where it leaves the decision to it
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"


def statement(effect, principal, action, **more):
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": "*", **more}


def policy(*statements):
    kms.put_key_policy(KeyId=p256, PolicyName="default",
                       Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def identity(*statements):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": e, "Action": a, "Resource": r} for e, a, r in statements]}
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(document))


iam.create_user(UserName="ann")
key = iam.create_access_key(UserName="ann")["AccessKey"]
hers = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
watch(hers, "kms")
ann = hers.client("kms")
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
mine = statement("Allow", ROOT, "kms:*")
asked = {"KeyId": p256, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
got = kms.get_key_policy(KeyId=p256)
assert got["PolicyName"] == "default" and json.loads(got["Policy"])["Statement"][0]["Sid"] == "Enable IAM User Permissions"
refused(ann, "AccessDeniedException", ann.sign, "kms:Sign", **asked)
identity(("Allow", "kms:Sign", PREFIX + "key/" + p256))
ann.sign(**asked)
refused(ann, "AccessDeniedException", ann.get_public_key, "kms:GetPublicKey", KeyId=p256)
refused(ann, "AccessDeniedException", ann.create_key, "kms:CreateKey")
policy(mine, statement("Deny", USER, "kms:Sign"))
refused(ann, "AccessDeniedException", ann.sign, **asked)
policy(statement("Allow", ROOT, ["kms:Put*", "kms:Get*"]))
refused(ann, "AccessDeniedException", ann.sign, **asked)  # IAM alone is not enough
iam.delete_user_policy(UserName="ann", PolicyName="p")
policy(mine, statement("Allow", USER, "kms:Sign"))
ann.sign(**asked)  # and the key policy alone is
identity(("Deny", "kms:Sign", "*"))
refused(ann, "AccessDeniedException", ann.sign, **asked)
iam.delete_user_policy(UserName="ann", PolicyName="p")
policy(mine, statement("Allow", USER, "kms:Sign", Condition={"StringEquals": {"kms:CallerAccount": "210987654321"}}))
refused(ann, "AccessDeniedException", ann.sign, **asked)
refused(kms, "MalformedPolicyDocumentException", kms.put_key_policy, KeyId=p256, Policy="{}")
locked = json.dumps({"Version": "2012-10-17", "Statement": [statement("Allow", USER, "kms:Sign")]})
refused(kms, "MalformedPolicyDocumentException", kms.put_key_policy, "in the future", KeyId=p256, Policy=locked)
kms.put_key_policy(KeyId=p256, Policy=locked, BypassPolicyLockoutSafetyCheck=True)
refused(kms, "AccessDeniedException", kms.get_key_policy, KeyId=p256)  # the root identity too

expected = {"CreateKey", "CreateAlias", "UpdateAlias", "DeleteAlias", "ListAliases", "DescribeKey", "GetPublicKey", "Sign",
            "Verify", "DisableKey", "EnableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "GetKeyPolicy",
            "PutKeyPolicy", "ListKeys"}
assert called == expected, called ^ expected
print("every reply is as the service model says")
