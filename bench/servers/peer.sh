# What the start scripts share; sourced, not run. Each of them is called `NAME.sh PORT DATA`, prints one line
# `ready URL` when the peer answers with its data, runs until it is ended, and exits 69 with a reason where it cannot.
# Everything is installed into bench/.peers/, which git ignores: no root needed, and no service is started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
servers=$PWD/servers peers=$PWD/.peers
mkdir -p "$peers"

unavailable() { echo "$*" >&2; exit 69; }

# Packages of Debian or Ubuntu with what they need and this machine lacks, unpacked, not installed.
debian() {
    local tree=$peers/debian missing
    command -v apt-get dpkg >/dev/null || unavailable "$1: apt-get is not here, and no $1 on the PATH"
    missing=$(apt-get install --simulate --no-install-recommends "$1" 2>/dev/null | awk '/^Inst/ {print $2}') || true
    if [ -z "$missing" ] && [ "$(id -u)" = 0 ]; then
        apt-get update -qq >&2 || true
        missing=$(apt-get install --simulate --no-install-recommends "$1" 2>/dev/null | awk '/^Inst/ {print $2}') || true
    fi
    [ -n "$missing" ] || unavailable "$1: no such package in the lists of apt-get (run apt-get update)"
    mkdir -p "$tree/archives"
    # shellcheck disable=SC2086  # one word a package
    (cd "$tree/archives" && apt-get download -qq $missing 2>/dev/null) || unavailable "$1: its packages cannot be downloaded"
    for archive in "$tree/archives"/*.deb; do dpkg --extract "$archive" "$tree"; done
    rm -r "$tree/archives"
}

# `program NAME PACKAGE`: sets $found to the path of a program, fetching its Debian package where it is missing.
program() {
    local tree=$peers/debian multiarch
    multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")
    export PATH=$PATH:/usr/sbin:$tree/usr/bin:$tree/usr/sbin
    export LD_LIBRARY_PATH=$tree/usr/lib/$multiarch:$tree/lib/$multiarch${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    command -v "$1" >/dev/null || debian "$2" >&2
    found=$(command -v "$1") || unavailable "$1: not in the package $2"
}

# `python_peer NAME REQUIREMENT…`: a virtual environment of its own, in $found.
python_peer() {
    found=$peers/$1
    shift
    [ -f "$found/installed" ] && [ "$(cat "$found/installed")" = "$*" ] && return
    rm -rf "$found"
    { python3 -m venv "$found" && "$found/bin/pip" install --quiet --disable-pip-version-check "$@"; } >&2 || unavailable "$1: cannot be installed with pip"
    echo "$*" > "$found/installed"
}

# `run COMMAND…`: in the background, ended with this script.
run() {
    "$@" >&2 &
    child=$!
    trap 'kill $child 2>/dev/null; wait $child 2>/dev/null; exit 0' TERM INT EXIT
}

# `answers URL`: wait until something answers there, at most ten minutes.
answers() {
    for _ in $(seq 6000); do
        kill -0 "$child" 2>/dev/null || unavailable "the server ended: see above"
        curl --silent --output /dev/null --max-time 5 "$1" && return
        sleep 0.1
    done
    unavailable "no answer at $1 within ten minutes"
}

# `ready URL`: say so, and stay until ended.
ready() { echo "ready $1"; wait "$child"; }
