"""Which counter sent an event and by which access system: told by what stands on the wire.

1. The PBU or database of the event, if a counter has it. It is part of the order itself, so it
   stays right behind a proxy, after a move to another host, and where the exchange's own software
   reads and writes the counter's database from an address of its own.
2. Else the narrowest address block that holds an end of the connection: the longest prefix, then
   one with a port before one without, then the client's end before the server's, which may serve
   several counters. An access system's block counts for the counter it belongs to.
3. Else the counter is unknown: not guessed from the account, which may be served by several.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from msgspec.structs import force_setattr

from riskgw.kernel.addresses import AddressBlock, address_block, client_host, ends_of
from riskgw.kernel.times import trading_day
from riskgw.kernel.words import EventKind
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem, ProblemKind

# Connections and their PBUs or databases; when there are more, all are told anew.
STAMPS_MAX = 65_536
# Unknown senders that are named on one trading day.
UNKNOWN_MAX = 10_000
_REQUESTS = (EventKind.ORDER, EventKind.CANCEL)


class Stamp(NamedTuple):
    """What events of one connection and one PBU or database carry."""

    counter: str | None
    access_system: str | None
    is_unknown: bool


class Marked(NamedTuple):
    """A block of addresses and whose it is; empty where it says nothing of that."""

    block: AddressBlock
    counter: str
    access_system: str


class Counters:
    """The tables of counters and access systems at work; what was told is remembered."""

    def __init__(self) -> None:
        self._origins: dict[str, str] = {}
        self._marked: list[Marked] = []
        self._has_counters = False
        self._stamps: dict[tuple[str, str], Stamp] = {}
        self._day: date | None = None
        self._unknown: set[tuple[str, str, str]] = set()

    def load(self, base: BaseData) -> None:
        """Which marks belong to whom from the next event on."""
        self._stamps.clear()
        self._origins = {
            mark: each.code
            for each in base.counters
            for mark in (*map(str.lower, each.databases), *each.pbus)
        }
        self._marked = sorted(_marked(base), key=_narrowest_first)
        self._has_counters = bool(base.counters)

    @property
    def is_empty(self) -> bool:
        return not self._has_counters and not self._marked

    def stamped(self, heard: list[Event | Problem]) -> list[Event | Problem]:
        """New events with counter and access system; an unknown sender of orders is a problem.

        They are written on as they are: their feed has just made them and nobody else holds them,
        and a copy would cost three times as much.
        """
        has_unknown = False
        for each in heard:
            if not isinstance(each, Event):
                continue
            stamp = self._stamps.get((each.conn, each.origin)) or self._told(each)
            counter, access_system, is_unknown = stamp
            if counter is not None:
                force_setattr(each, "counter", counter)
            if access_system is not None:
                force_setattr(each, "access_system", access_system)
            if is_unknown:
                force_setattr(each, "is_counter_unknown", is_unknown)
                has_unknown = True
        return list(self._with_unknown(heard)) if has_unknown else heard

    def _with_unknown(self, heard: list[Event | Problem]) -> Iterator[Event | Problem]:
        for each in heard:
            yield each
            if isinstance(each, Event) and each.is_counter_unknown and each.event in _REQUESTS:
                yield from self._named(each)

    def _told(self, event: Event) -> Stamp:
        if len(self._stamps) >= STAMPS_MAX:
            self._stamps.clear()
        fitting = self._fitting(event.conn)
        counter = self._origins.get(event.origin) or next(
            (each.counter for each in fitting if each.counter), None
        )
        access_system = next((each.access_system for each in fitting if each.access_system), None)
        is_unknown = counter is None and self._has_counters
        stamp = Stamp(counter, access_system, is_unknown)
        self._stamps[event.conn, event.origin] = stamp
        return stamp

    def _fitting(self, conn: str) -> list[Marked]:
        """Blocks that hold an end, the narrowest first; of equal ones the client's."""
        ends = ends_of(conn)
        found = [
            (_width(each), place, each)
            for place, end in enumerate(ends)
            for each in self._marked
            if each.block.holds(end)
        ]
        return [each for _, _, each in sorted(found, key=lambda one: one[:2])]

    def _named(self, event: Event) -> list[Problem]:
        """The unknown sender of a request, once a trading day whatever port it comes from."""
        day = trading_day(event.at_ns)
        if day != self._day:
            self._day = day
            self._unknown.clear()
        server = event.conn.partition(">")[2]
        sender = (client_host(event.conn), server, event.origin)
        if sender in self._unknown or len(self._unknown) > UNKNOWN_MAX:
            return []
        self._unknown.add(sender)
        if len(self._unknown) > UNKNOWN_MAX:
            detail = f"more than {UNKNOWN_MAX} unknown counters today: further ones are not named"
            return [Problem(ProblemKind.LIMIT, detail)]
        origin = f"PBU or database {event.origin or 'not stated'}"
        detail = f"no counter has {origin}, nor an address of {event.conn}"
        return [Problem(ProblemKind.UNKNOWN_COUNTER, detail)]


def _marked(base: BaseData) -> Iterator[Marked]:
    for counter in base.counters:
        for text in counter.addresses:
            yield Marked(address_block(text), counter.code, "")
    for system in base.access_systems:
        for text in system.addresses:
            yield Marked(address_block(text), system.counter, system.code)


def _width(marked: Marked) -> tuple[int, bool]:
    return -marked.block.prefix, not marked.block.port


def _narrowest_first(marked: Marked) -> tuple[tuple[int, bool], bool, Marked]:
    """Of the same block a counter's own row comes before that of an access system."""
    return _width(marked), bool(marked.access_system), marked
