"""Writes a graph of objects as columns."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain, compress
from operator import attrgetter
from typing import Any

import msgspec

from riskgw.shards.object_graph import (
    CONSTANTS,
    CONTAINERS,
    COUNTER,
    DATES,
    DEPTH_MAX,
    DEQUE,
    DICT,
    FROZENSETS,
    INT_MAX,
    INT_MIN,
    LARGE,
    MEMBERS,
    MIXED,
    NOTHING,
    OBJECT,
    PLAIN,
    REFERENCES,
    SET,
    TUPLES,
    WHOLE,
    Listing,
    NotStorable,
    name_of,
)

_CONTAINER_KINDS: dict[type, int] = {cls: kind for kind, cls in enumerate(CONTAINERS)}


class GraphWriter:
    """Writes one graph."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._places: dict[int, int] = {}
        # Found and not yet written, by class.
        self._waiting: dict[type, list[Any]] = {}
        # An object that went away would leave its identity to another.
        self._written: list[list[Any]] = []

    def graph(self, root: object) -> list[Any]:
        """The root and the batches, of which each may find more."""
        top = self._column([root], 0)
        batches = []
        while self._waiting:
            kind = next(iter(self._waiting))
            found = self._waiting.pop(kind)
            self._written.append(found)
            batches.append(self._batch(kind, found))
        return [top, batches]

    def _batch(self, kind: type, found: list[Any]) -> list[Any]:
        """Objects of one class: what they are, their places, and their content in columns."""
        places = list(map(self._places.__getitem__, map(id, found)))
        container = _CONTAINER_KINDS.get(kind)
        if container is None:
            columns = self._attributes(kind, found)
            return [OBJECT, places, self._listing.class_numbers[kind], *columns]
        head = [container, places, list(map(len, found))]
        if container in (DICT, COUNTER):
            keys = list(chain.from_iterable(found))
            values = list(chain.from_iterable(each.values() for each in found))
            return [*head, self._column(keys, 0), self._column(values, 0)]
        if container == SET:
            found = list(map(self._sorted, found))
        column = self._column(list(chain.from_iterable(found)), 0)
        if container == DEQUE:
            return [*head, column, [each.maxlen for each in found]]
        return [*head, column]

    def _attributes(self, kind: type, found: list[Any]) -> list[Any]:
        if hasattr(found[0], "__dict__"):
            self._listing.check(kind, chain.from_iterable(each.__dict__ for each in found))
        return [
            self._column(list(map(attrgetter(name), found)), 0)
            for name in self._listing.attributes[kind]
        ]

    def _column(self, values: Sequence[Any], depth: int) -> list[Any]:
        """The values in the one form that fits all of them, else in several."""
        kinds = set(map(type, values))
        forms = {self._form(kind) for kind in kinds}
        if forms <= {PLAIN} and _fit(values, kinds):
            return [PLAIN, values]
        if depth > DEPTH_MAX:
            raise NotStorable(f"{name_of(type(values[0]))} stands more than {DEPTH_MAX} deep")
        kinds.discard(type(None))
        named = {self._form(kind) for kind in kinds}
        if named == {REFERENCES}:
            return [REFERENCES, self._references(values)]
        if named == {MEMBERS}:
            numbers = self._listing.member_numbers
            return [MEMBERS, list(map(numbers.__getitem__, map(id, values)))]
        if len(forms) == 1 and len(kinds) == 1 and forms != {PLAIN}:
            return _WRITERS[forms.pop()](self, values, depth)
        return self._mixed(values, depth)

    def _form(self, kind: type) -> int:
        form = self._listing.forms.get(kind)
        if form is None:
            raise NotStorable(f"{name_of(kind)} is not in the schema")
        return form

    def _mixed(self, values: Sequence[Any], depth: int) -> list[Any]:
        """Which of several columns each value stands in, and these."""
        kinds = list(map(type, values))
        numbers: dict[object, int] = {}
        by_kind: dict[type, int] = {}
        for kind in dict.fromkeys(kinds):
            form = self._listing.forms[kind]
            group = form if form in (PLAIN, REFERENCES, MEMBERS) else kind
            by_kind[kind] = numbers.setdefault(group, len(numbers))
        pattern = list(map(by_kind.__getitem__, kinds))
        large = len(numbers)
        if not _fit(values, by_kind):
            pattern = [
                large if type(value) is int and not INT_MIN <= value <= INT_MAX else number
                for value, number in zip(values, pattern, strict=True)
            ]
        parts = [list(compress(values, map(number.__eq__, pattern))) for number in range(large)]
        columns = [self._column(part, depth) for part in parts]
        if large in pattern:
            rest = compress(values, map(large.__eq__, pattern))
            columns.append([LARGE, list(map(_bytes, rest))])
        return [MIXED, pattern, columns]

    def _references(self, values: Iterable[Any]) -> list[int]:
        places, waiting = self._places, self._waiting
        referred = []
        for value in values:
            if value is None:
                referred.append(NOTHING)
                continue
            new = len(places)
            place = places.setdefault(id(value), new)
            if place == new:
                waiting.setdefault(type(value), []).append(value)
            referred.append(place)
        return referred

    def constants(self, values: Sequence[Any], depth: int) -> list[Any]:
        numbers = self._listing.constant_numbers
        try:
            return [CONSTANTS, list(map(numbers.__getitem__, map(id, values)))]
        except KeyError:
            kind = name_of(type(values[0]))
            raise NotStorable(f"{kind} is none of the constants") from None

    def dates(self, values: Sequence[Any], depth: int) -> list[Any]:
        return [DATES, [each.toordinal() for each in values]]

    def tuples(self, values: Sequence[Any], depth: int) -> list[Any]:
        flat = list(chain.from_iterable(values))
        return [TUPLES, list(map(len, values)), self._column(flat, depth + 1)]

    def frozen_sets(self, values: Sequence[Any], depth: int) -> list[Any]:
        return [FROZENSETS, *self.tuples(list(map(self._sorted, values)), depth)[1:]]

    def whole(self, values: Sequence[Any], depth: int) -> list[Any]:
        kind = type(values[0])
        rows = values if issubclass(kind, tuple) else map(msgspec.structs.astuple, values)
        columns = [self._column(each, depth + 1) for each in zip(*rows, strict=True)]
        return [WHOLE, self._listing.whole_numbers[kind], len(values), *columns]

    def _sorted(self, values: Collection[Any]) -> list[Any]:
        """Members of a set in an order that only their content makes."""
        kinds = set(map(type, values))
        if any(self._form(kind) == REFERENCES for kind in kinds):
            raise NotStorable("a set of objects, which have no order")
        if kinds in ({str}, {int}):
            return sorted(values)
        return sorted(values, key=lambda each: msgspec.msgpack.encode(self._column([each], 0)))


_WRITERS: dict[int, Callable[[GraphWriter, Sequence[Any], int], list[Any]]] = {
    CONSTANTS: GraphWriter.constants,
    DATES: GraphWriter.dates,
    TUPLES: GraphWriter.tuples,
    FROZENSETS: GraphWriter.frozen_sets,
    WHOLE: GraphWriter.whole,
}


def _fit(values: Sequence[Any], kinds: Collection[type]) -> bool:
    """Whether none of the numbers is larger than the data's form has room for."""
    if int not in kinds:
        return True
    numbers = values if len(kinds) == 1 else [each for each in values if type(each) is int]
    return bool(min(numbers) >= INT_MIN and max(numbers) <= INT_MAX)


def _bytes(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)
