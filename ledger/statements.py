"""An account's statement as CSV and as a workbook: opening, lines with running balance, closing."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils import timezone

from ledger.domain.money import money_text
from ledger.models import StatementLine
from ledger.queries import period
from riskgw.web import spreadsheets
from riskgw.web.spreadsheets import Cell

HEADER = (
    "seq", "posting_date", "value_date", "posted_at", "transaction", "side", "amount",
    "balance_after",
)  # fmt: skip
# What a worksheet holds, less the rows above and below the lines.
WORKBOOK_LINES_MAX = 1_048_000
_CHUNK = 2000


class NoSuchAccount(LookupError):
    """There is no account of this id."""


class TooLong(ValueError):
    """More lines than a worksheet holds."""


def as_csv(account: str, first: date, last: date) -> bytes:
    return spreadsheets.as_csv(HEADER, _rows(account, first, last))


def as_workbook(account: str, first: date, last: date) -> bytes:
    found = period(account, first, last)
    if found is not None and found.lines > WORKBOOK_LINES_MAX:
        raise TooLong(f"{found.lines} lines")
    return spreadsheets.as_xlsx(account, HEADER, _rows(account, first, last))


def _rows(account: str, first: date, last: date) -> Iterator[tuple[Cell, ...]]:
    """Opening, lines, closing."""
    found = period(account, first, last)
    if found is None:
        raise NoSuchAccount(account)
    currency = found.currency
    yield ("", str(first), "", "", "opening", "", "", _money(found.opening, currency))
    lines = StatementLine.objects.filter(account=account, posting_date__range=(first, last))
    for line in lines.order_by("seq").iterator(_CHUNK):
        yield (
            line.seq,
            str(line.posting_date),
            str(line.value_date),
            timezone.localtime(line.posted_at).isoformat(timespec="milliseconds"),
            line.transaction,
            line.side,
            _money(line.amount, currency),
            _money(line.balance_after, currency),
        )
    yield ("", str(last), "", "", "closing", "", "", _money(found.closing, currency))


def _money(value: int, currency: str) -> Decimal:
    """With all decimals of the currency."""
    return Decimal(money_text(value, currency))
