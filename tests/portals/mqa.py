"""The metadata quality assessment of data.europa.eu: points of a catalogue, out of 405, "excellent" from 351.

https://data.europa.eu/mqa/methodology. Each metric earns the share of datasets (or distributions) that satisfy it,
times its points; addresses are really requested by HEAD, as there.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from rdflib import Graph, Namespace
from rdflib.namespace import DCTERMS, RDF
from rdflib.term import Node

DCAT = Namespace("http://www.w3.org/ns/dcat#")
IANA = "https://www.iana.org/assignments/media-types/"
TOTAL, EXCELLENT = 405, 351


def score(graph: Graph, vocabularies: Path, status: Callable[[str], int], conforms: bool) -> dict[str, float]:
    """The points of each metric. `vocabularies` is the folder of allowed values, `status` requests an address, `conforms`
    says whether the DCAT-AP shapes found no violation."""
    known = {name: _column(vocabularies / f"{name}.csv") for name in ("file_types", "machine_readable", "non_proprietary", "licenses", "access_rights")}
    datasets, distributions = set(graph.subjects(RDF.type, DCAT.Dataset)), set(graph.subjects(RDF.type, DCAT.Distribution))

    def having(things: Iterable[Node], predicate: Node, allowed: Callable[[str], bool] = lambda value: True) -> float:
        things = list(things)
        return sum(any(allowed(str(value)) for value in graph.objects(thing, predicate)) for thing in things) / len(things)

    format, media_type = DCTERMS["format"], DCAT.mediaType
    return {
        "keyword": 30 * having(datasets, DCAT.keyword), "theme": 30 * having(datasets, DCAT.theme),
        "spatial": 20 * having(datasets, DCTERMS.spatial), "temporal": 20 * having(datasets, DCTERMS.temporal),
        "accessURL answers": 50 * having(distributions, DCAT.accessURL, lambda url: status(url) == 200),
        "downloadURL": 20 * having(distributions, DCAT.downloadURL),
        "downloadURL answers": 30 * having(distributions, DCAT.downloadURL, lambda url: status(url) == 200),
        "format": 20 * having(distributions, format), "mediaType": 10 * having(distributions, media_type),
        "format and mediaType of vocabularies": 10 * min(having(distributions, format, known["file_types"].__contains__),
                                                         having(distributions, media_type, lambda value: value.startswith(IANA))),
        "non-proprietary": 20 * having(distributions, format, known["non_proprietary"].__contains__),
        "machine-readable": 20 * having(distributions, format, known["machine_readable"].__contains__),
        "conforms to DCAT-AP": 30 * conforms,
        "licence": 20 * having(distributions, DCTERMS.license), "licence of vocabulary": 10 * having(distributions, DCTERMS.license, known["licenses"].__contains__),
        "accessRights": 10 * having(datasets, DCTERMS.accessRights), "accessRights of vocabulary": 5 * having(datasets, DCTERMS.accessRights, known["access_rights"].__contains__),
        "contactPoint": 20 * having(datasets, DCAT.contactPoint), "publisher": 10 * having(datasets, DCTERMS.publisher),
        "rights": 5 * having(distributions, DCTERMS.rights), "byteSize": 5 * having(distributions, DCAT.byteSize),
        "issued": 5 * min(having(datasets, DCTERMS.issued), having(distributions, DCTERMS.issued)),
        "modified": 5 * min(having(datasets, DCTERMS.modified), having(distributions, DCTERMS.modified)),
    }


def _column(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row[0] for row in csv.reader(file)}
