"""Map, timeline, network and charts: the picture, its table and its data say the same, in both languages, without script."""

import csv
import html
import io
import json
import re
import urllib.parse
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from conftest import start, stop
from cpbm_kg.drawing import bars, calendar, geography, network
from cpbm_kg.drawing.canvas import Canvas
from cpbm_kg.errors import UsageError
from cpbm_kg.pictures import counts
from cpbm_kg.settings import Settings
from cpbm_kg.vocabulary import BASE

PAGES = ("map", "timeline", "network", "charts")
SINGLE = ("map", "timeline", "network")
SVG = "{http://www.w3.org/2000/svg}"
WORKSHOP = BASE + "id/cpbm-2013/atelier/trame-verte-et-bleue-1"


class Page(HTMLParser):
    """Tags with attributes, and the cells of each table by the id of what holds it."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.links: dict[str, str] = {}
        self._table, self._cell, self._link = "", False, ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if attributes.get("id", "").startswith("table"):
            self._table = attributes["id"]
            self.tables[self._table] = []
        elif tag == "tr" and self._table:
            self.tables[self._table].append([])
        elif tag in ("td", "th") and self._table:
            self.tables[self._table][-1].append("")
        self._cell = tag in ("td", "th") or (self._cell and tag == "a")
        self._link = attributes.get("href", "") if tag == "a" else ""

    def handle_endtag(self, tag):
        self._cell = self._cell and tag not in ("td", "th", "table")
        if tag == "table":
            self._table = ""

    def handle_data(self, text):
        if self._cell and self._table:
            self.tables[self._table][-1][-1] += text
        if self._link:
            self.links[text] = self._link

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.tags if name == tag]


def shown(service, path: str, language: str = "fr") -> tuple[Page, str]:
    status, headers, body = service.get(f"/{language}/{path}")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8"), path
    return Page(body.decode()), body.decode()


def drawing(service, name: str, language: str = "fr", query: str = "") -> ElementTree.Element:
    status, headers, body = service.get(f"/picture/{name}.{language}.svg{query}")
    assert (status, headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8"), name
    return ElementTree.fromstring(body)


def words(svg: ElementTree.Element) -> str:
    """All words of a drawing, lines joined."""
    return " ".join(" ".join(element.text or "" for element in svg.iter()).split())


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", [*PAGES, "network?inferred=yes", f"network?thing={WORKSHOP}"])
def test_a_page_needs_no_script_and_has_none_inside(service, path, language):
    page, text = shown(service, path, language)
    assert page.all("html")[0]["lang"] == language and len(page.all("h1")) == 1 and len(page.all("main")) == 1
    assert not page.all("style") and not any("style" in attributes or any(key.startswith("on") for key in attributes) for _, attributes in page.tags)
    assert all("src" in attributes or attributes["type"] == "application/json" for attributes in page.all("script"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for svg in page.all("svg"):
        if "role" in svg:
            assert svg["role"] == "img" and set(svg["aria-labelledby"].split()) <= set(ids)
    for label in page.all("label"):
        assert label["for"] in ids
    assert all(len(row) == len(table[0]) for table in page.tables.values() for row in table)
    figures = [name for name in ids if name.startswith("picture")]
    assert figures and all(name.replace("picture", part) in ids for name in figures for part in ("table", "data"))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", [*PAGES, "network?inferred=yes", f"network?thing={WORKSHOP}&inferred=yes"])
def test_the_csv_has_the_rows_of_the_table(service, path, language):
    page, text = shown(service, path, language)
    addresses = [html.unescape(address) for address in re.findall(r'<a href="([^"]*)" type="text/csv">', text)]
    assert len(addresses) == len(page.tables)
    for address, table in zip(addresses, page.tables.values(), strict=True):
        status, headers, body = service.get(address)
        assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8"), address
        rows = list(csv.reader(io.StringIO(body.decode())))[1:]
        assert len(rows) == len(table) - 1 > 0
        for row, cells in zip(rows, table[1:], strict=True):
            literals = [cell for cell in row if not cell.startswith("http")]
            named = [cell for cell in cells if cell in literals]
            # What the table has beside the CSV's own words are the labels of IRIs.
            assert len(cells) - len(named) <= sum(cell.startswith("http") for cell in row), (row, cells)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name, query", [("map", ""), ("timeline", ""), ("network", ""), ("network", "?inferred=yes"), ("network", f"?thing={WORKSHOP}&inferred=yes")])
def test_the_drawing_holds_every_row_of_the_table(service, name, query, language):
    page, _ = shown(service, name + query, language)
    said = words(drawing(service, name, language, query))
    heads, *rows = page.tables["table"]
    names = [index for index, head in enumerate(heads) if head.startswith(("son libellé", "its label", "nom", "name"))]
    assert names
    for row in rows:
        for index in names:
            assert " ".join(row[index].split()) in said, row[index]


@pytest.mark.parametrize("name", counts.NAMES)
def test_a_chart_writes_each_number(service, name):
    page, _ = shown(service, "charts")
    svg = drawing(service, name)
    tips = [title.text for rect in svg.iter(f"{SVG}rect") for title in rect.iter(f"{SVG}title")]
    numbers = [cell for row in page.tables[f"table-{name}"][1:] for cell in row if cell.isdecimal() and cell != "0"]
    drawn = [re.search(r" : (\d+) ", tip)[1] for tip in tips]
    assert drawn and all(drawn.count(number) <= numbers.count(number) for number in drawn if number != "0")
    assert f"{max(map(int, drawn))}" in [text.text for text in svg.iter(f"{SVG}text")]


def test_figures_are_those_of_the_manifest(service, release):
    page, _ = shown(service, "charts", "en")
    actions, highest = release.manifest["things"]["Action"], sum(release.manifest["highestNumbers"].values())
    assert [row[1] for row in page.tables["table-numbers"][1:]] == [str(actions), str(highest - actions)]
    assert {int(row[1]) for row in page.tables["table-statements"][1:]} == set(release.manifest["statements"].values())
    assert page.tables["table-coverage"][1] == ["carry a statement", str(release.manifest["coverage"]["covered"])]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", [*SINGLE, *counts.NAMES])
def test_a_drawing_stands_alone(service, name, language):
    svg = drawing(service, name, language)
    assert svg.tag == f"{SVG}svg" and svg.get("role") == "img" and svg.get("lang") == language
    assert svg.find(f"{SVG}title").text and svg.find(f"{SVG}desc").text
    names = {element.tag.removeprefix(SVG) for element in svg.iter()}
    assert names <= {"svg", "title", "desc", "rect", "circle", "path", "text"}
    assert not any(key == "style" or key.startswith("on") or "href" in key for element in svg.iter() for key in element.keys())
    width = float(svg.get("viewBox").split()[2])
    assert all(0 <= float(text.get("x")) <= width for text in svg.iter(f"{SVG}text"))


def test_the_map_places_what_it_knows(service):
    svg = drawing(service, "map", "en")
    tips = {title.text for element in svg.iter() for title in element.findall(f"{SVG}title")}
    assert {"Nord", "Pas-de-Calais", "Lille"} < tips and any(tip.startswith("Auby : ") for tip in tips)
    page, text = shown(service, "map", "en")
    live = json.loads(html.unescape(re.search(r'<script type="application/json" id="live">(.*?)</script>', text)[1]))
    status, _, body = service.get(live["outlines"])
    kinds = [feature["properties"]["kind"] for feature in json.loads(body)["features"]]
    assert status == 200 and set(live["looks"]) <= set(kinds) and live["tiles"] is None
    assert sum(place["position"] is not None for place in live["places"]) == 13


def test_dates_are_shown_at_the_precision_printed(service):
    said = words(drawing(service, "timeline"))
    for shown_date in ("1996", "septembre 2013", "17 octobre 2013", "17 octobre 2013, 18 h 30–20 h 15", "jusqu’en 2013", "« années 2000 »"):
        assert shown_date in said
    assert "janvier 1996" not in said


def test_inferred_links_are_off_until_asked_for_and_then_marked(service):
    plain, marked = drawing(service, "network"), drawing(service, "network", query="?inferred=yes")
    legend = 1
    assert sum("inferred" in element.get("class", "") for element in plain.iter()) == legend
    dashed = [element for element in marked.iter() if element.get("class") == "inferred" and element.find(f"{SVG}title") is not None]
    assert dashed and all(element.get("stroke-dasharray") for element in dashed)
    assert len(dashed) == sum(row[-1] in ("déduit", "conjecturé") for row in shown(service, "network?inferred=yes")[0].tables["table"])


def test_the_network_grows_from_chosen_things(service):
    one = drawing(service, "network", query=f"?thing={WORKSHOP}")
    two = drawing(service, "network", query=f"?thing={WORKSHOP}&thing={BASE}id/cpbm-2013/action/24")
    boxes = [len([rect for rect in svg.iter(f"{SVG}rect") if rect.get("class") == "accent-area"]) for svg in (one, two)]
    assert 1 < boxes[0] < boxes[1] < 150


@pytest.mark.parametrize("path", [
    "/fr/map?x=1", "/en/timeline?limit=3", "/charts?a=b", "/network?inferred=maybe", "/network?inferred=yes&inferred=yes", "/network?thing=javascript:alert(1)",
    f"/network?thing={urllib.parse.quote(BASE + 'id/x> } #')}", "/network?thing=" + "&thing=".join(f"{BASE}id/{number}" for number in range(30)),
    "/network?node=x", "/picture/network.fr.svg?inferred=2", "/picture/map.fr.svg?x=1",
])
def test_what_a_picture_does_not_know_is_refused(service, path):
    status, headers, body = service.get(path)
    problem = json.loads(body)
    assert (status, headers["Content-Type"]) == (400, "application/problem+json; charset=utf-8")
    assert all(problem[key] for key in ("title", "detail", "title@en", "detail@en"))


@pytest.mark.parametrize("path", ["/picture/nothing.fr.svg", "/picture/map.de.svg", "/picture/map.fr.csv", "/picture/map.svg", "/de/map"])
def test_what_is_not_there_is_not_found(service, path):
    assert service.get(path)[0] == 404


def test_a_thing_without_links_gives_an_empty_picture(service):
    page, _ = shown(service, f"network?thing={BASE}id/nowhere", "en")
    assert len(page.tables["table"]) == 1 and drawing(service, "network", query=f"?thing={BASE}id/nowhere") is not None


def test_no_host_is_let_in_unless_tiles_are_set(service, release):
    ours = service.get("/fr/map")[1]["Content-Security-Policy"]
    assert "img-src 'self' data:;" in ours and "https:" not in ours
    process, with_tiles = start("--release", release.folder, environment={"CPBM_TILES": "https://tiles.example.org/{z}/{x}/{y}.png © <b>Exemple</b>"})
    try:
        _, headers, body = with_tiles.get("/fr/map")
        assert headers["Content-Security-Policy"] == ours.replace("img-src 'self'", "img-src 'self' https://tiles.example.org")
        assert b"https://tiles.example.org/{z}/{x}/{y}.png" in body and b"<b>Exemple" not in body
        assert with_tiles.get("/fr/timeline")[1]["Content-Security-Policy"] == ours
    finally:
        stop(process)


@pytest.mark.parametrize("value", [
    "https://tiles.example.org/{z}/{x}/{y}.png", "https://tiles.example.org/{z}/{x}.png © x", "https://{s}.example.org/{z}/{x}/{y}.png © x",
    "javascript:alert({z}{x}{y}) © x", "https://a.org;script-src/{z}/{x}/{y} © x",
])
def test_tiles_that_name_no_host_or_no_source_are_refused(value):
    with pytest.raises(UsageError, match="CPBM_TILES"):
        Settings.read({"CPBM_TILES": value})


HOSTILE = '</title></svg><script>alert("1")</script>&amp;\x00\x0b\ufffe'


@pytest.mark.parametrize("canvas", [
    bars.draw("bars", HOSTILE, HOSTILE, "fr", [HOSTILE], [bars.Bar(HOSTILE, (3,)), bars.Bar("", (0,))]),
    calendar.draw("calendar", calendar.Words(HOSTILE, HOSTILE, "JFMAMJJASOND", {"circle": HOSTILE}, "fr"),
                  [calendar.Dated("2012-02-29", "", "circle", HOSTILE, HOSTILE, HOSTILE), calendar.Dated("", "", "circle", "", "", "")]),
    geography.draw("map", geography.Words(HOSTILE, HOSTILE, {"circle": HOSTILE}, HOSTILE, HOSTILE, "fr"),
                   [geography.Outline(HOSTILE, "commune", (((0, 0), (1, 0), (1, 1)),))], [geography.Mark(HOSTILE, "both", (0.5, 0.5), (HOSTILE,))] * 3, (0, 0, 1, 1)),
    network.draw("network", network.Words(HOSTILE, HOSTILE, {"a": (HOSTILE, 90)}, HOSTILE, HOSTILE, "fr"),
                 [network.Node("1", "a", HOSTILE), network.Node("2", "a", HOSTILE)], [network.Link("1", "2", HOSTILE, True)]),
], ids=["bars", "calendar", "map", "network"])
def test_words_stay_words(canvas: Canvas):
    svg = ElementTree.fromstring(canvas.written())
    assert "<script" not in canvas.written() and '<script>alert("1")</script>' in words(svg)


@pytest.mark.parametrize("canvas", [
    bars.draw("bars", "t", "d", "fr", ["n"], []), network.draw("network", network.Words("t", "d", {}, "s", "i", "fr"), [], []),
    calendar.draw("calendar", calendar.Words("t", "d", "JFMAMJJASOND", {}, "fr"), []),
    geography.draw("map", geography.Words("t", "d", {}, "u", "c", "fr"), [], [], (0, 0, 1, 1)),
], ids=["bars", "calendar", "map", "network"])
def test_nothing_is_drawn_as_nothing(canvas: Canvas):
    assert ElementTree.fromstring(canvas.written()).find(f"{SVG}title").text == "t"
