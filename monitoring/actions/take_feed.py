"""Take what a counter sends: check each item, drop what is known, pass on the rest at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings

from monitoring.feed_gate import (
    CHUNK_MAX,
    TRIES_MAX,
    Contended,
    admit,
    check_room,
    digest,
    numbers,
    unseen,
)
from riskgw.bus.connection import connect_once
from riskgw.kernel.times import trading_day
from riskgw.messages.counter_feed import (
    PATIENCE_NS,
    TEXT_CHARS_MAX,
    FeedKind,
    ItemError,
    ItemFault,
    fed_event,
    fed_funds,
    fed_position,
    source_of,
)
from riskgw.messages.event import Event
from riskgw.messages.holdings import Funds, Position
from riskgw.reference.models import Account, Exchange
from riskgw.shards.entries import RAW, Fed, Holdings, Raw, packed
from riskgw.shards.partition import shard_of

_Told = Event | Position | Funds


class Batch(NamedTuple):
    """What came: from whom, to which address, under which source, and the market's time."""

    feed: FeedKind
    sender: str
    source: str
    counter: str | None
    items: Sequence[object]
    at_ns: int


class Taken(NamedTuple):
    """How many were new, how many known, and what is wrong with the others."""

    accepted: int
    duplicates: int
    errors: list[dict[str, Any]]


class _Item(NamedTuple):
    day: date
    digest: bytes
    told: _Told
    # As it was delivered.
    raw: tuple[str, int, dict[str, Any]]


def take_feed(batch: Batch) -> Taken:
    """Each item once, however often it is sent. Unreachable, GateFull: send the batch again."""
    with connect_once() as client:
        first = numbers(client, batch.source, len(batch.items))
        items, errors = _read(batch, first)
        unique = {each.digest: each for each in items}
        shards = _shards(each.told.account or "" for each in unique.values())
        streams = [f"orders.{shard}" for shard in range(settings.RISKGW_SHARDS)]
        accepted = 0
        for day, chunk in _chunks(unique.values()):
            check_room(client, day, [*streams, RAW])
            accepted += _admitted(client, batch, day, chunk, shards)
    return Taken(accepted, len(items) - accepted, errors)


def faults_of(batch: Batch) -> list[dict[str, Any]]:
    """What is wrong with which items; nothing is taken."""
    return _read(batch, 0)[1]


def _read(batch: Batch, first: int) -> tuple[list[_Item], list[dict[str, Any]]]:
    exchanges = frozenset(Exchange.objects.values_list("code", flat=True))
    items: list[_Item] = []
    errors: list[dict[str, Any]] = []
    item: Any
    for index, item in enumerate(batch.items):
        try:
            name = _source_id(item, exchanges)
            told = _told(batch, item, first + index)
        except ItemError as bad:
            errors.append({"index": index, "field": bad.field, "code": str(bad.code)})
            continue
        at_ns = told.time_ns if isinstance(told, Event) else batch.at_ns
        known_by = digest(batch.sender, batch.source, f"{batch.feed}:{name}")
        items.append(_Item(trading_day(at_ns), known_by, told, (name, at_ns, item)))
    return items, errors


def _source_id(item: object, exchanges: frozenset[str]) -> str:
    """What makes an item known again; its exchange has to be one of ours."""
    if not isinstance(item, dict):
        raise ItemError("", ItemFault.NOT_AN_OBJECT)
    name = item.get("source_id")
    if name in (None, ""):
        raise ItemError("source_id", ItemFault.REQUIRED)
    if not isinstance(name, str) or len(name) > TEXT_CHARS_MAX:
        raise ItemError(
            "source_id", ItemFault.TOO_LONG if isinstance(name, str) else ItemFault.NOT_TEXT
        )
    exchange = item.get("exchange")
    if isinstance(exchange, str) and exchange and exchange not in exchanges:
        raise ItemError("exchange", ItemFault.UNKNOWN_EXCHANGE)
    return name


def _told(batch: Batch, item: Any, number: int) -> _Told:
    if batch.feed is FeedKind.POSITIONS:
        return fed_position(item)
    if batch.feed is FeedKind.FUNDS:
        return fed_funds(item)
    counter = batch.counter or batch.source
    return fed_event(batch.feed, item, counter=counter, at_ns=batch.at_ns, number=number)


def _chunks(items: Iterable[_Item]) -> Iterator[tuple[date, list[_Item]]]:
    """By trading day, no more at once than the gate takes."""
    by_day: dict[date, list[_Item]] = {}
    for each in items:
        by_day.setdefault(each.day, []).append(each)
    for day, of_day in by_day.items():
        for start in range(0, len(of_day), CHUNK_MAX):
            yield day, of_day[start : start + CHUNK_MAX]


def _admitted(
    client: Any,
    batch: Batch,
    day: date,
    chunk: Sequence[_Item],
    shards: Callable[[_Told], list[int]],
) -> int:
    """How many of a chunk were new."""
    for _ in range(TRIES_MAX):
        is_new = unseen(client, day, [each.digest for each in chunk])
        new = [each for each, is_one in zip(chunk, is_new, strict=True) if is_one]
        if not new or admit(
            client, day, [each.digest for each in new], _entries(batch, new, shards)
        ):
            return len(new)
    raise Contended(batch.source)


def _entries(
    batch: Batch, items: Sequence[_Item], shards: Callable[[_Told], list[int]]
) -> dict[str, bytes]:
    """One entry for each shard that any of it concerns, and one of what was delivered."""
    by_shard: dict[int, list[_Told]] = {}
    for each in items:
        for shard in shards(each.told):
            by_shard.setdefault(shard, []).append(each.told)
    raw = Raw(str(batch.feed), batch.source, [each.raw for each in items])
    found = {f"orders.{shard}": _packed(batch, told) for shard, told in by_shard.items()}
    return {RAW: packed(raw), **found}


def _packed(batch: Batch, told: Iterable[_Told]) -> bytes:
    events: list[Event] = []
    positions: list[Position] = []
    funds: list[Funds] = []
    for each in told:
        if isinstance(each, Event):
            events.append(each)
        elif isinstance(each, Position):
            positions.append(each)
        else:
            funds.append(each)
    name = source_of(batch.source)
    if events:
        return packed(Fed(name, PATIENCE_NS, events))
    return packed(Holdings(name, positions, funds, batch.at_ns))


def _shards(accounts: Iterable[str]) -> Callable[[_Told], list[int]]:
    """The shards each belongs to: that of its control group; funds without an exchange, all."""
    count = settings.RISKGW_SHARDS
    groups: dict[tuple[str, str], str] = {}
    everywhere: dict[str, set[str]] = {}
    rows = Account.objects.filter(code__in=set(accounts))
    for exchange, code, group in rows.values_list("exchange_id", "code", "group__code"):
        groups[exchange, code] = group or code
        everywhere.setdefault(code, set()).add(group or code)

    def shards(told: _Told) -> list[int]:
        account = told.account or ""
        if told.exchange:
            return [shard_of(groups.get((told.exchange, account), account), count)]
        return sorted({shard_of(each, count) for each in everywhere.get(account, {account})})

    return shards
