#!/usr/bin/env bash
# rdflib-endpoint 0.6.3 under uvicorn with its fast parser and loop: rdflib-endpoint.sh PORT DATA.ttl
source "$(dirname "$0")/peer.sh"
python_peer rdflib-endpoint rdflib-endpoint==0.6.3 'uvicorn[standard]'
export BENCH_DATA=$2
run "$found/bin/uvicorn" --app-dir "$servers" --host 127.0.0.1 --port "$1" --log-level warning rdflib_application:app
answers "http://127.0.0.1:$1/sparql"
ready "http://127.0.0.1:$1/sparql"
