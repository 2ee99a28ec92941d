"""The pool of workers: deadlines, death, fairness and confinement, on the real engine."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from cpbm_kg.engine import Query
from cpbm_kg.engine.pool import PooledEngine
from cpbm_kg.errors import (
    AnswerTooLargeError, EngineFailureError, OverloadedError, QuerySyntaxError, QueryTimeoutError, ServiceRefusedError, UnreadableError,
)
from cpbm_kg.media import JSON, TURTLE, Form

FORMATS = {Form.SELECT: JSON, Form.ASK: JSON, Form.GRAPH: TURTLE}
HUNDRED = " ".join(map(str, range(100)))
NEVER_ENDS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?v{i} {{ {HUNDRED} }}" for i in range(6)) + " }"
TOO_MUCH_MEMORY = "SELECT (STRLEN(?s40) AS ?n) { BIND('aaaaaaaaaaaaaaaa' AS ?s0) " + " ".join(
    f"BIND(CONCAT(?s{i}, ?s{i}) AS ?s{i + 1})" for i in range(40)) + " }"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "data.ttl"
    path.write_text("".join(f"<urn:s{i}> <urn:p> {i} .\n" for i in range(1000)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def engine(data):
    engine = PooledEngine(data, workers=4, timeout_s=2, answer_bytes=2**20, worker_bytes=2**28)
    yield engine
    engine.close()


def ask(engine, text="ASK { <urn:s1> <urn:p> 1 }", timeout_s=None) -> bytes:
    return engine.answer(Query(text, timeout_s=timeout_s), FORMATS).body


def test_it_answers(engine):
    assert b"true" in ask(engine)


def test_a_query_ends_at_its_deadline_and_the_next_is_answered(engine):
    start = time.monotonic()
    with pytest.raises(QueryTimeoutError):
        ask(engine, NEVER_ENDS)
    assert time.monotonic() - start < 2.5
    assert b"true" in ask(engine)


def test_a_shorter_limit_may_be_asked_for_but_no_longer_one(engine):
    for asked, longest in ((0.2, 0.7), (3600, 2.5)):
        start = time.monotonic()
        with pytest.raises(QueryTimeoutError):
            ask(engine, NEVER_ENDS, timeout_s=asked)
        assert time.monotonic() - start < longest


def test_memory_is_bounded_and_only_the_query_that_takes_it_fails(engine):
    with pytest.raises(EngineFailureError):
        ask(engine, TOO_MUCH_MEMORY)
    assert b"true" in ask(engine)


@pytest.mark.parametrize("text, error", [
    ("SELECT * {", QuerySyntaxError), ("SELECT * { SERVICE <http://127.0.0.1:9/> {} }", ServiceRefusedError),
    ("SELECT ?a ?b { ?a <urn:p> ?x . ?b <urn:p> ?y }", AnswerTooLargeError),
])
def test_errors_come_back_as_they_are(engine, text, error):
    with pytest.raises(error) as raised:
        ask(engine, text)
    assert raised.value.fault.fr and raised.value.remedy.en


def test_a_killed_worker_costs_its_own_request_alone(engine):
    failures = []

    def suffer():
        try:
            ask(engine, NEVER_ENDS)
        except (EngineFailureError, QueryTimeoutError) as error:
            failures.append(error)

    victim = threading.Thread(target=suffer)
    victim.start()
    time.sleep(0.3)
    busy = max(children(engine._zygote.pid), key=lambda pid: time.clock_gettime((~pid << 3) | 2))
    os.kill(busy, signal.SIGKILL)
    victim.join(1)
    assert isinstance(failures[0], EngineFailureError)
    assert all(b"true" in ask(engine) for _ in range(20))


def test_a_killed_zygote_is_started_again(data):
    engine = PooledEngine(data, workers=2, timeout_s=2, answer_bytes=2**20, worker_bytes=2**28)
    engine._zygote.kill()
    engine._zygote.wait()
    time.sleep(0.2)
    assert all(b"true" in ask(engine) for _ in range(6))
    engine.close()


def test_idle_workers_that_died_cost_no_request(engine):
    for pid in children(engine._zygote.pid):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask(engine))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 and all(b"true" in body for body in answers)


def test_fast_queries_pass_while_slow_ones_fill_their_lane(engine):
    outcomes = []

    def hostile():
        try:
            ask(engine, NEVER_ENDS)
        except (QueryTimeoutError, OverloadedError) as error:
            outcomes.append(type(error))

    attackers = [threading.Thread(target=hostile) for _ in range(12)]
    for attacker in attackers:
        attacker.start()
    time.sleep(0.3)
    answered = [ask(engine) for _ in range(30)]
    for attacker in attackers:
        attacker.join()
    assert all(b"true" in body for body in answered)
    assert OverloadedError in outcomes, "the oldest slow queries give up their places"


def test_no_process_and_no_descriptor_is_left_behind(data):
    time.sleep(0.5)  # the other engine of this module fills its places again
    before = len(os.listdir("/proc/self/fd"))
    engine = PooledEngine(data, workers=2, timeout_s=1, answer_bytes=2**20, worker_bytes=2**28)
    for _ in range(5):
        with pytest.raises(QueryTimeoutError):
            ask(engine, NEVER_ENDS, timeout_s=0.1)
    deadline = time.monotonic() + 2
    while len(children(engine._zygote.pid)) > 2 and time.monotonic() < deadline:
        time.sleep(0.02)  # a killed process takes a moment to be gone
    left = len(children(engine._zygote.pid))
    engine.close()
    assert left == 2
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_that_cannot_be_read_is_said_at_once(tmp_path):
    with pytest.raises(UnreadableError):
        PooledEngine(tmp_path / "absent.ttl", workers=1, timeout_s=1, answer_bytes=1, worker_bytes=1)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
