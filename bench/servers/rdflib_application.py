"""One file in rdflib's memory graph behind rdflib-endpoint, as its documentation shows; runs in the peer's own environment."""

import os

from rdflib import Graph
from rdflib_endpoint import SparqlEndpoint

app = SparqlEndpoint(graph=Graph().parse(os.environ["BENCH_DATA"], format="turtle"), path="/sparql")
