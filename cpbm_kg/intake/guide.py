"""The words of a new plan: the README beside the templates, and the heads of the files made from them."""

from __future__ import annotations

from cpbm_kg.intake.tables import TABLES, Table

_FIRST_STEPS = """# {name}

*Remplissez ces tables (tableur ou éditeur ; CSV en UTF-8, virgule, point-virgule ou tabulation), puis :*
*Fill in these tables (spreadsheet or editor; CSV in UTF-8, comma, semicolon or tab), then:*

```console
$ cpbm-kg from-csv {name} --text TEXT
$ CPBM_SOURCE_TEXT=TEXT cpbm-kg check --plan {name}
$ CPBM_SOURCE_TEXT=TEXT cpbm-kg build --plan data --plan {name}
```

*Une ligne qui commence par # est un exemple : elle n’est pas lue. Une cellule dont le nom est en gras est obligatoire.*
*A line that begins with # is an example: it is not read. A cell whose name is bold must be filled in.*
"""


def markdown(name: str) -> str:
    """The README of the templates of the plan in folder `name`."""
    return "\n".join([_FIRST_STEPS.format(name=name), *map(_table, TABLES.values())])


def _table(table: Table) -> str:
    lines = [f"## {table.file}", "", f"{table.title.fr} · *{table.title.en}*", "", "| | | | exemple · *example* |", "|---|---|---|---|"]
    for column in table.columns:
        examples = [f"`{example[column.name]}`".replace("|", "\\|") for example in table.examples if column.name in example]
        choices = f" ({', '.join(column.choices)})" if column.choices else ""
        meaning = [f"{text}{choices}".replace("|", "\\|") for text in (column.meaning.fr, column.meaning.en)]
        name = f"**{column.name}**" if column.needed else column.name
        lines.append(f"| {name} | {meaning[0]} | *{meaning[1]}* | {', '.join(examples)} |")
    return "\n".join([*lines, ""])


_HEADS = {
    "source/plan.ttl": "Le plan et le texte qui l’imprime", "source/niveaux.ttl": "Les niveaux du plan et leur classement", "source/axes.ttl": "Les axes du plan",
    "source/actions.ttl": "Les actions du plan", "source/formulations.ttl": "Les entrées imprimées des actions, lettre pour lettre", "source/ateliers.ttl": "Les ateliers",
    "source/comites.ttl": "Les réunions de comité", "source/lieux.ttl": "Lieux que le texte nomme", "source/organisations.ttl": "Organisations que le texte nomme",
    "source/acteurs.ttl": "Acteurs que le texte nomme", "source/objets.ttl": "Objets d’intervention des actions", "source/publics.ttl": "Destinataires des actions",
    "source/themes.ttl": "Thèmes des ateliers", "source/verbes.ttl": "Verbes des actions", "source/instants.ttl": "Bornes de la période du plan",
    "source/intervalles.ttl": "Période du plan", "inferred/themes.ttl": "Thèmes que nous suggérons pour les actions : des conjectures",
    "editorial/silences.ttl": "Numéros qu’aucune entrée n’imprime", "editorial/notes.ttl": "Note des éditeurs sur le plan",
}


def head(file: str, title: str) -> str:
    """The first line of a generated file."""
    what = _HEADS.get(file) or f"Libellés anglais des choses de source/{file.rpartition('/')[2]} : nos traductions"
    return f"{what}. Plan : {title}."
