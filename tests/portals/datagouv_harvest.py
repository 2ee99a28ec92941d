"""Harvests a feed twice with udata, the software of data.gouv.fr, over a database in memory, and prints what arrived, a
line of JSON each time; between the two it waits for a line.

Runs in an environment of its own that holds udata and mongomock (`make harvest-rehearsal`); nothing imports it.
Usage: datagouv_harvest.py FEED-URL
"""

import json
import sys

import mongomock
from udata import settings
from udata.app import create_app, standalone
from udata.core.dataservices.models import Dataservice
from udata.core.dataset.models import Dataset, License
from udata.core.organization.models import Organization
from udata.harvest.backends.dcat import DcatBackend
from udata.harvest.models import HarvestSource


class Rehearsal(settings.Testing):
    MONGODB_SETTINGS = {"host": "mongodb://localhost", "db": "udata", "mongo_client_class": mongomock.MongoClient, "uuidRepresentation": "standard"}
    URLS_ALLOW_PRIVATE = True  # the feed is served on this machine
    URLS_ALLOW_LOCAL = True
    SITE_TITLE = "rehearsal"


def main(feed: str) -> None:
    app = standalone(create_app(settings.Defaults, override=Rehearsal))
    with app.test_request_context():
        License(id="lov2", title="Licence Ouverte / Open Licence version 2.0", url="https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf").save()
        License(id="notspecified", title="License Not Specified").save()
        organisation = Organization(name="CPBM-KG", description="rehearsal").save()
        source = HarvestSource(name="rehearsal", url=feed, backend="dcat", organization=organisation).save()
        for _ in range(2):
            print(json.dumps(harvest(source), ensure_ascii=False, sort_keys=True, default=str), flush=True)
            sys.stdin.readline()


def harvest(source: HarvestSource) -> dict:
    """One harvest: its own report, and all that stands in the database after it."""
    job = DcatBackend(source).harvest()
    return {
        "job": {"status": job.status, "errors": [error.message for error in job.errors],
                "items": [{"id": item.remote_id, "status": item.status, "errors": [error.message for error in item.errors],
                           "warnings": [log.message for log in item.logs]} for item in job.items]},
        "datasets": [dataset(found) for found in Dataset.objects.order_by("title")],
        "dataservices": [dataservice(found) for found in Dataservice.objects.order_by("title")],
    }


def dataset(found: Dataset) -> dict:
    period, area = found.temporal_coverage, found.spatial
    return {
        "id": found.id, "title": found.title, "description": found.description, "license": found.license and found.license.id, "frequency": str(found.frequency),
        "tags": sorted(found.tags), "temporal": period and [period.start, period.end], "spatial": area and area.geom, "extras": found.extras,
        "identifier": found.harvest.dct_identifier, "uri": found.harvest.uri, "landingPage": found.harvest.remote_url,
        "issued": found.harvest.issued_at, "modified": found.harvest.modified_at, "contacts": sorted(contact(c) for c in found.contact_points),
        "quality": {name: value for name, value in found.quality.items()},
        "resources": sorted((resource(part) for part in found.resources), key=lambda part: part["url"]),
    }


def resource(part) -> dict:
    return {"id": part.id, "title": part.title, "description": part.description, "url": part.url, "format": part.format, "mime": part.mime, "filesize": part.filesize,
            "checksum": part.checksum and [part.checksum.type, part.checksum.value], "extras": part.extras, "issued": part.harvest.issued_at,
            "modified": part.harvest.modified_at, "identifier": part.harvest.dct_identifier}


def dataservice(found: Dataservice) -> dict:
    return {"id": found.id, "title": found.title, "description": found.description, "url": found.base_api_url, "documentation": found.machine_documentation_url,
            "license": found.license and found.license.id, "tags": sorted(found.tags), "datasets": [of.harvest.dct_identifier for of in found.datasets],
            "contacts": sorted(contact(c) for c in found.contact_points)}


def contact(point) -> str:
    return f"{point.role}: {point.name} {point.email or point.contact_form or ''}".strip()


if __name__ == "__main__":
    main(sys.argv[1])
