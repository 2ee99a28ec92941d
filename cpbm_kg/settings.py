"""The settings: one frozen value, read from the environment in one place.

`TABLE` gives each its name, default and help; the command line and README.md are held to it by a test.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cpbm_kg.errors import Message, UsageError

# The checkout that this package lies in; for an installed package the one in which it is called.
_HOME = Path(__file__).resolve().parent.parent
ROOT = _HOME if (_HOME / "ontology").is_dir() else Path.cwd()


STORES = ("memory", "disk")


@dataclass(frozen=True)
class Setting:
    """One row of the table: environment variable, default as written there, help."""

    variable: str
    default: str
    help: Message


TABLE: dict[str, Setting] = {
    "host": Setting("CPBM_HOST", "127.0.0.1", Message("adresse d'écoute", "address to listen on")),
    "port": Setting("CPBM_PORT", "8000", Message("port d'écoute", "port to listen on")),
    "public_url": Setting("CPBM_PUBLIC_URL", "", Message("adresse publique, sans barre finale ; vide : http://hôte:port",
                                                         "public address, no trailing slash; empty: http://host:port")),
    "release": Setting("CPBM_RELEASE", "release", Message("dossier de la version publiée", "folder of the release")),
    "store": Setting("CPBM_STORE", "memory", Message("où la version est tenue : memory, disk, ou l'adresse d'un serveur SPARQL 1.1",
                                                     "where the release is held: memory, disk, or the address of a SPARQL 1.1 server")),
    "store_login": Setting("CPBM_STORE_LOGIN", "", Message("utilisateur:mot de passe pour ce serveur ; vide : aucun", "user:password for that server; empty: none")),
    "data": Setting("CPBM_DATA", "", Message("fichier RDF à servir à la place de la version publiée", "RDF file to serve instead of the release")),
    "source_text": Setting("CPBM_SOURCE_TEXT", "", Message("chemin du texte d'un plan, pour relire chaque passage",
                                                          "path of the text of a plan, to re-read every passage")),
    "language": Setting("CPBM_LANG", "fr", Message("langue des messages : fr ou en", "language of messages: fr or en")),
    "workers": Setting("CPBM_WORKERS", "4", Message("requêtes évaluées à la fois", "queries evaluated at a time")),
    "timeout_s": Setting("CPBM_TIMEOUT_S", "10", Message("durée maximale d'une requête, en secondes (60 au plus)", "longest query, in seconds (60 at most)")),
    "worker_bytes": Setting("CPBM_WORKER_BYTES", "1073741824", Message("mémoire qu'une requête peut prendre, en octets",
                                                                       "memory that a query may take, in bytes")),
    "answer_bytes": Setting("CPBM_ANSWER_BYTES", "67108864", Message("taille maximale d'une réponse, en octets",
                                                                    "largest answer, in bytes")),
    "slow_per_client": Setting("CPBM_SLOW_PER_CLIENT", "1", Message("requêtes lentes d'une même adresse à la fois", "slow queries of one address at a time")),
    "trusted_proxies": Setting("CPBM_TRUSTED_PROXIES", "", Message("adresses ou réseaux dont X-Forwarded-For est cru, séparés par des virgules",
                                                                   "addresses or networks whose X-Forwarded-For is believed, separated by commas")),
    "cache_bytes": Setting("CPBM_CACHE_BYTES", "67108864", Message("mémoire des réponses gardées, en octets", "memory for kept answers, in bytes")),
    "report_url": Setting("CPBM_REPORT_URL", "", Message("où signaler une erreur : mailto: ou adresse d'un formulaire ; vide : nulle part",
                                                          "where to report an error: mailto: or the address of a form; empty: nowhere")),
    "tiles": Setting("CPBM_TILES", "", Message("fond de carte : adresse avec {z}, {x} et {y}, une espace, mention de la source ; vide : aucun",
                                              "tiles under the map: address with {z}, {x} and {y}, a space, attribution; empty: none")),
    "metrics": Setting("CPBM_METRICS", "", Message("adresse des mesures pour Prometheus, hôte:port ; vide : aucune",
                                                   "address of the metrics for Prometheus, host:port; empty: none")),
    "access_log": Setting("CPBM_ACCESS_LOG", "", Message("journal des accès en JSON : un fichier, - pour la sortie standard ; vide : aucun",
                                                         "access log in JSON: a file, - for standard output; empty: none")),
}


@dataclass(frozen=True)
class Tiles:
    """A map's background: the address of a tile with `{z}`, `{x}` and `{y}`, and whom to name for it."""

    template: str
    attribution: str

    @property
    def origin(self) -> str:
        """The scheme and host that a browser asks."""
        return "/".join(self.template.split("/")[:3])


@dataclass(frozen=True)
class Settings:
    """What a process runs with. `answer_bytes` and `worker_bytes` in bytes, `timeout_s` in seconds; `data` and `source_text` are None when none was given."""

    host: str
    port: int
    public_url: str
    release: Path
    store: str
    store_login: str
    data: Path | None
    source_text: Path | None
    language: str
    workers: int
    timeout_s: int
    worker_bytes: int
    answer_bytes: int
    slow_per_client: int
    trusted_proxies: str
    cache_bytes: int
    report_url: str
    tiles: Tiles | None
    metrics: tuple[str, int] | None
    access_log: str

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read every row of TABLE from `environment`; raises UsageError naming the variable at fault."""
        raw = {name: environment.get(row.variable) or row.default for name, row in TABLE.items()}
        host, port = raw["host"], _whole_number("port", raw["port"], 65535)
        if raw["language"] not in ("fr", "en"):
            raise _refusal("language", raw["language"], "fr | en")
        return cls(
            host=host,
            port=port,
            public_url=(raw["public_url"] or f"http://{f'[{host}]' if ':' in host else host}:{port}").rstrip("/"),
            release=_from_root(raw["release"]),
            store=_store("store", raw["store"]),
            store_login=raw["store_login"],
            data=_from_root(raw["data"]) if raw["data"] else None,
            source_text=_from_root(raw["source_text"]) if raw["source_text"] else None,
            language=raw["language"],
            workers=_whole_number("workers", raw["workers"], 1024),
            timeout_s=_whole_number("timeout_s", raw["timeout_s"], 60),
            worker_bytes=_whole_number("worker_bytes", raw["worker_bytes"], 2**40),
            answer_bytes=_whole_number("answer_bytes", raw["answer_bytes"], 2**40),
            slow_per_client=_whole_number("slow_per_client", raw["slow_per_client"], 1024),
            trusted_proxies=raw["trusted_proxies"],
            cache_bytes=_whole_number("cache_bytes", raw["cache_bytes"], 2**40),
            report_url=_reachable("report_url", raw["report_url"]) if raw["report_url"] else "",
            tiles=_tiles("tiles", raw["tiles"]) if raw["tiles"] else None,
            metrics=_address("metrics", raw["metrics"]) if raw["metrics"] else None,
            access_log=raw["access_log"],
        )


def _from_root(path: str) -> Path:
    """A relative path is meant from the checkout, wherever the command was started. Links stay: `release` is one, and
    what it names changes."""
    return Path(os.path.abspath(ROOT / path))


def _store(name: str, text: str) -> str:
    if text not in STORES and not text.startswith(("http://", "https://")):
        raise _refusal(name, text, " | ".join([*STORES, "http://…/sparql"]))
    return text


def _whole_number(name: str, text: str, highest: int) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= highest):
        raise _refusal(name, text, f"1 … {highest}")
    return int(text)


def _address(name: str, text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (host and colon):
        raise _refusal(name, text, "127.0.0.1:9100")
    return host.strip("[]"), _whole_number(name, port, 65535)


def _reachable(name: str, text: str) -> str:
    if not text.startswith(("https://", "http://", "mailto:")):
        raise _refusal(name, text, "mailto:… | https://…")
    return text


def _tiles(name: str, text: str) -> Tiles:
    """The host is written out: it alone enters the policy of the map's page."""
    template, _, attribution = text.partition(" ")
    named = all(part in template for part in ("{z}", "{x}", "{y}"))
    if not (named and attribution.strip() and re.match(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/", template)):
        raise _refusal(name, text, "https://…/{z}/{x}/{y}.png © …")
    return Tiles(template, attribution.strip())


def _refusal(name: str, text: str, expected: str) -> UsageError:
    variable = TABLE[name].variable
    return UsageError(
        Message(f"{variable}={text!r} n'est pas une valeur possible", f"{variable}={text!r} is not a possible value"),
        Message(f"donnez : {expected}", f"give: {expected}"),
    )
