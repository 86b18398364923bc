#!/usr/bin/env bash
# Jobs that exist: update, more targets, cancel for single things, retry, delete. What the program sends is read by
# botocore's model and sent again by boto3; what the sandbox then holds is looked at with the AWS CLI.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

fleet() { python3 "$e2e_here/job_fleet.py" "$@"; }

setup_file()
{
    need recent-aws jq boto3
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    server_start model.env python3 "$e2e_here/iot_model.py" "$e2e_work/setup/model.log"
    wait_for 30 grep -q AWS_ENDPOINT_URL_IOT model.env || fail "the model did not come up: $(tail -3 model.env.err)"
}

# The program talks to the model; boto3 and the AWS CLI to the sandbox.
modeled()
{
    local url
    url=$(sed -n 's/.*IOT=//p' "$e2e_work/setup/model.env")
    AWS_ENDPOINT_URL_IOT=$url sealift "$@"
}

job() { aws iot describe-job --job-id "$1" --query "job.$2" --output "${3:-text}"; }
execution() { aws iot describe-job-execution --job-id "$1" --thing-name "$1-$2" --query "execution.$3" --output "${4:-text}"; }

expect_modeled()
{
    grep -q "^$1 " "$e2e_work/setup/model.log" || fail "the model has seen no $1"
    ! grep '^REFUSED' "$e2e_work/setup/model.log" || fail "botocore's model refuses a request"
}

test_update_shows_what_changes_and_sends_only_that() {
    cp -r ../setup/build ../setup/keys .
    cat >sealift.yaml <<EOT
$(cat ../setup/sealift.yaml)
  id: updated
  description: first
  rollout: {per_minute: 10}
  abort: [{status: failed, above: 20%, after: 10}]
EOT
    expect_exit 0 sealift publish --yes
    sed -i 's/timeout: 30m/timeout: 2m/; s/per_minute: 10/exponential: {base: 5, factor: 1.5, after_succeeded: 2}/' sealift.yaml
    printf '  timeout: 45m\n  retry: {failed: 1, timed_out: 2}\n' >>sealift.yaml
    expect_exit 0 modeled job update updated --dry-run
    expect_stdout '~ rollout      {"maximumPerMinute":10}'
    expect_stdout '{"exponentialRate":{"baseRatePerMinute":5,"incrementFactor":1.5,'
    expect_stdout "~ timeout      nothing"
    expect_stderr "nothing was updated, because of --dry-run"
    expect_equal "$(job updated timeoutConfig.inProgressTimeoutInMinutes)" None
    expect_exit 0 modeled job update updated --output json
    expect_json "$out" '.change | keys | join(" ")' \
        "jobExecutionsRetryConfig jobExecutionsRolloutConfig presignedUrlConfig timeoutConfig"
    expect_modeled UpdateJob
    expect_equal "$(job updated '[timeoutConfig.inProgressTimeoutInMinutes,presignedUrlConfig.expiresInSec,description]')" $'45\t120\tfirst'
    expect_equal "$(job updated jobExecutionsRolloutConfig.exponentialRate.rateIncreaseCriteria.numberOfSucceededThings)" 2
    expect_exit 0 modeled job update updated
    expect_stdout "nothing to update"
    sed -i '/abort:/d' sealift.yaml
    expect_exit 0 modeled job update updated --set job.selection=continuous --set job.description=second
    expect_stdout "= abort        stays"
    expect_stdout "! selection    differs from the manifest"
    expect_equal "$(job updated '[description,targetSelection]')" $'second\tSNAPSHOT'
    # whoever publishes with these settings adopts what it is now
    aws iot cancel-job --job-id updated >/dev/null
    expect_exit 6 modeled job update updated --set job.description=third
    expect_stderr "job 'updated' is CANCELED: what is over cannot be updated"
    expect_exit 2 modeled job update up.dated
    expect_exit 2 modeled job update updated --job other
    expect_stderr "has no job 'other'"
    expect_exit 5 modeled job update none
    expect_stderr "there is no such job"
}

test_targets_are_added_to_continuous_jobs_only() {
    fleet make snapshot 2
    aws iot create-thing --thing-name late >/dev/null
    aws iot create-thing-group --thing-group-name hall >/dev/null
    aws iot create-job --job-id continuous --targets "arn:aws:iot:eu-west-1:$account:thing/snapshot-0" --document '{}' \
        --target-selection CONTINUOUS >/dev/null
    expect_exit 6 modeled job add-targets snapshot thing/late
    expect_stderr "job 'snapshot' is a snapshot"
    expect_exit 0 modeled job add-targets continuous thing/late --dry-run
    expect_equal "$(job continuous 'length(targets)')" 1
    expect_exit 0 modeled job add-targets continuous thing/late group/hall thing/snapshot-0 --comment "late comers"
    expect_stdout "+ arn:aws:iot:eu-west-1:$account:thing/late"
    expect_stdout "= arn:aws:iot:eu-west-1:$account:thing/snapshot-0"
    expect_modeled AssociateTargetsWithJob
    expect_equal "$(job continuous targets json | jq -r 'map(split("/")[1]) | join(",")')" snapshot-0,late,hall
    expect_equal "$(job continuous comment)" "late comers"
    expect_exit 0 modeled job add-targets continuous group/hall --output json
    expect_json "$out" .added false
    expect_exit 2 modeled job add-targets continuous hall
    expect_stderr "expected a target 'thing/NAME'"
    expect_exit 2 modeled job add-targets continuous arn:aws:iot:eu-central-1:$account:thing/late
    expect_exit 5 modeled job add-targets continuous thing/nobody
    expect_stderr ResourceNotFoundException
    # shellcheck disable=SC2046
    expect_exit 2 modeled job add-targets continuous $(seq -f 'thing/t-%g' 98)
    expect_stderr "would have 101 targets"
    expect_equal "$(job continuous 'length(targets)')" 3
}

test_single_things_are_canceled_and_the_others_go_on() {
    fleet make some 4
    fleet report some 1 2 IN_PROGRESS "half way"
    fleet report some 3 4 SUCCEEDED
    expect_exit 6 modeled job cancel some --thing some-0 --thing some-1
    expect_stderr "thing 'some-1' has begun"
    expect_equal "$(execution some 0 status)" QUEUED "nothing is canceled before all is looked at"
    expect_exit 6 modeled job cancel some --thing some-3
    expect_stderr "thing 'some-3' is SUCCEEDED"
    expect_exit 2 modeled job cancel some --thing some/3
    expect_exit 5 modeled job cancel some --thing nobody
    expect_exit 0 modeled job cancel some --thing some-0 --reason BAD_BOARD --comment "ticket 7" --output json
    expect_json "$out" '.[0].was' QUEUED
    expect_modeled CancelJobExecution
    expect_equal "$(execution some 0 '[status,statusDetails.detailsMap.reason,statusDetails.detailsMap.comment]')" \
        $'CANCELED\tBAD_BOARD\tticket 7'
    expect_exit 0 modeled job cancel some --thing some-1 --force
    expect_equal "$(execution some 1 '[status,statusDetails.detailsMap.reason,forceCanceled]')" $'CANCELED\thalf way\tTrue'
    expect_exit 0 modeled job status some
    expect_stdout "devices      4: 1 succeeded, 2 canceled, 1 queued"
    # whoever may do one thing only, may do that
    aws iam create-user --user-name operator >/dev/null
    local statement='{"Effect":"Allow","Action":"iot:DescribeJob","Resource":"*"}'
    aws iam put-user-policy --user-name operator --policy-name p \
        --policy-document '{"Version":"2012-10-17","Statement":['"$statement"']}'
    local pair
    pair=$(aws iam create-access-key --user-name operator --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)
    AWS_ACCESS_KEY_ID=${pair%%$'\t'*} AWS_SECRET_ACCESS_KEY=${pair##*$'\t'} expect_exit 5 sealift job delete some --force
    expect_stderr "the credentials need iot:DeleteJob on the job"
}

test_retry_takes_what_failed_a_hundred_at_a_time() {
    aws iot create-thing-group --thing-group-name fleet >/dev/null
    fleet group fleet 230
    aws iot create-job --job-id fleet --document '{"operation":"reboot"}' --description "all of them" \
        --targets "arn:aws:iot:eu-west-1:$account:thinggroup/fleet" --timeout-config inProgressTimeoutInMinutes=7 \
        --tags Key=team,Value=hvac >/dev/null
    fleet report fleet 0 100 FAILED
    fleet report fleet 100 120 REJECTED
    fleet report fleet 120 225 SUCCEEDED
    expect_exit 0 modeled job retry fleet --dry-run
    expect_stdout "FAILED       100"
    expect_stdout "REJECTED     20"
    expect_equal "$(grep -cE '^  \+ fleet-r[0-9a-f]{10}: (100|20) things' "$out")" 2
    expect_equal "$(aws iot list-jobs --query 'length(jobs[?starts_with(jobId, `fleet-r`)])')" 0
    expect_exit 0 modeled job retry fleet --output json
    expect_modeled CreateJob
    expect_json "$out" '[.[].created] | tostring' '[true,true]'
    local first
    first=$(jq -r '.[0].jobId' "$out")
    expect_equal "$(job "$first" '[description,targetSelection,timeoutConfig.inProgressTimeoutInMinutes,length(targets)]')" \
        $'all of them\tSNAPSHOT\t7\t100'
    expect_equal "$(aws iot get-job-document --job-id "$first" --query document --output text)" '{"operation":"reboot"}'
    expect_equal "$(aws iot list-tags-for-resource --resource-arn "$(job "$first" jobArn)" --query 'tags[0].Value' --output text)" hvac
    expect_exit 0 modeled job retry fleet
    expect_stdout "nothing to create"
    aws iot cancel-job --job-id "$first" >/dev/null
    expect_exit 6 modeled job retry fleet
    expect_stderr "by job '$first', which is CANCELED"
    fleet make well 1
    expect_exit 0 modeled job retry well
    expect_stdout "nothing to retry"
}

test_delete_says_what_is_lost() {
    fleet make gone 3
    fleet report gone 0 1 SUCCEEDED
    fleet report gone 1 2 IN_PROGRESS
    expect_exit 6 modeled job delete gone
    expect_stderr "job 'gone' is IN_PROGRESS: cancel it first"
    expect_exit 0 modeled job delete gone --force --dry-run
    expect_stdout "1 in progress: these devices have begun"
    expect_stdout "1 queued: these devices will never get it"
    expect_equal "$(job gone status)" IN_PROGRESS
    expect_exit 0 modeled job delete gone --force --output json
    expect_json "$out" '.deletionAsked, .executions.succeeded' $'true\n1'
    expect_modeled DeleteJob
    expect_equal "$(job gone status)" DELETION_IN_PROGRESS
    expect_exit 0 modeled job delete gone
    expect_stdout "is being deleted already"
}

e2e_main "$@"
