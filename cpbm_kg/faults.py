"""What rdflib's Turtle parser says when it stops, in both languages and in the words of people who edit."""

from __future__ import annotations

import re

from cpbm_kg.errors import Message

NESTED = "nesting too deep"
ENDED = "unexpected end of file"

# A pattern of the parser's own words (rdflib 7.6) and what it means; the first that matches is taken.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (r'^Prefix "(?P<what>.*):" not bound', "le préfixe « {what}: » n’est pas déclaré", 'the prefix "{what}:" is not declared'),
    (r"at end of statement", "il manque un point, un point-virgule ou une virgule avant ceci", "a full stop, a semicolon or a comma is missing before this"),
    (r"objectList expected|EOF found in list of objects|EOF found expecting comma", "il manque une valeur ici, ou ce n’en est pas une",
     "a value is missing here, or this is none"),
    (r"property_list expected|expected propertylist|expected verb", "il manque ici une propriété et sa valeur", "a property and its value are missing here"),
    (r"newline found in string", "guillemet jamais fermé : la ligne finit dans le texte", "a quote is never closed: the line ends inside the text"),
    (r"unterminated string|Quote expected", "texte jamais fermé, ou échappement inconnu dans ce texte", "a text is never closed, or has an unknown escape"),
    (r"unterminated URI", "IRI jamais fermée : il manque « > »", "an IRI is never closed: \">\" is missing"),
    (r"bad escape|illegal escape|illegal hex|cannot end with", "échappement inconnu après la barre oblique inverse ou le signe %",
     "unknown escape after a backslash or a per cent sign"),
    (r"^'\]' expected|EOF when '\]'|EOF after '\['", "crochet jamais fermé", "a bracket is never closed"),
    (r"expected item in list|needed '\)'|bad list", "liste jamais fermée : il manque « ) »", "a list is never closed: \")\" is missing"),
    (r"after @prefix|after @base", "déclaration de préfixe mal formée : PREFIX nom: <IRI>", "malformed prefix declaration: PREFIX name: <IRI>"),
    (r"no (previous )?base URI|relative URI", "IRI relative : écrivez-la entière, ou avec un préfixe", "relative IRI: write it in full, or with a prefix"),
    (r"language code", "étiquette de langue mal formée après @", "malformed language tag after @"),
    (r"expected directive or statement", "ni un préfixe ni un énoncé ne commence ainsi", "neither a prefix nor a statement begins like this"),
    (r"in [Tt]urtle mode|not allowed here|outermost level|found '\{'|Keyword", "ceci est du N3, que Turtle n’admet pas", "this is N3, which Turtle does not admit"),
    (r"^list index out of range", "il manque un type après ^^", "a datatype is missing after ^^"),
    (rf"^{NESTED}", "crochets ou listes trop profondément emboîtés", "brackets or lists nest too deep"),
    (rf"^{ENDED}|^string index out of range", "le fichier finit au milieu d’un énoncé", "the file ends in the middle of a statement"),
)
_COMPILED = tuple((re.compile(pattern), Message(fr, en)) for pattern, fr, en in _MEANINGS)
_OTHER = Message("ce n’est pas du Turtle 1.1", "this is not Turtle 1.1")


def meaning(why: str) -> Message:
    """What the parser's words say to the person who edits; a plain sentence for words that are not known."""
    for pattern, message in _COMPILED:
        if found := pattern.search(why):
            named = {name: found[name] for name in pattern.groupindex}
            return Message(message.fr.format(**named), message.en.format(**named)) if named else message
    return _OTHER
