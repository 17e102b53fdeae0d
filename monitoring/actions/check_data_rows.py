"""Check the rows of a data file against their table, as the admin would, before any is stored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Model, Q
from django.utils.translation import override

from monitoring.actions.take_feed import Batch, faults_of
from monitoring.data_targets import Field, Target
from monitoring.data_words import Said, said_of_cell
from monitoring.domain.data_mapping import Column, made
from monitoring.domain.data_values import text_of
from monitoring.models.data_file import TEXT_CHARS_MAX, VALUE_CHARS_MAX

# Kept of a file; the rest is counted.
REJECTS_MAX = 1_000
# Values that a constraint has let pass, remembered.
HELD_MAX = 10_000


class Reject(NamedTuple):
    """A value that is refused."""

    row: int
    column: str
    code: str
    value: str
    said: Said


@dataclass
class Rejects:
    """Those of one file: the first of them, and how many there are."""

    rows: list[Reject] = field(default_factory=list)
    total: int = 0

    def add(self, row: int, column: str, code: str, value: Any, text: Said | None = None) -> None:
        self.total += 1
        if len(self.rows) < REJECTS_MAX:
            told = text_of(value)[:VALUE_CHARS_MAX]
            self.rows.append(Reject(row, column, code, told, text or said_of_cell(code)))


class _Fault(NamedTuple):
    name: str
    code: str
    text: str


class Raw(NamedTuple):
    """A row as it was read: cells in the order of the mapping's columns."""

    number: int
    cells: list[Any]


@dataclass
class Checked:
    """What is to be stored, if nothing was refused."""

    new: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    unchanged: int = 0
    # Attributes of the rows: those that the mapping sets, and those by which rows are known.
    attributes: tuple[str, ...] = ()
    key: tuple[str, ...] = ()


class TableCheck:
    """Rows of a file that go into a table."""

    def __init__(self, target: Target, columns: Sequence[Column], *, is_insert: bool) -> None:
        assert target.model is not None
        self._target, self._model = target, target.model
        self._columns, self._is_insert = columns, is_insert
        self._fields = [target.fields[each.field] for each in columns]
        self._shown = {each.field: each.name or each.field for each in columns}
        self.rejects = Rejects()
        self._held: set[tuple[Any, ...]] = set()

    def checked(self, rows: Sequence[Raw], told: Callable[[int], None]) -> Checked:
        values = [(row.number, self._values(row)) for row in rows]
        keys = {self._key(each) for _, each in values if each is not None}
        known = self._stored(keys)
        attributes = tuple(each.attribute for each in self._fields)
        found = Checked(attributes=attributes, key=self._key_attributes)
        first: dict[tuple[Any, ...], int] = {}
        for count, (number, given) in enumerate(values, 1):
            told(count)
            if given is None:
                continue
            key = self._key(given)
            if first.setdefault(key, number) != number:
                text = said_of_cell("twice", {"row": first[key]})
                self._refuse(number, self._target.key[0], "twice", given, text)
            elif self._is_insert and key in known:
                self._refuse(number, self._target.key[0], "exists", given)
            else:
                self._take(found, number, given, known.get(key))
        return found

    def _values(self, row: Raw) -> dict[str, Any] | None:
        """By attribute; None if one of them is refused."""
        values, rejected = made(self._columns, row.cells)
        for each in rejected:
            self.rejects.add(row.number, each.column, each.code, each.value)
        if rejected:
            return None
        found = {each.attribute: self._kept(each, values[each.name]) for each in self._fields}
        missing = [
            each for each in self._fields
            if each.refers and values[each.name] is not None and found[each.attribute] is None
        ]  # fmt: skip
        for one in missing:
            self.rejects.add(row.number, self._shown[one.name], "unknown", values[one.name])
        return None if missing else found

    def _kept(self, each: Field, value: Any) -> Any:
        if each.refers is not None:
            return None if value is None else self._references[each.name].get(value)
        if value is not None:
            return value
        column = self._columns_of_model[each.attribute]
        return None if column.null and not column.has_default() else column.get_default()

    @cached_property
    def _columns_of_model(self) -> dict[str, Any]:
        return {each.attname: each for each in self._model._meta.concrete_fields}  # noqa: SLF001  # documented

    @cached_property
    def _references(self) -> Mapping[str, Mapping[str, Any]]:
        return {
            each.name: dict(each.refers.model._default_manager.values_list(each.refers.by, "pk"))  # noqa: SLF001  # public
            for each in self._fields
            if each.refers is not None
        }

    @cached_property
    def _key_attributes(self) -> tuple[str, ...]:
        return tuple(self._target.fields[name].attribute for name in self._target.key)

    def _key(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """What is not mapped is as the table has it of itself."""
        return tuple(
            values[name] if name in values else self._columns_of_model[name].get_default()
            for name in self._key_attributes
        )

    def _stored(self, keys: set[tuple[Any, ...]]) -> dict[tuple[Any, ...], Model]:
        rows = self._model._default_manager.iterator(chunk_size=2_000)  # noqa: SLF001  # public
        found = ((tuple(getattr(row, name) for name in self._key_attributes), row) for row in rows)
        return {key: row for key, row in found if key in keys}

    def _take(
        self, found: Checked, number: int, values: Mapping[str, Any], stored: Model | None
    ) -> None:
        row: Any = stored or self._model()
        before = [getattr(row, name) for name in found.attributes]
        for name, value in values.items():
            setattr(row, name, value)
        if not self._is_valid(number, row):
            return
        after = [getattr(row, name) for name in found.attributes]
        if stored is None:
            found.new.append(row)
        elif before != after:
            found.changed.append(row)
        else:
            found.unchanged += 1

    def _is_valid(self, number: int, row: Any) -> bool:
        """What the admin asks of a record, without the questions that keys have answered."""
        english = self._faults(row, "en")
        if not english:
            return True
        for fault, other in zip(english, self._faults(row, "zh-hans"), strict=True):
            fields = [each for each in self._fields if fault.name == each.attribute]
            column = self._shown[fields[0].name] if fields else ""
            value = getattr(row, fault.name) if fields else ""
            text = Said(fault.text, other.text)
            self.rejects.add(number, column, fault.code, _told(value), text)
        return False

    def _faults(self, row: Any, language: str) -> list[_Fault]:
        """In one language, of the first check that finds any; some texts are made at once."""
        with override(language):
            for check in self._checks(row):
                try:
                    check()
                except ValidationError as error:
                    named = error.update_error_dict({})
                    return [
                        _Fault(name, each.code or "invalid", each.messages[0][:TEXT_CHARS_MAX])
                        for name, errors in named.items()
                        for each in errors
                    ]
        return []

    def _checks(self, row: Any) -> Iterator[Callable[[], None]]:
        yield lambda: row.clean_fields(self._unasked)
        yield row.clean
        for each, names in self._constraints:
            values = (each.name, *(getattr(row, name) for name in names))
            if values not in self._held:
                yield partial(self._hold, each, values, row)

    def _hold(self, constraint: CheckConstraint, values: tuple[Any, ...], row: Any) -> None:
        """The database is asked once for the same values: that costs more than all the rest."""
        constraint.validate(self._model, row)
        if len(self._held) < HELD_MAX:
            self._held.add(values)

    @cached_property
    def _constraints(self) -> list[tuple[CheckConstraint, list[str]]]:
        """With what each of them looks at."""
        found = self._model._meta.constraints  # noqa: SLF001  # documented
        return [
            (each, sorted(each.condition.referenced_base_fields))
            for each in found
            if isinstance(each, CheckConstraint) and isinstance(each.condition, Q)
        ]

    @cached_property
    def _unasked(self) -> set[str]:
        mine = {each.attribute for each in self._fields if each.refers is None}
        return {each.name for name, each in self._columns_of_model.items() if name not in mine}

    def _refuse(
        self, number: int, name: str, code: str, values: Mapping[str, Any], text: Said | None = None
    ) -> None:
        key = " ".join(_told(each) for each in self._key(values))
        self.rejects.add(number, self._shown.get(name, name), code, key, text)


def _told(value: Any) -> str:
    return text_of(
        value if isinstance(value, str | int | Decimal | date | datetime) else str(value)
    )


@dataclass(frozen=True)
class Feed:
    """Where items go, with what they have in common."""

    target: Target
    columns: Sequence[Column]
    source: str
    # What makes an item known again that has no source_id of its own.
    digest: str
    at_ns: int


def feed_items(feed: Feed, rows: Sequence[Raw], rejects: Rejects) -> Batch:
    """Items as a counter would send them by REST, checked by the same code."""
    items: list[dict[str, Any]] = []
    numbers: list[int] = []
    for row in rows:
        values, rejected = made(feed.columns, row.cells)
        for each in rejected:
            rejects.add(row.number, each.column, each.code, each.value)
        if not rejected:
            own = {name: text_of(each) for name, each in values.items() if each is not None}
            items.append({"source_id": f"{feed.digest[:24]}.{row.number}"} | own)
            numbers.append(row.number)
    assert feed.target.feed is not None
    batch = Batch(feed.target.feed, "database_report", feed.source, None, items, feed.at_ns)
    shown = {each.field: each.name or each.field for each in feed.columns}
    for fault in faults_of(batch):
        at, name = fault["index"], fault["field"]
        rejects.add(numbers[at], shown.get(name, name), fault["code"], items[at].get(name, ""))
    _refuse_known(items, numbers, shown.get("source_id", "source_id"), rejects)
    return batch


def _refuse_known(
    items: Sequence[Mapping[str, Any]], numbers: Sequence[int], column: str, rejects: Rejects
) -> None:
    """Of two items with one source_id the gate would drop the second without a word."""
    first: dict[str, int] = {}
    for item, number in zip(items, numbers, strict=True):
        name = item["source_id"]
        if first.setdefault(name, number) != number:
            text = said_of_cell("known_item", {"row": first[name]})
            rejects.add(number, column, "known_item", name, text)
