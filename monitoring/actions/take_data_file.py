"""Take in one data file: all of its rows, or none and the reasons."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from monitoring.actions.check_data_rows import Feed, Raw, Rejects, TableCheck, feed_items
from monitoring.actions.follow_data_file import TRIES_MAX, Following
from monitoring.actions.store_data_rows import store_rows
from monitoring.actions.take_feed import take_feed
from monitoring.data_targets import TARGETS, Target
from monitoring.data_words import said_of_cell
from monitoring.domain.data_mapping import (
    COLUMNS_MAX,
    Column,
    FileFault,
    FileFaulty,
    places,
)
from monitoring.domain.data_values import CellFault
from monitoring.feed_gate import CHUNK_MAX, Contended, GateFull
from monitoring.io.data_table import Layout, Table, read_table
from monitoring.io.drop_folder import read_dropped
from monitoring.models.data_file import DataColumn, DataFile, DataMapping
from riskgw.bus.connection import Unreachable

_State = DataFile.State


@dataclass(frozen=True)
class Taking:
    """What a taking works with: the file, the market's time, and whom it tells."""

    path: Path
    following: Following
    at_ns: Callable[[], int]


class Refused(Exception):
    """Values were refused, and with them the file."""

    def __init__(self, rejects: Rejects) -> None:
        super().__init__(rejects.total)
        self.rejects = rejects


def take_data_file(row: DataFile, taking: Taking) -> None:
    """From reading to storing; how it ended stands in the row."""
    following = taking.following
    try:
        _take(row, taking)
    except FileFaulty as fault:
        following.refuse(fault)
    except Refused as refused:
        refusal = FileFaulty(FileFault.REJECTS, count=refused.rejects.total)
        following.refuse(refusal, refused.rejects)


def _take(row: DataFile, taking: Taking) -> None:
    if row.tries > TRIES_MAX:
        raise FileFaulty(FileFault.TRIES, count=row.tries - 1)
    content = read_dropped(taking.path)
    digest = hashlib.sha256(content).hexdigest()
    taking.following.change(sha256=digest, size=len(content))
    mapping = mapping_of(row.name)
    if mapping is None:
        taking.following.change(mapping=None, mapping_name="")
        raise FileFaulty(FileFault.NO_MAPPING)
    taking.following.enter(_State.READING, mapping=mapping, mapping_name=mapping.name)
    same = DataFile.objects.filter(mapping=mapping, sha256=digest, state=_State.DONE)
    if (first := same.exclude(pk=row.pk).first()) is not None:
        taking.following.known(first)
        return
    target = TARGETS[mapping.target]
    columns = columns_of(target, list(mapping.columns.all()))
    rejects = Rejects()
    layout = Layout(mapping.format, mapping.sheet, mapping.header_row)
    rows = _rows(read_table(content, layout), columns, rejects, taking.following)
    taking.following.enter(_State.CHECKING, rows_total=len(rows) + rejects.total)
    if target.feed is not None:
        _to_feed(Feed(target, columns, mapping.name, digest, taking.at_ns()), rows, rejects, taking)
    else:
        _to_table(target, columns, mapping, (rows, rejects), taking)


def mapping_of(name: str) -> DataMapping | None:
    """The first by name whose pattern fits."""
    for each in DataMapping.objects.filter(is_active=True).order_by("name"):
        if fnmatchcase(name.casefold(), each.pattern.casefold()):
            return each
    return None


def columns_of(target: Target, rows: Sequence[DataColumn]) -> list[Column]:
    """The mapping as its table wants it; it may have been made before the table was as it is."""
    unknown = [each.field for each in rows if each.field not in target.fields]
    mapped = {each.field for each in rows}
    lacking = [
        name for name, each in target.fields.items() if each.is_required and name not in mapped
    ]
    wrong = [*unknown, *lacking]
    if wrong or not 0 < len(rows) <= COLUMNS_MAX:
        raise FileFaulty(FileFault.MAPPING, why=", ".join(wrong) or str(len(rows)))
    return [_column(target, each) for each in rows]


def _column(target: Target, row: DataColumn) -> Column:
    field = target.fields[row.field]
    spec = row.spec(field.kind)
    is_required = row.is_required or field.is_required
    return Column(**(vars(spec) | {"is_required": is_required}))


def _rows(
    table: Table, columns: Sequence[Column], rejects: Rejects, following: Following
) -> list[Raw]:
    """Only the cells that are mapped."""
    at = places(columns, table.header)
    size = len(table.header)
    found: list[Raw] = []
    for count, row in enumerate(table.rows, 1):
        following.alive(count)
        if len(row.cells) != size:
            text = said_of_cell(CellFault.CELLS, {"count": len(row.cells), "size": size})
            rejects.add(row.number, "", CellFault.CELLS, "", text)
            continue
        cells: list[Any] = [None if place is None else row.cells[place] for place in at]
        found.append(Raw(row.number, cells))
    if not found and not rejects.total:
        raise FileFaulty(FileFault.NO_ROWS)
    return found


def _to_table(
    target: Target,
    columns: Sequence[Column],
    mapping: DataMapping,
    read: tuple[list[Raw], Rejects],
    taking: Taking,
) -> None:
    rows, rejects = read
    check = TableCheck(target, columns, is_insert=mapping.mode == DataMapping.Mode.INSERT)
    check.rejects = rejects
    checked = check.checked(rows, taking.following.progress)
    if rejects.total:
        raise Refused(rejects)
    taking.following.enter(_State.STORING, rows_checked=len(rows))
    store_rows(target.model, checked, taking.following)


def _to_feed(feed: Feed, rows: Sequence[Raw], rejects: Rejects, taking: Taking) -> None:
    """In one step of the gate, which takes a batch as a whole."""
    if len(rows) > CHUNK_MAX:
        raise FileFaulty(FileFault.ROWS, limit=CHUNK_MAX)
    batch = feed_items(feed, rows, rejects)
    if rejects.total:
        raise Refused(rejects)
    taking.following.enter(_State.STORING, rows_checked=len(rows))
    try:
        taken = take_feed(batch)
    except (*Unreachable, GateFull, Contended) as error:
        raise FileFaulty(FileFault.FEED, why=str(error)[:120]) from None
    taking.following.done(taken.accepted, 0, taken.duplicates)
