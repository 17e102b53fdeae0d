"""An account's statement as CSV and as a workbook: opening, lines with running balance, closing."""

import csv
from collections.abc import Iterator
from datetime import date
from io import BytesIO, StringIO

from django.utils import timezone
from openpyxl import Workbook

from ledger.domain.money import money_text
from ledger.models import StatementLine
from ledger.queries import period

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


def rows(account: str, first: date, last: date) -> Iterator[tuple[str | int, ...]]:
    """Header, opening, lines, closing; amounts as decimal text."""
    found = period(account, first, last)
    if found is None:
        raise NoSuchAccount(account)
    yield HEADER
    yield ("", str(first), "", "", "opening", "", "", money_text(found.opening, found.currency))
    lines = StatementLine.objects.filter(account=account, posting_date__range=(first, last))
    for line in lines.order_by("seq").iterator(_CHUNK):
        yield (
            line.seq,
            str(line.posting_date),
            str(line.value_date),
            timezone.localtime(line.posted_at).isoformat(timespec="milliseconds"),
            line.transaction,
            line.side,
            money_text(line.amount, found.currency),
            money_text(line.balance_after, found.currency),
        )
    yield ("", str(last), "", "", "closing", "", "", money_text(found.closing, found.currency))


def as_csv(account: str, first: date, last: date) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows(account, first, last))
    return text.getvalue()


def as_workbook(account: str, first: date, last: date) -> bytes:
    found = period(account, first, last)
    if found is not None and found.lines > WORKBOOK_LINES_MAX:
        raise TooLong(f"{found.lines} lines")
    book = Workbook(write_only=True)
    sheet = book.create_sheet(account[:31])
    for row in rows(account, first, last):
        sheet.append(row)
    target = BytesIO()
    book.save(target)
    return target.getvalue()
