#!/usr/bin/env python3
"""Compare whom we are with whom botocore is: identity_botocore.py PROGRAM

PROGRAM is tests/unit/publisher/identity_print.c. Each case is files and environment; both sides get the same, and a
server that plays STS, single sign-on, the container's endpoint and the instance metadata service, whose answers depend
on all that was asked. The same credentials have to come out, or none on both sides. No secret may stand in a message.
Exits 77 when botocore is not there.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.credentials
import botocore.session
import botocore.tokens

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
SOON, LATER, PAST = "2026-11-01T00:00:00Z", "2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z"


# ---- the server: an answer's key id is made from what was asked ----

def key_of(*words):
    return "ASIA" + hashlib.sha1("|".join(map(str, words)).encode()).hexdigest()[:16].upper()


def secret_of(key):
    return SECRET[:20] + hashlib.sha1(key.encode()).hexdigest()[:20]


def token_of(key):
    return "token/" + key + "=="


def document(key, **more):
    return {"Code": "Success", "AccessKeyId": key, "SecretAccessKey": secret_of(key), "Token": token_of(key),
            "Expiration": LATER, **more}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def reply(self, status, body, kind="application/json"):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_POST(self):
        body = self.body()
        if self.path.endswith("/token"):
            return self.create_token(json.loads(body))
        form = dict(urllib.parse.parse_qsl(body.decode()))
        if "denied" in form.get("RoleArn", ""):
            return self.reply(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
                              "</ErrorResponse>", "text/xml")
        who = "-"
        if "Credential=" in self.headers.get("Authorization", ""):
            who = self.headers["Authorization"].split("Credential=")[1].split("/")[0]
        session = form.pop("RoleSessionName", "")
        if not session.startswith(("botocore-session-", "sealift-")):
            form["session"] = session
        if form.get("WebIdentityToken"):
            form["WebIdentityToken"] = form["WebIdentityToken"].strip()
        key = key_of(who, *sorted(form.items()))
        if "broken" in form["RoleArn"]:
            return self.reply(200, f"<R><SecretAccessKey>{SECRET}</SecretAccessKey></R>", "text/xml")
        account = form["RoleArn"].split(":")[4] if form["RoleArn"].count(":") > 4 else "none"
        action = form["Action"]
        self.reply(200, f"<{action}Response xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><{action}Result>"
                   f"<AssumedRoleUser><AssumedRoleId>A:b</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/r/s"
                   f"</Arn></AssumedRoleUser><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>"
                   f"{secret_of(key)}</SecretAccessKey><SessionToken>{token_of(key)}</SessionToken><Expiration>{LATER}"
                   f"</Expiration></Credentials></{action}Result><ResponseMetadata><RequestId>r</RequestId>"
                   f"</ResponseMetadata></{action}Response>", "text/xml")

    def create_token(self, asked):
        if asked["refreshToken"] == "revoked":
            return self.reply(400, json.dumps({"error": "invalid_grant"}))
        made = "fresh-" + "-".join(asked[k] for k in ("grantType", "clientId", "clientSecret", "refreshToken"))
        self.reply(200, json.dumps({"accessToken": made, "expiresIn": 3600, "refreshToken": "next", "tokenType": "B"}))

    def do_PUT(self):
        self.body()
        place = self.path.split("/")[1]
        if place == "v1":
            return self.reply(403, "")
        if place == "strange":
            return self.reply(400, "")
        ttl = self.headers.get("x-aws-ec2-metadata-token-ttl-seconds")
        self.reply(200, "imds-token" if ttl == "21600" else "no", "text/plain")

    def do_GET(self):
        path, _, query = self.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        if path.endswith("/federation/credentials"):
            return self.role_credentials(asked)
        parts = path.strip("/").split("/")
        if parts[0] == "container":
            return self.container(parts[1])
        return self.imds(parts)

    def role_credentials(self, asked):
        bearer = self.headers.get("x-amz-sso_bearer_token", "")
        if bearer == "refused":
            return self.reply(401, json.dumps({"message": "Session token not found or invalid",
                                               "__type": "UnauthorizedException"}))
        key = key_of("sso", bearer, asked["role_name"], asked["account_id"])
        self.reply(200, json.dumps({"roleCredentials": {
            "accessKeyId": key, "secretAccessKey": secret_of(key), "sessionToken": token_of(key),
            "expiration": 4070908800000}}))

    def container(self, kind):
        good = document(key_of("container", kind, self.headers.get("Authorization")))
        if kind == "account":
            good["AccountId"] = "123456789012"
        if kind == "half":
            del good["Token"]
        if kind == "timeless":
            del good["Expiration"]
        body = SECRET if kind == "text" else json.dumps(good)
        self.reply(500 if kind == "failing" else 200, body)

    def imds(self, parts):
        place, name = parts[0], parts[-1]
        token = self.headers.get("x-aws-ec2-metadata-token")
        if place == "norole":
            return self.reply(404, "")
        if place != "v1" and token != "imds-token":
            return self.reply(401, "")
        if name == "security-credentials":
            return self.reply(200, "the-role", "text/plain")
        if place == "half":
            return self.reply(200, json.dumps({"Code": "Failed", "Message": "no"}))
        self.reply(200, json.dumps(document(key_of("imds", place, name), **({"Expiration": PAST} if place == "stale"
                                                                          else {}))))


# ---- the cases ----

def keys(name, more=""):
    return f"aws_access_key_id = {name}\naws_secret_access_key = {SECRET}\n{more}"


ENV = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": SECRET}
ROLE = "arn:aws:iam::123456789012:role/"
SESSION = "[sso-session s]\nsso_start_url = https://d.awsapps.com/start\nsso_region = eu-west-1\n"
SSO = "sso_account_id = 111122223333\nsso_role_name = Deploy\n"
LEGACY = "sso_start_url = https://d.awsapps.com/start\nsso_region = eu-west-1\n"
TOKEN = {"accessToken": "bearer", "expiresAt": LATER, "startUrl": "https://d.awsapps.com/start", "region": "eu-west-1"}
RENEWABLE = {**TOKEN, "expiresAt": PAST, "refreshToken": "again", "clientId": "ci", "clientSecret": "cs",
             "registrationExpiresAt": LATER}
PROCESS = {"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": SECRET}


def process(answer, extra=""):
    return "credential_process = cat @HOME@/answer.json" + extra + "\n", {"answer.json": json.dumps(answer)}


def cached(name, token):
    text = token if isinstance(token, str) else json.dumps(token)
    return {".aws/sso/cache/" + hashlib.sha1(name.encode()).hexdigest() + ".json": text}


# name, config, credentials, environment, --profile, other files
CASES = []


def case(name, config=None, credentials=None, env=None, profile=None, files=None):
    CASES.append((name, config, credentials, env or {}, profile, files or {}))


def cases_of_keys():
    case("nothing at all")
    case("environment", env=ENV)
    case("environment with a token", env={**ENV, "AWS_SESSION_TOKEN": "new"})
    case("the older token first", env={**ENV, "AWS_SESSION_TOKEN": "new", "AWS_SECURITY_TOKEN": "old"})
    case("an empty older token", env={**ENV, "AWS_SESSION_TOKEN": "new", "AWS_SECURITY_TOKEN": ""})
    case("environment with an account", env={**ENV, "AWS_ACCOUNT_ID": "123456789012"})
    case("environment that ends later", env={**ENV, "AWS_CREDENTIAL_EXPIRATION": LATER})
    case("environment with an offset", env={**ENV, "AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00+02:00"})
    case("environment that has ended", env={**ENV, "AWS_CREDENTIAL_EXPIRATION": PAST})
    case("environment that ends at no time", env={**ENV, "AWS_CREDENTIAL_EXPIRATION": "whenever"})
    case("key id without secret", credentials="[default]\n" + keys("AKIAFILE"), env={"AWS_ACCESS_KEY_ID": "AKIAENV"})
    case("secret without key id falls through", credentials="[default]\n" + keys("AKIAFILE"),
         env={"AWS_SECRET_ACCESS_KEY": SECRET})
    case("an empty key id falls through", credentials="[default]\n" + keys("AKIAFILE"),
         env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": SECRET})
    case("environment before AWS_PROFILE", credentials="[x]\n" + keys("AKIAX"), env={**ENV, "AWS_PROFILE": "x"})
    case("environment, but AWS_PROFILE names none", credentials="[x]\n" + keys("AKIAX"), env={**ENV, "AWS_PROFILE": "y"})
    case("--profile before environment", credentials="[x]\n" + keys("AKIAX"), env=ENV, profile="x")
    case("--profile that is nowhere", env=ENV, profile="x")
    case("--profile without keys, with environment", config="[profile x]\nregion = eu-west-1\n", env=ENV, profile="x")
    case("an empty AWS_PROFILE", credentials="[default]\n" + keys("AKIAFILE"), env={"AWS_PROFILE": ""})
    case("AWS_DEFAULT_PROFILE first", credentials="[a]\n" + keys("AKIAA") + "[b]\n" + keys("AKIAB"),
         env={"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"})
    case("default by name, and nowhere", env={"AWS_PROFILE": "default"})
    case("credentials file first", config="[default]\n" + keys("AKIACONFIG"),
         credentials="[default]\n" + keys("AKIAFILE", "aws_session_token = t\n"))
    case("config file", config="[default]\n" + keys("AKIACONFIG", "aws_security_token = t\naws_account_id = 123456789012\n"))
    case("[profile default] after [default]", config="[default]\n" + keys("AKIAPLAIN") + "[profile default]\n" +
         keys("AKIAPREFIXED"))
    case("[default] after [profile default]", config="[profile default]\n" + keys("AKIAPREFIXED") + "[default]\n" +
         keys("AKIAPLAIN"))
    case("half in the credentials file", config="[default]\n" + keys("AKIACONFIG"),
         credentials="[default]\naws_access_key_id = AKIAFILE\n")
    case("the other half in the credentials file", config="[default]\n" + keys("AKIACONFIG"),
         credentials=f"[default]\naws_secret_access_key = {SECRET}\n")
    case("the token in the other file does not count", config="[default]\naws_session_token = t\n",
         credentials="[default]\n" + keys("AKIAFILE"))
    case("EC2's first file", env={"AWS_CREDENTIAL_FILE": "@HOME@/ec2"},
         files={"ec2": f"AWSAccessKeyId=AKIAEC2\n # x\nAWSSecretKey = {SECRET}\n"})
    case("EC2's first file that is not there", env={"AWS_CREDENTIAL_FILE": "@HOME@/ec2"})
    case("boto's file", files={".boto": f"[Credentials]\naws_access_key_id = AKIABOTO\naws_secret_access_key: {SECRET}\n"})
    case("BOTO_CONFIG", env={"BOTO_CONFIG": "~/b"}, files={"b": "[Credentials]\n" + keys("AKIABOTO2"),
                                                           ".boto": "[Credentials]\n" + keys("AKIABOTO")})


def cases_of_files():
    case("a named config file", env={"AWS_CONFIG_FILE": "~/c"}, files={"c": "[default]\n" + keys("AKIAC")})
    case("a named file by variable", env={"AWS_SHARED_CREDENTIALS_FILE": "$WHERE/c", "WHERE": "@HOME@"},
         files={"c": "[default]\n" + keys("AKIAC")})
    case("a named file by braces", env={"AWS_SHARED_CREDENTIALS_FILE": "${WHERE}/c", "WHERE": "@HOME@"},
         files={"c": "[default]\n" + keys("AKIAC")})
    case("an unknown variable", env={"AWS_SHARED_CREDENTIALS_FILE": "@HOME@/$NOWHERE"},
         files={"$NOWHERE": "[default]\n" + keys("AKIAC")})
    case("no file at all", config="[default]\n" + keys("AKIACONFIG"), env={"AWS_CONFIG_FILE": "/dev/null"})
    case("a folder", config="[default]\n" + keys("AKIACONFIG"), env={"AWS_SHARED_CREDENTIALS_FILE": "/tmp"})
    case("an empty name", credentials="[default]\n" + keys("AKIAFILE"), env={"AWS_SHARED_CREDENTIALS_FILE": ""})
    case("quoted names", config='[profile "two words"]\n' + keys("AKIATWO"), profile="two words")
    case("a quoted name in the credentials file", credentials='["x"]\n' + keys("AKIAX"), profile="x")
    case("a prefix in the credentials file", credentials="[profile x]\n" + keys("AKIAX"), profile="x")
    case("the prefix as a name", credentials="[profile x]\n" + keys("AKIAX"), profile="profile x")
    case("no prefix in the config file", config="[x]\n" + keys("AKIAX"), profile="x")
    case("spaces in the brackets", config="[ default ]\n" + keys("AKIAX"))
    case("spaces in the brackets of a profile", config="[profile   x ]\n" + keys("AKIAX"), profile="x")
    case("three words", config="[profile a b]\n" + keys("AKIAX"), profile="a b")
    case("words after a section", credentials="[default] here\n" + keys("AKIAX"))
    case("brackets within brackets", credentials="[a]b]\n" + keys("AKIAX"), profile="a]b")
    case("a comment after a value", credentials="[default]\n" + keys("AKIAX") + "region = eu-west-1 # home\n")
    case("a colon in place of the equals sign", credentials=f"[default]\naws_access_key_id: AKIAX\naws_secret_access_key:{SECRET}\n")
    case("upper case", credentials=f"[default]\nAWS_ACCESS_KEY_ID=AKIAX\nAWS_Secret_Access_Key={SECRET}\n")
    case("upper case of the section", credentials="[Default]\n" + keys("AKIAX"))
    case("defaults for all", credentials="[DEFAULT]\n" + keys("AKIAALL") + "[x]\nregion = eu-west-1\n", profile="x")
    case("defaults alone are no profile", credentials="[DEFAULT]\n" + keys("AKIAALL"), profile="DEFAULT")
    case("comments of both kinds, CRLF", credentials="; a\r\n# b\r\n[default]\r\n  # c\r\n" + keys("AKIAX").replace("\n", "\r\n"))
    case("indented keys", credentials="[default]\n  " + keys("AKIAX").replace("\naws", "\n  aws"))
    case("a value that goes on", credentials="[default]\n" + keys("AKIAX").replace("\naws", "\n  aws"))
    case("a section twice", credentials="[default]\n" + keys("AKIAX") + "[default]\nregion = a\n")
    case("a key twice", credentials="[default]\n" + keys("AKIAX") + "aws_access_key_id = AKIAY\n")
    case("a key without value", config="[default]\nregion\n", credentials="[default]\n" + keys("AKIAX"))
    case("keys before a section", config="region = x\n", env=ENV)
    case("nested values", config="[default]\ns3 =\n  addressing_style = path\n\n  x = y\n" + keys("AKIAX"))
    case("nested without equals sign", config="[default]\ns3 =\n  addressing_style\n" + keys("AKIAX"))
    case("not UTF-8", credentials=b"[default]\nx = \xff\n" + keys("AKIAX").encode())
    case("a byte order mark", credentials=b"\xef\xbb\xbf[default]\n" + keys("AKIAX").encode())


def cases_of_roles():
    base = "[profile base]\n" + keys("AKIABASE")
    case("role by source_profile", config=f"[default]\nrole_arn = {ROLE}r\nsource_profile = base\n" + base)
    case("role with everything", config=f"[profile x]\nrole_arn = {ROLE}r\nsource_profile = base\nexternal_id = e/x=1\n"
         "role_session_name = me@home\nduration_seconds = 900\n" + base, profile="x")
    case("role with a malformed duration", config=f"[default]\nrole_arn = {ROLE}r\nsource_profile = base\n"
         "duration_seconds = 1h\n" + base)
    case("role with MFA", config=f"[default]\nrole_arn = {ROLE}r\nsource_profile = base\nmfa_serial = "
         "arn:aws:iam::1:mfa/me\n" + base)
    case("environment before a role", config=f"[default]\nrole_arn = {ROLE}r\nsource_profile = base\n" + base, env=ENV)
    case("role before keys", config=f"[default]\nrole_arn = {ROLE}r\nsource_profile = base\n" + base,
         credentials="[default]\n" + keys("AKIAFILE"))
    case("role and source in both files", config=f"[profile x]\nrole_arn = {ROLE}r\nsource_profile = base\n",
         credentials="[base]\n" + keys("AKIACRED"), profile="x")
    case("the credentials file overrides", config=f"[profile x]\nrole_arn = {ROLE}r\nsource_profile = base\n" + base,
         credentials=f"[x]\nrole_arn = {ROLE}other\n", profile="x")
    case("role of a role", config=f"[profile a]\nrole_arn = {ROLE}a\nsource_profile = b\n[profile b]\nrole_arn = {ROLE}b\n"
         "source_profile = base\n" + base, profile="a")
    case("keys before the role of a source", config=f"[profile a]\nrole_arn = {ROLE}a\nsource_profile = b\n[profile b]\n"
         f"role_arn = {ROLE}b\nsource_profile = base\n" + keys("AKIAB") + base, profile="a")
    case("a profile that names itself", config=f"[profile a]\nrole_arn = {ROLE}a\nsource_profile = a\n" + keys("AKIAA"),
         profile="a")
    case("a profile that names itself, without keys", config=f"[profile a]\nrole_arn = {ROLE}a\nsource_profile = a\n",
         profile="a")
    case("a loop", config=f"[profile a]\nrole_arn = {ROLE}a\nsource_profile = b\n[profile b]\nrole_arn = {ROLE}b\n"
         "source_profile = a\n", profile="a")
    case("a loop with keys", config=f"[profile a]\nrole_arn = {ROLE}a\nsource_profile = b\n" + keys("AKIAA") +
         f"[profile b]\nrole_arn = {ROLE}b\nsource_profile = a\n", profile="a")
    case("a source that is nowhere", config=f"[default]\nrole_arn = {ROLE}a\nsource_profile = b\n")
    case("a source without credentials", config=f"[default]\nrole_arn = {ROLE}a\nsource_profile = b\n[profile b]\nregion = x\n")
    case("a source with half a pair", config=f"[default]\nrole_arn = {ROLE}a\nsource_profile = b\n[profile b]\n"
         "aws_access_key_id = AKIAB\n")
    case("no source", config=f"[default]\nrole_arn = {ROLE}a\n", credentials="[default]\n" + keys("AKIAFILE"))
    case("two sources", config=f"[default]\nrole_arn = {ROLE}a\nsource_profile = base\ncredential_source = Environment\n" +
         base)
    case("source Environment", config=f"[profile x]\nrole_arn = {ROLE}a\ncredential_source = Environment\n", env=ENV,
         profile="x")
    case("source Environment, which has none", config=f"[default]\nrole_arn = {ROLE}a\ncredential_source = Environment\n")
    case("source EcsContainer", config=f"[default]\nrole_arn = {ROLE}a\ncredential_source = EcsContainer\n",
         env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "@URL@/container/plain"})
    case("source EcsContainer, which has none", config=f"[default]\nrole_arn = {ROLE}a\ncredential_source = EcsContainer\n")
    case("source Ec2InstanceMetadata", config=f"[default]\nrole_arn = {ROLE}a\ncredential_source = Ec2InstanceMetadata\n",
         env={"AWS_EC2_METADATA_SERVICE_ENDPOINT": "@URL@/plain", "AWS_EC2_METADATA_DISABLED": ""})
    case("source Ec2InstanceMetadata, which is off", config=f"[default]\nrole_arn = {ROLE}a\n"
         "credential_source = Ec2InstanceMetadata\n")
    case("a source of another case", config=f"[default]\nrole_arn = {ROLE}a\ncredential_source = environment\n", env={
        "AWS_SESSION_TOKEN": "x"})
    case("a source by process", config=f"[default]\nrole_arn = {ROLE}a\nsource_profile = b\n[profile b]\n" +
         process(PROCESS)[0], files=process(PROCESS)[1])
    case("a source by web identity", config=f"[default]\nrole_arn = {ROLE}a\nsource_profile = b\n[profile b]\n"
         f"role_arn = {ROLE}w\nweb_identity_token_file = @HOME@/jwt\n", files={"jwt": "j.w.t"})
    case("a source by single sign-on", config=f"[default]\nrole_arn = {ROLE}a\nsource_profile = b\n[profile b]\n"
         "sso_session = s\n" + SSO + SESSION, files=cached("s", TOKEN))
    case("a role that may not be assumed", config=f"[default]\nrole_arn = {ROLE}denied\nsource_profile = base\n" + base)
    case("an answer without credentials", config=f"[default]\nrole_arn = {ROLE}broken\nsource_profile = base\n" + base)
    case("a source with a comment", config=f"[default]\nrole_arn = {ROLE}r\nsource_profile = base # the one\n" + base)


def cases_of_web_identity():
    jwt = {"jwt": "j.w.t\n", "other": "o.t.h"}
    web = {"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/jwt", "AWS_ROLE_ARN": ROLE + "web"}
    case("web identity by environment", env=web, files=jwt)
    case("web identity with a name", env={**web, "AWS_ROLE_SESSION_NAME": "ci"}, files=jwt)
    case("web identity before keys", credentials="[default]\n" + keys("AKIAFILE"), env=web, files=jwt)
    case("environment before web identity", env={**ENV, **web}, files=jwt)
    case("--profile before web identity", credentials="[x]\n" + keys("AKIAX"), env=web, profile="x", files=jwt)
    case("AWS_PROFILE does not matter", credentials="[x]\n" + keys("AKIAX"), env={**web, "AWS_PROFILE": "x"}, files=jwt)
    case("web identity by profile", config=f"[profile x]\nrole_arn = {ROLE}w\nweb_identity_token_file = @HOME@/other\n",
         env=web, profile="x", files=jwt)
    case("environment over the profile", config=f"[default]\nrole_arn = {ROLE}w\nweb_identity_token_file = @HOME@/other\n",
         env={"AWS_ROLE_ARN": ROLE + "env"}, files=jwt)
    case("an empty variable hides the profile's", config=f"[default]\nrole_arn = {ROLE}w\nweb_identity_token_file = "
         "@HOME@/other\n", env={"AWS_WEB_IDENTITY_TOKEN_FILE": ""}, files=jwt)
    case("web identity without a role", env={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/jwt"}, files=jwt)
    case("web identity without the file", env=web)
    case("a role alone is nothing", credentials="[default]\n" + keys("AKIAFILE"), env={"AWS_ROLE_ARN": ROLE + "x"})
    case("a token with a role and source_profile", config=f"[default]\nrole_arn = {ROLE}w\nsource_profile = base\n"
         "web_identity_token_file = @HOME@/other\n[profile base]\n" + keys("AKIABASE"), files=jwt)


def cases_of_sso():
    case("single sign-on", config="[default]\nsso_session = s\n" + SSO + SESSION, files=cached("s", TOKEN))
    case("single sign-on, older form", config="[default]\n" + LEGACY + SSO, files=cached("https://d.awsapps.com/start", TOKEN))
    case("the older form, ended", config="[default]\n" + LEGACY + SSO,
         files=cached("https://d.awsapps.com/start", {**TOKEN, "expiresAt": PAST}))
    case("the older form cannot be renewed", config="[default]\n" + LEGACY + SSO,
         files=cached("https://d.awsapps.com/start", RENEWABLE))
    case("the older form of time", config="[default]\n" + LEGACY + SSO,
         files=cached("https://d.awsapps.com/start", {**TOKEN, "expiresAt": "2099-01-01T00:00:00UTC"}))
    case("single sign-on before keys", config="[default]\nsso_session = s\n" + SSO + SESSION,
         credentials="[default]\n" + keys("AKIAFILE"), files=cached("s", TOKEN))
    case("nobody signed on", config="[default]\nsso_session = s\n" + SSO + SESSION)
    case("a token that is renewed", config="[default]\nsso_session = s\n" + SSO + SESSION, files=cached("s", RENEWABLE))
    case("a token that ended", config="[default]\nsso_session = s\n" + SSO + SESSION,
         files=cached("s", {**TOKEN, "expiresAt": PAST}))
    case("a registration that ended", config="[default]\nsso_session = s\n" + SSO + SESSION,
         files=cached("s", {**RENEWABLE, "registrationExpiresAt": PAST}))
    case("a renewal that is refused", config="[default]\nsso_session = s\n" + SSO + SESSION,
         files=cached("s", {**RENEWABLE, "refreshToken": "revoked"}))
    case("a token that is refused", config="[default]\nsso_session = s\n" + SSO + SESSION,
         files=cached("s", {**TOKEN, "accessToken": "refused"}))
    case("a cache that is no JSON", config="[default]\nsso_session = s\n" + SSO + SESSION, files=cached("s", "{" + SECRET))
    case("a cache without a token", config="[default]\nsso_session = s\n" + SSO + SESSION,
         files=cached("s", {"expiresAt": LATER}))
    case("a session that is nowhere", config="[default]\nsso_session = t\n" + SSO + SESSION, files=cached("s", TOKEN))
    case("a session without account and role", config="[default]\nsso_session = s\n" + SESSION,
         credentials="[default]\n" + keys("AKIAFILE"), files=cached("s", TOKEN))
    case("without role", config="[default]\nsso_session = s\nsso_account_id = 1\n" + SESSION, files=cached("s", TOKEN))
    case("account in the session", config="[default]\nsso_session = s\nsso_role_name = Deploy\n" + SESSION +
         "sso_account_id = 111122223333\n", files=cached("s", TOKEN))
    case("said twice alike", config="[default]\nsso_session = s\nsso_region = eu-west-1\n" + SSO + SESSION,
         files=cached("s", TOKEN))
    case("said twice otherwise", config="[default]\nsso_session = s\nsso_region = eu-west-2\n" + SSO + SESSION,
         files=cached("s", TOKEN))
    case("the session in the credentials file", config="[default]\nsso_session = s\n" + SSO, credentials=SESSION,
         files=cached("s", TOKEN))


def cases_of_processes():
    for name, answer in (("process", PROCESS), ("process with a token", {**PROCESS, "SessionToken": "t"}),
                         ("process that ends later", {**PROCESS, "SessionToken": "t", "Expiration": LATER}),
                         ("process that has ended", {**PROCESS, "SessionToken": "t", "Expiration": PAST}),
                         ("process with an account", {**PROCESS, "AccountId": "123456789012"}),
                         ("process of another version", {**PROCESS, "Version": 2}),
                         ("process without version", {k: v for k, v in PROCESS.items() if k != "Version"}),
                         ("process without secret", {"Version": 1, "AccessKeyId": "AKIAPROCESS"}),
                         ("process that prints a list", [PROCESS])):
        line, files = process(answer)
        case(name, config="[default]\n" + line, files=files)
    line, files = process(PROCESS)
    case("process before the config file's keys", config="[default]\n" + line + keys("AKIACONFIG"), files=files)
    case("the credentials file's keys before a process", config="[default]\n" + line,
         credentials="[default]\n" + keys("AKIAFILE"), files=files)
    case("process of several lines", config="[default]\ncredential_process = cat\n   @HOME@/answer.json\n", files=files)
    case("process with quotes", config="""[default]\ncredential_process = sh -c "cat '@HOME@/two words'" \n""",
         files={"two words": json.dumps(PROCESS)})
    case("process with backslashes", config="[default]\ncredential_process = cat @HOME@/two\\ words\n",
         files={"two words": json.dumps(PROCESS)})
    case("no shell", config="[default]\ncredential_process = cat @HOME@/answer.json | cat\n", files=files)
    case("no variables", config="[default]\ncredential_process = cat $HOME/answer.json\n", files=files)
    case("an open quote", config="[default]\ncredential_process = cat '@HOME@/answer.json\n", files=files)
    case("an empty command", config="[default]\ncredential_process =\n", files=files)
    case("a command that is nowhere", config="[default]\ncredential_process = /nowhere/at/all\n")
    case("a command that fails", config="[default]\ncredential_process = sh -c 'echo sorry >&2; cat @HOME@/answer.json; "
         "exit 3'\n", files=files)
    case("a command that fails and shows all", config="[default]\ncredential_process = sh -c 'cat @HOME@/answer.json >&2; "
         "exit 3'\n", files=files)
    case("a command that prints no JSON", config=f"[default]\ncredential_process = echo {SECRET}\n")
    case("a process that has a lot to say", config="[default]\ncredential_process = sh -c 'yes no | head -c 300000 >&2; "
         "cat @HOME@/answer.json'\n", files=files)


def cases_of_machines():
    full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    case("container", env={full: "@URL@/container/plain"})
    case("container with an account", env={full: "@URL@/container/account"})
    case("container with a token", env={full: "@URL@/container/plain", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic x"})
    case("container with a token in a file", env={full: "@URL@/container/plain", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic x",
                                                  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "@HOME@/t"}, files={"t": "file"})
    case("container with a line break in the token", env={full: "@URL@/container/plain",
                                                          "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "@HOME@/t"},
         files={"t": "file\n"})
    case("container whose token file is nowhere", env={full: "@URL@/container/plain",
                                                       "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "@HOME@/t"})
    case("container that fails", env={full: "@URL@/container/failing"})
    case("container that leaves something out", env={full: "@URL@/container/half"})
    case("container without a time", env={full: "@URL@/container/timeless"})
    case("container that answers with text", env={full: "@URL@/container/text"})
    case("container at a host that is not near", env={full: "http://192.0.2.1/container/plain"})
    case("keys before a container", credentials="[default]\n" + keys("AKIAFILE"), env={full: "@URL@/container/plain"})
    case("container after --profile", config="[profile x]\nregion = a\n", env={full: "@URL@/container/plain"}, profile="x")

    def at(place, **more):
        return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "@URL@/" + place, "AWS_EC2_METADATA_DISABLED": "", **more}
    case("instance", env=at("plain"))
    case("instance, with a slash", env=at("plain/"))
    case("instance, disabled", env={**at("plain"), "AWS_EC2_METADATA_DISABLED": "TRUE"})
    case("instance of version 1", env=at("v1"))
    case("instance of version 1, which is disabled", env=at("v1", AWS_EC2_METADATA_V1_DISABLED="true"))
    case("instance of version 1, disabled by the profile", config="[default]\nec2_metadata_v1_disabled = true\n", env=at("v1"))
    case("instance that does not understand", env=at("strange"))
    case("instance without a role", env=at("norole"))
    case("instance whose role is not trusted", env=at("half"))
    case("instance with what has ended", env=at("stale"))
    case("instance, by the profile's endpoint", config="[default]\nec2_metadata_service_endpoint = @URL@/plain\n",
         env={"AWS_EC2_METADATA_DISABLED": ""})
    case("container before an instance", env=at("plain", **{full: "@URL@/container/plain"}))
    case("an instance where nobody listens", env={"AWS_EC2_METADATA_DISABLED": "",
                                                  "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"})
    case("a mode that is none", env={**ENV, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "ipv5"})
    case("a timeout that is none", env={**ENV, "AWS_METADATA_SERVICE_TIMEOUT": "soon"})


# ---- both sides ----

def lay_out(home, url, config, credentials, env, files):
    everything = {".aws/config": config, ".aws/credentials": credentials, **files}
    for name, text in everything.items():
        if text is None:
            continue
        path = os.path.join(home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        data = text if isinstance(text, bytes) else text.replace("@HOME@", home).replace("@URL@", url).encode()
        with open(path, "wb") as f:
            f.write(data)
    made = {"PATH": os.environ["PATH"], "HOME": home, "AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true", "LC_ALL": "C.UTF-8"}
    made.update({k: v.replace("@HOME@", home).replace("@URL@", url) for k, v in env.items()})
    return made


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else "-"


def theirs(env, profile):
    """botocore's answer, in a process of its own: it keeps paths from when it was loaded."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.environ.clear()
        os.environ.update(env)
        cache = os.path.expanduser("~/.aws/sso/cache")
        botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR = cache
        botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = cache
        try:
            session = botocore.session.Session(profile=profile)
            resolver = session.get_component("credential_provider")
            resolver.get_provider("assume-role")._prompter = lambda prompt: "123456"
            found = session.get_credentials()
            if found is None:
                answer = "error none"
            else:
                c = found.get_frozen_credentials()
                answer = f"ok {c.access_key} {digest(c.secret_key)} {digest(c.token)} {c.account_id or '-'}"
        except BaseException as error:  # whatever it is, it is no identity
            answer = f"error {type(error).__name__} {error}"
        os.write(writing, answer.replace("\n", " ").encode()[:4000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as f:
        answer = f.read()
    os.waitpid(child, 0)
    return answer


def ours(program, env, profile):
    run = subprocess.run([program] + ([profile] if profile else []), env=env, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=60, text=True)
    return run.stdout.strip() if run.returncode == 0 else f"ended with {run.returncode}: {run.stdout}"


def ask(which, number, url, one):
    """One side's answer, in a home of its own: a renewed token changes it."""
    name, config, credentials, env, profile, files = one
    home = tempfile.mkdtemp(prefix="sealift-identity-")
    try:
        made = lay_out(home, url, config, credentials, env, files)
        return (theirs(made, profile) if which == "theirs" else ours(which, made, profile)).replace(home, "@HOME@")
    finally:
        shutil.rmtree(home)


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    for make in (cases_of_keys, cases_of_files, cases_of_roles, cases_of_web_identity, cases_of_sso, cases_of_processes,
                 cases_of_machines):
        make()
    wrong = found = 0
    for number, one in enumerate(CASES):
        want, have = ask("theirs", number, url, one), ask(sys.argv[1], number, url, one)
        both_fail = want.startswith("error ") and have.startswith("error ")
        found += want.startswith("ok ")
        if SECRET[:16] in have:
            have = "a secret in " + have
        elif have.startswith("error ") and len(have) < 20:
            have = "no reason: " + have
        elif want == have or both_fail:
            if os.environ.get("SHOW"):
                print(f"{one[0]}: {have}")
            continue
        wrong += 1
        print(f"{one[0]}\n  botocore: {want}\n  ours:     {have}")
    if wrong:
        sys.exit(f"{wrong} of {len(CASES)} differ")
    print(f"{len(CASES)} identities alike, {len(CASES) - found} of them none")


if __name__ == "__main__":
    main()
