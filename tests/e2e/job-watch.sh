#!/usr/bin/env bash
# Staying with a rollout: job watch, its gates, what failed devices said, trouble on the way.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

fleet() { python3 "$e2e_here/job_fleet.py" "$@"; }

start()
{
    need recent-aws jq boto3
    make_release
    sandbox_start --quiet --prepare sealift.yaml "$@"
}

test_watch_tells_counts_and_groups_what_failed_devices_said() {
    start
    fleet make fleet 20
    fleet report fleet 0 17 SUCCEEDED
    fleet report fleet 17 19 FAILED "bad digest"
    expect_exit 2 sealift job watch fleet --until 95
    expect_stderr "--until '95' is not a percentage"
    expect_exit 2 sealift job watch fleet --soak 1m
    expect_exit 2 sealift job watch fleet --cancel
    expect_exit 5 sealift job watch no-such-job
    expect_exit 0 sealift job watch fleet --until 85% --fail-above 10%
    expect_stdout "IN_PROGRESS: 17 succeeded, 2 failed, 1 queued"
    expect_stdout '2 FAILED: {"reason":"bad digest"} (fleet-17, ...)'
    expect_exit 0 sealift job watch fleet --until 85% --soak 1s --interval 1s
    expect_stderr "staying for another 1 s"
    if command -v script >/dev/null; then
        script -qefc "'$SEALIFT' job watch fleet --until 85%" terminal >/dev/null
        expect_equal "$(grep -cF 'IN_PROGRESS [################### ]  95%' terminal)" 1 "lines with a bar"
    fi
    expect_exit 8 sealift job watch fleet --fail-above 9.99% --output json
    expect_json <(head -1 "$out") .devices.failed 2
    expect_json <(sed -n 2p "$out") '.reasons[0].count' 2
    expect_json <(sed -n 3p "$out") .error.exitStatus 8
    expect_exit 8 sealift job watch fleet --until 95% --cancel
    expect_stderr "cannot be reached any more"
    expect_equal "$(aws iot describe-job --job-id fleet --query 'job.[status,reasonCode]' --output text)" \
        $'CANCELED\tGATE_BROKEN'
    expect_exit 8 sealift job watch fleet
    expect_stderr "the job is canceled"
}

test_watch_stays_until_the_job_is_over() {
    start --fault iot.DescribeJob:expired-token,after=1,count=1
    fleet make fleet 2
    (sleep 2; fleet report fleet 0 1 SUCCEEDED; fleet report fleet 1 2 SUCCEEDED) &
    local devices=$!
    expect_exit 0 sealift job watch fleet --interval 1s
    wait "$devices"
    expect_stdout "IN_PROGRESS: 2 queued"
    expect_stdout "COMPLETED: 2 succeeded"
    expect_stderr "the credentials have expired; waiting for new ones"
    fleet make bad 1
    fleet report bad 0 1 FAILED
    expect_exit 8 sealift job watch bad --fail-above 1% --cancel
    expect_stderr "more devices than allowed did not succeed"
}

# Between watch and AWS IoT, until it is stopped.
line_up() { server_start line python3 "$e2e_here/s3_proxy.py" "$port" "$AWS_ENDPOINT_URL" "$PWD/line.log"; }
line_says() { curl -fs "http://127.0.0.1:$port/_proxy" >/dev/null; }

test_watch_goes_on_when_the_network_was_gone() {
    start
    need curl
    fleet make fleet 2
    local port line watch status=0
    port=$(free_port)
    : >line.log
    line_up
    line=$server_pid
    wait_for 60 line_says
    AWS_MAX_ATTEMPTS=1 AWS_ENDPOINT_URL_IOT=http://127.0.0.1:$port sealift job watch fleet --interval 1s >watch.out 2>watch.err &
    watch=$!
    wait_for 60 grep /jobs/fleet line.log
    server_stop "$line"
    wait_for 60 grep 'asking again' watch.err
    fleet report fleet 0 2 SUCCEEDED
    line_up
    wait "$watch" || status=$?
    expect_equal "$status" 0 "$(cat watch.err)"
    grep 'COMPLETED: 2 succeeded' watch.out
}

test_watch_gives_up_when_its_patience_ends() {
    start --fault iot.DescribeJob:expired-token
    fleet make fleet 1
    expect_exit 5 sealift job watch fleet --patience 0s
    expect_stderr ExpiredToken
    AWS_MAX_ATTEMPTS=1 AWS_ENDPOINT_URL=http://127.0.0.1:9 expect_exit 7 sealift job watch fleet --patience 1s
    expect_stderr "asking again in 1 s"
}

e2e_main "$@"
