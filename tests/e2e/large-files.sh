#!/usr/bin/env bash
# Large files: constant memory, and no 32-bit size anywhere. The files are sparse, so they take no room.
# labels: slow
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# grep reads to the end: one that ends early makes nm fail, now and then.
is_sanitized() { nm -D "$SEALIFT" | grep __asan_init >/dev/null; }

# peak COMMAND...: run it; the peak memory of the largest of its processes, in KiB, goes to $peak_kib
peak() { expect_exit 0 /usr/bin/time -f %M -o peak.txt "$@"; peak_kib=$(tail -1 peak.txt); }

test_half_a_gibibyte_is_signed_in_less_than_32_mib() {
    [ -x /usr/bin/time ] || skip "'time' is not installed"
    # A sanitizer's own memory would be measured with it; such a build only has to sign.
    local most_kib=32768
    if is_sanitized; then most_kib=1000000; fi
    truncate -s 512M file
    sealift key new --quiet --type ecdsa-p256 p256 >/dev/null
    sealift key new --quiet --type ecdsa-p384 p384 >/dev/null
    sealift key new --quiet --type rsa-3072 rsa >/dev/null
    sealift key new --quiet --type ed25519 ed >/dev/null
    local pair
    for pair in p256:ecdsa-p256-sha256 p384:ecdsa-p384-sha384 rsa:rsa-pss-sha256 rsa:rsa-pkcs1-sha256 ed:ed25519ph; do
        peak "$SEALIFT" sign --key "file:${pair%%:*}" --algorithm "${pair#*:}" file
        [ "$peak_kib" -lt "$most_kib" ] || fail "$pair took $peak_kib KiB"
    done
}

test_more_than_four_gibibytes_are_hashed_and_signed_right() {
    need openssl
    truncate -s 4G file
    printf x >>file
    sealift key new --quiet p256 >/dev/null
    expect_exit 0 sealift sign --key file:p256 file
    base64 -d file.sig >raw
    expect_exit 0 openssl dgst -sha256 -verify p256.pub -signature raw file
}

test_two_gibibytes_are_published_in_parts_in_less_than_32_mib() {
    [ -x /usr/bin/time ] || skip "'time' is not installed"
    local most_kib=32768
    if is_sanitized; then most_kib=1000000; fi
    make_release
    truncate -s 2G build/app.bin
    sandbox_start --quiet --prepare sealift.yaml
    peak "$SEALIFT" publish --yes --output json
    expect_json "$out" .receipt.artifacts.app.confirmedBy checksum
    [ "$peak_kib" -lt "$most_kib" ] || fail "it took $peak_kib KiB"
}

e2e_main "$@"
