"""The Shanghai SQL interface: rows of ordwth, ordwth2 and cjhb as business events (IS101 1.73)."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from mypy_extensions import mypyc_attr

from capture.domain.credit_tags import OFFSETS
from capture.domain.orders_of_day import OrdersOfDay
from capture.domain.sighting import Sighting
from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS, DecimalTextError, scaled
from riskgw.kernel.times import NS_PER_SECOND, local_timestamp_ns
from riskgw.kernel.words import EventKind, OrderType, Side, TimeInForce
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem, ProblemKind

EXCHANGE = "SSE"


class Table(StrEnum):
    """The three tables of the interface."""

    ORDERS = "ordwth"
    CONFIRMATIONS = "ordwth2"
    FILLS = "cjhb"


COLUMNS = {
    Table.ORDERS: (
        "rec_num", "date", "time", "reff", "acc", "stock", "bs", "price", "qty", "status",
        "owflag", "ordrec", "firmid", "branchid", "checkord",
    ),
    Table.CONFIRMATIONS: (
        "rec_num", "date", "time", "reff", "acc", "stock", "bs", "price", "qty", "status", "qty2",
        "remark", "status1", "teordernum", "owflag", "ordrec", "firmid", "branchid", "checkord",
    ),
    Table.FILLS: (
        "gddm", "gdxm", "bcrq", "cjbh", "gsdm", "cjsl", "bcye", "zqdm", "sbsj", "cjsj", "cjjg",
        "cjje", "sqbh", "bs", "mjbh",
    ),
}  # fmt: skip
# What tells the tables apart when rows come without a known table name.
_SIGNATURES = {
    Table.CONFIRMATIONS: frozenset(("rec_num", "reff", "status", "qty2", "owflag")),
    Table.FILLS: frozenset(("gddm", "cjbh", "zqdm", "cjsl", "bs")),
    Table.ORDERS: frozenset(("reff", "acc", "stock", "bs", "owflag")),
}
# Brokers prefix the names, and some split cancels off: ashare_ordwth, ashare_ordwth_cancel.
# A temporary table (#…, @…) is nobody's interface.
_TABLE_NAME = re.compile(r"(?![#@])(?:.*_)?(ordwth2|ordwth|cjhb)(?:_cancel)?")

_SIDES = {"B": Side.BUY, "S": Side.SELL}
_CANCEL_FLAG = "WTH"
_NUMBER_DIGITS_MAX = 18
_DATABASES_KEPT = 2
_ORDER_STYLES = {
    "L": (OrderType.LIMIT, TimeInForce.DAY),
    "M": (OrderType.BEST_FIVE, TimeInForce.IOC),
    "N": (OrderType.BEST_FIVE, TimeInForce.DAY),
    "B": (OrderType.OWN_BEST, TimeInForce.DAY),
    "C": (OrderType.OPPOSITE_BEST, TimeInForce.DAY),
}
Row = Mapping[str, Any]
Outcome = list[Event | Problem]


class TableNames:
    """Which interface table a name stands for: by its end, or as the settings list them.

    Listed is `[[database.]schema.]table`, in which * stands for anything; a part left empty or
    out is any. A table with a list is known by nothing else.
    """

    def __init__(self, listed: Mapping[str, Sequence[str]] | None = None) -> None:
        self._listed = {
            Table(table): [_pattern(name) for name in names]
            for table, names in (listed or {}).items()
        }

    def table_of(self, name: tuple[str, ...], database: str) -> Table | None:
        """`name` is dotted, in lower case; `database` is the one it stands in."""
        if not name:
            return None
        for table, patterns in self._listed.items():
            schema = name[-2] if len(name) > 1 else ""
            if any(_fits(pattern, (database, schema, name[-1])) for pattern in patterns):
                return table
        match = _TABLE_NAME.fullmatch(name[-1])
        if match is None or Table(match[1]) in self._listed:
            return None
        return Table(match[1])

    def is_configured(self, table: Table) -> bool:
        return table in self._listed


def _pattern(name: str) -> tuple[str, ...]:
    """Database, schema and table."""
    parts = [part.strip('[]" ').lower() for part in name.split(".")]
    return ("", "", *parts)[-3:]


def _fits(pattern: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """A schema that the statement leaves out is the user's own, which may be any."""
    return all(
        not wanted or not given or fnmatchcase(given, wanted)
        for wanted, given in zip(pattern, name, strict=True)
    )


def table_with(columns: frozenset[str]) -> Table | None:
    """The interface table whose rows have these columns."""
    for table, signature in _SIGNATURES.items():
        if signature <= columns:
            return table
    return None


@mypyc_attr(allow_interpreted_subclasses=True)
class ShanghaiOrders:
    """The Shanghai side of an order feed; `next_number` numbers the events of the feed."""

    def __init__(self, orders: OrdersOfDay, next_number: Callable[[], int]) -> None:
        self._orders = orders
        self._next_number = next_number
        # The databases rows came from: the first one, and a second to know that there are more.
        self._databases: list[str] = []

    def row(
        self, table: Table, row: Row, origin: str, sighting: Sighting, outcome: str | None
    ) -> Outcome:
        """One row written to or read from a table; the same row seen again gives nothing."""
        origin = self._database(origin)
        try:
            if table is Table.ORDERS:
                return self._order(row, origin, sighting, outcome)
            if table is Table.CONFIRMATIONS:
                return self._confirmation(row, origin, sighting, outcome)
            return self._fill(row, origin, sighting, outcome)
        except DecimalTextError as error:
            return [Problem(ProblemKind.MALFORMED, f"row of {table}: {error}")]

    def _database(self, name: str) -> str:
        """A connection whose log-in was not seen uses the only database there is, if it is one."""
        if name:
            if name not in self._databases and len(self._databases) < _DATABASES_KEPT:
                self._databases.append(name)
            return name
        return self._databases[0] if len(self._databases) == 1 else ""

    def _order(self, row: Row, origin: str, sighting: Sighting, outcome: str | None) -> Outcome:
        reference, account = _text(row, "reff"), _text(row, "acc")
        if not (reference or account or _text(row, "stock")):
            return []  # a filler
        is_cancel = _flag(row) == _CANCEL_FLAG
        number = _number(row, "rec_num")
        if not self._orders.is_new_record(origin, number, reference, is_cancel=is_cancel):
            return []
        cancel_of, problems = self._cancelled_order(row, origin) if is_cancel else (None, [])
        event = self._event(
            EventKind.CANCEL if is_cancel else EventKind.ORDER,
            row,
            origin,
            sighting,
            outcome=outcome,
            account=account or None,
            symbol=_text(row, "stock") or None,
            price=_scaled(row, "price", PRICE_DIGITS),
            quantity=_scaled(row, "qty", QUANTITY_DIGITS),
            order_ref=reference or None,
            cancel_of=cancel_of,
        )
        return [event, *problems]

    def _confirmation(
        self, row: Row, origin: str, sighting: Sighting, outcome: str | None
    ) -> Outcome:
        number = _number(row, "rec_num")
        if number is not None and not self._orders.is_new_confirmation(origin, number):
            return []
        is_cancel = _flag(row) == _CANCEL_FLAG
        kind = _confirmation_kind(row, is_cancel=is_cancel)
        if kind is None:
            return []
        cancel_of, problems = self._cancelled_order(row, origin) if is_cancel else (None, [])
        is_cancelled = kind is EventKind.CANCELLED
        event = self._event(
            kind,
            row,
            origin,
            sighting,
            outcome=outcome,
            account=_text(row, "acc") or None,
            symbol=_text(row, "stock") or None,
            price=_scaled(row, "price", PRICE_DIGITS),
            quantity=_scaled(row, "qty2" if is_cancelled else "qty", QUANTITY_DIGITS),
            order_ref=_text(row, "reff") or None,
            cancel_of=cancel_of,
        )
        return [event, *problems]

    def _fill(self, row: Row, origin: str, sighting: Sighting, outcome: str | None) -> Outcome:
        account, number = _text(row, "gddm"), _number(row, "cjbh")
        side = _text(row, "bs").upper()
        if not account or number is None:
            return []  # a dummy row of disaster recovery
        if not self._orders.is_new_fill(origin, number, side):
            return []
        event = self._event(
            EventKind.FILL,
            row,
            origin,
            sighting,
            outcome=outcome,
            account=account,
            symbol=_text(row, "zqdm") or None,
            price=_scaled(row, "cjjg", PRICE_DIGITS),
            quantity=_scaled(row, "cjsl", QUANTITY_DIGITS),
            order_ref=_text(row, "sqbh") or None,
            exec_ref=str(number),
            exchange_second=_second(_text(row, "bcrq"), _text(row, "cjsj")),
        )
        return [event]

    def _cancelled_order(self, row: Row, origin: str) -> tuple[str | None, list[Problem]]:
        """The reference of the order that a cancel's `ordrec` names."""
        number = _number(row, "ordrec")
        reference = None if number is None else self._orders.reference_of(origin, number)
        if reference:
            return reference, []
        detail = f"record {number} of {origin or 'the database'} was not seen today"
        return None, [Problem(ProblemKind.ORPHAN, detail)]

    def _event(
        self, kind: EventKind, row: Row, origin: str, sighting: Sighting, **known: Any
    ) -> Event:
        side = _SIDES.get(_text(row, "bs").upper())
        flag = _flag(row)
        is_plain_order = flag and flag != _CANCEL_FLAG
        order_type, tif = (
            _ORDER_STYLES.get(flag[0], (None, None)) if is_plain_order else (None,) * 2
        )
        return Event(
            event=kind,
            exchange=EXCHANGE,
            origin=origin,
            side=side,
            order_type=order_type,
            tif=tif,
            offset=OFFSETS.get((flag[1:], side)) if side else None,
            at_ns=sighting.at_ns,
            # The tables state times to the second only.
            time_ns=sighting.at_ns,
            time_source="capture",
            conn=sighting.conn,
            dir=sighting.direction,
            message=sighting.message,
            source_seq=self._next_number(),
            fields=dict(row),
            **known,
        )


def _confirmation_kind(row: Row, *, is_cancel: bool) -> EventKind | None:
    status = _text(row, "status").upper()
    if status == "O":
        return EventKind.CONFIRM
    if status == "W":
        # A best-five order that filled whole is reported like one whose rest was cancelled.
        is_filled_whole = not is_cancel and _scaled(row, "qty2", QUANTITY_DIGITS) == 0
        return EventKind.CONFIRM if is_filled_whole else EventKind.CANCELLED
    if status in ("F", "E"):
        return EventKind.CANCEL_REJECT if is_cancel else EventKind.REJECT
    return None


def _flag(row: Row) -> str:
    flag = _text(row, "owflag").upper()
    return "LPT" if flag == "ORD" else flag


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _number(row: Row, name: str) -> int | None:
    """A record number; zero, blank, absurdly long and other text are none."""
    text = _text(row, name)
    is_number = text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS_MAX
    return int(text) or None if is_number else None


def _scaled(row: Row, name: str, digits: int) -> int | None:
    text = _text(row, name)
    return scaled(text, digits) if text else None


def _second(day: str, time: str) -> int | None:
    """Seconds since 1970 of YYYYMMDD and HHMMSS."""
    digits = day + time
    if not (digits.isascii() and digits.isdigit()) or len(day) != 8 or len(time) != 6:
        return None
    at_ns = local_timestamp_ns(int(digits) * 1000)
    return None if at_ns is None else at_ns // NS_PER_SECOND
