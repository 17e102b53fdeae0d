"""Keep raw records as they were delivered: from their stream into rows, once, by one writer."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from monitoring.actions.keep_positions import keep_positions
from monitoring.actions.store_results import Moved, Replaced, move
from monitoring.models import RawRecord
from monitoring.queries import stored_position
from riskgw.bus.connection import Client
from riskgw.bus.streams import FIELD
from riskgw.kernel.times import trading_day
from riskgw.messages.counter_feed import FeedKind
from riskgw.rows import Row, at_once, insertions
from riskgw.shards.entries import RAW, Raw, unpacked

READ_ENTRIES_MAX = 500
# On SQLite all other writers wait for the end of a transaction.
ROWS_A_TRANSACTION = 200
_WITHIN = "/"
# Of the columns; the item has the rest.
_TEXT_SIZE_MAX = 40
_COLUMNS = (
    "trading_day", "feed", "source", "source_id", "exchange", "account", "symbol", "time_ns",
    "item",
)  # fmt: skip


def store_raw(client: Client) -> int:
    """What has come since the last time, a few rows with their position at a time; how much."""
    stored = stored_position(RAW)
    before, _, items = stored.partition(_WITHIN)
    found = client.xread({RAW: before}, READ_ENTRIES_MAX)
    if not found:
        return 0
    ((_, entries),) = found
    for rows, after in _portions(entries, before, int(items or 0)):
        statements = insertions(RawRecord, _COLUMNS, rows)
        try:
            with transaction.atomic():
                move([Moved(RAW, stored, after)])
                at_once(statements)
                keep_positions(_positions(rows))
        except Replaced:
            # Another writer has stored it.
            return 0
        stored = after
    client.xtrim(RAW, minid=stored, approximate=False)
    return len(entries)


def _portions(
    entries: Sequence[tuple[bytes, Any]], before: str, items: int
) -> Iterator[tuple[list[Row], str]]:
    """Rows of a transaction and the position behind them.

    `1-0/200`: of the entry after 1-0 that many items are stored; one may have thousands.
    """
    rows: list[Row] = []
    for number, fields in entries:
        entry = unpacked(fields[FIELD])
        told = _rows(entry) if isinstance(entry, Raw) else ()
        while items + (room := ROWS_A_TRANSACTION - len(rows)) < len(told):
            items += room
            yield [*rows, *told[items - room : items]], f"{before}{_WITHIN}{items}"
            rows = []
        rows += told[items:]
        before, items = number.decode(), 0
    yield rows, before


def _positions(rows: Iterable[Row]) -> Iterator[tuple[date, str, dict[str, Any]]]:
    for day, feed, source, *_, item in rows:
        if feed == FeedKind.POSITIONS:
            yield day, source, item


def _rows(raw: Raw) -> Sequence[Row]:
    return [
        (
            trading_day(time_ns), raw.feed, raw.source, name, _text(item, "exchange"),
            _text(item, "account"), _text(item, "symbol"), time_ns, item,
        )
        for name, time_ns, item in raw.items
    ]  # fmt: skip


def _text(item: dict[str, object], name: str) -> str:
    value = item.get(name)
    return value[:_TEXT_SIZE_MAX] if isinstance(value, str) else ""
