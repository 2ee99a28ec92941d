"""Terms and paths as people write them: with the prefixes of the very file that is spoken of, on one line."""

from __future__ import annotations

import re
from collections.abc import Mapping

import rdflib
from rdflib.collection import Collection
from rdflib.term import BNode, Literal, Node, URIRef

from cpbm_kg.vocabulary import PREFIXES, RDF, SH

LONGEST_VALUE = 120  # characters of a literal that a message shows

_LOCAL = re.compile(r"[\w-](?:[\w.-]*[\w-])?")  # local names that need no escape (Turtle 6.5, PN_LOCAL)
_AFTER = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


class Names:
    """`prefixes` are those of a file; the shared ones serve where it has none for a namespace."""

    def __init__(self, prefixes: Mapping[str, str] | None = None):
        own = {str(namespace): prefix for prefix, namespace in (prefixes or {}).items()}
        taken = set(own.values())
        self._prefixes = {namespace: prefix for prefix, namespace in PREFIXES.items() if prefix not in taken} | own

    def term(self, term: Node | None) -> str:
        """An IRI as a prefixed name where that is possible, a literal with its tag, a bracket as `[ … ]`, "" for None."""
        if term is None:
            return ""
        if isinstance(term, URIRef):
            return self._iri(term)
        if isinstance(term, Literal):
            return self._literal(term)
        return "[ … ]"

    def path(self, path: Node | None, graph: rdflib.Graph) -> str:
        """A SHACL property path as SPARQL writes it (SHACL 2.3.1), `graph` holding its expression."""
        if not isinstance(path, BNode):
            return self.term(path)
        for predicate, value in graph.predicate_objects(path):
            if predicate == SH.inversePath:
                return f"^{self._step(value, graph)}"
            if predicate == SH.alternativePath:
                return "|".join(self._step(step, graph) for step in Collection(graph, value))
            if predicate in _AFTER:
                return self._step(value, graph) + _AFTER[predicate]
            if predicate == RDF.first:
                return "/".join(self._step(step, graph) for step in Collection(graph, path))
        return "[ … ]"

    def _step(self, path: Node, graph: rdflib.Graph) -> str:
        written = self.path(path, graph)
        return written if isinstance(path, URIRef) else f"({written})"

    def _iri(self, iri: URIRef) -> str:
        if iri == RDF.type:
            return "a"
        cut = max(iri.rfind("/"), iri.rfind("#")) + 1
        prefix = self._prefixes.get(str(iri[:cut]))
        if prefix is not None and _LOCAL.fullmatch(iri[cut:]):
            return f"{prefix}:{iri[cut:]}"
        return f"<{iri}>"

    def _literal(self, literal: Literal) -> str:
        words = str(literal).replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace('"', '\\"')
        if len(words) > LONGEST_VALUE:
            words = words[: LONGEST_VALUE - 1] + "…"
        if literal.language:
            return f'"{words}"@{literal.language}'
        if literal.datatype is None or str(literal.datatype).endswith("#string"):
            return f'"{words}"'
        name = self._iri(literal.datatype)
        plain = name in ("xsd:integer", "xsd:decimal", "xsd:boolean") and re.fullmatch(r"[+-]?\d+(\.\d+)?|true|false", words)
        return words if plain else f'"{words}"^^{name}'
