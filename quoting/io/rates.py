"""A made-up market served in three shapes at once, at its own pace, with the faults of a plan."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from quoting.domain.generated_market import (
    BANK,
    CMDS,
    INSTRUMENTS,
    REUTERS,
    GeneratedMarket,
    Instrument,
    Quoted,
)
from quoting.domain.generated_market_faults import Fault, FaultKind
from quoting.domain.source_settings import SourceKind, SourcePair, SourceSettings
from quoting.io.fix_acceptor import Listening
from quoting.io.rates_cmds import CmdsServer
from quoting.io.rates_streams import StreamServer
from quoting.wire.sources.bank_service import BankService, symbol
from quoting.wire.sources.reuters_service import ReutersService, ric
from riskgw.kernel.times import NS_PER_SECOND

HOST = "127.0.0.1"
BEAT_SECONDS = 1.0


@dataclass(frozen=True)
class Ports:
    """Where the three listen; 0 is any that is free."""

    cmds: int = 5202
    reuters: int = 5203
    bank: int = 5204


def source_settings(
    ports: Ports, instruments: Sequence[Instrument] = INSTRUMENTS
) -> tuple[SourceSettings, ...]:
    """The settings by which the three are heard."""
    decimals = [(each.pair, each.decimals) for each in instruments]
    plain = tuple(SourcePair(pair, digits) for pair, digits in decimals)
    rics = tuple(SourcePair(pair, digits, ric(pair)) for pair, digits in decimals)
    symbols = tuple(SourcePair(pair, digits, symbol(pair)) for pair, digits in decimals)
    return (
        SourceSettings(CMDS, SourceKind.CMDS, plain, HOST, ports.cmds),
        SourceSettings(REUTERS, SourceKind.REUTERS, rics, HOST, ports.reuters),
        SourceSettings(BANK, SourceKind.BANK, symbols, HOST, ports.bank),
    )


@dataclass
class Rates:
    """The servers, and what was quoted last. `faults` are in the order of their beginning."""

    instruments: Sequence[Instrument] = INSTRUMENTS
    faults: Sequence[Fault] = ()
    newest: dict[tuple[str, str, str], Quoted] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._servers: dict[str, CmdsServer | StreamServer] = {}
        self._silent: set[str] = set()

    async def start(self, ports: Ports) -> Ports:
        """Listen; the ports."""
        decimals = {each.pair: each.decimals for each in self.instruments}
        cmds = CmdsServer(Listening(HOST, ports.cmds), decimals, self._of(CMDS))
        reuters = StreamServer(
            HOST, ports.reuters, lambda: ReutersService(decimals, self._of(REUTERS))
        )
        bank = StreamServer(
            HOST, ports.bank, lambda: BankService(BANK, decimals, self._of(BANK))
        )  # fmt: skip
        self._servers = {CMDS: cmds, REUTERS: reuters, BANK: bank}
        return Ports(await cmds.start(), await reuters.start(), await bank.start())

    async def stop(self) -> None:
        for server in self._servers.values():
            await server.stop()

    def server(self, source: str) -> CmdsServer | StreamServer:
        return self._servers[source]

    def say(self, quoted: Quoted) -> None:
        self.newest[quoted.source, quoted.pair, quoted.provider] = quoted
        self._servers[quoted.source].say(quoted)

    async def play(self, market: GeneratedMarket, start_ns: int) -> None:
        """Until cancelled; its time began then."""
        beating = asyncio.create_task(self._beat(start_ns))
        try:
            await self._say_all(market.quotes(start_ns))
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating

    async def _say_all(self, quotes: Iterator[Quoted]) -> None:
        for quoted in quotes:
            wait_ns = quoted.at_ns - time.time_ns()
            # Also one who is late lets the servers have their turn.
            await asyncio.sleep(max(wait_ns, 0) / NS_PER_SECOND)
            self.say(quoted)

    async def _beat(self, start_ns: int) -> None:
        while True:
            self._silence(time.time_ns() - start_ns)
            for server in self._servers.values():
                server.beat()
            await asyncio.sleep(BEAT_SECONDS)

    def _silence(self, after_ns: int) -> None:
        """Sources fall silent and speak again as the gaps of the plan say."""
        now = {
            fault.provider
            for fault in self.faults
            if fault.kind is FaultKind.GAP and fault.from_ns <= after_ns < fault.to_ns
        }
        for name in now ^ self._silent:
            self._servers[name].silence(is_silent=name in now)
        self._silent = now

    def _of(self, source: str) -> "_Newest":
        return _Newest(self.newest, source)


@dataclass(frozen=True)
class _Newest:
    """The quotes of a pair by the providers of one source."""

    quotes: dict[tuple[str, str, str], Quoted]
    source: str

    def __call__(self, pair: str) -> Iterable[Quoted]:
        return [
            each
            for (source, of, _), each in self.quotes.items()
            if (source, of) == (self.source, pair)
        ]
