#!/usr/bin/env bash
# Secrets stay inside: no socket in the process that signs, nothing secret in what is said or written.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

test_the_signing_process_has_no_socket() {
    need strace aws
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    # LeakSanitizer cannot work in a process that is traced.
    export ASAN_OPTIONS=detect_leaks=0
    SEALIFT_WRAP="strace -ff -o trace -e trace=openat,socket,connect,write" expect_exit 0 sealift publish --yes
    local signing
    signing=$(grep -l 'keys/release.pem' trace.*)
    expect_equal "$(echo "$signing" | wc -l)" 1 "one process opens the key"
    ! grep -E '^(socket|connect)\(' "$signing" || fail "the signing process used a socket"
    grep -qE '^socket\(' trace.* || fail "no process used a socket, so this test saw nothing"
}

test_nothing_secret_is_said_or_written() {
    need aws
    make_release
    sandbox_start --prepare sealift.yaml
    local said key
    key=$(grep -v -- ----- keys/release.pem | tr -d '\n' | cut -c40-100)
    expect_exit 0 sealift publish --yes --output json
    said=$(cat "$out" "$err")
    AWS_SESSION_TOKEN=sessiontokensessiontoken expect_exit 5 sealift publish --yes --attempt 2
    said+=$(cat "$out" "$err" .sealift/*/* "$e2e_work"/sandbox.*)
    local secret
    for secret in "$key" sessiontokensessiontoken X-Amz-Signature=; do
        [[ $said != *"$secret"* ]] || fail "a secret was told: $secret"
    done
    [[ $(cat "$out" "$err" .sealift/*/*) != *"$AWS_SECRET_ACCESS_KEY"* ]] || fail "the secret access key was told"
}

e2e_main "$@"
