"""CPBM-KG: the 2013 action plan of the former coal basin of northern France as an open knowledge graph.

The package reads hand-written Turtle, computes what can be computed, judges it with SHACL, freezes a release
and serves it over SPARQL. `python -m cpbm_kg --help` lists the verbs; README.md has the table of layers.
"""

__version__ = "0.1.0"
