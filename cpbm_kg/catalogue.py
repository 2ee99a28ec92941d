"""The catalogue of a release for open-data portals, in DCAT-AP 3 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/).

Everything is read from the manifest; the names of datasets and files, and where files are downloaded, are the same for
every release. The graph stands alone: each controlled IRI in it has its class and its labels beside it.
`for_datagouv` is the same catalogue with the two differences that data.gouv.fr needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rdflib import Graph, Namespace
from rdflib.term import BNode, Literal, URIRef

from cpbm_kg import authorities, canonical, media
from cpbm_kg.authorities import SPDX
from cpbm_kg.exports import GRAPH_SET, ONTOLOGY_SET
from cpbm_kg.media import Format
from cpbm_kg.vocabulary import BASE, DCTERMS, FOAF, GEO, ONTOLOGY, RDF, RDFS, SKOS, XSD

DCAT = Namespace("http://www.w3.org/ns/dcat#")  # version 3; rdflib's is version 2
DCATAP = Namespace("http://data.europa.eu/r5r/")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
LOCN = Namespace("http://www.w3.org/ns/locn#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
DATASETS = (GRAPH_SET, ONTOLOGY_SET)
_PREFIXES = {"dcat": DCAT, "dcatap": DCATAP, "dct": DCTERMS, "foaf": FOAF, "geo": GEO, "hydra": HYDRA, "locn": LOCN, "rdfs": RDFS,
             "skos": SKOS, "spdx": SPDX, "vcard": VCARD, "xsd": XSD}
_FORMATS = {format.name: format for format in (*media.FILES, media.CSV, media.GEOJSON)}
_TITLE = {"fr": "Catalogue de CPBM-KG", "en": "Catalogue of CPBM-KG"}
_ABOUT = {"fr": "Les jeux de données de CPBM-KG, graphe de connaissances ouvert sur {plans} du Bassin minier, et le service qui les interroge.",
          "en": "The datasets of CPBM-KG, an open knowledge graph about {plans} of the Bassin minier, and the service that queries them."}
_ONE_PLAN, _SEVERAL = {"fr": "un plan d’actions", "en": "an action plan"}, {"fr": "plusieurs plans d’actions", "en": "several action plans"}
_SERVICE = {"fr": "Point d’accès SPARQL de CPBM-KG", "en": "SPARQL endpoint of CPBM-KG"}
_SERVICE_ABOUT = {"fr": "Interroge le graphe de connaissances en SPARQL 1.1, sans inscription ; les réponses sont en JSON, XML, CSV, TSV, GeoJSON, ou en RDF.",
                  "en": "Queries the knowledge graph in SPARQL 1.1, without registration; answers are in JSON, XML, CSV, TSV, GeoJSON, or in RDF."}


@dataclass(frozen=True)
class Page:
    """Part `number`, from 1, of a catalogue of `size` datasets a part; `address` is that of the feed it is a part of."""

    number: int
    size: int
    address: str

    @property
    def count(self) -> int:
        """How many parts there are."""
        return -(-len(DATASETS) // self.size)

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets in this part."""
        return DATASETS[(self.number - 1) * self.size:self.number * self.size]

    def iri(self, number: int) -> URIRef:
        """The address of a part."""
        return URIRef(f"{self.address}?page={number}&page_size={self.size}")


def describe(manifest: Mapping, url: str, id: str, previous: str | None, page: Page) -> Graph:
    """The catalogue of the release `id` at the public address `url`, or a part of it; `previous` is the identifier of the
    release before, if one is kept."""
    return _Catalogue(manifest, url, id, previous).graph(page)


def for_datagouv(catalogue: Graph) -> Graph:
    """The catalogue as data.gouv.fr reads it: a checksum that is xsd:hexBinary has the whole dataset rejected, and a
    period with an IRI is fetched from the web instead of being read."""
    graph = _empty()
    blank = {period: BNode("period") for period in catalogue.objects(None, DCTERMS.temporal)}
    for subject, predicate, value in catalogue:
        if predicate == SPDX.checksumValue:
            value = Literal(str(value))
        graph.add((blank.get(subject, subject), predicate, blank.get(value, value)))
    return graph


def write(catalogue: Graph, format: Format) -> bytes:
    """The catalogue in a format offered for graphs: the same bytes, and so the same entity tag, in every process."""
    if format is media.TURTLE:
        return catalogue.serialize(format="turtle", encoding="utf-8")  # sorted, and with the prefixes of DCAT
    return canonical.serialise(canonical.lines_of(catalogue), format.name)


class _Catalogue:
    """Writes the resources of one release into one graph."""

    def __init__(self, manifest: Mapping, url: str, id: str, previous: str | None):
        self._manifest, self._about, self._url = manifest, manifest["about"], url
        self._id, self._previous = id, previous
        self._graph = _empty()
        self._publisher = URIRef(self._about["publisher"]["iri"])
        self._home = URIRef(f"{url}/")

    def graph(self, page: Page) -> Graph:
        catalogue = URIRef(f"{self._url}/catalog")
        self._add(catalogue, (RDF.type, DCAT.Catalog), (FOAF.homepage, self._home), (DCAT.themeTaxonomy, authorities.THEMES),
                  (DCTERMS.publisher, self._publisher), (DCTERMS.license, authorities.LICENCE), *self._languages(), *self._dates())
        plans = _SEVERAL if len(self._manifest["highestNumbers"]) > 1 else _ONE_PLAN
        self._texts(catalogue, _TITLE, {language: text.format(plans=plans[language]) for language, text in _ABOUT.items()})
        self._area(catalogue)
        self._agents()
        for name in page.datasets:
            self._add(catalogue, (DCAT.dataset, self._dataset(name)))
        if GRAPH_SET in page.datasets:
            self._add(catalogue, (DCAT.service, self._service()))
        if page.count > 1:
            self._part(catalogue, page)
        authorities.describe(self._graph)
        return self._graph

    def _dataset(self, name: str) -> URIRef:
        dataset, said = self._iri(name), self._about[name]
        self._add(dataset, (RDF.type, DCAT.Dataset), (DCTERMS.accrualPeriodicity, authorities.IRREGULAR), (DCAT.version, Literal(self._manifest["version"])),
                  (DCAT.hasCurrentVersion, self._frozen(self._id)), *self._common(name), *self._languages(), *self._dates())
        self._texts(dataset, said["title"], said["description"])
        for word in said["keywords"]:
            self._add(dataset, (DCAT.keyword, Literal(word, lang="fr")))
        if self._previous:
            self._add(dataset, (DCAT.previousVersion, self._frozen(self._previous)))
        if name == GRAPH_SET:
            self._add(dataset, (DCTERMS.conformsTo, ONTOLOGY))
            self._add(ONTOLOGY, (RDF.type, DCTERMS.Standard))
            self._texts(ONTOLOGY, self._about[ONTOLOGY_SET]["title"])
        self._provenance(name)
        self._area(dataset)
        self._period(dataset)
        for file, of in self._manifest["files"].items():
            if of.get("dataset") == name:
                self._distribution(dataset, file, of, of, None)
                self._distribution(dataset, f"{file}.gz", of, self._manifest["compressed"][f"{file}.gz"], authorities.GZIP)
        return dataset

    def _distribution(self, dataset: URIRef, file: str, of: Mapping, sums: Mapping, compression: str | None) -> None:
        """One file; `of` says what is in it, `sums` its size and digest."""
        distribution, address, checksum = self._iri(file), URIRef(f"{self._url}/export/{file}"), self._iri(f"{file}-sha256")
        format = _FORMATS[file.removesuffix(".gz").rpartition(".")[2]]
        self._add(dataset, (DCAT.distribution, distribution))
        self._add(distribution, (RDF.type, DCAT.Distribution), (DCTERMS.identifier, Literal(f"{BASE}catalog#{file}")), (DCAT.accessURL, address),
                  (DCAT.downloadURL, address), (DCTERMS["format"], authorities.file_type(format)), (DCAT.mediaType, authorities.media_type(format.media_type)),
                  (DCAT.byteSize, Literal(sums["bytes"], datatype=XSD.nonNegativeInteger)), (SPDX.checksum, checksum), (DCTERMS.license, authorities.LICENCE),
                  (DCTERMS.rights, self._rights(of["rights"])), (DCATAP.availability, authorities.STABLE), *self._dates())
        self._add(checksum, (RDF.type, SPDX.Checksum), (SPDX.algorithm, authorities.SHA256),
                  (SPDX.checksumValue, Literal(sums["sha256"], datatype=XSD.hexBinary, normalize=False)))
        title = of["title"]
        if compression:
            self._add(distribution, (DCAT.compressFormat, authorities.media_type(compression)))
            title = {"fr": f"{title['fr']}, comprimé (gzip)", "en": f"{title['en']}, compressed (gzip)"}
        self._texts(distribution, title, of["description"])

    def _service(self) -> URIRef:
        service = self._iri("sparql")
        self._add(service, (RDF.type, DCAT.DataService), (DCAT.endpointURL, URIRef(f"{self._url}/sparql")),
                  (DCAT.endpointDescription, URIRef(f"{self._url}/sparql")),
                  (DCAT.servesDataset, self._iri(GRAPH_SET)), (DCTERMS.conformsTo, authorities.SPARQL_PROTOCOL), (DCTERMS.license, authorities.LICENCE),
                  *self._common("sparql"), *self._dates())
        self._texts(service, _SERVICE, _SERVICE_ABOUT)
        for word in self._about[GRAPH_SET]["keywords"]:
            self._add(service, (DCAT.keyword, Literal(word, lang="fr")))
        return service

    def _common(self, name: str) -> tuple:
        """What datasets and services have alike; the identifier stays when the address of the server changes."""
        return ((DCTERMS.identifier, Literal(f"{BASE}catalog#{name}")), (DCTERMS.publisher, self._publisher), (DCTERMS.creator, self._publisher),
                (DCAT.contactPoint, self._iri("contact")), (DCAT.landingPage, self._home), (DCTERMS.accessRights, authorities.PUBLIC),
                (DCAT.theme, authorities.REGIONS), (DCAT.theme, authorities.GOVERNMENT))

    def _dates(self) -> tuple:
        return ((DCTERMS.issued, Literal(self._about["issued"], datatype=XSD.date)), (DCTERMS.modified, Literal(self._manifest["date"], datatype=XSD.date)))

    def _languages(self) -> tuple:
        return ((DCTERMS.language, authorities.FRENCH), (DCTERMS.language, authorities.ENGLISH))

    def _agents(self) -> None:
        contact, said = self._iri("contact"), self._about["publisher"]
        self._add(self._publisher, (RDF.type, FOAF.Agent), (FOAF.name, Literal(said["name"])), (FOAF.homepage, self._home))
        self._add(self._home, (RDF.type, FOAF.Document))
        self._add(contact, (RDF.type, VCARD.Kind), (VCARD.fn, Literal(said["label"]["fr"])), (VCARD.hasURL, self._home))

    def _rights(self, kind: str) -> URIRef:
        rights = self._iri(f"rights-{kind}")
        self._add(rights, (RDF.type, DCTERMS.RightsStatement))
        self._labels(rights, self._about["rights"][kind])
        return rights

    def _provenance(self, name: str) -> None:
        provenance = self._iri(f"{name}-provenance")
        self._add(self._iri(name), (DCTERMS.provenance, provenance))
        self._add(provenance, (RDF.type, DCTERMS.ProvenanceStatement))
        self._labels(provenance, self._about[name]["provenance"])

    def _area(self, resource: URIRef) -> None:
        place = self._about["spatial"]
        if place:
            location, area = URIRef(place["iri"]), Literal(place["wkt"], datatype=GEO.wktLiteral)
            self._add(resource, (DCTERMS.spatial, location))
            self._add(location, (RDF.type, DCTERMS.Location), (DCAT.bbox, area), (LOCN.geometry, area))
            self._labels(location, place["label"])

    def _period(self, dataset: URIRef) -> None:
        period = self._about["temporal"]
        if period:
            time = self._iri("period")
            self._add(dataset, (DCTERMS.temporal, time))
            self._add(time, (RDF.type, DCTERMS.PeriodOfTime), (DCAT.startDate, Literal(period["start"], datatype=XSD.date)),
                      (DCAT.endDate, Literal(period["end"], datatype=XSD.date)))

    def _part(self, catalogue: URIRef, page: Page) -> None:
        """https://www.hydra-cg.com/spec/latest/core/#example-24-hydra-partialcollectionview"""
        view = page.iri(page.number)
        self._add(catalogue, (RDF.type, HYDRA.Collection), (HYDRA.totalItems, Literal(len(DATASETS))), (HYDRA.view, view))
        self._add(view, (RDF.type, HYDRA.PartialCollectionView), (HYDRA.first, page.iri(1)), (HYDRA.last, page.iri(page.count)))
        if page.number > 1:
            self._add(view, (HYDRA.previous, page.iri(page.number - 1)))
        if page.number < page.count:
            self._add(view, (HYDRA.next, page.iri(page.number + 1)))

    def _iri(self, name: str) -> URIRef:
        return URIRef(f"{self._url}/catalog#{name}")

    def _frozen(self, id: str) -> URIRef:
        return URIRef(f"{self._url}/release/{id}/manifest.json")

    def _add(self, subject: URIRef, *pairs: tuple) -> None:
        for predicate, value in pairs:
            self._graph.add((subject, predicate, value))

    def _texts(self, subject: URIRef, title: Mapping[str, str], description: Mapping[str, str] | None = None) -> None:
        for language in ("fr", "en"):
            self._add(subject, (DCTERMS.title, Literal(title[language], lang=language)))
            if description:
                self._add(subject, (DCTERMS.description, Literal(description[language], lang=language)))

    def _labels(self, subject: URIRef, label: Mapping[str, str]) -> None:
        """One label, in French: CKAN takes the first of several, whatever their language."""
        self._add(subject, (RDFS.label, Literal(label["fr"], lang="fr")), (DCTERMS.description, Literal(label["en"], lang="en")))


def _empty() -> Graph:
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in _PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph
