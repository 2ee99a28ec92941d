"""Real browsers for the pages: Debian's Chromium, driven by Playwright, with the real server behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from conftest import ROOT, start, stop

SCREENS = ROOT / ".screens"  # kept as artefacts, never committed
AXE = ROOT / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
DEVICES = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"},
}


@dataclass
class Visit:
    """A page in a browser, and all that went on while it was open."""

    page: Page
    site: str
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    bytes: int = 0

    def go(self, path: str) -> Visit:
        """Open an address of the site and wait until nothing more is fetched."""
        self.page.goto(self.site + path)
        self.page.wait_for_load_state("networkidle")
        return self

    def strangers(self) -> list[str]:
        """Requests that left the site."""
        return [url for url in self.requests if urlsplit(url).scheme in ("http", "https", "ws", "wss") and not url.startswith(self.site + "/")]

    def violations(self) -> list[str]:
        """What axe-core finds, a line each: rule, impact, element. A browser's own script world is not bound by the page's policy."""
        found = self.page.evaluate(f"async () => {{ {AXE.read_text(encoding='utf-8')}; return (await axe.run(document, {{resultTypes: ['violations']}})).violations; }}")
        return [f"{rule['id']} ({rule['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}" for rule in found for node in rule["nodes"]]

    def picture(self, name: str) -> None:
        """Keep what is seen."""
        SCREENS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)

    @property
    def text(self) -> str:
        return self.page.inner_text("body")


@pytest.fixture(scope="session")
def site(release) -> Iterator[str]:
    process, service = start("--release", release.folder)
    yield service.url
    stop(process)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visiting(chromium, site):
    """A function that opens a browser as a reader has it: `device`, `script` on or off, the language preferred."""
    contexts = []

    def visit(device: str = "desktop", script: bool = True, prefers: str = "fr-FR") -> Visit:
        context = chromium.new_context(**DEVICES[device], java_script_enabled=script, locale=prefers, base_url=site)
        contexts.append(context)
        visited = Visit(context.new_page(), site)
        visited.page.set_default_timeout(10_000)
        visited.page.on("request", lambda request: visited.requests.append(request.url))
        visited.page.on("console", lambda message: visited.messages.append(f"{message.type}: {message.text}") if message.type in ("error", "warning") else None)
        visited.page.on("pageerror", lambda error: visited.messages.append(str(error)))
        visited.page.on("requestfinished", lambda request: _count(visited, request))
        return visited

    yield visit
    for context in contexts:
        context.close()


def _count(visited: Visit, request) -> None:
    sizes = request.sizes()
    visited.bytes += sizes["responseBodySize"] + sizes["responseHeadersSize"]
