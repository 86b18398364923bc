#!/usr/bin/env bash
# The sandbox's identities and policies, driven by clients others wrote: boto3 and the AWS CLI.
# labels: slow once
# timeout: 420
. "$(dirname "$0")/lib.sh"

setup_file()
{
    need aws curl jq python3
    need boto3
}

# by_boto3 TEST [SANDBOX-ARGUMENT...]
by_boto3()
{
    local what=$1
    shift
    sandbox_start "$@"
    expect_exit 0 python3 "$e2e_here/sandbox_identity.py" "$what"
    expect_stdout 'as the service models say'
}

test_sessions_do_what_their_roles_may() { by_boto3 sessions_of_roles; }

test_identity_providers_are_registered() { by_boto3 providers; }

test_buckets_keep_and_obey_their_settings() { by_boto3 buckets; }

test_objects_are_stored_as_asked() { by_boto3 objects; }

test_locked_objects_stay() { by_boto3 locks; }

test_roles_have_boundaries_tags_and_versions_of_policies() { by_boto3 roles; }

test_policies_are_simulated() { by_boto3 simulation; }

e2e_main "$@"
