#!/usr/bin/env bash
# The Software Package Catalog: what the sandbox has of it, and what publishing puts there.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

test_the_sandbox_has_the_catalog_as_boto3_knows_it() {
    need aws jq python3
    python3 -c 'import boto3' 2>/dev/null || skip "boto3 is not there"
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 python3 "$e2e_here/sandbox_catalog.py"
    expect_stdout ok
}

e2e_main "$@"
