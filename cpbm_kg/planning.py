"""What `new-plan` and `from-csv` do: a plan begun as tables, and its Turtle written from them, with its passages where the
text is at hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cpbm_kg import dataset, intake, pipeline
from cpbm_kg.errors import Message, shown
from cpbm_kg.source import SourceText


def begin(folder: Path, slug: str | None, title: str | None, text: Path | None) -> Message:
    """Write the templates of a plan; what was written and what comes next. Raises as `intake.begin`, and SourceTextError."""
    written = intake.begin(folder, slug, title, SourceText.read(text) if text else None)
    files, guide = "\n".join(map(shown, written)), shown(written[-1])
    return Message(f"{files}\nremplissez-les (voyez {guide}), puis lancez « cpbm-kg from-csv {folder} »",
                   f"{files}\nfill them in (see {guide}), then run \"cpbm-kg from-csv {folder}\"")


def convert(folder: Path, others: Iterable[Path], text: Path | None) -> Message:
    """Write the Turtle of a plan's tables beside which `others` will be built, and record its passages where there is a
    text; what was written. Raises as `intake.convert` and `pipeline.record_passages`."""
    folder = folder.resolve()
    beside = dataset.read(pipeline.ONTOLOGY_FOLDER, [profile for profile in others if profile != folder])
    files = "\n".join(map(shown, intake.convert(folder, SourceText.read(text) if text else None, beside)))
    if text is None:
        command = f"CPBM_SOURCE_TEXT=… cpbm-kg passages --plan {shown(folder)}"
        return Message(f"{files}\nrelevez les passages : {command}", f"{files}\nrecord the passages: {command}")
    path, count = pipeline.record_passages(folder, text)
    return Message(f"{files}\n{count} passages relevés dans {shown(path)}", f"{files}\n{count} passages recorded in {shown(path)}")
