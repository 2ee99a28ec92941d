#!/usr/bin/env bash
# Oxigraph's own server, store in memory: oxigraph.sh PORT DATA.ttl
source "$(dirname "$0")/peer.sh"
python_peer oxigraph oxigraph==0.5.13
run "$found/bin/oxigraph" serve --bind "127.0.0.1:$1"
answers "http://127.0.0.1:$1/query"
curl --silent --fail --header 'Content-Type: text/turtle' --data-binary "@$2" "http://127.0.0.1:$1/store?default&no_transaction" >&2 || unavailable "oxigraph: the data cannot be loaded"
ready "http://127.0.0.1:$1/query"
