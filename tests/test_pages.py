"""Pages for people: each thing with its facts by layer and the passages they rest on; lists, layers, the text, what is missing, the terms."""

import html
import json
import re
import shutil
from urllib.parse import urlencode, urlsplit

import pytest

from conftest import ROOT, run, start, stop
from cpbm_kg.vocabulary import BASE, BM, OA, ONTOLOGY, RDF, RDFS
from markup import Page

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
    quotes = {html.unescape(quote) for quote in re.findall(r"<mark>(.*?)</mark>", shown)}
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
    assert "<mark>Action n°24 Mettre en œuvre une dizaine de cités pilotes" in page and "Passage 20201–20282" in page
    assert "/fr/page/id/cpbm-2013/action/24" in section(page, "incoming")


def test_a_browser_is_led_to_the_page_and_a_program_to_data(service):
    status, _, body = service.get("/id/cpbm-2013/action/24", Accept="text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    assert status == 200 and b"<h1>" in body
    for accept in ("text/turtle", "*/*"):
        status, headers, _ = service.get("/id/cpbm-2013/action/24", Accept=accept)
        assert status == 200 and headers["Content-Type"].startswith("text/turtle")


@pytest.mark.parametrize("path", ["/page/id/cpbm-2013/action/12345", "/page/id/<script>", "/page/ontology", "/page/", "/page/graph/nothing", "/things/nothing", "/text/nothing/1",
                                  "/text/cpbm-2013/0", "/text/cpbm-2013/999", "/de/things"])
def test_what_is_not_there_has_no_page(service, path):
    status, headers, _ = service.get(path.replace("<", "%3C").replace(">", "%3E"))
    assert status == 404 and headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("path, place", [("/page/id/lieu/auby", "Auby"), ("/page/id/cpbm-2013/atelier/sante-1", "Auby"), ("/page/id/cpbm-2013/action/70", "Béthune")])
def test_what_has_a_place_has_a_map(service, path, place):
    figure = re.search(r'<figure class="picture where".*?</figure>', text(service, path), re.DOTALL)[0]
    assert f"1. {place}" in figure and 'class="contour"' in figure
    assert "<figure" not in text(service, "/page/id/theme/sante")


def test_every_thing_has_a_page_whose_links_stay_here(service, dataset):
    kinds = (BM.Action, BM.Axis, BM.Workshop, BM.CommitteeMeeting, BM.Finding, BM.Oddity)
    things = {str(thing) for layer in ("source", "editorial", "external") for kind in kinds for thing in dataset.layers[layer].subjects(RDF.type, kind)}
    assert len(things) > 100
    for thing in sorted(things):
        page = text(service, "/page/" + thing.removeprefix(BASE))
        links = re.findall(r'href="([^"]+)"', page)
        assert not [link for link in links if not link.startswith(("/", "#")) and urlsplit(link).scheme not in ("http", "https")], thing


PATHS = ["/", "/dataset", "/things", "/things/actions", "/things/concepts", "/text", "/text/cpbm-2013/5", "/lacunes", "/ontology", "/page/graph/inferred", "/page/graph/source",
         "/page/id/cpbm-2013/action/70", "/page/id/lieu/auby", "/validate", "/rules"]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_semantic_and_needs_no_script(service, path, language):
    page = Page(text(service, path, language))
    assert page.all("html")[0]["lang"] == language and len(page.all("h1")) == len(page.all("main")) == 1
    assert all(script.get("type") in ("application/ld+json", "application/json", "module") for script in page.all("script")) and not page.all("style")
    assert not any("style" in attributes or any(key.startswith("on") for key in attributes) for _, attributes in page.tags)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {field["id"] for field in page.all("input") + page.all("select") + page.all("textarea") if field.get("type") != "hidden"} <= {label["for"] for label in page.all("label")}
    assert {link["hreflang"]: link["href"] for link in page.all("link") if "hreflang" in link} == {spoken: f"/{spoken}{path}" for spoken in ("fr", "en")}
    inside = {link["href"] for link in page.all("a") if link["href"].startswith(f"/{'en' if language == 'fr' else 'fr'}/")}
    assert inside == {f"/{'en' if language == 'fr' else 'fr'}{path}"}, "one link alone leaves the language"


def test_the_start_page_says_what_is_missing_and_runs_three_questions(service, release):
    page = text(service, "/")
    (highest,) = release.manifest["highestNumbers"].values()
    assert str(highest) in page and re.search(r">70</span> numéros non imprimés", page) and release.manifest["canonicalSha256"] in page
    forms = [form["action"] for form in Page(page).all("form") if form["action"].startswith("/fr/q/")]
    assert len(forms) == 3
    for form in forms:
        assert service.get(form, Accept="text/html")[0] == 200


@pytest.mark.parametrize("words, count", [("sante", 1), ("SANTÉ", 1), ("Trame VERTE", 2), ("oeuvre", 2), ("zzz", 0), ('a"b\\ ) } #', 0), (".*", 0)])
def test_words_are_found_whatever_their_case_and_accents(service, words, count):
    status, _, body = service.get("/fr/things/actions?" + urlencode({"search": words}))
    assert status == 200 and f'<p role="status">{count} ' in body.decode()


def test_a_search_finds_things_of_every_kind(service):
    found = service.get("/fr/things?search=rieulay")[2].decode()
    assert "/fr/page/id/lieu/rieulay" in found and "/things/findings" not in found.partition('aria-labelledby="kinds"')[0]
    assert "Rien n’est trouvé" in service.get("/fr/things?search=zzz")[2].decode()


def test_facets_narrow_a_list(service):
    def listed(page: str) -> set[str]:
        return set(re.findall(r"/en/page/id/cpbm-2013/action/\d+", page))

    whole = text(service, "/things/actions", "en")
    assert len(listed(whole)) == 39 and "n° 109" in whole
    axis = BASE + "id/cpbm-2013/axe/structurantes-4"
    narrowed = service.get("/en/things/actions?" + urlencode({"axis": axis}))[2].decode()
    expected = service.query(f"SELECT ?a {{ ?a <{BM.inAxis}> <{axis}> }}")[2].decode().split()[1:]
    assert listed(narrowed) == {"/en/page/" + iri.removeprefix(BASE) for iri in expected} and "no longer narrow" in narrowed


@pytest.mark.parametrize("query", ["axis=nothing", "axis=http%3A%2F%2Fx%3E%20%3Fp", "offset=-1", "offset=x", f"search={'x' * 101}"])
def test_bad_choices_are_refused_with_a_remedy(service, query):
    status, headers, body = service.get(f"/fr/things/actions?{query}")
    problem = json.loads(body)
    assert status == 400 and headers["Content-Type"].startswith("application/problem+json") and problem["detail"] and problem["detail@en"]
    status, headers, body = service.get(f"/en/things/actions?{query}", Accept="text/html,*/*;q=0.8")
    assert status == 400 and headers["Content-Type"].startswith("text/html") and html.escape(problem["detail@en"], quote=True) in body.decode().replace("&#39;", "&#x27;")


def test_a_lost_reader_gets_a_page(service):
    status, headers, body = service.get("/en/nowhere", Accept="text/html")
    assert (status, headers.get_content_type()) == (404, "text/html") and b"there is nothing at this address" in body and b'href="/en/things"' in body


def test_the_text_is_gone_through_whole(service, release):
    page = text(service, "/text")
    sections = re.findall(r'href="(/fr/text/cpbm-2013/\d+)"', page)
    assert len(sections) == 28
    numbers, passages = [], set()
    for section_address in sections:
        shown = service.get(section_address)[2].decode()
        numbers += [int(number) for number in re.findall(r'id="s(\d+)"', shown)]
        passages |= set(re.findall(r"/fr/page/id/cpbm-2013/passage/(\d+-\d+)", shown))
    assert numbers == list(range(1, release.manifest["coverage"]["sentences"] + 1))
    assert len(passages) > 1000


def test_the_text_itself_is_shown_only_where_the_operator_has_it(release, source_text):
    process, service = start("--release", release.folder, environment={"CPBM_SOURCE_TEXT": str(source_text)})
    try:
        whole = source_text.read_text(encoding="utf-8")
        shown = html.unescape(re.sub(r"<[^>]+>", "", text(service, "/text/cpbm-2013/5")))
        assert whole[5374:5519] in shown
        assert f"ligne {whole.count(chr(10), 0, 21245) + 1}" in text(service, "/page/id/cpbm-2013/action/70")
    finally:
        stop(process)


def test_what_is_missing_is_all_there(service, dataset):
    page = text(service, "/lacunes", "en")
    annotations = set(dataset.layers["editorial"].subjects(RDF.type, OA.Annotation))
    silences = int(service.get("/q/unprinted-numbers?format=csv")[2].count(b"\n")) - 1
    assert silences == 70 and re.search(r'<p class="numbers">(\d+, ){69}\d+\.</p>', page)
    assert len(re.findall(r"<summary><strong>", page)) > 30 and len(annotations) > 300
    assert "a passage" not in page and "from another source" in page


def test_every_term_has_its_place_on_the_ontology_page(service, dataset):
    page = Page(text(service, "/ontology", "en"))
    ids = {attributes["id"] for tag, attributes in page.tags if tag == "section" and "id" in attributes}
    assert ids == {str(term).partition("#")[2] for term in dataset.layers["vocabulary"].subjects(RDFS.isDefinedBy, ONTOLOGY)}
    status, headers, _ = service.get("/ontology", Accept="text/html")
    assert (status, headers.get_content_type()) == (200, "text/html")
    status, headers, _ = service.get("/ontology", Accept="text/turtle")
    assert (status, headers.get_content_type()) == (200, "text/turtle")


def test_labels_are_text_wherever_they_are_shown(tmp_path):
    """A label that would be a script, and a link that would be one."""
    shutil.copytree(ROOT / "tests" / "plans" / "alpha", tmp_path / "plan")
    (tmp_path / "plan" / "translation").mkdir()
    (tmp_path / "plan" / "translation" / "actions.ttl").write_text(
        'PREFIX action: <https://w3id.org/bassin-minier/id/alpha/action/>\nPREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n'
        'action:3 skos:prefLabel "</h1><script>alert(1)</script>"@en ; skos:exactMatch <javascript:alert(1)> .\n', encoding="utf-8")
    done = run("build", "--plan", tmp_path / "plan", "--release", tmp_path / "release")
    assert done.returncode == 0, done.stderr
    process, service = start("--release", tmp_path / "release")
    try:
        listed = text(service, "/things/actions", "en")
        addresses = {"/", "/things", "/text", "/lacunes", *(link.removeprefix("/en") for link in re.findall(r'href="(/en/page/id/[^"]+)"', listed))}
        assert len(addresses) > 4 and "&lt;script&gt;alert(1)" in listed
        for address in addresses:
            page = Page(text(service, address, "en"))
            assert not [script for script in page.all("script") if script.get("type") != "application/ld+json"]
            assert not [link for link in page.all("a") if link["href"].lower().startswith(("javascript:", "data:"))]
    finally:
        stop(process)
