#!/usr/bin/env bash
# This project's own server with its default settings: cpbm-kg.sh PORT RELEASE
source "$(dirname "$0")/peer.sh"
run "$PWD/../.venv/bin/cpbm-kg" serve --port "$1" --release "$2"
answers "http://127.0.0.1:$1/health"
ready "http://127.0.0.1:$1/sparql"
