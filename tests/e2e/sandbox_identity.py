"""Identities and policies of the sandbox, with boto3: every reply is parsed by the service's model, every refusal's code
stands in the operation's list or among the errors all services have."""
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


if __name__ == "__main__":
    globals()["test_" + sys.argv[1]](*sys.argv[2:])
    print(f"{len(called)} operations, {len(seen)} error codes: as the service models say")
