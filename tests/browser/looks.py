"""Every kind of page in a real browser: axe-core finds nothing, nothing is asked of other sites, the policy holds, it is light.

    make test-browser

Screenshots are kept in `.screens/`.
"""

from urllib.parse import quote

import pytest

QUERY = quote("PREFIX bm: <https://w3id.org/bassin-minier/ontology#> SELECT ?a ?n { ?a a bm:Action ; bm:number ?n } ORDER BY ?n LIMIT 5", safe="")
EMPTY = quote("PREFIX bm: <https://w3id.org/bassin-minier/ontology#> SELECT ?a { ?a a bm:Acton }", safe="")
WRONG = quote("SELECT * {\n  ?s ?p }", safe="")
KINDS = {
    "start": "/", "things": "/things", "search": "/things?search=sante", "list": "/things/actions", "concepts": "/things/concepts", "layer": "/page/graph/inferred",
    "action": "/page/id/cpbm-2013/action/70", "place": "/page/id/lieu/auby", "passage": "/page/id/cpbm-2013/passage/20201-20282", "workshop": "/page/id/cpbm-2013/atelier/sante-1",
    "questions": "/q/", "question": "/q/actions-of-axis", "truth": "/q/every-statement-rests-on-a-passage", "graph": "/q/description-of", "query": "/query", "answer": f"/query?query={QUERY}",
    "empty": f"/query?query={EMPTY}", "fault": f"/query?query={WRONG}", "why": f"/diagnose?query={EMPTY}", "cite": f"/cite?query={QUERY}", "text": "/text", "section": "/text/cpbm-2013/5",
    "lacunes": "/lacunes", "ontology": "/ontology", "dataset": "/dataset", "map": "/map", "timeline": "/timeline", "network": "/network", "charts": "/charts", "validate": "/validate",
    "rules": "/rules", "lost": "/nothing-here",
}
FIRST_PAGE_BYTES = 100_000
EXPECTED_STATUS = ("fault", "lost")  # the browser itself reports that a page answers 4xx


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("device, language", [("desktop", "fr"), ("phone", "en")])
def test_a_page(visiting, kind, device, language):
    visit = visiting(device).go(f"/{language}{KINDS[kind]}")
    visit.picture(f"{kind}-{device}-{language}")
    assert visit.page.get_attribute("html", "lang") == language
    assert visit.strangers() == []
    assert [message for message in visit.messages if not (kind in EXPECTED_STATUS and "status of 4" in message)] == []
    overflowing = visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflowing <= 1, f"the page is {overflowing} pixels wider than the screen"
    assert visit.violations() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_without_scripts_says_the_same(visiting, kind):
    """What a heading, a table or a form shows must not hang on a script."""
    with_scripts, without = visiting().go(f"/fr{KINDS[kind]}"), visiting(script=False).go(f"/fr{KINDS[kind]}")
    assert [heading.inner_text() for heading in without.page.locator("h1, h2").all()] == [heading.inner_text() for heading in with_scripts.page.locator("h1, h2").all()]
    assert without.page.locator("table tbody tr").count() == with_scripts.page.locator("table tbody tr").count()


def test_the_first_page_is_light(visiting):
    visit = visiting("phone").go("/fr/")
    assert 0 < visit.bytes < FIRST_PAGE_BYTES
    assert not [url for url in visit.requests if "yasgui" in url or "leaflet" in url or "cytoscape" in url]


def test_the_editor_is_loaded_where_it_is_used_alone(visiting):
    assert any("yasgui" in url for url in visiting().go("/fr/query").requests)
    assert not any("yasgui" in url for url in visiting().go("/fr/q/actions").requests)


def test_a_page_is_readable_on_paper(visiting):
    visit = visiting().go("/fr/page/id/cpbm-2013/action/70")
    visit.page.emulate_media(media="print")
    assert not visit.page.locator("header nav").is_visible() and visit.page.locator("h1").is_visible()
    visit.picture("action-print")


def test_a_label_that_would_be_a_script_is_text(visiting):
    planted = quote('SELECT ("<img src=x onerror=alert(1)><script>alert(2)</script>" AS ?l) (IRI("javascript:alert(3)") AS ?i) {}', safe="")
    visit = visiting()
    dialogs = []
    visit.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    visit.go(f"/fr/query?query={planted}")
    assert "<script>alert(2)</script>" in visit.text and dialogs == []
    assert visit.page.locator('a[href^="javascript"]').count() == 0
