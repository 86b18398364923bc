#!/usr/bin/env bash
# What init finds out, and that what it writes passes check.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# mcuboot MAJOR MINOR REVISION: the header of an image, and some bytes.
mcuboot() { printf '\x3d\xb8\xf3\x96%16s\\x%02x\\x%02x\\x%02x\\x00' '' "$1" "$2" "$3" | sed 's/ /\\x00/g' | xargs -0 printf '%b'; head -c 4000 /dev/zero; }

repository()
{
    need git
    git -c init.defaultBranch=main init -q .
    git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m one
}

test_an_empty_folder_gives_a_manifest_that_passes() {
    mkdir project
    expect_exit 0 sealift init project
    expect_exit 0 sealift check project/sealift.yaml
    expect_equal "$(grep -c '^  name: project ' project/sealift.yaml)" 1
}

test_firmware_is_found_by_its_first_bytes() {
    mkdir -p build/zephyr build/tools
    mcuboot 2 4 17 >build/zephyr/zephyr.signed.bin
    head -c 5000 /dev/urandom >build/zephyr/zephyr.bin
    printf ':10010000214601360121470136007EFE09D2190140\n:00000001FF\n%s\n' "$(head -c 200 /dev/zero | tr '\0' ' ')" >build/zephyr/zephyr.hex
    cp "$(type -P true)" build/tools/flasher
    printf 'text' >README.txt
    expect_exit 0 sealift init
    expect_exit 0 sealift check
    grep -qE '^    file: build/zephyr/zephyr.signed.bin +# MCUboot image 2.4.17, 3.9 KiB' sealift.yaml || { cat sealift.yaml; fail "not the image"; }
    grep -qE '^  version: 2.4.17 +# from the image' sealift.yaml || fail "not its version"
    grep -qE '^  # also found: build/zephyr/zephyr.hex +# Intel HEX' sealift.yaml || fail "the others are not told"
    ! grep -q flasher sealift.yaml || fail "a program of this machine is no firmware"
}

test_git_gives_name_and_version() {
    repository
    git remote add origin git@example.com:acme/Smart_Thermostat.git
    git tag v3.1.4
    head -c 5000 /dev/urandom >app.bin
    expect_exit 0 sealift init
    expect_exit 0 sealift check
    grep -qE "^  name: smart-thermostat +# from git's remote" sealift.yaml || { cat sealift.yaml; fail "not the name"; }
    grep -qE "^  version: 3.1.4 +# from git's newest tag" sealift.yaml || fail "not the version"
    grep -qE '^  prefix: smart-thermostat/ ' sealift.yaml || fail "not the prefix"
}

test_a_tag_that_is_no_version_is_passed_over() {
    repository
    git tag release-7
    expect_exit 0 sealift init
    grep -qE '^  version: 1.0.0 +# yours' sealift.yaml || fail "not the version"
}

test_a_key_that_is_there_is_named() {
    mkdir signing
    sealift key new --quiet signing/device.pem >/dev/null
    expect_exit 0 sealift init
    expect_exit 0 sealift check
    grep -qE '^  release: file:signing/device.pem|^  release: "file:signing/device.pem"' sealift.yaml || { cat sealift.yaml; fail "not the key"; }
    expect_silence_about "PRIVATE"
}

test_the_account_of_the_credentials_is_stated() {
    need aws
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    mkdir other
    expect_exit 0 sealift init other
    expect_exit 0 sealift check other/sealift.yaml
    grep -qE '^  account: "123456789012"' other/sealift.yaml || { cat other/sealift.yaml; fail "not the account"; }
    grep -qE '^  region: eu-west-1 +# from the AWS configuration' other/sealift.yaml || fail "not the Region"
    mkdir offline
    expect_exit 0 sealift init --offline offline
    ! grep -q '^  account:' offline/sealift.yaml || fail "the network was asked"
}

test_credentials_that_are_refused_are_no_obstacle() {
    make_release
    sandbox_start --quiet --prepare sealift.yaml
    mkdir other
    AWS_SECRET_ACCESS_KEY=wrong expect_exit 0 sealift init other
    expect_exit 0 sealift check other/sealift.yaml
    ! grep -q '^  account:' other/sealift.yaml || fail "an account was made up"
}

test_names_that_yaml_would_take_for_something_else_are_quoted() {
    mkdir 'build dir'
    head -c 5000 /dev/urandom >'build dir/app: "x" #1 \.bin'
    expect_exit 0 sealift init
    expect_exit 0 sealift check
    expect_exit 0 sealift key new keys/release.pem
    expect_exit 0 sealift plan --offline
    rm -r 'build dir' sealift.yaml
    printf 'x%.0s' {1..100} >$'new\nline.bin'
    printf 'x%.0s' {1..100} >'${env:HOME}.bin'
    expect_exit 0 sealift init
    expect_exit 0 sealift check
    grep -q '^    file: build/app.bin ' sealift.yaml || { cat sealift.yaml; fail "a name that cannot be written was taken"; }
}

test_from_init_to_a_rehearsal() {
    mkdir build
    mcuboot 1 0 3 >build/app.bin
    expect_exit 0 sealift init --output json
    expect_json "$out" .found.kind "MCUboot image"
    expect_exit 0 sealift key new keys/release.pem
    expect_exit 0 sealift rehearse
    expect_stdout "runs 1.0.3 now"
}

e2e_main "$@"
