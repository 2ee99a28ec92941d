"""What happened: one JSON line a request for the operator's log, and counts for Prometheus.

A line holds no address and no query text (a query can hold personal data): the text's digest tells equal queries apart.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TextIO

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Telemetry:
    """A Prometheus collector (`collect`). `log` is "" (none), "-" (standard output) or a file to append to; `gauges`
    are read when asked for: name, help, function."""

    def __init__(self, log: str, gauges: Iterable[tuple[str, str, Callable[[], float]]] = ()):
        self._log: TextIO | None = sys.stdout if log == "-" else open(log, "a", encoding="utf-8", buffering=1) if log else None
        self._gauges = list(gauges)
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._seconds: dict[str, list[int]] = {}
        self._sums: Counter[str] = Counter()
        self._bytes = 0

    def record(self, route: str, method: str, status: int, outcome: str, seconds: float, size: int, rows: int = 0, query: str | None = None) -> None:
        """One request: its route (a first path segment), what became of it, seconds, bytes sent, rows, query text."""
        self._requests[route, str(status), outcome] += 1
        self._seconds.setdefault(route, [0] * (len(_BOUNDS_S) + 1))[bisect_left(_BOUNDS_S, seconds)] += 1
        self._sums[route] += seconds
        self._bytes += size
        if self._log:
            line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "route": route, "method": method, "status": status,
                    "outcome": outcome, "ms": round(seconds * 1000, 2), "bytes": size, "rows": rows}
            if query is not None:
                line["query"] = hashlib.sha256(query.encode()).hexdigest()[:16]
            print(json.dumps(line), file=self._log, flush=True)

    def collect(self) -> Iterable[Metric]:
        """The counts so far, in the names that Prometheus expects (base units, `_total`)."""
        requests = CounterMetricFamily("cpbm_requests", "Requests by route, status and outcome.", labels=("route", "status", "outcome"))
        for labels, count in list(self._requests.items()):
            requests.add_metric(labels, count)
        yield requests
        seconds = HistogramMetricFamily("cpbm_request_seconds", "Time from the request's head to its reply.", labels=("route",))
        for route, counts in list(self._seconds.items()):
            total, buckets = 0, []
            for bound, count in zip((*map(str, _BOUNDS_S), "+Inf"), counts):
                total += count
                buckets.append((bound, total))
            seconds.add_metric((route,), buckets, self._sums[route])
        yield seconds
        yield CounterMetricFamily("cpbm_sent_bytes", "Bytes of replies.", value=self._bytes)
        for name, text, read in self._gauges:
            yield GaugeMetricFamily(name, text, value=read())
