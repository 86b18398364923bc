#!/usr/bin/env bash
# The installed tree: where things lie, that it may be moved, and a program of one's own against the library.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

build=$(dirname "$(dirname "$SEALIFT")")
cache() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

setup_file() {
    need cmake
    tree=$e2e_work/tree
    DESTDIR=$tree/first cmake --install "$build" --prefix /opt/sealift >"$e2e_work/install.log" 2>&1 \
        || { cat "$e2e_work/install.log" >&2; return 1; }
    # Whoever finds things by where they lie finds them elsewhere as well.
    mv "$tree/first/opt/sealift" "$tree/moved"
    at=$tree/moved
    flags="-std=c17 -Wall -Wextra -Werror"
    [ -z "$(cache SEALIFT_SANITIZE)" ] || flags="$flags -fsanitize=$(cache SEALIFT_SANITIZE)"
    [ "$(cache SEALIFT_COVERAGE)" != ON ] || flags="$flags --coverage"
    compiler=$(cache CMAKE_C_COMPILER)
}

# example NAME: build it by pkg-config.
example() {
    need pkg-config
    local found
    found=$(PKG_CONFIG_PATH=$(dirname "$(find "$at" -name libsealift.pc)") pkg-config --cflags --libs libsealift)
    # shellcheck disable=SC2086
    "$compiler" $flags -o "$1" "$(find "$at" -name "$1.c")" $found
}

test_nothing_is_written_outside_the_prefix() {
    expect_equal "$(find "$tree/first" -type f -o -type l 2>/dev/null | wc -l)" 0 "files outside the prefix"
    expect_file "$at/bin/sealift"
    expect_file "$at/bin/sealift-signer"
    expect_file "$at/share/man/man1/sealift-publish.1.gz"
    expect_file "$at/share/man/man5/sealift.yaml.5.gz"
    expect_file "$at/share/bash-completion/completions/sealift-signer"
    expect_file "$at/share/zsh/vendor-completions/_sealift"
    expect_file "$at/share/fish/vendor_completions.d/sealift.fish"
    expect_file "$at/share/sealift/sealift-fetch"
}

test_the_installed_program_is_the_one_that_was_built() {
    expect_exit 0 "$at/bin/sealift" --version
    local said
    said=$(cat "$out")
    expect_equal "$said" "$(sealift --version)"
}

test_installed_pages_are_those_the_program_prints() {
    expect_equal "$(zcat "$at/share/man/man1/sealift-job-watch.1.gz")" "$(sealift manual job-watch)"
    expect_equal "$(cat "$at/share/bash-completion/completions/sealift")" "$(sealift completion bash)"
}

test_a_program_of_ones_own_signs_and_verifies() {
    make_release
    example sign_and_verify
    expect_exit 0 ./sign_and_verify keys/release.pem keys/release.pem.pub build/app.bin
    expect_stdout "verified by key $(sealift key show --output json keys/release.pem.pub | jq -r .keyid)"
    sealift key new --quiet other.pem >/dev/null
    expect_exit 4 ./sign_and_verify keys/release.pem other.pem.pub build/app.bin
    expect_stderr "the ecdsa-p256-sha256 signature does not match"
    expect_exit 1 ./sign_and_verify missing.pem other.pem.pub build/app.bin
    expect_stderr "missing.pem"
}

test_a_key_with_a_passphrase_says_that_it_needs_one() {
    make_release
    example sign_and_verify
    openssl pkcs8 -topk8 -in keys/release.pem -out locked.pem -passout pass:secret
    chmod 600 locked.pem
    expect_exit 1 ./sign_and_verify locked.pem keys/release.pem.pub build/app.bin
    expect_stderr "needs a passphrase or PIN, and none was given"
}

test_a_function_of_ones_own_gives_the_passphrase() {
    make_release
    SEALIFT_PASSPHRASE=secret sealift key seal --quiet --memory 8MiB --operations 1 keys/release.pem -o k.sealed >sealed.log 2>&1
    cat >asks.c <<'EOT'
#include <sealift.h>
#include <stdio.h>
#include <string.h>
static bool get(void *context, const char *key, char *secret, size_t size, size_t *ret_length)
{
    const char *text = context;
    fprintf(stderr, "asked for %s\n", key);
    if (strlen(text) > size)
        return false;
    memcpy(secret, text, strlen(text));
    *ret_length = strlen(text);
    return *text != 0;
}
int main(int argc, char **argv)
{
    struct sealift_error err = { SEALIFT_OK, "" };
    const struct sealift_secrets secrets = { get, argv[1] };
    struct sealift_key *key = NULL;
    struct sealift_bytes signature = { NULL, 0 };
    bool ok = argc == 3 && sealift_key_open("sealed:k.sealed", &secrets, &key, &err)
              && sealift_key_sign_file(key, "ecdsa-p256-sha256", argv[2], &signature, &err);
    sealift_bytes_clear(&signature);
    ok = ok && sealift_key_sign_file(key, NULL, argv[2], &signature, &err);
    if (ok)
        fwrite(signature.data, 1, signature.size, stdout);
    else
        fprintf(stderr, "%d %s\n", (int)err.code, err.message);
    sealift_bytes_clear(&signature);
    sealift_key_close(key);
    return ok ? 0 : 1;
}
EOT
    # shellcheck disable=SC2086,SC2046
    "$compiler" $flags -Wno-error -o asks asks.c $(PKG_CONFIG_PATH=$(dirname "$(find "$at" -name libsealift.pc)") pkg-config --cflags --libs libsealift)
    expect_exit 0 ./asks secret build/app.bin
    expect_equal "$(grep -c asked "$err")" 1 "how often it was asked"
    cp "$out" signature
    expect_exit 0 openssl dgst -sha256 -verify keys/release.pem.pub -signature signature build/app.bin
    expect_exit 1 ./asks wrong build/app.bin
    expect_stderr_matches '^3 .*passphrase'
    expect_exit 1 ./asks '' build/app.bin
    expect_stderr "3 no passphrase or PIN was given for key 'k.sealed'"
}

test_a_device_of_ones_own_checks_a_release() {
    make_release
    example check_release
    expect_exit 0 sealift plan --offline -o plan.json
    expect_exit 0 sealift ceremony request plan.json --first -o request.json
    expect_exit 0 sealift ceremony sign --yes --key file:keys/release.pem -o response.json request.json
    expect_exit 0 sealift ceremony combine request.json response.json
    expect_exit 0 ./check_release statement.json keys/release.pem.pub app build/app.bin
    expect_stdout "build/app.bin is app of thermostat 2.4.1"
    expect_exit 4 ./check_release statement.json keys/release.pem.pub app build/radio.bin
    expect_stderr "'build/radio.bin' is not artifact 'app' of release thermostat 2.4.1"
    expect_exit 4 ./check_release statement.json keys/release.pem.pub bootloader build/app.bin
    expect_stderr "has no artifact 'bootloader'"
    sealift key new --quiet other.pem >/dev/null
    expect_exit 4 ./check_release statement.json other.pem.pub app build/app.bin
}

test_cmake_finds_the_library() {
    make_release
    mkdir own && cp "$(find "$at" -name sign_and_verify.c)" own/
    cat >own/CMakeLists.txt <<'EOT'
cmake_minimum_required(VERSION 3.25)
project(own C)
find_package(sealift 0.1 REQUIRED)
add_executable(own sign_and_verify.c)
target_link_libraries(own sealift::sealift)
EOT
    expect_exit 0 cmake -S own -B own/build -DCMAKE_PREFIX_PATH="$at" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_C_FLAGS="$flags"
    expect_exit 0 cmake --build own/build
    expect_exit 0 own/build/own keys/release.pem keys/release.pem.pub build/app.bin
}

e2e_main "$@"
