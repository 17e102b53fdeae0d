"""Market data by socket: docs/protocols/market-frame.md. Bytes in, messages out."""

from collections.abc import Iterator

import msgspec

from riskgw.kernel.decimals import MONEY_DIGITS, PRICE_DIGITS, QUANTITY_DIGITS, plain
from riskgw.messages.market import (
    LEVELS,
    Levels,
    MarketDataError,
    Snapshot,
    SnapshotOrder,
    checked,
    number_of,
)

HEAD_BYTES = 4
FRAME_BYTES_MAX = 1 << 20
SNAPSHOTS_MAX = 1_000


class FrameError(ValueError):
    """The other side does not speak the protocol: the connection is closed with this reason."""


class Heartbeat(msgspec.Struct, frozen=True, tag_field="type", tag="heartbeat"):
    """Nothing has changed up to this time."""

    seq: int
    ns: int


class _Row(msgspec.Struct, frozen=True):
    """A snapshot as it is written: decimals are text, a level is price and quantity."""

    ns: int
    exchange: str
    symbol: str
    last: str | None = None
    volume: str | None = None
    turnover: str | None = None
    high_limit: str | None = None
    low_limit: str | None = None
    previous_close: str | None = None
    bids: tuple[tuple[str, str], ...] = ()
    asks: tuple[tuple[str, str], ...] = ()
    halted: bool = False


class Batch(msgspec.Struct, frozen=True, tag_field="type", tag="snapshots"):
    """Snapshots in the order they were made."""

    seq: int
    snapshots: tuple[_Row, ...]


_DECODER = msgspec.json.Decoder(Heartbeat | Batch)
_ENCODER = msgspec.json.Encoder()


class MarketFrames:
    """One connection's frames. `seq` is the newest sequence number, `at_ns` how far the market has
    come, `lost` how many frames are missing, `refused` how many snapshots were none."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._order = SnapshotOrder()
        self.seq: int | None = None
        self.at_ns = 0
        self.lost = 0
        self.refused = 0
        self.last_fault = ""

    def receive(self, data: bytes) -> Iterator[Snapshot]:
        """The snapshots of a stream of length-prefixed frames; FrameError for anything else."""
        self._pending += data
        while len(self._pending) >= HEAD_BYTES:
            size = int.from_bytes(self._pending[:HEAD_BYTES], "big")
            if not 0 < size <= FRAME_BYTES_MAX:
                raise FrameError(f"a frame of {size:,} bytes")
            if len(self._pending) < HEAD_BYTES + size:
                return
            text = bytes(self._pending[HEAD_BYTES : HEAD_BYTES + size])
            del self._pending[: HEAD_BYTES + size]
            yield from self.take(text)

    def take(self, text: bytes) -> Iterator[Snapshot]:
        """The snapshots of one frame's JSON."""
        try:
            message = _DECODER.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise FrameError(f"no message of the protocol: {str(error)[:200]}") from None
        self._count(message.seq)
        if isinstance(message, Heartbeat):
            self.at_ns = max(self.at_ns, message.ns)
            return
        if len(message.snapshots) > SNAPSHOTS_MAX:
            raise FrameError(f"{len(message.snapshots):,} snapshots in a frame")
        for row in message.snapshots:
            try:
                snapshot = _snapshot(row)
                self._order.check(snapshot)
            except MarketDataError as error:
                self.refused += 1
                self.last_fault = str(error)
                continue
            self.at_ns = max(self.at_ns, snapshot.ns)
            yield snapshot

    def _count(self, seq: int) -> None:
        if self.seq is not None:
            if seq <= self.seq:
                raise FrameError(f"sequence number {seq} after {self.seq}")
            self.lost += seq - self.seq - 1
        self.seq = seq


def heartbeat_frame(seq: int, ns: int) -> bytes:
    return _framed(Heartbeat(seq, ns))


def snapshots_frame(seq: int, snapshots: list[Snapshot]) -> bytes:
    return _framed(Batch(seq, tuple(map(_row, snapshots))))


def _framed(message: Heartbeat | Batch) -> bytes:
    text = _ENCODER.encode(message)
    return len(text).to_bytes(HEAD_BYTES, "big") + text


def _snapshot(row: _Row) -> Snapshot:
    if row.ns < 0 or row.ns >= 1 << 63:
        raise FrameError(f"a time of {row.ns}")
    return checked(
        Snapshot(
            ns=row.ns,
            exchange=row.exchange,
            symbol=row.symbol,
            last=_number("last", row.last, PRICE_DIGITS),
            volume=_number("volume", row.volume, QUANTITY_DIGITS),
            turnover=_number("turnover", row.turnover, MONEY_DIGITS),
            high_limit=_number("high_limit", row.high_limit, PRICE_DIGITS),
            low_limit=_number("low_limit", row.low_limit, PRICE_DIGITS),
            previous_close=_number("previous_close", row.previous_close, PRICE_DIGITS),
            bids=_levels("bids", row.bids),
            asks=_levels("asks", row.asks),
            is_halted=row.halted,
        )
    )


def _number(name: str, text: str | None, digits: int) -> int | None:
    return None if text is None else number_of(name, text, digits)


def _levels(name: str, written: tuple[tuple[str, str], ...]) -> Levels:
    levels = []
    for price, quantity in written[: LEVELS + 1]:
        pair = _number(name, price, PRICE_DIGITS), _number(name, quantity, QUANTITY_DIGITS)
        if pair[0] and pair[1]:
            levels.append((pair[0], pair[1]))
    return tuple(levels)


def _row(snapshot: Snapshot) -> _Row:
    return _Row(
        ns=snapshot.ns,
        exchange=snapshot.exchange,
        symbol=snapshot.symbol,
        last=_text(snapshot.last, PRICE_DIGITS),
        volume=_text(snapshot.volume, QUANTITY_DIGITS),
        turnover=_text(snapshot.turnover, MONEY_DIGITS),
        high_limit=_text(snapshot.high_limit, PRICE_DIGITS),
        low_limit=_text(snapshot.low_limit, PRICE_DIGITS),
        previous_close=_text(snapshot.previous_close, PRICE_DIGITS),
        bids=_written(snapshot.bids),
        asks=_written(snapshot.asks),
        halted=snapshot.is_halted,
    )


def _text(value: int | None, digits: int) -> str | None:
    return None if value is None else plain(value, digits)


def _written(levels: Levels) -> tuple[tuple[str, str], ...]:
    return tuple(
        (plain(price, PRICE_DIGITS), plain(quantity, QUANTITY_DIGITS)) for price, quantity in levels
    )
