"""Between the quote engine and the risk core: restrictions there, quotes, requests and deals back.

Neither waits for the other: without the queue server the desk quotes on under the restrictions it
knows, without an engine nobody is told anything.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from monitoring.actions.take_feed import Batch, take_feed
from monitoring.domain.restrictions import Requested, acts_of, stopping
from quoting.desk_link import EngineLink
from quoting.domain.counter_items import CounterItems, Item, Known, Place
from quoting.domain.effects import Decision
from quoting.domain.events import Halt, Release
from quoting.domain.words import Reason
from quoting.io.decision_log import START, Position, PositionGone, read_from
from quoting.wire.desk import AskTiles, Tile, Tiles
from riskgw.kernel.words import EventKind
from riskgw.messages.counter_feed import FeedKind
from riskgw.messages.restriction import Restriction
from riskgw.reference.models import Account

BATCH_MAX = 500
# So often the engine is asked where no restriction has changed.
LOOK_SECONDS = 0.5
BY = "risk core"
RELEASED = "the restriction was released"
_QUOTE = acts_of(EventKind.QUOTE, None, None)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """As what the desk is known to the risk core."""

    place: Place
    counter: str

    def requested(self) -> Requested:
        """What restrictions are compared with, but for the contract."""
        account = (
            Account.objects.filter(code=self.place.account, exchange__code=self.place.exchange)
            .select_related("group", "customer")
            .first()
        )
        return Requested(
            account=self.place.account,
            group=account.group.code if account and account.group else None,
            customer=account.customer.code if account and account.customer else None,
            counter=self.counter,
        )

    def contract(self, pair: str) -> str:
        return f"{self.place.exchange}:{pair}"


class RestrictionRelay:
    """Pairs that are restricted stop, and are let go once they are not; a trader starts them.

    A change of restrictions is followed at once; twice a second it looks at both sides all the
    same, so that nothing is lost where either begins anew.
    """

    def __init__(
        self, link: EngineLink, desk: Desk, in_force: Callable[[], tuple[Restriction, ...] | None]
    ) -> None:
        self._link = link
        self._desk = desk
        self._in_force = in_force
        self._settled: tuple[Restriction, ...] | None = None
        self._settled_at = 0.0

    def turn(self) -> None:
        """EngineAway where there is no engine."""
        restrictions = self._in_force()
        is_old = time.monotonic() - self._settled_at >= LOOK_SECONDS
        if restrictions is None or (restrictions is self._settled and not is_old):
            return
        requested = self._desk.requested() if restrictions else Requested()
        for tile in self._link.ask(AskTiles(), Tiles).tiles:
            asked = requested._replace(contract=self._desk.contract(tile.pair))
            self._settle(tile, stopping(restrictions, asked, _QUOTE))
        self._settled, self._settled_at = restrictions, time.monotonic()

    def _settle(self, tile: Tile, found: list[Restriction]) -> None:
        is_ours = tile.latch is not None and tile.latch.reason is Reason.RESTRICTED
        if found and tile.latch is None:
            self._link.do(Halt(tile.pair, by=found[0].created_by or found[0].rule or BY))
            _log.warning("%s stops: %s", tile.pair, found[0].reason)
        elif not found and is_ours:
            self._link.do(Release(tile.pair, BY, RELEASED))


class _Saved(msgspec.Struct):
    """Where the log was read to, and what was known by then."""

    position: Position = START
    known: Known = msgspec.field(default_factory=Known)


class QuoteFeed:
    """Follows the decision log and sends what the risk core is to hear of it, each item once.

    What was sent is saved afterwards: after a crash the same items come again, and are known.
    """

    def __init__(self, log: Path, desk: Desk) -> None:
        self._log = log
        self._desk = desk
        self._path = log / "relay.json"
        self._saved = self._read()

    def turn(self, decimals: Mapping[str, int], market_ns: int) -> int:
        """How many items were sent. Unreachable, GateFull: the next turn tries again."""
        known = msgspec.json.decode(msgspec.json.encode(self._saved.known), type=Known)
        items = CounterItems(self._desk.place, decimals, known)
        found: list[Item] = []
        position = self._saved.position
        for behind, decision in self._decisions():
            position = behind
            found += items.take(decision)
            if len(found) >= BATCH_MAX:
                break
        self._send(found, market_ns)
        if position != self._saved.position:
            self._saved = _Saved(position, known)
            self._write()
        return len(found)

    def _decisions(self) -> Iterator[tuple[Position, Decision]]:
        try:
            yield from read_from(self._log, self._saved.position)
        except PositionGone:
            _log.warning("decisions were removed before they were told")
            yield from read_from(self._log)

    def _send(self, items: list[Item], market_ns: int) -> None:
        """In their order: a run of one feed is a batch."""
        start = 0
        for end in range(1, len(items) + 1):
            if end == len(items) or items[end].feed != items[start].feed:
                run = [item.data for item in items[start:end]]
                feed = FeedKind(items[start].feed)
                counter = self._desk.counter
                taken = take_feed(Batch(feed, BY, counter, counter, run, market_ns))
                for error in taken.errors:
                    _log.warning("%s: not taken: %s", feed, error)
                start = end

    def _read(self) -> _Saved:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Saved)
        except FileNotFoundError:
            return _Saved()
        except msgspec.DecodeError as error:
            _log.warning("%s: %s; begun anew", self._path, error)
            return _Saved()

    def _write(self) -> None:
        part = self._path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(self._saved))
        part.rename(self._path)
