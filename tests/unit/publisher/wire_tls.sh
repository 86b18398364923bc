#!/usr/bin/env bash
# TLS of the wire against openssl's own server: wire_tls.sh PROGRAM, which is wire_get.c. A certificate is accepted only
# when the CA is trusted, the host is the one it names and the time is right; nothing older than TLS 1.2 is spoken. The
# same through a proxy, whose password is never shown.
set -euo pipefail
get=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
command -v openssl >/dev/null || {
    echo "SKIPPED 17 cases: 'openssl' is not installed"
    if [ "${SEALIFT_REQUIRE:-}" = all ]; then exit 1; fi
    exit 77
}
for name in $(compgen -e); do case $name in *_proxy | *_PROXY | SSL_CERT_*) unset "$name" ;; esac; done
work=$(mktemp -d "${TMPDIR:-/tmp}/sealift-tls.XXXXXX")
server='' proxy=''
# shellcheck disable=SC2317 # called by the trap
finish() {
    local pid
    for pid in $server $proxy; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT
cd "$work"

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
new_ca() {
    new_key "$1.key"
    openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 2 -out "$1.pem"
}
# new_cert NAME SAN DAYS: signed by ca; -1 days: expired, for which newer versions of openssl want both dates
new_cert() {
    local validity=(-days "$3")
    if [ "$3" = -1 ] && openssl x509 -help 2>&1 | grep -- -not_after >/dev/null; then
        validity=(-not_before 20200101000000Z -not_after 20200102000000Z)
    fi
    new_key "$1.key"
    openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
    printf 'subjectAltName=%s\n' "$2" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial "${validity[@]}" -extfile "$1.ext" \
        -out "$1.pem" 2>/dev/null
}
new_ca ca
new_ca other
new_cert good DNS:localhost 1
new_cert wrong DNS:example.com 1
new_cert expired DNS:localhost -1
new_cert named DNS:acme.example 1

# serve CERT [OPTION...]: port in $port
serve() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
    local cert=$1
    shift
    : >server.log
    openssl s_server -accept 127.0.0.1:0 -cert "$cert.pem" -key "$cert.key" -www "$@" >server.log 2>&1 </dev/null &
    server=$!
    port=
    for _ in $(seq 100); do
        port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' server.log | head -1)
        [ -n "$port" ] && return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    echo "openssl s_server did not start:" >&2
    cat server.log >&2
    exit 1
}

failures=0
# expect SENTENCE PATTERN [CA]
expect() {
    local have
    have=$("$get" "https://localhost:$port/?X-Amz-Signature=SECRET" ${3:+"$3"})
    # shellcheck disable=SC2254 # a pattern is meant
    case $have in
    *SECRET*) echo "FAILED $1: the query is shown: $have"; failures=1 ;;
    $2) echo "ok     $1" ;;
    *) echo "FAILED $1: $have"; failures=1 ;;
    esac
}

serve good
expect "a certificate of the given CA is accepted" "status 200" ca.pem
expect "the system's CAs do not know it" "error 10: GET https://localhost:*certificate*; if the endpoint or a proxy has a CA of its own, name it with --ca-bundle"
expect "another CA does not know it" "error 10: GET https://localhost:*certificate*" other.pem
expect "a bundle without certificates is refused" "error 4: GET https://localhost:*CA bundle" good.key
serve wrong
expect "a certificate for another host is refused" "error 10: GET https://localhost:*certificate subject name*" ca.pem
serve expired
expect "an expired certificate is refused" "error 10: GET https://localhost:*expired*" ca.pem
serve good -tls1_2
expect "TLS 1.2 is spoken" "status 200" ca.pem
serve good -tls1_3
expect "TLS 1.3 is spoken" "status 200" ca.pem
serve good -tls1_1 -cipher ALL:@SECLEVEL=0
expect "TLS 1.1 is not spoken" "error 10: GET https://localhost:*" ca.pem

command -v python3 >/dev/null || {
    echo "SKIPPED 8 cases: 'python3' is not installed"
    if [ "${SEALIFT_REQUIRE:-}" = all ]; then exit 1; fi
    exit "$failures"
}

# through [OPTION...]: a proxy on $proxy_port
through() {
    if [ -n "$proxy" ]; then kill "$proxy" 2>/dev/null || true; wait "$proxy" 2>/dev/null || true; fi
    rm -f proxy.in
    mkfifo proxy.in
    python3 "$here/connect_proxy.py" "$@" >proxy.log <proxy.in &
    proxy=$!
    exec 9>proxy.in
    for _ in $(seq 100); do
        proxy_port=$(head -1 proxy.log)
        [ -n "$proxy_port" ] && return 0
        sleep 0.05
    done
    echo "the proxy did not start" >&2
    exit 1
}

# expect_by SENTENCE PATTERN HOST PROXY ASKED [EXCEPT]: what the proxy was asked, and answered, in lines
expect_by() {
    local have asked
    have=$("$get" "https://$3:$port/?X-Amz-Signature=SECRET" ca.pem "$4" ${6:+"$6"})
    asked=$(sed 1d proxy.log | tr '\n' ' ')
    # shellcheck disable=SC2254 # a pattern is meant
    case "$asked|$have" in
    *SECRET*) echo "FAILED $1: a secret is shown: $have"; failures=1 ;;
    $5"|"$2) echo "ok     $1" ;;
    *) echo "FAILED $1: $asked|$have"; failures=1 ;;
    esac
}

serve named
through
expect_by "a proxy is asked for hosts elsewhere" "status 200" acme.example "127.0.0.1:$proxy_port" "acme.example:$port 200 "
through
expect_by "a host behind a proxy has to prove its name" "error 10: GET https://other.example:*certificate subject name*" \
    other.example "http://127.0.0.1:$proxy_port" "other.example:$port 200 "
through
expect_by "NO_PROXY is asked directly" "error 10: GET https://acme.example:*resolve*" acme.example \
    "http://127.0.0.1:$proxy_port" "" "x.example,.example"
through --auth "me:SECRET word"
expect_by "a password is given to the proxy" "status 200" acme.example "http://me:SECRET%20word@127.0.0.1:$proxy_port" \
    "acme.example:$port 200 "
through --auth me:other
expect_by "a wrong password is refused once" "error 10: GET https://acme.example:*407*the proxy wants a user name and a password*" \
    acme.example "http://me:SECRET@127.0.0.1:$proxy_port" "acme.example:$port 407 "
through --refuse acme.example
expect_by "what the proxy refuses is not sent again" "error 10: GET https://acme.example:*403*the proxy does not let this host through*" \
    acme.example "http://127.0.0.1:$proxy_port" "acme.example:$port 403 "
through
expect_by "a proxy that is none is refused" "error 4: HTTPS_PROXY is not the URL of a proxy; http://host:port is expected" \
    acme.example "ftp://me:SECRET@127.0.0.1:$proxy_port" ""
serve good
expect_by "this machine is asked directly" "status 200" localhost "http://127.0.0.1:$proxy_port" ""
exit "$failures"
