"""A source that runs, and what the book would hear of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace as changed
from typing import Any

from msgspec.structs import replace

from quoting.domain.events import Event, Tick
from quoting.domain.generated_market import BANK, CMDS, INSTRUMENTS, REUTERS, Quoted
from quoting.domain.source_settings import SourceKind, SourceSettings
from quoting.domain.sources import Steps
from quoting.io.rates import Ports, Rates, source_settings
from quoting.io.source_link import Source
from quoting.io.source_opening import opened

PAIRS = INSTRUMENTS[:2]
CNY, EUR = (each.pair for each in PAIRS)
PROVIDERS = {CMDS: "BCHO", REUTERS: "RTRS", BANK: "BANKA"}
M = 1_000_000
QUICK = {"pause_seconds": 0.01, "pause_seconds_max": 0.05}
# Whoever waits for silence waits a second; whoever does not want any gets a minute.
PATIENT = {"silent_seconds": 60}


class Heardings:
    """Events in their order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.events if type(each) is kind]

    def has(self, quoted: Quoted) -> bool:
        """Whether this price has come, to the tick."""
        return any(
            (tick.pair, tick.source, tick.provider, tick.bids, tick.asks)
            == (quoted.pair, quoted.source, quoted.provider, quoted.bids, quoted.asks)
            and abs(tick.source_ns - quoted.at_ns) < M
            for tick in self.of(Tick)
        )


def quoted(source: str, pair: str, bid: int, at_ns: int = 1_772_591_400_125_000_000) -> Quoted:
    """A price as the generator makes it: a bank's has two tiers, Reuters no sizes."""
    size = 0 if source == REUTERS else M
    bids: Steps = ((bid, size),)
    asks: Steps = ((bid + 5, size),)
    if source == BANK:
        bids, asks = (*bids, (bid - 1, 4 * M)), (*asks, (bid + 7, 4 * M))
    return Quoted(at_ns, pair, source, PROVIDERS[source], bids, asks, 2 * bid)


@asynccontextmanager
async def serving(ports: Ports | None = None) -> AsyncIterator[tuple[Rates, Ports]]:
    """The three servers, with two pairs, on free ports."""
    rates = Rates(PAIRS)
    found = await rates.start(ports or Ports(0, 0, 0))
    try:
        yield rates, found
    finally:
        await rates.stop()


def settings_of(source: str, ports: Ports, **changes: Any) -> SourceSettings:
    (found,) = [each for each in source_settings(ports, PAIRS) if each.name == source]
    return replace(found, **{**QUICK, **PATIENT, **changes})


@asynccontextmanager
async def running(settings: SourceSettings) -> AsyncIterator[tuple[Source, Heardings]]:
    heard = Heardings()
    source = opened(settings, heard)
    task = asyncio.create_task(source.run())
    try:
        yield source, heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def other_port(ports: Ports, source: str, port: int) -> Ports:
    names = {CMDS: "cmds", REUTERS: "reuters", BANK: "bank"}
    return changed(ports, **{names[source]: port})


def manual(**changes: Any) -> SourceSettings:
    settings = source_settings(Ports(), PAIRS)[0]
    return replace(settings, name="MANUAL", kind=SourceKind.MANUAL, **changes)
