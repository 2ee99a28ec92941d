"""Whether a question's query keeps what its head says: its form, its columns, its parameters, what it exercises.

The faults are findings of `check`, each with the line of the key that is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rdflib.plugins.sparql.sparql import Query
from rdflib.term import Literal, URIRef, Variable

from cpbm_kg import algebra, rules
from cpbm_kg.contracts import PARAMETER_LINE, Contract
from cpbm_kg.errors import Message, Place, QuerySyntaxError, RequestError, shown
from cpbm_kg.findings import Finding
from cpbm_kg.vocabulary import PREFIXES

_PREFIX = re.compile(r"PREFIX (\w*): <([^>]*)>")


def examine(contract: Contract) -> list[Finding]:
    """Every promise of the head that the query breaks, in the order of the head."""
    try:
        query = algebra.parse(contract.text)
    except QuerySyntaxError as error:
        return [rules.own("query-syntax", Place(shown(contract.path), error.line or 1, error.column), contract.name, error.fault, error.remedy)]
    return [*_form(contract, query), *_columns(contract, query), *_parameters(contract, query), *_exercises(contract, query)]


def exercised(contract: Contract) -> dict[str, URIRef | None]:
    """The terms that the head says the question exercises, by the prefixed name written; None for a prefix that
    neither the query nor the project declares."""
    prefixes = PREFIXES | dict(prefixes_of(contract))
    names = {}
    for name in contract.head["exercises"]:
        prefix, _, local = name.partition(":")
        names[name] = URIRef(prefixes[prefix] + local) if prefix in prefixes else None
    return names


def prefixes_of(contract: Contract) -> Iterator[tuple[str, str]]:
    """The prefixes that the query declares, one a line, with their namespaces."""
    for line in contract.query.splitlines():
        if match := _PREFIX.match(line):
            yield match[1], match[2]


def _form(contract: Contract, query: Query) -> Iterator[Finding]:
    shows = contract.head["shows"]
    if algebra.form(query) is not contract.form:
        yield _fault("query-form", contract, "shows", f"shows: {shows} ne va pas avec cette forme de requête (graph : CONSTRUCT, boolean : ASK, les autres : SELECT)",
                    f"shows: {shows} does not go with this form of query (graph: CONSTRUCT, boolean: ASK, others: SELECT)")
    if (shows == "map") != (contract.geometry is not None):
        yield _fault("query-form", contract, "shows", "shows: map va avec une colonne de type geometry, et l'inverse", "shows: map goes with a column of type geometry, and the reverse")
    if query.algebra.p is not None and query.algebra.p.name == "Slice":
        yield _fault("query-form", contract, "", "LIMIT et OFFSET sont à l'API : retirez-les de la requête", "LIMIT and OFFSET are the API's: take them out of the query")


def _columns(contract: Contract, query: Query) -> Iterator[Finding]:
    described, given = [column.name for column in contract.columns], algebra.projection(query)
    for name in described:
        if name not in given:
            yield _fault("query-columns", contract, f"columns.{name}", f"la requête ne donne pas la colonne {name}", f"the query does not give column {name}")
    for name in given:
        if name not in described:
            yield _fault("query-columns", contract, "columns", f"la colonne {name} de la requête n'est pas décrite", f"column {name} of the query is not described")
    if described != given and set(described) == set(given):
        yield _fault("query-columns", contract, "columns", f"les colonnes ne sont pas dans l'ordre de la requête : {', '.join(given)}", f"columns are not in the order of the query: {', '.join(given)}")


def _parameters(contract: Contract, query: Query) -> Iterator[Finding]:
    for parameter in contract.parameters:
        key = f"parameters.{parameter.name}"
        try:
            parameter.read([parameter.example])
        except RequestError as error:
            yield _fault("query-parameter", contract, key, f"exemple : {error.fault.fr}", f"example: {error.fault.en}")
        if Variable(parameter.name) not in algebra.variables(query.algebra.p, with_values=False):
            yield _fault("query-parameter", contract, key, f"aucun motif de la requête n'emploie ?{parameter.name}", f"no pattern of the query uses ?{parameter.name}")
        for value in default(contract, parameter.name):
            if isinstance(value, URIRef) != (parameter.type == "iri"):
                yield _fault("query-parameter", contract, key, f"la valeur par défaut {value} n'est pas du type {parameter.type}", f"the default {value} is not of type {parameter.type}")
    for entry in contract.head.get("defaults", ()):
        for name, value in entry.items():
            if [str(term) for term in default(contract, name)] != [str(value)]:
                yield _fault("query-parameter", contract, "defaults", f"defaults: {name} n'est pas la valeur de la requête", f"defaults: {name} is not the value in the query")


def default(contract: Contract, name: str) -> list[URIRef | Literal]:
    """The terms of a parameter's marked VALUES line."""
    prologue = "\n".join(f"PREFIX {prefix}: <{namespace}>" for prefix, namespace in prefixes_of(contract))
    line = next(line for line in contract.text.splitlines() if (match := PARAMETER_LINE.match(line)) and match["name"] == name)
    values = algebra.parse(f"{prologue}\nSELECT * {{\n{line}\n}}").algebra
    return [term for term in algebra.leaves(values) if isinstance(term, (URIRef, Literal))]


def _exercises(contract: Contract, query: Query) -> Iterator[Finding]:
    named = algebra.iris(query)
    for name, term in exercised(contract).items():
        if term is None:
            yield _fault("query-exercises", contract, "exercises", f"le préfixe de {name} est inconnu", f"the prefix of {name} is unknown")
        elif term not in named:
            yield _fault("query-exercises", contract, "exercises", f"exercises: la requête n'emploie pas {name}", f"exercises: the query does not use {name}")


def _fault(rule: str, contract: Contract, key: str, fr: str, en: str) -> Finding:
    return rules.own(rule, contract.place(key), contract.name, Message(fr, en))
