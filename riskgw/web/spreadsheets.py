"""Tables as files that a spreadsheet opens as they stand and never runs: CSV and XLSX."""

import csv
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

# Text is only text; what may be computed with is a number.
Cell = str | int | Decimal | None

_SHEET_NAME_MAX = 31
_NOT_IN_A_SHEET_NAME = re.compile(r"[\\*?:/\[\]']")
# Of a number's digits a spreadsheet keeps so many (IEEE 754, double precision).
_DIGITS_MAX = 15
# A spreadsheet computes text that begins like this (OWASP, CSV Injection), also in full width.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
# XML 1.0, 2.2: what a document cannot hold.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """RFC 4180, with a byte order mark, by which Excel knows UTF-8."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_NOT_IN_A_SHEET_NAME.sub("_", title)[:_SHEET_NAME_MAX])
    sheet.append(header)
    for row in rows:
        sheet.append([_written(sheet, cell) for cell in row])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _harmless(cell: Cell) -> str | int | Decimal | None:
    """An apostrophe before it makes text of what would be a formula."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _written(sheet: Any, cell: Cell) -> Any:
    """Numbers as they are, or as text where digits would be lost; no text is a formula."""
    if isinstance(cell, int | Decimal):
        return cell if len(Decimal(cell).as_tuple().digits) <= _DIGITS_MAX else str(cell)
    if not cell:
        return None
    text = _UNWRITABLE.sub("\ufffd", cell)
    if not text.startswith("="):
        return text
    told = WriteOnlyCell(sheet, text)
    told.data_type = "s"
    return told
