#!/usr/bin/env bash
# Job documents of each dialect, from the manifest to what a device is handed.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/release.sh"

# The execution's document as lab-1 gets it, in document.json.
take_job()
{
    aws iot-jobs-data start-next-pending-job-execution --thing-name lab-1 --output json \
        | jq -r '.execution.jobDocument' >document.json
}

test_the_length_of_urls_is_that_of_real_ones() {
    need python3
    python3 -c 'import botocore' 2>/dev/null || skip "python3 has no botocore"
    make_release
    sed -i '/radio/d; s|document: .*|document: {dialect: afr-ota, certfile: /c}|' sealift.yaml
    expect_exit 0 sealift check
    python3 - >length <<'EOT'
import botocore.session
from botocore.config import Config
session = botocore.session.Session()
session.set_credentials("ASIAXXXXXXXXXXXXXXXX", "s" * 40, "t" * 1300)
client = session.create_client("s3", region_name="eu-west-1", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
what = {"Bucket": "acme-firmware", "Key": "thermostat/2.4.1/app.bin", "VersionId": "v" * 64}
print(len(client.generate_presigned_url("get_object", Params=what, ExpiresIn=3600)))
EOT
    expect_stderr "a download URL may have $(cat length) characters, the OTA library takes 1500"
}

test_a_freertos_device_is_handed_what_it_verifies() {
    need aws jq curl openssl
    make_release
    sed -i '/radio/d; s|document: .*|document: {dialect: afr-ota, certfile: /certs/ota.pem, filepath: /app}|' sealift.yaml
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift publish --yes
    take_job
    expect_json document.json '.afr_ota.protocols | tojson' '["HTTP"]'
    expect_json document.json '.afr_ota.files | length' 1
    expect_json document.json '.afr_ota.files[0] | del(.update_data_url, .["sig-sha256-ecdsa"]) | tojson' \
        '{"auth_scheme":"aws.s3.presigned","certfile":"/certs/ota.pem","fileType":0,"fileid":0,"filepath":"/app","filesize":100000}'
    jq -r '.afr_ota.files[0]["sig-sha256-ecdsa"]' document.json | openssl base64 -d -A >sig
    curl --silent --fail --range 0-99999 "$(jq -r '.afr_ota.files[0].update_data_url' document.json)" >got
    openssl pkey -in keys/release.pem -pubout -out release.pub.pem
    openssl dgst -sha256 -verify release.pub.pem -signature sig got
    expect_exit 0 sealift verify --remote .sealift/*/receipt.json
}

test_a_linux_device_runs_its_steps_with_our_handler() {
    need aws jq curl openssl python3
    make_release
    mkdir device keys-of-device
    openssl pkey -in keys/release.pem -pubout -out keys-of-device/release.pem
    sed -i '/  document:/d' sealift.yaml
    cat >>sealift.yaml <<EOT
  document:
    dialect: device-client
    steps:
      - {fetch: app, to: $PWD/device/app.bin}
      - {fetch: radio, to: $PWD/device/radio.bin, mode: "0600"}
      - {name: note, command: [touch, "$PWD/device/one, two"]}
EOT
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift publish --yes
    take_job
    # What the client does: execvp with the user, empty here, before the arguments; commands split at commas.
    cat >client.py <<'EOT'
import json, re, subprocess, sys
for step in json.load(open("document.json"))["steps"]:
    action = step["action"]
    if action["type"] == "runHandler":
        argv = [sys.argv[1] + "/" + action["input"]["handler"], action.get("runAsUser", "")] + action["input"]["args"]
    else:
        argv = [t.replace("\\,", ",").strip() for t in re.findall(r"(?:\\,|[^,])+", action["input"]["command"])]
    subprocess.run(argv, check=True)
EOT
    SEALIFT_FETCH_KEYS=$PWD/keys-of-device expect_exit 0 python3 client.py "$e2e_top/devices"
    expect_same device/app.bin build/app.bin
    expect_same device/radio.bin build/radio.bin
    expect_mode 600 device/radio.bin
    expect_only device app.bin radio.bin "one, two"
    openssl ecparam -genkey -name prime256v1 -noout 2>/dev/null | openssl pkey -pubout -out keys-of-device/release.pem
    SEALIFT_FETCH_KEYS=$PWD/keys-of-device expect_exit 1 python3 client.py "$e2e_top/devices"
    expect_stderr "no key in '$PWD/keys-of-device' verifies the signature"
    expect_only device app.bin radio.bin "one, two"
    # The statement is in the document, so the job alone can be verified.
    openssl pkey -in keys/release.pem -pubout -out release.pub.pem
    jq -e '.sealift.statement.payload' document.json >/dev/null
}

# rehearsed RESULT OPTION...: what lab-1 does
rehearsed()
{
    local result=$1
    shift
    expect_exit 0 sealift rehearse --output json --expect "lab-1=$result" "$@"
    expect_json "$out" '.devices[0].result' "$result"
}

test_simulated_devices_read_each_dialect() {
    make_release
    sealift key new --quiet keys/stranger.pem >/dev/null
    sed -i 's|document: .*|document: {dialect: device-client, steps: [{fetch: app, to: /a}, {fetch: radio, to: /b}, {name: sync, command: [sync]}]}|' sealift.yaml
    rehearsed succeeded
    expect_json "$out" '[.devices[0] | .files, .bytes] | tojson' '[2,105000]'
    rehearsed rejected --running lab-1=3.0.0
    rehearsed rejected --trust lab-1=keys/stranger.pem.pub
    sed -i 's|\[{fetch: app.*|[{name: sync, command: [sync]}]}|' sealift.yaml
    rehearsed failed
    sed -i '/radio/d; s|document: .*|document: {dialect: afr-ota, certfile: /c}|' sealift.yaml
    rehearsed succeeded --running lab-1=2.4.0
    expect_json "$out" '.devices[0].bytes' 100000
    rehearsed rejected --running lab-1=3.0.0
    rehearsed rejected --trust lab-1=keys/stranger.pem.pub
    expect_json "$out" '.devices[0].reason' "the signature of 'app.bin' is of no key this device trusts"
    sed -i 's|document: .*|document: {dialect: custom, body: {afr_ota: {protocols: ["MQTT"], files: []}, sealift: {version: "2.4.1"}, at: "{{artifact.app.url}}"}}|' sealift.yaml
    rehearsed rejected
    expect_json "$out" '.devices[0].reason' "afr_ota.protocols does not name 'HTTP'"
    sed -i 's|document: .*|document: {dialect: custom, body: {at: "{{artifact.app.url}}"}}|' sealift.yaml
    rehearsed rejected
    expect_stderr "has a document that simulated devices cannot read"
}

e2e_main "$@"
