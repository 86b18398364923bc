#!/usr/bin/env bash
# timeout: 400
# labels: valgrind
# sealift-signer: the program of key holders, for machines without a network.
. "$(dirname "$0")/lib.sh"

signer=$(dirname "$SEALIFT")/sealift-signer
signer() { ${SEALIFT_WRAP:-} "$signer" "$@"; }

# The programs there are: the one file that needs no libraries is built where Debian has those as archives.
programs()
{
    printf '%s\n' "$signer"
    [ ! -x "$signer-static" ] || printf '%s\n' "$signer-static"
}

make_keys()
{
    signer key new --quiet release.pem >/dev/null
    printf 'open sesame\n' >pass
    signer key seal --quiet release.pem -o release.sealed --passphrase-fd 3 3<pass >/dev/null
    head -c 100000 /dev/urandom >app.bin
}

test_it_is_linked_with_no_network() {
    need ldd
    ldd "$signer" >libraries
    grep -q libcrypto libraries
    ! grep -E 'curl|ssl\.|microhttpd|nghttp|gnutls|resolv' libraries
    [ ! -x "$signer-static" ] || ! ldd "$signer-static" | grep -E '=>'
}

test_it_has_the_verbs_of_key_holders_only() {
    local verb
    expect_exit 0 signer --help
    expect_stdout "usage: sealift-signer VERB"
    ! grep -E 'region|endpoint|AWS_|publish' "$out"
    for verb in init plan publish rehearse sandbox doctor "job list" "role check"; do
        # shellcheck disable=SC2086  # a verb of two words is two words
        expect_exit 2 signer $verb
        expect_stderr "unknown verb"
    done
    expect_exit 2 signer sign --region eu-west-1 x
    expect_stderr "unknown option '--region'"
    expect_exit 0 signer --version
    expect_stdout "sealift-signer "
}

test_its_help_fits_a_terminal() {
    local verb
    signer --help | sed -n '/^verbs:/,/^options/p' | grep -E '^  [a-z]' | sed -E 's/^  ([a-z]+( (new|show|seal|split|combine|contribute|change|sign|check|request|verify|rehearse|script))?).*/\1/' >verbs
    [ "$(wc -l <verbs)" -ge 19 ]
    while read -r verb; do
        # shellcheck disable=SC2086  # a verb of two words is two words
        signer $verb --help >help
        [ "$(awk 'length > 80' help)" = "" ]
    done <verbs
}

test_each_program_signs_what_openssl_verifies() {
    need openssl base64
    local program
    make_keys
    while read -r program; do
        expect_exit 0 "$program" sign --key file:release.pem app.bin
        base64 -d app.bin.sig >raw.sig
        openssl dgst -sha256 -verify release.pem.pub -signature raw.sig app.bin
        expect_exit 0 "$program" sign --key sealed:release.sealed --passphrase-fd 3 app.bin 3<pass
        base64 -d app.bin.sig | cmp - raw.sig
        expect_exit 0 "$program" verify --key release.pem.pub app.bin
        expect_stdout "app.bin: good"
    done < <(programs)
}

test_a_key_in_aws_is_named_as_out_of_reach() {
    printf x >app.bin
    expect_exit 2 signer sign --key awskms:alias/firmware app.bin
    expect_stderr "sealift-signer reaches no network"
    expect_exit 2 signer key show awskms:alias/firmware
    expect_stderr "'sealift' signs with it"
}

# What processes of a command did: every call that could make a socket or open a file, of it and of its children.
traced()
{
    need strace
    # LeakSanitizer cannot work in a process that is traced already.
    ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=socket,socketpair,connect,io_uring_setup,openat,open,landlock_restrict_self "$@" \
        || skip "strace may not trace here"
}

test_a_signing_makes_no_socket() {
    local program key
    make_keys
    while read -r program; do
        for key in file:release.pem sealed:release.sealed; do
            traced "$program" sign --key $key --passphrase-fd 3 app.bin 3<pass >/dev/null
            ! grep -E 'socket|connect|io_uring' trace
        done
    done < <(programs)
}

test_the_process_that_holds_the_key_gives_up_files_once_it_is_open() {
    local last
    make_keys
    traced "$signer" sign --key file:release.pem app.bin >/dev/null
    grep -q 'landlock_restrict_self.*= 0' trace || skip "this kernel has no Landlock"
    # In that process nothing is opened after it; the key was before.
    last=$(grep -m1 landlock_restrict_self trace | cut -d' ' -f1)
    grep "^$last " trace | sed '1,/landlock_restrict_self/d' >after
    ! grep -E 'open' after
    grep "^$last " trace | grep 'release.pem' >/dev/null
}

test_it_needs_no_terminal_and_writes_only_where_it_is_told() {
    need unshare setsid
    make_keys
    mkdir out
    unshare -rm true 2>/dev/null || skip "no mount namespaces here"
    # shellcheck disable=SC2016  # expanded by the inner shell
    unshare -rm bash -ec '
        mount --bind out out && mount -o remount,bind,ro / && mount -o remount,bind,rw out
        ! touch here 2>/dev/null
        exec setsid -w "$0" sign --key sealed:release.sealed --passphrase-fd 3 -o out app.bin 3<pass' "$signer" \
        || skip "this machine lets nobody mount"
    expect_exit 0 signer verify --key release.pem.pub --signature out/app.bin.sig app.bin
}

e2e_main
