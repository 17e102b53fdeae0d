"""How the columns of a data file become the fields of a table, as people have mapped them."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from monitoring.domain.data_values import CellFault, CellFaulty, Kind, text_of, value_of

COLUMNS_MAX = 60
WORDS_MAX = 100
DIGITS_MAX = 20
_BETWEEN = ("=", "＝")


class FileFault(StrEnum):
    """The closed list of why a file as a whole is refused."""

    LINK = "link"
    NOT_A_FILE = "not_a_file"
    NAME = "name"
    ENDING = "ending"
    GONE = "gone"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NO_MAPPING = "no_mapping"
    MAPPING = "mapping"
    NOT_THE_FORMAT = "not_the_format"
    ENCODING = "encoding"
    UNPACKED = "unpacked"
    NO_SHEET = "no_sheet"
    NO_HEADER = "no_header"
    COLUMN_MISSING = "column_missing"
    COLUMN_TWICE = "column_twice"
    COLUMNS = "columns"
    ROWS = "rows"
    NO_ROWS = "no_rows"
    REJECTS = "rejects"
    CHANGED = "changed"
    TRIES = "tries"
    FEED = "feed"


class FileFaulty(Exception):
    """A file that is refused; `values` are those of the fault's text, `row` where it stands."""

    def __init__(self, code: FileFault, row: int = 0, **values: object) -> None:
        super().__init__(f"{code} {values}")
        self.code = code
        self.row = row
        self.values = values


@dataclass(frozen=True)
class Column:
    """One field: from which column of the file, or which constant."""

    field: str
    kind: Kind
    # As it stands in the file's header; empty for a constant.
    name: str = ""
    is_required: bool = False
    default: str = ""
    constant: str = ""
    # Filled up with zeros from the left: a spreadsheet makes 1 of 000001.
    digits: int = 0
    # The words of whoever wrote the file, and ours.
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Rejected(NamedTuple):
    """A value that is refused, with its column as the file calls it."""

    column: str
    field: str
    code: CellFault
    value: str


def made(columns: Sequence[Column], cells: Sequence[Any]) -> tuple[dict[str, Any], list[Rejected]]:
    """The values of a row by field, and what is wrong with it; cells stand as their columns do."""
    values: dict[str, Any] = {}
    rejected: list[Rejected] = []
    for column, cell in zip(columns, cells, strict=True):
        try:
            values[column.field] = value(column, cell)
        except CellFaulty as fault:
            told = text_of(cell)
            rejected.append(Rejected(column.name or column.field, column.field, fault.code, told))
    return values, rejected


def value(column: Column, cell: Any) -> Any:
    """One field's value; nothing where the cell is empty and nothing stands in for it."""
    given = column.constant or cell
    if text_of(given) == "":
        given = column.default
    if column.words and not column.constant:
        given = column.words.get(text_of(given), given)
    if column.digits and (text := text_of(given)).isdigit():
        given = text.zfill(column.digits)
    found = value_of(column.kind, given)
    if found is None and column.is_required:
        raise CellFaulty(CellFault.REQUIRED)
    return found


def words_of(text: str) -> dict[str, str]:
    """Lines such as 多=long; ValueError names one that is none."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        theirs, ours = _halves(line)
        if not theirs or theirs in found or len(found) >= WORDS_MAX:
            raise ValueError(line)
        found[theirs] = ours
    return found


def _halves(line: str) -> tuple[str, str]:
    for mark in _BETWEEN:
        theirs, found, ours = line.partition(mark)
        if found:
            return theirs.strip(), ours.strip()
    raise ValueError(line)


def places(columns: Iterable[Column], header: Sequence[str]) -> list[int | None]:
    """Where in a row each column stands; None for one that the file does not have."""
    found: list[int | None] = []
    for column in columns:
        if not column.name:
            found.append(None)
            continue
        count = header.count(column.name)
        if count > 1:
            raise FileFaulty(FileFault.COLUMN_TWICE, column=column.name)
        if count == 0 and not column.default:
            raise FileFaulty(FileFault.COLUMN_MISSING, column=column.name)
        found.append(header.index(column.name) if count else None)
    return found
