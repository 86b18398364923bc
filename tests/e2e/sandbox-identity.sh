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

test_the_aws_cli_drives_boundaries_versions_and_simulation() {
    sandbox_start
    local all='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    local role='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    expect_exit 0 aws iam create-policy --policy-name edge --policy-document "$all" --output json
    local edge
    edge=$(jq -r .Policy.Arn "$out")
    expect_exit 0 aws iam create-policy-version --policy-arn "$edge" --policy-document "$all" --set-as-default --output json
    expect_json "$out" .PolicyVersion.VersionId v2
    expect_exit 0 aws iam list-policy-versions --policy-arn "$edge" --output json
    expect_json "$out" '.Versions | length' 2
    expect_exit 0 aws iam delete-policy-version --policy-arn "$edge" --version-id v1
    expect_exit 0 aws iam create-role --role-name r --assume-role-policy-document "$role" --permissions-boundary "$edge"
    expect_exit 0 aws iam update-role --role-name r --max-session-duration 7200
    expect_exit 0 aws iam tag-role --role-name r --tags Key=team,Value=fw
    expect_exit 0 aws iam list-role-tags --role-name r --output json
    expect_json "$out" '.Tags[0].Value' fw
    expect_exit 0 aws iam untag-role --role-name r --tag-keys team
    expect_exit 0 aws iam put-role-policy --role-name r --policy-name p --policy-document "$all"
    expect_exit 0 aws iam simulate-principal-policy --policy-source-arn arn:aws:iam::123456789012:role/r --action-names s3:GetObject sqs:SendMessage --output json
    expect_json "$out" '[.EvaluationResults[].EvalDecision] | join(",")' allowed,implicitDeny
    expect_exit 0 aws iam simulate-custom-policy --policy-input-list "$all" --action-names s3:PutObject --output json
    expect_json "$out" '.EvaluationResults[0].EvalDecision' allowed
    expect_exit 0 aws iam delete-role-permissions-boundary --role-name r
    expect_exit 0 aws iam put-role-permissions-boundary --role-name r --permissions-boundary "$edge"
    expect_exit 0 aws iam create-user --user-name u
    expect_exit 0 aws iam put-user-permissions-boundary --user-name u --permissions-boundary "$edge"
    expect_exit 0 aws iam delete-user-permissions-boundary --user-name u
    expect_exit 0 aws iam attach-user-policy --user-name u --policy-arn "$edge"
    expect_exit 0 aws iam list-attached-user-policies --user-name u --output json
    expect_json "$out" '.AttachedPolicies[0].PolicyName' edge
    expect_exit 0 aws iam detach-user-policy --user-name u --policy-arn "$edge"
}

test_policies_are_simulated() { by_boto3 simulation; }

e2e_main "$@"
