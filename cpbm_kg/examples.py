"""The published questions as RDF, after the model of sib-swiss (https://github.com/sib-swiss/sparql-examples).

Editors load examples by one query for `sh:SPARQLExecutable` with `rdfs:comment` and `sh:select`, `sh:ask` or
`sh:construct`, sent to the default graph: hence the layer `examples` is one that answers without being named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdflib.term import Literal, URIRef

from cpbm_kg import algebra
from cpbm_kg.contracts import Contract
from cpbm_kg.examination import prefixes_of
from cpbm_kg.turtle import Triple
from cpbm_kg.vocabulary import BASE, RDF, RDFS, SCHEMA, SH, XSD

QUESTIONS = URIRef(BASE + "q/")
ENDPOINT = URIRef(BASE + "sparql")
# SHACL Advanced Features 9 (SELECT, ASK) and the terms that sib-swiss adds in the same namespace.
_KINDS = {"SelectQuery": (SH.SPARQLSelectExecutable, SH.select), "AskQuery": (SH.SPARQLAskExecutable, SH.ask), "ConstructQuery": (SH.SPARQLConstructExecutable, SH.construct)}


def question_iri(contract: Contract) -> URIRef:
    """The name of a question, which the service answers at the same path."""
    return URIRef(QUESTIONS + contract.name)


def triples(contracts: Iterable[Contract]) -> Iterator[Triple]:
    """What the layer `examples` says of questions, the prefixes of their queries included."""
    declared: dict[str, str] = {}
    for contract in contracts:
        query = algebra.parse(contract.query)
        declared |= dict(prefixes_of(contract))
        yield from _question(contract, *_KINDS[query.algebra.name])
    for prefix, namespace in declared.items():
        name = URIRef(f"{QUESTIONS}#prefix-{prefix}")
        yield QUESTIONS, SH.declare, name
        yield name, RDF.type, SH.PrefixDeclaration
        yield name, SH.prefix, Literal(prefix)
        yield name, SH.namespace, Literal(namespace, datatype=XSD.anyURI)


def _question(contract: Contract, kind: URIRef, property: URIRef) -> Iterator[Triple]:
    name = question_iri(contract)
    yield name, RDF.type, SH.SPARQLExecutable
    yield name, RDF.type, kind
    yield name, property, Literal(contract.query)
    yield name, SH.prefixes, QUESTIONS
    yield name, SCHEMA.target, ENDPOINT
    for predicate, message in ((RDFS.label, contract.title), (RDFS.comment, contract.question)):
        yield name, predicate, Literal(message.fr, lang="fr")
        yield name, predicate, Literal(message.en, lang="en")
    for tag in contract.head["tags"]:
        yield name, SCHEMA.keywords, Literal(tag)
