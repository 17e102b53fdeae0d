"""The running command: with rows that do not fit, with a disk that takes nothing, over TLS."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import pytest

from quoting.desk_link import EngineLink, NotUnderstood
from quoting.domain.cell import Gesture
from quoting.domain.events import StopAll, Touch
from quoting.domain.replay import Replay
from quoting.domain.source_settings import SourceKind, SourcePair, SourceSettings, SourceTls
from quoting.io.decision_log import read_from
from quoting.io.fix_acceptor import Acceptor, Listening
from quoting.io.fix_acceptor import Counterparty as Party
from quoting.io.fix_initiator import Target
from quoting.io.fix_tls import client_context, server_context
from quoting.wire.desk import AskTiles, Tiles, Typed
from quoting.wire.fix.session import Settings
from quoting.wire.fix.store import MemoryStore
from tests import databases
from tests.clients.certificate import make_certificate
from tests.quoting.domain.desk import ASK, BID, PAIR
from tests.quoting.engine_command import ROOT, engine_command
from tests.quoting.io.engine_sides import CELLS, LIVE_PAIR, MANUAL, counterparty, settings
from tests.quoting.io.fix_sides import THEM, US, Noted, initiating, until

pytestmark = pytest.mark.asyncio
MINUTE_NS = 60_000_000_000
TYPED = settings(msgspec.structs.replace(LIVE_PAIR, choices={"OWN": ("OWN",)}))
_ROWS = "import django; django.setup(); from tests.quoting.rows import made_pair; made_pair()"


async def quote(link: EngineLink) -> None:
    await asyncio.to_thread(link.do, Typed(PAIR, BID, ASK, MINUTE_NS, "mary"))
    await asyncio.to_thread(link.do, Touch(PAIR, Gesture.START, by="mary"))


async def told(link: EngineLink) -> Tiles:
    return await asyncio.to_thread(link.ask, AskTiles(), Tiles)


def rows(home: Path) -> Path:
    """A pair in the database of this home, whose channel is not in use."""
    database = home / "riskgw.sqlite3"
    databases.copy_into(database)
    environment = {**os.environ, "RISKGW_HOME": str(home)}
    environment |= {"DJANGO_SETTINGS_MODULE": "riskgw.settings"}
    environment.pop("DATABASE_URL", None)
    subprocess.run([sys.executable, "-c", _ROWS], cwd=ROOT, env=environment, check=True)
    use_channel(database, is_enabled=False)
    return database


def use_channel(database: Path, *, is_enabled: bool) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE quoting_quotechannel SET is_enabled = ?", [is_enabled])


@pytest.mark.long
async def test_rows_that_do_not_fit_are_said_and_waited_for(tmp_path: Path) -> None:
    database = await asyncio.to_thread(rows, tmp_path)
    link = EngineLink(tmp_path / "engine.sock")
    async with engine_command(tmp_path) as engine:
        said = await engine.says("waits, and quotes nothing")
        assert "USD.CNY: channel CHANNEL1 is not in use" in said
        await until((tmp_path / "engine.sock").exists)
        with pytest.raises(NotUnderstood) as refused:
            await asyncio.to_thread(link.do, Touch(PAIR, Gesture.START))
        assert refused.value.args[0] == "not_started"
        assert "channel CHANNEL1 is not in use" in refused.value.args[1]
        use_channel(database, is_enabled=True)
        await engine.port()
        assert [tile.pair for tile in (await told(link)).tiles] == [PAIR]
        engine.process.terminate()
        assert await engine.process.wait() == 0


async def test_who_is_told_to_end_while_it_waits_ends(tmp_path: Path) -> None:
    (tmp_path / "riskgw.sqlite3").write_bytes(b"")
    async with engine_command(tmp_path) as engine:
        assert "no such table" in await engine.says("waits, and quotes nothing")
        await until((tmp_path / "engine.sock").exists)
        engine.process.terminate()
        assert await engine.process.wait() == 0
    assert not (tmp_path / "engine.sock").exists()


def give_room(pid: int, *, has_room: bool) -> None:
    """A file's size is limited as a full disk limits it: what is longer is not written."""
    most = resource.RLIM_INFINITY
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most if has_room else 1, most))


async def test_without_room_on_the_disk_quotes_are_withdrawn_and_none_is_published(
    tmp_path: Path,
) -> None:
    link = EngineLink(tmp_path / "engine.sock")
    async with engine_command(tmp_path, TYPED) as engine:
        port = await engine.port()
        store = MemoryStore()
        async with counterparty(port, store) as them:
            await quote(link)
            await until(lambda: len(them.held) == CELLS)
            give_room(engine.process.pid, has_room=False)
            # Whatever is decided next cannot be logged: this, or what a clock has said before.
            with suppress(NotUnderstood):
                await asyncio.to_thread(link.do, Touch(PAIR, Gesture.NUDGE, value=1, by="mary"))
            await until(lambda: not them.held)
            assert them.connection, "the session stands"
            tiles = await told(link)
            assert "File too large" in tiles.trouble
            assert set(tiles.tiles[0].states) == {"stopped"}
            assert tiles.sources == {"OWN": "down"}
            with pytest.raises(NotUnderstood, match="not_logged"):
                await asyncio.to_thread(link.do, Touch(PAIR, Gesture.START, by="mary"))
            done = await asyncio.to_thread(link.do, StopAll(by="mary"))
            assert [each.is_up for each in done.withdrawn] == [True]
            give_room(engine.process.pid, has_room=True)
            await quotes_again(link)
            assert not them.held, "nobody pressed START"
            await quote(link)
            await until(lambda: len(them.held) == CELLS)
            engine.process.terminate()
            assert await engine.process.wait() == 0
        assert not them.held
    replay = Replay()
    log = (each for _, each in read_from(tmp_path / "quoting"))
    assert list(replay.differences(log)) == []
    assert (replay.runs, replay.skipped) == (1, 0)


async def quotes_again(link: EngineLink) -> None:
    async with asyncio.timeout(30):
        tiles = await told(link)
        while tiles.trouble or tiles.sources != {"OWN": "up"}:
            await asyncio.sleep(0.05)
            tiles = await told(link)


async def test_channels_and_sources_over_tls(tmp_path: Path) -> None:
    ours, theirs = (make_certificate(tmp_path / f"{name}.pem") for name in ("ours", "theirs"))
    source = Noted()
    session = Settings("CMDS", "RISKGW", is_initiator=False)
    vendor = Acceptor(
        Listening(port=0, tls=server_context(theirs, ours)),
        {"RISKGW": Party(session, MemoryStore())},
        source,
    )
    remote = SourceSettings(
        "CMDSB",
        SourceKind.CMDS,
        (SourcePair(PAIR, 4),),
        port=await vendor.start(),
        tls=SourceTls(str(theirs), str(ours)),
    )
    made = msgspec.structs.replace(TYPED, sources=(MANUAL, remote))
    options = ("--certificate", ours, "--clients", theirs)
    async with engine_command(tmp_path, made, *options) as engine:
        port = await engine.port()
        await until(lambda: source.logons)
        await no_logon(port, ours)
        async with counterparty(port, tls=client_context(ours, theirs)) as them:
            await quote(EngineLink(tmp_path / "engine.sock"))
            await until(lambda: len(them.held) == CELLS)
    await vendor.stop()


async def no_logon(port: int, ours: Path) -> None:
    """Neither in the clear nor without a certificate of those who may connect."""
    for tls in (None, client_context(ours)):
        stranger = Noted()
        target = Target("127.0.0.1", port, tls, pause_seconds=0.02)
        session = Settings(THEM, US, is_initiator=True)
        async with initiating(stranger, target, session) as initiator:
            await until(lambda: initiator.failure or len(stranger.closed) > 1)  # noqa: B023  # of now
        assert not stranger.logons
