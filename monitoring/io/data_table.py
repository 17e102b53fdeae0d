"""Reads CSV, XLSX and JSON into rows of cells; nothing in a file is run, and all is bounded.

Numbers of a spreadsheet are doubles in the file; the shortest text that names the double, which is
what the spreadsheet shows, is made a decimal.
"""

import csv
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import count, islice
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError  # only its exception

from openpyxl import load_workbook

from monitoring.domain.data_mapping import FileFault, FileFaulty
from monitoring.domain.data_values import Failed, Nested

FILE_BYTES_MAX = 32 << 20
ROWS_MAX = 50_000
# Of a sheet, those that hold nothing among them.
SHEET_ROWS_MAX = 2 * ROWS_MAX
# Of the file; more than a mapping can name.
FILE_COLUMNS_MAX = 300
# What the parts of a spreadsheet's archive may come to, and how many there may be.
UNPACKED_BYTES_MAX = 128 << 20
PACKED_RATIO_MAX = 200
PARTS_MAX = 1_000
JSON_DEPTH_MAX = 8
NUMBER_CHARS_MAX = 60
_SEPARATORS = ",;\t|"
_FORMULA_ERRORS = "e"
# What openpyxl lets through of a file that is damaged or was never a spreadsheet.
_TORN = (
    lzma.LZMAError,
    zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError, ArithmeticError, AssertionError,
    AttributeError, IndexError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
# UTF-8 first: what is valid UTF-8 and not plain ASCII is nothing else. GB18030 includes GBK.
_ENCODINGS = ("utf-8-sig", "gb18030")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Row(NamedTuple):
    """A row with its number in the file, as an editor or a spreadsheet counts."""

    number: int
    cells: list[Any]


@dataclass(frozen=True)
class Layout:
    """What a mapping says of the form of a file; `sheet` is the key of the list in JSON."""

    format: str
    sheet: str = ""
    header_row: int = 1


@dataclass(frozen=True)
class Table:
    """A header and the rows below it."""

    header: list[str]
    rows: Iterator[Row]


def read_table(content: bytes, layout: Layout) -> Table:
    """FileFaulty where the file is not what it should be, here or while rows are taken."""
    if len(content) > FILE_BYTES_MAX:
        raise FileFaulty(FileFault.TOO_LARGE, limit=FILE_BYTES_MAX >> 20)
    if not content.strip():
        raise FileFaulty(FileFault.EMPTY)
    header, rows = _READERS[layout.format](content, layout)
    if len(header) > FILE_COLUMNS_MAX:
        raise FileFaulty(FileFault.COLUMNS, limit=FILE_COLUMNS_MAX)
    return Table(header, _bounded(rows))


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        if number > ROWS_MAX:
            raise FileFaulty(FileFault.ROWS, limit=ROWS_MAX)
        yield row


def _csv(content: bytes, layout: Layout) -> tuple[list[str], Iterator[Row]]:
    text = _decoded(content)
    lines = text.splitlines(keepends=True)
    head = lines[layout.header_row - 1] if len(lines) >= layout.header_row else ""
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records = _records(reader)
    header = next((record for record in islice(records, layout.header_row - 1, None)), None)
    if header is None or not any(each.strip() for each in header.cells):
        raise FileFaulty(FileFault.NO_HEADER)
    names = [each.strip() for each in header.cells]
    return names, (_fitting(record, len(names)) for record in records if any(record.cells))


def _records(reader: Any) -> Iterator[Row]:
    """Records with the line they begin in."""
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise FileFaulty(FileFault.NOT_THE_FORMAT, number, format="CSV", why=error) from None
        if cells is None:
            return
        yield Row(number, cells)


def _fitting(row: Row, size: int) -> Row:
    """Without the empty cells that stand beyond the header."""
    cells = row.cells
    while len(cells) > size and not cells[-1].strip():
        cells.pop()
    return row


def _decoded(content: bytes) -> str:
    encodings = ("utf-16",) if content.startswith(_UTF16_MARKS) else _ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FileFaulty(FileFault.ENCODING)


def _xlsx(content: bytes, layout: Layout) -> tuple[list[str], Iterator[Row]]:
    try:
        sheet = _sheet(content, layout.sheet)
    except _TORN as error:
        raise _torn("XLSX", error) from None
    first = layout.header_row
    head = next(_sheet_rows(sheet, first, FILE_COLUMNS_MAX + 1), None)
    if head is None or head.number != first:
        raise FileFaulty(FileFault.NO_HEADER)
    names = ["" if each is None else str(each).strip() for each in head.cells]
    while not names[-1]:
        names.pop()
    return names, _sheet_rows(sheet, first + 1, len(names))


def _sheet(content: bytes, name: str) -> Any:
    """What it says of its own size is not believed."""
    _check_archive(content)
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    if name and name not in book.sheetnames:
        raise FileFaulty(FileFault.NO_SHEET, sheet=name)
    sheet = book[name] if name else book.worksheets[0]
    sheet.reset_dimensions()
    return sheet


def _sheet_rows(sheet: Any, first: int, columns: int) -> Iterator[Row]:
    """Those that hold anything."""
    found = sheet.iter_rows(min_row=first, max_col=columns)
    for number in count(first):
        try:
            cells = next(found, None)
            made = None if cells is None else [_sheet_cell(each) for each in cells]
        except _TORN as error:
            raise _torn("XLSX", error) from None
        if made is None:
            return
        if number > SHEET_ROWS_MAX:
            raise FileFaulty(FileFault.ROWS, limit=ROWS_MAX)
        if any(each not in (None, "") for each in made):
            yield Row(number, made)


def _sheet_cell(cell: Any) -> Any:
    value = cell.value
    if isinstance(value, float):
        return Decimal(repr(value))
    if getattr(cell, "data_type", "") == _FORMULA_ERRORS:
        return Failed(str(value))
    return value


def _check_archive(content: bytes) -> None:
    """Sizes before anything is unpacked (zip bombs); no part declares entities (XML bombs).

    A part cannot come to more than its declared size: reading stops there and its sum is wrong.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        unpacked = sum(each.file_size for each in parts)
        if len(parts) > PARTS_MAX or unpacked > UNPACKED_BYTES_MAX or _is_bomb(parts):
            raise FileFaulty(FileFault.UNPACKED, limit=UNPACKED_BYTES_MAX >> 20)
        for each in parts:
            if each.filename.endswith((".xml", ".rels")) and _declares(archive.read(each)):
                raise FileFaulty(FileFault.NOT_THE_FORMAT, format="XLSX", why="DOCTYPE")


def _is_bomb(parts: Sequence[zipfile.ZipInfo]) -> bool:
    """Small parts may be all of one letter; large ones are not in any honest file."""
    return any(
        each.file_size > 10 << 20 and each.file_size > PACKED_RATIO_MAX * (each.compress_size + 1)
        for each in parts
    )


def _declares(part: bytes) -> bool:
    """Also in UTF-16, where every other byte is zero."""
    return b"<!DOCTYPE" in part or b"<!DOCTYPE" in part.replace(b"\0", b"")


def _json(content: bytes, layout: Layout) -> tuple[list[str], Iterator[Row]]:
    text = _decoded(content)
    try:
        found = json.loads(
            text, parse_float=_number, parse_int=_number, parse_constant=_no_number,
            object_pairs_hook=_object,
        )  # fmt: skip
    except (ValueError, RecursionError) as error:
        raise _torn("JSON", error) from None
    if layout.sheet:
        found = found.get(layout.sheet) if isinstance(found, Mapping) else None
    if not isinstance(found, list):
        raise FileFaulty(FileFault.NOT_THE_FORMAT, format="JSON", why="[{…}, …]")
    header: dict[str, None] = {}
    for number, each in enumerate(found, 1):
        if not isinstance(each, Mapping):
            raise FileFaulty(FileFault.NOT_THE_FORMAT, number, format="JSON", why="[{…}, …]")
        header.update(dict.fromkeys(each))
        if len(header) > FILE_COLUMNS_MAX:
            raise FileFaulty(FileFault.COLUMNS, limit=FILE_COLUMNS_MAX)
    names = list(header)
    rows = (
        Row(number, [_json_cell(each.get(name)) for name in names])
        for number, each in enumerate(found, 1)
    )
    return names, rows


def _json_cell(value: Any) -> Any:
    return Nested() if isinstance(value, list | dict) else value


def _number(text: str) -> Decimal:
    if len(text) > NUMBER_CHARS_MAX:
        raise ValueError(f"{text[:20]}…")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None


def _no_number(text: str) -> Decimal:
    raise ValueError(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'"{twice[:40]}" × 2')
    return found


def _torn(name: str, error: Exception) -> FileFaulty:
    why = "too deep" if isinstance(error, RecursionError) else str(error)[:120]
    return FileFaulty(FileFault.NOT_THE_FORMAT, format=name, why=why)


_READERS: Mapping[str, Callable[[bytes, Layout], tuple[list[str], Iterator[Row]]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "json": _json,
}
