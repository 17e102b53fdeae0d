"""Keep raw records as they were delivered: from their stream into rows, once, by one writer."""

from collections.abc import Sequence

from django.db import transaction

from monitoring.actions.store_results import Moved, Replaced, move
from monitoring.models import RawRecord
from monitoring.queries import stored_position
from riskgw.bus.connection import Client
from riskgw.bus.streams import FIELD
from riskgw.kernel.times import trading_day
from riskgw.rows import Row, insert
from riskgw.shards.entries import RAW, Raw, unpacked

READ_ENTRIES_MAX = 500
_COLUMNS = (
    "trading_day", "feed", "source", "source_id", "exchange", "account", "symbol", "time_ns",
    "item",
)  # fmt: skip


def store_raw(client: Client) -> int:
    """What has come since the last time, in one transaction with the new position; how much."""
    before = stored_position(RAW)
    found = client.xread({RAW: before}, READ_ENTRIES_MAX)
    if not found:
        return 0
    ((_, entries),) = found
    after = entries[-1][0].decode()
    raws = [entry for _, fields in entries if isinstance(entry := unpacked(fields[FIELD]), Raw)]
    rows = [row for raw in raws for row in _rows(raw)]
    try:
        with transaction.atomic():
            move(Moved(RAW, before, after))
            insert(RawRecord, _COLUMNS, rows)
    except Replaced:
        # Another writer has stored it.
        return 0
    client.xtrim(RAW, minid=after, approximate=False)
    return len(entries)


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
    return value if isinstance(value, str) else ""
