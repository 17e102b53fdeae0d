"""Reads: alerts and what is stored of the order flow. Rules are read in `rule_queries`."""

from datetime import date

from django.db.models import Count, Max, QuerySet

from monitoring.models import Alert, ErrorOrder, OrderRecord, UnloadPosition
from monitoring.models.choices import AlertStateChoice
from riskgw.kernel.times import instant_ns
from riskgw.kernel.words import LEVELS_RISING, EventKind


def latest_alert_day() -> date | None:
    """The last trading day that has alerts."""
    newest: date | None = Alert.objects.aggregate(day=Max("trading_day"))["day"]
    return newest


def alert_counts(day: date) -> dict[tuple[int, str], int]:
    """How many alerts a trading day has, by rule and level."""
    rows = (
        Alert.objects.filter(trading_day=day)
        .order_by()
        .values_list("rule_version__rule_id", "level")
        .annotate(count=Count("pk"))
    )
    return {(rule, level): count for rule, level, count in rows}


def alert_counts_by_rule(day: date) -> dict[str, dict[str, int]]:
    """{rule: {level: alerts}} of a trading day, without those of rules on trial."""
    counts: dict[str, dict[str, int]] = {}
    rows = (
        Alert.objects.filter(trading_day=day, shadow=False)
        .order_by()
        .values_list("rule_version__rule__code", "level")
        .annotate(count=Count("pk"))
    )
    for rule, level, count in rows:
        counts.setdefault(rule, {})[level] = count
    return counts


def open_alert_counts(day: date) -> dict[str, int]:
    """Open alerts of a trading day by level."""
    rows = (
        Alert.objects.filter(trading_day=day, state=AlertStateChoice.OPEN, shadow=False)
        .order_by()
        .values_list("level")
        .annotate(count=Count("pk"))
    )
    return {level.value: 0 for level in LEVELS_RISING} | dict(rows)


def alerts_listed() -> QuerySet[Alert]:
    """Alerts with everything that is shown of them."""
    return Alert.objects.select_related("rule_version__rule", "handled_by", "owner")


def alert_by_number(number: str) -> Alert | None:
    return alerts_listed().filter(number=number).first()


def state_ns(alert: Alert) -> int | None:
    """When the alert got its state, in nanoseconds; None while it is as it was raised."""
    return None if alert.handled_at is None else instant_ns(alert.handled_at)


def newest_problems(count: int) -> list[ErrorOrder]:
    """What last went wrong with orders, the newest first."""
    return list(ErrorOrder.objects.order_by("-at_ns", "-pk")[:count])


def orders_behind(alert: Alert) -> QuerySet[OrderRecord]:
    """The orders and cancels an alert names, as far as it names them."""
    events = OrderRecord.objects.filter(
        trading_day=alert.trading_day,
        event__in=(EventKind.ORDER, EventKind.CANCEL),
        order_ref__in=alert.order_refs,
    )
    account = alert.key.get("account")
    return events.filter(account=account) if account else events


def day_totals(day: date) -> dict[str, int]:
    """What is stored of a trading day."""
    return {
        "events": OrderRecord.objects.filter(trading_day=day).count(),
        "alerts": Alert.objects.filter(trading_day=day).count(),
        "error orders": ErrorOrder.objects.filter(trading_day=day).count(),
    }


def stored_position(stream: str) -> str:
    """How far a stream has been stored; its beginning before that."""
    stored = UnloadPosition.objects.filter(stream=stream).values_list("last_id", flat=True).first()
    return stored or "0-0"
