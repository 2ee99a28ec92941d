"""A query on an Oxigraph store, wherever the store lies: the only module that evaluates SPARQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import pyoxigraph as ox

from cpbm_kg.engine import Answer, Query
from cpbm_kg.engine.faulting import placed
from cpbm_kg.engine.screening import screen
from cpbm_kg.engine.serialisation import write
from cpbm_kg.errors import Message, QuerySyntaxError, ServiceRefusedError
from cpbm_kg.media import Form, Format
from cpbm_kg.vocabulary import BASE

_UNKNOWN_FUNCTION = re.compile(r"custom function <(.*)> is not supported", re.DOTALL)


class OxigraphEngine:
    """`answer_bytes` bounds one answer; the store is only read."""

    def __init__(self, store: ox.Store, answer_bytes: int):
        self._store = store
        self._answer_bytes = answer_bytes

    def answer(self, query: Query, formats: Mapping[Form, Format | None], client: str = "") -> Answer:
        """As `Engine.answer`; in one process there is nobody to be fair to."""
        screen(query.text)
        form, results = evaluate(self._store, query)
        try:
            return write(form, results, formats, self._answer_bytes)
        except (RuntimeError, OSError) as error:
            raise _refused_at_run_time(error) from None


def evaluate(store: ox.Store, query: Query) -> tuple[Form, object]:
    """The form of a query and its results, which are lazy but for ASK; raises QuerySyntaxError and ServiceRefusedError."""
    try:
        results = store.query(
            query.text,
            base_iri=BASE,
            default_graph=_nodes(query.default_graphs),
            named_graphs=_nodes(query.named_graphs),
        )
    except (SyntaxError, ValueError) as error:
        said, line, column = placed(query.text, str(error), partial(ox.Store().query, base_iri=BASE))
        raise QuerySyntaxError(
            Message(f"cette requête n'est pas du SPARQL 1.1 : {said}", f"this query is not SPARQL 1.1: {said}"),
            Message("corrigez le texte à la ligne et à la colonne indiquées", "mend the text at the line and column given"),
            line, column) from None
    except (RuntimeError, OSError) as error:
        raise _refused_at_run_time(error) from None
    if isinstance(results, ox.QueryBoolean):
        return Form.ASK, results
    return Form.SELECT if isinstance(results, ox.QuerySolutions) else Form.GRAPH, results


def parse(text: str) -> list[str]:
    """The columns of a query (none for what is no SELECT), without evaluating it; raises QuerySyntaxError and what
    screening refuses."""
    screen(text)
    form, results = evaluate(ox.Store(), Query(text))
    return [variable.value for variable in results.variables] if form is Form.SELECT else []


def _nodes(iris: tuple[str, ...] | None) -> list[ox.NamedNode] | None:
    return None if iris is None else [ox.NamedNode(iri) for iri in iris]


def _refused_at_run_time(error: RuntimeError) -> ServiceRefusedError:
    """A function that is none of SPARQL's own stops the query (where it stands in an expression, 17.6 would have it an
    error of that expression alone): a misspelt name is worth a clear word."""
    if function := _UNKNOWN_FUNCTION.search(str(error)):
        return ServiceRefusedError(
            Message(f"fonction inconnue : {function[1]}", f"unknown function: {function[1]}"),
            Message("seules les fonctions de SPARQL 1.1 (17.4) et les conversions xsd (17.5) répondent ici",
                    "only the functions of SPARQL 1.1 (17.4) and the xsd casts (17.5) answer here"))
    return ServiceRefusedError(
        Message(f"cette requête ne peut être évaluée ici : {error}", f"this query cannot be evaluated here: {error}"),
        Message("retirez SERVICE et les graphes distants : seules les données publiées ici répondent",
                "remove SERVICE and remote graphs: only the data published here answer"))
