#!/usr/bin/env bash
# timeout: 400
# A hostile and careless world: servers that lie, files that are none, standard streams that are gone.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# hostile_start KIND MODE [PORT]: sets $hostile_port and $hostile_log, where each request is one line.
hostile_start()
{
    need python3
    hostile_log=$PWD/$2.log
    server_start "$hostile_log" python3 "$e2e_here/hostile_server.py" "$1" "$2" "$PWD/$2.port" "${3:-0}"
    wait_for 10 test -s "$2.port" || fail "the hostile server did not come up: $(cat "$hostile_log.err")"
    hostile_port=$(cat "$2.port")
    rm "$2.port"
}

some_credentials()
{
    export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENG AWS_REGION=eu-west-1
    export AWS_SESSION_TOKEN=sessiontokensessiontoken
}

# What it printed has no control character, and no line but sealift's own.
expect_tame()
{
    ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$out" "$err" || fail "control characters were printed"
    ! grep -qE '^::' "$out" "$err" || fail "a line was forged"
    expect_silence_about wJalrXUtnFEMIK7MDENG
    expect_silence_about sessiontokensessiontoken
}

# --- servers

# At the same time against every kind of server: what waits before it tries again waits together.
nonsense()
{
    local want=$1 mode pids=() i verb
    IFS=" " read -ra verb <<<"$2"
    shift 2
    for mode in "$@"; do
        hostile_start say "$mode"
        AWS_ENDPOINT_URL=http://127.0.0.1:$hostile_port timeout 60 "$SEALIFT" "${verb[@]}" >"$mode.out" 2>"$mode.err" </dev/null &
        pids+=($!)
    done
    for mode in "$@"; do
        i=$((${i:--1} + 1)) status=0 e2e_last="${verb[*]}, from a server that says $mode" out=$mode.out err=$mode.err
        wait "${pids[$i]}" || status=$?
        [ "$status" = "$want" ] || fail "exit status $status, expected $want"
        expect_no_stdout
        expect_tame
    done
}

test_a_server_that_talks_nonsense_is_trouble_of_the_network() {
    make_release
    some_credentials
    local all="garbage no-status short-length gzip-bomb deep-json deep-xml entities empty array numbers proxy-page
        nothing truncated negative-length two-lengths vast-length bad-chunk vast-chunk error-in-200"
    # shellcheck disable=SC2086
    nonsense 7 "job list" $all
    # shellcheck disable=SC2086
    nonsense 7 "publish --yes" $all
    expect_file_absent .sealift
}

test_a_server_that_never_ends_is_cut_off() {
    make_release
    some_credentials
    local mode
    for mode in endless-headers endless-continue endless-body endless-error; do
        hostile_start say $mode
        AWS_ENDPOINT_URL=http://127.0.0.1:$hostile_port expect_exit 7 timeout 60 "$SEALIFT" job list
        expect_stderr "the reply has more than"
        server_stop "$server_pid"
    done
}

test_a_redirect_is_not_followed() {
    make_release
    some_credentials
    hostile_start say empty
    local other=$hostile_log mode
    for mode in redirect redirect-file; do
        hostile_start say $mode "$hostile_port"
        export AWS_ENDPOINT_URL=http://127.0.0.1:$hostile_port
        expect_exit 5 sealift job list
        expect_stderr "redirects are not followed"
        expect_exit 5 sealift publish --yes
        expect_stderr "redirects are not followed"
    done
    expect_equal "$(cat "$other")" "" "requests that arrived where the redirect led"
}

test_what_a_server_says_cannot_take_the_terminal() {
    make_release
    some_credentials
    local mode
    for mode in escapes escapes-json; do
        hostile_start say $mode
        export AWS_ENDPOINT_URL=http://127.0.0.1:$hostile_port
        expect_exit 5 sealift publish --yes
        expect_stderr "::error::forged" # on the line of the message, where it is only text
        expect_tame
        expect_exit 5 sealift job list --color always
        expect_exit 5 sealift job status some-job
        expect_tame
    done
}

# tampered MODE: publish through something that lies about what the sandbox said.
tampered()
{
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    sandbox_url=$AWS_ENDPOINT_URL
    hostile_start tamper "$1" "${sandbox_url##*:}"
    export AWS_ENDPOINT_URL=http://127.0.0.1:$hostile_port
}

jobs_there() { AWS_ENDPOINT_URL=$sandbox_url aws iot list-jobs --output json | jq '.jobs | length'; }

test_an_upload_without_a_version_registers_nothing() {
    local mode
    for mode in no-version null-version; do
        tampered $mode
        expect_exit 5 sealift publish --yes
        expect_stderr "app.bin"
        expect_equal "$(jobs_there)" 0 "jobs"
        expect_file_absent .sealift
    done
}

test_a_checksum_of_other_bytes_registers_nothing() {
    tampered wrong-checksum
    expect_exit 4 sealift publish --yes
    expect_stderr "which is not what was sent"
    expect_equal "$(jobs_there)" 0 "jobs"
}

test_other_bytes_read_back_register_nothing() {
    tampered no-checksum-other-bytes
    expect_exit 4 sealift publish --yes
    expect_stderr "was stored just now and holds other bytes"
    expect_equal "$(jobs_there)" 0 "jobs"
}

# --- files

test_only_regular_files_are_files() {
    make_release
    mkfifo fifo
    mkdir dir
    ln -s loop2 loop1
    ln -s loop1 loop2
    local f verb
    for f in fifo dir loop1 /dev/zero /dev/null /dev/full missing ""; do
        for verb in "sign --key file:keys/release.pem" "sign --key file:$f build/app.bin" check "verify --key $f" \
            "verify --key keys/release.pem.pub --statement $f" "publish --yes" "key show"; do
            # shellcheck disable=SC2086
            expect_exit 2 timeout 20 "$SEALIFT" $verb "$f"
        done
    done
    for f in fifo dir loop1 /dev/zero; do
        sed "s|build/app.bin|$f|" sealift.yaml >other.yaml
        expect_exit 2 timeout 20 "$SEALIFT" plan --offline other.yaml
        expect_stderr_matches '^sealift: other.yaml:4:[0-9]+: artifacts.app.file: '
    done
    expect_file_absent .sealift
}

test_a_name_of_a_file_cannot_take_the_terminal() {
    make_release
    local name=$'a\n::error::forged\e[31m\e]0;title\a'
    : >"$name"
    expect_exit 0 sealift sign --key file:keys/release.pem "$name"
    expect_tame
    expect_exit 2 sealift check "$name"
    expect_tame
    expect_exit 4 sealift verify --key keys/release.pem.pub --signature "$name.sig" build/app.bin
    expect_exit 2 sealift key show "$name"
    expect_tame
    expect_exit 2 sealift "$name"
    expect_tame
    expect_exit 2 sealift check "--$name"
    expect_tame
}

# --- what the program stands on

test_a_closed_stdout_is_an_error_everywhere() {
    make_release
    local words
    for words in --help --version "check --help" check "key show keys/release.pem" "check --schema" "plan --offline" \
        "plan --offline --output json" "sign --key file:keys/release.pem build/app.bin"; do
        expect_exit 2 bash -c '"$0" $1 >/dev/full' "$SEALIFT" "$words"
        expect_stderr "cannot write to stdout"
        expect_exit 2 bash -c '"$0" $1 >&-' "$SEALIFT" "$words"
        expect_stderr "cannot write to stdout"
    done
}

test_what_is_printed_never_ends_in_a_file_that_took_stdout_s_number() {
    make_release
    expect_exit 2 bash -c '"$0" sign --key file:keys/release.pem build/app.bin <&- >&- 2>&-' "$SEALIFT"
    expect_exit 0 sealift verify --key keys/release.pem.pub build/app.bin
    expect_equal "$(wc -l <build/app.bin.sig)" 1
}

e2e_main "$@"
