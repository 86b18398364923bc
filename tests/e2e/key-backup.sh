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
        expect_equal "$(sealift key show sealed:new.sealed)" "$(sealift key show release.pem.pub)" "public key"
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

# Alice rolls dice, Bob brings bytes, the machine takes part as well.
contribute_three() {
    for _ in $(seq 100); do echo $((RANDOM % 6 + 1)); done | paste -sd ' ' >rolls
    sealift_stdin rolls key contribute --dice --quiet alice -o room >said
    head -c 48 /dev/urandom >bob.bytes
    chmod 600 bob.bytes
    sealift key contribute --quiet --from bob.bytes bob -o room >/dev/null
    sealift key contribute --quiet machine -o room >/dev/null
}
sealift_stdin() { local input=$1; shift; ${SEALIFT_WRAP:-} "$SEALIFT" "$@" <"$input"; }

# The options for these people, in this order.
of() {
    local name
    people=()
    for name in "$@"; do people+=(--contribution "room/$name.contribution" --commitment "room/$name.commitment"); done
}

# The birth of a key again, by the recipe of docs/keys.md: hkdf TYPE BYTES CURVE-ORDER|0 gives the private number in hex.
again() {
    python3 - "$@" <<'PYTHON'
import glob, hashlib, hmac, sys
kind, size, order = sys.argv[1], int(sys.argv[2]), int(sys.argv[3], 16)
data = b"".join(open(f, "rb").read() for f in sorted(glob.glob("room/*.contribution")))
key = hmac.digest(b"sealift key birth, version 1", data, "sha512")
out, block = b"", b""
while len(out) < size:
    block = hmac.digest(key, block + kind.encode() + bytes([len(out) // 64 + 1]), "sha512")
    out += block
if order:
    number = int.from_bytes(out[:size], "big") % (order - 1) + 1
    print(number.to_bytes((order.bit_length() + 7) // 8, "big").hex())
else:
    print(out[:size].hex())
PYTHON
}

private_number() { openssl pkey -in "$1" -noout -text | sed -n '/^priv:/,/^pub:/p' | grep '^ ' | tr -d ' :\n'; }

test_a_key_is_born_from_contributions_and_openssl_and_hashlib_agree() {
    need python3 openssl
    contribute_three
    local type size order
    while read -r type size order; do
        of alice bob machine
        expect_exit 0 sealift key new --type "$type" "${people[@]}" "$type"
        expect_exit 0 openssl pkey -check -noout -in "$type"
        # openssl prints leading zeros of its own, and none of the number
        expect_equal "$(private_number "$type" | sed 's/^0*//')" "$(again "$type" "$size" "$order" | sed 's/^0*//')" "$type"
        echo firmware >file
        expect_exit 0 sealift sign --key "file:$type" --algorithm "$(algorithm "$type")" file
        expect_exit 0 sealift verify --key "$type.pub" --algorithm "$(algorithm "$type")" file
        rm file.sig
    done <<'EOF'
ecdsa-p256 40 ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
ecdsa-p384 56 ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973
ed25519 32 0
EOF
}
algorithm() { case $1 in ed25519) echo ed25519 ;; ecdsa-p384) echo ecdsa-p384-sha384 ;; *) echo ecdsa-p256-sha256 ;; esac }

test_the_commitment_is_the_digest_of_the_contribution() {
    contribute_three
    local name
    for name in alice bob machine; do
        expect_mode 600 "room/$name.contribution"
        expect_equal "$(sha256sum <"room/$name.contribution" | cut -d' ' -f1)" "$(sed -n 's/^sha256: //p' "room/$name.commitment")"
    done
    grep -q "$(sha256sum <room/alice.contribution | cut -d' ' -f1)" said || fail "the commitment was not said"
    expect_equal "$(sed -n 's/^dice: //p' room/alice.contribution)" "$(tr -d ' \n' <rolls)"
    expect_equal "$(sed -n 's/^bytes: //p' room/bob.contribution)" "$(od -An -v -tx1 bob.bytes | tr -d ' \n')"
    expect_exit 6 sealift key contribute bob -o room
    expect_stderr "'room/bob.commitment' exists already and is not overwritten"
}

test_witnesses_see_the_same_key_in_any_order_and_write_nothing() {
    contribute_three
    of alice bob machine
    expect_exit 0 sealift key new "${people[@]}" k.pem
    local born
    born=$(sed -n 's/^keyid *//p' "$out")
    of machine alice bob
    mkdir witness
    cp -rp room witness
    cd witness
    expect_exit 0 sealift key new --dry-run "${people[@]}"
    expect_stdout "keyid   $born"
    expect_stdout "from    bob, committed to as $(sha256sum <room/bob.contribution | cut -d' ' -f1)"
    expect_only . room
    expect_exit 0 sealift key new --dry-run --output json "${people[@]}"
    expect_json "$out" '.keyid + " " + (.commitments | keys | join(","))' "$born alice,bob,machine"
    expect_json "$out" 'has("file")' false
    of alice bob
    expect_exit 0 sealift key new --dry-run "${people[@]}"
    ! grep -qF "$born" "$out" || fail "a key does not depend on the machine's contribution"
}

test_whoever_does_not_keep_to_the_commitments_is_named() {
    contribute_three
    of alice bob
    born_refused 2 "'machine' committed, and the contribution is missing" --commitment room/machine.commitment
    born_refused 2 "'machine' contributed without a commitment" --contribution room/machine.contribution
    born_refused 2 "two contributions are called 'alice'" --contribution room/alice.contribution
    born_refused 2 "two commitments are called 'bob'" --commitment room/bob.commitment
    of alice
    born_refused 2 "1 contribution is given and at least 2 are needed"
    of alice bob
    born_refused 2 "an RSA key cannot be made from contributions" --type rsa-3072
    mkdir other
    expect_exit 0 sealift key contribute bob -o other
    people=(--contribution room/alice.contribution --commitment room/alice.commitment)
    born_refused 4 "the contribution of 'bob' is not the one committed to" \
        --contribution other/bob.contribution --commitment room/bob.commitment
    sed -i 's/^name: bob/name: eve/' other/bob.contribution
    sed 's/^name: bob/name: eve/' room/bob.commitment >eve.commitment
    born_refused 4 "the contribution of 'eve' is not the one committed to" --contribution other/bob.contribution \
        --commitment eve.commitment
    chmod 644 room/bob.contribution
    of alice bob
    born_refused 2 "chmod 600 'room/bob.contribution'"
    expect_exit 2 sealift key new
    expect_stderr "'sealift key new' needs FILE"
    expect_exit 2 sealift key new --dry-run
    expect_stderr "--dry-run shows which key contributions make, and none is given"
}

born_refused() {
    local status=$1 text=$2
    shift 2
    expect_exit "$status" sealift key new "${people[@]}" "$@" born.pem
    expect_stderr "$text"
    expect_file_absent born.pem
    expect_file_absent born.pem.pub
}

rows() { for _ in $(seq "$1"); do echo "$2"; done; }

test_a_contribution_has_enough_in_it() {
    rows 12 123456 >few
    expect_exit 2 sealift_stdin few key contribute --dice alice
    expect_stderr "a contribution has 75 to 4096 rolls of a die, 192 bits at least; 72 were given"
    { rows 20 123456; echo 7; } >seven
    expect_exit 2 sealift_stdin seven key contribute --dice alice
    expect_stderr "what stands after 120 rolls is no roll of a die; digits 1 to 6 were expected"
    { rows 20 123456; rows 20 111111; } >loaded
    expect_exit 2 sealift_stdin loaded key contribute --dice alice
    expect_stderr "more than half of the rolls are the same: that is no chance"
    printf 12345678901234567890123 >short
    chmod 600 short
    expect_exit 2 sealift key contribute --from short alice
    expect_stderr "a contribution has 24 to 4096 bytes, 192 bits at least; 23 were given"
    expect_exit 2 sealift key contribute Alice
    expect_stderr "the name of who contributes must have 1 to 32 of a-z, 0-9 and '-'"
    expect_only . few seven loaded short
}

hex() { od -An -v -tx1 | tr -d ' \n'; }

# The private number of a key as it may stand in memory: the highest byte first, or the lowest.
needles() {
    local number
    number=$(private_number "$1" | sed 's/^\(00\)*//')
    echo "$number,$(grep -o .. <<<"$number" | tac | tr -d '\n')"
}

# left_behind HEX[,HEX...] ARGUMENT...: where the verb ends its memory holds none of these, but the name 'release'.
left_behind() {
    local needles=$1 looked marker rest
    shift
    rm -f trace
    read -r looked marker rest < <(python3 "$e2e_here/memory_at_exit.py" "$(printf release | hex),$needles" "$SEALIFT" "$@" 2>said) ||
        fail "nothing was looked at: $(cat said)"
    [ "${looked:-0}" -gt 1000000 ] && [ "$marker" -gt 0 ] || fail "nothing was looked at: $(cat said)"
    expect_equal "$(tr -d ' 0' <<<"$rest")" "" "found in the memory of sealift $*: $rest"
}

test_nothing_secret_is_left_in_memory_where_a_verb_ends() {
    need python3 openssl strace
    # LeakSanitizer cannot work in a process that is traced.
    export ASAN_OPTIONS=detect_leaks=0
    given
    local number
    number=$(needles release.pem)
    printf 'open\n' >pass
    left_behind "$number" key seal "${cheap[@]}" --passphrase-fd 7 release.pem -o release-2.sealed 7<pass
    left_behind "$number,$(words release.sealed.share-1 | cut -d' ' -f5-8 | tr -d '\n' | hex)" \
        key combine "${cheap[@]}" --passphrase-fd 7 release.sealed.share-{1,3} --sealed release.sealed -o release-3.sealed 7<pass
    rm release.sealed.share-*
    left_behind "$number" key split --passphrase-fd 7 --threshold 2 --shares 3 release.sealed 7<pass
    contribute_three
    of alice bob machine
    local type
    for type in ecdsa-p256 ed25519; do
        sealift key new --quiet --type "$type" "${people[@]}" "$type" >/dev/null
        left_behind "$(needles "$type"),$(sed -n 's/^bytes: //p' room/bob.contribution | cut -c1-40 | tr -d '\n' | hex)" \
            key new --type "$type" "${people[@]}" "release-$type"
    done
}

e2e_main "$@"
