#!/usr/bin/env bash
# Staged promotion: each stage is a job, registered once the things of the stage before have passed its gate.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# A release for the lab, then for canaries, then for everybody.
make_staged_release()
{
    make_release
    sed -i '/^  targets:/d' sealift.yaml
    cat >>sealift.yaml <<'EOT'
  stages:
    - {name: lab, targets: [thing/lab-1, thing/lab-2], until: 50%, fail_above: 0%}
    - {name: canary, targets: [thing/canary-1], until: 100%, soak: 8s}
    - {name: fleet, targets: [thing/fleet-1]}
EOT
}

start()
{
    need aws jq
    make_staged_release
    sandbox_start --quiet --prepare sealift.yaml
}

jobs() { aws iot list-jobs --output json | jq -r '[.jobs[].jobId] | sort | join(" ")'; }

job_of() { jq -r ".jobs.$1.id" .sealift/thermostat-2.4.1/receipt.json; }

# The thing has taken the job of a stage.
report() { aws iot-jobs-data update-job-execution --job-id "$(job_of "$1")" --thing-name "$2" --status "$3" >/dev/null; }

receipts() { versions | sed -n 's/.*\/\(receipt[^ ]*\) .*/\1/p' | tr '\n' ' '; }

test_each_stage_is_registered_when_the_one_before_is_through() {
    local lab canary
    start
    expect_exit 0 sealift plan
    expect_stdout "stage   once 50 % of stage 'lab' have succeeded, 0 % at most failed"
    expect_stdout "stage   once 100 % of stage 'canary' have succeeded, for 8s"
    expect_exit 0 sealift publish --yes --output json
    expect_json "$out" '[(.receipt.jobs | keys | join(" ")), (.waiting | map(.stage) | join(" "))] | join(",")' "lab,canary fleet"
    expect_json "$out" .waiting[0].reason "stage 'lab' comes first"
    lab=$(job_of lab)
    expect_equal "$(jobs)" "$lab" "jobs"
    expect_equal "$(receipts)" "receipt.stage-1.json "
    expect_exit 0 sealift verify --key keys/release.pem.pub --remote .sealift/thermostat-2.4.1/receipt.json
    expect_exit 0 sealift verify --key keys/release.pem.pub --remote
    expect_exit 0 sealift job status
    expect_stdout "2: 2 queued"
    expect_stdout "not registered: the stage before it comes first"
    expect_exit 2 sealift job watch
    expect_stderr "the manifest has 3 jobs; name one of them by its id, such as '$lab'"
    # Nobody is through: it is as it was.
    versions >before
    expect_exit 0 sealift publish --yes
    expect_stdout "was published already; nothing was changed"
    expect_stdout "0 of 2 things of stage 'lab' have"
    expect_equal "$(versions)" "$(cat before)"
    expect_exit 0 sealift plan --detailed-exitcode
    expect_stdout "What publish would do: nothing now"
    expect_stdout ". register  thermostat-2-4-1-canary"
    # Half of the lab is enough.
    report lab lab-1 SUCCEEDED
    expect_exit 3 sealift plan --detailed-exitcode
    expect_stdout "+ register  thermostat-2-4-1-canary"
    rm -r .sealift
    expect_exit 0 sealift publish --yes
    expect_stdout_matches "job +$lab, was registered already"
    canary=$(job_of canary)
    expect_stdout_matches "job +$canary, registered"
    expect_equal "$(jobs)" "$(printf '%s\n' "$lab" "$canary" | sort | tr '\n' ' ' | sed 's/ $//')" "jobs"
    expect_equal "$(receipts)" "receipt.stage-1.json receipt.stage-2.json "
    # The canary has to soak, and that is waited for.
    report canary canary-1 SUCCEEDED
    expect_exit 0 sealift publish --yes
    expect_stdout "stage 'canary' has reached 100 %"
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 2 "jobs"
    expect_exit 0 sealift publish --yes --wait --interval 1s --output json
    expect_stderr "stage 'fleet' waits: stage 'canary' has reached 100 % and soaks until"
    expect_json "$out" '[.changed, (.receipt.jobs | keys | join(" ")), .waiting] | @json' '[true,"canary fleet lab",null]'
    expect_equal "$(receipts)" "receipt.json receipt.stage-1.json receipt.stage-2.json "
    expect_exit 0 sealift verify --key keys/release.pem.pub --remote .sealift/thermostat-2.4.1/receipt.json
    expect_exit 0 sealift verify --key keys/release.pem.pub --remote sealift.yaml --output json
    expect_json "$out" '.checks | map(select(.check == "job")) | length' 3
    expect_exit 0 sealift job explain "$canary"
    expect_stdout "/receipt.json"
    # And that is all.
    versions >before
    expect_exit 0 sealift publish --yes --wait --interval 1s
    expect_stdout "was published already; nothing was changed"
    expect_equal "$(versions)" "$(cat before)"
}

test_a_stage_that_fails_ends_the_promotion() {
    start
    expect_exit 0 sealift publish --yes
    report lab lab-1 SUCCEEDED
    report lab lab-2 FAILED
    versions >before
    expect_exit 8 sealift publish --yes
    expect_stderr_matches "sealift.yaml:[0-9]+:[0-9]+: stage 'lab' has failed, and stage 'canary' is not begun: job '$(job_of lab)': more devices than allowed did not succeed"
    expect_exit 8 sealift publish --yes --wait --interval 1s
    expect_exit 8 sealift plan
    expect_equal "$(versions)" "$(cat before)"
    expect_equal "$(jobs)" "$(job_of lab)" "jobs"
    # Another attempt begins at the beginning.
    expect_exit 0 sealift publish --yes --attempt 2
    expect_json .sealift/thermostat-2.4.1/receipt.json '.jobs | keys | join(" ")' lab
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 2 "jobs"
    expect_equal "$(receipts)" "receipt.stage-1.2.json receipt.stage-1.json "
}

test_through_goes_no_further_than_asked() {
    start
    expect_exit 2 sealift publish --yes --through lb
    expect_stderr "--through 'lb': the manifest has no stage of that name"
    expect_exit 2 sealift publish --yes --through lab sealift.yaml sealift.yaml
    expect_nothing_written
    expect_exit 0 sealift publish --yes --through lab --wait
    report lab lab-1 SUCCEEDED
    expect_exit 0 sealift publish --yes --through lab
    expect_stdout "--through ends"
    expect_equal "$(jobs)" "$(job_of lab)" "jobs"
    expect_exit 0 sealift publish --yes --through canary
    expect_json .sealift/thermostat-2.4.1/receipt.json '.jobs | keys | join(" ")' "canary lab"
    # Somebody deletes the first job: what was promoted stands on nothing.
    aws iot delete-job --job-id "$(job_of lab)" --force
    for _ in $(seq 100); do aws iot describe-job --job-id "$(job_of lab)" >/dev/null 2>&1 || break; done
    expect_exit 6 sealift publish --yes
    expect_stderr "of a later stage exists, but job '$(job_of lab)' of stage 'lab' does not"
}

test_waiting_can_be_interrupted_and_done_by_two() {
    local first second
    start
    expect_exit 2 sealift publish --yes --interval 1s
    expect_stderr "give --wait too"
    "$SEALIFT" publish --yes --wait --interval 1s 2>waiting &
    first=$!
    for _ in $(seq 100); do grep -qF "stage 'canary' waits" waiting && break || sleep 0.1; done
    kill -INT "$first"
    first=0 && wait $! || first=$?
    expect_equal "$first" 130 "exit status"
    grep -qF "'sealift publish' goes on from there" waiting || fail "not said how to go on"
    # Two machines with nothing in common but the manifest.
    "$SEALIFT" publish --yes --wait --interval 1s --state one >one.out 2>&1 &
    first=$!
    "$SEALIFT" publish --yes --wait --interval 1s --state two >two.out 2>&1 &
    second=$!
    report lab lab-2 SUCCEEDED
    for _ in $(seq 300); do [ "$(aws iot list-jobs --output json | jq '.jobs | length')" = 2 ] && break || sleep 0.1; done
    expect_exit 0 sealift publish --yes
    report canary canary-1 SUCCEEDED
    wait "$first" || fail "the first: $(cat one.out)"
    wait "$second" || fail "the second: $(cat two.out)"
    expect_same one/thermostat-2.4.1/receipt.json two/thermostat-2.4.1/receipt.json
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 3 "jobs"
    expect_equal "$(versions | grep -c receipt)" 3 "receipts"
}

test_a_promotion_is_rehearsed_stage_after_stage() {
    make_staged_release
    sed -i 's/until: 50%, fail_above: 0%/until: 100%/; s/thing\/fleet-1/group\/all/' sealift.yaml
    expect_exit 0 sealift rehearse
    expect_stdout_matches "job +thermostat-2-4-1-lab-[0-9a-f]{12}, was registered already"
    expect_stdout_matches "job +thermostat-2-4-1-fleet-[0-9a-f]{12}, registered"
    for thing in lab-1 lab-2 canary-1 device-1 device-2 device-3; do
        expect_stdout_matches "$thing +succeeded: 2 files"
    done
    expect_exit 8 sealift rehearse --running canary-1=9.0.0
    expect_stdout_matches "lab-1 +succeeded"
    expect_stdout_matches "canary-1 +rejected: .*UNEXPECTED"
    expect_stdout_matches "device-1 +idle"
    expect_stderr "stage 'canary' has failed, and stage 'fleet' is not begun"
}

test_a_rollback_goes_to_all_stages_at_once() {
    start
    expect_exit 0 sealift publish --yes --set release.version=2.4.0
    aws iot-jobs-data update-job-execution --thing-name lab-1 --status SUCCEEDED \
        --job-id "$(jq -r .jobs.lab.id .sealift/thermostat-2.4.0/receipt.json)" >/dev/null
    expect_exit 2 sealift publish --yes --rollback-to 2.4.0
    expect_stderr "--rollback-to 2.4.0: that version has not come to its last stage"
    expect_exit 0 sealift publish --yes --set release.version=2.4.0
    aws iot-jobs-data update-job-execution --thing-name canary-1 --status SUCCEEDED \
        --job-id "$(jq -r .jobs.canary.id .sealift/thermostat-2.4.0/receipt.json)" >/dev/null
    expect_exit 0 sealift publish --yes --wait --interval 1s --set release.version=2.4.0
    expect_exit 0 sealift publish --yes
    expect_exit 0 sealift publish --yes --rollback-to 2.4.0 --output json
    expect_json "$out" '[(.receipt.jobs | keys | join(" ")), .waiting] | @json' '["canary fleet lab",null]'
}

e2e_main "$@"
