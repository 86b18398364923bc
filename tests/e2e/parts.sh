# Releases with large files, and what passes between a store and us while they are published. Sourced after release.sh.
# shellcheck shell=bash

# proxy_start STORE [BODIES_AT_ONCE]: sets $proxy_url and $proxy_log; our program is given it as its S3 endpoint
proxy_start()
{
    local port
    port=$(free_port)
    proxy_url=http://127.0.0.1:$port proxy_log=$PWD/proxy.log
    : >"$proxy_log"
    server_start proxy python3 "$e2e_here/s3_proxy.py" "$port" "$1" "$proxy_log" ${2:+"$2"}
    wait_for 90 curl -fs -o /dev/null "$proxy_url/_proxy" || fail "the proxy did not come up: $(cat proxy.err)"
}

publish() { AWS_ENDPOINT_URL_S3=$proxy_url sealift publish --yes "$@"; }

# large NAME BYTES [BUCKET_LINES]: a release of that name with one large file
large()
{
    make_release
    head -c "$2" /dev/urandom >build/app.bin
    sed -i "s/name: thermostat/name: $1/; s/eu-west-1, prefix: thermostat/${AWS_REGION:-eu-west-1}, prefix: $1/; s|prefix: $1/|&${3:+, $3}|" sealift.yaml
}

# Parts the store took, as "upload part", in order; and what was asked for otherwise.
parts_taken() { jq -r 'select(.method == "PUT" and .query.partNumber and .status == 200) | "\(.query.uploadId) \(.query.partNumber)"' "$proxy_log"; }
requests() { jq -r "select($1) | .status" "$proxy_log" | wc -l; }
proxy_is() { [ "$(curl -fs "$proxy_url/_proxy" | jq ".$1")" = "$2" ]; }

# two_at_once NAME [IGNORES]: from two machines, as it were: one object, one receipt. A store that ignores conditions on
# completion keeps both versions, and both must name the same.
two_at_once()
{
    local round first
    for round in 1 2 3; do
        sealift publish --yes --output json --state a --set release.version="1.0.$round" >a.json 2>a.err &
        first=$!
        sealift publish --yes --output json --state b --set release.version="1.0.$round" >b.json 2>b.err || fail "second: $(cat b.err)"
        wait $first || fail "first: $(cat a.err)"
        expect_same "a/$1-1.0.$round/receipt.json" "b/$1-1.0.$round/receipt.json"
        [ -n "${2:-}" ] || expect_equal "$(aws s3api list-object-versions --bucket acme-firmware --prefix "$1/1.0.$round/app.bin" --output json | jq '.Versions | length')" 1 "versions of the object"
        expect_equal "$(aws s3api list-multipart-uploads --bucket acme-firmware --output json | jq '(.Uploads // []) | length')" 0 "uploads left"
        expect_file_absent "a/$1-1.0.$round/journal"
        expect_file_absent "b/$1-1.0.$round/journal"
    done
}
