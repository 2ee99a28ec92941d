"""`fmt`: one layout, every comment kept, the graph untouched."""

import random
import shutil

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from conftest import ROOT, run
from cpbm_kg.engine.oxigraph import parse
from cpbm_kg.layout import lay_out
from cpbm_kg.layout.order import disorders
from cpbm_kg.layout.tokens import tokens

TURTLE = sorted(path for folder in ("data", "ontology") for path in (ROOT / folder).rglob("*.ttl"))
QUERIES = sorted((ROOT / "queries").glob("*.rq"))

UNTIDY = '''# head
@prefix b: <http://b/> .
@prefix unused: <http://unused/> .
@prefix a: <http://a/>.
# a section

a:x b:p b:q; # of q
 a b:T # of T
 ; b:r [ b:s 1 ; # inside
  # own line
  b:t (1 2 [ b:u "x" # of x
 ]) ; ; ] , 5
 # before the stop
 . # after
[] b:v "a"^^b:d , """m
l"""@en .
# end
'''
TIDY = '''# head

PREFIX a: <http://a/>
PREFIX b: <http://b/>

# a section

a:x
    b:p b:q ; # of q
    a b:T ; # of T
    b:r
        [ b:s 1 ; # inside
          # own line
          b:t ( 1 2 [ b:u "x" ] ) ] , # of x
        5 ;
    # before the stop
. # after

[]
    b:v "a"^^b:d , """m
l"""@en ;
.

# end
'''


def graph(text: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=text, format="turtle")


def comments(text: str) -> list[str]:
    return [token.text.rstrip() for token in tokens(text) if token.kind == "comment"]


def test_an_untidy_file_comes_out_tidy():
    assert lay_out(UNTIDY, ".ttl") == TIDY
    assert lay_out(TIDY, ".ttl") == TIDY


@pytest.mark.parametrize("path", TURTLE + QUERIES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_of_ours_is_in_its_layout_and_order(path):
    text = path.read_text(encoding="utf-8")
    assert lay_out(text, path.suffix) == text
    assert path.suffix == ".rq" or not disorders(text)


# A Turtle text made of the pieces that people write, with white space and comments wherever they may stand.
_TERMS = ["ex:a", "ex:b.c", "<http://example.org/d#e>", "_:n", "ex:é-1", "ex:x\\,y"]
_VALUES = [*_TERMS, "12", "-1.50", "1e3", "true", '"x;y. # no comment"', "'it is'", '"""two\nlines "quoted" """@fr', '"a\\"b"^^ex:t', "'''one'''@en-GB", "[]", "()"]
_GAPS = [" ", "\n", "  \n\t", " # remark\n", "\n  # own [ ( ; . \"\n", "\r\n", "\n\n\n# far\n\n"]


@st.composite
def documents(draw) -> str:
    chance = random.Random(draw(st.integers(0, 2**32)))
    depth = draw(st.integers(0, 3))

    def gap() -> str:
        return chance.choice(_GAPS) if chance.random() < 0.4 else " "

    def value(level: int) -> str:
        kind = chance.random()
        if level and kind < 0.25:
            return f"[{gap()}{verbs(level - 1)}{gap()}]"
        if level and kind < 0.4:
            return "(" + gap() + gap().join(value(level - 1) for _ in range(chance.randrange(4))) + gap() + ")"
        return chance.choice(_VALUES)

    def verbs(level: int) -> str:
        lists = [chance.choice(["a", "ex:p", "ex:q"]) + gap() + f"{gap()},{gap()}".join(value(level) for _ in range(chance.randrange(1, 4)))
                 for _ in range(chance.randrange(1, 4))]
        return f"{gap()};{gap()}".join(lists) + (f"{gap()};" if chance.random() < 0.3 else "")

    head = chance.choice(["", "# head\n", "#one\n\n#two\n"]) + gap()
    prefixes = ["PREFIX ex: <http://example.org/>\n", "@prefix zz: <http://z/> .\n"]
    chance.shuffle(prefixes)
    blocks = [chance.choice(_TERMS) + gap() + verbs(depth) + f"{gap()}." for _ in range(draw(st.integers(0, 4)))]
    return head + "".join(prefixes) + gap().join([*blocks, ""]) + "\n"


@settings(max_examples=200, deadline=None)
@given(documents())
def test_layout_keeps_the_graph_and_every_comment_and_is_stable(text):
    laid_out = lay_out(text, ".ttl")
    assert isomorphic(graph(text), graph(laid_out))
    assert comments(text) == comments(laid_out)
    assert lay_out(laid_out, ".ttl") == laid_out
    assert all(line == line.rstrip() for line in laid_out.split("\n") if '"' not in line)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(QUERIES), st.randoms())
def test_layout_of_a_query_keeps_its_words_and_is_stable(path, chance):
    """Any line end may become a space or more line ends, and any keyword lower case: the layout gives one text back."""
    original = path.read_text(encoding="utf-8")
    text = "".join(chance.choice(["\n", "\n   ", "\n\t\n"]) if sign == "\n" else sign for sign in original)
    laid_out = lay_out(text, ".rq")
    assert lay_out(laid_out, ".rq") == laid_out
    assert [token.text for token in tokens(laid_out)] == [token.text for token in tokens(original)]
    assert parse(laid_out) == parse(original)


def test_prefixes_stay_where_their_order_has_a_meaning():
    twice = "PREFIX z: <http://z/>\nPREFIX a: <http://a/>\n\nz:x\n    a:y 1 ;\n.\n\nPREFIX z: <http://other/>\n\nz:x\n    a:y 2 ;\n.\n"
    assert isomorphic(graph(twice), graph(lay_out(twice, ".ttl")))
    based = "BASE <http://base/>\nPREFIX z: <z/>\nBASE <http://other/>\nPREFIX a: <a/>\n\nz:x\n    a:y <c> ;\n.\n"
    assert isomorphic(graph(based), graph(lay_out(based, ".ttl")))


def test_line_ends_of_windows_and_a_byte_order_mark_go_but_not_inside_a_text(tmp_path):
    path = tmp_path / "x.ttl"
    path.write_bytes('\ufeffPREFIX ex: <http://ex/>\r\n\r\nex:a\r\n    ex:b """one\r\ntwo""" ;\r\n.\r\n'.encode())
    assert run("fmt", "--check", path).returncode == 1
    assert run("fmt", path).returncode == 0
    assert path.read_bytes() == 'PREFIX ex: <http://ex/>\n\nex:a\n    ex:b """one\r\ntwo""" ;\n.\n'.encode()
    assert run("fmt", "--check", path).returncode == 0


def test_fmt_leaves_a_file_alone_that_its_parser_refuses(tmp_path):
    for name, text, place in (("x.ttl", "PREFIX ex: <http://ex/>\nex:a ex:b \"open .\n", "2"), ("x.rq", "SELECT ?x\nWHERE { ?x a }\n", "2:14")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = run("fmt", tmp_path / name)
        assert done.returncode in (1, 3) and f"{name}:{place}:" in done.stderr and "Traceback" not in done.stderr
        assert (tmp_path / name).read_text(encoding="utf-8") == text


def test_fmt_of_standard_input():
    done = run("fmt", "-", text=UNTIDY)
    assert done.returncode == 0 and done.stdout == TIDY


def test_fmt_check_names_files_and_writes_nothing(tmp_path):
    shutil.copytree(ROOT / "tests/plans/alpha", tmp_path / "alpha")
    path = tmp_path / "alpha/source/plan.ttl"
    path.write_text(path.read_text(encoding="utf-8").replace("    bm:number 3 ;", "  bm:number   3;"), encoding="utf-8")
    before = path.read_bytes()
    done = run("fmt", "--check", tmp_path / "alpha")
    assert done.returncode == 1 and "plan.ttl" in done.stdout and path.read_bytes() == before
    assert run("fmt", tmp_path / "alpha").returncode == 0
    assert path.read_bytes() == (ROOT / "tests/plans/alpha/source/plan.ttl").read_bytes()


@pytest.mark.parametrize("text, fault", [
    ("ex:b\n    a ex:T ;\n.\n\nex:a\n    a ex:T ;\n.\n", "comes before"),
    ("ex:a10\n    a ex:T ;\n.\n\nex:a9\n    a ex:T ;\n.\n", "comes before"),
    ("ex:a\n    a ex:T ;\n.\n\nex:a\n    ex:p 1 ;\n.\n", "a block in this file already"),
    ("ex:a\n    ex:p 1 ;\n    a ex:T ;\n.\n", "not the first"),
    ("PREFIX ex: <http://other/>\nex:a\n    ex:p 1 ;\n.\n", "bound twice"),
])
def test_what_layout_cannot_mend_is_said(text, fault):
    found = disorders("PREFIX ex: <http://ex/>\n" + text)
    assert [fault in one.fault.en for one in found] == [True]
