"""What waits for the decision log, and what does not, while the disk stalls."""

import asyncio
from pathlib import Path
from threading import Event

import pytest

from quoting.domain.cell import Gesture
from quoting.domain.events import StopAll
from quoting.io.decision_log import DecisionLog, Lines
from tests.quoting.io.engine_sides import CELLS, Running, counterparty, running
from tests.quoting.io.fix_sides import until
from tests.quoting.io.test_engine import BEST_BID, quoting

pytestmark = pytest.mark.asyncio
A_WHILE = 0.05


class StallingLog:
    """A log on a disk that takes nothing until it is told to."""

    def __init__(self, log: DecisionLog) -> None:
        self._log = log
        self.goes_on = Event()

    def write(self, lines: Lines) -> None:
        assert self.goes_on.wait(60)
        self._log.write(lines)


def stalling(engine: Running) -> StallingLog:
    log = StallingLog(engine.engine.log)
    engine.engine._writer._log = log  # type: ignore[assignment]  # writes like one
    return log


async def test_a_price_waits_for_the_log(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        assert await engine.engine.is_logged(5)
        log = stalling(engine)
        engine.tick(64_690)
        await asyncio.sleep(A_WHILE)
        assert them.held[BEST_BID][0] == "6.4688"
        log.goes_on.set()
        await until(lambda: them.held[BEST_BID][0] == "6.4690")


async def test_a_withdrawal_waits_for_nothing_and_no_price_follows_it(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        assert await engine.engine.is_logged(5)
        log = stalling(engine)
        engine.tick(64_690)
        await asyncio.sleep(A_WHILE)
        engine.tick(64_692)
        engine.engine.hear(StopAll())
        await until(lambda: not them.held)
        assert not log.goes_on.is_set()
        log.goes_on.set()
        assert await engine.engine.is_logged(5)
        await asyncio.sleep(A_WHILE)
        assert not them.held


async def test_a_disk_that_stalls_for_long_has_everything_withdrawn(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        await quoting(engine, them)
        assert await engine.engine.is_logged(5)
        log = stalling(engine)
        engine.engine._writer.stall_seconds = A_WHILE
        engine.tick(64_690)
        await until(lambda: not them.held)
        assert "has taken nothing" in engine.engine.trouble
        log.goes_on.set()
        await until(lambda: not engine.engine.trouble)
        engine.tick(64_690)
        engine.touch(Gesture.START)
        await until(lambda: len(them.held) == CELLS)
