"""What the Overview shows: health, order rates and alerts of the day, once a second."""

import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone

from ledger.actions.messages import POST_TASK
from ledger.domain.alarms import LAG_MAX
from ledger.queries import flow
from ledger.telling import has_poster
from monitoring.models import UnloadPosition
from monitoring.queries import alert_counts_by_rule, open_alert_counts
from riskgw.bus.connection import Client
from riskgw.bus.figures import PROCESSES_KEY, figures_of
from riskgw.bus.live import publish
from riskgw.bus.streams import FIELD, START, checkpoint_key
from riskgw.celery import POSTING_QUEUE
from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS
from riskgw.kernel.times import trading_day
from riskgw.kernel.words import EventKind
from riskgw.messages.event import decimal_or_none
from riskgw.reference.queries import stored_sessions
from riskgw.shards.entries import Judged, Results, unpacked
from riskgw.wiring.flow_report import problems_told, sessions_told
from riskgw.wiring.market.gateway import FIGURES_NAME
from riskgw.wiring.partitions import PartitionPlan, order_streams, plans, result_streams
from riskgw.wiring.replays import progress

_COUNTS_KEY, _HISTORY_KEY, _HISTORY_SECONDS = "report.counts", "report.history", 120
_NEWEST, _NEWEST_ENTRIES, _FEW_ENTRIES = 50, 50, 5
_BEHIND_MS = 1000
# Whose phases the clock of the Overview shows.
_EXCHANGE = "SSE"
_REQUESTS = (EventKind.ORDER, EventKind.CANCEL)

Figures = dict[str, Any]
Counts = dict[str, int]


def report(client: Client) -> None:
    """Gather and publish all state topics."""
    now_ns = time.time_ns()
    decoded = {plan.name: figures_of(client, plan.name) for plan in plans()}
    session_ns = market_now_ns(client, now_ns)
    publish(client, "health", _health(client, now_ns, session_ns, decoded))
    publish(client, "orders", _orders(client, now_ns, decoded))
    publish(client, "sessions", sessions_told(now_ns, decoded))
    publish(client, "problems", problems_told(now_ns))
    day = trading_day(session_ns)
    statistics = {
        "as_of_ns": now_ns,
        "trading_day": str(day),
        "alerts": alert_counts_by_rule(day),
        "open": open_alert_counts(day),
    }
    publish(client, "statistics", statistics)


def market_now_ns(client: Client, now_ns: int) -> int:
    """The time of the market: that of the capture being played, or now."""
    played = [done.until_ns for done in progress(client).values() if done]
    return max(played) if played and settings.RISKGW_ENVIRONMENT == "simulated" else now_ns


def _health(
    client: Client, now_ns: int, session_ns: int, decoded: dict[str, Figures]
) -> dict[str, Any]:
    stored = client.get(PROCESSES_KEY)
    return {
        "as_of_ns": now_ns,
        "session": {
            "trading_day": str(trading_day(session_ns)),
            "phase": stored_sessions().phase(_EXCHANGE, session_ns),
            "time_ns": session_ns,
            "is_simulated": not settings.IS_PRODUCTION,
        },
        "feeds": [_feed(client, feed, decoded) for feed in settings.RISKGW_FEEDS],
        "stages": [*(_stage(client, plan) for plan in plans()), _posting(client)],
        "processes": msgspec.json.decode(stored) if stored else [],
        "market": figures_of(client, FIGURES_NAME) or None,
    }


def _feed(client: Client, feed: str, decoded: dict[str, Figures]) -> dict[str, Any]:
    parts = [figures for name, figures in decoded.items() if name.startswith(f"decode.{feed}.")]
    sensor = figures_of(client, f"sensor.{feed}")
    problems: dict[str, int] = {}
    for part in parts:
        for kind, count in part.get("problems", {}).items():
            problems[kind] = problems.get(kind, 0) + count
    return {
        "feed": feed,
        "exchange": settings.RISKGW_FEEDS[feed]["exchange"],
        "packets": _total(parts, "packets"),
        "messages": _total(parts, "messages"),
        "events": sum(sum(part["events"].values()) for part in parts if part)
        if any(parts)
        else None,
        "gaps": problems.get("gap", 0),
        "problems": sum(problems.values()),
        "encrypted": problems.get("encrypted", 0),
        "last_packet_ns": max((part["last_packet_ns"] for part in parts if part), default=0)
        or None,
        "state": sensor.get("state", "stopped"),
    }


def _total(parts: Iterable[Figures], name: str) -> int | None:
    known = [part[name] for part in parts if part]
    return sum(known) if known else None


def _stage(client: Client, plan: PartitionPlan) -> dict[str, Any]:
    """How far behind its stream a stage is; entry ids begin with the millisecond of writing."""
    if plan.stream:
        lags = [_lag_ms(client, plan.stream, client.get(checkpoint_key(plan.name)) or START)]
    else:
        stored = dict(UnloadPosition.objects.values_list("stream", "last_id"))
        lags = [
            _lag_ms(client, name, stored.get(name, "0-0").encode()) for name in result_streams()
        ]
    lag_ms = max(lags)
    state = "stopped" if not client.exists(f"lease.{plan.name}") else "ok"
    return {
        "stage": plan.name,
        "name": plan.task,
        "source_name": plan.source_name,
        "lag_ms": lag_ms,
        "waiting": None,
        "state": "behind" if state == "ok" and lag_ms > _BEHIND_MS else state,
    }


def _posting(client: Client) -> dict[str, Any]:
    """The ledger's posters have a table for a stream: late is what has waited longest."""
    waiting = flow(timezone.now())
    late = waiting.unposted_oldest or timedelta()
    state = "behind" if late > LAG_MAX else "ok"
    return {
        "stage": POSTING_QUEUE,
        "name": POST_TASK,
        "source_name": "ledger",
        "lag_ms": int(late.total_seconds() * 1000),
        "waiting": waiting.unposted,
        "state": state if has_poster(client) else "stopped",
    }


def _lag_ms(client: Client, stream: str, position: bytes) -> int:
    newest = client.xrevrange(stream, count=1)
    if not newest or newest[0][0] == position:
        return 0
    oldest = client.xrange(stream, b"(" + position, count=1)
    return _milliseconds(newest[0][0]) - _milliseconds(oldest[0][0]) if oldest else 0


def _milliseconds(position: bytes) -> int:
    return int(position.partition(b"-")[0])


def _orders(client: Client, now_ns: int, decoded: dict[str, Figures]) -> dict[str, Any]:
    counts = {
        name: events
        for name, figures in decoded.items()
        if isinstance(events := figures.get("events"), dict)
    }
    orders, cancels, reports = _rates(client, now_ns, counts)
    history = [msgspec.json.decode(entry) for entry in client.lrange(_HISTORY_KEY, 0, -1)]
    since = now_ns / 1e9 - _HISTORY_SECONDS
    return {
        "as_of_ns": now_ns,
        "orders_per_second": orders,
        "cancels_per_second": cancels,
        "reports_per_second": reports,
        "history": [row for row in history[::-1] if row[0] > since],
        "newest": [_row(shard, judged) for shard, judged in _newest(client)],
    }


def _rates(client: Client, now_ns: int, counts: dict[str, Counts]) -> tuple[int, int, int]:
    """Orders, cancels and reports a second since the last report."""
    stored = client.get(_COUNTS_KEY)
    client.set(_COUNTS_KEY, msgspec.json.encode({"at_ns": now_ns, "counts": counts}))
    if stored is None:
        return 0, 0, 0
    before = msgspec.json.decode(stored)
    elapsed_ns = max(1, now_ns - before["at_ns"])
    grown = _grown(before["counts"], counts)
    reports = sum(count for kind, count in grown.items() if kind not in _REQUESTS)
    totals = (grown[EventKind.ORDER], grown[EventKind.CANCEL], reports)
    orders, cancels, reports = (round(each * 1e9 / elapsed_ns) for each in totals)
    # Tenths: two reports may fall into one second.
    entry = msgspec.json.encode([now_ns // 100_000_000 / 10, orders, reports])
    client.lpush(_HISTORY_KEY, entry)
    client.ltrim(_HISTORY_KEY, 0, _HISTORY_SECONDS - 1)
    return orders, cancels, reports


def _grown(before: dict[str, Counts], counts: dict[str, Counts]) -> Counter[str]:
    """What the decoders added that spoke both times; the whole count of one is no rate."""
    grown: Counter[str] = Counter()
    for name in before.keys() & counts.keys():
        for kind, count in counts[name].items():
            grown[kind] += max(0, count - before[name].get(kind, 0))
    return grown


def _newest(client: Client) -> list[tuple[int, Judged]]:
    """A sample: the newest of the last entries of each shard, however many events there were."""
    found: list[tuple[int, Judged]] = []
    for number in range(len(order_streams())):
        found += [(number, judged) for judged in _newest_of(client, f"results.{number}")]
    found.sort(key=lambda each: each[1].event.time_ns, reverse=True)
    return found[:_NEWEST]


def _newest_of(client: Client, stream: str) -> list[Judged]:
    """A few entries of a busy stream hold enough; of a quiet one more are looked through."""
    found: list[Judged] = []
    last = b"+"
    for count in (_FEW_ENTRIES, _NEWEST_ENTRIES - _FEW_ENTRIES):
        entries = client.xrevrange(stream, last, count=count)
        for position, fields in entries:
            entry = unpacked(fields[FIELD])
            assert isinstance(entry, Results)
            found += reversed(entry.judged)
            last = b"(" + position
        if len(found) >= _NEWEST or len(entries) < count:
            break
    return found


def _row(shard: int, judged: Judged) -> dict[str, Any]:
    event = judged.event
    return {
        "id": f"{trading_day(event.time_ns)}.{shard}.{judged.series}",
        "time_ns": event.time_ns,
        "exchange": event.exchange,
        "account": event.account,
        "symbol": event.symbol,
        "event": event.event,
        "side": event.side,
        "price": decimal_or_none(event.price, PRICE_DIGITS),
        "quantity": decimal_or_none(event.quantity, QUANTITY_DIGITS),
        "order_ref": event.order_ref,
        "cancel_of": event.cancel_of,
        "exec_ref": event.exec_ref,
        "outcome": event.outcome,
        "counter": event.counter,
        "access_system": event.access_system,
        "conn": event.conn,
        "late": judged.is_late,
    }
