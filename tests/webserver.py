"""nginx with a configuration of ours, its addresses and folders put in place."""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import Service


@contextmanager
def nginx(site: str, folder: Path, places: Mapping[str, str]) -> Iterator[Service]:
    """Run it on a free port, its files in `folder`; each key of `places` must stand in `site` and gives way to its value."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/bin")
    if program is None:
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for example, real in {**places, "listen 80": f"listen 127.0.0.1:{port}"}.items():
        assert example in site
        site = site.replace(example, real)
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    configuration = folder / "run.conf"
    configuration.write_text(f"{'user root;' if os.getuid() == 0 else ''} daemon off; pid {folder}/pid; error_log stderr; events {{}}\nhttp {{ access_log off; {temporary}\n{site}\n}}")
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(configuration)], stderr=subprocess.PIPE, encoding="utf-8")
    client = Service(f"http://127.0.0.1:{port}")
    for _ in range(100):
        if process.poll() is not None:
            raise AssertionError(process.communicate()[1])
        try:
            client.get("/robots.txt")
            break
        except urllib.error.URLError:
            time.sleep(0.05)
    try:
        yield client
    finally:
        process.terminate()
        process.communicate(timeout=10)
