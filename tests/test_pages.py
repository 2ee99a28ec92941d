"""A page for each thing: its facts by layer, each with the passage that it rests on, and what points to it."""

import html
import re
from urllib.parse import urlsplit

import pytest

from cpbm_kg.vocabulary import BASE, BM, OA, RDF

ACTION = "/page/id/cpbm-2013/action/24"


def text(service, path: str, language: str = "fr") -> str:
    status, headers, body = service.get(f"/{language}{path}", Accept="text/html")
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8", (path, status)
    return body.decode()


def section(page: str, layer: str) -> str:
    return page.partition(f'<section aria-labelledby="{layer}">')[2].partition("</section>")[0]


def test_every_fact_of_the_text_opens_its_passage(service, dataset):
    shown = section(text(service, "/page/id/cpbm-2013/action/70"), "source")
    rows = re.findall(r"<tr><td>.*?</tr>", shown, re.DOTALL)
    assert rows and all("<blockquote" in row for row in rows)
    quotes = {html.unescape(quote) for quote in re.findall(r"<blockquote lang=\"fr\">(.*?)</blockquote>", shown)}
    recorded = {str(quote) for quote in dataset.layers["evidence"].objects(None, OA.exact)}
    assert quotes and quotes <= recorded


def test_layers_stand_apart_and_say_what_they_are(service):
    page = text(service, ACTION)
    assert "relève de l’axe" in section(page, "source") and "énoncé par le texte" in section(page, "source")
    assert "fait écho" in section(page, "inferred") and "déduit par nous" in section(page, "inferred") and "méthode" in section(page, "inferred")
    assert "énoncé par le texte" not in section(page, "inferred") and "fait écho" not in section(page, "source")
    assert "traduit par nous" in section(page, "translation")


def test_the_page_speaks_english(service):
    page = text(service, ACTION, "en")
    assert '<html lang="en">' in page and "stated by the text" in page and "What points here" in page and "Implement about ten pilot estates" in page


def test_a_passage_says_what_rests_on_it(service):
    page = text(service, "/page/id/cpbm-2013/passage/20201-20282")
    assert "/fr/page/id/cpbm-2013/action/24" in section(page, "incoming")


def test_a_browser_is_led_to_the_page_and_a_program_to_data(service):
    status, _, body = service.get("/id/cpbm-2013/action/24", Accept="text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    assert status == 200 and b"<h1>" in body
    for accept in ("text/turtle", "*/*"):
        status, headers, _ = service.get("/id/cpbm-2013/action/24", Accept=accept)
        assert status == 200 and headers["Content-Type"].startswith("text/turtle")


@pytest.mark.parametrize("path", ["/page/id/cpbm-2013/action/12345", "/page/id/<script>", "/page/ontology", "/page/"])
def test_what_is_not_there_has_no_page(service, path):
    status, headers, _ = service.get(path.replace("<", "%3C").replace(">", "%3E"))
    assert status == 404 and headers["Content-Type"].startswith("application/problem+json")


def test_every_thing_has_a_page_whose_links_stay_here(service, dataset):
    kinds = (BM.Action, BM.Axis, BM.Workshop, BM.CommitteeMeeting, BM.Finding, BM.Oddity)
    things = {str(thing) for layer in ("source", "editorial", "external") for kind in kinds for thing in dataset.layers[layer].subjects(RDF.type, kind)}
    assert len(things) > 100
    for thing in sorted(things):
        page = text(service, "/page/" + thing.removeprefix(BASE))
        links = re.findall(r'href="([^"]+)"', page)
        assert not [link for link in links if not link.startswith(("/", "#")) and urlsplit(link).scheme not in ("http", "https")], thing
