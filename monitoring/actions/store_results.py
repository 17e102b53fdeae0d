"""Unload (urtmdb): what shards and feeds found goes to the database, once, by one writer."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import msgspec
from django.db import connection, transaction

from monitoring.actions.store_alerts import AlertContext, alert_rows, write_alerts
from monitoring.actions.store_restrictions import end_with_day, over_with_day
from monitoring.domain.live_alert import alert_number
from monitoring.models import CheckResult, ErrorOrder, OrderRecord, UnloadPosition
from riskgw.kernel.times import trading_day, utc_datetime
from riskgw.kernel.words import EventKind
from riskgw.messages import alert as messages
from riskgw.messages.event import Event
from riskgw.rows import Missing, Row, missing, write
from riskgw.shards.entries import Judged, Results, Trouble

BATCH_SIZE = 500
# Of every transaction of unload: built once.
_MOVE = "UPDATE monitoring_unloadposition SET last_id = %s WHERE stream = %s AND last_id = %s"
_REASON_MAX = 500
_ERROR_FIELDS = ("RejectText", "OrdRejReason", "BusinessRejectText", "CxlRejReason", "remark")


class Replaced(RuntimeError):
    """Another writer has moved the position: nothing was stored."""


class Moved(msgspec.Struct, frozen=True):
    """How far a stream is read by what is stored together with it."""

    stream: str
    before: str
    after: str


class Made(NamedTuple):
    """What is to be stored, made without the database: of orders, checks, alerts and troubles."""

    orders: Missing | None
    checks: Missing | None
    alerts: tuple[list[messages.Alert], list[str]]
    errors: list[ErrorOrder]
    day: date | None
    # Restrictions that end with a day, of which the topic has heard.
    over: list[str]


def made_of(found: Sequence[Results]) -> Made:
    shards = [each for each in found if each.source.isdigit()]
    judged = [(int(each.source), one) for each in shards for one in each.judged]
    errors = [_refused(shard, one.series, one.event) for shard, one in judged if _is_error(one)]
    errors += [_trouble(each.source, one) for each in found for one in each.troubles]
    checks = [_check(*each) for each in judged if _is_checked(each[1])]
    return Made(
        missing(OrderRecord, _ORDER, [_order(shard, one) for shard, one in judged]),
        missing(CheckResult, _CHECK, checks),
        _alerts(judged),
        errors,
        _newest_day(judged),
        [one.id for each in found for one in each.over],
    )


class Surroundings:
    """What is asked before results are stored; the same for several portions, for a moment."""

    def __init__(self) -> None:
        self.alerts = AlertContext()
        self._ends_some: dict[date, bool] = {}

    def ends_some(self, day: date) -> bool:
        """Whether restrictions end with the day before this one."""
        if day not in self._ends_some:
            self._ends_some[day] = over_with_day(day).exists()
        return self._ends_some[day]


def store_results(
    made: Made, moved: Sequence[Moved], surroundings: Surroundings | None = None
) -> None:
    """All of it and the new positions, or nothing; what is stored already stays as it is."""
    surroundings = surroundings or Surroundings()
    alerts = alert_rows(*made.alerts, surroundings.alerts)
    ends_some = made.day is not None and surroundings.ends_some(made.day)
    with transaction.atomic():
        move(moved)
        write(made.orders)
        write(made.checks)
        write_alerts(alerts)
        if made.day is not None and ends_some:
            end_with_day(made.day, made.over)
        if made.errors:
            ErrorOrder.objects.bulk_create(made.errors, BATCH_SIZE, ignore_conflicts=True)


def _newest_day(judged: Sequence[tuple[int, Judged]]) -> date | None:
    """Restrictions that end with a day before it are over."""
    newest_ns = max((one.event.time_ns for _, one in judged if not one.is_late), default=None)
    return None if newest_ns is None else trading_day(newest_ns)


def move(moved: Sequence[Moved]) -> None:
    """Compare and set: each position is where this writer left it, or another has taken over."""
    with connection.cursor() as cursor:
        for each in moved:
            cursor.execute(_MOVE, (each.after, each.stream, each.before))
            if not cursor.rowcount:
                _begin(each)


def _begin(moved: Moved) -> None:
    _, is_new = UnloadPosition.objects.get_or_create(
        stream=moved.stream, defaults={"last_id": moved.after}
    )
    if not is_new:
        raise Replaced(moved.stream)


_TEXTS = (
    "exchange", "account", "symbol", "side", "order_ref", "cancel_of", "exec_ref", "order_type",
    "tif", "offset", "outcome", "counter", "access_system",
)  # fmt: skip
_ORDER = (
    "trading_day", "shard", "series", "event", "price", "quantity", "origin", "time_ns", "at_ns",
    "conn", "late", *_TEXTS,
)  # fmt: skip
_CHECK = ("trading_day", "shard", "series", "order_ref", "verdict", "alerts")


def _order(shard: int, judged: Judged) -> Row:
    event = judged.event
    return (
        trading_day(event.time_ns), shard, judged.series, event.event, event.price, event.quantity,
        event.origin, event.time_ns, event.at_ns, event.conn, judged.is_late,
        *(getattr(event, name) or "" for name in _TEXTS),
    )  # fmt: skip


def _is_checked(judged: Judged) -> bool:
    """Every order has a verdict; so has whatever else raised an alert."""
    return judged.event.event is EventKind.ORDER or bool(judged.alerts)


def _check(shard: int, judged: Judged) -> Row:
    numbers = _numbers(shard, judged)
    verdict = CheckResult.Verdict.ALERTED if numbers else CheckResult.Verdict.PASSED
    event = judged.event
    day = trading_day(event.time_ns)
    return day, shard, judged.series, event.order_ref or "", verdict, numbers


def _alerts(judged: Iterable[tuple[int, Judged]]) -> tuple[list[messages.Alert], list[str]]:
    """Alerts and their numbers."""
    alerts: list[messages.Alert] = []
    numbers: list[str] = []
    for shard, one in judged:
        alerts += one.alerts
        numbers += _numbers(shard, one)
    return alerts, numbers


def _numbers(shard: int, judged: Judged) -> list[str]:
    return [
        alert_number(alert, shard, judged.series, place)
        for place, alert in enumerate(judged.alerts)
    ]


def _is_error(judged: Judged) -> bool:
    return judged.event.event in (EventKind.REJECT, EventKind.CANCEL_REJECT)


def _refused(shard: int, series: int, event: Event) -> ErrorOrder:
    """The exchange rejected it."""
    stated = (str(event.fields[name]) for name in _ERROR_FIELDS if event.fields.get(name))
    day = trading_day(event.time_ns)
    return ErrorOrder(
        number=f"{day}.{shard}.{series}",
        trading_day=day,
        at=utc_datetime(event.at_ns),
        at_ns=event.at_ns,
        problem=event.event,
        reason=" ".join(stated)[:_REASON_MAX],
        exchange=event.exchange or "",
        account=event.account or "",
        symbol=event.symbol or "",
        order_ref=event.subject_ref or "",
        conn=event.conn,
    )


def _trouble(source: str, trouble: Trouble) -> ErrorOrder:
    """What a feed could not deliver."""
    day = trading_day(trouble.at_ns)
    return ErrorOrder(
        number=f"{day}.{source}.{trouble.place}",
        trading_day=day,
        at=utc_datetime(trouble.at_ns),
        at_ns=trouble.at_ns,
        problem=trouble.kind,
        reason=trouble.detail[:_REASON_MAX],
        conn=trouble.conn,
        size=trouble.size,
        protocol=trouble.protocol,
        direction=trouble.direction,
        position=trouble.position,
        excerpt=trouble.excerpt,
    )
