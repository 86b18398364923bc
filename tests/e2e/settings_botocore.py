#!/usr/bin/env python3
"""Compare where settings lead with botocore, given the same files and the same environment: settings_botocore.py PROGRAM [SEED]

PROGRAM is tests/unit/publisher/settings_print.c. Config files and variables are thrown together; the endpoint of every
service, the URL of a bucket, CA bundle and attempts must be the same. Where we are stricter, endpoint URLs together with
FIPS or dual stack, we must refuse.
"""
import os
import random
import subprocess
import sys
import tempfile
import urllib.parse

CASES = 60

import botocore.session
from botocore.loaders import create_loader

LOADER = create_loader()  # one for all, since reading the models takes long
# in the order of enum sl_service
SERVICES = {  # and a call of each, with what it puts behind the endpoint
    "s3": ("list_buckets", {}, "/"),
    "iot": ("list_things", {}, "/things"),
    "iot-jobs-data": ("get_pending_job_executions", {"thingName": "t"}, "/things/t/jobs"),
    "sts": ("get_caller_identity", {}, "/"),
    "iam": ("list_roles", {}, "/"),
    "kms": ("list_keys", {}, "/"),
    "signer": ("list_signing_jobs", {}, "/signing-jobs"),
    "sso": ("get_role_credentials", {"roleName": "r", "accountId": "1", "accessToken": "t"}, "/federation/credentials"),
    "sso-oidc": ("create_token", {"clientId": "c", "clientSecret": "s", "grantType": "refresh_token"}, "/token"),
}
SNAKE = ["s3", "iot", "iot_jobs_data_plane", "sts", "iam", "kms", "signer", "sso", "sso_oidc"]


def some(rng, *values):
    return rng.choice((None, None) + values)


def url(rng, name):
    # no addresses: botocore puts buckets in front of them, where the rule sets and we do not
    return rng.choice([f"https://{name}.example", f"https://{name}.example:8443/base", f"http://{name}.localhost:9000",
                       "http://localhost:5000"])


def make_profile(rng, name):
    """The lines of a profile, and of the services section it may name."""
    own = {
        "endpoint_url": some(rng, url(rng, f"all-{name}")),
        "use_fips_endpoint": some(rng, "true", "false") if rng.random() < 0.3 else None,
        "use_dualstack_endpoint": some(rng, "true", "false") if rng.random() < 0.3 else None,
        "sts_regional_endpoints": some(rng, "legacy", "regional"),
        "ca_bundle": some(rng, f"/{name}.pem"),
        "max_attempts": some(rng, "1", "5"),
        "ignore_configured_endpoint_urls": some(rng, "true", "false") if rng.random() < 0.3 else None,
        "services": some(rng, f"{name}-services"),
    }
    lines = [f"{key} = {value}" for key, value in own.items() if value]
    if rng.random() < 0.6:
        lines += ["s3 =", f"  addressing_style = {rng.choice(['auto', 'path', 'virtual'])}"]
    if own["services"]:
        lines.append(f"[services {name}-services]")
        for service in rng.sample(SNAKE, rng.randint(1, 4)):
            lines += [f"{service} =", f"  endpoint_url = {url(rng, service.replace('_', '-'))}"]
    return lines


def make_case(rng):
    config = ["[default]"] + make_profile(rng, "default") + ["[profile other]"] + make_profile(rng, "other")
    env = {
        "AWS_ENDPOINT_URL": some(rng, url(rng, "env")),
        f"AWS_ENDPOINT_URL_{rng.choice(SNAKE).upper()}": some(rng, url(rng, "env-one")),
        "AWS_USE_FIPS_ENDPOINT": some(rng, "true", "false") if rng.random() < 0.3 else None,
        "AWS_USE_DUALSTACK_ENDPOINT": some(rng, "true", "false") if rng.random() < 0.3 else None,
        "AWS_STS_REGIONAL_ENDPOINTS": some(rng, "legacy", "regional"),
        "AWS_CA_BUNDLE": some(rng, "/env.pem"),
        "AWS_MAX_ATTEMPTS": some(rng, "2", "7"),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": some(rng, "true", "false") if rng.random() < 0.3 else None,
        "AWS_PROFILE": some(rng, "other"),
    }
    region = rng.choice(["eu-west-1", "us-west-2", "us-gov-west-1"])
    bucket = rng.choice(["acme-firmware", "acme.firmware"])
    return "\n".join(config) + "\n", {k: v for k, v in env.items() if v}, region, bucket


class Sent(Exception):
    pass


def sent_to(client, operation, arguments, behind):
    """The endpoint of what would be sent."""
    def stop(request, **_):
        raise Sent(request.url)

    client.meta.events.register("before-send", stop)
    try:
        getattr(client, operation)(**arguments)
    except Sent as sent:
        return urllib.parse.urlunsplit(urllib.parse.urlsplit(str(sent))._replace(query="")).removesuffix(behind)
    raise AssertionError("nothing was sent")


def of_botocore(env, region, bucket):
    """What our program would print, by botocore; and whether a URL and a kind of AWS's hosts are asked for at once."""
    os.environ.clear()
    os.environ.update(env)
    session = botocore.session.Session()
    session.register_component("data_loader", LOADER)
    session.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
    store, both, lines = session.get_component("config_store"), False, []
    kind = store.get_config_variable("use_fips_endpoint") or store.get_config_variable("use_dualstack_endpoint")
    for service, call in SERVICES.items():
        lines.append(sent_to(session.create_client(service, region_name=region), *call))
        both |= bool(kind) and "amazonaws.com" not in lines[-1] and "api.aws" not in lines[-1]
    s3 = session.create_client("s3", region_name=region)
    lines.append(sent_to(s3, "get_object", {"Bucket": bucket, "Key": "KEY"}, "/KEY"))
    lines.append(store.get_config_variable("ca_bundle") or "-")
    lines.append(str(store.get_config_variable("max_attempts") or 3))
    return lines, both


def main():
    program, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20261123
    rng, refused, base = random.Random(seed), 0, dict(os.environ)
    keep = {k: base[k] for k in ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS") if k in base}
    with tempfile.TemporaryDirectory(prefix="sealift-settings.") as home:
        path = os.path.join(home, "config")
        for number in range(CASES):
            config, env, region, bucket = make_case(rng)
            with open(path, "w", encoding="utf-8") as f:
                f.write(config)
            told = env
            env = told | keep | {"HOME": home, "AWS_CONFIG_FILE": path}
            have = subprocess.run([program, region, bucket], env=env, stdout=subprocess.PIPE, text=True, timeout=60,
                                  check=True).stdout.splitlines()
            want, both = of_botocore(env, region, bucket)
            if both and have[-1].startswith("refused:") and "is asked for, but the endpoint URL" in have[-1]:
                refused += 1
            elif have != want:
                print(f"case {number} of seed {seed} differs\n{config}{told}\nbotocore: {want}\nours:     {have}")
                sys.exit(1)
    print(f"{CASES - refused} cases alike, {refused} refused for asking for two things at once")


if __name__ == "__main__":
    main()
