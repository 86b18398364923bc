#!/usr/bin/env bash
# labels:
# What is asked on a terminal: passphrases, PINs and the words of a ceremony; and what a signal leaves behind.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

signer=$(dirname "$SEALIFT")/sealift-signer

setup_file()
{
    "$signer" key new --quiet plain.pem >/dev/null
    SEALIFT_PASSPHRASE=river "$signer" key seal --quiet --memory 8MiB --operations 1 -o release.sealed plain.pem >/dev/null
}

on_terminal() { need python3; run python3 "$e2e_here/prompts_pty.py" "$@"; }

sign_it() { printf firmware >app.bin; on_terminal "$@" -- "$signer" sign --key sealed:../setup/release.sealed app.bin; }

test_a_passphrase_is_typed_unseen() {
    sign_it answer river
    expect_stdout "echoes=True status=0"
    [[ $(cat "$out") != *river* ]] || fail "the passphrase was shown"
    [ -s app.bin.sig ] || fail "nothing was signed"
}

test_a_wrong_passphrase_is_said_to_be_wrong() {
    sign_it answer lake
    expect_stdout "wrong, or its file was changed"
    expect_stdout "echoes=True status=2"
}

test_a_signal_at_the_prompt_leaves_a_terminal_that_echoes() {
    local signal
    for signal in SIGINT SIGTERM SIGQUIT SIGHUP; do
        sign_it signal $signal
        expect_stdout "interrupted while a passphrase was"
        expect_stdout "echoes=True status=130"
    done
    for key in 3 28; do
        sign_it type $key
        expect_stdout "echoes=True status=130"
    done
    [ ! -e app.bin.sig ] || fail "something was written"
}

test_a_process_that_may_not_lock_memory_says_so() {
    need setpriv
    ! nm -D "$SEALIFT" | grep __asan_init >/dev/null || return 0 # a sanitizer locks no memory
    printf firmware >app.bin
    export SEALIFT_PASSPHRASE=river
    expect_exit 0 "$signer" sign --key sealed:../setup/release.sealed app.bin
    expect_no_stderr
    expect_exit 0 bash -c 'ulimit -l 0; exec setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock "$@"' - \
        "$signer" sign --key sealed:../setup/release.sealed app.bin
    expect_stderr "this process may not lock memory"
}

test_help_that_did_not_arrive_is_a_failure() {
    local words
    for words in "--help" "key --help" "ceremony --help" "sign --help" "--version"; do
        # shellcheck disable=SC2086
        run bash -c 'exec "$@" >/dev/full' - "$signer" $words
        expect_equal "$status" 2 "'$words' on a full disk"
    done
}

e2e_main
