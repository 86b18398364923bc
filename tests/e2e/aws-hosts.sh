#!/usr/bin/env bash
# Publishing to AWS's own hosts, as far as one machine can tell: through a proxy that plays them, checks every signature,
# its Region, service and headers with botocore's signer, and hands on to moto.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]}'
permissions='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-firmware/*"}]}'

setup_file()
{
    need aws jq openssl python3
    moto_start
    export AWS_SESSION_TOKEN=FwoGZXIvYXdzEXAMPLE//token==
    local bucket
    for bucket in acme-firmware acme.firmware; do
        aws s3api create-bucket --bucket "$bucket" --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
        aws s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Enabled
    done
    aws iam create-role --role-name firmware-download --assume-role-policy-document "$trust" >/dev/null
    aws iam put-role-policy --role-name firmware-download --policy-name download --policy-document "$permissions"
    aws iot create-thing --thing-name lab-1 >/dev/null
    certificates
}

# One CA, and one certificate for every host that can be meant.
certificates()
{
    local names=DNS:iam.amazonaws.com,DNS:iam-fips.amazonaws.com,DNS:iam.global.api.aws,DNS:iam-fips.global.api.aws service form
    for service in iot data.jobs.iot sts kms signer; do
        for form in "$service" "$service-fips"; do
            names+=,DNS:$form.eu-west-1.amazonaws.com,DNS:$form.eu-west-1.api.aws
        done
    done
    for form in s3 s3-fips s3.dualstack s3-fips.dualstack; do
        names+=",DNS:$form.eu-west-1.amazonaws.com,DNS:*.$form.eu-west-1.amazonaws.com"
    done
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 2 2>/dev/null
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout host.key -out host.csr -subj /CN=aws 2>/dev/null
    printf 'subjectAltName=%s,DNS:example.com\n' "$names" >host.ext
    openssl x509 -req -in host.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile host.ext -out host.pem 2>/dev/null
    ca=$PWD/ca.pem certificate=$PWD/host.pem private_key=$PWD/host.key
}

# From now on the only way to AWS is through the proxy; what it saw is in proxy.log.
proxy_start()
{
    mkfifo proxy.in
    # shellcheck disable=SC2094 # the pipe keeps it alive
    (exec python3 "$e2e_here/strict_proxy.py" "$certificate" "$private_key" "$moto_url" proxy.log) <proxy.in >proxy.out 2>proxy.err &
    e2e_pids+=($!)
    exec 8>proxy.in
    wait_for 20 test -s proxy.out || fail "the proxy did not come up: $(tail -3 proxy.err)"
    proxy=http://127.0.0.1:$(cat proxy.out)
    unset AWS_ENDPOINT_URL
    export HTTPS_PROXY=$proxy AWS_CA_BUNDLE=$ca
}

# Moto itself, for preparing and looking.
direct() { env -u HTTPS_PROXY -u AWS_CA_BUNDLE AWS_ENDPOINT_URL="$moto_url" "$@"; }

release()
{
    make_release
    sed -i "s/name: thermostat/name: $1/; s/prefix: thermostat\//account: '$account', &/; s/prefix: thermostat/prefix: $1/" sealift.yaml
}

expect_nothing_refused()
{
    ! grep -v '^ok ' proxy.log >&2 || fail "the strict proxy refused"
    expect_equal "$(grep -c '^ok ' proxy.log | awk '{ print ($1 >= 8) }')" 1 "requests of a release"
}

# Which hosts were asked, signed for what: lines of "service region host"
asked() { sed -n 's|^ok \([^ ]* [^ ]*\) [A-Z]* https://\([^/]*\)/.*|\1 \2|p' proxy.log | sort -u; }

test_the_proxy_accepts_others_and_refuses_what_is_wrong() {
    proxy_start
    aws s3api get-bucket-versioning --bucket acme-firmware >/dev/null
    aws iot describe-thing --thing-name lab-1 >/dev/null
    aws sts get-caller-identity >/dev/null
    aws iam get-role --role-name firmware-download >/dev/null
    ! grep -v '^ok ' proxy.log || fail "the proxy refused the AWS CLI"
    expect_exit 0 python3 "$e2e_here/strict_proxy.py" probe "$proxy" "$ca"
    expect_equal "$(tr '\n' ';' <"$out")" "right accepted;region refused;service refused;global region refused;unsigned header refused;query refused;host refused;"
}

test_a_release_at_aws_own_hosts() {
    proxy_start
    release plain
    expect_exit 0 sealift publish --yes --output json
    expect_json "$out" '.receipt.jobs | length' 1
    expect_nothing_refused
    expect_equal "$(asked)" "iam us-east-1 iam.amazonaws.com
iot eu-west-1 iot.eu-west-1.amazonaws.com
s3 eu-west-1 acme-firmware.s3.eu-west-1.amazonaws.com
sts eu-west-1 sts.eu-west-1.amazonaws.com"
    expect_exit 0 sealift plan --detailed-exitcode
    expect_nothing_refused
}

test_a_release_at_fips_and_dual_stack_hosts() {
    proxy_start
    release fips
    AWS_USE_FIPS_ENDPOINT=true AWS_USE_DUALSTACK_ENDPOINT=true expect_exit 0 sealift publish --yes
    expect_nothing_refused
    expect_equal "$(asked)" "iam us-east-1 iam-fips.global.api.aws
iot eu-west-1 iot-fips.eu-west-1.api.aws
s3 eu-west-1 acme-firmware.s3-fips.dualstack.eu-west-1.amazonaws.com
sts eu-west-1 sts-fips.eu-west-1.api.aws"
}

test_a_bucket_in_the_path_when_the_profile_says_so_or_its_name_has_dots() {
    proxy_start
    printf '[default]\ns3 =\n  addressing_style = path\n' >path.conf
    release paths
    AWS_CONFIG_FILE=path.conf expect_exit 0 sealift publish --yes
    sed -i 's/acme-firmware/acme.firmware/; s/paths/dots/' sealift.yaml
    # the role's permissions are for the other bucket
    direct aws iam put-role-policy --role-name firmware-download --policy-name dots --policy-document "${permissions/acme-firmware/acme.firmware}"
    expect_exit 0 sealift publish --yes
    expect_nothing_refused
    expect_equal "$(asked | grep '^s3')" "s3 eu-west-1 s3.eu-west-1.amazonaws.com"
}

test_a_release_of_keys_that_need_encoding() {
    proxy_start
    release keys
    sed -i 's|app: {file: build/app.bin}|app: {file: build/app.bin, object: "keys/a b+c%41}~$/größe;=\&?#.bin"}|' sealift.yaml
    expect_exit 0 sealift publish --yes
    expect_nothing_refused
    direct aws s3api get-object --bucket acme-firmware --key 'keys/a b+c%41}~$/größe;=&?#.bin' got >/dev/null
    expect_same got build/app.bin
}

test_a_wrong_secret_is_refused_and_the_password_of_the_proxy_is_not_shown() {
    proxy_start
    release wrong
    AWS_SECRET_ACCESS_KEY=wrong expect_exit 5 sealift publish --yes
    expect_stderr SignatureDoesNotMatch
    HTTPS_PROXY=http://me:TOPSECRET@127.0.0.1:1 expect_exit 7 sealift publish --yes
    expect_silence_about TOPSECRET
    HTTPS_PROXY=ftp://me:TOPSECRET@127.0.0.1:1 expect_exit 2 sealift publish --yes
    expect_stderr "HTTPS_PROXY is not the URL of a proxy"
    expect_silence_about TOPSECRET
    expect_file_absent .sealift
}

test_an_endpoint_of_ones_own_and_fips_exclude_each_other() {
    release both
    AWS_USE_FIPS_ENDPOINT=true expect_exit 2 sealift publish --yes
    expect_stderr "a FIPS endpoint (AWS_USE_FIPS_ENDPOINT) is asked for, but the endpoint URL of '127.0.0.1:"
    AWS_USE_FIPS_ENDPOINT=maybe expect_exit 2 sealift publish --yes
    expect_stderr "AWS_USE_FIPS_ENDPOINT is 'maybe'; 'true' or 'false' is expected"
    expect_file_absent .sealift
}

e2e_main "$@"
