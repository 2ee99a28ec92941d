"""Every triple has the line and column where its object is written."""

import random
import re

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from cpbm_kg import turtle
from cpbm_kg.errors import TurtleSyntaxError

EX = rdflib.Namespace("http://example.org/")

DOCUMENT = '''PREFIX ex: <http://example.org/>

# a comment; with . marks, and <brackets>
ex:a
    a ex:Thing ;
    ex:label """two
lines"""@fr , "one"@en ;
    ex:sees ex:b , ex:c ,
        ex:d ;
    ex:says [ ex:p 1 ; ex:q "x;y" ] , [ ex:p 2.50 ] ;
.
<http://example.org/e> ex:p true .
'''


def test_the_place_of_every_triple_is_that_of_its_object():
    located = turtle.parse(DOCUMENT, "f.ttl")
    lines = DOCUMENT.split("\n")
    expected = {EX.Thing: "ex:Thing", EX.b: "ex:b", EX.c: "ex:c", EX.d: "ex:d", rdflib.Literal("one", lang="en"): '"one"@en',
                rdflib.Literal("two\nlines", lang="fr"): '"""two', rdflib.Literal("x;y"): '"x;y"', rdflib.Literal(True): "true"}
    seen = 0
    for (_, _, value), place in located.places.items():
        if value in expected:
            seen += 1
            assert lines[place.line - 1][place.column - 1:].startswith(expected[value])
    assert seen == len(expected)
    assert len(located.places) == len(located.graph) == 12


def test_a_subject_stands_where_its_block_begins():
    located = turtle.parse(DOCUMENT, "f.ttl")
    assert (located.subjects[EX.a].line, located.subjects[EX.e].line) == (4, 12)
    assert located.subjects[EX.a].column == 1


def test_numbers_keep_what_was_written():
    located = turtle.parse('PREFIX x: <http://www.w3.org/2001/XMLSchema#>\n<http://a> <http://b> "01"^^x:integer , 2.50 .', "f.ttl")
    assert {str(value) for value in located.graph.objects()} == {"01", "2.50"}


@pytest.mark.parametrize("line, text", [
    (2, "PREFIX ex: <http://example.org/>\nex:a ex:b no:c .\n"),
    (3, "PREFIX ex: <http://example.org/>\n\nex:a ex:b ;; ex:c\n"),
    (3, 'PREFIX ex: <http://example.org/>\nex:a\n  ex:b "unclosed .\n'),
    (1, "<relative> <b> <c> ."),
    (1, "[" * 3000),
    (2, "PREFIX ex: <http://example.org/>\nex:a ex:b { ex:c ex:d ex:e } .\n"),
    (1, "\x00"),
    (2, "PREFIX ex: <http://example.org/>\nex:a ex:b <http://a b> .\n"),
    (2, 'PREFIX ex: <http://example.org/>\nex:a ex:b "\\uD800" .\n'),
    (3, 'PREFIX ex: <http://example.org/>\nex:a ex:b 1 ;\n  ex:c "a\\u0000b" .\n'),
])
def test_what_is_not_turtle_is_refused_with_its_line(line, text):
    with pytest.raises(TurtleSyntaxError) as refused:
        turtle.parse(text, "bad.ttl")
    assert refused.value.place.path == "bad.ttl"
    assert refused.value.place.line == line, refused.value.explain("en")
    assert refused.value.place.column > 0


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    path = tmp_path / "latin.ttl"
    path.write_bytes("# un\n# é".encode("latin-1"))
    with pytest.raises(TurtleSyntaxError) as refused:
        turtle.read(path)
    assert refused.value.place.line == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)), min_size=1, max_size=25), st.randoms())
def test_any_document_gives_rdflibs_graph_and_a_right_line_for_each_triple(facts, chance: random.Random):
    lines, where = ["PREFIX ex: <http://example.org/>"], {}
    for subject, predicate, words in facts:
        lines += ["" for _ in range(chance.randrange(3))]
        literal = rdflib.Literal(words)
        lines.append(f"ex:s{subject} ex:p{predicate} {literal.n3()} .")
        where.setdefault((EX[f"s{subject}"], EX[f"p{predicate}"], literal), len(lines))
    text = "\n".join(lines) + "\n"
    located = turtle.parse(text, "f.ttl")
    assert isomorphic(located.graph, rdflib.Graph().parse(data=text, format="turtle"))
    assert {triple: place.line for triple, place in located.places.items()} == where
    assert not re.search("ex:", located.graph.serialize(format="nt"))
