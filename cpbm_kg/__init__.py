"""CPBM-KG: the 2013 action plan of the former coal basin of northern France as an open knowledge graph.

The package reads hand-written Turtle, computes what can be computed, judges it with SHACL, freezes a release
and serves it over SPARQL. `python -m cpbm_kg --help` lists the verbs; README.md has the table of layers.
`cpbm_kg.open_release()` opens a release in Python, without a server: docs/using.md.
"""

__version__ = "0.1.0"
__all__ = ["__version__", "open_release"]


def open_release(folder=None):
    """The release in `folder` (by default that of the settings) as a `workbench.Workbench`: its rdflib `dataset`,
    `query(text)` and `ask(question, …)` to data frames. Raises ReleaseError where there is no release."""
    from cpbm_kg.workbench import Workbench

    return Workbench(folder)
