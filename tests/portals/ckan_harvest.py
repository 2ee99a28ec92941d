"""Harvests a feed twice with the harvester and parser of ckanext-dcat, and prints the datasets that
CKAN would be given, a line of JSON each time; between the two it waits for a line.

Runs in an environment of its own that holds ckan, ckanext-harvest and ckanext-dcat (`make harvest-rehearsal`); nothing
imports it. It downloads (HEAD, GET, limit of size), pages, parses and names as the harvester does; what CKAN's own
database would do with the result is not run. Usage: ckan_harvest.py FEED-URL
"""

import json
import sys

from ckan.common import config
from ckanext.dcat.harvesters.rdf import DCATRDFHarvester
from ckanext.dcat.processors import RDFParser


class Harvester(DCATRDFHarvester):
    """The harvester, its errors kept in place of a database."""

    def __init__(self):
        self.errors: list[str] = []

    def _save_gather_error(self, message, job):
        self.errors.append(message)


def harvest(feed: str) -> dict:
    """All parts of the feed, each dataset under the name by which CKAN knows it again."""
    harvester, found, following, content_type, parts = Harvester(), {}, feed, None, 0
    while following:
        content, content_type = harvester._get_content_and_type(following, None, 1, content_type=content_type)
        if not content:
            break
        parser = RDFParser(profiles=["euro_dcat_ap_3"])
        parser.parse(content, _format=content_type)
        for dataset in parser.datasets():
            name = harvester._get_guid(dataset)
            found[name] = _sorted(dataset)
        following, parts = parser.next_page(), parts + 1
    return {"errors": harvester.errors, "parts": parts, "datasets": found}


def _sorted(dataset: dict) -> dict:
    """A parser of graphs gives lists in no order; ours is fixed, so that two harvests compare."""
    dataset["extras"] = {extra["key"]: _unordered(extra["value"]) for extra in dataset["extras"]}
    dataset["tags"] = sorted(tag["name"] for tag in dataset["tags"])
    dataset["resources"] = sorted(({key: _unordered(value) for key, value in resource.items()} for resource in dataset["resources"]), key=lambda part: part["url"])
    return {key: _unordered(value) for key, value in dataset.items()}


def _unordered(value):
    """A list that is written as JSON, in order."""
    if isinstance(value, str) and value.startswith("["):
        return sorted(json.loads(value), key=json.dumps)
    return value


if __name__ == "__main__":
    config["ckan.locale_default"] = "fr"
    for _ in range(2):
        print(json.dumps(harvest(sys.argv[1]), ensure_ascii=False, sort_keys=True), flush=True)
        sys.stdin.readline()
