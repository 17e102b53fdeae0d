"""Every server process follows the shards, so that an order is checked without asking anybody.

It begins with the shards' snapshots and goes on with what they read themselves: `orders.<s>` is
kept until a snapshot covers it, so nothing is missing; `results.<s>` are not kept so long, and
hold no market, no positions and no reference data.
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from redis.exceptions import ResponseError

from monitoring.domain.live_view import AccountView
from monitoring.domain.order_check import Checked, Verdict, fault
from monitoring.domain.replica import ReplicaShard
from monitoring.domain.restrictions import is_over
from monitoring.domain.snapshots import SHARD
from monitoring.in_force import InForce, Listener
from riskgw.bus.connection import Client, Unreachable, connect
from riskgw.bus.garbage import Rest, set_aside
from riskgw.bus.snapshots import Snapshots
from riskgw.bus.streams import FIELD, START, is_behind
from riskgw.kernel.times import NS_PER_SECOND, trading_day
from riskgw.messages.base_data import BaseData
from riskgw.messages.restriction import Restriction
from riskgw.shards.entries import unpacked
from riskgw.shards.partition import shard_of

# A replica that was last level with its streams longer ago lets no order pass.
AGE_SECONDS_MAX = 2.0
# Where the market's time is the clock's: state may be that much older than now.
MARKET_AGE_SECONDS_MAX = 5.0
BLOCK_MS = 150
READ_ENTRIES_MAX = 64
_LOOK_SECONDS = 1.0
_RETRY_SECONDS = 0.5
# So long a turn lasts when others wait: to change hands more often would cost more than it helps.
_TURN_SECONDS = 0.002
# To ask for each entry by itself would cost as much as to take it in.
_PACE_SECONDS = 0.02

Piece = TypeVar("Piece")
_log = logging.getLogger(__name__)


class Lost(Exception):
    """Entries that were still to be read are gone."""


class Turns:
    """A lock that nobody takes again while somebody waits for it: whoever waits holds the way in.

    Of a plain one, a thread that lets go and takes again leaves others waiting for ever.
    """

    def __init__(self) -> None:
        self._way_in, self._held = threading.Lock(), threading.Lock()

    @property
    def is_taken(self) -> bool:
        return self._held.locked()

    @property
    def is_awaited(self) -> bool:
        return self._way_in.locked()

    def __enter__(self) -> None:
        with self._way_in:
            self._held.acquire()

    def __exit__(self, *exception: object) -> None:
        self._held.release()


class Replica:
    """All shards of the core as one process knows them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shards = [ReplicaShard() for _ in range(settings.RISKGW_SHARDS)]
        self._groups: dict[tuple[str, str], str] = {}
        self._level_at: float | None = None
        self._lock = Turns()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.in_force = InForce()

    def start(self) -> None:
        """Begin to follow; a second call does nothing."""
        if self._threads:
            return
        self._stopping.clear()
        listener = Listener(self.in_force)
        listener.is_stopping = self._stopping
        self._threads = [threading.Thread(target=self._run, name="replica", daemon=True), listener]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._threads = []
        self._level_at = None

    @property
    def as_of_ns(self) -> int:
        """The newest event of any shard; 0 before the first."""
        return max(shard.as_of_ns for shard in self._shards)

    @property
    def is_busy(self) -> bool:
        """Whether a check would have to wait just now."""
        return self._lock.is_taken

    @property
    def pending(self) -> tuple[str, str] | None:
        """Why what is known here may not be how things stand; None where it is."""
        level_at = self._level_at
        if level_at is None or not all(shard.is_fed for shard in self._shards):
            return "replica_not_fed", "this server has not heard of the market yet"
        if time.monotonic() - level_at > AGE_SECONDS_MAX:
            return "replica_too_old", "this server has not kept up with the market"
        return None

    def look(self, exchange: str, account: str) -> AccountView:
        """What an account holds and lets stand; others come in between two pieces of the way."""
        place = {"exchange": exchange, "account": account}
        while True:
            with self._lock:
                view = self._shard(place).look(exchange, account)
            if view is not None:
                return view

    @property
    def standing(self) -> list[Restriction] | None:
        """The restrictions in force; None where nobody knows."""
        restrictions = self.in_force.current()
        return None if restrictions is None else self._standing(restrictions)

    def check(
        self, orders: Sequence[Mapping[str, Any]], counters: frozenset[str] | None = None
    ) -> list[Checked]:
        """A verdict on each order by itself; nothing of them stays."""
        refusal = self._refusal()
        restrictions = self.in_force.current()
        if refusal is None and restrictions is None:
            refusal = "restrictions_unknown", "the restrictions in force are not known"
        if refusal is not None or restrictions is None:
            return [self._refused(order, *(refusal or ("", ""))) for order in orders]
        standing = self._standing(restrictions)
        checked: list[Checked] = []
        while len(checked) < len(orders):
            with self._lock:
                # Not all at once: a batch holds up nobody else's single order for long.
                checked += (
                    self._shard(order).check(order, standing, counters)
                    for order in _for_a_while(orders, len(checked))
                )
        return checked

    def _refused(self, order: Mapping[str, Any], code: str, message: str) -> Checked:
        """Nothing is known: only cancels pass."""
        ref = str(order.get("order_ref") or "")
        if order.get("cancel_of"):
            return Checked(ref, Verdict.ALLOW, [], self.as_of_ns)
        return Checked(ref, Verdict.DENY, [fault(code, message)], self.as_of_ns)

    def _refusal(self) -> tuple[str, str] | None:
        """Why nothing can be checked now."""
        if pending := self.pending:
            return pending
        late_ns = time.time_ns() - self.as_of_ns
        if settings.IS_PRODUCTION and late_ns > MARKET_AGE_SECONDS_MAX * NS_PER_SECOND:
            return "replica_too_old", "nothing has been heard of the market for too long"
        return None

    def _standing(self, restrictions: Sequence[Restriction]) -> list[Restriction]:
        """Without those that the market's day has ended."""
        at_ns = self.as_of_ns
        if not at_ns:
            return list(restrictions)
        day = trading_day(at_ns)
        return [each for each in restrictions if not is_over(each, day)]

    def _shard(self, order: Mapping[str, Any]) -> ReplicaShard:
        account = str(order.get("account") or "")
        group = self._groups.get((str(order.get("exchange") or ""), account), account)
        return self._shards[shard_of(group, len(self._shards))]

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow(connect())
            except (*Unreachable, Lost) as error:
                _log.warning("replica: begins again: %s", error)
                self._level_at = None
                self._stopping.wait(_RETRY_SECONDS)

    def _follow(self, client: Client) -> None:
        positions = self._begun()
        looked_at = 0.0
        rest = Rest()
        while not self._stopping.is_set():
            if time.monotonic() - looked_at > _LOOK_SECONDS:
                for stream, position in positions.items():
                    _check_whole(client, stream, position)
                looked_at = time.monotonic()
                rest.look(self.as_of_ns)
            asked_at = time.monotonic()
            is_full = False
            for stream, entries in client.xread(positions, READ_ENTRIES_MAX, BLOCK_MS):
                name = stream.decode()
                self._take(int(name.rpartition(".")[2]), [fields[FIELD] for _, fields in entries])
                positions[name] = entries[-1][0]
                is_full |= len(entries) == READ_ENTRIES_MAX
            if not is_full:
                # What was asked for then has been taken in.
                self._level_at = asked_at
                self._stopping.wait(_PACE_SECONDS)

    def _begun(self) -> dict[str, bytes]:
        """The shards as their newest snapshots have them, and where those end."""
        positions = {}
        shards = []
        for number in range(settings.RISKGW_SHARDS):
            snapshots = Snapshots(self._folder / f"evaluate.{number}.snapshot")
            held = snapshots.newest(lambda state: ReplicaShard(SHARD.load(state)))
            shard, position = held if held else (ReplicaShard(), START)
            shards.append(shard)
            positions[f"orders.{number}"] = position
        set_aside()
        with self._lock:
            self._shards = shards
            self._regroup(shards[0].shard.base)
        return positions

    def _take(self, number: int, blobs: Sequence[bytes]) -> None:
        entries = [unpacked(blob) for blob in blobs]
        taken = 0
        while taken < len(entries):
            with self._lock:
                shard = self._shards[number]
                for entry in _for_a_while(entries, taken):
                    base = shard.shard.base
                    shard.take(entry)
                    taken += 1
                    if shard.shard.base is not base:
                        self._regroup(shard.shard.base)

    def _regroup(self, base: BaseData) -> None:
        """All shards are told the same."""
        self._groups = {(each.exchange, each.id): each.group for each in base.accounts}


def _for_a_while(work: Sequence[Piece], begin: int) -> Iterator[Piece]:
    """One piece at least, and more until the turn is over."""
    ends = time.monotonic() + _TURN_SECONDS
    for place in range(begin, len(work)):
        yield work[place]
        if time.monotonic() > ends:
            return


def _check_whole(client: Client, stream: str, position: bytes) -> None:
    """Lost, if what comes after the position is no longer all there."""
    try:
        known = client.xinfo_stream(stream)
    except ResponseError:  # there is no such stream yet
        if position != START:
            raise Lost(f"{stream} has begun anew") from None
        return
    first = known["first-entry"]
    if position == START:
        is_whole = known["entries-added"] == known["length"]
    else:
        is_whole = first is None or not is_behind(position, first[0])
    if not is_whole:
        raise Lost(f"{stream}: entries after {position!r} are gone")
    if is_behind(known["last-generated-id"], position):
        raise Lost(f"{stream} has begun anew")


@lru_cache(maxsize=1)
def replica() -> Replica:
    """The one of this process; `start` makes it follow."""
    return Replica(settings.RISKGW_HOME / "snapshots")
