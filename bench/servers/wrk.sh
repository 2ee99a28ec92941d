#!/usr/bin/env bash
# The load generator wrk, fetched like a peer where it is missing: wrk.sh ARGUMENTS…
source "$(dirname "$0")/peer.sh"
program wrk wrk
exec "$found" "$@"
