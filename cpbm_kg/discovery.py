"""What search engines and feed readers look for: the datasets in schema.org, a sitemap, rules for robots, a feed of releases.

Everything is read from manifests. schema.org is http, as portals and our own data write it.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

from cpbm_kg.exports import GRAPH_SET
from cpbm_kg.release import MANIFEST, Release

_ATOM = "http://www.w3.org/2005/Atom"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
# Robots need not ask the engine: what it answers stands in the exports.
_NOT_FOR_ROBOTS = ("/sparql", "/diagnose")
_MEDIA_TYPES = {"ttl": "text/turtle", "nt": "application/n-triples", "jsonld": "application/ld+json", "rdf": "application/rdf+xml", "trig": "application/trig",
                "nq": "application/n-quads", "csv": "text/csv", "geojson": "application/geo+json"}


def dataset(manifest: dict, url: str) -> dict:
    """The knowledge graph as schema.org/Dataset, in French and English where a text is for people
    (https://developers.google.com/search/docs/appearance/structured-data/dataset)."""
    about, said = manifest["about"], manifest["about"][GRAPH_SET]
    described = {
        "@context": "http://schema.org/", "@type": "Dataset", "@id": f"{url}/catalog#{GRAPH_SET}", "url": f"{url}/",
        "name": _texts(said["title"]), "description": _texts(said["description"]), "keywords": said["keywords"], "inLanguage": ["fr", "en"],
        "version": manifest["version"], "datePublished": about["issued"], "dateModified": manifest["date"], "license": about["licence"],
        "isAccessibleForFree": True, "creator": {"@type": "Organization", "@id": about["publisher"]["iri"], "name": about["publisher"]["name"]},
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{url}/catalog", "url": f"{url}/catalog"},
        "distribution": [_download(name, of, url) for name, of in manifest["files"].items() if of.get("dataset") == GRAPH_SET],
    }
    if about["temporal"]:
        described["temporalCoverage"] = f"{about['temporal']['start']}/{about['temporal']['end']}"
    if about["spatial"]:
        described["spatialCoverage"] = {"@type": "Place", "@id": about["spatial"]["iri"], "name": about["spatial"]["label"]["fr"]}
    return described


def sitemap(paths: Iterable[str], date: str, url: str) -> bytes:
    """The pages at `paths`, last changed on `date` (https://www.sitemaps.org/protocol.html)."""
    root = ElementTree.Element("urlset", xmlns=_SITEMAP)
    for path in paths:
        page = ElementTree.SubElement(root, "url")
        _text(page, "loc", url + path)
        _text(page, "lastmod", date)
    return _written(root)


def robots(url: str) -> bytes:
    """Rules for robots (RFC 9309)."""
    return "\n".join(["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS), "", f"Sitemap: {url}/sitemap.xml", ""]).encode()


def atom(releases: Iterable[Release], url: str) -> bytes:
    """The releases, the latest first, as a feed (RFC 4287)."""
    releases = list(releases)
    root = ElementTree.Element("feed", xmlns=_ATOM)
    root.set("xml:lang", "fr")
    _text(root, "id", f"{url}/releases.atom")
    _text(root, "title", "CPBM-KG : versions publiées · releases")
    _text(root, "updated", _instant(releases[0]))
    _text(ElementTree.SubElement(root, "author"), "name", "CPBM-KG")
    ElementTree.SubElement(root, "link", rel="self", href=f"{url}/releases.atom", type="application/atom+xml")
    for release in releases:
        entry, address = ElementTree.SubElement(root, "entry"), f"{url}/release/{release.id}/{MANIFEST}"
        _text(entry, "id", address)
        _text(entry, "title", f"CPBM-KG {release.version}")
        _text(entry, "updated", _instant(release))
        ElementTree.SubElement(entry, "link", rel="alternate", href=address, type="application/json")
        triples = sum(release.manifest["triples"].values())
        _text(entry, "summary", f"{triples} triplets ; empreinte canonique (sha256) {release.manifest['canonicalSha256']}")
    return _written(root)


def _download(name: str, of: dict, url: str) -> dict:
    return {"@type": "DataDownload", "@id": f"{url}/catalog#{name}", "name": of["title"]["fr"], "contentUrl": f"{url}/export/{name}",
            "encodingFormat": _MEDIA_TYPES[name.rpartition(".")[2]], "contentSize": f"{of['bytes']} B", "sha256": of["sha256"]}


def _texts(text: dict[str, str]) -> list[dict]:
    return [{"@value": text[language], "@language": language} for language in ("fr", "en")]


def _instant(release: Release) -> str:
    return f"{release.manifest['date']}T00:00:00Z"


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _written(root: ElementTree.Element) -> bytes:
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
