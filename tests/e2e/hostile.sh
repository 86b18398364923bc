#!/usr/bin/env bash
# labels: slow once
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

# --- what a stranger left in the bucket

# statement_key: the stored statement's key
statement_key() { versions | sed -n 's/\(.*statement.json\) .*/\1/p' | sed -n 1p; }

put() { aws s3api put-object --bucket acme-firmware --key "$1" --body "$2" --content-type application/json >/dev/null; }

test_what_a_stranger_stored_is_never_adopted() {
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift publish --yes
    local key way
    key=$(statement_key)
    aws s3api get-object --bucket acme-firmware --key "$key" good >/dev/null
    for way in '.signatures.app.signature = .signatures.radio.signature' '.dsseEnvelope.signatures[0].sig = "AAAA"' \
        '.dsseEnvelope.signatures = []' '.dsseEnvelope.payload |= @base64' '.extra = 1' '.mediaType = "x"' '[.]' \
        'del(.signatures.app)' '.signatures.app.algorithm = "none"' '.signatures.app.keyid = "0"' 'null'; do
        jq -cS "$way" good | tr -d '\n' >bad
        put "$key" bad
        run sealift publish --yes
        [ "$status" = 4 ] || [ "$status" = 6 ] || fail "exit status $status after: $way"
        expect_stderr "statement.json"
        run sealift plan --detailed-exitcode
        [ "$status" = 4 ] || [ "$status" = 6 ] || fail "plan: exit status $status after: $way"
    done
    for way in "" "{" "$(printf '[%.0s' {1..5000})"; do
        printf '%s' "$way" >bad
        put "$key" bad
        expect_exit 6 sealift publish --yes
    done
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 1
}

test_a_receipt_that_was_edited_does_not_verify() {
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift publish --yes
    cp .sealift/thermostat-2.4.1/receipt.json good.json
    expect_exit 0 sealift verify --remote --key keys/release.pem.pub good.json
    local way
    for way in '.planDigest = ("0" * 64)' '.release.version = "2.4.2"' '.release.name = "valve"' 'del(.artifacts.radio)' \
        '.artifacts.app.sha256 = ("0" * 64)' '.artifacts.app.size = 1' '.artifacts.app.object = .artifacts.radio.object' \
        '.artifacts.app = .artifacts.radio' '.jobs.job.id = "other"' '.jobs.job.document.sha256 = ("0" * 64)' \
        '.artifacts = {}' '.jobs = {}' '.jobs = []' '.statement = .artifacts.app' '.bucket.name = "../../x"' \
        '.bucket.region = "\u001b[2J"' '.planDigest = 5'; do
        jq -cS "$way" good.json >bad.json
        run sealift verify --remote --key keys/release.pem.pub bad.json
        [ "$status" != 0 ] && [ "$status" != 1 ] || fail "exit status $status after: $way"
        expect_stderr_matches '^sealift: '
        ! grep -q "receipt: good\|good, receipt" "$out" || fail "said to be good after: $way"
        expect_tame
    done
}

test_a_changed_file_is_named_with_its_digest_and_the_signed_one() {
    need aws jq
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift publish --yes
    aws s3api get-object --bucket acme-firmware --key "$(statement_key)" statement.json >/dev/null
    expect_exit 0 sealift verify --key keys/release.pem.pub --statement statement.json build/app.bin build/radio.bin
    local before now
    before=$(sha256sum <build/app.bin | cut -d' ' -f1)
    printf x >>build/app.bin
    now=$(sha256sum <build/app.bin | cut -d' ' -f1)
    expect_exit 4 sealift verify --key keys/release.pem.pub --statement statement.json build/app.bin
    expect_stderr "'build/app.bin' has sha256 $now, which no file of release thermostat 2.4.1 has"
    expect_stderr "the signed statement has for 'app' $before"
    cp build/app.bin other
    expect_exit 4 sealift verify --key keys/release.pem.pub --statement statement.json other
    expect_stderr "has 'app' $before, 'radio' "
}

# --- those who call the sandbox

test_the_sandbox_answers_what_is_malformed_and_lives() {
    need python3
    server_start sandbox "$SEALIFT" sandbox --listen 127.0.0.1:0
    wait_for 20 grep -q AWS_SECRET_ACCESS_KEY sandbox || fail "the sandbox did not come up"
    # shellcheck disable=SC1091
    . ./sandbox
    e2e_last="hostile_client.py" status=0 out=$PWD/.out err=$PWD/.err
    timeout 200 python3 "$e2e_here/hostile_client.py" "${AWS_ENDPOINT_URL##*:}" >"$out" 2>"$err" || fail "the sandbox answered as it should not"
    kill -0 "$server_pid" || fail "the sandbox is gone"
    server_stop "$server_pid"
    cp sandbox.err "$err"
    expect_tame
    ! grep -q Sanitizer "$err" || fail "a sanitizer spoke"
}

# --- signals

# A server that takes connections, prints a line for each, and never says anything: sets $hang_port.
hang_start()
{
    need python3
    server_start hang.log python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
with open("hang.port", "w") as f:
    f.write(f"{s.getsockname()[1]}\n")
kept = []
while len(kept) < 1000:
    kept.append(s.accept())
    print("taken", flush=True)'
    wait_for 10 test -s hang.port
    hang_port=$(cat hang.port)
}

# signaled SIGNAL WHEN COMMAND...: send it when the command WHEN succeeds, expect the end soon and status 130.
signaled()
{
    local signal=$1 when=$2 pid taken
    shift 2
    e2e_last="$* and SIG$signal" status=0 out=$PWD/.out err=$PWD/.err
    taken=$(wc -l <hang.log)
    setsid "$SEALIFT" "$@" >"$out" 2>"$err" </dev/null &
    pid=$!
    e2e_pids+=("$pid")
    wait_for 20 eval "$when" || fail "it never came so far: $when"
    kill "-$signal" "$pid"
    wait_for 15 e2e_gone "$pid" || fail "it goes on"
    wait "$pid" || status=$?
    [ "$status" = 130 ] || fail "exit status $status, expected 130"
    expect_stderr interrupted
}

e2e_gone() { ! kill -0 "$1" 2>/dev/null || [ "$(ps -o stat= -p "$1" | cut -c1)" = Z ]; }

test_an_interrupt_ends_everything_soon_with_130() {
    make_release
    some_credentials
    hang_start
    truncate -s 20G big
    sed 's|build/app.bin|big|' sealift.yaml >big.yaml
    sealift sign --key file:keys/release.pem build/radio.bin >/dev/null
    local signal reads='grep -qs "big$" <(readlink /proc/$pid/fd/* /proc/$pid/task/*/fd/*)'
    local talks='[ "$(wc -l <hang.log)" -gt "$taken" ]'
    for signal in INT TERM; do
        signaled $signal "$reads" plan --offline big.yaml
        signaled $signal "$reads" publish --yes big.yaml
        signaled $signal "$reads" rehearse big.yaml
        signaled $signal "$reads" sign --key file:keys/release.pem big
        signaled $signal "$reads" verify --key keys/release.pem.pub --signature build/radio.bin.sig big
        signaled $signal "$talks" publish --yes --endpoint-url "http://127.0.0.1:$hang_port"
        signaled $signal "$talks" job list --endpoint-url "http://127.0.0.1:$hang_port"
        signaled $signal "$talks" doctor --endpoint-url "http://127.0.0.1:$hang_port"
    done
    expect_file_absent big.sig
    expect_file_absent .sealift
    expect_only build app.bin radio.bin radio.bin.sig
}

test_a_signing_process_that_is_killed_is_told_of() {
    need aws
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    export AWS_ENDPOINT_URL
    hang_start
    # It waits for the server that never answers; the process that holds the keys is its only child.
    e2e_last="publish without its signing process" status=0 out=$PWD/.out err=$PWD/.err
    mkfifo release
    server_start relay.log python3 "$e2e_here/hostile_server.py" late "$PWD/release" "$PWD/relay.port" "${AWS_ENDPOINT_URL##*:}"
    wait_for 10 test -s relay.port
    "$SEALIFT" publish --yes --endpoint-url "http://127.0.0.1:$(cat relay.port)" >"$out" 2>"$err" </dev/null &
    local pid=$!
    wait_for 20 grep -q . relay.log || fail "it asked nothing"
    kill -KILL "$(ps -o pid= --ppid "$pid")"
    echo go >release
    wait "$pid" || status=$?
    [ "$status" = 1 ] || fail "exit status $status, expected 1"
    expect_stderr "the signing process was ended by signal 9"
    expect_nothing_written
}

test_a_key_is_made_whole_or_not_at_all() {
    expect_exit 0 sealift key new k
    expect_exit 6 timeout 20 "$SEALIFT" key new --type rsa-4096 k
    rm k
    expect_exit 6 timeout 20 "$SEALIFT" key new k
    expect_stderr "'k.pub' exists already"
    expect_file_absent k
}

# --- the local state

test_a_state_folder_that_will_not_do_is_refused_before_the_first_request() {
    make_release
    some_credentials
    export AWS_ENDPOINT_URL=http://127.0.0.1:1
    : >file
    mkfifo fifo
    ln -s nowhere dangling
    ln -s loop loop
    local state
    for state in file fifo dangling loop /dev/null file/below "$(printf 'a%.0s' {1..5000})"; do
        expect_exit 2 timeout 20 "$SEALIFT" publish --yes --state "$state"
        expect_stderr "the receipt could not be kept; choose another folder with --state"
    done
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
