"""`/diagnose?query=`: why an answer is empty, as a page, or as JSON where Accept asks for it.

`/sparql` and `/q/` announce it by a Link header on answers without rows, so that the answers themselves stay standard.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, request

from cpbm_kg import diagnosis, media, protocol
from cpbm_kg.diagnosis import Diagnosis
from cpbm_kg.engine import Engine
from cpbm_kg.errors import Message, NotAcceptableError, RequestError
from cpbm_kg.web import pages
from cpbm_kg.web.answers import answered, unkept
from cpbm_kg.web.pages import page

_OFFERED = (media.HTML, media.ROWS)


def blueprint(engine: Engine) -> Blueprint:
    """The route of explanations, asked of `engine`."""
    routes = Blueprint("diagnosis", __name__)

    @pages.address(routes, "/diagnose")
    def diagnose() -> Response:
        asked = protocol.read_request("GET", request.query_string.decode("latin-1"), "", b"")
        if asked.query is None:
            raise RequestError(Message("il n'y a pas de requête à expliquer", "there is no query to explain"),
                               Message("donnez-la dans le paramètre query", "give it in the query parameter"))
        format = media.named(asked.format, _OFFERED) if asked.format else media.negotiate(request.headers.get("Accept"), _OFFERED)
        if format is None:
            raise NotAcceptableError(tuple(offered.media_type for offered in _OFFERED))
        found = diagnosis.diagnose(engine, asked.query)
        if format is media.HTML:
            response = page("diagnosis.html", found=found, verdict=verdict(found), query=asked.query.text)
        else:
            response = answered((json.dumps(_plain(found), ensure_ascii=False, indent=1) + "\n").encode(), format)
        return unkept(response)  # another moment may have time to find more

    return routes


def verdict(found: Diagnosis) -> Message:
    """The explanation in one sentence; "not found" where there is none."""
    if found.causes:
        return Message("la réponse est vide : voici pourquoi", "the answer is empty: here is why")
    if found.empty:
        return Message("rien d'anormal n'est trouvé : la réponse semble vraiment vide", "not found: nothing is wrong that we can tell, the answer seems truly empty")
    if found.empty is None:
        return Message("non trouvé : cette requête n'a pu être expliquée dans le temps imparti", "not found: this query could not be explained within the time allowed")
    return Message("cette requête a des réponses", "this query has answers")


def _plain(found: Diagnosis) -> dict:
    return {
        "empty": found.empty, "verdict": vars(verdict(found)), "failing": found.failing,
        "causes": [{"kind": cause.kind, "message": vars(cause.message), "pattern": cause.pattern, "term": cause.term, "suggestion": cause.suggestion} for cause in found.causes],
        "milliseconds": found.milliseconds, "probes": found.probes,
    }
