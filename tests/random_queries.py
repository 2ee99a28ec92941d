"""Random SPARQL 1.1 queries by its grammar, over our vocabulary and over terms that nobody would write.

https://www.w3.org/TR/sparql11-query/#sparqlGrammar. Texts are valid most of the time: what a function of the wrong
type gives, an empty group, a path of length zero is for the engine to say. `texts` also breaks them.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

PROLOGUE = """PREFIX bm: <https://w3id.org/bassin-minier/ontology#>
PREFIX graph: <https://w3id.org/bassin-minier/graph/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
VARIABLES = ("?a", "?b", "?c", "?d")
PROPERTIES = ("a", "skos:prefLabel", "bm:number", "bm:inAxis", "bm:inTier", "bm:ordinal", "bm:evidence", "bm:modality", "rdf:subject", "rdf:predicate",
              "rdf:object", "rdfs:subClassOf", "oa:hasSelector", "oa:exact", "oa:start", "skos:broader", "<urn:absent>")
CLASSES = ("bm:Action", "bm:Axis", "bm:Workshop", "bm:Statement", "skos:Concept", "rdfs:Class")
GRAPHS = ("graph:source", "graph:evidence", "graph:inferred", "graph:shapes", "graph:absent", "<urn:x>")
IRIS = ("<https://w3id.org/bassin-minier/id/cpbm-2013/action/1>", "<id/lieu/auby>", "<>", "<#é>", "<urn:%C3%A9>", "<http://e/漢?q#f>", "xsd:integer", "bm:%41", r"bm:a\-b")
LITERALS = (
    "0", "-1", "39", "2.50", ".5", "1e0", "-1E308", "1e-400", "9223372036854775807", "99999999999999999999", "0.000000000000000001", "true", "false",
    '""', '"a"', "'É'", '"Trame verte et bleue"@fr', '"x"@en-GB', '"\\u00e9\\U0001F600\\t\\""', '"""l\n"\'"""', '"<a>&amp;]]>"', '"a,\\"b\\"\\n"', '"\\u0008"', '"\uffff"',
    '"2013-02-30"^^xsd:date', '"2013-10-22T18:00:00+02:00"^^xsd:dateTime', '"-0001-01-01T00:00:00Z"^^xsd:dateTime', '"P1Y2M"^^xsd:duration', '"PT1S"^^xsd:dayTimeDuration',
    '"NaN"^^xsd:double', '"-INF"^^xsd:float', '"zz"^^xsd:integer', '"1"^^<urn:d>', '"25:00:00"^^xsd:time', '"--02-30"^^xsd:gMonthDay', '"170141183460469231731"^^xsd:decimal')
UNARY = ("STR", "LANG", "DATATYPE", "IRI", "URI", "BNODE", "ABS", "CEIL", "FLOOR", "ROUND", "STRLEN", "UCASE", "LCASE", "ENCODE_FOR_URI", "YEAR", "MONTH", "DAY", "HOURS",
         "MINUTES", "SECONDS", "TIMEZONE", "TZ", "MD5", "SHA1", "SHA256", "SHA384", "SHA512", "isIRI", "isURI", "isBLANK", "isLITERAL", "isNUMERIC",
         "xsd:integer", "xsd:decimal", "xsd:double", "xsd:float", "xsd:string", "xsd:boolean", "xsd:dateTime", "xsd:date", "xsd:duration", "!", "-", "+")
BINARY = ("CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER", "LANGMATCHES", "STRLANG", "STRDT", "sameTerm", "REGEX", "CONCAT", "COALESCE")
TERNARY = ("SUBSTR", "REPLACE", "IF", "REGEX", "CONCAT", "COALESCE")
OPERATORS = ("=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "&&", "||")
AGGREGATES = ("COUNT", "SUM", "AVG", "MIN", "MAX", "SAMPLE", "GROUP_CONCAT")
FRAGMENTS = ("{", "}", "(", ")", "<", ">", '"', "'", "\\", "#", ";", ".", "^", "|", "/", "*", "+", "?", "$", "@", ":", "_:", "^^", "\x00", "\r", "é", "😀", "\\u0041",
             "SELECT ", "FILTER", "GRAPH ", "SERVICE ", "UNION", "BASE <x>", "VALUES ?a {1}", " LIMIT -1", "INSERT DATA {}", "COUNT(*)", "1e", "<http://[>", "FROM <file:///etc/passwd>")

Draw = Callable[[st.SearchStrategy], object]


def one_of(draw: Draw, *items: str) -> str:
    return draw(st.sampled_from(items))


def chance(draw: Draw, in_ten: int) -> bool:
    return draw(st.integers(0, 9)) < in_ten


def many(draw: Draw, most: int, make: Callable[[], str], least: int = 1, between: str = " ") -> str:
    return between.join(make() for _ in range(draw(st.integers(least, most))))


@st.composite
def queries(draw: Draw) -> str:
    """A query of any form."""
    form = draw(st.integers(0, 9))
    if form < 6:
        return PROLOGUE + _select(draw, 2, outermost=True)
    if form == 6:
        return f"{PROLOGUE}ASK {_dataset(draw)}{{ {_pattern(draw, 2)} }}"
    if form == 9:
        wanted = one_of(draw, "*", *VARIABLES, *IRIS[:3])
        return f"{PROLOGUE}DESCRIBE {wanted} {_dataset(draw)}{{ {_pattern(draw, 1)} }} LIMIT 5"
    template = many(draw, 3, lambda: _triple(draw, paths=False))
    return f"{PROLOGUE}CONSTRUCT {{ {template} }} {_dataset(draw)}WHERE {{ {_pattern(draw, 2)} }}{_modifiers(draw, ())}"


@st.composite
def texts(draw: Draw) -> bytes:
    """A query whose text has been cut, doubled, reordered or filled with what does not belong there."""
    text = draw(queries())
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 20)))
        change = draw(st.integers(0, 4))
        middle = {0: "", 1: text[start:end] * 2, 2: one_of(draw, *FRAGMENTS), 3: text[start:end][::-1], 4: text[start:end].swapcase()}[change]
        text = text[:start] + middle + text[end:]
    data = text.encode()
    return data if chance(draw, 9) else data[:draw(st.integers(0, len(data)))] + draw(st.binary(max_size=4))


def _select(draw: Draw, depth: int, outermost: bool = False) -> str:
    dataset = _dataset(draw) if outermost else ""
    if chance(draw, 3):
        return _grouped(draw, depth, dataset)
    duplicates = one_of(draw, "", "", "DISTINCT ", "REDUCED ")
    columns = one_of(draw, "*", "?a ?b", "?c") if chance(draw, 7) else f"?a ({_expression(draw, 2)} AS ?x)"
    return f"SELECT {duplicates}{columns} {dataset}WHERE {{ {_pattern(draw, depth)} }}{_modifiers(draw, VARIABLES)}"


def _grouped(draw: Draw, depth: int, dataset: str) -> str:
    """GROUP BY, aggregates and HAVING; without a group, one row of aggregates."""
    keys = many(draw, 2, lambda: one_of(draw, *VARIABLES[:2]), least=0)
    columns = many(draw, 2, lambda: f"({_aggregate(draw)} AS {one_of(draw, '?x', '?y', '?z')})")
    by = f" GROUP BY {keys}" if keys else ""
    having = f" HAVING ({_aggregate(draw)} {one_of(draw, *OPERATORS[:6])} {one_of(draw, *LITERALS)})" if chance(draw, 2) else ""
    return f"SELECT {keys} {columns} {dataset}WHERE {{ {_pattern(draw, depth)} }}{by}{having}{_modifiers(draw, ())}"


def _aggregate(draw: Draw) -> str:
    name = one_of(draw, *AGGREGATES)
    distinct = one_of(draw, "", "DISTINCT ")
    if name == "COUNT" and chance(draw, 4):
        return f"COUNT({distinct}*)"
    separator = f' ; SEPARATOR={one_of(draw, chr(34) * 2, chr(34) + "|é" + chr(34))}' if name == "GROUP_CONCAT" and chance(draw, 5) else ""
    return f"{name}({distinct}{_expression(draw, 1)}{separator})"


def _dataset(draw: Draw) -> str:
    if chance(draw, 8):
        return ""
    return many(draw, 2, lambda: f"{one_of(draw, 'FROM', 'FROM NAMED')} {one_of(draw, *GRAPHS)}") + " "


def _modifiers(draw: Draw, orderable: tuple[str, ...]) -> str:
    order = ""
    if orderable and chance(draw, 3):
        order = " ORDER BY " + many(draw, 2, lambda: f"{one_of(draw, 'ASC', 'DESC')}({_expression(draw, 1)})")
    limit = f" LIMIT {one_of(draw, '0', '1', '10', '50', '18446744073709551615')}" if chance(draw, 8) else ""
    offset = f" OFFSET {one_of(draw, '0', '1', '1000000')}" if chance(draw, 1) else ""
    return order + limit + offset


def _pattern(draw: Draw, depth: int) -> str:
    """The inside of a group: triples first, so that what follows has something to join with."""
    triples = many(draw, 3, lambda: _triple(draw))
    return triples if depth == 0 else f"{triples} {many(draw, 2, lambda: _element(draw, depth - 1), least=0)}"


def _element(draw: Draw, depth: int) -> str:
    inner = _pattern(draw, depth)
    kind = draw(st.integers(0, 8))
    if kind == 0:
        return f"OPTIONAL {{ {inner} }}"
    if kind == 1:
        return f"{{ {inner} }} UNION {{ {_pattern(draw, depth)} }}"
    if kind == 2:
        return f"MINUS {{ {inner} }}"
    if kind == 3:
        return f"GRAPH {one_of(draw, '?g', *GRAPHS)} {{ {inner} }}"
    if kind == 4:
        return f"FILTER {one_of(draw, 'EXISTS', 'NOT EXISTS')} {{ {inner} }}"
    if kind == 5:
        return f"BIND ({_expression(draw, 2)} AS {one_of(draw, '?x', '?y', '?z')})"
    if kind == 6:
        return _values(draw)
    if kind == 7 and depth:
        return f"{{ {_select(draw, depth)} }}"
    return f"FILTER ({_expression(draw, 2)})"


def _values(draw: Draw) -> str:
    rows = many(draw, 3, lambda: f"({one_of(draw, 'UNDEF', *LITERALS, *IRIS[:3])} {one_of(draw, 'UNDEF', *LITERALS)})", least=0)
    return f"VALUES (?a {one_of(draw, '?b', '?x')}) {{ {rows} }}"


def _triple(draw: Draw, paths: bool = True) -> str:
    subject = one_of(draw, *VARIABLES, "?a", "?a", IRIS[0], IRIS[1], "_:n", "[]") if chance(draw, 9) else "(1 ?a)"
    predicate = _path(draw, 2) if paths and chance(draw, 2) else one_of(draw, *PROPERTIES, *PROPERTIES, "?p")
    if predicate == "a":
        return f"{subject} a {one_of(draw, *CLASSES, *VARIABLES)} ."
    return f"{subject} {predicate} {one_of(draw, *VARIABLES) if chance(draw, 7) else one_of(draw, *IRIS, *LITERALS)} ."


def _path(draw: Draw, depth: int) -> str:
    kind = draw(st.integers(0, 6)) if depth else 0
    if kind < 2:
        return one_of(draw, *PROPERTIES)
    if kind == 2:
        return f"^({_path(draw, depth - 1)})"
    if kind == 3:
        return f"!({one_of(draw, *PROPERTIES)}|^{one_of(draw, *PROPERTIES)})"
    if kind == 4:
        return f"({_path(draw, depth - 1)}){one_of(draw, '*', '+', '?')}"
    return f"({_path(draw, depth - 1)}{one_of(draw, '/', '|')}{_path(draw, depth - 1)})"


def _expression(draw: Draw, depth: int) -> str:
    kind = draw(st.integers(0, 9)) if depth else 0
    if kind < 3:
        return one_of(draw, *VARIABLES, *VARIABLES, *VARIABLES, *VARIABLES, *LITERALS, *IRIS)
    first, second = _expression(draw, depth - 1), _expression(draw, depth - 1)
    if kind < 5:
        return f"{one_of(draw, *UNARY)}({first})"
    if kind == 5:
        return f"{one_of(draw, *BINARY)}({first}, {second})"
    if kind == 6:
        return f"{one_of(draw, *TERNARY)}({first}, {second}, {_expression(draw, depth - 1)})"
    if kind == 7:
        return one_of(draw, f"({first} {one_of(draw, 'IN', 'NOT IN')} ({second}, 1))", "NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()", "BOUND(?a)", "CONCAT()", "COALESCE()")
    return f"({first} {one_of(draw, *OPERATORS)} {second})"
