"""A customer, control group or account over all counters: live, as files, and found by name."""

import base64
from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from rest_framework import serializers

from monitoring.api.exports import clock_text
from monitoring.api.live_results import (
    POSITIONS_MAX,
    PartyResult,
    SuggestionPage,
    account_json,
    order_json,
    position_json,
    restrictions_json,
)
from monitoring.domain.live_view import OrderPlace, StandingOrder, page_of
from monitoring.live_party import Party, PartySeen, look_at
from monitoring.live_queries import ACCOUNT, CUSTOMER, GROUP, KINDS, stored_orders, suggestions
from monitoring.replica import replica
from riskgw.kernel.times import trading_day
from riskgw.reference.api_keys import counters_of
from riskgw.web.exports import Column, Export, ExportArguments
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import PAGE_SIZE
from riskgw.web.problems import FieldError, Problem
from riskgw.web.spreadsheets import Cell

_CODE_SIZE_MAX = 40
_CURSOR_SIZE_MAX = 400
_POSITIONS, _ORDERS = "positions", "orders"
_IN_NUMBERS = ("quantity", "change", "sellable", "last", "age_ms", "price", "live")


class PartyArguments(serializers.Serializer[Any]):
    """Which one; positions and orders of one contract (600000, or SSE:600000), if wanted."""

    id = serializers.CharField(max_length=_CODE_SIZE_MAX)
    symbol = serializers.CharField(required=False, default="", max_length=_CODE_SIZE_MAX)


class LiveArguments(PartyArguments):
    """`cursor` is from where in the list of live orders."""

    cursor = serializers.CharField(required=False, max_length=_CURSOR_SIZE_MAX)


class SearchArguments(serializers.Serializer[Any]):
    """The beginning of a code, or a part of a name; of one kind of party, or all."""

    search = serializers.CharField(max_length=_CODE_SIZE_MAX)
    kind = serializers.ChoiceField(KINDS, required=False)


class SearchParties(Handler):
    """Customers, control groups and accounts whose code or name fits."""

    arguments = SearchArguments
    result = SuggestionPage

    def answer(self) -> Answer:
        kinds = (self.values["kind"],) if "kind" in self.values else KINDS
        found = suggestions(self.values["search"], kinds, counters_of(self.user))
        return Answer({"next": None, "results": [_known(each._asdict()) for each in found]})


class _ShowParty(Handler):
    arguments = LiveArguments
    result = PartyResult
    kind: ClassVar[str]

    def answer(self) -> Answer:
        values = self.values
        after = _place(values["cursor"]) if "cursor" in values else None
        seen = _looked(self, self.kind)
        orders, rest = page_of(seen.orders, after, PAGE_SIZE)
        positions = seen.positions
        return Answer(
            {
                "kind": self.kind,
                "id": values["id"],
                "name": seen.name or None,
                "as_of_ns": seen.as_of_ns,
                "pending": seen.pending,
                "accounts": [account_json(each) for each in seen.accounts],
                "accounts_total": seen.accounts_total,
                "positions": _position_rows(seen)[:POSITIONS_MAX],
                "positions_total": len(positions),
                "orders": {
                    "next": _cursor(rest) if rest else None,
                    "results": _order_rows(seen, orders),
                    "total": seen.orders_total,
                },
                "restrictions": restrictions_json(seen),
            }
        )


class ShowCustomer(_ShowParty):
    """A customer at all counters: accounts, positions, funds, live orders, restrictions."""

    kind = CUSTOMER


class ShowGroup(_ShowParty):
    """A control group at all counters: accounts, positions, funds, live orders, restrictions."""

    kind = GROUP


class ShowAccountLive(_ShowParty):
    """An account: positions, funds, live orders, restrictions."""

    kind = ACCOUNT


class PartyExportArguments(ExportArguments, PartyArguments):
    """Which one, what of it, and the kind of file."""

    what = serializers.ChoiceField((_POSITIONS, _ORDERS))


def _columns(*names: str) -> tuple[Column, ...]:
    return tuple(_column(name) for name in names)


def _column(name: str) -> Column:
    cell = _number if name in _IN_NUMBERS else _text
    return Column(name, lambda row: cell(row[name]))


def _number(value: str | int | None) -> Cell:
    """Text of the API, a number in a sheet."""
    return Decimal(value) if isinstance(value, str) else value


def _text(value: str | bool | None) -> Cell:
    return str(value).lower() if isinstance(value, bool) else value


_POSITION_COLUMNS = _columns(
    "exchange", "account", "counter", "symbol", "side", "quantity", "change", "sellable", "last",
    "is_stale",
)  # fmt: skip
_ORDER_COLUMNS = (
    *_columns("id"),
    Column("time (UTC+8)", lambda row: clock_text(row["time_ns"])),
    *_columns(
        "age_ms", "exchange", "account", "counter", "symbol", "side", "offset", "price",
        "quantity", "live", "origin", "order_ref",
    ),
)  # fmt: skip


class _ExportParty(Export):
    arguments = PartyExportArguments
    kind: ClassVar[str]

    def answer(self) -> Answer:
        what = self.values["what"]
        self.name = f"{self.kind}-{what}"
        self.columns = _POSITION_COLUMNS if what == _POSITIONS else _ORDER_COLUMNS
        return super().answer()

    def rows(self) -> Sequence[dict[str, Any]]:
        seen = _looked(self, self.kind)
        if seen.pending is not None:
            detail = "This server does not know yet how things stand."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, seen.pending, detail)
        if self.values["what"] == _POSITIONS:
            return _position_rows(seen)
        orders, _ = page_of(seen.orders, None, self.rows_max + 1)
        return _order_rows(seen, orders)


class ExportCustomer(_ExportParty):
    """A customer's positions or live orders as a file."""

    kind = CUSTOMER


class ExportGroup(_ExportParty):
    """A control group's positions or live orders as a file."""

    kind = GROUP


class ExportAccount(_ExportParty):
    """An account's positions or live orders as a file."""

    kind = ACCOUNT


def _looked(handler: Handler, kind: str) -> PartySeen:
    values = handler.values
    party = Party(kind, values["id"], counters_of(handler.user), values["symbol"])
    return look_at(replica(), party)


def _position_rows(seen: PartySeen) -> list[dict[str, Any]]:
    return [
        position_json(each, seen.counter_of(each.exchange, each.account)) for each in seen.positions
    ]


def _order_rows(seen: PartySeen, orders: Sequence[StandingOrder]) -> list[dict[str, Any]]:
    if not orders:
        return []
    stored = stored_orders(orders, trading_day(orders[0].time_ns))
    return [
        order_json(
            each,
            stored.get((each.origin, each.order_ref, each.time_ns)),
            seen.counter_of(each.exchange, each.account),
            seen.as_of_ns,
        )
        for each in orders
    ]


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value if value != "" else None for name, value in row.items()}


def _cursor(place: OrderPlace) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _place(cursor: str) -> OrderPlace:
    """A cursor comes from outside and may hold anything."""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        return msgspec.json.decode(text, type=OrderPlace)
    except ValueError:
        errors = [FieldError("cursor", "invalid", "Not a cursor of this list.")]
        detail = "Some arguments are not valid."
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid", detail, errors) from None
