#!/usr/bin/env bash
# The backup of a sealed key in shares, and the birth of a key from several people's contributions. At the other ends:
# Electrum's SLIP-39, libsodium and hashlib driven by Python, and openssl.
# shellcheck disable=SC2031  # a passphrase stands before the one command it is for
. "$(dirname "$0")/lib.sh"

cheap=(--memory 8MiB --operations 1)

setup_file() {
    sealift key new --quiet release.pem >/dev/null
    SEALIFT_PASSPHRASE=open sealift key seal --quiet "${cheap[@]}" release.pem -o release.sealed >/dev/null 2>&1
    SEALIFT_PASSPHRASE=open sealift key split --quiet --threshold 2 --shares 3 release.sealed >/dev/null
    keyid=$(sealift key show release.pem | sed -n 's/^keyid *//p')
}

# The sealed key and its shares, as setup_file left them.
given() { cp -p "$e2e_work"/setup/release.* .; }

# The words of a share file, on one line.
words() { sed '1,/^words: /d' "$1" | tr -d '0-9' | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; echo; }

combine() { SEALIFT_PASSPHRASE=fresh sealift key combine "${cheap[@]}" --sealed release.sealed "$@"; }
combine_stdin() { SEALIFT_PASSPHRASE=fresh "$SEALIFT" key combine "${cheap[@]}" --sealed release.sealed "$@" <typed; }

test_any_two_of_three_shares_open_the_key_without_its_passphrase() {
    given
    local pair
    for pair in '1 2' '3 1' '2 3' '2 1 3'; do
        # shellcheck disable=SC2086
        combine_files $pair
        expect_stdout "$keyid"
        expect_mode 600 new.sealed
        echo firmware >file
        SEALIFT_PASSPHRASE=fresh expect_exit 0 sealift sign --key sealed:new.sealed file
        expect_exit 0 sealift verify --key release.pem.pub file
        SEALIFT_PASSPHRASE=open expect_exit 2 sealift sign --key sealed:new.sealed file
        rm new.sealed file.sig
    done
}

combine_files() { expect_exit 0 combine "${@/#/release.sealed.share-}" -o new.sealed; }

# A Python that has Electrum: its module is Debian's own.
electrum_python() {
    local python
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import electrum.slip39' 2>/dev/null || continue
        echo "$python"
        return
    done
    return 1
}

test_electrum_reads_the_shares_and_libsodium_opens_the_file_with_its_answer() {
    need python3 openssl
    local python
    python=$(electrum_python) || skip "python3 has no electrum"
    given
    words release.sealed.share-3 >typed
    words release.sealed.share-1 >>typed
    "$python" -c 'import sys; from electrum import slip39
print(slip39.recover_ems([line.strip() for line in sys.stdin]).decrypt("").hex())' <typed >sealing-key
    python3 - "$(ldd "$SEALIFT" | sed -n 's/.*=> \(.*libsodium[^ ]*\).*/\1/p')" <<'PYTHON'
import base64, ctypes, sys
n = ctypes.CDLL(sys.argv[1])
text = open("release.sealed", "rb").read()
head, sealed = text[:text.rindex(b"sealed: ")], base64.b64decode(text[text.rindex(b"sealed: ") + 8:])
nonce = base64.b64decode(dict(line.split(b": ", 1) for line in head.splitlines() if b": " in line)[b"nonce"])
out, size = ctypes.create_string_buffer(len(sealed)), ctypes.c_ulonglong()
assert n.crypto_aead_xchacha20poly1305_ietf_decrypt(out, ctypes.byref(size), None, sealed,
    ctypes.c_ulonglong(len(sealed)), head, ctypes.c_ulonglong(len(head)), nonce,
    bytes.fromhex(open("sealing-key").read())) == 0
open("opened.der", "wb").write(out.raw[:size.value])
PYTHON
    openssl pkey -inform DER -in opened.der -pubout -out opened.pub
    expect_same opened.pub release.pem.pub
}

test_words_may_be_typed() {
    given
    { echo; words release.sealed.share-2 | tr a-z A-Z; words release.sealed.share-3 | sed 's/ /   /g'; } >typed
    expect_exit 0 combine_stdin - -o new.sealed
    expect_stdout "$keyid"
    words release.sealed.share-1 >typed
    expect_exit 0 combine_stdin release.sealed.share-3 - -o newer.sealed
    : >typed
    expect_exit 2 combine_stdin - -o newest.sealed
    expect_stderr "no share was given: stdin is empty"
}

# refused STATUS TEXT ARGUMENT...: combine says so and writes nothing
refused() {
    local status=$1 text=$2
    shift 2
    expect_exit "$status" combine "$@" -o new.sealed
    expect_stderr "$text"
    expect_file_absent new.sealed
}

test_wrong_words_are_refused_with_their_place() {
    given
    sed -i 's/ 9 [a-z]* / 9 tazte /' release.sealed.share-1
    refused 2 "'release.sealed.share-1': word 9 is not in the SLIP-39 word list; the nearest is 'taste'" \
        release.sealed.share-{1,2}
    expect_silence_about tazte
    given
    grep -q ' 9 academic' release.sealed.share-1 && sed -i 's/ 9 [a-z]* / 9 zero /' release.sealed.share-1 \
        || sed -i 's/ 9 [a-z]* / 9 academic /' release.sealed.share-1
    refused 2 "the checksum of the words does not fit; if one word alone is wrong, it is word 9" release.sealed.share-{1,2}
    given
    sed -i '$d' release.sealed.share-1
    refused 2 "'release.sealed.share-1': the checksum of the words does not fit" release.sealed.share-{1,2}
    given
    { words release.sealed.share-1; words release.sealed.share-2 | cut -d' ' -f1-12; } >typed
    expect_exit 2 combine_stdin - -o new.sealed
    expect_stderr "line 2 of stdin: there are 12 words; a share has 20 to 33"
}

test_shares_that_do_not_fit_together_are_refused() {
    given
    refused 2 "2 shares are needed and 1 given; 1 more must be found" release.sealed.share-1
    refused 2 "'release.sealed.share-1' and 'release.sealed.share-1' are the same share" release.sealed.share-{1,1}
    mkdir again
    SEALIFT_PASSPHRASE=open expect_exit 0 sealift key split --threshold 2 --shares 2 -o again release.sealed
    refused 2 "'release.sealed.share-1' and 'again/release.sealed.share-2' belong to different sets of shares" \
        release.sealed.share-1 again/release.sealed.share-2
    SEALIFT_PASSPHRASE=open sealift key seal --quiet "${cheap[@]}" release.pem -o other.sealed >/dev/null 2>&1
    SEALIFT_PASSPHRASE=open expect_exit 0 sealift key split --threshold 2 --shares 2 other.sealed
    refused 2 "'other.sealed.share-1': the share is of another sealed file of this key than 'release.sealed'" \
        other.sealed.share-{1,2}
    words other.sealed.share-1 >typed
    words other.sealed.share-2 >>typed
    expect_exit 4 combine_stdin - -o new.sealed
    expect_stderr "the sealing key does not open 'release.sealed': it is of another sealed file, or this one was changed"
    sealift key new --quiet stranger >/dev/null
    SEALIFT_PASSPHRASE=open sealift key seal --quiet "${cheap[@]}" stranger -o stranger.sealed >/dev/null 2>&1
    SEALIFT_PASSPHRASE=open expect_exit 0 sealift key split --threshold 2 --shares 2 stranger.sealed
    refused 2 "and 'release.sealed' holds key ${keyid:0:16}..." stranger.sealed.share-1
    refused 2 "'release.pem' is no share file" release.pem
    chmod 644 release.sealed.share-1
    refused 2 "chmod 600 'release.sealed.share-1'" release.sealed.share-1
}

test_a_split_writes_all_shares_or_none() {
    given
    rm release.sealed.share-*
    SEALIFT_PASSPHRASE=guess expect_exit 2 sealift key split --threshold 2 --shares 3 release.sealed
    expect_stderr "the passphrase given for key 'release.sealed' is wrong"
    expect_exit 2 sealift key split --threshold 4 --shares 3 release.sealed
    expect_stderr "--threshold 4 cannot be reached by --shares 3"
    expect_exit 2 sealift key split --threshold 1 --shares 3 release.sealed
    expect_stderr "--threshold '1' is not a number from 2 to 16"
    expect_exit 2 sealift key split release.sealed
    SEALIFT_PASSPHRASE=open expect_exit 2 sealift key split --threshold 2 --shares 3 release.pem
    expect_stderr "'release.pem' is not a sealed key"
    expect_only . release.pem release.pem.pub release.sealed
    echo mine >release.sealed.share-3
    SEALIFT_PASSPHRASE=open expect_exit 6 sealift key split --threshold 2 --shares 3 release.sealed
    expect_stderr "'release.sealed.share-3' exists already and is not overwritten"
    expect_file_absent release.sealed.share-1
    rm release.sealed.share-3
    SEALIFT_PASSPHRASE=open expect_exit 0 sealift key split --output json --threshold 3 --shares 3 -o to/there release.sealed
    expect_json "$out" '.shares | join(" ")' "to/there/release.sealed.share-1 to/there/release.sealed.share-2 to/there/release.sealed.share-3"
    expect_mode 600 to/there/release.sealed.share-2
    expect_silence_about "$(words to/there/release.sealed.share-2 | cut -d' ' -f5-9)"
}

test_sealing_says_what_opening_costs_and_lets_it_be_set() {
    given
    SEALIFT_PASSPHRASE=open expect_exit 0 sealift key seal --memory 64MiB --operations 3 release.pem -o a.sealed
    expect_stderr_matches '^Argon2id: 3 passes over 64\.0 MiB, [0-9]+(\.[0-9] s| ms) on this machine$'
    grep -qx 'memory-bytes: 67108864' a.sealed || fail "the file states another memory"
    ! grep -q RFC "$err" || fail "a sufficient cost is warned about"
    SEALIFT_PASSPHRASE=open expect_exit 0 sealift key seal --output json "${cheap[@]}" release.pem -o b.sealed
    expect_stderr "whoever has the file guesses passphrases cheaply"
    expect_json "$out" '"\(.kdf.operations) \(.kdf.memoryBytes) \(.kdf.milliseconds < 5000)"' "1 8388608 true"
    local size
    for size in 4MiB 5GiB 8388609 much -1; do
        SEALIFT_PASSPHRASE=open expect_exit 2 sealift key seal --memory="$size" release.pem -o c.sealed
        expect_stderr "--memory '$size' is not a size in whole KiB from 8MiB to 4GiB"
    done
    SEALIFT_PASSPHRASE=open expect_exit 2 sealift key seal --operations 21 release.pem -o c.sealed
    expect_stderr "--operations '21' is not a number from 1 to 20"
    expect_file_absent c.sealed
}

e2e_main "$@"
