"""What a CMDS-like source of a made-up market says."""

from collections.abc import Iterable

from quoting.domain.digits import exact
from quoting.domain.generated_market import Quoted
from quoting.domain.sources import Steps
from quoting.wire.fix.messages import BID, OFFER, Refresh, RefreshEntry, Snapshot, SnapshotEntry
from quoting.wire.fix.values import timestamp_text

_NEW_OR_CHANGED = "0"
_DAY_CHARACTERS = 8


def snapshot(pair: str, quotes: Iterable[Quoted], decimals: int, request_id: str) -> Snapshot:
    """All that providers quote of a pair."""
    entries: list[SnapshotEntry] = []
    for quoted in quotes:
        day, time = _day_and_time(quoted.at_ns)
        for side, _, number, (price, size) in _steps(quoted):
            text, units = exact(price, decimals), str(size)
            names = quoted.provider, None, None, number
            entries.append(SnapshotEntry(side, text, units, day, time, *names))
    return Snapshot(pair, request_id, tuple(entries))


def refresh(quoted: Quoted, decimals: int, request_id: str) -> Refresh:
    """What one provider quotes now."""
    day, time = _day_and_time(quoted.at_ns)
    entries = tuple(
        RefreshEntry(
            _NEW_OR_CHANGED, side, mark, quoted.pair, exact(price, decimals), str(size),
            day, time, quoted.provider, None, number,
        )
        for side, mark, number, (price, size) in _steps(quoted)
    )  # fmt: skip
    return Refresh(request_id, entries)


def _steps(quoted: Quoted) -> Iterable[tuple[str, str, int, tuple[int, int]]]:
    sides: tuple[tuple[str, Steps], ...] = ((BID, quoted.bids), (OFFER, quoted.asks))
    for side, steps in sides:
        for number, step in enumerate(steps, 1):
            yield side, f"{quoted.pair}-{quoted.provider}-{side}{number}", number, step


def _day_and_time(at_ns: int) -> tuple[int, str]:
    text = timestamp_text(at_ns)
    return int(text[:_DAY_CHARACTERS]), text[_DAY_CHARACTERS + 1 :]
