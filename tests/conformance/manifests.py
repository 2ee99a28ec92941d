"""The cases of the W3C manifests of SPARQL 1.1: what is asked, of which data, and what must come back.

Vocabulary of the manifests: https://www.w3.org/2001/sw/DataAccess/tests/README. The tests are read where they lie
(w3c/rdf-tests, sparql/sparql11, commit ad541a5) and never copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyoxigraph
import rdflib
from rdflib import RDF, RDFS, Namespace
from rdflib.collection import Collection

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
# Where the tests are published: relative IRIs in queries, data and expected results are resolved against it.
PUBLISHED = "https://w3c.github.io/rdf-tests/sparql/sparql11/"
MANIFESTS = ("manifest-sparql11-query.ttl", "manifest-sparql11-results.ttl")
_KINDS = ("QueryEvaluationTest", "CSVResultFormatTest", "PositiveSyntaxTest11", "NegativeSyntaxTest11")


@dataclass(frozen=True)
class Case:
    """`name` is folder/test; `data` pairs each file with the graph it goes into, None for the default graph; `result`
    is None for a syntax test."""

    name: str
    kind: str
    query: Path
    data: frozenset[tuple[Path, str | None]]
    result: Path | None

    @property
    def base(self) -> str:
        """The IRI that relative IRIs of the query are resolved against."""
        return PUBLISHED + "/".join(self.query.parts[-2:])


def cases(folder: Path) -> list[Case]:
    """Every query and result-format test below `folder` (rdf-tests' `sparql/sparql11`), in the manifests' order."""
    return [case for name in MANIFESTS for manifest in _included(folder / name) for case in _entries(manifest, folder)]


def dataset(data: frozenset[tuple[Path, str | None]]) -> bytes:
    """N-Quads of the files, each in its graph, lexical forms kept, blank nodes apart."""
    quads = []
    for path, graph in sorted(data, key=str):
        format = pyoxigraph.RdfFormat.from_extension(path.suffix[1:])
        base = PUBLISHED + "/".join(path.parts[-2:])
        name = pyoxigraph.DefaultGraph() if graph is None else pyoxigraph.NamedNode(graph)
        for triple in pyoxigraph.parse(path=str(path), format=format, base_iri=base, rename_blank_nodes=True):
            quads.append(pyoxigraph.Quad(triple.subject, triple.predicate, triple.object, name))
    return pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_QUADS)


def _included(manifest: Path) -> list[Path]:
    graph = rdflib.Graph().parse(manifest, format="turtle", publicID=manifest.as_uri())
    return [_path(item) for listed in graph.objects(None, MF.include) for item in Collection(graph, listed)]


def _entries(manifest: Path, folder: Path) -> Iterator[Case]:
    graph = rdflib.Graph().parse(manifest, format="turtle", publicID=manifest.as_uri())
    for entry in (entry for listed in graph.objects(None, MF.entries) for entry in Collection(graph, listed)):
        kind = str(graph.value(entry, RDF.type)).removeprefix(str(MF))
        if kind not in _KINDS:
            raise ValueError(f"{manifest}: a test of an unknown kind {kind}")
        action, result = graph.value(entry, MF.action), graph.value(entry, MF.result)
        name = f"{manifest.parent.name}/{str(entry).rsplit('#', 1)[-1].rsplit('/', 1)[-1]}"
        yield Case(name, kind, _path(graph.value(action, QT.query) or action), frozenset(_data(graph, action, folder)), result and _path(result))


def _data(graph: rdflib.Graph, action, folder: Path) -> Iterator[tuple[Path, str | None]]:
    for file in graph.objects(action, QT.data):
        yield _path(file), None
    for file in graph.objects(action, QT.graphData):
        if isinstance(file, rdflib.BNode):
            yield _path(graph.value(file, QT.graph)), str(graph.value(file, RDFS.label))
        else:
            yield _path(file), PUBLISHED + _path(file).relative_to(folder).as_posix()


def _path(iri) -> Path:
    return Path(unquote(urlsplit(str(iri)).path))
