#!/usr/bin/env bash
# A fleet of 10,000 devices of which 3 % fail: what watch counts, where an abort rule ends the rollout, and the way back.
# labels: slow
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

is_sanitized() { nm -D "$SEALIFT" | grep __asan_init >/dev/null; }

fleet() { "$SEALIFT_TEST_FLEET" keys/release.pem.pub "$n" "$@" running; }

counts() { aws iot describe-job --job-id "$1" --query "job.jobProcessDetails.$2" --output text; }

job_of() { jq -r .jobs.job.id ".sealift/thermostat-$1/receipt.json"; }

test_ten_thousand_devices_take_a_release_stop_another_and_come_back() {
    local watch ended failed
    need aws jq
    [ -x "${SEALIFT_TEST_FLEET:-}" ] || skip "the test fleet was not built"
    n=10000
    if is_sanitized; then
        n=1000
        echo "sanitized: $n devices in place of 10000"
    fi
    make_release
    head -c 2000 /dev/urandom >build/app.bin
    head -c 1000 /dev/urandom >build/radio.bin
    sed -i 's/thing\/lab-1/group\/all/' sealift.yaml
    sandbox_start --quiet --prepare sealift.yaml --devices "$n"
    # 3 % fail, and watch has seen every one of them.
    expect_exit 0 sealift publish --yes
    sealift job watch "$(job_of 2.4.1)" --until 97% --fail-above 3% --interval 1s >watched 2>&1 &
    watch=$!
    e2e_pids+=("$watch")
    expect_exit 0 fleet 3
    expect_stdout "$((n * 97 / 100)) succeeded, $((n * 3 / 100)) failed, 0 rejected, 0 idle"
    wait "$watch" || fail "watch: $(cat watched)"
    grep -q "COMPLETED: $((n * 97 / 100)) succeeded, $((n * 3 / 100)) failed\$" watched || fail "watch: $(tail -3 watched)"
    expect_equal "$(counts "$(job_of 2.4.1)" '[numberOfSucceededThings, numberOfFailedThings]')" \
        "$(printf '%s\t%s' $((n * 97 / 100)) $((n * 3 / 100)))"
    expect_exit 8 sealift job watch "$(job_of 2.4.1)"
    # The next release is aborted as soon as a tenth is through with more than 2 % failures.
    sed -i '$a\  abort: [{status: failed, above: 2%, after: '$((n / 10))'}]' sealift.yaml
    expect_exit 0 sealift publish --yes --set release.version=2.4.2
    expect_exit 0 fleet 3
    expect_exit 8 sealift job watch "$(job_of 2.4.2)"
    expect_stderr "the job is canceled"
    failed=$(counts "$(job_of 2.4.2)" numberOfFailedThings)
    ended=$((failed + $(counts "$(job_of 2.4.2)" numberOfSucceededThings)))
    [ "$ended" -ge $((n / 10)) ] && [ "$ended" -le $((n / 10 + 2)) ] || fail "the rollout ended after $ended devices"
    expect_equal "$(counts "$(job_of 2.4.2)" numberOfCanceledThings)" $((n - ended)) "canceled"
    expect_equal "$(grep -c '^2.4.2$' running)" "$(counts "$(job_of 2.4.2)" numberOfSucceededThings)" "devices with 2.4.2"
    # And all of them come back.
    sed -i '/^  abort:/d' sealift.yaml
    expect_exit 0 sealift publish --yes --rollback-to 2.4.1 --set release.version=2.4.2
    expect_exit 0 fleet 0
    expect_stdout "$n succeeded, 0 failed, 0 rejected, 0 idle"
    expect_equal "$(sort running | uniq -c | tr -s ' ')" " $n 2.4.1"
    expect_exit 0 sealift job watch "$(job_of 2.4.1)"
    expect_stdout "COMPLETED: $n succeeded"
}

e2e_main "$@"
