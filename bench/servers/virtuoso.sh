#!/usr/bin/env bash
# Virtuoso 7 of Debian with the data in one graph, loaded in bulk: virtuoso.sh PORT DATA.ttl (takes PORT + 1 for SQL, too).
# VIRTUOSO_BUFFERS pages of 8 KiB bound its cache (default 160 MB); the process is held to 4 GiB.
# It never answers a POST of application/sparql-query: send GET or a form.
source "$(dirname "$0")/peer.sh"
program virtuoso-t virtuoso-opensource-7-bin
room=$peers/virtuoso-$1 buffers=${VIRTUOSO_BUFFERS:-20000}
rm -rf "$room"
mkdir -p "$room/data"
cp "$2" "$room/data/data.ttl"
cat > "$room/virtuoso.ini" <<END
[Database]
DatabaseFile = $room/virtuoso.db
ErrorLogFile = $room/virtuoso.log
LockFile = $room/virtuoso.lck
TransactionFile = $room/virtuoso.trx
xa_persistent_file = $room/virtuoso.pxa
ErrorLogLevel = 7
FileExtend = 200
MaxCheckpointRemap = 2000
Striping = 0
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = $room/virtuoso-temp.db
TransactionFile = $room/virtuoso-temp.trx
MaxCheckpointRemap = 2000
Striping = 0
[Parameters]
ServerPort = 127.0.0.1:$(($1 + 1))
DisableUnixSocket = 1
ServerThreads = 40
CheckpointInterval = 0
NumberOfBuffers = $buffers
MaxDirtyBuffers = $((buffers * 3 / 4))
DirsAllowed = $room/data
MaxQueryMem = 1G
TransactionAfterImageLimit = 2000000000
[HTTPServer]
ServerPort = 127.0.0.1:$1
ServerRoot = $room
ServerThreads = 40
MaxKeepAlives = 100
KeepAliveTimeout = 60
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryExecutionTime = 60
[Client]
[VDB]
[Replication]
[I18N]
[Plugins]
END
ulimit -v 4194304
run "$found" +foreground +configfile "$room/virtuoso.ini"
answers "http://127.0.0.1:$1/sparql?query=ASK%7B%7D"
program isql-vt virtuoso-opensource-7-bin
sql() { "$found" "127.0.0.1:$(($1 + 1))" dba dba errors=stdout exec="$2"; }
sql "$1" "ld_dir('$room/data', 'data.ttl', 'urn:bench'); rdf_loader_run(); checkpoint;" >&2
failed=$(sql "$1" "SELECT ll_error FROM DB.DBA.load_list WHERE ll_error IS NOT NULL OR ll_state <> 2;")
grep -q '^0 Rows' <<< "$failed" || unavailable "virtuoso: the data cannot be loaded: $failed"
ready "http://127.0.0.1:$1/sparql?default-graph-uri=urn:bench"
