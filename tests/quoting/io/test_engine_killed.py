"""The engine as a process, with QuickFIX as its counterparty; killed with quotes live."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from quoting.domain.cell import Gesture
from quoting.domain.events import StopAll, Touch
from quoting.wire.desk import AskTiles, Tiles, Typed
from tests.quoting.domain.desk import ASK, BID, PAIR
from tests.quoting.io.engine_sides import LIVE_PAIR, DeskClient, desk_client, settings
from tests.quoting.io.fix_sides import until
from tests.quoting.io.quickfix_peer import IS_HERE, quickfix
from tests.running_system import free_port

pytestmark = [
    pytest.mark.long,
    pytest.mark.asyncio,
    pytest.mark.skipif(not IS_HERE, reason="QuickFIX or its dictionary is not installed"),
]
ROOT = Path(__file__).parent.parent.parent.parent
MINUTE_NS = 60_000_000_000


@asynccontextmanager
async def engine(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command, as `make run` starts it."""
    made = settings(msgspec.structs.replace(LIVE_PAIR, choices={"OWN": ("OWN",)}))
    (folder / "settings.json").write_bytes(msgspec.json.encode(made))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "manage.py", "run_quote_engine", "--settings-file",
        str(folder / "settings.json"), "--port", str(port),
        cwd=ROOT, env={"RISKGW_HOME": str(folder), "PATH": ""}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout
        assert b"quote engine" in await process.stdout.readline()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def quote(client: DeskClient) -> None:
    await client.do(Typed(PAIR, BID, ASK, MINUTE_NS, "mary"))
    await client.do(Touch(PAIR, Gesture.START, by="mary"))


async def states(client: DeskClient) -> dict[str, int]:
    tiles = await client.ask(AskTiles(), Tiles)
    return dict(tiles.tiles[0].states)


async def live(client: DeskClient) -> None:
    while await states(client) != {"live": 8}:  # noqa: ASYNC110  # what is waited for is no event
        await asyncio.sleep(0.01)


async def test_after_a_kill_nothing_stays_in_the_market_that_nobody_manages(
    tmp_path: Path,
) -> None:
    port = free_port()
    socket = tmp_path / "engine.sock"
    async with quickfix("initiator", port, tmp_path / "peer") as peer:
        async with engine(tmp_path, port) as process, desk_client(socket) as client:
            await peer.seen("logon")
            await quote(client)
            await live(client)
            process.kill()
            await process.wait()
        before = len(peer.messages("i", "Z"))
        assert before >= 2
        async with engine(tmp_path, port) as process:
            await until(lambda: len(peer.messages("i", "Z")) > before)
            first = peer.messages("i", "Z")[before]
            assert "\x01298=4\x01" in first
            async with desk_client(socket) as client:
                await quote(client)
                await live(client)
                await client.do(StopAll(by="mary"))
                await until(lambda: "\x01298=4\x01" in peer.messages("i", "Z")[-1])
            process.terminate()
            assert await process.wait() == 0
            await until(lambda: peer.messages("5", event="admin"))
        assert peer.messages("3", "j", event="admin") == []
