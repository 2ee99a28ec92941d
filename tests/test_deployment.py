"""The examples of docs/deploy are tried: nginx in front of the real service, and systemd's own check of the unit."""

import shutil
import subprocess
import time
import urllib.error
import urllib.parse
from pathlib import Path

import pytest

from conftest import ROOT
from webserver import nginx

DEPLOY = ROOT / "docs" / "deploy"
COUNT = "PREFIX bm: <https://w3id.org/bassin-minier/ontology#> SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a a bm:Action }"


@pytest.fixture(scope="module")
def proxied(service, tmp_path_factory):
    """The service behind nginx with our example, its addresses and folders put in place."""
    folder = tmp_path_factory.mktemp("nginx")
    example = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    with nginx(example, folder, {"127.0.0.1:8000": service.url.removeprefix("http://"), "/var/cache/nginx/cpbm": f"{folder}/cache"}) as client:
        yield client


def test_answers_pass_through_nginx_and_are_revalidated(proxied, service):
    path = "/sparql?" + urllib.parse.urlencode({"query": COUNT})
    direct = service.get(path, Accept="text/csv")
    seen = []
    for _ in range(4):
        status, headers, body = proxied.get(path, Accept="text/csv")
        assert status == 200 and body == direct[2] and headers["ETag"] == direct[1]["ETag"] and headers["CPBM-Release"]
        seen.append(headers["X-Cache"])
        time.sleep(1.05)
    assert seen[0] == "MISS" and "REVALIDATED" in seen and set(seen[1:]) <= {"HIT", "REVALIDATED"}
    volatile = "/sparql?" + urllib.parse.urlencode({"query": "SELECT (RAND() AS ?r) {}"})
    assert len({proxied.get(volatile)[2] for _ in range(3)}) == 3
    assert proxied.query(COUNT)[2].split() == [b"n", b"39"]
    assert proxied.get("/export/source.ttl", Accept_Encoding="gzip")[1]["Content-Encoding"] == "gzip"
    assert proxied.get("/nowhere")[0] == 404 and proxied.get("/sparql?query=SELECT")[0] == 400


def test_systemd_accepts_the_unit(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "cpbm-kg.service"
    unit.write_text((DEPLOY / "cpbm-kg.service").read_text(encoding="utf-8").replace("/srv/cpbm-kg", str(Path(ROOT))).replace("User=cpbm", "User=daemon"))
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if "cpbm-kg.service" in line]
    assert not complaints, complaints
