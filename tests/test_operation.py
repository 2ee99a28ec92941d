"""The service in operation: reload, shutdown, metrics, log, proxies, slow and broken clients, conditional requests."""

import gzip
import json
import shutil
import signal
import socket
import threading
import time
import urllib.parse
from pathlib import Path

import pytest

from conftest import run, start, stop
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import ReleaseError
from cpbm_kg.release import described_release
from cpbm_kg.settings import Settings
from cpbm_kg.web.app import create_app
from cpbm_kg.web.site import endpoint_of

COUNT = "PREFIX bm: <https://w3id.org/bassin-minier/ontology#> SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a a bm:Action }"
HUNDRED = " ".join(map(str, range(100)))
NEVER_ENDS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?v{i} {{ {HUNDRED} }}" for i in range(6)) + " }"


def ask(text: str) -> str:
    return "/sparql?" + urllib.parse.urlencode({"query": text})


def port_of(service) -> int:
    return int(service.url.rpartition(":")[2])


def raw(service, *parts: bytes, pause: float = 0.0) -> bytes:
    """What the server answers to bytes sent as they are, until it closes or is silent for two seconds."""
    with socket.create_connection(("127.0.0.1", port_of(service)), timeout=2) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        received = b""
        try:
            while data := connection.recv(65536):
                received += data
        except TimeoutError:
            pass
        return received


@pytest.fixture
def copy(release, tmp_path):
    """A release of our own to damage and replace, behind its link as `build` leaves it."""
    kept = tmp_path / "releases" / release.id
    shutil.copytree(release.folder, kept)
    link = tmp_path / "release"
    link.symlink_to(Path("releases") / release.id)
    return link


def renamed(link: Path, version: str) -> str:
    """Another release in the same store, with another version; the link names it. Its id."""
    old = link.resolve()
    manifest = json.loads((old / "manifest.json").read_text())
    new = old.with_name(f"{version}-{manifest['canonicalSha256'][:12]}")
    shutil.copytree(old, new)
    (new / "manifest.json").write_text(json.dumps(manifest | {"version": version}))
    link.unlink()
    link.symlink_to(Path("releases") / new.name)
    return new.name


# Conditions, compression, caching -------------------------------------------------------------------------------


def test_an_answer_has_a_tag_and_a_digest_and_is_not_sent_twice(service):
    _, headers, body = service.get(ask(COUNT), Accept="text/csv")
    assert headers["ETag"] and headers["Repr-Digest"].startswith("sha-256=:") and headers["Last-Modified"]
    for condition in ({"If_None_Match": headers["ETag"]}, {"If_None_Match": "*"}, {"If_None_Match": f'"x", {headers["ETag"]}'},
                      {"If_Modified_Since": headers["Last-Modified"]}):
        status, again, nothing = service.get(ask(COUNT), Accept="text/csv", **condition)
        assert (status, nothing, again["ETag"]) == (304, b"", headers["ETag"])
    for condition in ({"If_None_Match": '"other"'}, {"If_Modified_Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
                      {"If_None_Match": '"other"', "If_Modified_Since": headers["Last-Modified"]}):
        assert service.get(ask(COUNT), Accept="text/csv", **condition)[::2] == (200, body)


def test_gzip_is_given_to_those_who_take_it_with_a_tag_of_its_own(service):
    text = "SELECT * { ?s a ?o } LIMIT 200"
    plain = service.get(ask(text), Accept="text/csv")
    status, headers, body = service.get(ask(text), Accept="text/csv", Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip" and gzip.decompress(body) == plain[2]
    assert headers["ETag"] != plain[1]["ETag"] and "Accept-Encoding" in headers["Vary"]
    assert service.get(ask(text), Accept="text/csv", Accept_Encoding="gzip", If_None_Match=headers["ETag"])[0] == 304
    assert "Content-Encoding" not in service.get(ask(text), Accept="text/csv", Accept_Encoding="gzip;q=0")[1]


@pytest.mark.parametrize("path", ["/export/source.ttl", "/export/all.nq", "/", "/sparql", ask("ASK {}")])
def test_head_is_get_without_a_body(service, path):
    for encoding in ("identity", "gzip"):
        got, head = (service.get(path, method=method, Accept_Encoding=encoding) for method in ("GET", "HEAD"))
        assert head[0] == got[0] == 200 and head[2] == b""
        for name in ("Content-Type", "Content-Length", "ETag", "Content-Encoding"):
            assert head[1][name] == got[1][name], name


def test_a_range_of_a_file_can_be_asked_for(service, release):
    status, headers, body = service.get("/export/source.ttl", Range="bytes=10-19")
    assert status == 206 and body == (release.folder / "source.ttl").read_bytes()[10:20] and headers["Content-Range"].startswith("bytes 10-19/")


def test_what_another_moment_would_answer_otherwise_is_not_kept(service):
    for text in ("SELECT (RAND() AS ?r) {}", "SELECT (struuid() AS ?r) {}"):
        first, second = (service.get(ask(text), Accept="text/csv") for _ in range(2))
        assert first[2] != second[2] and "ETag" not in first[1] and first[1]["Cache-Control"] == "no-store"


def test_a_kept_answer_is_that_of_its_own_format_and_method(service):
    for accept in ("text/csv", "application/sparql-results+json", "text/csv", "application/sparql-results+xml"):
        assert service.get(ask(COUNT), Accept=accept)[1].get_content_type() == accept
        assert service.query(COUNT, accept)[1].get_content_type() == accept
    assert service.query("ASK {}", "application/sparql-results+json")[2] != service.query("ASK { <urn:a> <urn:b> <urn:c> }", "application/sparql-results+json")[2]


def test_every_answer_names_its_release_and_the_release_stays(service, release):
    _, headers, _ = service.get(ask(COUNT))
    assert headers["CPBM-Release"] == release.id and f"/release/{release.id}/manifest.json" in headers["Link"]
    status, headers, body = service.get(f"/release/{release.id}/source.ttl")
    assert status == 200 and "immutable" in headers["Cache-Control"] and body == (release.folder / "source.ttl").read_bytes()
    for wrong in ("0.0.0-000000000000", "..", "%2e%2e", "."):
        assert service.get(f"/release/{wrong}/source.ttl")[0] == 404


# Slow and broken clients ----------------------------------------------------------------------------------------


def test_two_hundred_slow_senders_hold_nobody_up(service):
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 100\r\n\r\nSELECT"
    slow = [socket.create_connection(("127.0.0.1", port_of(service))) for _ in range(200)]
    try:
        for i, connection in enumerate(slow):
            connection.sendall(head if i % 2 else head[:40])
        for i in range(20):
            assert service.get(ask(f"ASK {{}} # {i}"))[0] == 200
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.parametrize("request_bytes", [
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nASK {\r\nzz\r\n}",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nQ\r\n\r\n",
])
def test_a_garbled_body_is_no_query(service, request_bytes):
    assert not raw(service, request_bytes).startswith(b"HTTP/1.1 200")
    assert service.get(ask(COUNT))[0] == 200


def test_connect_is_refused_as_a_method(service):
    assert raw(service, b"CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: 192.0.2.1:443\r\n\r\n").split(b" ")[1] in (b"400", b"405")


def test_a_body_that_is_too_long_is_refused(service):
    announced = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n"
    assert raw(service, announced).startswith(b"HTTP/1.1 413")
    assert service.get("/sparql", b"ASK {} #" + b"x" * 3_000_000, Content_Type="application/sparql-query")[0] == 413


def test_a_client_that_leaves_ends_its_query(release):
    process, service = start("--release", release.folder, environment={"CPBM_TIMEOUT_S": "30"})
    try:
        with socket.create_connection(("127.0.0.1", port_of(service))) as connection:
            connection.sendall(f"GET {ask(NEVER_ENDS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert eventually(lambda: busy(process.pid) >= 1)
        assert eventually(lambda: busy(process.pid) == 0), "its worker is gone long before the deadline"
    finally:
        stop(process)


def eventually(holds, within_s: float = 10) -> bool:
    """Whether it comes to hold; on an idle machine at once."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
    return True


def busy(pid: int) -> int:
    """How many descendants of the server are using the processor right now."""
    def below(parent: int) -> list[int]:
        try:
            children = [int(child) for task in Path(f"/proc/{parent}/task").iterdir() for child in (task / "children").read_text().split()]
        except OSError:
            return []
        return children + [deeper for child in children for deeper in below(child)]

    def used() -> dict[int, float]:
        times = {}
        for child in below(pid):
            try:
                times[child] = time.clock_gettime((~child << 3) | 2)
            except OSError:
                pass
        return times

    before = used()
    time.sleep(0.2)
    return sum(spent - before.get(child, spent) > 0.005 for child, spent in used().items())


# Reload and shutdown --------------------------------------------------------------------------------------------


def test_a_new_release_is_taken_with_no_failed_request(copy):
    process, service = start("--release", copy)
    answers, stopping = [], threading.Event()

    def traffic(i: int) -> None:
        n = 0
        while not stopping.is_set():
            n += 1
            status, headers, body = service.get(ask(COUNT + f" # {i} {n % 50}"), Accept="text/csv")
            answers.append((status, headers["CPBM-Release"], body))

    threads = [threading.Thread(target=traffic, args=(i,)) for i in range(3)]
    try:
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        first = json.loads(service.get("/health")[2])["releaseId"]
        second = renamed(copy, "0.1.1")
        done = run("reload", environment={"CPBM_RELEASE": str(copy), "CPBM_PORT": str(port_of(service))})
        assert done.returncode == 0 and second in done.stdout, done.stderr
        time.sleep(0.3)
        assert json.loads(service.get("/health")[2])["releaseId"] == second
        assert service.get(f"/release/{first}/source.ttl")[0] == 200, "the old release stays where it was"
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
        stop(process)
    assert {(status, body.split()[-1]) for status, _, body in answers} == {(200, b"39")}
    assert {release for _, release, _ in answers} == {first, second}


@pytest.mark.parametrize("harm", ["truncated", "flipped", "missing"])
def test_a_damaged_release_is_refused_and_the_old_one_serves_on(copy, harm):
    process, service = start("--release", copy)
    try:
        first = json.loads(service.get("/health")[2])["releaseId"]
        renamed(copy, "0.1.1")
        path = copy / "source.ttl"
        data = path.read_bytes()
        if harm == "missing":
            path.unlink()
        else:
            path.write_bytes(data[:-10] if harm == "truncated" else data[:99] + bytes([data[99] ^ 1]) + data[100:])
        process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 5
        while (health := json.loads(service.get("/health")[2]))["status"] == "ok" and time.monotonic() < deadline:
            time.sleep(0.05)
        assert health["status"] == "stale" and "source.ttl" in health["reload"]["en"] and health["releaseId"] == first
        assert service.get(ask(COUNT), Accept="text/csv")[2].split() == [b"n", b"39"]
    finally:
        stop(process)
    begun = time.monotonic()
    done = run("serve", "--release", copy)
    assert done.returncode == 3 and "source.ttl" in done.stderr and time.monotonic() - begun < 5


def flip(path: Path) -> None:
    """Change one byte of a large file, which is read after its release has been opened."""
    data = bytearray(path.read_bytes())
    assert len(data) > 2**20
    data[99] ^= 1
    path.write_bytes(data)


def test_a_damaged_file_is_not_handed_out(release, copy):
    flip(copy / "all.nq")
    settings, damaged = Settings.read(), described_release(copy)
    engine = MemoryEngine.of_release(release.folder, settings.answer_bytes)
    client = create_app(engine, endpoint_of(settings, damaged), damaged, settings).test_client()
    with client.get("/export/default.nt") as whole:
        assert whole.status_code == 200
    for path in ("/export/all.nq", f"/release/{damaged.id}/all.nq", "/data/ontology.ttl"):
        refused = client.get(path)
        assert refused.status_code == 503 and "damaged" in refused.text, path
    with pytest.raises(ReleaseError) as refusal:
        damaged.verify()
    assert refusal.value.place.path.endswith("all.nq")


def test_a_store_on_disk_answers_before_large_files_are_read_and_ends_where_one_is_damaged(copy):
    stop(start("--release", copy, "--store", "disk")[0])
    flip(copy / "default.rdf")
    done = run("serve", "--release", copy, "--store", "disk", "--port", "8999")
    assert done.returncode == 3 and "default.rdf" in done.stderr and "serves" in done.stdout and "Traceback" not in done.stderr


def test_no_store_is_written_from_a_damaged_file(copy):
    flip(copy / "all.nq")
    done = run("serve", "--release", copy, "--store", "disk", "--port", "8999")
    assert done.returncode == 3 and "all.nq" in done.stderr and "Traceback" not in done.stderr
    assert not list(copy.resolve().parent.glob(".*.store"))


def test_a_damaged_file_explains_more_than_the_load_that_it_spoils(copy):
    flip(copy / "default.nt")
    done = run("serve", "--release", copy, "--port", "8999")
    assert done.returncode == 3 and "default.nt" in done.stderr and "build" in done.stderr and "Traceback" not in done.stderr


def test_requests_under_way_are_answered_before_the_end(release):
    process, service = start("--release", release.folder)
    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(service.get(ask(NEVER_ENDS) + "&timeout=1.5")))
    thread.start()
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    thread.join()
    process.communicate(timeout=5)
    assert process.returncode == 0
    assert outcome[0][0] == 408, "it came to its own end"


def test_two_builds_of_one_version_and_the_one_that_is_served_stays(release, tmp_path):
    """A build clears other builds of its version away, but not one that a server holds."""
    place = tmp_path / "release"
    assert run("build", "--release", place).returncode == 0
    process, service = start("--release", place)
    try:
        held = place.resolve()
        other = held.with_name("0.1.0-000000000000")
        shutil.copytree(held, other)
        place.unlink()
        place.symlink_to(Path("releases") / other.name)
        shutil.rmtree(tmp_path / "releases" / "0.1.0-111111111111", ignore_errors=True)
        assert run("build", "--release", place).returncode == 0
        assert held.is_dir() and not other.exists() and place.resolve() == held
        assert service.get("/export/all.nq")[0] == 200
    finally:
        stop(process)


# Metrics, log, proxies ------------------------------------------------------------------------------------------


def test_metrics_stand_on_an_address_of_their_own(release):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process, service = start("--release", release.folder, environment={"CPBM_METRICS": f"127.0.0.1:{port}"})
    try:
        for _ in range(3):
            service.get(ask(COUNT))
        service.get("/no/such/path")
        service.get(ask("SELECT"))
        import urllib.request

        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
        assert 'cpbm_requests_total{outcome="cached",route="sparql",status="200"} 2.0' in text
        assert 'cpbm_requests_total{outcome="QuerySyntax",route="sparql",status="400"} 1.0' in text
        assert 'cpbm_requests_total{outcome="404",route="other",status="404"} 1.0' in text
        assert "cpbm_slow_queries 0.0" in text and service.get("/metrics")[0] == 404
    finally:
        stop(process)


def test_the_log_says_what_happened_and_neither_who_nor_the_text(release, tmp_path):
    log = tmp_path / "access.jsonl"
    process, service = start("--release", release.folder, environment={"CPBM_ACCESS_LOG": str(log)})
    try:
        for _ in range(2):
            service.get(ask(COUNT), Accept="text/csv")
    finally:
        stop(process)
    first, second = [line for line in map(json.loads, log.read_text().splitlines()) if line["route"] == "sparql"]
    assert first["status"] == 200 and first["rows"] == 1 and first["outcome"] == "ok" and len(first["query"]) == 16
    assert second["outcome"] == "cached" and "Action" not in log.read_text() and "127.0.0.1" not in log.read_text()


def test_forwarded_addresses_count_only_from_trusted_proxies(release):
    """Two slow queries at a time from two forwarded addresses: one client, unless the proxy is trusted."""
    for trusted, expected in (("", 429), ("127.0.0.0/8", 408)):
        process, service = start("--release", release.folder, environment={"CPBM_TRUSTED_PROXIES": trusted})
        outcomes = []
        threads = [threading.Thread(target=lambda i=i: outcomes.append(service.get(
            ask(NEVER_ENDS.replace("AS ?n)", f"AS ?n) (<urn:{'m' * i}> AS ?m)")) + "&timeout=1", X_Forwarded_For=f"192.0.2.{i}")[0])) for i in range(2)]
        try:
            for thread in threads:
                thread.start()
                time.sleep(0.3)
            for thread in threads:
                thread.join()
        finally:
            stop(process)
        assert sorted(outcomes) == sorted([408, expected])


@pytest.mark.parametrize("variable, value", [("CPBM_METRICS", "nowhere"), ("CPBM_METRICS", "127.0.0.1:99999"), ("CPBM_TRUSTED_PROXIES", "everyone")])
def test_wrong_settings_are_said(release, variable, value):
    done = run("serve", "--release", release.folder, environment={variable: value})
    assert done.returncode == 2 and variable in done.stderr and "Traceback" not in done.stderr
