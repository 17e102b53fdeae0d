"""What stands around a quote engine that is measured: a source, counterparties, desks."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import psutil

from quoting.domain.digits import Digits
from quoting.domain.engine_settings import ChannelLink, EngineSettings, Instrument
from quoting.domain.settings import BookSettings, ChannelSettings, PairSettings, Ttls
from quoting.domain.source_settings import SourceKind, SourcePair, SourceSettings
from quoting.domain.value_date import Convention
from quoting.io.fix_acceptor import Acceptor, Counterparty, Listening
from quoting.io.fix_connection import FixConnection
from quoting.io.fix_initiator import Initiator, Target
from quoting.wire import desk
from quoting.wire.fix import messages as fix
from quoting.wire.fix.session import Settings
from quoting.wire.fix.steps import LoggedOn, Received, Step
from quoting.wire.fix.store import MemoryStore
from tests.benchmarks.children import ROOT, ChildFailed

PAIRS = tuple(f"A{chr(65 + number // 26)}{chr(65 + number % 26)}.CNY" for number in range(50))
CELLS, DECIMALS = 8, 4
HOST, SOURCE, CHANNEL, STALLED = "127.0.0.1", "CMDSB", "CHANNEL1", "CHANNEL2"
# Pairs on the channel that does not read.
STALLED_PAIRS = 5
READY_SECONDS_MAX = 60


def settings(source_port: int) -> EngineSettings:
    pairs = tuple(
        PairSettings(
            pair,
            STALLED if number >= len(PAIRS) - STALLED_PAIRS else CHANNEL,
            choices={SOURCE: (SOURCE,)},
            ttls=Ttls(source_ns=0),
        )
        for number, pair in enumerate(PAIRS)
    )
    names = (CHANNEL, STALLED)
    source = SourceSettings(
        SOURCE,
        SourceKind.CMDS,
        tuple(SourcePair(pair, DECIMALS) for pair in PAIRS),
        port=source_port,
        heartbeat_seconds=5,
        silent_seconds=30,
    )
    return EngineSettings(
        BookSettings(pairs, tuple(map(ChannelSettings, names))),
        tuple(Instrument(pair, Digits(DECIMALS, 3), Convention(pair[:3], "CNY")) for pair in PAIRS),
        (source,),
        tuple(ChannelLink(name, name) for name in names),
    )


class Feed:
    """A CMDS-like source; each price has a number that its bid tells."""

    def __init__(self) -> None:
        self.connection: FixConnection | None = None
        self.request = ""
        self.sent = 0

    def on_step(self, connection: FixConnection, step: Step) -> None:
        if isinstance(step, Received) and isinstance(step.message, fix.MarketDataRequest):
            self.connection = connection
            self.request = step.message.request_id

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        self.connection = None

    @property
    def waiting(self) -> int:
        return self.connection.waiting if self.connection else 0

    def tick(self, pair: str, bid: int) -> None:
        assert self.connection
        entries = (
            fix.SnapshotEntry(fix.BID, _price(bid), "1000000", provider="BCHO"),
            fix.SnapshotEntry(fix.OFFER, _price(bid + 13), "1000000", provider="BCHO"),
        )
        self.connection.send(fix.Snapshot(pair, self.request, entries))
        self.sent += 1


class Venue:
    """A counterparty: when what came, and nothing else; it confirms everything."""

    def __init__(self) -> None:
        self.connection: FixConnection | None = None
        self.reads = True
        self.quotes = 0
        self.bids: dict[str, tuple[str, int]] = {}
        self.cancelled_ns = 0
        self.cancels = 0
        self.news = asyncio.Event()

    def on_step(self, connection: FixConnection, step: Step) -> None:
        if isinstance(step, LoggedOn):
            self.connection = connection
            if not self.reads:
                assert connection._transport
                connection._transport.pause_reading()
        elif isinstance(step, Received):
            self._take(step.message, time.perf_counter_ns())

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        self.connection = None

    def _take(self, message: fix.BusinessMessage, now_ns: int) -> None:
        if isinstance(message, fix.MassQuote):
            self.quotes += 1
            best = message.sets[0].entries[0]
            if best.bid is not None:
                self.bids[best.pair] = best.bid, now_ns
            elif best.bid_size == "0":
                self.bids.pop(best.pair, None)
        elif isinstance(message, fix.QuoteCancel):
            self.cancelled_ns = now_ns
            self.cancels += 1
            self.bids.clear()
        else:
            return
        self.news.set()
        assert self.connection
        self.connection.send(fix.MassQuoteAck(0, message.quote_id))


class Street:
    """All of it, and the engine's process."""

    def __init__(self, feed: Feed, venue: Venue, process: psutil.Process, home: Path) -> None:
        self.feed = feed
        self.venue = venue
        self.process = process
        self.home = home

    async def do(self, *gestures: desk.Gestures) -> list[desk.Done]:
        """On a connection of their own, as the web process has it."""
        reader, writer = await asyncio.open_unix_connection(self.home / "engine.sock")
        answers = []
        for number, gesture in enumerate(gestures):
            writer.write(msgspec.json.encode(desk.Do(number, gesture)) + b"\n")
            answer = msgspec.json.decode(await reader.readline(), type=desk.Answers)
            assert isinstance(answer, desk.Done), answer
            answers.append(answer)
        writer.close()
        return answers

    async def quiet(self) -> None:
        """Until nothing has come for a while."""
        while True:
            quotes = self.venue.quotes
            await asyncio.sleep(0.3)
            if quotes == self.venue.quotes:
                return


@asynccontextmanager
async def street(home: Path) -> AsyncIterator[Street]:
    feed, venue, stalled = Feed(), Venue(), Venue()
    stalled.reads = False
    parties = {
        "RISKGW": Counterparty(_session("CMDS", "RISKGW", is_initiator=False), MemoryStore())
    }
    source = Acceptor(Listening(port=0), parties, feed)
    source_port = await source.start()
    (home / "settings.json").write_bytes(msgspec.json.encode(settings(source_port)))
    process, port = await _engine(home)
    venues = [_visiting(name, port, each) for name, each in ((CHANNEL, venue), (STALLED, stalled))]
    try:
        async with asyncio.timeout(READY_SECONDS_MAX):
            while not (feed.connection and venue.connection):  # noqa: ASYNC110  # no event of ours
                await asyncio.sleep(0.02)
        yield Street(feed, venue, psutil.Process(process.pid), home)
    finally:
        process.kill()
        await process.wait()
        for task in venues:
            task.cancel()
        await asyncio.wait(venues)
        await source.stop()


async def _engine(home: Path) -> tuple[asyncio.subprocess.Process, int]:
    with (home / "engine.err").open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "manage.py", "run_quote_engine", "--port", "0",
            "--settings-file", str(home / "settings.json"),
            cwd=ROOT, env={**os.environ, "RISKGW_HOME": str(home)},
            stdout=asyncio.subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    assert process.stdout
    line = await process.stdout.readline()
    if b"port" not in line:
        raise ChildFailed((home / "engine.err").read_text()[-500:])
    return process, int(line.split()[-1])


def _visiting(name: str, port: int, venue: Venue) -> "asyncio.Task[None]":
    session = _session(name, "RISKGW", is_initiator=True)
    target = Target(HOST, port, pause_seconds=0.2)
    return asyncio.create_task(Initiator(target, session, MemoryStore(), venue).run())


def _session(us: str, them: str, *, is_initiator: bool) -> Settings:
    return Settings(us, them, is_initiator=is_initiator, never_resent=fix.PRICES)


@contextmanager
def a_desk_that_reads_nothing(home: Path) -> Iterator[None]:
    """It watches everything, and is cut after a while."""
    with socket.socket(socket.AF_UNIX) as lazy:
        lazy.connect(str(home / "engine.sock"))
        lazy.send(msgspec.json.encode(desk.Watch((desk.TILES, *PAIRS))) + b"\n")
        yield


def _price(ticks: int) -> str:
    return f"{ticks // 10_000}.{ticks % 10_000:04}"
