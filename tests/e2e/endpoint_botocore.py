#!/usr/bin/env python3
"""Compare our endpoints with the rule sets in botocore: endpoint_botocore.py PROGRAM

PROGRAM is tests/unit/publisher/endpoint_print.c. Every service we speak, every Region of the partitions we know, plain,
FIPS and dual stack; for S3 also buckets. Prints the first differences and exits 1.
"""
import subprocess
import sys

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import create_loader

# in the order of enum sl_service
SERVICES = ["s3", "iot", "iot-jobs-data", "sts", "iam", "kms", "signer", "sso", "sso-oidc"]
PARTITIONS = ["aws", "aws-cn", "aws-us-gov"]
BUCKETS = ["-", "acme-firmware", "with.dots", "Upper", "under_score", "ab", "a--b", "1234", "192.168.1.1", "-a-b",
           "x" * 63, "x" * 64]


def theirs(provider, service, region, fips, dual_stack, bucket):
    more = {"Bucket": bucket} if bucket != "-" else {}
    try:
        endpoint = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack, **more)
    except EndpointProviderError:
        return "refused"
    scheme = next(iter(endpoint.properties.get("authSchemes", [])), {})
    return f"{endpoint.url} {scheme.get('signingName', service)} {scheme.get('signingRegion', region)}"


def main():
    loader = create_loader()
    partitions = loader.load_data("partitions")
    regions = [region for p in partitions["partitions"] if p["id"] in PARTITIONS
               for region in p["regions"] if not region.endswith("-global")] + ["eu-nowhere-9", "us-gov-nowhere-1"]
    asked, expected = [], []
    for number, service in enumerate(SERVICES):
        provider = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for region in regions:
            for fips in (False, True):
                for dual_stack in (False, True):
                    for bucket in BUCKETS if service == "s3" else ["-"]:
                        asked.append(f"{number} {region} {fips:d} {dual_stack:d} {bucket}")
                        expected.append(theirs(provider, service, region, fips, dual_stack, bucket))
    run = subprocess.run([sys.argv[1]], input="\n".join(asked) + "\n", stdout=subprocess.PIPE, text=True, timeout=60,
                         check=True)
    answers = run.stdout.splitlines()
    if len(answers) != len(asked):
        sys.exit(f"{len(answers)} answers to {len(asked)} questions")
    wrong = [(a, w, h) for a, w, h in zip(asked, expected, answers) if w != h]
    for question, want, have in wrong[:10]:
        print(f"{SERVICES[int(question.split()[0])]} {question}\n  botocore: {want}\n  ours:     {have}")
    if wrong:
        sys.exit(f"{len(wrong)} of {len(asked)} differ")
    print(f"{len(asked)} endpoints alike")


if __name__ == "__main__":
    main()
