"""Desks on the engine's socket: gestures, questions, and screens that show what the channel has."""

import asyncio
import socket
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from quoting.domain.cell import Gesture
from quoting.domain.engine_settings import ChannelLink, EngineSettings
from quoting.domain.events import StopAll, Touch
from quoting.domain.limits import Limit
from quoting.domain.panel_frame import Frame, changes
from quoting.domain.replay import Replay
from quoting.domain.settings import BookSettings, ChannelSettings
from quoting.domain.words import Side
from quoting.io.decision_log import read_from
from quoting.io.desk_server import SocketTaken
from quoting.io.engine_desk import SettingsRefused
from quoting.io.engine_run import EngineRuns
from quoting.wire import desk
from tests.quoting.domain.desk import CHANNEL, OTHER, PAIR
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
BEST_BID, BEST_ASK = 0, 1
CELL_BYTES_MAX = 16
SECOND = "CHANNEL2"


async def watching(engine: Running, client: DeskClient, them: Counterparty) -> None:
    """All eight prices stand, and the screen says so."""
    client.watch(PAIR)
    engine.tick()
    engine.touch(Gesture.START)
    await until(lambda: len(them.held) == CELLS)
    await until(lambda: PAIR in client.panels and client.confirmed() == them.held_ticks)


async def test_the_screen_shows_what_the_counterparty_has(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        await watching(engine, client, them)
        head = client.panels[PAIR].head
        assert (head["trade_type"], head["step"], head["source"]) == ("ESP", 1, "CMDSB")
        assert head["digits"]["decimals"] == 4
        assert len(head["value_date"]) == len("2026-03-06")
        engine.tick(64_690)
        await until(lambda: client.cell(BEST_BID)["published"] == 64_690)
        assert client.confirmed() == them.held_ticks


async def test_only_what_changed_is_sent_and_only_of_the_pair_that_is_watched(
    tmp_path: Path,
) -> None:
    made = settings(LIVE_PAIR, OTHER_PAIR)
    async with (
        running(tmp_path, made) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        await watching(engine, client, them)
        await asyncio.sleep(0.05)
        client.shown.clear()
        for _ in range(5):
            engine.tick()
            engine.tick(1_0800, 1_0802, pair=OTHER)
            await asyncio.sleep(0.01)
        assert [each for each in map(_cells, client.shown) if each] == []
        assert {each.topic for each in client.shown} <= {PAIR}
        engine.tick(64_690, 64_703)
        await until(lambda: client.cell(BEST_ASK)["published"] == 64_703)


def _cells(shown: desk.Shown) -> list[Any]:
    return list(msgspec.json.decode(shown.data, type=Frame).cells)


async def test_a_price_that_is_confirmed_by_the_time_it_is_shown_takes_few_bytes(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        await watching(engine, client, them)
        await asyncio.sleep(0.05)
        shows = engine.process.desks
        before = shows.desk.shot(PAIR)
        engine.tick(64_690, 64_703)
        await until(lambda: client.cell(BEST_BID)["published"] == 64_690)
        await until(lambda: client.confirmed() == them.held_ticks)
        frame = changes(before, shows.desk.shot(PAIR))
        assert frame
        assert [index for index, change in frame.cells if isinstance(change, int)] == [*range(8)]
        cells = msgspec.json.encode(frame.cells)
        assert len(cells) <= CELL_BYTES_MAX * CELLS


async def test_a_gesture_is_answered_by_what_became_of_it(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        await watching(engine, client, them)
        opened = await client.do(Touch(PAIR, Gesture.DOUBLE_CLICK, Side.BID, 1, by="mary"))
        assert [(each.level, each.price) for each in opened.opened] == [(1, 64_688)]
        refused = await client.do(Touch("XXX", Gesture.START, by="mary"))
        assert [each.reason for each in refused.refused] == ["unknown_pair"]
        stopped = await client.do(StopAll(by="mary"))
        assert stopped.withdrawn == (desk.Withdrawn(CHANNEL, is_up=True, messages=1),)
        assert 0 < stopped.took_ns < 60_000_000_000
        await until(lambda: not them.held)
        await until(lambda: client.confirmed() == {})


async def test_stop_says_where_it_could_not_be_written(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as engine,
        desk_client(engine.process.place.socket) as client,
    ):
        done = await client.do(StopAll(by="mary"))
        assert done.withdrawn == (desk.Withdrawn(CHANNEL, is_up=False, messages=0),)


async def test_what_time_alone_does_is_no_gesture_of_a_desk(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, desk_client(engine.process.place.socket) as client:
        failed = await client.do(Touch(PAIR, Gesture.PUBLISH_TTL, by="mary"))
        assert (failed.code, failed.detail) == ("not_a_gesture", "publish_ttl")


async def test_questions_are_answered(tmp_path: Path) -> None:
    made = settings(msgspec.structs.replace(LIVE_PAIR, limit=Limit(net_max=20_000_000)))
    async with (
        running(tmp_path, made) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        await watching(engine, client, them)
        tiles = await client.ask(desk.AskTiles(), desk.Tiles)
        assert tiles.tiles[0].states == {"live": CELLS}
        assert (tiles.channels, tiles.sources) == ({CHANNEL: "up"}, {"OWN": "up"})
        panel = await client.ask(desk.AskPanel(PAIR), Frame)
        assert (panel.whole, len(panel.cells)) == (1, CELLS)
        details = await client.ask(desk.AskDetails(PAIR), desk.Details)
        assert {each.name for each in details.providers} == {"BCHO"}
        for cell in details.cells:
            assert cell.market is not None
            assert cell.market + sum(cell.addends) == cell.price
        usage = await client.ask(desk.AskUsage(PAIR), list[desk.UsageLine])
        bid = desk.UsageLine("pair", "net_limit", Side.BID, 17_000_000, 20_000_000)  # type: ignore[arg-type]  # a word of Reason
        assert bid in usage
        failed = await client.failed(desk.AskDetails("XXX"))
        assert failed.code == "unknown_pair"


async def test_a_preview_shows_other_settings_and_changes_nothing(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        await watching(engine, client, them)
        before = await client.ask(desk.AskDetails(PAIR), desk.Details)
        wider = msgspec.structs.replace(
            LIVE_PAIR, spread=msgspec.structs.replace(LIVE_PAIR.spread, base=3)
        )
        preview = await client.ask(desk.AskPreview(PAIR, wider), desk.Preview)
        for cell in preview.cells:
            assert cell.before is not None
            assert cell.after is not None
            moved = cell.after - cell.before
            assert moved == (-3 if cell.side is Side.BID else 3)
        after = await client.ask(desk.AskDetails(PAIR), desk.Details)
        assert [each.price for each in after.cells] == [each.price for each in before.cells]


async def test_saved_settings_are_in_force_at_once(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        await watching(engine, client, them)
        wider = msgspec.structs.replace(
            LIVE_PAIR, spread=msgspec.structs.replace(LIVE_PAIR.spread, base=3)
        )
        engine.reload_from(lambda: settings(wider))
        done = await client.do(desk.Reload(by="mary"))
        assert done.refused == ()
        await until(lambda: them.held[PAIR, Side.BID, 0][0] == "6.4685")


async def test_pairs_and_channels_that_are_new_are_taken_up(tmp_path: Path) -> None:
    made = settings(LIVE_PAIR, msgspec.structs.replace(OTHER_PAIR, channel=SECOND))
    channels = (*made.book.channels, ChannelSettings(SECOND))
    made = msgspec.structs.replace(
        made,
        book=msgspec.structs.replace(made.book, channels=channels),
        links=(*made.links, ChannelLink(SECOND, SECOND)),
    )
    async with (
        running(tmp_path) as engine,
        desk_client(engine.process.place.socket) as client,
        counterparty(engine.process.port) as first,
    ):
        engine.reload_from(lambda: made)
        assert (await client.do(desk.Reload(by="mary"))).refused == ()
        assert first.logons == 1
        async with counterparty(engine.process.port, comp_id=SECOND) as them:
            engine.tick(pair=OTHER)
            assert (await client.do(Touch(OTHER, Gesture.START, by="mary"))).refused == ()
            await until(lambda: len(them.held) == CELLS)
            assert not first.held
    replay = Replay()
    log = (each for _, each in read_from(tmp_path / "quoting"))
    assert list(replay.differences(log)) == []


async def test_settings_that_nobody_could_be_told_of_change_nothing(tmp_path: Path) -> None:
    made = msgspec.structs.replace(settings(LIVE_PAIR, OTHER_PAIR), links=())
    async with running(tmp_path) as engine, desk_client(engine.process.place.socket) as client:
        engine.reload_from(lambda: made)
        failed = await client.do(desk.Reload(by="mary"))
        assert failed.code == "settings"
        assert OTHER not in engine.book.panels


async def test_a_dealer_types_a_price_of_his_own(tmp_path: Path) -> None:
    made = settings(msgspec.structs.replace(LIVE_PAIR, choices={"OWN": ("OWN",)}))
    async with (
        running(tmp_path, made) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        engine.touch(Gesture.START)
        await client.do(desk.Typed(PAIR, 64_000, 64_010, 60_000_000_000, "mary"))
        await until(lambda: them.held.get((PAIR, Side.BID, 0), ("",))[0] == "6.4000")
        await client.do(desk.Typed(PAIR, None, None, 0, "mary"))
        await until(lambda: not them.held)
        failed = await client.do(desk.Typed(PAIR, None, None, 0, "mary"))
        assert failed.code == "not_typed"


async def test_what_cannot_be_understood_is_answered_and_the_connection_stands(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as engine, desk_client(engine.process.place.socket) as client:
        client.raw(b'{"type":"Do","id":7,"gesture":{"type":"Sing"}}\n{\n\n')
        await until(lambda: len(client.failures) == 2)
        assert [each.reply for each in client.failures] == [7, 0]
        client.watch("XXX", PAIR)
        await until(lambda: PAIR in client.panels)
        assert client.failures[-1].code == "unknown_pair"


async def test_stop_overtakes_what_came_with_it_and_still_has_the_last_word(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        await watching(engine, client, them)
        start = msgspec.json.encode(desk.Do(1, Touch(PAIR, Gesture.START, by="mary")))
        stop = msgspec.json.encode(desk.Do(2, StopAll(by="mary")))
        client.raw(start + b"\n" + stop + b"\n")
        await until(lambda: not them.held)
        await until(lambda: client.confirmed() == {})
        cells = engine.book.panels[PAIR].cells.values()
        assert {cell.target for cell in cells} == {None}


async def test_a_desk_that_reads_nothing_holds_one_slot_a_topic_and_is_cut(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path) as engine,
        counterparty(engine.process.port) as them,
        desk_client(engine.process.place.socket) as client,
    ):
        await watching(engine, client, them)
        desks = engine.process.desks
        desks.stall_seconds = 0.2
        known = set(desks.connections)
        with socket.socket(socket.AF_UNIX) as lazy:
            lazy.connect(str(desks.path))
            lazy.send(msgspec.json.encode(desk.Watch((PAIR,))) + b"\n")
            await until(lambda: len(desks.connections) == 2)
            (stalled,) = desks.connections - known
            await until(lambda: stalled.topics)
            step = 0
            while not stalled.waits:
                step += 1
                desks.shows.show(PAIR, Frame({"position": step}))
            for step in range(1_000):
                desks.shows.show(PAIR, Frame({"position": step}))
            assert stalled.waits == 1
            await client.do(StopAll(by="mary"))
            await until(lambda: not them.held)
            await until(lambda: stalled not in desks.connections)


async def test_the_socket_is_the_owners_alone_and_goes_with_the_engine(tmp_path: Path) -> None:
    async with running(tmp_path) as engine:
        path = engine.process.place.socket
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(EngineRuns):
            async with running(tmp_path):
                pass
    assert not path.exists()


async def test_what_a_killed_engine_left_is_removed_and_a_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    async with running(tmp_path) as engine, desk_client(engine.process.place.socket) as client:
        assert await client.ask(desk.AskTiles(), desk.Tiles)
    path.write_text("mine")
    with pytest.raises(SocketTaken):
        async with running(tmp_path):
            pass
    assert path.read_text() == "mine"


async def test_an_engine_without_pairs_stands(tmp_path: Path) -> None:
    made = msgspec.structs.replace(settings(), book=BookSettings(), links=(), sources=())
    async with (
        running(tmp_path, made) as engine,
        desk_client(engine.process.place.socket) as client,
    ):
        assert (await client.do(StopAll(by="mary"))).withdrawn == ()


async def test_settings_that_cannot_be_had_leave_those_in_force(tmp_path: Path) -> None:
    def fails() -> EngineSettings:
        raise SettingsRefused("the database is away")

    def is_faulty() -> EngineSettings:
        raise KeyError("a fault of whoever reads rows")

    async with running(tmp_path) as engine, desk_client(engine.process.place.socket) as client:
        for source, text in ((fails, "the database is away"), (is_faulty, "a fault of")):
            engine.reload_from(source)
            failed = await client.do(desk.Reload(by="mary"))
            assert failed.code == "settings"
            assert text in failed.detail
        assert engine.book.panels[PAIR].settings == LIVE_PAIR
