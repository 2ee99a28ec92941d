"""The pool of workers: deadlines, death, fairness and confinement, on the real engine."""

import asyncio
import itertools
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from cpbm_kg.engine import Query
from cpbm_kg.engine.pool import Limits, PooledEngine
from cpbm_kg.engine.screening import screen
from cpbm_kg.engine.source import Source
from cpbm_kg.errors import (
    AnswerTooLargeError, EngineFailureError, OverloadedError, QueryError, QuerySyntaxError, QueryTimeoutError, ServiceRefusedError, TooComplexError, TooManyError, UnreadableError,
)
from cpbm_kg.media import JSON, TURTLE, Form

FORMATS = {Form.SELECT: JSON, Form.ASK: JSON, Form.GRAPH: TURTLE}
HUNDRED = " ".join(map(str, range(100)))
NEVER_ENDS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?v{i} {{ {HUNDRED} }}" for i in range(6)) + " }"
_counter = itertools.count()


def endless() -> str:
    """A query without end, of a shape and a text that the pool has not met."""
    return NEVER_ENDS.replace("AS ?n)", f"AS ?n) (<urn:{'x' * (next(_counter) + 1)}> AS ?x)")


TOO_MUCH_MEMORY = "SELECT (STRLEN(?s40) AS ?n) { BIND('aaaaaaaaaaaaaaaa' AS ?s0) " + " ".join(
    f"BIND(CONCAT(?s{i}, ?s{i}) AS ?s{i + 1})" for i in range(40)) + " }"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "data.ttl"
    path.write_text("".join(f"<urn:s{i}> <urn:p> {i} .\n" for i in range(1000)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def engine(data):
    engine = PooledEngine.on_own_loop(Source.in_memory(data), Limits(workers=4, timeout_s=3, answer_bytes=2**20, worker_bytes=2**28))
    yield engine
    engine.close()


def ask(engine, text="ASK { <urn:s1> <urn:p> 1 }", timeout_s=None, client="") -> bytes:
    return engine.answer(Query(text, timeout_s=timeout_s), FORMATS, client).body


def together(works) -> list:
    """What each of the works gave or raised, done at the same time."""
    outcomes = [None] * len(works)

    def work(i):
        try:
            outcomes[i] = works[i]()
        except QueryError as error:
            outcomes[i] = error

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_it_answers(engine):
    assert b"true" in ask(engine)


def test_a_query_ends_at_its_deadline_and_the_next_is_answered(engine):
    start = time.monotonic()
    with pytest.raises(QueryTimeoutError):
        ask(engine, endless())
    assert time.monotonic() - start < 3.5
    assert b"true" in ask(engine)


def test_a_shorter_limit_may_be_asked_for_but_no_longer_one(engine):
    for asked, longest in ((0.2, 0.7), (3600, 3.5)):
        start = time.monotonic()
        with pytest.raises(QueryTimeoutError):
            ask(engine, endless(), timeout_s=asked)
        assert time.monotonic() - start < longest


def test_memory_is_bounded_and_only_the_query_that_takes_it_fails(data):
    engine = PooledEngine.on_own_loop(Source.in_memory(data), Limits(workers=1, timeout_s=30, answer_bytes=2**20, worker_bytes=2**26))
    try:
        with pytest.raises(EngineFailureError):
            ask(engine, TOO_MUCH_MEMORY)
        assert b"true" in ask(engine)
    finally:
        engine.close()


@pytest.mark.parametrize("text, error", [
    ("SELECT * {", QuerySyntaxError), ("SELECT * { SERVICE <http://127.0.0.1:9/> {} }", ServiceRefusedError),
    ("SELECT ?a ?b { ?a <urn:p> ?x . ?b <urn:p> ?y }", AnswerTooLargeError),
])
def test_errors_come_back_as_they_are(engine, text, error):
    with pytest.raises(error) as raised:
        ask(engine, text)
    assert raised.value.fault.fr and raised.value.remedy.en


@pytest.mark.parametrize("text, fault", [  # the fault begins at ¶
    ("SELECT ?x\nWHERE { ?x a ¶}\n", "an object is missing"), ("SELECT * {\r\n  ?s ?p\r\n¶}\r\n", "so it is, lines ended otherwise"),
    ("SELECT * {\n  ?s ?p ?o }\n¶ORDR BY ?s LIMIT 10", "a keyword misspelt"), ("SELECT * { ?s a ?o . FILTER NOT ¶EXIST { ?s ?p ?o } }", "the second of two"),
    ("¶SELEC * { ?s ?p ?o }", "the first word"), ("SELECT * {\n  # where { } FILTER\n  ?s ?p \"é 😀\" . ?x ¶}", "after a comment and letters of any length"),
    ("SELECT * { ?s ?p ?o ¶", "the end"), ("¶", "nothing at all"), ("PREFIX a: <a>\nSELECT * { ?s ?p ?o } LIMIT ¶x", "after a relative IRI"),
])
def test_a_fault_is_placed_where_it_begins(engine, text, fault):
    before, _, after = text.partition("¶")
    with pytest.raises(QuerySyntaxError) as refused:
        ask(engine, before + after)
    assert (refused.value.line, refused.value.column) == (before.count("\n") + 1, len(before) - before.rfind("\n")), fault


def test_a_killed_worker_costs_its_own_request_alone(engine):
    def kill_the_busiest():
        time.sleep(0.3)
        os.kill(max(children(engine.pool.zygote_pid), key=lambda pid: time.clock_gettime((~pid << 3) | 2)), signal.SIGKILL)

    outcome, _ = together([lambda: ask(engine, endless()), kill_the_busiest])
    assert isinstance(outcome, EngineFailureError)
    assert all(b"true" in ask(engine) for _ in range(20))


def test_a_killed_zygote_is_started_again(data):
    engine = PooledEngine.on_own_loop(Source.in_memory(data), Limits(workers=2, timeout_s=2, answer_bytes=2**20, worker_bytes=2**28))
    os.kill(engine.pool.zygote_pid, signal.SIGKILL)
    time.sleep(0.2)
    assert all(b"true" in ask(engine) for _ in range(6))
    engine.close()


def test_idle_workers_that_died_cost_no_request(engine):
    for pid in children(engine.pool.zygote_pid):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    assert all(b"true" in body for body in together([lambda: ask(engine)] * 8))


def test_fast_queries_pass_while_slow_ones_fill_their_lane(data):
    """Twelve clients that never stop; each of thirty honest queries is answered, and nobody waits for the slow ones."""
    engine = PooledEngine.on_own_loop(Source.in_memory(data), Limits(workers=4, timeout_s=8, answer_bytes=2**20, worker_bytes=2**28))

    def honest():
        time.sleep(0.3)
        return [ask(engine, client="192.0.2.99") for _ in range(30)]

    try:
        *outcomes, answered = together([lambda i=i: ask(engine, endless(), client=f"192.0.2.{i}") for i in range(12)] + [honest])
    finally:
        engine.close()
    assert all(b"true" in body for body in answered)
    assert {type(outcome) for outcome in outcomes} <= {QueryTimeoutError, OverloadedError} and any(isinstance(o, OverloadedError) for o in outcomes)


def test_a_client_has_one_slow_query_at_a_time_and_fast_ones_beside_it(engine):
    def second():
        time.sleep(0.3)
        return ask(engine, endless(), client="192.0.2.1")

    def fast():
        time.sleep(0.4)
        return [ask(engine, client="192.0.2.1") for _ in range(10)]

    first, refused, answered = together([lambda: ask(engine, endless(), client="192.0.2.1"), second, fast])
    assert isinstance(first, QueryTimeoutError) and isinstance(refused, TooManyError) and refused.retry_s >= 1
    assert len(answered) == 10


def test_a_text_that_timed_out_is_refused_for_a_while(engine):
    text = endless()
    with pytest.raises(QueryTimeoutError):
        ask(engine, text, timeout_s=1)
    start = time.monotonic()
    with pytest.raises(OverloadedError) as refused:
        ask(engine, text, timeout_s=1)
    assert time.monotonic() - start < 0.5 and 1 <= refused.value.retry_s <= 60
    with pytest.raises(QueryTimeoutError):
        ask(engine, text, timeout_s=1.5)  # a longer limit is another matter


def test_a_cancelled_query_leaves_its_worker(engine):
    async def leave():
        task = asyncio.create_task(engine.pool.answer(Query(endless()), FORMATS))
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return engine.pool.lanes.slow_runs

    assert asyncio.run_coroutine_threadsafe(leave(), engine._loop).result() == 0
    assert b"true" in ask(engine)


def test_no_process_and_no_descriptor_is_left_behind(data):
    time.sleep(0.5)  # the other engine of this module fills its places again
    before = len(os.listdir("/proc/self/fd"))
    engine = PooledEngine.on_own_loop(Source.in_memory(data), Limits(workers=2, timeout_s=1, answer_bytes=2**20, worker_bytes=2**28))
    for _ in range(5):
        with pytest.raises(QueryTimeoutError):
            ask(engine, endless(), timeout_s=0.1)
    deadline = time.monotonic() + 10
    while len(children(engine.pool.zygote_pid)) != 4 and time.monotonic() < deadline:
        time.sleep(0.02)  # a killed process takes a moment to be gone, its successor one to come
    left = len(children(engine.pool.zygote_pid))
    engine.close()
    assert left == 4, "two places, and two slow ones beside them"
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_that_cannot_be_read_is_said_at_once(tmp_path):
    with pytest.raises(UnreadableError):
        PooledEngine.on_own_loop(Source.in_memory(tmp_path / "absent.ttl"), Limits(workers=1, timeout_s=1, answer_bytes=1, worker_bytes=1))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("hidden", ['"""a "" b"""', "'''a '' b'''", '"a\\"b"', "<http://x/\\u0041>"])
def test_depth_after_a_literal_is_seen(hidden):
    """Before Python 3.11.5 possessive patterns lost their place after a quote inside a long string."""
    with pytest.raises(TooComplexError):
        screen(f"ASK {{ ?s ?p {hidden} . " + "{" * 200 + "}" * 200 + " }")
