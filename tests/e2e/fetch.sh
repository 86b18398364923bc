#!/usr/bin/env bash
# sealift-fetch, the handler for the AWS IoT Device Client: nothing is put in place that was not verified.
. "$(dirname "$0")/lib.sh"

fetch=$e2e_top/devices/sealift-fetch

setup_file()
{
    need curl openssl python3
    export SEALIFT_FETCH_KEYS=$PWD/keys SEALIFT_FETCH_PAUSE=0
    mkdir keys served
    head -c 300000 /dev/urandom >served/app.bin
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.pem 2>/dev/null
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem 2>/dev/null
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem 2>/dev/null
    openssl genpkey -algorithm ED25519 -out ed.pem
    openssl pkey -in p256.pem -pubout -out keys/release.pem
    made=$PWD
    server_start port python3 "$e2e_here/fetch_server.py" "$made/served" "$made/requests"
    wait_for 10 grep -q . port || fail "no server"
    at=http://127.0.0.1:$(cat port)
}

# arguments WAY [FILE]: what a document would say of app.bin, in the array $said
arguments()
{
    : >"$made/requests"
    openssl dgst -sha256 -sign "$made/p256.pem" "$made/served/app.bin" >sig
    said=("$at/app.bin?$1&X-Amz-Signature=secret" "file=${2:-$PWD/device/fw.bin}"
        "sha256=$(sha256sum <"$made/served/app.bin" | cut -d' ' -f1)" "size=$(stat -c %s "$made/served/app.bin")"
        algorithm=SHA256withECDSA "signature=$(openssl base64 -A <sig)")
    mkdir -p device
}

expect_in_place()
{
    expect_same device/fw.bin "$made/served/app.bin"
    expect_only device fw.bin
    expect_silence_about secret
}

# Refused, and the file of before is still there.
expect_refused()
{
    local want=$1
    echo before >device/fw.bin
    expect_exit "$want" "$fetch" '' "${said[@]}"
    expect_equal "$(cat device/fw.bin)" before
    expect_only device fw.bin
    expect_silence_about secret
    expect_stderr "$2"
    expect_equal "$(wc -l <"$err")" 1 "lines on stderr"
}

test_a_file_that_verifies_is_put_in_place() {
    arguments ok
    expect_exit 0 "$fetch" '' "${said[@]}"
    expect_in_place
    expect_stdout "device/fw.bin is in place: 300000 bytes"
    expect_stdout "signed by release"
    expect_no_stderr
    expect_mode 644 device/fw.bin
    expect_exit 0 "$fetch" "$(id -un)" "${said[@]}" mode=0750
    expect_mode 750 device/fw.bin
}

test_each_algorithm_is_verified() {
    arguments ok
    local key name sign=("$made/served/app.bin")
    for key in p384:SHA384withECDSA:-sha384 rsa:SHA256withRSA:-sha256 rsa:SHA256withRSAandMGF1:-sha256 ed:Ed25519:; do
        IFS=: read -r key name hash <<<"$key"
        case $name in
        Ed25519) openssl pkeyutl -sign -inkey "$made/ed.pem" -rawin -in "$made/served/app.bin" -out sig ;;
        *MGF1) openssl dgst "$hash" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sign "$made/$key.pem" "${sign[@]}" >sig ;;
        *) openssl dgst "$hash" -sign "$made/$key.pem" "${sign[@]}" >sig ;;
        esac
        mkdir -p "keys-$key"
        openssl pkey -in "$made/$key.pem" -pubout -out "keys-$key/other.pem"
        said[4]=algorithm=$name said[5]=signature=$(openssl base64 -A <sig)
        SEALIFT_FETCH_KEYS=$PWD/keys-$key expect_exit 0 "$fetch" '' "${said[@]}"
        expect_in_place
        expect_refused 4 "verifies the signature ($name)" # the key of another kind
    done
    said[4]=algorithm=Ed25519ph
    expect_refused 2 "algorithm 'Ed25519ph' is not one this handler verifies"
}

test_what_was_not_signed_is_not_put_in_place() {
    arguments ok
    local good=("${said[@]}")
    said[2]=sha256=$(printf 'x' | sha256sum | cut -d' ' -f1)
    expect_refused 4 "the file's SHA-256 is $(sha256sum <"$made/served/app.bin" | cut -d' ' -f1), expected "
    said=("${good[@]}")
    said[5]=signature=$(openssl dgst -sha256 -sign "$made/p256.pem" sig | openssl base64 -A)
    expect_refused 4 "no key in '$made/keys' verifies the signature (SHA256withECDSA)"
    said=("${good[@]}")
    said[3]=size=300001
    expect_refused 4 "the file has 300000 bytes, 300001 were signed"
    said[3]=size=299999
    expect_refused 4 "the server has more than the 299999 bytes that were signed"
}

test_a_server_cannot_fill_the_disk() {
    arguments endless
    expect_refused 4 "the server has more than the 300000 bytes that were signed"
    arguments long
    expect_refused 4 "300000"
}

test_a_broken_download_is_continued() {
    arguments cut
    expect_exit 0 "$fetch" '' "${said[@]}"
    expect_in_place
    expect_equal "$(cut -d' ' -f1 "$made/requests" | uniq -c | tr -s ' ')" " 2 cut"
    grep -qE '^cut bytes=[1-9][0-9]*-$' "$made/requests" || fail "no range was asked for: $(cat "$made/requests")"
    arguments 500once
    expect_exit 0 "$fetch" '' "${said[@]}"
    expect_in_place
    arguments noranges
    expect_exit 0 "$fetch" '' "${said[@]}"
    expect_in_place
}

test_a_download_is_given_up_with_the_reason() {
    arguments 403
    expect_refused 7 "the server answers 403: the URL has expired, or its role may not read the file"
    expect_equal "$(wc -l <"$made/requests")" 1 "requests"
    arguments 500
    expect_refused 7 "5 tries did not bring the file: curl ended with 22, the server answered 500"
    expect_equal "$(wc -l <"$made/requests")" 5 "requests"
    said[0]="http://127.0.0.1:$(free_port)/app.bin?secret"
    expect_refused 7 "5 tries did not bring the file: curl ended with 7"
}

test_arguments_are_checked_before_anything_is_asked() {
    arguments ok
    local good=("${said[@]}") wrong
    for wrong in "0|http://example.com/app.bin?secret|the URL does not begin with 'https://'" \
        '0|${aws:iot:s3-presigned-url-v2:https://s3.eu-west-1.amazonaws.com/b/k}|left its placeholder' \
        '0|https://x/"secret|a character that no URL has' "0||there is no URL" \
        "1|file=fw.bin|a path that begins with '/'" "1|file=$PWD/device/none/fw.bin|there is no folder '$PWD/device/none'" \
        "1|file=$PWD/device|'$PWD/device' is a folder" "2|sha256=AB|64 lower-case" "2|sha256=${said[2]^^}|64 lower-case" \
        "3|size=3e5|a number of bytes" "3|size=0|a number of bytes" "4|algorithm=none|is not one this handler verifies" \
        "5|signature=a b|needs base64" "5|mode=99|three octal digits" "5|secret=1|unknown argument 'secret'"; do
        said=("${good[@]}")
        said[${wrong%%|*}]=$(cut -d'|' -f2 <<<"$wrong")
        expect_exit 2 "$fetch" '' "${said[@]}"
        expect_stderr "${wrong##*|}"
        expect_only device
    done
    said=("${good[@]}")
    expect_exit 2 "$fetch" nobody-of-this-name "${said[@]}"
    expect_stderr "there is no such user"
    mkdir empty
    SEALIFT_FETCH_KEYS=$PWD/empty expect_exit 2 "$fetch" '' "${said[@]}"
    expect_stderr "there is no public key in '$PWD/empty': put one there as NAME.pem"
    expect_exit 2 "$fetch"
    expect_equal "$(wc -l <"$made/requests")" 0 "requests"
}

test_memory_does_not_grow_with_the_file() {
    truncate -s 100M "$made/served/large.bin"
    arguments ok
    openssl dgst -sha256 -sign "$made/p256.pem" "$made/served/large.bin" >sig
    said=("$at/large.bin?ok" "${said[1]}" "sha256=$(sha256sum <"$made/served/large.bin" | cut -d' ' -f1)" size=104857600
        algorithm=SHA256withECDSA "signature=$(openssl base64 -A <sig)")
    expect_exit 0 python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$fetch" '' "${said[@]}"
    [ "$(cat "$out")" -lt 40000 ] || fail "$(cat "$out") KiB"
    expect_same device/fw.bin "$made/served/large.bin"
    rm "$made/served/large.bin" device/fw.bin
}

e2e_main "$@"
