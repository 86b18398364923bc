#!/usr/bin/env bash
# The jobs agent of the AWS IoT Device SDK for JavaScript, as it is published, takes a release from the sandbox by MQTT.
# labels: once
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

agent=$e2e_top/build/agents/node_modules/aws-iot-device-sdk/examples/jobs-agent.js

setup_file()
{
    need aws jq node
    [ -x /usr/sbin/mosquitto ] || need mosquitto
    [ -f "$agent" ] || skip "there is no jobs agent; ci/agents fetches it"
    make_release
    sandbox_start --tls --mqtt --prepare sealift.yaml
}

# Run the agent as lab-1, in the folder 'device'. It downloads by https, and is told whom to trust.
start_agent()
{
    mkdir -p device
    cd device
    NODE_EXTRA_CA_CERTS=$SEALIFT_MQTT_CERTIFICATES/root-CA.crt server_start ../agent.log node "$agent" -T lab-1 \
        -H "$SEALIFT_MQTT_HOST" -p "$SEALIFT_MQTT_PORT" -a "$SEALIFT_MQTT_CERTIFICATES/root-CA.crt" \
        -c "$SEALIFT_MQTT_CERTIFICATES/lab-1.cert.pem" -k "$SEALIFT_MQTT_CERTIFICATES/lab-1.private.key"
    cd ..
    wait_for 20 grep -q 'startJobNotifications completed' agent.log || fail "the agent did not connect: $(cat agent.log agent.log.err)"
}

# ended JOB STATUS: how the device's execution of a job ended, details in the file 'execution'
ended()
{
    wait_for 30 is_over "$1" || fail "the job is not over: $(cat execution agent.log agent.log.err)"
    expect_json execution .status "$2"
}
is_over()
{
    aws iot describe-job-execution --job-id "$1" --thing-name lab-1 --query execution --output json >execution
    ! grep -qE '"status": "(QUEUED|IN_PROGRESS)"' execution
}

test_the_agent_installs_a_release_and_refuses_a_wrong_checksum() {
    cp -r ../setup/. .
    start_agent
    expect_exit 0 sealift publish --yes --quiet
    local job
    job=$(aws iot list-jobs --query 'jobs[0].jobId' --output text)
    ended "$job" SUCCEEDED
    expect_json execution .statusDetails.detailsMap.state 'package files installed'
    expect_same device/app.bin build/app.bin
    expect_same device/radio.bin build/radio.bin

    # The same document, but for one digit of one checksum; the device has an older file by then.
    echo older >device/app.bin
    aws iot get-job-document --job-id "$job" --query document --output text >right.json
    jq -c '.files[0].checksum.inline.value |= (if startswith("0") then "1" else "0" end) + .[1:]' right.json >wrong.json
    aws iot create-job --job-id wrong --targets "arn:aws:iot:eu-west-1:$account:thing/lab-1" --document file://wrong.json \
        --presigned-url-config "roleArn=$role,expiresInSec=600" >/dev/null
    ended wrong FAILED
    expect_json execution .statusDetails.detailsMap.errorCode ERR_DOWNLOAD_FAILED
    expect_json execution .statusDetails.detailsMap.downloadError 'Error: Checksum mismatch'
    expect_equal "$(cat device/app.bin)" older "the file that was put back"
}

# A job that waited for the device: the agent asks for it when it connects.
test_the_agent_finds_a_job_that_waited_for_it() {
    cp -r ../setup/. .
    expect_exit 0 sealift publish --yes --quiet --set release.version=2.5.0
    start_agent
    ended "$(aws iot list-jobs --output json | jq -r '.jobs[].jobId | select(contains("2-5-0"))')" SUCCEEDED
    expect_same device/app.bin build/app.bin
}

e2e_main "$@"
