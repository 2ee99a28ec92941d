"""The vocabulary has none of the faults that a query or a few lines can find.

Each check is a function named after the fault: it returns what is at fault, and must return nothing on the real
files. Its docstring names the rule it holds to: a pitfall of the OOPS! catalogue (Poveda-Villalón et al. 2014, P04 …
P41), a condition of SKOS, or a section of OWL 2 (Structural Specification, "OWL 2 SS"; Profiles, "OWL 2 Profiles").
Each comes with planted faults, SPARQL updates on a copy of the real files, that it must find.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
import rdflib
from rdflib.collection import Collection
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS
from rdflib.term import BNode, Literal, Node, URIRef

ROOT = Path(__file__).resolve().parent.parent
BASE = "https://w3id.org/bassin-minier/"
ONTOLOGY = URIRef(BASE + "ontology")
BM = rdflib.Namespace(BASE + "ontology#")
SCHEMA = rdflib.Namespace("http://schema.org/")
XSD = rdflib.Namespace("http://www.w3.org/2001/XMLSchema#")

PREFIXES = f"""
PREFIX bm: <{BM}>
PREFIX dcterms: <{DCTERMS}>
PREFIX owl: <{OWL}>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdf: <{RDF}>
PREFIX rdfs: <{RDFS}>
PREFIX schema: <{SCHEMA}>
PREFIX skos: <{SKOS}>
PREFIX vann: <http://purl.org/vocab/vann/>
PREFIX xsd: <{XSD}>
"""

# The languages that our files are written in; their terms are built in, and OWL 2 DL forbids to declare them.
RESERVED = (str(RDF), str(RDFS), str(OWL), str(XSD))
LANGUAGES = (*RESERVED, "http://www.w3.org/ns/shacl#")
PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
MAPPINGS = frozenset({SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch})


# --- the files ---------------------------------------------------------------------------------------------------

@dataclass
class Files:
    """The graphs of the parts of the repository that speak of the vocabulary. `own` is ontology/bm.ttl, `outside`
    ontology/outside-terms.ttl; `uses` is everything else that is written with their terms: shapes and data."""

    own: rdflib.Graph
    outside: rdflib.Graph
    schemes: rdflib.Graph
    alignments: rdflib.Graph
    uses: rdflib.Graph
    _vocabulary: rdflib.Graph | None = field(default=None, repr=False)

    @property
    def vocabulary(self) -> rdflib.Graph:
        """What makes the vocabulary layer of a release: all but shapes and data."""
        if self._vocabulary is None:
            self._vocabulary = union(self.own, self.outside, self.schemes, self.alignments)
        return self._vocabulary

    def changed(self, part: str, update: str) -> Files:
        """A copy in which one part underwent a SPARQL update."""
        graph = union(getattr(self, part))
        graph.update(PREFIXES + update)
        changed = copy.copy(self)
        setattr(changed, part, graph)
        changed._vocabulary = None
        return changed


def union(*graphs: rdflib.Graph) -> rdflib.Graph:
    result = rdflib.Graph(bind_namespaces="none")
    for graph in graphs:
        for triple in graph:
            result.add(triple)
    return result


def turtle_files(*patterns: str) -> list[Path]:
    """The files of every pattern, in order; a pattern that finds none is an error, not an empty test."""
    found = []
    for pattern in patterns:
        paths = sorted(ROOT.glob(pattern))
        if not paths:
            raise FileNotFoundError(f"no file matches {pattern} below {ROOT}")
        found += paths
    return found


def read(*patterns: str) -> rdflib.Graph:
    graph = rdflib.Graph(bind_namespaces="none")
    for path in turtle_files(*patterns):
        graph.parse(path, format="turtle")
    return graph


@cache
def real_files() -> Files:
    return Files(
        own=read("ontology/bm.ttl"),
        outside=read("ontology/outside-terms.ttl"),
        schemes=read("ontology/schemes/*.ttl"),
        alignments=read("ontology/alignments/*.ttl"),
        uses=read("ontology/shapes/*.ttl", "data/source/*.ttl", "data/**/*.ttl"),
    )


# --- what a check is ---------------------------------------------------------------------------------------------

Check = Callable[[Files], Iterable[object]]
CHECKS: dict[str, Check] = {}
PLANTED: list[tuple[str, str, str]] = []


def fault(*planted: str, part: str = "own") -> Callable[[Check], Check]:
    """Register a check and the updates of `part` that it must find."""
    def register(check: Check) -> Check:
        if not planted:
            raise ValueError(f"{check.__name__} has no planted fault: nothing shows that it can fail")
        CHECKS[check.__name__] = check
        PLANTED.extend((check.__name__, part, update) for update in planted)
        return check
    return register


def also(*planted: str, part: str) -> Callable[[Check], Check]:
    """Further planted faults, in another part of the files."""
    def register(check: Check) -> Check:
        PLANTED.extend((check.__name__, part, update) for update in planted)
        return check
    return register


def rows(graph: rdflib.Graph, query: str) -> list[tuple[Node, ...]]:
    return [tuple(row) for row in graph.query(PREFIXES + query)]


def is_own(term: Node) -> bool:
    return isinstance(term, URIRef) and term.startswith(BM)


def is_reserved(term: Node) -> bool:
    return isinstance(term, URIRef) and str(term).startswith(RESERVED)


def namespace_of(iri: str) -> str:
    """Up to and with the last `#`, or else the last `/`."""
    return iri[:iri.rfind("#") + 1] or iri[:iri.rfind("/") + 1]


def terms(files: Files) -> set[URIRef]:
    """The classes, properties, datatypes and individuals that bm.ttl and outside-terms.ttl declare."""
    declared = union(files.own, files.outside)
    kinds = (*PROPERTY_KINDS, OWL.Class, RDFS.Datatype, OWL.NamedIndividual)
    return {subject for kind in kinds for subject in declared.subjects(RDF.type, kind)}


def instances(graph: rdflib.Graph, *kinds: URIRef) -> set[Node]:
    return {subject for kind in kinds for subject in graph.subjects(RDF.type, kind)}


# --- labels, definitions, kinds ------------------------------------------------------------------------------------

@fault("DELETE { bm:Action rdfs:label ?label } WHERE { bm:Action rdfs:label ?label FILTER (lang(?label) = 'en') }",
       "INSERT DATA { bm:Ghost a owl:Class ; rdfs:label 'Fantôme'@fr }")
@also("DELETE WHERE { dcterms:source rdfs:label ?label }", part="outside")
def unlabelled_term(files: Files) -> Iterable[object]:
    """OOPS! P08, missing annotations: every declared term, ours or not, has one label in French and one in English."""
    return rows(union(files.own, files.outside), """
        SELECT ?term ?language WHERE {
          VALUES ?language { "fr" "en" }
          ?term rdfs:isDefinedBy|rdf:type ?any .
          FILTER (isIRI(?term) && NOT EXISTS { ?term a owl:Ontology })
          OPTIONAL { ?term rdfs:label ?label FILTER (lang(?label) = ?language) }
        } GROUP BY ?term ?language HAVING (COUNT(DISTINCT ?label) != 1)""")


@fault("DELETE { bm:echoes skos:definition ?text } WHERE { bm:echoes skos:definition ?text FILTER (lang(?text) = 'fr') }",
       "INSERT DATA { bm:Ghost a owl:Class ; skos:definition 'Apparition.'@fr , 'Apparition.'@en , 'Spectre.'@en }")
def undefined_term(files: Files) -> Iterable[object]:
    """OOPS! P08, missing annotations: every term of ours has one definition in French and one in English."""
    return rows(files.own, """
        SELECT ?term ?language WHERE {
          VALUES ?language { "fr" "en" }
          ?term a ?kind FILTER (strstarts(str(?term), str(bm:)))
          OPTIONAL { ?term skos:definition ?text FILTER (lang(?text) = ?language) }
        } GROUP BY ?term ?language HAVING (COUNT(DISTINCT ?text) != 1)""")


@fault("INSERT DATA { bm:Ghost rdfs:label 'Fantôme'@fr }", "INSERT DATA { bm:Ghost a rdfs:Class }",
       "INSERT DATA { bm:haunts a rdf:Property }")
@also("INSERT DATA { schema:Ghost rdfs:label 'Ghost'@en }", part="outside")
def untyped_term(files: Files) -> Iterable[object]:
    """OOPS! P34 and P35, untyped class or property: what bm.ttl and outside-terms.ttl describe is a class, a property, a
    datatype or a named individual of OWL, not of RDF Schema alone. Built-in terms are only labelled."""
    described = {term for term in union(files.own, files.outside).subjects() if isinstance(term, URIRef) and not is_reserved(term)}
    return described - terms(files) - instances(files.own, OWL.Ontology)


@fault("INSERT DATA { bm:Workshop a owl:Class ; rdfs:label 'Axe'@fr }")
def same_label_for_two_terms(files: Files) -> Iterable[object]:
    """OOPS! P32, several classes with the same label; properties likewise. An outside class may share ours."""
    return rows(files.own, """
        SELECT ?one ?other WHERE {
          ?one a ?kind ; rdfs:label ?label . ?other a ?kind ; rdfs:label ?label .
          FILTER (str(?one) < str(?other))
        }""")


@fault("INSERT DATA { bm:Proposed_Action a owl:Class }", "INSERT DATA { bm:action a owl:Class }",
       "INSERT DATA { bm:HasGhost a owl:ObjectProperty }", "INSERT DATA { bm:in_axis a owl:ObjectProperty }",
       "INSERT DATA { bm:Ghost.owl a owl:Class }")
def mixed_naming(files: Files) -> Iterable[object]:
    """OOPS! P22, different naming conventions, and P36, file extension in an IRI: classes in UpperCamelCase, properties
    in lowerCamelCase, letters only."""
    pattern = {OWL.Class: r"([A-Z][a-z]+)+", **dict.fromkeys(PROPERTY_KINDS, r"[a-z]+([A-Z][a-z]+)*")}
    return [term for kind, allowed in pattern.items() for term in instances(files.own, kind)
            if is_own(term) and not re.fullmatch(allowed, term.removeprefix(BM))]


# --- header --------------------------------------------------------------------------------------------------------

@fault("DELETE WHERE { ?ontology a owl:Ontology }",
       "INSERT DATA { <https://example.org/other> a owl:Ontology }")
@also("INSERT DATA { <https://example.org/other> a owl:Ontology }", part="outside")
def no_ontology_header(files: Files) -> Iterable[object]:
    """OOPS! P38, no OWL ontology declaration; OWL 2 SS 3.1: one ontology, one IRI."""
    headers = instances(files.vocabulary, OWL.Ontology)
    return [] if headers == {ONTOLOGY} else [headers or "no header"]


@fault("DELETE WHERE { ?ontology dcterms:license ?licence }",
       "INSERT DATA { <https://w3id.org/bassin-minier/ontology> dcterms:license 'Licence Ouverte' }")
def no_licence(files: Files) -> Iterable[object]:
    """OOPS! P41, no licence declared: exactly one, and an IRI."""
    licences = list(files.own.objects(ONTOLOGY, DCTERMS.license))
    return [] if len(licences) == 1 and isinstance(licences[0], URIRef) else [licences or "no licence"]


@fault(*(f"DELETE WHERE {{ ?ontology {missing} ?value }}" for missing in (
    "owl:versionIRI", "owl:versionInfo", "dcterms:creator", "dcterms:publisher", "dcterms:issued", "dcterms:modified",
    "dcterms:title", "dcterms:description", "dcterms:bibliographicCitation", "vann:preferredNamespacePrefix",
    "vann:preferredNamespaceUri")))
def incomplete_header(files: Files) -> Iterable[object]:
    """OOPS! P08 for the ontology itself: what a reader needs to cite it, in both languages where it is a text."""
    required = ["owl:versionIRI", "owl:versionInfo", "dcterms:creator", "dcterms:publisher", "dcterms:issued",
                "dcterms:modified", "vann:preferredNamespacePrefix", "vann:preferredNamespaceUri"]
    texts = ["dcterms:title", "dcterms:description", "dcterms:bibliographicCitation"]
    ask = f"ASK {{ <{ONTOLOGY}> %s ?value %s }}"
    wanted = [(name, "") for name in required]
    wanted += [(name, f"FILTER (lang(?value) = '{language}')") for name in texts for language in ("fr", "en")]
    return [(name, condition) for name, condition in wanted if not files.own.query(PREFIXES + ask % (name, condition)).askAnswer]


@fault("""DELETE { ?o owl:versionInfo ?v } INSERT { ?o owl:versionInfo "9.9.9" } WHERE { ?o owl:versionInfo ?v }""",
       """DELETE { ?o vann:preferredNamespaceUri ?n } INSERT { ?o vann:preferredNamespaceUri "http://example.org/" }
          WHERE { ?o vann:preferredNamespaceUri ?n }""",
       """DELETE { ?o dcterms:modified ?d } INSERT { ?o dcterms:modified "2000-01-01"^^xsd:date } WHERE { ?o dcterms:modified ?d }""")
def contradictory_header(files: Files) -> Iterable[object]:
    """OOPS! P39, ambiguous namespace; OWL 2 SS 3.1, ontology and version IRI: the header agrees with itself."""
    header = {predicate: value for predicate, value in files.own.predicate_objects(ONTOLOGY)}
    if str(header.get(OWL.versionIRI)) != f"{ONTOLOGY}/{header.get(OWL.versionInfo)}":
        yield OWL.versionIRI
    if str(header.get(URIRef("http://purl.org/vocab/vann/preferredNamespaceUri"))) != str(BM):
        yield "vann:preferredNamespaceUri"
    if str(header.get(DCTERMS.modified)) < str(header.get(DCTERMS.issued)):
        yield DCTERMS.modified


@fault("INSERT DATA { <https://w3id.org/bassin-minier/ontology> owl:imports <http://www.w3.org/ns/prov-o#> }")
def outside_import(files: Files) -> Iterable[object]:
    """Nothing external is imported (knowledge-model.md, 1): the vocabulary means the same off line and in ten years."""
    return files.vocabulary.subject_objects(OWL.imports)


# --- outside terms ---------------------------------------------------------------------------------------------------

@fault("INSERT DATA { schema:Event rdfs:subClassOf bm:Phase }", "INSERT DATA { prov:Plan skos:definition 'Un plan.'@fr }",
       "INSERT DATA { dcterms:hasPart rdfs:subPropertyOf bm:hasMeasure }")
@also("INSERT DATA { schema:about rdfs:domain schema:Event }", "INSERT DATA { schema:Event rdfs:subClassOf prov:Activity }",
      "INSERT DATA { schema:about owl:inverseOf bm:actsOn }", "INSERT DATA { prov:Agent owl:disjointWith prov:Plan }",
      part="outside")
@also("INSERT DATA { schema:Action skos:relatedMatch bm:Action }", part="alignments")
@also("INSERT DATA { dcterms:Policy skos:prefLabel 'Politique'@fr }", part="schemes")
def hijacked_namespace(files: Files) -> Iterable[object]:
    """OOPS! P40, namespace hijacking: of a term that is not ours we say its kind, its label and whose it is; that we
    want a statement of it; and the inverse that its own vocabulary declares. Only outside-terms.ttl says even that."""
    allowed = {RDF.type, RDFS.label, RDFS.isDefinedBy, BM.requiresStatement, OWL.inverseOf}
    for graph in (files.own, files.schemes, files.alignments):
        yield from ((s, p, o) for s, p, o in graph if isinstance(s, URIRef) and not s.startswith(BASE))
    for subject, predicate, value in files.outside:
        foreign = predicate == OWL.inverseOf and namespace_of(value) != namespace_of(subject)
        if subject.startswith(BASE) or predicate not in allowed or foreign:
            yield subject, predicate, value


@fault("""DELETE { prov:Plan rdfs:isDefinedBy ?any } INSERT { prov:Plan rdfs:isDefinedBy <http://schema.org/> }
          WHERE { prov:Plan rdfs:isDefinedBy ?any }""", "DELETE WHERE { schema:Event rdfs:isDefinedBy ?any }", part="outside")
@also("DELETE WHERE { bm:Action rdfs:isDefinedBy ?any }", part="own")
def wrong_vocabulary_of_origin(files: Files) -> Iterable[object]:
    """OOPS! P08 and P39: each term names the vocabulary that defines it, and that is the one of its namespace."""
    for graph, expected in ((files.own, lambda term: ONTOLOGY), (files.outside, lambda term: URIRef(namespace_of(term)))):
        for term in set(graph.subjects()):
            if isinstance(term, URIRef) and term != ONTOLOGY and set(graph.objects(term, RDFS.isDefinedBy)) != {expected(term)}:
                yield term


@fault("INSERT DATA { bm:Action rdfs:subClassOf bm:Ghost }", "INSERT DATA { bm:Action schema:ghost bm:Axis }")
@also("INSERT DATA { [] a bm:Ghost }", "INSERT DATA { [] schema:ghost 1 }", "INSERT DATA { [] <http://example.org/ghost> 1 }",
      "INSERT DATA { [] <http://www.w3.org/ns/shacl#path> schema:ghost }", "INSERT DATA { [] a <http://example.org/Ghost> }", part="uses")
@also("INSERT DATA { [] skos:prefLabels 'x'@fr }", part="schemes")
def undeclared_term(files: Files) -> Iterable[object]:
    """OWL 2 SS 5.8.2, declaration consistency: every class and property in any of our files is declared, and no IRI in
    the namespace of a declared vocabulary is unknown to outside-terms.ttl (a slip of the pen). Only an alignment may
    point at terms that we do not use."""
    known = terms(files) | {ONTOLOGY}
    known |= set(files.own.objects(ONTOLOGY, OWL.versionIRI))
    watched = tuple({namespace_of(term) for term in terms(files)})
    vocabularies = set(union(files.own, files.outside).objects(None, RDFS.isDefinedBy))
    for subject, predicate, value in chain(files.vocabulary, files.uses):
        used = {predicate} | ({value} if predicate == RDF.type else set())
        used |= {term for term in (subject, value) if isinstance(term, URIRef) and str(term).startswith(watched)
                 and predicate not in MAPPINGS | {RDFS.isDefinedBy}}
        for term in used - known - vocabularies:
            if not str(term).startswith(LANGUAGES):
                yield term, (subject, predicate, value)


# --- classes and properties ------------------------------------------------------------------------------------------

@fault("INSERT DATA { bm:Action rdfs:subClassOf bm:Action }",
       "INSERT DATA { bm:Axis rdfs:subClassOf bm:Tier . bm:Tier rdfs:subClassOf bm:Axis }",
       "INSERT DATA { bm:interpretiveLink rdfs:subPropertyOf bm:echoes }")
def class_cycle(files: Files) -> Iterable[object]:
    """OOPS! P06, cycles in a class hierarchy; the same for properties."""
    return rows(files.vocabulary, "SELECT DISTINCT ?term WHERE { { ?term rdfs:subClassOf+ ?term } UNION { ?term rdfs:subPropertyOf+ ?term } }")


@fault("INSERT DATA { bm:inAxis rdfs:domain bm:Measure }", "INSERT DATA { bm:inAxis rdfs:range bm:Tier }",
       "INSERT DATA { bm:verb rdfs:domain bm:Action }")
def several_domains(files: Files) -> Iterable[object]:
    """OOPS! P19, multiple domains or ranges: they mean the intersection. Several possible classes are said with
    schema:domainIncludes and schema:rangeIncludes, and never beside rdfs:domain or rdfs:range."""
    return rows(files.vocabulary, """
        SELECT DISTINCT ?property WHERE {
          { ?property rdfs:domain ?one , ?other FILTER (?one != ?other) } UNION { ?property rdfs:range ?one , ?other FILTER (?one != ?other) }
          UNION { ?property rdfs:domain ?one ; schema:domainIncludes ?other } UNION { ?property rdfs:range ?one ; schema:rangeIncludes ?other }
        }""")


@fault("DELETE WHERE { bm:number rdfs:domain ?class }", "DELETE WHERE { bm:evidence rdfs:range ?class }",
       "DELETE WHERE { bm:actsOn schema:rangeIncludes ?class }")
def no_domain_or_range(files: Files) -> Iterable[object]:
    """OOPS! P11, missing domain or range in properties, here formal or indicative."""
    return rows(files.own, """
        SELECT ?property WHERE {
          VALUES ?kind { owl:ObjectProperty owl:DatatypeProperty } ?property a ?kind
          FILTER (NOT EXISTS { ?property rdfs:domain|schema:domainIncludes ?class } || NOT EXISTS { ?property rdfs:range|schema:rangeIncludes ?class })
        }""")


@fault("DELETE WHERE { bm:inAxis skos:editorialNote ?note }",
       "INSERT DATA { bm:haunts a owl:ObjectProperty ; skos:editorialNote 'Note.'@fr , 'Note.'@en }",
       "DELETE { bm:inAxis skos:editorialNote ?note } WHERE { bm:inAxis skos:editorialNote ?note FILTER (lang(?note) = 'en') }")
def missing_inverse(files: Files) -> Iterable[object]:
    """OOPS! P13, inverse relationships not explicitly declared: an object property of ours has an inverse, is symmetric,
    or says in both languages why not ("Pas d'inverse : …", "No inverse: …")."""
    return rows(files.vocabulary, """
        SELECT ?property WHERE {
          ?property a owl:ObjectProperty FILTER (strstarts(str(?property), str(bm:)))
          FILTER NOT EXISTS { ?property owl:inverseOf|^owl:inverseOf ?other }
          FILTER NOT EXISTS { ?property a owl:SymmetricProperty }
          FILTER (NOT EXISTS { ?property skos:editorialNote ?fr FILTER (lang(?fr) = "fr" && strstarts(?fr, "Pas d’inverse : ")) }
               || NOT EXISTS { ?property skos:editorialNote ?en FILTER (lang(?en) = "en" && strstarts(?en, "No inverse: ")) })
        }""")


@fault("INSERT DATA { bm:raises owl:inverseOf bm:raises }",
       "INSERT DATA { bm:haunts owl:inverseOf bm:inAxis ; rdfs:domain bm:Action ; rdfs:range bm:Axis }",
       "INSERT DATA { bm:echoes a owl:SymmetricProperty }")
def wrong_inverse(files: Files) -> Iterable[object]:
    """OOPS! P05, P25 and P28: an inverse of oneself, an inverse whose domain is not the other's range, a symmetric property
    between two kinds of thing."""
    return rows(files.vocabulary, """
        SELECT DISTINCT ?property WHERE {
          { ?property owl:inverseOf ?property }
          UNION { ?property owl:inverseOf ?other ; rdfs:domain ?from . ?other rdfs:range ?to FILTER (?from != ?to) }
          UNION { ?property owl:inverseOf ?other ; rdfs:range ?from . ?other rdfs:domain ?to FILTER (?from != ?to) }
          UNION { ?property a owl:SymmetricProperty ; rdfs:domain ?from ; rdfs:range ?to FILTER (?from != ?to) }
        }""")


@fault("INSERT DATA { bm:Ghost a owl:Class ; rdfs:subClassOf bm:Action , prov:Activity }",
       "INSERT DATA { bm:Ghost a owl:Class ; rdfs:subClassOf bm:Workshop , bm:CommitteeMeeting }")
def unsatisfiable_class(files: Files) -> Iterable[object]:
    """OWL 2 Profiles 4.3, rule cax-dw, seen before any data: a class below two disjoint classes can have no member."""
    return rows(files.vocabulary, """
        SELECT DISTINCT ?class WHERE { ?class rdfs:subClassOf* ?one , ?other . ?one owl:disjointWith ?other }""")


@fault("DELETE WHERE { bm:Action owl:disjointWith prov:Activity }", "DELETE WHERE { bm:Axis owl:disjointWith bm:Tier }",
       "DELETE WHERE { bm:Measure owl:disjointWith prov:Activity }")
def undeclared_disjointness(files: Files) -> Iterable[object]:
    """OOPS! P10, missing disjointness, for the confusions that the text invites: a proposal is not something done
    (knowledge-model.md, 2), an axis is not a tier, a workshop is not a committee meeting, a wording is not its action."""
    pairs = [("bm:Action", "prov:Activity"), ("bm:ActionPlan", "prov:Activity"), ("bm:Measure", "prov:Activity"), ("bm:Axis", "bm:Tier"),
             ("bm:CommitteeMeeting", "bm:Workshop"), ("bm:Action", "bm:Formulation"), ("bm:Finding", "bm:Statement")]
    ask = "ASK {{ {0} owl:disjointWith|^owl:disjointWith {1} }}"
    return [pair for pair in pairs if not files.own.query(PREFIXES + ask.format(*pair)).askAnswer]


@fault("DELETE WHERE { bm:echoes bm:requiresStatement ?yes }", "DELETE WHERE { bm:echoes rdfs:subPropertyOf ?link }",
       "INSERT DATA { bm:inAxis rdfs:subPropertyOf bm:interpretiveLink }", "INSERT DATA { bm:hasMeasure bm:requiresStatement 'yes' }")
def interpretive_link_unmarked(files: Files) -> Iterable[object]:
    """knowledge-model.md, 4 and 6: the interpretive links are exactly the properties below bm:interpretiveLink, and each
    requires a statement; the mark is `true` or absent."""
    expected = {BM.echoes, BM.relatedAction, BM.suggestedTheme}
    yield from expected ^ set(files.vocabulary.subjects(RDFS.subPropertyOf, BM.interpretiveLink))
    yield from (link for link in expected | {BM.interpretiveLink} if (link, BM.requiresStatement, Literal(True)) not in files.own)
    yield from (term for term, mark in files.vocabulary.subject_objects(BM.requiresStatement) if mark != Literal(True))


# --- OWL 2 RL and DL -----------------------------------------------------------------------------------------------

# OWL 2 Profiles 4.2 allows more; this is what the vocabulary needs, so that whatever else creeps in is looked at.
CONSTRUCTS = frozenset({
    OWL.Ontology, OWL.versionIRI, OWL.versionInfo, OWL.deprecated, OWL.Class, OWL.Thing, OWL.NamedIndividual, *PROPERTY_KINDS,
    OWL.SymmetricProperty, OWL.disjointWith, OWL.inverseOf, OWL.propertyChainAxiom,
})

# OWL 2 Profiles 4.2.1: the datatype map of OWL 2 SS 4 without owl:real and owl:rational.
RL_DATATYPES = frozenset({RDF.PlainLiteral, RDF.XMLLiteral, RDFS.Literal, *(XSD[name] for name in (
    "decimal integer nonNegativeInteger nonPositiveInteger positiveInteger negativeInteger long int short byte unsignedLong unsignedInt "
    "unsignedShort unsignedByte float double string normalizedString token language Name NCName NMTOKEN boolean hexBinary base64Binary "
    "anyURI dateTime dateTimeStamp").split())})


@fault("INSERT DATA { bm:Ghost owl:unionOf ( bm:Action bm:Measure ) }", "INSERT DATA { bm:Ghost owl:equivalentClass bm:Action }",
       "INSERT DATA { bm:Action rdfs:subClassOf [ a owl:Restriction ; owl:onProperty bm:number ; owl:cardinality 1 ] }",
       "INSERT DATA { bm:number a owl:FunctionalProperty }", "INSERT DATA { bm:Action owl:hasKey ( bm:number ) }",
       "INSERT DATA { bm:Action owl:sameAs bm:Measure }")
def construct_beyond_the_profile(files: Files) -> Iterable[object]:
    """OWL 2 Profiles 4.2: only constructs of OWL 2 RL, and of these only the cheap ones of knowledge-model.md, 8."""
    return {term for triple in files.vocabulary for term in triple if isinstance(term, URIRef) and term.startswith(str(OWL))} - CONSTRUCTS


@fault("INSERT DATA { bm:inAxis rdfs:domain [ owl:unionOf ( bm:Action bm:Measure ) ] }",
       "INSERT DATA { bm:Action rdfs:subClassOf [ a owl:Class ] }", "INSERT DATA { bm:raises rdfs:range [] }")
def class_expression_without_a_name(files: Files) -> Iterable[object]:
    """OWL 2 Profiles 4.2.3 forbids a union in a domain or range (a superclass expression); decisions.md, 4 allows no
    unnamed class at all: the only blank nodes are the lists of property chains."""
    lists = {node for steps in files.vocabulary.objects(None, OWL.propertyChainAxiom) for node in _list_nodes(files.vocabulary, steps)}
    return {term for triple in files.vocabulary for term in triple if isinstance(term, BNode)} - lists


def _list_nodes(graph: rdflib.Graph, head: Node) -> Iterable[Node]:
    while head not in (None, RDF.nil):
        yield head
        head = graph.value(head, RDF.rest)


@fault("INSERT DATA { bm:day a owl:DatatypeProperty ; rdfs:range xsd:date }", "INSERT DATA { bm:day a owl:DatatypeProperty ; rdfs:range xsd:gYear }",
       "INSERT DATA { bm:words a owl:DatatypeProperty ; rdfs:range rdf:langString }", "INSERT DATA { bm:part a owl:DatatypeProperty ; rdfs:range owl:rational }",
       "INSERT DATA { bm:size a owl:DatatypeProperty ; rdfs:range bm:Axis }")
def datatype_outside_the_map(files: Files) -> Iterable[object]:
    """OWL 2 SS 4 and Profiles 4.2.1: the range of a datatype property is a datatype of the map (xsd:date, xsd:gYear and
    rdf:langString are not). Literals of annotations and data are not judged: RDF takes them as they are."""
    return [(term, range_) for term in instances(files.vocabulary, OWL.DatatypeProperty)
            for range_ in files.vocabulary.objects(term, RDFS.range) if range_ not in RL_DATATYPES]


@fault("INSERT DATA { bm:inAxis rdfs:range xsd:string }", "INSERT DATA { bm:haunts a owl:ObjectProperty ; rdfs:domain bm:inAxis }",
       "INSERT DATA { bm:Action rdfs:subClassOf bm:inAxis }", "INSERT DATA { bm:echoes rdfs:subPropertyOf bm:number }",
       "INSERT DATA { bm:Action owl:disjointWith xsd:string }", "INSERT DATA { bm:inAxis owl:inverseOf bm:Action }",
       "INSERT DATA { bm:inAxis owl:propertyChainAxiom ( bm:number bm:inTier ) }")
def wrong_kind_in_axiom(files: Files) -> Iterable[object]:
    """OWL 2 SS 5.8.1 and 9: each place of an axiom takes a term of its kind; property axioms join properties of one kind."""
    graph = files.vocabulary
    classes, objects = instances(graph, OWL.Class) | {OWL.Thing}, instances(graph, OWL.ObjectProperty)
    for predicate in (RDFS.subClassOf, OWL.disjointWith):
        yield from (pair for pair in graph.subject_objects(predicate) if not classes.issuperset(pair))
    yield from (pair for pair in graph.subject_objects(OWL.inverseOf) if not objects.issuperset(pair))
    yield from (pair for pair in graph.subject_objects(RDFS.domain) if pair[1] not in classes)
    yield from (pair for pair in graph.subject_objects(RDFS.range) if pair[0] in objects and pair[1] not in classes)
    kinds = [instances(graph, kind) for kind in PROPERTY_KINDS]
    yield from (pair for pair in graph.subject_objects(RDFS.subPropertyOf) if not any(kind.issuperset(pair) for kind in kinds))
    yield from (whole for whole, steps in graph.subject_objects(OWL.propertyChainAxiom) if not objects.issuperset({whole, *Collection(graph, steps)}))


@fault("INSERT DATA { bm:number a owl:ObjectProperty }", "INSERT DATA { bm:echoes a owl:AnnotationProperty }",
       "INSERT DATA { bm:Action a rdfs:Datatype }", "INSERT DATA { dcterms:source a owl:AnnotationProperty }")
def punned_term(files: Files) -> Iterable[object]:
    """OWL 2 SS 5.8.1, typing constraints of OWL 2 DL: no IRI is two kinds of property, or both class and datatype. (The same
    IRI as class and individual is allowed: an alignment or a completeness note speaks of a class.)"""
    return rows(files.vocabulary, """
        SELECT DISTINCT ?term WHERE {
          VALUES (?one ?other) { (owl:ObjectProperty owl:DatatypeProperty) (owl:ObjectProperty owl:AnnotationProperty)
                                 (owl:DatatypeProperty owl:AnnotationProperty) (owl:Class rdfs:Datatype) }
          ?term a ?one , ?other
        }""")


@fault("INSERT DATA { rdf:subject a owl:ObjectProperty }", "INSERT DATA { bm:Statement rdfs:subClassOf rdf:Statement }")
@also("INSERT DATA { rdfs:label a owl:AnnotationProperty }", part="outside")
def reserved_term_declared(files: Files) -> Iterable[object]:
    """OWL 2 SS 2.4 and 5: terms of rdf:, rdfs:, owl: and xsd: are reserved; they are not declared, and rdf:Statement is
    no superclass (decisions.md, 4)."""
    yield from (term for term in files.vocabulary.subjects(RDF.type) if is_reserved(term))
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf):
        yield from (pair for pair in files.vocabulary.subject_objects(predicate) if any(map(is_reserved, pair)))


@fault("INSERT DATA { bm:inTier a owl:FunctionalProperty }", "INSERT DATA { bm:inTier a owl:AsymmetricProperty }",
       "INSERT DATA { bm:inTier rdfs:subPropertyOf bm:place . bm:place a owl:IrreflexiveProperty }",
       "INSERT DATA { bm:inTier owl:propertyDisjointWith bm:echoes }", "INSERT DATA { bm:inTier owl:inverseOf bm:tierOf . bm:tierOf a owl:FunctionalProperty }")
def composite_property_not_simple(files: Files) -> Iterable[object]:
    """OWL 2 SS 11.1 and 11.2: a property that a chain or transitivity implies, what lies above it and their inverses are not
    functional, inverse functional, irreflexive, asymmetric or disjoint."""
    return rows(files.vocabulary, """
        SELECT DISTINCT ?composite WHERE {
          { ?made owl:propertyChainAxiom ?chain } UNION { ?made a owl:TransitiveProperty }
          ?made (rdfs:subPropertyOf|owl:inverseOf|^owl:inverseOf)* ?composite .
          { VALUES ?kind { owl:FunctionalProperty owl:InverseFunctionalProperty owl:IrreflexiveProperty owl:AsymmetricProperty } ?composite a ?kind }
          UNION { ?composite owl:propertyDisjointWith|^owl:propertyDisjointWith ?other }
        }""")


@fault("INSERT DATA { bm:inAxis owl:propertyChainAxiom ( bm:formulationOf bm:inTier ) }",
       "INSERT DATA { bm:inTier owl:propertyChainAxiom ( bm:hasMeasure bm:inTier bm:verb ) }")
def irregular_chain(files: Files) -> Iterable[object]:
    """OWL 2 SS 11.2, restriction on the property hierarchy: a chain may repeat the property it implies only as its first
    or its last step, and no other step may depend on that property in turn."""
    graph = files.vocabulary
    chains = [(whole, list(Collection(graph, steps))) for whole, steps in graph.subject_objects(OWL.propertyChainAxiom)]
    below = {(upper, lower) for lower, upper in graph.subject_objects(RDFS.subPropertyOf)}
    below |= {(whole, step) for whole, steps in chains for step in steps if step != whole}
    for whole, steps in chains:
        if whole in steps[1:-1] or steps.count(whole) > 1 or any(_depends(step, whole, below) for step in steps if step != whole):
            yield whole, steps


def _depends(upper: Node, lower: Node, below: set[tuple[Node, Node]]) -> bool:
    reached, waiting = set(), [upper]
    while waiting:
        current = waiting.pop()
        reached.add(current)
        waiting += [step for whole, step in below if whole == current and step not in reached]
    return lower in reached - {upper}


@fault("INSERT DATA { bm:echoes owl:propertyChainAxiom ( bm:relatedAction ) }")
def chain_of_one(files: Files) -> Iterable[object]:
    """OOPS! P33, property chain with just one property: that is rdfs:subPropertyOf."""
    return [whole for whole, steps in files.vocabulary.subject_objects(OWL.propertyChainAxiom) if len(Collection(files.vocabulary, steps)) < 2]


@fault("INSERT DATA { [] bm:inAxis 'axe 1' }", "INSERT DATA { [] dcterms:source 'le texte' }", "INSERT DATA { [] bm:number bm:Action }", part="uses")
def literal_and_thing_confused(files: Files) -> Iterable[object]:
    """OWL 2 SS 9.6, assertions: an object property has a thing as its value, a datatype property a literal."""
    objects, data = (instances(files.vocabulary, kind) for kind in (OWL.ObjectProperty, OWL.DatatypeProperty))
    for subject, predicate, value in chain(files.vocabulary, files.uses):
        if predicate in objects and isinstance(value, Literal) or predicate in data and not isinstance(value, Literal):
            yield subject, predicate, value


# --- concept schemes and alignments -----------------------------------------------------------------------------------

CONCEPT_KINDS = "VALUES ?kind { skos:Concept skos:ConceptScheme skos:Collection } ?thing a ?kind"


@fault("""DELETE { ?c skos:prefLabel ?label } WHERE { ?c skos:prefLabel ?label FILTER (strends(str(?c), "/modality/stated") && lang(?label) = "fr") }""",
       """DELETE { ?c skos:definition ?text } WHERE { ?c skos:definition ?text FILTER (strends(str(?c), "/id/method") && lang(?text) = "en") }""",
       "INSERT DATA { <https://w3id.org/bassin-minier/id/method/guess> a skos:Concept }", part="schemes")
def concept_without_label_or_definition(files: Files) -> Iterable[object]:
    """SKOS S14: one preferred label a language; OOPS! P08: and here exactly one, and one definition, in French and English."""
    return rows(files.schemes, f"""
        SELECT ?thing ?language WHERE {{
          {CONCEPT_KINDS} VALUES ?language {{ "fr" "en" }}
          OPTIONAL {{ ?thing skos:prefLabel ?label FILTER (lang(?label) = ?language) }}
          OPTIONAL {{ ?thing skos:definition ?text FILTER (lang(?text) = ?language) }}
        }} GROUP BY ?thing ?language HAVING (COUNT(DISTINCT ?label) != 1 || COUNT(DISTINCT ?text) != 1)""")


@fault("INSERT DATA { <https://w3id.org/bassin-minier/id/method/guess> a skos:Concept }",
       "DELETE WHERE { <https://w3id.org/bassin-minier/id/modality/stated> skos:topConceptOf ?scheme }",
       "DELETE WHERE { <https://w3id.org/bassin-minier/id/modality> a ?kind }",
       """INSERT DATA { <https://w3id.org/bassin-minier/id/method/guess> a skos:Concept ;
            skos:inScheme <https://w3id.org/bassin-minier/id/modality> ; skos:topConceptOf <https://w3id.org/bassin-minier/id/modality> }""", part="schemes")
def concept_outside_its_scheme(files: Files) -> Iterable[object]:
    """SKOS 4.6.2: a concept of ours is in one declared scheme, the one that its IRI lies below, and reached from its top."""
    return rows(files.schemes, """
        SELECT ?concept WHERE {
          ?concept a skos:Concept
          FILTER NOT EXISTS {
            ?concept skos:inScheme ?scheme . ?scheme a skos:ConceptScheme . ?concept skos:broader*/skos:topConceptOf ?scheme
            FILTER (str(?scheme) = replace(str(?concept), "/[^/]+$", ""))
          }
        }""")


@fault("INSERT DATA { <https://w3id.org/bassin-minier/id/modality/inferred> skos:altLabel 'Énoncé'@fr }",
       """INSERT DATA { <https://w3id.org/bassin-minier/id/modality/guess> skos:prefLabel 'stated'@en ;
            skos:inScheme <https://w3id.org/bassin-minier/id/modality> }""", part="schemes")
def same_label_for_two_concepts(files: Files) -> Iterable[object]:
    """OOPS! P32 within a scheme: a closed list in which two entries read alike cannot be used; case is not enough."""
    seen: dict[tuple[Node, str | None, str], Node] = {}
    for concept, scheme in files.schemes.subject_objects(SKOS.inScheme):
        for label in chain(files.schemes.objects(concept, SKOS.prefLabel), files.schemes.objects(concept, SKOS.altLabel)):
            other = seen.setdefault((scheme, label.language, label.lower()), concept)
            if other != concept:
                yield label, concept, other


@fault("INSERT DATA { <https://w3id.org/bassin-minier/id/method/Same_Object> a skos:Concept }",
       "INSERT DATA { <https://w3id.org/bassin-minier/id/genre-de-lieu/équipement> a skos:Concept }", part="schemes")
def mixed_slugs(files: Files) -> Iterable[object]:
    """knowledge-model.md, IRIs: a concept ends in lower-case ASCII words joined by hyphens."""
    pattern = re.compile(re.escape(BASE) + r"id/([a-z]+(-[a-z]+)*)(/[a-z0-9]+(-[a-z0-9]+)*)?")
    return [thing for thing in files.schemes.subjects() if not pattern.fullmatch(thing)]


@fault("INSERT DATA { <https://w3id.org/bassin-minier/id/method/normalisations> skos:member <https://w3id.org/bassin-minier/id/method/guess> }",
       "INSERT DATA { <https://w3id.org/bassin-minier/id/method/guess> a skos:Concept ; skos:inScheme <https://w3id.org/bassin-minier/id/method> }", part="schemes")
def unsorted_concept(files: Files) -> Iterable[object]:
    """SKOS 9: where a scheme is divided into collections, each concept is in exactly one, and a member is a concept."""
    yield from rows(files.schemes, "SELECT ?member WHERE { ?collection skos:member ?member FILTER NOT EXISTS { ?member a skos:Concept } }")
    yield from rows(files.schemes, """
        SELECT ?concept WHERE {
          { SELECT DISTINCT ?scheme WHERE { ?some skos:inScheme ?scheme . ?any skos:member ?some } }
          ?concept skos:inScheme ?scheme ; a skos:Concept
          OPTIONAL { ?collection skos:member ?concept }
        } GROUP BY ?concept HAVING (COUNT(DISTINCT ?collection) != 1)""")


@fault("""INSERT DATA { [] dcterms:type <https://w3id.org/bassin-minier/id/finding-kind/guess> }""",
       """INSERT DATA { [] bm:method <https://w3id.org/bassin-minier/id/method/guess> }""",
       """INSERT DATA { [] bm:modality <https://w3id.org/bassin-minier/id/modality/guessed> }""",
       """INSERT DATA { <https://w3id.org/bassin-minier/id/theme/x> skos:inScheme <https://w3id.org/bassin-minier/id/themes> }""", part="uses")
def concept_not_in_the_closed_list(files: Files) -> Iterable[object]:
    """decisions.md, 8: a list that the ontology closes is closed; data use none but its concepts, and no scheme but those declared."""
    known = set(files.schemes.subjects())
    printed = instances(files.uses, SKOS.Concept, SKOS.ConceptScheme)
    closed = tuple({namespace_of(concept) for concept in instances(files.schemes, SKOS.Concept)})
    for subject, predicate, value in files.uses:
        used = isinstance(value, URIRef) and (str(value).startswith(closed) or predicate == SKOS.inScheme)
        if used and value not in known | printed:
            yield subject, predicate, value


@fault("INSERT DATA { bm:Ghost skos:closeMatch schema:Event }", "INSERT DATA { bm:Action skos:closeMatch bm:Measure }",
       "INSERT DATA { bm:Action owl:equivalentClass schema:Action }", "INSERT DATA { bm:Action skos:closeMatch 'action' }", part="alignments")
def wrong_alignment(files: Files) -> Iterable[object]:
    """OOPS! P31 and P27, defining wrong equivalences: an alignment goes from a declared term or concept of ours to another's
    IRI, and says so with a SKOS mapping property, which entails nothing."""
    known = terms(files) | instances(files.schemes, SKOS.Concept)
    for subject, predicate, value in files.alignments:
        own = subject in known and str(subject).startswith(BASE)
        outside = isinstance(value, URIRef) and not value.startswith(BASE)
        if not (own and outside and predicate in MAPPINGS):
            yield subject, predicate, value


# --- the tests -----------------------------------------------------------------------------------------------------------

def found_by(name: str, files: Files) -> set[str]:
    return set(map(str, CHECKS[name](files)))


@cache
def found_on_the_real_files(name: str) -> frozenset[str]:
    return frozenset(found_by(name, real_files()))


@pytest.mark.parametrize("name", CHECKS)
def test_the_vocabulary_has_no(name: str):
    found = sorted(found_on_the_real_files(name))
    assert not found, f"{name}: {CHECKS[name].__doc__}\n" + "\n".join(found[:20])


@pytest.mark.parametrize(("name", "part", "update"), PLANTED, ids=[f"{name}-{number}" for number, (name, _, _) in enumerate(PLANTED)])
def test_a_planted_fault_is_found(name: str, part: str, update: str):
    fresh = found_by(name, real_files().changed(part, update)) - found_on_the_real_files(name)
    assert fresh, f"{name} does not see: {update}"


def test_a_folder_without_files_is_an_error():
    with pytest.raises(FileNotFoundError):
        turtle_files("ontology/nowhere/*.ttl")
