"""CMDS-like market data by FIX 4.4: snapshots and increments (35=W, X) to prices by provider.

An entry is known by its MDEntryID (278), else by its provider (282), side (269) and position (290).
Snapshots of FIX 4.4 have no 278: an id that is new belongs to the entry of the same place without.
One with condition B (276, closed) stands for none. The steps of a side are in the order of their
positions, and where these are missing, of their prices.
"""

from typing import NamedTuple

from quoting.domain.events import ProviderDown, Tick
from quoting.domain.source_settings import SourcePair, SourceSettings
from quoting.domain.sources import PROVIDERS_MAX, STEPS_MAX, Steps
from quoting.wire.fix.messages import (
    BID,
    OFFER,
    EntryType,
    MarketDataReject,
    MarketDataRequest,
    Refresh,
    RefreshEntry,
    Snapshot,
    SnapshotEntry,
    WantedPair,
)
from quoting.wire.fix.values import NotOfItsType, date, timestamp
from quoting.wire.sources.problems import (
    BadPrice,
    Problem,
    Said,
    Trouble,
    disowned,
    problem,
    ticks,
    units,
)
from riskgw.kernel.times import utc_datetime

SUBSCRIBE, UNSUBSCRIBE = "1", "2"
INCREMENTS = 1
CLOSED = "B"
ENTRIES_MAX = PROVIDERS_MAX * STEPS_MAX * 2
_DELETED = "2"
_LAST = 1 << 30
_NO_PRICE = Problem(Trouble.NO_NUMBER, "no price")


class _Key(NamedTuple):
    """What an entry is known by within its pair."""

    provider: str
    side: str
    mark: str


class _Entry(NamedTuple):
    """One price; `wrong` says why it is none."""

    price: int
    size: int
    position: int
    at_ns: int
    wrong: Problem | None = None


class _Prices:
    """The entries of one pair by provider; `marks` are their MDEntryIDs."""

    def __init__(self, wanted: SourcePair) -> None:
        self.wanted = wanted
        self.providers: dict[str, dict[_Key, _Entry]] = {}
        self.marks: dict[str, _Key] = {}

    @property
    def count(self) -> int:
        return sum(len(entries) for entries in self.providers.values())


class CmdsBook:
    """What one subscription has told so far."""

    def __init__(self, settings: SourceSettings, request_id: str) -> None:
        self._source = settings.name
        self._depth = settings.depth
        self.request_id = request_id
        self._pairs = {pair.name_there: _Prices(pair) for pair in settings.pairs}
        # Whose entry an MDEntryID is.
        self._symbols: dict[str, str] = {}

    def request(self, action: str = SUBSCRIBE) -> MarketDataRequest:
        """That begins the subscription, or ends it."""
        return MarketDataRequest(
            self.request_id,
            action,
            self._depth,
            INCREMENTS,
            (EntryType(BID), EntryType(OFFER)),
            tuple(WantedPair(name) for name in self._pairs),
        )

    def snapshot(self, message: Snapshot, number: int, sent_ns: int) -> Said:
        """All entries of a pair anew; providers that are not among them have no price."""
        if message.request_id not in (None, self.request_id):
            return []
        prices = self._pairs.get(message.pair)
        if prices is None:
            return [problem(Trouble.UNKNOWN_SYMBOL, message.pair)]
        before = set(prices.providers)
        self._forget(prices)
        said: Said = []
        for entry in message.entries:
            key = _Key(entry.provider or self._source, entry.entry_type, _mark(entry))
            said += self._put(message.pair, key, entry, sent_ns)
        for provider in sorted(before | set(prices.providers)):
            said += self._prices_of(prices, provider, number)
        return said

    def refresh(self, message: Refresh, number: int, sent_ns: int) -> Said:
        """Single entries, of any pair."""
        if message.request_id not in (None, self.request_id):
            return []
        said: Said = []
        changed: dict[tuple[str, str], None] = {}
        for entry in message.entries:
            found = self._place(entry)
            if isinstance(found, Problem):
                said.append(found)
                continue
            symbol, key = found
            if entry.action == _DELETED:
                said += self._delete(symbol, key, entry)
            else:
                said += self._put(symbol, key, entry, sent_ns)
            changed[symbol, key.provider] = None
        for symbol, provider in changed:
            said += self._prices_of(self._pairs[symbol], provider, number)
        return said

    def reject(self, message: MarketDataReject) -> Said:
        text = f"{message.reason or ''} {message.text or ''}".strip()
        return [problem(Trouble.REFUSED, text)]

    def _place(self, entry: RefreshEntry) -> tuple[str, _Key] | Problem:
        """Pair and key of an entry; what it does not say of itself, its MDEntryID does."""
        mark = entry.entry_id or ""
        symbol = entry.pair or self._symbols.get(mark)
        if symbol is None:
            return problem(Trouble.UNKNOWN_ENTRY, f"entry {mark}")
        if symbol not in self._pairs:
            return problem(Trouble.UNKNOWN_SYMBOL, symbol)
        prices = self._pairs[symbol]
        key = prices.marks.get(mark)
        if key is not None:
            return symbol, key
        if entry.entry_type is None:
            return problem(Trouble.UNKNOWN_ENTRY, f"{symbol}: entry {mark} without a side")
        provider = entry.provider or self._source
        key = _Key(provider, entry.entry_type, str(entry.position or ""))
        if key not in prices.providers.get(provider, {}):
            key = key._replace(mark=_mark(entry))
        return symbol, key

    def _put(
        self, symbol: str, key: _Key, entry: SnapshotEntry | RefreshEntry, sent_ns: int
    ) -> Said:
        if key.side not in (BID, OFFER):
            return []
        prices = self._pairs[symbol]
        before = prices.providers.get(key.provider, {}).get(key)
        if before is None and prices.count >= ENTRIES_MAX:
            return [problem(Trouble.TOO_MANY, f"more than {ENTRIES_MAX} entries of {symbol}")]
        if entry.condition == CLOSED:
            self._drop(symbol, key, entry.entry_id)
            return []
        at_ns, said = _entry_ns(entry, sent_ns)
        read = _read(entry, before, prices.wanted, at_ns)
        prices.providers.setdefault(key.provider, {})[key] = read
        if entry.entry_id:
            prices.marks[entry.entry_id] = key
            self._symbols[entry.entry_id] = symbol
        return said

    def _delete(self, symbol: str, key: _Key, entry: RefreshEntry) -> Said:
        if self._drop(symbol, key, entry.entry_id):
            return []
        return [problem(Trouble.UNKNOWN_ENTRY, f"{symbol} {key.provider} has nothing to delete")]

    def _drop(self, symbol: str, key: _Key, entry_id: str | None) -> bool:
        """Whether there was such an entry."""
        prices = self._pairs[symbol]
        prices.marks.pop(entry_id or "", None)
        self._symbols.pop(entry_id or "", None)
        entries = prices.providers.get(key.provider, {})
        was_there = entries.pop(key, None) is not None
        if not entries:
            prices.providers.pop(key.provider, None)
        return was_there

    def _forget(self, prices: _Prices) -> None:
        for mark in prices.marks:
            self._symbols.pop(mark, None)
        prices.marks.clear()
        prices.providers.clear()

    def _prices_of(self, prices: _Prices, provider: str, number: int) -> Said:
        """What the provider has now. A price that cannot be read takes the others with it."""
        pair = prices.wanted.pair
        sides: dict[str, list[_Entry]] = {BID: [], OFFER: []}
        for key, entry in prices.providers.get(provider, {}).items():
            if entry.wrong is not None:
                return disowned(entry.wrong, pair, self._source, provider)
            sides[key.side].append(entry)
        if not sides[BID] and not sides[OFFER]:
            return [ProviderDown(pair, self._source, provider)]
        source_ns = max(entry.at_ns for entries in sides.values() for entry in entries)
        bids, asks = _steps(sides[BID], -1), _steps(sides[OFFER], 1)
        return [Tick(pair, self._source, provider, bids, asks, source_ns, number)]


def _steps(entries: list[_Entry], sign: int) -> Steps:
    """The best first."""
    entries.sort(key=lambda entry: (entry.position, sign * entry.price))
    return tuple((entry.price, entry.size) for entry in entries)


def _mark(entry: SnapshotEntry | RefreshEntry) -> str:
    """What tells entries of one provider and side apart."""
    if entry.entry_id:
        return f"id {entry.entry_id}"
    return str(entry.position or "")


def _read(
    entry: SnapshotEntry | RefreshEntry, before: _Entry | None, wanted: SourcePair, at_ns: int
) -> _Entry:
    """What a change leaves out stays as it was."""
    old = before or _Entry(0, 0, _LAST, at_ns, _NO_PRICE)
    if entry.price is None and old.wrong is not None:
        return old
    try:
        price = old.price if entry.price is None else ticks(entry.price, wanted.decimals)
        size = old.size if entry.size is None else units(entry.size)
    except BadPrice as wrong:
        return _Entry(0, old.size, old.position, at_ns, wrong.problem)
    return _Entry(price, size, entry.position or old.position, at_ns)


def _entry_ns(entry: SnapshotEntry | RefreshEntry, sent_ns: int) -> tuple[int, Said]:
    """MDEntryDate and MDEntryTime (272, 273), else when the message was sent."""
    if entry.time is None:
        return sent_ns, []
    day = entry.date or int(utc_datetime(sent_ns).strftime("%Y%m%d"))
    try:
        return timestamp(f"{date(str(day))}-{entry.time}"), []
    except NotOfItsType:
        return sent_ns, [problem(Trouble.NO_TIME, entry.time)]
