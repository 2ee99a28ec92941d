"""Where a result stands in the files people edit (architecture.md, 9)."""

from __future__ import annotations

from rdflib.term import BNode, Node

from cpbm_kg.dataset import Dataset
from cpbm_kg.errors import Place

_NOWHERE = Place("?")


class Places:
    """Looks a result up: its triple, then its focus's triples of that path, then any between focus and value, then its
    focus's block, then wherever the value or the focus is written, then the shape."""

    def __init__(self, dataset: Dataset):
        self._triples = dataset.places
        self._blocks = dataset.subjects
        self._paths: dict[tuple[Node, Node], Place] = {}
        self._ends: dict[tuple[Node, Node], Place] = {}
        self._terms: dict[Node, Place] = {}
        for triple, place in dataset.places.items():
            _keep_first(self._paths, triple[:2], place)
            _keep_first(self._ends, (triple[0], triple[2]), place)
            for term in triple:
                _keep_first(self._terms, term, place)

    def of(self, focus: Node, path: Node | None, value: Node | None, shape: Node | None) -> Place:
        """The nearest place; `?` only for what no file holds."""
        return (
            self._triples.get((focus, path, value)) or self._paths.get((focus, path)) or self._along(focus, path, value)
            or self._named_in_value(focus, path, value) or self._blocks.get(focus) or self._terms.get(focus)
            or self._terms.get(value) or self._blocks.get(shape) or _NOWHERE
        )

    def _along(self, focus: Node, path: Node | None, value: Node | None) -> Place | None:
        """The triple between focus and value where the path is an expression: an alternative, an inverse."""
        if not isinstance(path, BNode) or value is None:
            return None
        return self._ends.get((focus, value)) or self._ends.get((value, focus))

    def _named_in_value(self, focus: Node, path: Node | None, value: Node | None) -> Place | None:
        """Where a whole-graph rule points at the offending term itself (an undeclared property, a foreign IRI)."""
        if path is not None or value is None or value == focus:
            return None
        return self._blocks.get(value) or self._terms.get(value)


def _keep_first(places: dict, key, place: Place) -> None:
    known = places.get(key)
    if known is None or place < known:
        places[key] = place
