"""Read a file of thresholds: CSV, XLSX or JSON."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile

import msgspec
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from monitoring.domain.parameter_pack import COLUMNS, LINES_MAX

Rows = list[tuple[int, dict[str, str]]]

SIZE_MAX = 5_000_000
_NEEDED = ("rule", "condition", "level", "value")
# Excel saves Chinese in the one or the other.
_ENCODINGS = ("utf-8-sig", "gb18030")


class PackUnreadable(ValueError):
    """No line of the file can be read; the text says why, in the reader's language."""


class _JsonLine(msgspec.Struct, forbid_unknown_fields=True):
    rule: str
    condition: str
    level: str
    value: msgspec.Raw  # text, or a number whose digits are taken as they are written
    scope: dict[str, str] = {}
    effective_from: str = ""
    source_note: str = ""


class _JsonPack(msgspec.Struct):
    thresholds: list[_JsonLine]


def read_pack(name: str, data: bytes) -> Rows:
    """The cells of each line by column, with the line's number in the file."""
    if len(data) > SIZE_MAX:
        raise PackUnreadable(_("The file is too large."))
    ending = name.rpartition(".")[2].lower()
    if ending == "json":
        rows = _from_json(data)
    elif ending == "xlsx":
        rows = _from_table(_sheet(data))
    elif ending == "csv":
        rows = _from_table(csv.reader(StringIO(_decoded(data), newline="")))
    else:
        raise PackUnreadable(_("A pack is a CSV, XLSX or JSON file."))
    if not rows:
        raise PackUnreadable(_("The file has no lines."))
    if len(rows) > LINES_MAX:
        raise PackUnreadable(_("The file is too large."))
    return rows


def _from_json(data: bytes) -> Rows:
    try:
        lines = msgspec.json.decode(data, type=_JsonPack).thresholds
        return [(number, _cells(line)) for number, line in enumerate(lines, 1)]
    except msgspec.DecodeError as error:
        raise PackUnreadable(str(error)) from None


def _cells(line: _JsonLine) -> dict[str, str]:
    cells: dict[str, Any] = msgspec.structs.asdict(line)
    value = bytes(line.value)
    is_text = value.startswith(b'"')
    cells["value"] = msgspec.json.decode(value, type=str) if is_text else value.decode()
    scope: dict[str, str] = cells.pop("scope")
    return cells | scope


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PackUnreadable(_("The file is no text."))


def _sheet(data: bytes) -> Iterator[list[str]]:
    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        raise PackUnreadable(_("The file is no XLSX workbook.")) from None
    for row in book.worksheets[0].iter_rows(values_only=True):
        yield [_cell_text(cell) for cell in row]


def _cell_text(cell: object) -> str:
    """What a spreadsheet keeps as a number or a day, as text."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        # The shortest text that is this number is what was typed.
        return f"{Decimal(repr(cell)).normalize():f}"
    return str(cell)


def _from_table(table: Iterator[Sequence[str]]) -> Rows:
    try:
        header = [name.strip().lower() for name in next(table, [])]
        header = ["condition" if name == "indicator" else name for name in header]
        _check(header)
        lines = (
            (number, dict(zip(header, row, strict=False))) for number, row in enumerate(table, 2)
        )
        return [(number, _known(cells)) for number, cells in lines if any(cells.values())]
    except csv.Error as error:
        raise PackUnreadable(str(error)) from None


def _check(header: Sequence[str]) -> None:
    missing = [name for name in _NEEDED if name not in header]
    unknown = [name for name in header if name and name not in COLUMNS]
    if missing:
        text = _("The file lacks the columns: %(columns)s.")
        raise PackUnreadable(text % {"columns": ", ".join(missing)})
    if unknown:
        text = _("The file has unknown columns: %(columns)s.")
        raise PackUnreadable(text % {"columns": ", ".join(unknown)})


def _known(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: text.strip() for name, text in cells.items() if name}
