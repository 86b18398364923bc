# A small release for the end-to-end tests. Sourced after lib.sh.
# shellcheck shell=bash

account=123456789012
role=arn:aws:iam::$account:role/firmware-download

# Write build/app.bin, build/radio.bin, keys/release.pem and sealift.yaml here. Extra top-level lines come from stdin.
make_release()
{
    mkdir -p build keys
    head -c 100000 /dev/urandom >build/app.bin
    head -c 5000 /dev/urandom >build/radio.bin
    [ -e keys/release.pem ] || sealift key new --quiet "$@" keys/release.pem >/dev/null
    cat >sealift.yaml <<EOT
sealift: 1
release: {name: thermostat, version: 2.4.1}
artifacts:
  app: {file: build/app.bin}
  radio: {file: build/radio.bin}
signing: {key: release}
keys: {release: file:keys/release.pem}
bucket: {name: acme-firmware, region: eu-west-1, prefix: thermostat/}
job:
  targets: [thing/lab-1]
  url: {role: "$role", timeout: 30m}
  document: {dialect: jobs-agent, operation: install}
EOT
}

# What the sandbox or moto holds under the release's prefix: one line per version of an object.
versions()
{
    aws s3api list-object-versions --bucket acme-firmware --prefix thermostat/ --output json \
        | jq -r '(.Versions // [])[] | "\(.Key) \(.VersionId)"' | sort
}

expect_nothing_written()
{
    expect_equal "$(versions)" "" "objects in the bucket"
    expect_equal "$(aws iot list-jobs --output json | jq '.jobs | length')" 0 "jobs"
    expect_file_absent .sealift
}
