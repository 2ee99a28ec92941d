"""The site as files: the bytes that the server sends, for every address that has a file."""

import http.client
import urllib.parse
from contextlib import closing

import pytest

from conftest import ROOT, run, start, stop
from cpbm_kg.web import freezing
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.release import open_release
from markup import Page
from webserver import nginx

ALPHA = ROOT / "tests" / "plans" / "alpha"
PUBLIC = {"CPBM_PUBLIC_URL": "https://plans.example.org"}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    done = run("build", "--plan", ALPHA, "--release", folder / "release")
    assert done.returncode == 0, done.stderr
    return open_release(folder / "release")


@pytest.fixture(scope="module")
def frozen(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("frozen") / "here"
    done = run("freeze", folder, "--release", small.folder, environment=PUBLIC)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def served(small):
    process, service = start("--release", small.folder, environment=PUBLIC)
    yield service
    stop(process)


def test_every_file_is_what_the_server_sends(frozen, served, small):
    addresses = list(freezing.addresses(MemoryEngine.of_release(small.folder, 2**26), small))
    addresses += [f"/{path.relative_to(frozen / 'site')}" for part in ("export", "release", "static") for path in sorted((frozen / "site" / part).rglob("*")) if path.is_file()]
    assert len(addresses) == len(set(addresses)) == sum(path.is_file() for path in (frozen / "site").rglob("*")) > 1000
    assert {"/fr/", "/en/page/id/alpha/action/3", "/data/id/alpha/action/3.ttl", "/q/actions.csv", "/catalog.ttl", "/export/default.ttl", "/static/site.css"} <= set(addresses)
    with closing(http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=30)) as connection:
        for address in addresses:
            connection.request("GET", address, headers={"Accept": "text/html" if address.startswith(("/fr/", "/en/")) else "*/*"})
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200 and body == (frozen / "site" / freezing.file_of(address)).read_bytes(), address


def test_links_of_frozen_pages_lead_to_files_or_need_a_server(frozen):
    for name in ("fr/index.html", "en/page/id/alpha/action/3.html", "fr/q/actions.html", "fr/text.html"):
        for link in Page((frozen / "site" / name).read_text(encoding="utf-8")).all("a"):
            path = urllib.parse.urlsplit(link["href"])
            if link["href"].startswith("/") and not path.query and path.path not in ("/catalog", "/sparql"):
                assert (frozen / "site" / freezing.file_of(path.path)).is_file() or path.path[3:].startswith(freezing.NEED_A_SERVER), link["href"]


def test_nginx_serves_it(frozen, tmp_path):
    configuration = (frozen / freezing.CONFIGURATION).read_text(encoding="utf-8")
    with nginx(configuration, tmp_path, {"/srv/cpbm-kg/site": str(frozen / "site")}) as site:
        def said(path: str, **headers: str) -> tuple[int, str, str]:
            with closing(http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=10)) as connection:
                connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
                response = connection.getresponse()
                response.read()
            return response.status, urllib.parse.urlsplit(response.headers.get("Location", "")).path, response.headers.get("Content-Type", "")

        assert said("/en/page/id/alpha/action/3") == (200, "", "text/html; charset=utf-8")
        assert said("/fr/") == said("/fr/q/") == (200, "", "text/html; charset=utf-8")
        assert said("/id/alpha/action/3")[:2] == (303, "/data/id/alpha/action/3.ttl")
        assert said("/id/alpha/action/3", Accept="application/ld+json")[:2] == (303, "/data/id/alpha/action/3.jsonld")
        assert said("/id/alpha/action/3", Accept="text/html,*/*;q=0.8")[:2] == (303, "/page/id/alpha/action/3")
        assert said("/page/id/alpha/action/3", Accept_Language="en-GB")[:2] == (303, "/en/page/id/alpha/action/3")
        assert said("/", Accept_Language="fr")[:2] == (303, "/fr/")
        assert said("/catalog.ttl") == (200, "", "text/turtle; charset=utf-8")
        assert said("/.well-known/void") == (200, "", "text/turtle; charset=utf-8")
        assert said("/q/actions.csv") == (200, "", "text/csv; charset=utf-8")
        assert said("/ontology", Accept="text/html")[:2] == (303, "/fr/ontology") and said("/ontology")[:2] == (303, "/data/ontology.ttl")
        assert said("/fr/nothing")[0] == said("/export/nothing.ttl")[0] == 404


def test_a_folder_that_holds_something_is_left_alone(small, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    done = run("freeze", tmp_path, "--release", small.folder)
    assert done.returncode == 2 and "not empty" in done.stderr + done.stdout or "n’est pas vide" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
