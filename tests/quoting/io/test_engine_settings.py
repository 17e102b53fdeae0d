"""Settings read anew while prices stand, with a counterparty that has what it is told."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from quoting.domain.cell import Gesture
from quoting.domain.engine_settings import ChannelLink, EngineSettings
from quoting.domain.events import Touch
from quoting.domain.ladder import Level
from quoting.domain.replay import Replay
from quoting.domain.settings import ChannelSettings, DealMode, DealRules, PairSettings
from quoting.domain.words import Mode, Side
from quoting.io.decision_log import read_from
from quoting.wire import desk
from quoting.wire.fix import messages as fix
from tests.quoting.domain.desk import BID, CHANNEL, OTHER, PAIR, SIZE
from tests.quoting.io.engine_sides import (
    CELLS,
    LIVE_PAIR,
    OTHER_PAIR,
    Counterparty,
    DeskClient,
    Running,
    counterparty,
    desk_client,
    running,
    settings,
)
from tests.quoting.io.fix_sides import until

pytestmark = pytest.mark.asyncio
BOTH = settings(LIVE_PAIR, OTHER_PAIR)
ELSEWHERE, THEM_ELSEWHERE = "CHANNEL2", "THEM2"
ORDER = fix.NewOrderSingle(
    "d1", PAIR, fix.SELL, 1_700_000_000_000_000_000, "1000000", price="6.4688"
)


def levelled(*sizes: int) -> PairSettings:
    levels = tuple(Level(number, size * SIZE) for number, size in enumerate(sizes))
    return msgspec.structs.replace(LIVE_PAIR, levels=levels)


async def reload(engine: Running, client: DeskClient, made: EngineSettings) -> desk.Done:
    engine.reload_from(lambda: made)
    done = await client.do(desk.Reload(by="admin"))
    assert isinstance(done, desk.Done), done
    return done


async def start(engine: Running, *pairs: str) -> None:
    for pair in pairs:
        engine.tick(pair=pair)
        engine.engine.hear(msgspec.structs.replace(START, pair=pair))


START = Touch(PAIR, Gesture.START, by="mary")


async def check_replay(folder: Path) -> None:
    replay = Replay()
    assert list(replay.differences(each for _, each in read_from(folder / "quoting"))) == []
    assert replay.decisions > 10


async def test_a_pair_out_of_use_is_withdrawn_and_gone_and_may_come_back(tmp_path: Path) -> None:
    async with (
        running(tmp_path, BOTH) as engine,
        counterparty(engine.process.port) as them,
        desk_client(tmp_path / "engine.sock") as client,
    ):
        await start(engine, PAIR, OTHER)
        await until(lambda: len(them.held) == 2 * CELLS)
        client.watch(desk.TILES, PAIR)
        await until(lambda: PAIR in client.panels)
        them.send(ORDER)
        await until(lambda: engine.book.panels[PAIR].exposure.position.net == SIZE)
        done = await reload(engine, client, settings(OTHER_PAIR))
        # It was written by then.
        assert done.withdrawn == (desk.Withdrawn(CHANNEL, is_up=True, messages=1),)
        await until(lambda: {pair for pair, _, _ in them.held} == {OTHER})
        assert len(them.held) == CELLS
        await until(lambda: shown_pairs(client) == [OTHER])
        failed = await client.failed(desk.AskPanel(PAIR))
        assert failed.code == "unknown_pair"
        # Who asks for it now is refused, by a report of his own.
        them.send(ORDER._replace(order_id="d2"))
        await until(lambda: len(them.of(fix.ExecutionReport)) == 2)
        assert "unknown pair" in them.of(fix.ExecutionReport)[-1].text
        # It comes back stopped, with what it held, and its watchers are told all of it.
        seen = len(client.shown)
        await reload(engine, client, BOTH)
        await until(lambda: any(each.topic == PAIR for each in client.shown[seen:]))
        engine.tick()
        assert engine.book.panels[PAIR].exposure.position.net == SIZE
        await asyncio.sleep(0.02)
        assert {pair for pair, _, _ in them.held} == {OTHER}
        engine.engine.hear(START)
        await until(lambda: len(them.held) == 2 * CELLS)
    await check_replay(tmp_path)


def shown_pairs(client: DeskClient) -> list[str]:
    told = [each.data for each in client.shown if each.topic == desk.TILES]
    return [tile.pair for tile in msgspec.json.decode(told[-1], type=desk.Tiles).tiles]


async def test_what_a_pair_out_of_use_held_is_kept_with_every_deal(tmp_path: Path) -> None:
    async with (
        running(tmp_path, BOTH) as engine,
        counterparty(engine.process.port) as them,
        desk_client(tmp_path / "engine.sock") as client,
    ):
        await start(engine, PAIR, OTHER)
        await until(lambda: len(them.held) == 2 * CELLS)
        them.send(ORDER)
        await until(lambda: them.of(fix.ExecutionReport))
        await reload(engine, client, settings(OTHER_PAIR))
        await until(lambda: PAIR not in engine.book.panels)
        them.send(ORDER._replace(order_id="d2", pair=OTHER))
        await until(lambda: len(them.of(fix.ExecutionReport)) == 2)
    async with running(tmp_path, BOTH) as engine:
        held = {pair: panel.exposure.position.net for pair, panel in engine.book.panels.items()}
        assert held == {PAIR: SIZE, OTHER: SIZE}


async def test_a_ticket_of_a_pair_out_of_use_is_refused(tmp_path: Path) -> None:
    made = settings(msgspec.structs.replace(LIVE_PAIR, deals=DealRules(DealMode.MANUAL)))
    async with (
        running(tmp_path, made) as engine,
        counterparty(engine.process.port) as them,
        desk_client(tmp_path / "engine.sock") as client,
    ):
        await start(engine, PAIR)
        await until(lambda: len(them.held) == CELLS)
        them.send(ORDER)
        await until(lambda: engine.book.panels[PAIR].dealing.tickets)
        await reload(engine, client, settings(OTHER_PAIR))
        await until(lambda: them.of(fix.ExecutionReport))
        assert them.of(fix.ExecutionReport)[0].text == "out_of_use"
        assert not them.held


def with_two_channels(made: EngineSettings) -> EngineSettings:
    channels = (*made.book.channels, ChannelSettings(ELSEWHERE))
    links = (*made.links, ChannelLink(ELSEWHERE, THEM_ELSEWHERE))
    book = msgspec.structs.replace(made.book, channels=channels)
    return msgspec.structs.replace(made, book=book, links=links)


async def test_a_pair_on_another_channel_is_taken_from_the_first(tmp_path: Path) -> None:
    moved = settings(msgspec.structs.replace(LIVE_PAIR, channel=ELSEWHERE))
    async with (
        running(tmp_path, with_two_channels(settings())) as engine,
        counterparty(engine.process.port) as them,
        counterparty(engine.process.port, comp_id=THEM_ELSEWHERE) as others,
        desk_client(tmp_path / "engine.sock") as client,
    ):
        await start(engine, PAIR)
        await until(lambda: len(them.held) == CELLS)
        # On what is quoted to somebody else nobody deals.
        others.send(ORDER)
        await until(lambda: others.of(fix.ExecutionReport))
        assert "unknown pair" in others.of(fix.ExecutionReport)[0].text
        await reload(engine, client, with_two_channels(moved))
        await until(lambda: not them.held)
        await until(lambda: not engine.book.panels[PAIR].is_leaving)
        await start(engine, PAIR)
        await until(lambda: len(others.held) == CELLS)
        assert not them.held


@pytest.mark.parametrize("mode", list(Mode))
async def test_levels_follow_the_settings_in_both_modes(tmp_path: Path, mode: Mode) -> None:
    """A tier is removed, one resized, one added: the counterparty never has a ladder that is
    inverted, and what is new is stopped."""
    async with (
        running(tmp_path, settings(levelled(1, 1, 5, 10))) as engine,
        counterparty(engine.process.port) as them,
        desk_client(tmp_path / "engine.sock") as client,
    ):
        await start(engine, PAIR)
        await until(lambda: len(them.held) == CELLS)
        if mode is Mode.MANUAL:
            for level in range(4):
                engine.touch(Gesture.DOUBLE_CLICK, Side.BID, level)
                engine.engine.hear(Touch(PAIR, Gesture.ENTER, Side.BID, level, BID - level, "mary"))
        await until(lambda: bids(them) == standing(engine))
        await reload(engine, client, settings(levelled(1, 2, 5, 7)))
        made = settings(msgspec.structs.replace(levelled(1, 2, 5), levels=LEVELS_AFTER))
        await reload(engine, client, made)
        await until(lambda: bids(them) == standing(engine))
        assert {level: size for level, (_, size) in bids(them).items()} == {
            0: SIZE, 1: 2 * SIZE, 3: 7 * SIZE,
        }  # fmt: skip
        prices = [bids(them)[level][0] for level in (0, 1, 3)]
        assert prices == sorted(prices, reverse=True)
        rows = engine.book.panels[PAIR].rows.rows
        assert {row.bid.mode for row in rows} == {mode}
        client.watch(PAIR)
        await until(lambda: PAIR in client.panels)
        assert [fields["level"] for _, fields in client.panels[PAIR].cells[::2]] == [0, 1, 3, 4]
    await check_replay(tmp_path)


LEVELS_AFTER = (Level(0, SIZE), Level(1, 2 * SIZE), Level(3, 7 * SIZE), Level(4, 20 * SIZE))


def bids(them: Counterparty) -> dict[int, tuple[int, int]]:
    return {level: held for (_, side, level), held in them.held_ticks.items() if side is Side.BID}


def standing(engine: Running) -> dict[int, tuple[int, int]]:
    """What is to be in the market, and confirmed."""
    cells = engine.book.panels[PAIR].rows.all()
    return {
        cell.level: (cell.target, cell.size)
        for cell in cells
        if cell.side is Side.BID
        and cell.target is not None
        and cell.publication.confirmed == (cell.target, cell.size)
    }
