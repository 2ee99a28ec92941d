"""Our hostile queries against the real server with a limit of one second; `make hostile` measures with the shipped one."""

import pytest

from hostile import ask, watching
from hostile_inputs import inputs
from servers import ACTIONS, serving

TIMEOUT_S = 1
GENEROUS_S = 4  # tests run on loaded machines; the exact limit is measured by `make hostile`


@pytest.fixture(scope="module")
def server(release):
    with serving("--release", release.folder, environment={"CPBM_TIMEOUT_S": str(TIMEOUT_S)}) as server:
        yield server


@pytest.fixture(scope="module")
def watch(server):
    with watching(server) as watch:
        yield watch


@pytest.mark.parametrize("hostile", inputs(), ids=lambda hostile: hostile.name)
def test_a_hostile_query_ends_as_it_should(server, watch, hostile):
    lasting = server.lasting_pids()
    outcome = ask(server, watch, hostile, TIMEOUT_S + GENEROUS_S)
    assert not outcome.faults, outcome.note
    assert server.query(ACTIONS)[2].split() == [b"n", b"39"]
    assert watch.calls == 0 and server.lasting_pids() == lasting
