#!/usr/bin/env bash
# The parsers in $SEALIFT_PARSERS read what devices are handed. Started by ci/parsers.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/../e2e/release.sh"

# parse WHO FILE
parse() { "$SEALIFT_PARSERS/$1" <"$2"; }

# The document as lab-1 gets it.
take_job()
{
    sandbox_start --quiet --prepare sealift.yaml
    expect_exit 0 sealift publish --yes
    aws iot-jobs-data start-next-pending-job-execution --thing-name lab-1 --output json \
        | jq -r '.execution.jobDocument' >document.json
}

# What a parser says of document.json is what jq says: field NAME FILTER
field() { expect_equal "$(sed -n "s/^$1 //p" fields)" "$(jq -r "$2" document.json)" "$1"; }

test_the_jobs_library_reads_an_afr_ota_document() {
    need aws jq
    make_release
    sed -i '/radio/d; s|document: .*|document: {dialect: afr-ota, certfile: /certs/ota.pem, filepath: /app, file_type: 7}|' sealift.yaml
    take_job
    parse afr_ota document.json >fields
    field signature '.afr_ota.files[0]["sig-sha256-ecdsa"]'
    field filepath '.afr_ota.files[0].filepath'
    field certfile '.afr_ota.files[0].certfile'
    field url '.afr_ota.files[0].update_data_url'
    field auth_scheme '.afr_ota.files[0].auth_scheme'
    field filesize '.afr_ota.files[0].filesize'
    expect_equal "$(grep -c . fields)" 8 fields
    grep -x 'fileType 7' fields
    # What it refuses, check refuses.
    jq 'del(.afr_ota.files[0].certfile)' document.json >less.json
    expect_exit 1 parse afr_ota less.json
    sed -i 's|certfile: /certs/ota.pem, ||' sealift.yaml
    expect_exit 2 sealift check
    expect_stderr "certfile"
}

# The message a device gets around the document: told FILTER
told() { jq -c "{execution: {jobId: \"j\", jobDocument: .}, timestamp: 1} | $1" document.json >message.json; }

test_the_ota_library_reads_an_afr_ota_document() {
    need aws jq openssl
    make_release
    sed -i '/radio/d; s|document: .*|document: {dialect: afr-ota, certfile: /certs/ota.pem, filepath: /app}|' sealift.yaml
    take_job
    told .
    parse ota_library message.json >fields
    grep -x 'protocols \["HTTP"\]' fields
    field filepath '.afr_ota.files[0].filepath'
    field certfile '.afr_ota.files[0].certfile'
    field url '.afr_ota.files[0].update_data_url'
    field auth_scheme '.afr_ota.files[0].auth_scheme'
    field filesize '.afr_ota.files[0].filesize'
    jq -r '.afr_ota.files[0]["sig-sha256-ecdsa"]' document.json | openssl base64 -d -A >sig
    expect_equal "$(sed -n 's/^signature_bytes //p' fields)" "$(wc -c <sig)" "signature"
    # Its limits, exceeded, are those of check.
    told '.execution.jobDocument.afr_ota.files[0].update_data_url = "https://" + "u" * 1500'
    expect_exit 1 parse ota_library message.json
    expect_exit 0 sealift check
    expect_stderr "the OTA library takes 1500"
    told '.execution.jobDocument.afr_ota.files[0].filesize = 4194304'
    expect_exit 0 parse ota_library message.json
    told '.execution.jobDocument.afr_ota.files[0].filesize = 4194305'
    expect_exit 1 parse ota_library message.json
    truncate -s 4194305 build/app.bin
    expect_exit 2 sealift plan --offline
    expect_stderr "the OTA library takes 4 MiB"
    told '.execution.jobDocument.afr_ota.protocols = ["HTTP", "MQTT", "LONGER"]'
    expect_exit 1 parse ota_library message.json
}

test_the_device_client_reads_a_device_client_document() {
    need aws jq
    make_release
    sed -i '/  document:/d' sealift.yaml
    cat >>sealift.yaml <<EOT
  document:
    dialect: device-client
    steps:
      - {fetch: app, to: /opt/app.bin, mode: "0755", run_as: acme}
      - {name: apply, command: [/opt/apply, "--note=one, two", "a \\\\ b"], run_as: root}
      - {name: services, handler: restart-services.sh, args: [acme]}
    final_step: {name: sync, command: [sync]}
EOT
    take_job
    parse device_client document.json >fields
    field version .version
    expect_equal "$(sed -n 's/^step //p' fields | tr '\n' ' ')" "$(jq -r '[.steps[].action.name, .finalStep.action.name] | join(" ") + " "' document.json)" steps
    expect_equal "$(sed -n 's/^word //p' fields)" \
        "$(jq -r '.steps[0].action.input.args[]' document.json)
/opt/apply
--note=one, two
a \\ b
acme
sync" words
    expect_equal "$(sed -n 's/^handler //p' fields | tr '\n' ' ')" "sealift-fetch restart-services.sh " handlers
    expect_equal "$(sed -n 's/^user //p' fields | tr '\n' ' ')" "acme root   " users
    # What it refuses, or would split or lose, check refuses.
    jq '.steps[1].action.input.command = "/opt/my tool"' document.json >other.json
    expect_exit 1 parse device_client other.json
    sed -i 's|/opt/apply,|/opt/my tool,|' sealift.yaml
    expect_exit 2 sealift check
    expect_stderr "holds a blank, which the device client does not take in a program"
}

e2e_main "$@"
