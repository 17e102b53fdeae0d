"""Makes the objects of a graph from their columns."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import islice, repeat
from types import MemberDescriptorType
from typing import Any

import msgspec

from riskgw.shards.object_graph import (
    CONTAINERS,
    COUNTER,
    DEQUE,
    DICT,
    MIXED,
    OBJECT,
    REFERENCES,
    SET,
    Listing,
    name_of,
)


class GraphReader:
    """Reads one graph; raises whatever its content makes the constructors raise."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._made: list[Any] = []
        # Equal texts become one again: the reference of an order stands in many windows.
        self._texts: dict[Any, Any] = {}
        self._forms: tuple[Callable[[list[Any]], Any], ...] = (
            self._plain,
            lambda stored: _taken(self._made, stored[1]),
            lambda stored: _taken(listing.members, stored[1]),
            lambda stored: _taken(listing.constants, stored[1]),
            lambda stored: [int.from_bytes(each, "big", signed=True) for each in stored[1]],
            lambda stored: list(map(date.fromordinal, stored[1])),
            lambda stored: list(map(tuple, self._groups(stored))),
            lambda stored: list(map(frozenset, self._groups(stored))),
            self._whole,
            self._mixed,
        )

    def root(self, graph: list[Any], into: object = None) -> Any:
        """The objects are made empty, then filled: each may refer to any other.

        `into` and its parts are there already and are filled as they are.
        """
        top, batches = graph
        given = {} if into is None else _Pairs(self._listing, batches).of(top, into)
        self._made = [None] * sum(len(batch[1]) for batch in batches)
        filled = []
        for batch in batches:
            made = self._empty(batch, given)
            for place, each in zip(batch[1], made, strict=True):
                self._made[place] = each
            filled.append(made)
        for made, batch in zip(filled, batches, strict=True):
            self._fill(made, batch)
        (found,) = self._column(top)
        return found

    def _column(self, stored: list[Any]) -> list[Any]:
        values: list[Any] = self._forms[stored[0]](stored)
        return values

    def _plain(self, stored: list[Any]) -> list[Any]:
        values: list[Any] = stored[1]
        kinds = set(map(type, values))
        if str not in kinds:
            return values
        known = self._texts.setdefault
        if len(kinds) == 1:
            return list(map(known, values, values))
        return [known(each, each) if type(each) is str else each for each in values]

    def _groups(self, stored: list[Any]) -> Iterator[Iterable[Any]]:
        _, sizes, column = stored
        return _cut(sizes, self._column(column))

    def _whole(self, stored: list[Any]) -> list[Any]:
        _, number, count, *columns = stored
        cls: Any = self._listing.whole[number]
        values = [self._column(each) for each in columns]
        if any(len(each) != count for each in values):
            raise ValueError("columns of different lengths")
        rows: Iterable[Any] = zip(*values, strict=True) if values else repeat((), count)
        if issubclass(cls, tuple):
            return [cls(*row) for row in rows]
        names = cls.__struct_fields__
        return [cls(**dict(zip(names, row, strict=True))) for row in rows]

    def _mixed(self, stored: list[Any]) -> list[Any]:
        _, pattern, columns = stored
        parts = [self._column(each) for each in columns]
        if any(pattern.count(number) != len(part) for number, part in enumerate(parts)):
            raise ValueError("columns of other lengths than their pattern")
        rest = [iter(part) for part in parts]
        return list(map(next, map(rest.__getitem__, pattern)))

    def _empty(self, batch: list[Any], given: Mapping[int, Any]) -> list[Any]:
        kind, places, more = batch[:3]
        if kind == DEQUE:
            return [deque(maxlen=each) for each in batch[4]]
        if kind != OBJECT:
            return [CONTAINERS[kind]() for _ in places]
        cls: Any = self._listing.classes[more]
        if cls in self._listing.rebuilt:
            return [given[place] if place in given else cls() for place in places]
        if issubclass(cls, msgspec.Struct):
            nothing = dict.fromkeys(cls.__struct_fields__)
            return [cls(**nothing) for _ in places]
        return list(map(cls.__new__, repeat(cls, len(places))))

    def _fill(self, made: list[Any], batch: list[Any]) -> None:
        kind, _, more, *columns = batch
        if kind == OBJECT:
            names = self._listing.attributes[self._listing.classes[more]]
            for name, column in zip(names, columns, strict=True):
                _put(name, made, self._column(column))
        elif kind in (DICT, COUNTER):
            keys, values = map(self._column, columns)
            items = list(zip(keys, values, strict=True))
            for each, group in zip(made, _cut(more, items), strict=True):
                each.update(dict(group))
        else:
            for each, group in zip(made, _cut(more, self._column(columns[0])), strict=True):
                (each.update if kind == SET else each.extend)(group)


class _Pairs:
    """Which place each object has that is there already: a root and its parts that are rebuilt."""

    def __init__(self, listing: Listing, batches: list[Any]) -> None:
        self._listing = listing
        self._rows = {
            place: (batch, row)
            for batch in batches
            if batch[0] == OBJECT and listing.classes[batch[2]] in listing.rebuilt
            for row, place in enumerate(batch[1])
        }
        self._given: dict[int, Any] = {}

    def of(self, column: list[Any], root: Any) -> dict[int, Any]:
        self._pair(_place(column, 0), root)
        return self._given

    def _pair(self, place: int, there: Any) -> None:
        batch, row = self._rows.get(place, (None, 0))
        if batch is None or self._listing.classes[batch[2]] is not type(there):
            raise TypeError(f"no {name_of(type(there))}")
        if place in self._given:
            return
        self._given[place] = there
        for name, column in zip(self._listing.attributes[type(there)], batch[3:], strict=True):
            part = getattr(there, name)
            if type(part) in self._listing.rebuilt:
                self._pair(_place(column, row), part)


def _place(column: list[Any], row: int) -> int:
    """The place to which a column refers in a row."""
    form, content = column[:2]
    if form == MIXED:
        number = content[row]
        return _place(column[2][number], content[:row].count(number))
    if form != REFERENCES:
        raise TypeError("no reference")
    place: int = content[row]
    return place


def _taken(known: list[Any], places: list[int]) -> list[Any]:
    return [known[place] if place >= 0 else None for place in places]


def _cut(sizes: list[int], values: list[Any]) -> Iterator[Iterable[Any]]:
    """The values in groups of these sizes."""
    if sum(sizes) != len(values):
        raise ValueError("sizes of another column")
    rest = iter(values)
    return map(islice, repeat(rest), sizes)


def _put(name: str, objects: list[Any], values: list[Any]) -> None:
    """An attribute of many objects; into slots without a call for each."""
    if len(objects) != len(values):
        raise ValueError("a column of another length")
    slot = getattr(type(objects[0]), name, None) if objects else None
    # What a struct holds decides whether it is looked through for garbage: it is told.
    if type(slot) is MemberDescriptorType and not isinstance(objects[0], msgspec.Struct):
        deque(map(slot.__set__, objects, values), maxlen=0)
        return
    for each, value in zip(objects, values, strict=True):
        setattr(each, name, value)
