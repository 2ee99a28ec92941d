#!/usr/bin/env bash
# nginx serving one file as /answer: nginx.sh PORT FILE
source "$(dirname "$0")/peer.sh"
program nginx nginx-light
room=$peers/nginx-$1
mkdir -p "$room"
cp "$2" "$room/answer"
cat > "$room/nginx.conf" <<END
daemon off; worker_processes 1; pid $room/pid; error_log stderr;
events { worker_connections 1024; }
http {
    access_log off; sendfile on; open_file_cache max=10; keepalive_requests 1000000000;
    client_body_temp_path $room/body; proxy_temp_path $room/proxy; fastcgi_temp_path $room/fastcgi; uwsgi_temp_path $room/uwsgi; scgi_temp_path $room/scgi;
    default_type application/sparql-results+json;
    server { listen 127.0.0.1:$1; root $room; }
}
END
run "$found" -e stderr -p "$room" -c "$room/nginx.conf"
answers "http://127.0.0.1:$1/answer"
ready "http://127.0.0.1:$1/answer"
