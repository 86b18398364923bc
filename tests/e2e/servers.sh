# Servers others wrote, and our own sandbox, for the end-to-end tests and the benchmark. Sourced by lib.sh; run as a
# program it keeps one Ceph gateway for several scripts:  servers.sh rgw-start|rgw-stop ENVFILE
# shellcheck shell=bash

# --- moto: the shapes of S3, IoT, IAM and STS calls. It checks no signature.

# For setup_file: start one; sets $moto_url and the AWS variables. Skips the test where python3 has no moto.
moto_start()
{
    python3 -c 'import moto.server' 2>/dev/null || skip "python3 has no moto"
    local port
    port=$(free_port)
    moto_url=http://127.0.0.1:$port
    server_start "$e2e_work/moto-$port.log" python3 -m moto.server -H 127.0.0.1 -p "$port"
    wait_for 90 curl -fs -o /dev/null "$moto_url/moto-api/data.json" || fail "moto did not come up: $(tail -3 "$e2e_work/moto-$port.log.err")"
    export AWS_ENDPOINT_URL=$moto_url AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=example/example/example
    export AWS_DEFAULT_REGION=eu-west-1 AWS_REGION=eu-west-1
}

# Forget everything moto holds.
moto_reset() { curl -fs -o /dev/null -X POST "$moto_url/moto-api/reset"; }

# --- our sandbox

# sandbox_start [ARGUMENT...]: sets $sandbox_pid and the AWS variables it prints.
sandbox_start()
{
    local log
    log=$(mktemp "$e2e_work/sandbox.XXXXXX")
    server_start "$log" "$SEALIFT" sandbox --listen 127.0.0.1:0 "$@"
    sandbox_pid=$server_pid
    wait_for 90 grep -q AWS_SECRET_ACCESS_KEY "$log" || fail "the sandbox did not come up: $(tail -3 "$log.err")"
    # shellcheck disable=SC1090
    . "$log"
}

# --- Ceph's gateway: real S3 with strict signatures, versions and multipart. One monitor, one store in memory.

rgw_config()
{
    local dir=$1 port=$2
    cat <<EOT
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = $dir/keyring
run dir = $dir/run
pid file = $dir/run/\$name.pid
admin socket = $dir/run/\$name.asok
log file = $dir/log/\$name.log
crash dir = $dir/log
paxos propose interval = .05
paxos min wait = .01
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 1
[mon.a]
mon data = $dir/mon
mon addr = 127.0.0.1:$((port + 1))
[osd.0]
osd data = $dir/osd
osd objectstore = memstore
memstore device bytes = ${SEALIFT_RGW_BYTES:-8589934592}
osd class load list = *
osd class default list = *
osd max object name len = 2048
[client.rgw]
rgw data = $dir/rgw
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw dns name = localhost
rgw enable usage log = false
rgw enable ops log = false
rgw gc obj min wait = 5
rgw gc processor period = 10
rgw gc processor max time = 10
debug rgw = 1
EOT
}

# Make and start a gateway in DIR on PORT; its processes are in DIR/pids. Returns 1 with a reason in DIR/why.
rgw_make()
{
    local dir=$1 port=$2 conf=$1/ceph.conf id
    mkdir -p "$dir"/{mon,osd,rgw,run,log}
    rgw_config "$dir" "$port" >"$conf"
    id=$(sed -n 's/^fsid = //p' "$conf")
    : >"$dir/keyring"
    rgw_key() { ceph-authtool "$dir/keyring" --gen-key "$@"; }
    rgw_daemon() { "$@" >>"$dir/log/out" 2>&1 </dev/null & echo $! >>"$dir/pids"; }
    {
        monmaptool --create --clobber --fsid "$id" --addv a "[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]" "$dir/monmap"
        rgw_key -n mon. --cap mon 'allow *'
        rgw_key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
        rgw_key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
        rgw_key -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
        ceph-mon -c "$conf" --mkfs -i a --monmap "$dir/monmap" --keyring "$dir/keyring"
    } >>"$dir/log/out" 2>&1 || { echo "ceph-mon could not be set up" >"$dir/why"; return 1; }
    rgw_daemon ceph-mon -c "$conf" -f -i a
    rgw_until 60 timeout 15 ceph -c "$conf" -s || { echo "ceph-mon did not come up" >"$dir/why"; return 1; }
    id=$(cat /proc/sys/kernel/random/uuid)
    {
        ceph -c "$conf" osd new "$id" 0
        ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$id" --osd-objectstore memstore
        ceph -c "$conf" osd crush add osd.0 1.0 root=default host=h
    } >>"$dir/log/out" 2>&1 || { echo "ceph-osd could not be set up" >"$dir/why"; return 1; }
    rgw_daemon ceph-osd -c "$conf" -f -i 0
    rgw_until 60 rgw_store_is_up "$conf" || { echo "ceph-osd did not come up" >"$dir/why"; return 1; }
    rgw_daemon radosgw -c "$conf" -f -n client.rgw
    rgw_until 90 curl -fs -o /dev/null "http://127.0.0.1:$port/" || { echo "radosgw did not come up" >"$dir/why"; return 1; }
    radosgw-admin -c "$conf" user create --uid=test --display-name=test --access-key=TESTACCESSKEY0000001 \
        --secret-key=secret/secret+secretsecretsecretsecret00 >>"$dir/log/out" 2>&1 \
        || { echo "radosgw has no user" >"$dir/why"; return 1; }
}

rgw_store_is_up() { ceph -c "$1" osd stat 2>/dev/null | grep '1 up' >/dev/null; }

rgw_until()
{
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}

# End the processes of DIR, gateway first, and drop the folder.
rgw_end()
{
    local dir=$1 pid
    if [ -s "$dir/pids" ]; then
        for pid in $(tac "$dir/pids"); do
            kill "$pid" 2>/dev/null || continue
            rgw_until 10 rgw_gone "$pid" || kill -9 "$pid" 2>/dev/null || true
        done
    fi
    rm -rf "$dir"
}

rgw_gone() { ! kill -0 "$1" 2>/dev/null || [ "$(ps -o stat= -p "$1" | cut -c1)" = Z ]; }

# Write the settings of a new gateway to ENVFILE; where there cannot be one, the reason.
rgw_start()
{
    local env=$1 dir port command try
    for command in ceph ceph-mon ceph-osd ceph-authtool monmaptool radosgw radosgw-admin; do
        command -v "$command" >/dev/null || { echo "rgw_missing='$command is not installed; run: ci/setup rgw'" >"$env"; return 0; }
    done
    dir=$(mktemp -d "${TMPDIR:-/tmp}/sealift-rgw.XXXXXX")
    for try in 1 2 3; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        rgw_make "$dir" "$port" && break
        [ "$try" = 3 ] && { echo "rgw: $(cat "$dir/why")" >&2; tail -20 "$dir/log/out" >&2; rgw_end "$dir"; return 1; }
        rgw_end "$dir"
        mkdir -p "$dir"
    done
    cat >"$env" <<EOT
rgw_dir=$dir
rgw_url=http://127.0.0.1:$port
export AWS_ENDPOINT_URL_S3=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=TESTACCESSKEY0000001
export AWS_SECRET_ACCESS_KEY=secret/secret+secretsecretsecretsecret00 AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1
EOT
}

rgw_stop()
{
    local rgw_dir=
    # shellcheck disable=SC1090
    [ ! -s "$1" ] || . "$1"
    [ -z "$rgw_dir" ] || rgw_end "$rgw_dir"
    rm -f "$1"
}

# For setup_file: the AWS variables of the gateway ctest started ($SEALIFT_RGW_ENV), or of one of its own.
rgw_use()
{
    local env=${SEALIFT_RGW_ENV:-}
    if [ ! -s "$env" ]; then
        env=$e2e_work/rgw.env
        rgw_start "$env" || fail "Ceph's gateway did not start"
        trap 'rgw_stop "$e2e_work/rgw.env"; e2e_finish' EXIT
    fi
    # shellcheck disable=SC1090
    . "$env"
    [ -z "${rgw_missing:-}" ] || skip "$rgw_missing"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -euo pipefail
    case ${1:-} in
    rgw-start) rgw_start "${2:?ENVFILE}" ;;
    rgw-stop) rgw_stop "${2:?ENVFILE}" ;;
    *) echo "usage: $0 rgw-start|rgw-stop ENVFILE" >&2; exit 2 ;;
    esac
fi

# tpm_start: a TPM that ends with the script, or the test. Sets what ours and tpm2-tools need to reach it; without the
# programs the test is skipped.
tpm_start()
{
    need python3 swtpm tpm2_createprimary tpm2_evictcontrol openssl
    local name state
    case $(openssl list -providers -provider tpm2 2>&1) in *'could not load the shared library'*) skip "OpenSSL's provider tpm2 is not installed" ;; esac
    state=$(mktemp -d "$e2e_work/tpm.XXXXXX") name=$state/device
    server_start "$state/log" python3 "$e2e_here/tpm_device.py" "$state" "$name"
    wait_for 30 test -e "$name" || fail "the TPM did not come up: $(cat "$state/log.err")"
    TPM2TOOLS_TCTI=device:$(cat "$name")
    export TPM2TOOLS_TCTI SEALIFT_TPM2_TCTI=$TPM2TOOLS_TCTI
}

# tpm_key ALGORITHM HANDLE [PIN [MORE-ATTRIBUTES]]: a persistent key, as tpm2-tools make it; its public half in HANDLE.pub
tpm_key()
{
    tpm2_createprimary -Q -C o -G "$1" -a "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign${4:-}" ${3:+-p "$3"} -c key.ctx
    tpm2_evictcontrol -Q -C o -c key.ctx "$2"
    tpm2_flushcontext -t
    tpm2_readpublic -Q -c "$2" -f pem -o "$2.pub"
}
