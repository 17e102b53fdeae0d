"""Lists as files, of alerts, orders and more: codes as in the API, the rest for people."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet

from monitoring.admin.language import indicator_names, with_unit
from monitoring.api.alerts import NEWEST_FIRST, AlertFilters, alerts_found
from monitoring.api.orders import OrderFilters, orders_found
from monitoring.api.problems import ProblemFilters, problems_found
from monitoring.api.restrictions import NEWEST_FIRST as NEWEST_RESTRICTION_FIRST
from monitoring.api.restrictions import RestrictionFilters, restrictions_found
from monitoring.models import Alert, ErrorOrder, OrderRecord, Restriction
from monitoring.models.choices import ThresholdCmpChoice
from monitoring.queries import state_ns
from monitoring.restriction_queries import message_of
from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS
from riskgw.kernel.times import instant_ns, local_datetime
from riskgw.web.exports import Column, Export, ExportArguments
from riskgw.web.handlers import Call

# A scope that names nobody.
_EVERYBODY = "all=*"


def _plain(*names: str) -> list[Column]:
    return [Column(name, attrgetter(name)) for name in names]


def clock_text(at_ns: int | None) -> str | None:
    if at_ns is None:
        return None
    return local_datetime(at_ns).isoformat(sep=" ", timespec="milliseconds")


def _scaled(value: int | None, digits: int) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-digits)


def readings_column() -> Column:
    """Values beside their thresholds; indicators as the reader calls them."""
    names = indicator_names()

    def text(reading: dict[str, Any]) -> str:
        name = names.get(reading["indicator"], reading["indicator"])
        sign = ThresholdCmpChoice(reading["cmp"]).label
        value = with_unit(reading["value"], reading["unit"])
        return f"{name} {value} {sign} {with_unit(reading['threshold'], reading['unit'])}"

    return Column("values", lambda row: "; ".join(map(text, row.values)))


def with_readings(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The same with the column of values, which is made for one reader."""
    return tuple(readings_column() if each is READINGS else each for each in columns)


# Stands for it in a table of columns.
READINGS = Column("values", attrgetter("values"))


def _name(user: User | None) -> str | None:
    return user.get_username() if user else None


def _instant(at: datetime | None) -> int | None:
    return instant_ns(at) if at else None


class AlertExportArguments(ExportArguments, AlertFilters):
    """The filters of the list, and the kind of file."""


class RestrictionExportArguments(ExportArguments, RestrictionFilters):
    """The filters of the list, and the kind of file."""


class OrderExportArguments(ExportArguments, OrderFilters):
    """The filters of the list, and the kind of file."""


class ProblemExportArguments(ExportArguments, ProblemFilters):
    """The filters of the list, and the kind of file."""


class ExportAlerts(Export):
    """Alerts as a file, newest first."""

    arguments = AlertExportArguments
    name = "alerts"
    columns = (
        Column("id", attrgetter("number")),
        Column("time (UTC+8)", lambda alert: clock_text(alert.time_ns)),
        Column("trading_day", lambda alert: str(alert.trading_day)),
        Column("rule", attrgetter("rule_version.rule.code")),
        Column("version", attrgetter("rule_version.number")),
        *_plain("level", "state"),
        Column("key", lambda alert: " ".join(f"{name}={key}" for name, key in alert.key.items())),
        READINGS,
        *_plain("order_count", "episode"),
        Column("shadow", lambda alert: str(alert.shadow).lower()),
        Column("silence", attrgetter("silence_id")),
        Column("owner", lambda alert: _name(alert.owner)),
        Column("late", lambda alert: str(alert.late).lower()),
        *_plain("evidence"),
        Column("handled_by", lambda alert: _name(alert.handled_by)),
        Column("handled_at (UTC+8)", lambda alert: clock_text(state_ns(alert))),
        *_plain("comment"),
    )

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.columns = with_readings(type(self).columns)

    def rows(self) -> QuerySet[Alert]:
        return alerts_found(self.values).defer("order_refs").order_by(*NEWEST_FIRST)


class ExportOrders(Export):
    """Business events as a file, newest first."""

    arguments = OrderExportArguments
    name = "orders"
    columns = (
        Column("id", attrgetter("number")),
        Column("time (UTC+8)", lambda order: clock_text(order.time_ns)),
        Column("trading_day", lambda order: str(order.trading_day)),
        *_plain("exchange", "event", "account", "symbol", "side"),
        Column("price", lambda order: _scaled(order.price, PRICE_DIGITS)),
        Column("quantity", lambda order: _scaled(order.quantity, QUANTITY_DIGITS)),
        *_plain(
            "order_ref", "cancel_of", "exec_ref", "outcome", "counter", "access_system", "conn"
        ),
        Column("late", lambda order: str(order.late).lower()),
    )

    def rows(self) -> QuerySet[OrderRecord]:
        return orders_found(self.values).order_by("-time_ns", "-pk")


class ExportRestrictions(Export):
    """Restrictions as a file, newest first; a counter's key has those of its counter."""

    arguments = RestrictionExportArguments
    name = "restrictions"
    columns = (
        Column("id", attrgetter("number")),
        Column("since (UTC+8)", lambda row: clock_text(row.since_ns)),
        Column("state", attrgetter("state")),
        Column("scope", lambda row: row.scope_text or _EVERYBODY),
        Column("mask", lambda row: " ".join(message_of(row).mask)),
        *_plain("rule", "level", "reason", "alert"),
        Column("made_by", lambda row: _name(row.created_by)),
        Column("release", attrgetter("release")),
        Column("proposed_by", lambda row: _name(row.proposed_by)),
        Column("released (UTC+8)", lambda row: clock_text(_instant(row.released_at))),
        Column("released_by", lambda row: _name(row.released_by)),
        *_plain("release_reason"),
        Column("counters", lambda row: row.told_to.strip("|").replace("|", " ")),
    )

    def rows(self) -> QuerySet[Restriction]:
        return restrictions_found(self.user, self.values).order_by(*NEWEST_RESTRICTION_FIRST)


class ExportProblems(Export):
    """Problems of the feeds and rejects of the exchanges as a file, newest first."""

    arguments = ProblemExportArguments
    name = "problems"
    columns = (
        Column("id", attrgetter("number")),
        Column("time (UTC+8)", lambda problem: clock_text(problem.at_ns)),
        Column("trading_day", lambda problem: str(problem.trading_day)),
        *_plain(
            "problem", "reason", "exchange", "account", "symbol", "order_ref", "conn", "protocol",
            "direction", "position", "size", "excerpt",
        ),
    )  # fmt: skip

    def rows(self) -> QuerySet[ErrorOrder]:
        return problems_found(self.values).order_by("-at_ns", "-pk")
