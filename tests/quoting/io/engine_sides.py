"""A running engine as tests use it: its counterparty, and desks on its socket."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from quoting.domain.digits import Digits
from quoting.domain.engine_settings import ChannelLink, EngineSettings, Instrument
from quoting.domain.events import Tick, Touch
from quoting.domain.panel_frame import Frame, merged
from quoting.domain.settings import BookSettings, ChannelSettings, PairSettings
from quoting.domain.source_settings import SourceKind, SourcePair, SourceSettings
from quoting.domain.value_date import Convention
from quoting.domain.words import Side
from quoting.io.engine_run import EngineProcess, Place
from quoting.io.fix_acceptor import Listening
from quoting.io.fix_connection import FixConnection, Limits
from quoting.io.fix_initiator import Initiator, Target
from quoting.wire import desk
from quoting.wire.fix import messages as fix
from quoting.wire.fix.session import Settings
from quoting.wire.fix.steps import LoggedOn, Received, Step
from quoting.wire.fix.store import MemoryStore, Store
from tests.quoting.domain.desk import ASK, BID, CHANNEL, OTHER, PAIR, SIZE
from tests.quoting.domain.desk import SETTINGS as PAIR_SETTINGS
from tests.quoting.io.fix_sides import STRICT, THEM, US, until

CELLS = 8
DECIMALS = {PAIR: 4, OTHER: 4}
MANUAL = SourceSettings("OWN", SourceKind.MANUAL, (SourcePair(PAIR, 4), SourcePair(OTHER, 4)))
LIVE_PAIR = msgspec.structs.replace(
    PAIR_SETTINGS,
    choices={"CMDSB": ("CMDSB",), "OWN": ("OWN",)},
    ttls=msgspec.structs.replace(PAIR_SETTINGS.ttls, source_ns=0),
)


def settings(*pairs: PairSettings, **channel: Any) -> EngineSettings:
    """Of these pairs, on one channel; nothing becomes stale by itself."""
    pairs = pairs or (LIVE_PAIR,)
    return EngineSettings(
        BookSettings(pairs, (ChannelSettings(CHANNEL, **channel),)),
        tuple(
            Instrument(each.pair, Digits(4, 3), Convention(each.pair[:3], each.pair[4:]))
            for each in pairs
        ),
        (MANUAL,),
        (ChannelLink(CHANNEL, THEM),),
    )


OTHER_PAIR = msgspec.structs.replace(LIVE_PAIR, pair=OTHER)


class Counterparty:
    """What the channel has, by what it was told and nothing else; it answers if it may."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, Side, int], tuple[str, int]] = {}
        self.messages: list[fix.BusinessMessage] = []
        self.connection: FixConnection | None = None
        self.logons = 0
        # Types of messages that it answers, and with which status.
        self.answers = {fix.MassQuote: 0, fix.QuoteCancel: 0}

    def on_step(self, connection: FixConnection, step: Step) -> None:
        if isinstance(step, LoggedOn):
            self.connection = connection
            self.logons += 1
        elif isinstance(step, Received):
            self.messages.append(step.message)
            self._take(step.message)

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        self.connection = None

    def _take(self, message: fix.BusinessMessage) -> None:
        if isinstance(message, fix.QuoteCancel):
            pairs = [each.pair for each in message.pairs]
            is_all = message.kind == fix.CANCEL_ALL
            self.held = {
                key: each for key, each in self.held.items() if not is_all and key[0] not in pairs
            }
        elif isinstance(message, fix.MassQuote):
            for entry in message.sets[0].entries:
                self._put(entry, Side.BID, entry.bid, entry.bid_size)
                self._put(entry, Side.ASK, entry.offer, entry.offer_size)
        status = self.answers.get(type(message))
        if status is not None and isinstance(message, fix.MassQuote | fix.QuoteCancel):
            self.send(fix.MassQuoteAck(status, message.quote_id))

    def _put(self, entry: fix.QuoteEntry, side: Side, price: str | None, size: str | None) -> None:
        key = entry.pair, side, int(entry.entry_id)
        if size == "0":
            self.held.pop(key, None)
        elif price is not None and size is not None:
            self.held[key] = price, int(size)

    def send(self, message: fix.BusinessMessage) -> None:
        assert self.connection
        self.connection.send(message)

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.messages if isinstance(each, kind)]

    @property
    def held_ticks(self) -> dict[tuple[str, Side, int], tuple[int, int]]:
        return {
            key: (int(price.replace(".", "")), size) for key, (price, size) in self.held.items()
        }


class DeskClient:
    """A desk on the socket: what it asked, what it was told, what it sees."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0
        self.shown: list[desk.Shown] = []
        self.bytes = 0
        self.panels: dict[str, Frame] = {}
        self.failures: list[desk.Failed] = []
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while line := await self._reader.readline():
            answer = msgspec.json.decode(line, type=desk.Answers)
            if isinstance(answer, desk.Shown):
                self.bytes += len(line)
                self._see(answer)
            elif answer.reply in self._answers:
                self._answers.pop(answer.reply).set_result(answer)
            elif isinstance(answer, desk.Failed):
                self.failures.append(answer)

    def _see(self, shown: desk.Shown) -> None:
        self.shown.append(shown)
        if shown.topic != desk.TILES:
            frame = msgspec.json.decode(shown.data, type=Frame)
            before = self.panels.get(shown.topic)
            self.panels[shown.topic] = frame if before is None else merged(before, frame)

    def cell(self, index: int, pair: str = PAIR) -> dict[str, Any]:
        found = dict(self.panels[pair].cells)[index]
        assert isinstance(found, dict)
        return found

    def confirmed(self, pair: str = PAIR) -> dict[tuple[str, Side, int], tuple[int, int]]:
        """What its screen says that the channel has."""
        cells = [each for _, each in self.panels[pair].cells]
        return {
            (pair, Side(each["side"]), each["level"]): (each["published"], each["published_size"])
            for each in cells
            if each["state"] == "live"
        }

    def raw(self, data: bytes) -> None:
        self._writer.write(data)

    async def _asked(self, line: desk.Do | desk.Ask) -> Any:
        future = self._answers[line.id] = asyncio.get_running_loop().create_future()
        self.raw(msgspec.json.encode(line) + b"\n")
        return await future

    async def do(self, gesture: desk.Gestures) -> Any:
        self._number += 1
        return await self._asked(desk.Do(self._number, gesture))

    async def ask(self, question: desk.Questions, kind: type[Any]) -> Any:
        self._number += 1
        told = await self._asked(desk.Ask(self._number, question))
        assert isinstance(told, desk.Told), told
        return msgspec.json.decode(told.data, type=kind)

    async def failed(self, question: desk.Questions) -> desk.Failed:
        self._number += 1
        found = await self._asked(desk.Ask(self._number, question))
        assert isinstance(found, desk.Failed)
        return found

    def watch(self, *topics: str) -> None:
        self.raw(msgspec.json.encode(desk.Watch(topics)) + b"\n")

    async def close(self) -> None:
        self._writer.close()
        await self._reading


class Running:
    """An engine in this process, on loopback."""

    def __init__(self, process: EngineProcess) -> None:
        self.process = process
        self.engine = process.engine
        self.book = process.engine.book

    def tick(
        self, bid: int = BID, ask: int = ASK, pair: str = PAIR, provider: str = "BCHO"
    ) -> None:
        self.engine.hear(Tick(pair, "CMDSB", provider, ((bid, SIZE),), ((ask, SIZE),)))

    def touch(self, gesture: Any, side: Side | None = None, level: int | None = None) -> None:
        self.engine.hear(Touch(PAIR, gesture, side, level, by="mary"))

    def reload_from(self, source: Callable[[], EngineSettings]) -> None:
        self.process.desks.desk._load = source


@asynccontextmanager
async def running(
    folder: Path, made: EngineSettings | None = None, limits: Limits | None = None
) -> AsyncIterator[Running]:
    listening = Listening(port=0, limits=limits or Limits())
    place = Place(folder / "quoting", folder / "engine.sock", listening)
    process = EngineProcess(place, lambda: made or settings())
    started = asyncio.Event()
    task = asyncio.create_task(process.run(started.set))
    ready = asyncio.create_task(started.wait())
    await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
    try:
        if not task.done():
            yield Running(process)
    finally:
        ready.cancel()
        process.end()
        await task


@asynccontextmanager
async def counterparty(
    port: int,
    store: Store | None = None,
    pause_seconds: float = 0.02,
    tls: ssl.SSLContext | None = None,
    comp_id: str = THEM,
) -> AsyncIterator[Counterparty]:
    """Logged on, by our own initiator; again so long after its session was cut."""
    them = Counterparty()
    ours = Settings(comp_id, US, is_initiator=True)
    target = Target("127.0.0.1", port, tls, pause_seconds=pause_seconds)
    initiator = Initiator(target, ours, store or MemoryStore(), them, STRICT)
    task = asyncio.create_task(initiator.run())
    try:
        await until(lambda: them.connection)
        yield them
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def desk_client(path: Path) -> AsyncIterator[DeskClient]:
    reader, writer = await asyncio.open_unix_connection(path, limit=desk.LINE_BYTES_MAX)
    client = DeskClient(reader, writer)
    try:
        yield client
    finally:
        await client.close()
