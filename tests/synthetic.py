"""A second plan for the tests: invented, and saying so, of 100 actions, in the CSV tables that anybody would fill in.

`python tests/synthetic.py DIR` writes its text and its tables; the same call gives the same bytes. It shares places,
organisations, themes and verbs with the plan of 2013, heads its entries otherwise, and leaves numbers out.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

from cpbm_kg import intake
from cpbm_kg.source import SourceText

SLUG = "essai-2031"
TITLE = "Plan d’essai synthétique de 100 actions (inventé)"
ACTIONS = 100
SKIPPED = (7, 13, 40, 41, 99, 104)  # numbers that no entry prints
HIGHEST = ACTIONS + len(SKIPPED)
_NOTE = "Plan inventé de toutes pièces, pour éprouver le logiciel : aucun territoire ne l’a écrit, rien n’y est vrai."
_NOTE_EN = "A plan invented from beginning to end, to try the software: no territory wrote it, nothing in it is true."
_TIERS = {"urgentes": ("Les actions urgentes", "The urgent actions", ("Soigner près de chez soi", "Relier les communes", "Rendre l’eau à la ville")),
          "durables": ("Les actions durables", "The lasting actions", ("Habiter sans chauffer", "Apprendre à tout âge", "Cultiver la mémoire", "Partager les outils"))}
_THEMES = {"sante": ("Santé", "Health", "soins"), "transport-et-mobilite": ("Transport et mobilité", "Transport and mobility", "sentiers"), "eau": ("Eau", "Water", "bassins")}
_VERBS = {"creer": ("Créer", "create"), "developper": ("Développer", "develop"), "promouvoir": ("Promouvoir", "promote"), "soutenir": ("Soutenir", "back"), "jardiner": ("Jardiner", "garden")}
_OBJECTS = {"soins": ("soins", "care"), "sentiers": ("sentiers", "paths"), "bassins": ("bassins", "ponds"), "terrils": ("terrils", "slag heaps"), "ateliers-de-reparation": ("ateliers de réparation", "repair workshops")}
_PLACES = {"lens": ("Lens", "commune"), "douai": ("Douai", "commune"), "bethune": ("Béthune", "commune"), "essai-sur-scarpe": ("Essai-sur-Scarpe", "commune"), "val-d-essai": ("Val d’Essai", "territoire")}
_ACTORS = {"bailleurs": ("actor", "bailleurs", "landlords"), "agglomerations": ("actor", "agglomérations", "conurbations"), "cci-artois": ("organisation", "CCI Artois", "CCI Artois"),
           "agence-d-essai": ("organisation", "Agence d’essai", "Agence d’essai")}
_PUBLICS = {"habitants": ("habitants", "residents"), "apprentis": ("apprentis", "apprentices")}
_MEETINGS = (
    ("workshop", 1, "sante", "2031-03-04", "18:00", "20:00", "Mardi 4 mars - 18h à 20h", "lens"),
    ("workshop", 2, "sante", "2031-06-05", "18:30", "20:30", "Jeudi 5 juin 2031 - 18h30 à 20h30", "douai"),
    ("workshop", 1, "transport-et-mobilite", "2031-10-02", "18:00", "21:00", "Jeudi 2 octobre - 18h à 21h", "lens"),
    ("workshop", 1, "eau", "2031-11-18", "17:00", "19:30", "Mardi 18 novembre - 17h à 19h30", "essai-sur-scarpe"),
    ("committee", 1, "", "2031-01-15", "", "", "15 janvier 2031", ""),
    ("committee", 2, "", "2031-12-09", "14:00", "16:00", "9 décembre 2031 - 14h à 16h", "bethune"),
)


def write(folder: Path) -> Path:
    """Fill in the templates of a new plan; its text, beside the folder."""
    chance = random.Random(SLUG)
    lines = [TITLE, "Réunions de l’année 2031"]
    tables = {"meetings": [_meeting(lines, *meeting) for meeting in _MEETINGS], "tiers": [], "axes": [], "actions": []}
    numbers = iter(number for number in range(1, HIGHEST + 1) if number not in SKIPPED)
    axes = [(tier, rank, axis) for tier, (_, _, headings) in _TIERS.items() for rank, axis in enumerate(headings, 1)]
    for i, (tier, rank, axis) in enumerate(axes):
        if rank == 1:
            lines.append(_TIERS[tier][0])
            tables["tiers"].append({"id": tier, "label": _TIERS[tier][0], "label_en": _TIERS[tier][1]} | {"quote": _TIERS[tier][0]})
        lines.append(f"{rank} {axis}")
        tables["axes"].append({"tier": tier, "rank": rank, "label": axis, "quote": lines[-1]})
        for _ in range(ACTIONS * (i + 1) // len(axes) - ACTIONS * i // len(axes)):
            tables["actions"].append(_action(chance, lines, next(numbers), f"{tier}-{rank}"))
    tables["places"] = [{"id": place, "kind": kind, "label": label, "label_en": label} for place, (label, kind) in _PLACES.items()]
    tables["concepts"] = [{"kind": kind, "id": name, "label": label, "label_en": label_en} for name, (kind, label, label_en) in (
        *((name, ("theme", *words[:2])) for name, words in _THEMES.items()), *((name, ("verb", *words)) for name, words in _VERBS.items()),
        *((name, ("object", *words)) for name, words in _OBJECTS.items()), *((name, ("public", *words)) for name, words in _PUBLICS.items()), *_ACTORS.items())]
    text = folder.with_suffix(".txt")
    text.parent.mkdir(parents=True, exist_ok=True)
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    intake.begin(folder, SLUG, TITLE, SourceText.read(text))
    tables["plan"] = [_row(folder, "plan") | {"title_en": "Synthetic trial plan of 100 actions (invented)", "note": _NOTE, "note_en": _NOTE_EN, "first_day": "2031-01-01",
                                              "last_day": "2031-12-31", "period_words": "l’année 2031"}]
    for name, rows in tables.items():
        _fill(folder / "csv" / f"{name}.csv", rows)
    return text


def _meeting(lines: list[str], kind: str, rank: int, theme: str, date: str, start: str, end: str, words: str, place: str) -> dict:
    label = f"{'1er' if rank == 1 else f'{rank}e'} {'Atelier ' + _THEMES[theme][0] if theme else 'comité'}"
    lines.append(" - ".join(filter(None, (label, words, place and _PLACES[place][0]))))
    return {"kind": kind, "rank": rank, "theme": theme, "label": label, "date": date, "start": start, "end": end, "date_words": words, "place": place, "quote": lines[-1]}


def _action(chance: random.Random, lines: list[str], number: int, axis: str) -> dict:
    """An entry of the text and its row: a verb and an object, and each of the others as often as not."""
    verb, thing = chance.choice(list(_VERBS)), chance.choice(list(_OBJECTS))
    place, actor, public = (chance.choice(list(among)) if chance.random() < 0.5 else "" for among in (_PLACES, _ACTORS, _PUBLICS))
    label = f"{_VERBS[verb][0]} des {_OBJECTS[thing][0]}" + (f" à {_PLACES[place][0]}" if place else "") + (f" avec {_ACTORS[actor][1]}" if actor else "")
    label += f" pour {_PUBLICS[public][0]}" if public else ""
    lines.append(f"Fiche {number} : {label}")
    theme = next((name for name, words in _THEMES.items() if words[2] == thing), "")
    return {"number": number, "label": label, "label_en": f"Action {number} of the trial plan", "axis": axis, "verbs": verb, "objects": thing,
            "places": f"{place}=à {_PLACES[place][0]}" if place else "", "actors": actor, "publics": public, "theme": theme, "quote": lines[-1]}


def _row(folder: Path, name: str) -> dict[str, str]:
    with open(folder / "csv" / f"{name}.csv", encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))


def _fill(path: Path, rows: list[dict]) -> None:
    """The rows under the header that the template has; its examples go."""
    with open(path, encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
