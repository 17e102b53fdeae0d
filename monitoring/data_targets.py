"""The tables that data files may be brought into, field by field; into no others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from monitoring.domain.data_values import Kind
from monitoring.models import Obligation, ObligationRelief
from monitoring.models.data_file import DataTarget
from riskgw.messages.counter_feed import FeedKind
from riskgw.reference.models import (
    Account,
    CalendarDay,
    Contract,
    ControlGroup,
    Counter,
    Customer,
    Exchange,
    ExchangeCalendar,
)

_KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (models.DecimalField, Kind.DECIMAL),
    (models.IntegerField, Kind.WHOLE),
    (models.BooleanField, Kind.FLAG),
    (models.DateTimeField, Kind.MOMENT),
    (models.DateField, Kind.DATE),
    (models.JSONField, Kind.STEPS),
)


@dataclass(frozen=True)
class Refers:
    """Another record, by its code."""

    model: type[models.Model]
    by: str = "code"


@dataclass(frozen=True)
class Field:
    """What a file can say of a row."""

    name: str
    kind: Kind
    is_required: bool = False
    # The attribute of the row.
    attribute: str = ""
    refers: Refers | None = None


@dataclass(frozen=True)
class Target:
    """A table, or a feed that keeps raw records; rows are known again by the fields of `key`."""

    name: DataTarget
    fields: Mapping[str, Field]
    # Who edits a mapping to here needs these: by hand it would be no other.
    permissions: tuple[str, ...]
    key: tuple[str, ...] = ()
    model: type[models.Model] | None = None
    feed: FeedKind | None = None


@dataclass(frozen=True)
class _Names:
    """How fields are called in files where the row calls them otherwise, and what they refer to."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    refers: Mapping[str, Refers] = field(default_factory=dict)


def _table(
    name: DataTarget, model: type[models.Model], key: str, others: str, names: _Names
) -> Target:
    fields = {
        each: _field(model, each, names.attributes.get(each, each), names.refers.get(each))
        for each in (*key.split(), *others.split())
    }
    meta = model._meta  # noqa: SLF001  # documented
    permissions = tuple(f"{meta.app_label}.{verb}_{meta.model_name}" for verb in ("add", "change"))
    return Target(name, fields, permissions, tuple(key.split()), model)


def _field(model: type[models.Model], name: str, column: str, refers: Refers | None) -> Field:
    found: Any = model._meta.get_field(column)  # noqa: SLF001  # documented
    kind = next((kind for sort, kind in _KINDS if isinstance(found, sort)), Kind.TEXT)
    is_required = not found.blank and not found.has_default()
    return Field(name, Kind.TEXT if refers else kind, is_required, found.attname, refers)


def _feed(name: DataTarget, feed: FeedKind, required: str, others: str, numbers: str) -> Target:
    fields = {
        each: Field(each, Kind.DECIMAL if each in numbers.split() else Kind.TEXT, is_required)
        for names, is_required in ((required, True), (others, False))
        for each in names.split()
    }
    return Target(name, fields, ("monitoring.feed_events",), feed=feed)


_EXCHANGE = Refers(Exchange)
_MONEY = (
    "equity available frozen margin deposits withdrawals realized_pnl unrealized_pnl fees"
)  # fmt: skip
_OF_EXCHANGE = _Names(refers={"exchange": _EXCHANGE})
TARGETS: Mapping[str, Target] = {
    each.name: each
    for each in (
        _table(DataTarget.CUSTOMERS, Customer, "code", "name", _Names()),
        _table(DataTarget.CONTROL_GROUPS, ControlGroup, "code", "name note", _Names()),
        _table(
            DataTarget.ACCOUNTS,
            Account,
            "exchange account",
            "customer group counter branch kind market_maker hedge permissions",
            _Names(
                {"account": "code"},
                {
                    "exchange": _EXCHANGE,
                    "customer": Refers(Customer),
                    "group": Refers(ControlGroup),
                    "counter": Refers(Counter),
                },
            ),
        ),
        _table(
            DataTarget.CONTRACTS,
            Contract,
            "exchange symbol",
            "name kind board tick lot multiplier previous_close high_limit low_limit"
            " order_quantity_max market_quantity_max st same_day severe_volatility pool index",
            _OF_EXCHANGE,
        ),
        _table(
            DataTarget.CALENDAR_DAYS,
            CalendarDay,
            "exchange day",
            "is_open has_night note",
            _Names({"exchange": "calendar"}, {"exchange": Refers(ExchangeCalendar, "exchange_id")}),
        ),
        _table(
            DataTarget.OBLIGATIONS,
            Obligation,
            "exchange kind product account effective_from",
            "size_min spreads presence_percent response_percent respond_within_ms hold_ms"
            " requests_apart_ms wants_auction source_note",
            _Names(),
        ),
        _table(
            DataTarget.RELIEFS,
            ObligationRelief,
            "exchange product symbol starts_at",
            "ends_at reason source_note",
            _Names(),
        ),
        _feed(
            DataTarget.POSITIONS, FeedKind.POSITIONS, "exchange account symbol quantity",
            "source_id side sellable cost", "quantity sellable cost",
        ),
        _feed(
            DataTarget.FUNDS, FeedKind.FUNDS, "account",
            f"source_id exchange currency {_MONEY}", _MONEY,
        ),
    )
}  # fmt: skip
