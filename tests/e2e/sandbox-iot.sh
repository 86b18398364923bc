#!/usr/bin/env bash
# The sandbox driven by clients others wrote: the AWS CLI does by hand what AWS's page "Managing jobs" describes, boto3
# reads every reply, curl is the device's downloader.
# labels: slow once
# timeout: 420
. "$(dirname "$0")/lib.sh"

account=123456789012
trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"'$account'"},"ArnLike":{"aws:SourceArn":"arn:aws:iot:eu-west-1:'$account':*"}}}]}'
permissions='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::firmware/*"}]}'
role=arn:aws:iam::$account:role/download
thing=arn:aws:iot:eu-west-1:$account:thing/lab-1

setup_file() { need aws curl jq; }

# The AWS CLI; afterwards $status, $out and $err as with run.
aws_ok()
{
    run aws "$@"
    [ "$status" = 0 ] || fail "aws $1 $2 was refused"
}

# aws_refused CODE TEXT ARGUMENT...
aws_refused()
{
    local code=$1 text=$2
    shift 2
    run aws "$@"
    [ "$status" != 0 ] || fail "aws $1 $2 was not refused"
    expect_stderr "An error occurred ($code) when calling"
    expect_stderr "$text"
}

# A sandbox with a versioned bucket, a download role and a thing, all made with the AWS CLI: start [FAULT]
start()
{
    sandbox_start ${1:+--fault "$1"}
    aws_ok s3api create-bucket --bucket firmware --create-bucket-configuration LocationConstraint=eu-west-1
    aws_ok s3api put-bucket-versioning --bucket firmware --versioning-configuration Status=Enabled
    aws_ok iam create-role --role-name download --assume-role-policy-document "$trust"
    expect_json "$out" .Role.Arn $role
    aws_ok iam put-role-policy --role-name download --policy-name read --policy-document "$permissions"
    aws_ok iot create-thing --thing-name lab-1
    expect_json "$out" .thingArn $thing
    head -c 70000 /dev/urandom >app.bin
    aws_ok s3api put-object --bucket firmware --key app.bin --body app.bin
    version=$(jq -r .VersionId "$out")
    placeholder='${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/firmware/app.bin%3FversionId%3D'$version'}'
    jq -n --arg url "$placeholder" '{operation: "install", files: [{fileName: "app.bin", fileSource: {url: $url}}]}' >job.json
}

# The URL in the document the device gets now.
device_url()
{
    aws_ok iot-jobs-data describe-job-execution --thing-name lab-1 --job-id "$1"
    jq -r '.execution.jobDocument | fromjson | .files[0].fileSource.url' "$out"
}

test_a_job_is_managed_by_hand_with_the_aws_cli()
{
    start
    aws_ok iot create-job --job-id update-1 --targets $thing --document file://job.json --description 'by hand' \
        --presigned-url-config roleArn=$role,expiresInSec=120 --timeout-config inProgressTimeoutInMinutes=30 \
        --tags Key=team,Value=hvac
    expect_json "$out" .jobArn "arn:aws:iot:eu-west-1:$account:job/update-1"
    aws_refused ResourceAlreadyExistsException update-1 iot create-job --job-id update-1 --targets $thing --document '{}'

    aws_ok iot describe-job --job-id update-1
    expect_json "$out" .job.status IN_PROGRESS
    expect_json "$out" .job.presignedUrlConfig.roleArn $role
    expect_json "$out" .job.presignedUrlConfig.expiresInSec 120
    expect_json "$out" .job.timeoutConfig.inProgressTimeoutInMinutes 30
    expect_json "$out" '.job.createdAt | length > 10' true
    aws_ok iot get-job-document --job-id update-1
    jq -r .document "$out" >stored.json
    expect_equal "$(jq -cS . stored.json)" "$(jq -cS . job.json)"
    aws_ok iot list-tags-for-resource --resource-arn "arn:aws:iot:eu-west-1:$account:job/update-1"
    expect_json "$out" '.tags[0].Value' hvac

    aws_ok iot list-jobs --status IN_PROGRESS
    expect_json "$out" '.jobs[0].jobId' update-1
    aws_ok iot list-job-executions-for-job --job-id update-1
    expect_json "$out" '.executionSummaries[0].thingArn' $thing
    aws_ok iot list-job-executions-for-thing --thing-name lab-1
    expect_json "$out" '.executionSummaries[0].jobExecutionSummary.status' QUEUED

    aws_ok iot update-job --job-id update-1 --description changed
    aws_ok iot cancel-job --job-id update-1 --reason-code BAD_BUILD --comment 'do not ship'
    expect_json "$out" .description changed
    aws_ok iot describe-job --job-id update-1
    expect_json "$out" .job.status CANCELED
    expect_json "$out" .job.reasonCode BAD_BUILD
    expect_json "$out" .job.jobProcessDetails.numberOfCanceledThings 1

    aws_ok iot delete-job --job-id update-1
    aws_ok iot describe-job --job-id update-1
    expect_json "$out" .job.status DELETION_IN_PROGRESS
    wait_for 20 aws_gone update-1 || fail "the job was not deleted"
}

aws_gone() { ! aws iot describe-job --job-id "$1"; }

test_a_job_takes_its_document_from_s3()
{
    start
    aws_ok s3api put-object --bucket firmware --key jobs/job.json --body job.json
    # What the documentation asks for: the role may read the document too. It may, it lies in the bucket.
    aws_ok iot create-job --job-id from-s3 --targets $thing --presigned-url-config roleArn=$role \
        --document-source https://s3.eu-west-1.amazonaws.com/firmware/jobs/job.json
    aws_ok iot describe-job --job-id from-s3
    expect_json "$out" .documentSource https://s3.eu-west-1.amazonaws.com/firmware/jobs/job.json
    aws_ok iot get-job-document --job-id from-s3
    expect_equal "$(jq -r .document "$out")" "$(cat job.json)"
    aws_ok iot create-job --job-id from-s3-again --targets $thing --presigned-url-config roleArn=$role \
        --document-source https://s3.amazonaws.com/firmware/jobs/job.json
    aws_refused InvalidRequestException NoSuchKey iot create-job --job-id no-source --targets $thing \
        --document-source https://s3.amazonaws.com/firmware/jobs/none.json
    curl -fsS -o got.bin "$(device_url from-s3)"
    expect_same app.bin got.bin
}

test_a_device_downloads_as_often_as_it_wants_until_the_url_expires()
{
    start s3.GetObject:skew=61,after=3
    aws_ok iot create-job --job-id j --targets $thing --document file://job.json \
        --presigned-url-config roleArn=$role,expiresInSec=60
    # another version of the object changes nothing for a pinned URL
    head -c 5000 /dev/urandom >other.bin
    aws_ok s3api put-object --bucket firmware --key app.bin --body other.bin
    local url
    url=$(device_url j)
    for _ in 1 2 3; do
        curl -fsS -o got.bin "$url"
        expect_same app.bin got.bin
    done
    expect_equal "$(curl -sS -o refused.xml -w '%{http_code}' "$url")" 403 "61 seconds later"
    grep -q '<Code>AccessDenied</Code><Message>Request has expired</Message>' refused.xml || fail "$(cat refused.xml)"
    expect_equal "$(curl -sS -o /dev/null -w '%{http_code}' "${url/Expires=60/Expires=3600}")" 403 "a changed URL"
}

test_a_device_reports_with_the_data_plane()
{
    start
    aws_ok iot create-job --job-id j --targets $thing --document file://job.json --presigned-url-config roleArn=$role
    aws_ok iot-jobs-data get-pending-job-executions --thing-name lab-1
    expect_json "$out" '.queuedJobs[0].jobId' j
    aws_ok iot-jobs-data start-next-pending-job-execution --thing-name lab-1 --status-details step=download
    expect_json "$out" .execution.status IN_PROGRESS
    expect_json "$out" .execution.versionNumber 2
    aws_ok iot-jobs-data describe-job-execution --thing-name lab-1 --job-id '$next' --no-include-job-document
    expect_json "$out" .execution.jobId j
    expect_json "$out" .execution.jobDocument null
    aws_refused VersionMismatch version iot-jobs-data update-job-execution --thing-name lab-1 --job-id j \
        --status SUCCEEDED --expected-version 1
    aws_ok iot-jobs-data update-job-execution --thing-name lab-1 --job-id j --status SUCCEEDED --expected-version 2 \
        --include-job-execution-state
    expect_json "$out" .executionState.versionNumber 3
    aws_refused TerminalStateException SUCCEEDED iot-jobs-data describe-job-execution --thing-name lab-1 --job-id j
    aws_refused InvalidStateTransitionException SUCCEEDED iot-jobs-data update-job-execution --thing-name lab-1 \
        --job-id j --status FAILED
    aws_ok iot describe-job --job-id j
    expect_json "$out" .job.status COMPLETED
    aws_ok iot-jobs-data get-pending-job-executions --thing-name lab-1
    expect_json "$out" '.queuedJobs | length' 0
}

test_what_is_wrong_is_refused()
{
    start
    aws_refused InvalidRequestException "[a-zA-Z0-9_-]+" iot create-job --job-id 2.4.1 --targets $thing --document '{}'
    aws_refused InvalidRequestException "3600" iot create-job --job-id j --targets $thing --document '{}' \
        --presigned-url-config roleArn=$role,expiresInSec=3660
    aws_refused InvalidRequestException "role ARN is required" iot create-job --job-id j --targets $thing \
        --document file://job.json
    aws_refused ResourceNotFoundException none iot create-job --job-id j --targets "${thing%lab-1}none" --document '{}'
    printf '{"a":"%040000d"}' 1 >large.json
    aws_refused InvalidRequestException 32768 iot create-job --job-id j --targets $thing --document file://large.json
    jq -c '.files[0].fileSource.url |= sub("versionId%3D.*";"versionId%3D00000000000000000000000000000000}")' job.json >wrong.json
    aws_refused InvalidRequestException "VersionId not found" iot create-job --job-id j --targets $thing \
        --document file://wrong.json --presigned-url-config roleArn=$role
    aws_refused ResourceNotFoundException "Job j cannot be found" iot describe-job --job-id j
    aws_refused MalformedPolicyDocument Comment iam put-role-policy --role-name download --policy-name p \
        --policy-document '{"Comment":"x","Version":"2012-10-17","Statement":[]}'
    aws_refused EntityAlreadyExists download iam create-role --role-name download --assume-role-policy-document "$trust"
    aws_refused NoSuchEntity nobody iam get-role --role-name nobody
    AWS_SECRET_ACCESS_KEY=wrong aws_refused InvalidSignatureException signature iot list-jobs
}

test_the_role_is_really_assumed()
{
    start
    aws_ok iot create-job --job-id j --targets $thing --document file://job.json --presigned-url-config roleArn=$role
    aws_ok iam put-role-policy --role-name download --policy-name read --policy-document "${permissions/,\"s3:GetObjectVersion\"/}"
    local url
    url=$(device_url j)
    expect_equal "$(curl -sS -o refused.xml -w '%{http_code}' "$url")" 403 "a role without s3:GetObjectVersion"
    grep -q '<Code>AccessDenied</Code>' refused.xml || fail "$(cat refused.xml)"
    aws_ok iam update-assume-role-policy --role-name download --policy-document "${trust//$account/999999999999}"
    aws_refused InvalidRequestException "cannot be assumed by iot.amazonaws.com" iot-jobs-data describe-job-execution \
        --thing-name lab-1 --job-id j
    aws_ok iot-jobs-data describe-job-execution --thing-name lab-1 --job-id j --no-include-job-document
    expect_json "$out" .execution.status QUEUED
}

test_a_limited_session_may_do_what_its_policies_say()
{
    start
    local own=arn:aws:iam::$account:role/pipeline
    aws_ok sts get-caller-identity
    expect_json "$out" .Account $account
    aws_ok iam create-role --role-name pipeline --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"'$account'"},"Action":"sts:AssumeRole"}]}'
    aws_ok iam put-role-policy --role-name pipeline --policy-name p --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iot:CreateJob","iot:DescribeJob"],"Resource":["arn:aws:iot:eu-west-1:'$account':job/rel-*","'$thing'"]},{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::firmware/app*"}]}'
    aws_ok sts assume-role --role-arn "$own" --role-session-name ci --duration-seconds 900
    expect_json "$out" .AssumedRoleUser.Arn "arn:aws:sts::$account:assumed-role/pipeline/ci"
    AWS_ACCESS_KEY_ID=$(jq -r .Credentials.AccessKeyId "$out")
    AWS_SECRET_ACCESS_KEY=$(jq -r .Credentials.SecretAccessKey "$out")
    AWS_SESSION_TOKEN=$(jq -r .Credentials.SessionToken "$out")
    export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
    aws_ok sts get-caller-identity
    expect_json "$out" .Arn "arn:aws:sts::$account:assumed-role/pipeline/ci"
    aws_ok s3api get-object --bucket firmware --key app.bin got.bin
    aws_refused AccessDenied s3:GetObjectVersion s3api get-object --bucket firmware --key app.bin --version-id "$version" got.bin
    aws_ok iot create-job --job-id rel-1 --targets $thing --document '{}'
    aws_refused AccessDeniedException iot:CreateJob iot create-job --job-id other --targets $thing --document '{}'
    aws_refused AccessDeniedException iam:PassRole iot create-job --job-id rel-2 --targets $thing \
        --document file://job.json --presigned-url-config roleArn=$role
    aws_refused AccessDeniedException iot:DeleteJob iot delete-job --job-id rel-1 --force
    AWS_SESSION_TOKEN=${AWS_SESSION_TOKEN%????}AAAA aws_refused UnrecognizedClientException token iot list-jobs
}

test_boto3_reads_every_reply()
{
    need boto3
    sandbox_start
    expect_exit 0 python3 "$e2e_here/sandbox_boto3.py"
    expect_stdout "every reply is as the service models say"
}

e2e_main "$@"
