"""The books as files: accounts, what is in flight, what was refused, an account's statement."""

from decimal import Decimal
from http import HTTPStatus
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers

from ledger.api.accounts import PeriodArguments
from ledger.api.listings import (
    NEWEST_FIRST,
    OLDEST_FIRST,
    AccountFilters,
    InFlightFilters,
    RefusalFilters,
    accounts_found,
    in_flight_found,
    refusals_found,
)
from ledger.domain.money import money_text
from ledger.models import LedgerAccount, LedgerTransaction, Refusal
from ledger.queries import accounts_by_id, period
from ledger.statements import as_csv, as_workbook
from riskgw.web.exports import KINDS, Column, Export, ExportArguments, turn
from riskgw.web.handlers import Answer, Download, Handler
from riskgw.web.problems import Problem, not_found

# A statement with a piece cut off would not add up, so a longer one is refused.
STATEMENT_LINES_MAX = 100_000


class AccountExportArguments(ExportArguments, AccountFilters):
    """The filters of the list, and the kind of file."""


class InFlightExportArguments(ExportArguments, InFlightFilters):
    """The filters of the list, and the kind of file."""


class RefusalExportArguments(ExportArguments, RefusalFilters):
    """The filters of the list, and the kind of file."""


class StatementExportArguments(PeriodArguments):
    """Which account, the first and last posting date, and the kind of file."""

    kind = serializers.ChoiceField(tuple(KINDS), required=False, default="csv")


def _money(value: int, currency: str) -> Decimal:
    return Decimal(money_text(value, currency))


def _available(account: LedgerAccount) -> Decimal | None:
    available = account.figures.available
    return None if available is None else _money(available, account.currency)


def _clock(at: Any) -> str | None:
    if at is None:
        return None
    return timezone.localtime(at).isoformat(sep=" ", timespec="milliseconds")


def _legs(row: LedgerTransaction) -> str:
    return "; ".join(
        f"{leg.side} {leg.account_id} {money_text(leg.amount, leg.account.currency)}"
        for leg in row.legs.all()
    )


class ExportLedgerAccounts(Export):
    """Accounts as a file, by id."""

    arguments = AccountExportArguments
    name = "ledger-accounts"
    columns = (
        *(
            Column(name, attrgetter(name))
            for name in ("id", "name", "currency", "direction", "parent_id", "usability")
        ),
        Column("posted", lambda row: _money(row.posted, row.currency)),
        Column("reserved", lambda row: _money(row.reserved, row.currency)),
        Column("available", _available),
        Column("overdraft", lambda row: _money(row.overdraft, row.currency)),
        Column("lines", attrgetter("seq")),
        Column("last posted (UTC+8)", lambda row: _clock(row.posted_at)),
    )

    def rows(self) -> QuerySet[LedgerAccount]:
        return accounts_found(self.values).order_by("id")


class ExportInFlight(Export):
    """Undecided tries as a file, oldest first."""

    arguments = InFlightExportArguments
    name = "ledger-in-flight"
    columns = (
        Column("id", attrgetter("pk")),
        Column("tried (UTC+8)", lambda row: _clock(row.tried_at)),
        Column("tried_by", attrgetter("tried_by")),
        Column("reserves", lambda row: str(row.holds).lower()),
        Column("memo", attrgetter("memo")),
        Column("legs", _legs),
    )

    def rows(self) -> QuerySet[LedgerTransaction]:
        return in_flight_found(self.values).order_by(*OLDEST_FIRST)


class ExportRefusals(Export):
    """Refusals as a file, newest first."""

    arguments = RefusalExportArguments
    name = "ledger-refusals"
    columns = (
        Column("time (UTC+8)", lambda row: _clock(row.at)),
        Column("id", attrgetter("transaction_id")),
        *(Column(name, attrgetter(name)) for name in ("reason", "account", "by")),
        Column("memo", attrgetter("transaction.memo")),
    )

    def rows(self) -> QuerySet[Refusal]:
        return refusals_found(self.values).order_by(*NEWEST_FIRST)


class ExportStatement(Handler):
    """An account's statement between two posting dates: opening, lines, closing; whole or not."""

    arguments = StatementExportArguments
    files = tuple(KINDS.values())

    def answer(self) -> Answer:
        name, kind = self.values["id"], self.values["kind"]
        span = self.values["first"], self.values["last"]
        if name not in accounts_by_id([name]):
            raise not_found("There is no such account.")
        with turn():
            found = period(name, *span)
            lines = found.lines if found else 0
            if lines > STATEMENT_LINES_MAX:
                detail = f"{lines} lines: choose a shorter time."
                raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "too_long", detail)
            content = (as_csv if kind == "csv" else as_workbook)(name, *span)
        headers = {"X-Export-Rows": str(lines), "X-Export-Cut": "false"}
        file = f"statement-{_harmless(name)}-{span[0]}-{span[1]}.{kind}"
        return Answer(Download(file, KINDS[kind], content, headers))


def _harmless(name: str) -> str:
    """As a part of a file's name, and of a header."""
    return "".join(each if each.isascii() and each.isalnum() else "_" for each in name)
