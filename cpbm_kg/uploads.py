"""Judges a text that a stranger sends, beside our data and by our shapes alone, in a child with limits (`bounded`).

What the text describes replaces what we hold of the same things, so a part of a file, a whole one and a new block are
all judged as if they stood in place. Shapes in it are data like any other.
"""

from __future__ import annotations

import gc
import socket
import sys

import rdflib

from cpbm_kg import bounded, canonical, changes, pipeline, reports, rules, turtle, validation
from cpbm_kg import dataset as datasets
from cpbm_kg.checking import layout_findings
from cpbm_kg.dataset import Dataset, Draft
from cpbm_kg.errors import Message, Place, TurtleSyntaxError
from cpbm_kg.findings import Finding

NAME = "upload.ttl"
MORE_BYTES = 1024**3
LONGEST_S = 25  # of processor time, after loading


def judge(dataset: Dataset, data: bytes) -> list[Finding]:
    """All that is wrong with the text itself and with what it says, at its lines. `dataset` is ours as read, and changed."""
    try:
        text = turtle.decoded(data, NAME)
        before = dataset.layers["source"]
        change = changes.touched(before, new := turtle.parse(text, NAME).graph, new.subjects())
        dataset.replace(Draft(NAME, text))
        if refused := canonical.refusal(text):
            raise TurtleSyntaxError(Message("ce n’est pas du Turtle 1.1", "this is not Turtle 1.1"), rules.OWN["file-unreadable"].remedy, Place(NAME, *refused))
    except TurtleSyntaxError as error:
        return [rules.of_error(error)]
    findings = pipeline.complete_and_validate(dataset, None, change)
    shown = [finding for finding in findings if finding.place.path == NAME] + layout_findings(text, NAME, ".ttl")
    return sorted(shown, key=lambda finding: finding.order)


def _load(dataset: Dataset) -> None:
    """Have every module at hand that judging and writing import on their way: afterwards no file opens."""
    validation.results(rdflib.Graph(), dataset.layers["shapes"])
    for writer in reports.WRITERS.values():
        writer([], "fr")


def main(descriptor: int) -> None:
    """`python -m cpbm_kg.uploads DESCRIPTOR`, started by the web alone. A task is a line `FORMAT LANGUAGE`, then Turtle."""
    profiles = [profile for profile in pipeline.DEFAULT_PROFILES if (profile / "source").is_dir()]
    dataset = datasets.read(pipeline.ONTOLOGY_FOLDER, profiles)
    _load(dataset)
    gc.freeze()  # a child that collects would copy every page

    def work(task: bytes) -> bytes:
        head, _, data = task.partition(b"\n")
        format, language = head.decode("ascii").split()
        return reports.WRITERS[format](judge(dataset, data), language).encode()

    bounded.nurse(socket.socket(fileno=descriptor), work, MORE_BYTES, LONGEST_S)


if __name__ == "__main__":
    main(int(sys.argv[1]))
