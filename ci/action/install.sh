#!/usr/bin/env bash
# Install sealift for the steps that follow: a release whose checksums are signed by the pinned key, or a build from source.
. "$(dirname "$0")/lib.sh"
action=$(cd "$(dirname "$0")" && pwd)
to=$RUNNER_TEMP/sealift

add_to_path() { printf '%s\n' "$1" >>"$GITHUB_PATH"; }

from_source()
{
    local top
    top=$(cd "$action/../.." && pwd)
    printf '::group::build sealift\n'
    "$top/ci/setup" build
    cmake -S "$top" -B "$to/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSEALIFT_TESTS=OFF
    cmake --build "$to/build"
    cmake --install "$to/build" --prefix "$to" --component sealift
    printf '::endgroup::\n'
    add_to_path "$to/bin"
}

# fetch NAME: from the release's folder or URL.
fetch()
{
    case $url in
    https://* | http://127.0.0.1:*)
        curl -fsSL --proto '=https,http' --proto-redir '=https' --retry 3 --max-time 300 -o "$to/$1" "$url/$1" || fail "cannot fetch $url/$1" ;;
    *://*) fail "release-url '$url' is neither a folder nor https" ;;
    *) cp -- "$url/$1" "$to/$1" || fail "there is no '$url/$1'" ;;
    esac
}

if [ -x "$to/bin/sealift" ]; then
    add_to_path "$to/bin" # an earlier step of this job did it
    exit 0
fi
mkdir -p "$to"
case $INPUT_BUILD in
true) from_source; exit 0 ;;
false | '') ;;
*) fail "build is '$INPUT_BUILD': expected true or false" ;;
esac

version=$INPUT_VERSION
if [ -z "$version" ]; then
    case ${ACTION_REF:-} in v[0-9]*) version=${ACTION_REF#v} ;; esac
fi
[[ $version =~ ^[0-9A-Za-z.+-]*$ ]] || fail "version '$version' is not a version such as 2.4.1"
url=$INPUT_RELEASE_URL
if [ -z "$url" ]; then
    [ -n "$version" ] || fail "say which version to install: 'version: 2.4.1', or use the action by a tag such as @v2.4.1"
    url=https://github.com/$ACTION_REPOSITORY/releases/download/v$version
fi
key=${INPUT_RELEASE_KEY:-$action/release.pub}
[ -f "$key" ] || fail "no key to check releases with: '$key' is missing; pin one with release-key, or give 'build: true'"
case $(uname -m) in
x86_64) arch=amd64 ;;
aarch64) arch=arm64 ;;
*) fail "there are no releases for $(uname -m); give 'build: true'" ;;
esac

# Nothing of a release is looked at before its checksums are found to be signed.
fetch SHA256SUMS
fetch SHA256SUMS.sig
base64 -d "$to/SHA256SUMS.sig" >"$to/signature" 2>/dev/null || fail "$url/SHA256SUMS.sig is not a signature"
openssl dgst -sha256 -verify "$key" -signature "$to/signature" "$to/SHA256SUMS" >/dev/null 2>&1 \
    || fail "the release at $url is not signed by the key in $key: nothing of it was installed"
archive=$(sed -n 's/^[0-9a-f]\{64\}  //p' "$to/SHA256SUMS" | grep -E "^sealift-[0-9][^/]*-linux-$arch\.tar\.gz\$" || true)
[ -z "$version" ] || archive=$(grep -xF "sealift-$version-linux-$arch.tar.gz" <<<"$archive" || true)
case $archive in
'') fail "the release at $url has no sealift ${version:+$version }for $arch" ;;
*$'\n'*) fail "the release at $url has several versions; say which with 'version'" ;;
esac
fetch "$archive"
(cd "$to" && grep -F "  $archive" SHA256SUMS | sha256sum --quiet --strict -c - >/dev/null 2>&1) \
    || fail "$url/$archive is not the file its checksum is for: nothing of it was installed"
tar -xzf "$to/$archive" -C "$to" --strip-components=1 --no-same-owner
rm -f "$to/$archive"
add_to_path "$to/bin"
"$to/bin/sealift" --version | head -n 1
