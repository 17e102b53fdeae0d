"""One end of a FIX session that is measured: `fix_peers ours|quickfix send|take PORT FOLDER`.

Who sends goes as fast as it can, then 1,000 a second; who takes reads the time of sending in the
QuoteID. Messages are kept in memory by both engines; only ours reads all fields of what it takes.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quoting.io.fix_acceptor import Acceptor, Counterparty, Listening
from quoting.io.fix_connection import FixConnection
from quoting.io.fix_initiator import Initiator, Target
from quoting.wire.fix.messages import MassQuote, QuoteEntry, QuoteSet
from quoting.wire.fix.session import Settings
from quoting.wire.fix.steps import LoggedOn, Received, Step
from quoting.wire.fix.store import MemoryStore

US, THEM, HOST = "RISKGW", "CHANNEL1", "127.0.0.1"
FAST, PACED, LEVELS = 5_000, 2_000, 4
PACE_NS = 1_000_000
TOGETHER = 100
PAIR, BID, OFFER, DATE = "USD.CNY", "6.4688", "6.4701", "20260306"
QUICKFIX_SETTINGS = """
[DEFAULT]
ConnectionType={role}
BeginString=FIX.4.4
SenderCompID={sender}
TargetCompID={target}
StartTime=00:00:00
EndTime=00:00:00
HeartBtInt=30
ReconnectInterval=1
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
SocketAcceptPort={port}
SocketReuseAddress=Y
SocketNodelay=Y
UseDataDictionary=Y
DataDictionary={dictionary}
[SESSION]
"""


class Taken:
    """When messages were sent, and when they came."""

    def __init__(self) -> None:
        self._seen: list[tuple[int, int]] = []

    def take(self, quote_id: str) -> bool:
        """Whether it was the last."""
        self._seen.append((int(quote_id), time.time_ns()))
        return len(self._seen) == FAST + PACED

    def json(self) -> str:
        fast, paced = self._seen[:FAST], self._seen[FAST:]
        seconds = (fast[-1][1] - fast[0][0]) / 1e9
        ways = sorted((came - sent) / 1000 for sent, came in paced)
        figures = {
            "rate": FAST / seconds,
            "p50": ways[len(ways) // 2],
            "p99": ways[len(ways) * 99 // 100],
        }
        return json.dumps(figures)


class Ours:
    """Our listener: sends when it is logged on, or notes what comes."""

    def __init__(self, *, sends: bool) -> None:
        self._sends = sends
        self._taken = Taken()
        self._work: asyncio.Task[None] | None = None
        self.done = asyncio.Event()

    def on_step(self, connection: FixConnection, step: Step) -> None:
        if isinstance(step, LoggedOn) and self._sends:
            self._work = asyncio.create_task(self._send(connection))
        message = step.message if isinstance(step, Received) else None
        if isinstance(message, MassQuote) and self._taken.take(message.quote_id):
            print(self._taken.json(), flush=True)  # noqa: T201  # read by the parent
            self.done.set()

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        self.done.set()

    async def _send(self, connection: FixConnection) -> None:
        for number in range(FAST):
            connection.send(our_quote(time.time_ns()))
            if number % TOGETHER == 0:
                await asyncio.sleep(0)
            while connection.waiting:  # noqa: ASYNC110  # until the peer has read on
                await asyncio.sleep(0.0005)
        await asyncio.sleep(1)
        began = time.monotonic_ns()
        for number in range(PACED):
            wait_ns = began + number * PACE_NS - time.monotonic_ns()
            await asyncio.sleep(max(wait_ns, 0) / 1e9)
            connection.send(our_quote(time.time_ns()))


def our_quote(at_ns: int) -> MassQuote:
    """Four levels of a pair, both sides, as the profile has them."""
    entries = tuple(
        QuoteEntry(str(level), PAIR, BID, OFFER, "1000000", "1000000", at_ns, int(DATE))
        for level in range(LEVELS)
    )
    return MassQuote(str(at_ns), 2, (QuoteSet(PAIR, LEVELS, entries),))


async def ours(what: str, port: int) -> None:
    listener = Ours(sends=what == "send")
    if what == "take":
        settings = Settings(US, THEM, is_initiator=False)
        parties = {THEM: Counterparty(settings, MemoryStore())}
        await Acceptor(Listening(port=port), parties, listener).start()
        await listener.done.wait()
        return
    settings = Settings(THEM, US, is_initiator=True)
    initiator = Initiator(Target(HOST, port, pause_seconds=0.1), settings, MemoryStore(), listener)
    await initiator.run()


def quickfix_quote(at_ns: int) -> Any:
    """The same message, put together with QuickFIX's classes."""
    import quickfix as fix  # noqa: PLC0415  # only where its wheel is
    import quickfix44 as fix44  # noqa: PLC0415  # likewise

    at = fix.StringField(60, fix_time(at_ns))
    quote_set = fix44.MassQuote.NoQuoteSets()
    quote_set.setField(fix.StringField(302, PAIR))
    quote_set.setField(fix.StringField(304, str(LEVELS)))
    for level in range(LEVELS):
        entry = fix44.MassQuote.NoQuoteSets.NoQuoteEntries()
        values = ((299, str(level)), (55, PAIR), (132, BID), (133, OFFER), (134, "1000000"))
        for tag, value in (*values, (135, "1000000"), (64, DATE)):
            entry.setField(fix.StringField(tag, value))
        entry.setField(at)
        quote_set.addGroup(entry)
    message = fix44.MassQuote()
    message.setField(fix.StringField(117, str(at_ns)))
    message.setField(fix.StringField(301, "2"))
    message.addGroup(quote_set)
    return message


def quickfix_values(message: Any) -> list[list[str]]:
    """The fields of every entry as Python values, as ours has them anyway."""
    import quickfix44 as fix44  # noqa: PLC0415  # only where its wheel is

    quote_set = fix44.MassQuote.NoQuoteSets()
    entry = fix44.MassQuote.NoQuoteSets.NoQuoteEntries()
    message.getGroup(1, quote_set)
    values = []
    for level in range(LEVELS):
        quote_set.getGroup(level + 1, entry)
        values.append([entry.getField(tag) for tag in (299, 55, 132, 133, 134, 135, 60, 64)])
    return values


def fix_time(at_ns: int) -> str:
    seconds, rest = divmod(at_ns, 1_000_000_000)
    return f"{time.strftime('%Y%m%d-%H:%M:%S', time.gmtime(seconds))}.{rest // 1_000_000:03d}"


def quickfix(what: str, port: int, folder: Path) -> None:
    import quickfix as fix  # noqa: PLC0415  # only where its wheel is

    from tests.quoting.io.quickfix_peer import DICTIONARY  # noqa: PLC0415  # likewise

    sends = what == "send"
    names = (THEM, US) if sends else (US, THEM)
    settings_file = folder / f"{what}.settings"
    settings_file.write_text(
        QUICKFIX_SETTINGS.format(
            role="initiator" if sends else "acceptor",
            sender=names[0], target=names[1], port=port, dictionary=DICTIONARY,
        )
    )  # fmt: skip
    settings = fix.SessionSettings(str(settings_file))
    application = _application(fix)
    kind = fix.SocketInitiator if sends else fix.SocketAcceptor
    engine = kind(application, fix.MemoryStoreFactory(), settings)
    engine.start()
    if sends:
        while not application.is_logged_on:
            time.sleep(0.01)
        _send_all(lambda: fix.Session.sendToTarget(quickfix_quote(time.time_ns()), application.id))
        time.sleep(60)  # the parent ends it
    while not application.is_done:
        time.sleep(0.05)


def _application(fix: Any) -> Any:
    """Of QuickFIX: notes what comes."""

    class Application(fix.Application):  # type: ignore[misc]  # without types
        def __init__(self) -> None:
            super().__init__()
            self.is_logged_on = self.is_done = False
            self.id: Any = None
            self._taken = Taken()

        def onCreate(self, session: Any) -> None:  # noqa: N802  # the name is QuickFIX's
            self.id = session

        def onLogon(self, session: Any) -> None:  # noqa: N802  # likewise
            self.is_logged_on = True

        def onLogout(self, session: Any) -> None:  # noqa: N802  # likewise
            pass

        def toAdmin(self, message: Any, session: Any) -> None:  # noqa: N802  # likewise
            pass

        def toApp(self, message: Any, session: Any) -> None:  # noqa: N802  # likewise
            pass

        def fromAdmin(self, message: Any, session: Any) -> None:  # noqa: N802  # likewise
            pass

        def fromApp(self, message: Any, session: Any) -> None:  # noqa: N802  # likewise
            if self._taken.take(message.getField(117)):
                print(self._taken.json(), flush=True)  # noqa: T201  # read by the parent
                self.is_done = True

    return Application()


def _send_all(send: Callable[[], object]) -> None:
    for _ in range(FAST):
        send()
    time.sleep(1)
    began = time.monotonic_ns()
    for number in range(PACED):
        wait_ns = began + number * PACE_NS - time.monotonic_ns()
        time.sleep(max(wait_ns, 0) / 1e9)
        send()


def main(engine: str, what: str, port: str, folder: str) -> None:
    if engine == "ours":
        asyncio.run(ours(what, int(port)))
    else:
        quickfix(what, int(port), Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
