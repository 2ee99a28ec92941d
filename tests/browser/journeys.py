"""What readers come for, done as they do it: with and without scripts, at a desk and on a phone, in French, in English, by keyboard."""

from urllib.parse import quote

import pytest

ways = pytest.mark.parametrize("device, script", [("desktop", True), ("desktop", False), ("phone", True), ("phone", False)])
EMPTY = "PREFIX bm: <https://w3id.org/bassin-minier/ontology#> SELECT ?a { ?a a bm:Acton }"


@ways
def test_which_actions_concern_health_where_discussed_and_does_the_text_say_so(visiting, device, script):
    """From a search to an action, to the workshop that it echoes, which is marked as ours and not the text's."""
    visit = visiting(device, script).go("/fr/")
    visit.page.fill("#search", "hospitalière")
    visit.page.click("form[role=search] button")
    visit.page.click("section >> text=Structuration hospitalière")
    assert "action/70" in visit.page.url
    inferred = visit.page.locator("section[aria-labelledby=inferred]")
    assert "fait écho" in inferred.inner_text() and "déduit par nous" in inferred.inner_text() and "Atelier Santé" in inferred.inner_text()
    assert "énoncé par le texte" not in inferred.inner_text()
    visit.picture(f"journey-health-{device}-{script}")


@ways
def test_show_me_the_passage_for_the_places_of_action_70(visiting, device, script):
    visit = visiting(device, script).go("/fr/page/id/cpbm-2013/action/70")
    row = visit.page.locator("xpath=//section[@aria-labelledby='source']//tr[td[2]//a[normalize-space()='Béthune']]")
    row.locator("summary").click()
    assert "de Béthune/ Lens-Douai/Valenciennes" in row.locator("mark").inner_text() and row.locator("mark").is_visible()
    assert "21314" in row.inner_text()


@ways
def test_download_all_places_as_geojson(visiting, device, script):
    visit = visiting(device, script).go("/fr/")
    with visit.page.expect_request("**/export/places.geojson") as asked:
        visit.page.locator('a[href="/export/places.geojson"]').first.click(no_wait_after=True)
    answer = visit.page.context.request.get(asked.value.url)
    assert answer.ok and answer.json()["type"] == "FeatureCollection" and len(answer.json()["features"]) > 10


@ways
def test_run_the_second_example_change_the_axis_share_the_link(visiting, device, script):
    visit = visiting(device, script).go("/fr/")
    visit.page.locator("section[aria-labelledby=ask] button").nth(1).click()
    visit.page.wait_for_url("**/q/actions-of-axis**")
    before = visit.page.locator("table tbody tr").count()
    visit.page.fill("input[name=axis]", "https://w3id.org/bassin-minier/id/cpbm-2013/axe/structurantes-5")
    visit.page.click("form fieldset button")
    visit.page.wait_for_url("**structurantes-5**")
    shared = visiting(device, script).go(visit.page.url.removeprefix(visit.site))
    assert shared.page.locator("table tbody tr").all_inner_texts() == visit.page.locator("table tbody tr").all_inner_texts()
    assert shared.page.locator("table tbody tr").count() != before


@ways
def test_my_query_is_empty_why(visiting, device, script):
    visit = visiting(device, script).go(f"/en/query?query={quote(EMPTY, safe='')}")
    assert "No row." in visit.text
    assert "bm:Action" in visit.page.locator("section[aria-labelledby=why]").inner_text()
    visit.page.click("text=this explanation, on its own")
    assert "bm:Action" in visit.text


@ways
def test_cite_this_answer(visiting, device, script):
    visit = visiting(device, script).go("/fr/q/axes")
    visit.page.click("text=adresse permanente")
    assert "/r/" in visit.page.url and "@misc{cpbm-kg-" in visit.text and "https://w3id.org/bassin-minier/r/" in visit.text


def test_a_query_is_written_and_run_in_the_editor(visiting):
    visit = visiting().go("/fr/query")
    visit.page.locator(".yasqe .CodeMirror").click()
    visit.page.keyboard.press("Control+a")
    visit.page.keyboard.type("ASK { ?a a <https://w3id.org/bassin-minier/ontology#Action> }")
    visit.page.keyboard.press("Control+Enter")
    visit.page.wait_for_url("**query=ASK**")
    assert visit.page.locator("#answer strong").inner_text() == "oui"


def test_the_editor_completes_from_this_graph_alone(visiting):
    visit = visiting().go("/fr/query")
    visit.page.locator(".yasqe .CodeMirror").click()
    visit.page.keyboard.press("Control+a")
    visit.page.keyboard.type("PREFIX bm: <https://w3id.org/bassin-minier/ontology#>\nSELECT * { ?a bm:inA")
    visit.page.keyboard.press("Control+Space")
    visit.page.wait_for_function("document.querySelector('.CodeMirror').CodeMirror.getValue().includes('bm:inAxis') || document.querySelector('.CodeMirror-hints')")
    assert visit.strangers() == []


def test_interpretations_come_when_asked_for(visiting):
    query = quote("SELECT (COUNT(*) AS ?n) { ?a <https://w3id.org/bassin-minier/ontology#echoes> ?w }", safe="")
    visit = visiting().go(f"/fr/query?query={query}")
    assert visit.page.locator("table tbody td").inner_text() == "0"
    visit.page.check("input[name=inferred]")
    visit.page.click("form#ask button")
    visit.page.wait_for_url("**inferred**")
    assert int(visit.page.locator("table tbody td").inner_text()) > 20 and "déduit ou conjecturé" in visit.text


def test_by_keyboard_alone(visiting):
    """Skip link, then the first question's button; Tab leaves the editor too."""
    visit = visiting().go("/fr/")
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.className") == "skip"
    visit.page.keyboard.press("Enter")
    for _ in range(40):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/q/**")
    visit.go("/fr/query")
    visit.page.locator(".yasqe .CodeMirror").click()
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.closest('.CodeMirror')") is None


def test_the_reader_s_language_is_spoken_and_can_be_changed(visiting):
    visit = visiting(prefers="en-GB").go("/")
    assert visit.page.get_attribute("html", "lang") == "en"
    visit.page.click("a.language")
    assert visit.page.url.endswith("/fr/") and visit.page.get_attribute("html", "lang") == "fr"
