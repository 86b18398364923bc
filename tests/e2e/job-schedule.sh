#!/usr/bin/env bash
# When jobs run, package versions and job templates. What the program sends is read by botocore's model and sent again by
# boto3; what the sandbox then holds is looked at with the AWS CLI.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

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

expect_modeled()
{
    grep -q "^$1 " "$e2e_work/setup/model.log" || fail "the model has seen no $1"
    ! grep '^REFUSED' "$e2e_work/setup/model.log" || fail "botocore's model refuses a request"
}

# release ID: a manifest beside the files of setup_file, whose job has that id; more members come from stdin
release()
{
    cp -r ../setup/build ../setup/keys .
    { cat ../setup/sealift.yaml; echo "  id: $1"; cat; } >sealift.yaml
}

at() { date -u -d "$1" +%Y-%m-%dT%H:%M; }
arn=arn:aws:iot:eu-west-1:$account

test_every_member_reaches_the_service() {
    local start end version
    start=$(at '+2 days') end=$(at '+9 days')
    release scheduled <<EOT
  selection: continuous
  schedule:
    start: ${start}Z
    end: ${end}Z
    at_end: cancel
    windows: [{start: "cron(0 2 ? * MON-FRI *)", length: 90m}]
  packages: [{name: thermostat, version: 2.4.1}, {name: radio, version: "\$default"}]
  tags: {team: hvac}
EOT
    expect_exit 0 sealift plan --offline
    expect_stdout "rollout at most 1000 things a minute (default)"
    expect_stdout "begins  ${start}Z"
    expect_stdout "ends    ${end}Z, then CANCEL"
    expect_exit 5 modeled publish --yes
    expect_stderr "there is no package version '$arn:package/thermostat/version/2.4.1'"
    aws iot create-package --package-name thermostat >/dev/null
    aws iot create-package --package-name radio >/dev/null
    for version in thermostat/2.4.1 radio/7; do
        aws iot create-package-version --package-name "${version%/*}" --version-name "${version#*/}" >/dev/null
        aws iot update-package-version --package-name "${version%/*}" --version-name "${version#*/}" --action PUBLISH
    done
    aws iot update-package --package-name radio --default-version-name 7
    expect_exit 0 modeled publish --yes
    expect_modeled CreateJob
    aws iot describe-job --job-id scheduled >job.json
    expect_json job.json .job.status SCHEDULED
    expect_equal "$(jq -cS .job.schedulingConfig job.json)" \
        '{"endBehavior":"CANCEL","endTime":"'"$end"'","maintenanceWindows":[{"durationInMinutes":90,"startTime":"cron(0 2 ? * MON-FRI *)"}],"startTime":"'"$start"'"}'
    expect_json job.json '.job.destinationPackageVersions | join(" ")' \
        "$arn:package/thermostat/version/2.4.1 $arn:package/radio/version/\$default"
    expect_equal "$(aws iot list-tags-for-resource --resource-arn $arn:job/scheduled --query 'tags[0].Value' --output text)" hvac
    expect_exit 0 modeled publish --yes --output json
    expect_json "$out" .changed false
    expect_exit 0 modeled verify --job scheduled --key keys/release.pem.pub
    # whoever changes the schedule does not get the old job for it
    sed -i 's/length: 90m/length: 91m/' sealift.yaml
    expect_exit 6 modeled publish --yes
    expect_stderr "schedulingConfig is"
    expect_exit 0 modeled job cancel scheduled
    # the least policy names what a job is made from
    expect_exit 0 sealift role show --publisher
    expect_json "$out" '[.Statement[] | select(.Sid == "CreateJob") | .Resource[] | select(contains("package/radio"))] | join(" ")' \
        "$arn:package/radio $arn:package/radio/version/\$default"
}

test_a_schedule_that_aws_would_not_take_is_refused_with_its_place() {
    release late <<EOT
  schedule: {start: $(at '+29 minutes')Z}
EOT
    expect_exit 2 sealift check
    expect_stderr_matches 'sealift.yaml:14:21: .*is less than 30 minutes ahead; AWS IoT wants it at least 30 minutes ahead'
    expect_exit 0 sealift plan
    expect_stderr "publish would refuse here: schedule.start"
    expect_exit 2 sealift publish --yes
    expect_stderr "sealift.yaml:14:21"
    expect_equal "$(aws iot list-jobs --query 'jobs[?jobId==`late`]' --output text)" ""
    sed -i "s/start: .*Z}/end: $(at '+800 days')Z}/" sealift.yaml
    expect_exit 2 sealift check
    expect_stderr "is more than two years ahead"
    # a rehearsal begins at once, whatever the manifest says
    sed -i "s/end: .*Z}/start: $(at '+1 day')Z}/" sealift.yaml
    expect_exit 0 sealift rehearse
    expect_stdout "lab-1          succeeded"
}

test_a_template_is_saved_from_a_job_and_used_by_a_manifest() {
    release careful-1 <<EOT
  description: small steps
  rollout: {per_minute: 5}
  abort: [{status: failed, above: 10%, after: 3}]
  timeout: 20m
  tags: {team: hvac}
EOT
    expect_exit 0 sealift publish --yes
    expect_exit 0 modeled job template save careful careful-1 --dry-run
    expect_stdout 'rollout      {"maximumPerMinute":5}'
    expect_equal "$(aws iot list-job-templates --query 'length(jobTemplates)')" 0
    expect_exit 0 modeled job template save careful careful-1 --output json
    expect_json "$out" .jobTemplateArn $arn:jobtemplate/careful
    expect_modeled CreateJobTemplate
    aws iot describe-job-template --job-template-id careful >template.json
    expect_json template.json '[.description, .timeoutConfig.inProgressTimeoutInMinutes, .abortConfig.criteriaList[0].thresholdPercentage] | tojson' \
        '["small steps",20,10]'
    expect_equal "$(jq -r .document template.json)" "$(aws iot get-job-document --job-id careful-1 --query document --output text)"
    expect_exit 0 modeled job template save careful careful-1
    expect_stdout "exists already"
    expect_exit 6 modeled job template save careful careful-1 --description other
    expect_stderr "exists and has another description"
    expect_exit 2 modeled job template save care.ful careful-1

    release careful-2 <<EOT
  template: $arn:jobtemplate/careful
  timeout: 45m
EOT
    sed -i 's/version: 2.4.1/version: 2.4.2/' sealift.yaml
    expect_exit 0 sealift plan --offline
    expect_stdout "rollout what the template says"
    expect_exit 0 modeled publish --yes
    expect_equal "$(aws iot describe-job --job-id careful-2 --query 'job.[jobTemplateArn,jobExecutionsRolloutConfig.maximumPerMinute,timeoutConfig.inProgressTimeoutInMinutes]' --output text)" \
        "$arn:jobtemplate/careful"$'\t5\t45'
    aws iot get-job-document --job-id careful-2 --query document --output text | jq -e '.sealift.version == "2.4.2"' >/dev/null \
        || fail "the job has the template's document"
    expect_exit 0 modeled publish --yes --output json
    expect_json "$out" .changed false
    # a template that is not there is found out before anything is uploaded
    expect_exit 5 modeled plan --set release.version=2.4.3 --set job.id=careful-3 --set job.template=$arn:jobtemplate/none
    expect_stderr "job template '$arn:jobtemplate/none' does not exist"
    expect_exit 5 modeled publish --yes --set release.version=2.4.3 --set job.id=careful-3 --set job.template=$arn:jobtemplate/none
    expect_stderr_matches "sealift.yaml:[0-9]+:[0-9]+: .*job template '$arn:jobtemplate/none' does not exist"
    expect_modeled DescribeJobTemplate
    expect_equal "$(aws s3api list-object-versions --bucket acme-firmware --prefix thermostat/2.4.3/ --query 'length(Versions || `[]`)')" 0
    expect_exit 0 sealift role show --publisher
    expect_json "$out" '.Statement[] | select(.Sid == "JobTemplates") | [.Action, .Resource] | flatten | join(" ")' \
        "iot:DescribeJobTemplate $arn:jobtemplate/careful"
    # who has its job already needs the template no more
    aws iot delete-job-template --job-template-id careful
    expect_exit 0 modeled publish --yes --output json
    expect_json "$out" .changed false
}

e2e_main "$@"
