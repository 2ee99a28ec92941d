#!/usr/bin/env bash
# Apache Jena Fuseki, dataset in memory, fetched by Maven: fuseki.sh PORT DATA.ttl (FUSEKI_HEAP bounds its heap, default 4g).
source "$(dirname "$0")/peer.sh"
version=5.3.0
jar=$peers/fuseki/jena-fuseki-server-$version.jar room=$peers/fuseki-$1
command -v java >/dev/null || unavailable "fuseki: java (17 or later) is not on the PATH"
if [ ! -f "$jar" ]; then
    command -v mvn >/dev/null || unavailable "fuseki: mvn is not on the PATH, nor its jar in bench/.peers/fuseki"
    mvn --quiet --batch-mode dependency:copy "-Dartifact=org.apache.jena:jena-fuseki-server:$version" "-DoutputDirectory=$peers/fuseki" >&2 || unavailable "fuseki: Maven cannot fetch it"
fi
rm -rf "$room" && mkdir -p "$room"
export FUSEKI_BASE=$room
cat > "$room/log4j2.properties" <<END
status = error
appender.err.type = Console
appender.err.name = err
appender.err.target = SYSTEM_ERR
appender.err.layout.type = PatternLayout
rootLogger.level = warn
rootLogger.appenderRef.err.ref = err
END
run java "-Xmx${FUSEKI_HEAP:-4g}" "-Dlog4j2.configurationFile=$room/log4j2.properties" -jar "$jar" --localhost --port "$1" --mem --update /bench
answers "http://127.0.0.1:$1/\$/ping"
curl --silent --fail --header 'Content-Type: text/turtle' --data-binary "@$2" --output /dev/null "http://127.0.0.1:$1/bench/data?default" >&2 || unavailable "fuseki: the data cannot be loaded"
ready "http://127.0.0.1:$1/bench/query"
