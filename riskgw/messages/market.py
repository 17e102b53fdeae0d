"""A market snapshot, and the CSV it comes in: docs/protocols/market-frame.md has both."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from riskgw.kernel.decimals import (
    MONEY_DIGITS,
    PRICE_DIGITS,
    QUANTITY_DIGITS,
    DecimalTextError,
    scaled,
)

LEVELS = 5
LINE_CHARS_MAX = 4_096
# More symbols than both stock exchanges and all futures exchanges list.
SYMBOLS_MAX = 100_000
_NAME_CHARS_MAX = 20
_NS_DIGITS_MAX = 19
# No exchange counts higher; larger numbers would not fit 64 bits any more.
_NUMBER_MAX = 1 << 62

COLUMNS = (
    "ns", "exchange", "symbol", "last", "volume", "turnover", "high_limit", "low_limit",
    "previous_close",
    *(f"bid{level}" for level in range(1, LEVELS + 1)),
    *(f"bid_qty{level}" for level in range(1, LEVELS + 1)),
    *(f"ask{level}" for level in range(1, LEVELS + 1)),
    *(f"ask_qty{level}" for level in range(1, LEVELS + 1)),
    "halted",
)  # fmt: skip
_HEADER = ",".join(COLUMNS)
_BIDS_AT, _ASKS_AT = COLUMNS.index("bid1"), COLUMNS.index("ask1")

# (price, quantity), the best first; levels without orders are left out.
Levels = tuple[tuple[int, int], ...]


class Snapshot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the market says of one contract at one moment. Unknown is None.

    Prices in 10**-5 CNY, quantities in 10**-3 units, turnover in 10**-5 CNY.
    """

    ns: int
    exchange: str
    symbol: str
    last: int | None = None
    volume: int | None = None
    turnover: int | None = None
    high_limit: int | None = None
    low_limit: int | None = None
    previous_close: int | None = None
    bids: Levels = ()
    asks: Levels = ()
    is_halted: bool = False


class MarketFault(StrEnum):
    """The closed list of what can be wrong with market data."""

    BAD_HEADER = "bad_header"
    TRUNCATED = "truncated"
    TOO_LONG = "too_long"
    BAD_NAME = "bad_name"
    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    NEGATIVE = "negative"
    OUT_OF_RANGE = "out_of_range"
    BAD_LEVELS = "bad_levels"
    BACKWARD_TIME = "backward_time"
    DUPLICATE_TIME = "duplicate_time"
    TOO_MANY_SYMBOLS = "too_many_symbols"


class MarketDataError(ValueError):
    """Something that is no snapshot; says what is wrong with it, and where."""

    def __init__(self, fault: MarketFault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


class SnapshotOrder:
    """Time goes forward for every symbol; what does not is refused."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], int] = {}

    def check(self, snapshot: Snapshot) -> None:
        """MarketDataError for a snapshot that is not newer than the one before it."""
        key = snapshot.exchange, snapshot.symbol
        before = self._newest.get(key)
        if before is None and len(self._newest) >= SYMBOLS_MAX:
            raise MarketDataError(MarketFault.TOO_MANY_SYMBOLS, f"more than {SYMBOLS_MAX:,}")
        if before is not None and snapshot.ns <= before:
            is_same = snapshot.ns == before
            fault = MarketFault.DUPLICATE_TIME if is_same else MarketFault.BACKWARD_TIME
            raise MarketDataError(fault, f"{key[0]}:{key[1]}: {snapshot.ns} after {before}")
        self._newest[key] = snapshot.ns


class MarketCsv:
    """Lines in, snapshots or named errors out; a bad line costs nothing but itself."""

    def __init__(self, header: str) -> None:
        if header.rstrip("\r\n").removeprefix("\ufeff") != _HEADER:
            raise MarketDataError(
                MarketFault.BAD_HEADER, f"not the columns of market data: {header[:80]!r}"
            )
        self._order = SnapshotOrder()
        self._line = 1

    def read(self, line: str) -> Snapshot:
        """The snapshot of the next line."""
        self._line += 1
        try:
            snapshot = _snapshot(line)
            self._order.check(snapshot)
        except MarketDataError as error:
            raise MarketDataError(error.fault, f"line {self._line}: {error.detail}") from None
        return snapshot


def market_csv(lines: Iterable[str]) -> Iterator[Snapshot | MarketDataError]:
    """The snapshots of a file's lines and what is wrong with the others.

    MarketDataError for a file that does not begin with the header.
    """
    reader: MarketCsv | None = None
    for line in lines:
        if reader is None:
            reader = MarketCsv(line)
            continue
        try:
            yield reader.read(line)
        except MarketDataError as error:
            yield error
    if reader is None:
        raise MarketDataError(MarketFault.BAD_HEADER, "the file is empty")


def line_ns(line: str) -> int | None:
    """When a line's snapshot was made, without reading the rest; None if it does not say."""
    text = line.partition(",")[0]
    return int(text) if _is_digits(text) and len(text) <= _NS_DIGITS_MAX else None


def _snapshot(line: str) -> Snapshot:
    if len(line) > LINE_CHARS_MAX:
        raise MarketDataError(MarketFault.TOO_LONG, f"{len(line)} characters")
    # A last line without its line feed may have been cut anywhere, also within a number.
    if not line.endswith("\n"):
        raise MarketDataError(MarketFault.TRUNCATED, "the line has no end")
    cells = line.rstrip("\r\n").split(",")
    if len(cells) != len(COLUMNS):
        raise MarketDataError(
            MarketFault.TRUNCATED, f"{len(cells)} columns where there are {len(COLUMNS)}"
        )
    ns = line_ns(line)
    if ns is None:
        raise _no_number("ns", cells[0])
    return checked(
        Snapshot(
            ns=ns,
            exchange=cells[1],
            symbol=cells[2],
            last=_number(cells, 3, PRICE_DIGITS),
            volume=_number(cells, 4, QUANTITY_DIGITS),
            turnover=_number(cells, 5, MONEY_DIGITS),
            high_limit=_number(cells, 6, PRICE_DIGITS),
            low_limit=_number(cells, 7, PRICE_DIGITS),
            previous_close=_number(cells, 8, PRICE_DIGITS),
            bids=_levels(cells, _BIDS_AT),
            asks=_levels(cells, _ASKS_AT),
            is_halted=_flag(cells[-1]),
        )
    )


def checked(snapshot: Snapshot) -> Snapshot:
    """The snapshot, if its names are names and its levels stand in order, the best first."""
    for name in (snapshot.exchange, snapshot.symbol):
        if not 1 <= len(name) <= _NAME_CHARS_MAX or not name.isascii() or not name.isprintable():
            raise MarketDataError(MarketFault.BAD_NAME, repr(name[:40]))
    bids = [price for price, _ in snapshot.bids]
    asks = [price for price, _ in snapshot.asks]
    if len(bids) > LEVELS or len(asks) > LEVELS:
        raise MarketDataError(MarketFault.BAD_LEVELS, f"more than {LEVELS} levels")
    if any(bids[at] <= bids[at + 1] for at in range(len(bids) - 1)):
        raise MarketDataError(MarketFault.BAD_LEVELS, "bids do not fall")
    if any(asks[at] >= asks[at + 1] for at in range(len(asks) - 1)):
        raise MarketDataError(MarketFault.BAD_LEVELS, "asks do not rise")
    return snapshot


def _levels(cells: list[str], at: int) -> Levels:
    levels = []
    for place in range(at, at + LEVELS):
        price = _number(cells, place, PRICE_DIGITS)
        quantity = _number(cells, place + LEVELS, QUANTITY_DIGITS)
        if price and quantity:
            levels.append((price, quantity))
    return tuple(levels)


def _number(cells: list[str], at: int, digits: int) -> int | None:
    """The usual text, digits with at most one point, is read without the slower general way."""
    text = cells[at]
    whole, point, fraction = text.partition(".")
    if _is_digits(whole) and len(fraction) <= digits and len(text) <= _NS_DIGITS_MAX:
        if not point:
            fraction = "0"
        if _is_digits(fraction):
            value = int(whole + fraction.ljust(digits, "0"))
            if value <= _NUMBER_MAX:
                return value
    return number_of(COLUMNS[at], text, digits)


def number_of(name: str, text: str, digits: int) -> int | None:
    """A decimal of a feed, scaled; None if it is empty, MarketDataError for what is no quantity."""
    if not text.strip():
        return None
    if text.strip().lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise MarketDataError(MarketFault.NOT_FINITE, f"{name}: {text[:40]!r}")
    try:
        value = scaled(text, digits)
    except DecimalTextError:
        raise _no_number(name, text) from None
    if value < 0:
        raise MarketDataError(MarketFault.NEGATIVE, f"{name}: {text[:40]!r}")
    if value > _NUMBER_MAX:
        raise MarketDataError(MarketFault.OUT_OF_RANGE, f"{name}: {text[:40]!r}")
    return value


def _no_number(name: str, text: str) -> MarketDataError:
    return MarketDataError(MarketFault.NOT_A_NUMBER, f"{name}: {text[:40]!r}")


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _flag(text: str) -> bool:
    if text not in ("0", "1", ""):
        raise MarketDataError(MarketFault.NOT_A_NUMBER, f"halted: {text[:40]!r}")
    return text == "1"
