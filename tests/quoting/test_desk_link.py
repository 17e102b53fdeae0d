"""The web process's side of the engine's socket, against a running engine."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from quoting.desk_link import AWAY, DeskWatch, EngineAway, EngineLink, NotUnderstood
from quoting.domain.cell import Gesture
from quoting.domain.events import StopAll, Touch
from quoting.domain.panel_frame import Frame
from quoting.wire.desk import AskPanel, AskTiles, Tiles
from riskgw.web.origins import Shown
from tests.quoting.domain.desk import BID, PAIR
from tests.quoting.io.engine_sides import CELLS, Running, counterparty, running
from tests.quoting.io.fix_sides import until

pytestmark = pytest.mark.asyncio


class Screen:
    """What one topic has come to."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []
        self.now: Any = None

    def show(self, shown: Shown) -> None:
        self.shown.append(msgspec.json.decode(shown.json()))
        self.now = shown if self.now is None else shown.after(self.now)

    @property
    def panel(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.now.json())
        return found

    def states(self) -> list[str]:
        return [fields["state"] for _, fields in self.panel["cells"]]


def path_of(engine: Running) -> Path:
    return engine.process.place.socket


async def test_a_gesture_is_answered_once_it_is_written(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port) as them:
        engine.tick()
        link = EngineLink(path_of(engine))
        start = await asyncio.to_thread(link.do, Touch(PAIR, Gesture.START, by="mary"))
        assert start.refused == ()
        await until(lambda: len(them.held) == CELLS)
        done = await asyncio.to_thread(link.do, StopAll(by="mary"))
        assert [(each.channel, each.is_up, each.messages) for each in done.withdrawn] == [
            ("CHANNEL1", True, 1)
        ]
        await until(lambda: not them.held)


async def test_questions_are_answered_and_unknown_pairs_are_named(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        link = EngineLink(path_of(engine))
        tiles = await asyncio.to_thread(link.ask, AskTiles(), Tiles)
        assert [tile.pair for tile in tiles.tiles] == [PAIR]
        with pytest.raises(NotUnderstood, match="unknown_pair"):
            await asyncio.to_thread(link.ask, AskPanel("XXX.YYY"), Frame)


async def test_without_an_engine_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineAway):
        EngineLink(tmp_path / "engine.sock").do(StopAll())


async def test_a_panel_is_whole_at_first_and_changes_afterwards(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port):
        watch, screen = DeskWatch(path_of(engine)), Screen()
        watch.begin(f"quotes.{PAIR}", screen.show)
        await until(lambda: screen.shown)
        assert screen.shown[0]["whole"] == 1
        engine.tick()
        engine.touch(Gesture.START)
        await until(lambda: screen.states() == ["live"] * CELLS)
        before = len(screen.shown)
        engine.tick(BID + 1)
        await until(lambda: dict(screen.panel["cells"])[0]["price"] == BID + 1)
        assert all("whole" not in each for each in screen.shown[before:])
        await watch.close()


async def test_what_nobody_watches_any_more_is_not_told(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, counterparty(engine.process.port):
        watch, panel, tiles = DeskWatch(path_of(engine)), Screen(), Screen()
        watch.begin(f"quotes.{PAIR}", panel.show)
        watch.begin("quotes", tiles.show)
        await until(lambda: panel.shown and tiles.shown)
        watch.end(f"quotes.{PAIR}")
        count = len(panel.shown)
        engine.tick()
        engine.touch(Gesture.START)
        await until(lambda: len(tiles.shown) > 1)
        assert len(panel.shown) == count
        await watch.close()


async def test_an_engine_that_goes_is_told_and_one_that_comes_back_shows_all(
    tmp_path: Path,
) -> None:
    watch, panel, tiles = DeskWatch(tmp_path / "engine.sock"), Screen(), Screen()
    watch.begin(f"quotes.{PAIR}", panel.show)
    watch.begin("quotes", tiles.show)
    await until(lambda: panel.shown and tiles.shown)
    assert panel.shown[0]["head"] == AWAY
    assert tiles.shown[0] == AWAY
    async with running(tmp_path):
        await until(lambda: panel.shown[-1].get("whole"))
        assert "engine" not in panel.panel["head"]
    await until(lambda: panel.panel["head"].get("engine") == "away")
    await watch.close()
