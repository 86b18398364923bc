"""The JSON Schema, read by python-jsonschema and PyYAML: it is a schema, it takes what the loader takes, and it refuses
what it can of the bad manifests.

    test_schema.py PRINT_SCHEMA TESTS_DIR
"""
import glob
import json
import os
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"SKIPPED 3 cases: {missing}")
    sys.exit(1 if os.environ.get("SEALIFT_REQUIRE") == "all" else 77)

# Wrong in a way that shows in the shape of one value: the schema must see it too.
SHAPES = """key-unknown key-unknown-near key-unknown-in-list key-missing-top key-missing-version job-and-jobs
kind-mapping-for-list kind-text-for-mapping kind-list-for-text kind-null kind-null-mapping kind-number-in-quotes
kind-number-as-words kind-bool-quoted kind-empty-list format-version format-version-missing release-name-upper
release-version-v release-version-pre release-hardware-name artifact-name-dot artifact-none
signing-algorithm key-scheme bucket-name-upper bucket-name-short bucket-region bucket-conditional
bucket-lock-mode bucket-lock-days bucket-multipart-unit bucket-encryption-type bucket-encryption-key
bucket-storage-class bucket-tags-many bucket-tags-value-long job-id-dot job-id-long job-targets-many job-description-long
job-selection url-role-user url-placeholder rollout-rate abort-status abort-above-number abort-after-zero retry-high
tags-value-long tags-many schedule-shape packages-name packages-version packages-many template-shape document-dialect
document-operation document-custom-list jobs-name
defaults-unknown defaults-value yaml-top-is-list""".split()


class Loader(yaml.SafeLoader):
    """Times are text, as in YAML 1.2."""


Loader.yaml_implicit_resolvers = {
    first: [r for r in resolvers if r[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path):
    with open(path, encoding="utf-8") as f:
        return yaml.load(f, Loader)


def main():
    program, tests = sys.argv[1:3]
    schema = json.loads(subprocess.run([program], check=True, capture_output=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = []

    good = glob.glob(f"{tests}/manifests/good/*.yaml") + glob.glob(f"{tests}/../manifests/examples/*.yaml")
    for path in sorted(good):
        wrong += [f"{path}: {e.json_path}: {e.message}" for e in validator.iter_errors(read(path))]
    for name in SHAPES:
        if validator.is_valid(read(f"{tests}/manifests/bad/{name}.yaml")):
            wrong.append(f"the schema takes bad/{name}.yaml")
    for key in ("job", "release", "artifact"):
        about = schema["$defs"][key]["properties"]
        wrong += [f"{key}.{name} has no description" for name, p in about.items() if not p.get("description")]

    print("\n".join(wrong))
    print(f"{len(good)} good manifests, {len(SHAPES)} bad ones, {len(wrong)} wrong")
    return 1 if wrong or len(good) < 11 else 0


sys.exit(main())
