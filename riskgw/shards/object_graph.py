"""A graph of listed objects as nested lists of plain values, and back.

What can change is stored once, in a table, and referred to by its place there: shared objects stay
shared and cycles close. What cannot change stands where it is used, so that only it is nested, and
that not deeply; the table is written and read in one loop, however long its chains are.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec

DEPTH_MAX = 32
_INT_MIN, _INT_MAX = -(1 << 63), (1 << 64) - 1
# A list in the data is one of these, with what belongs to it; all else stands for itself.
REFERENCE, TUPLE, FROZENSET, WHOLE, MEMBER, CONSTANT, INT, DATE = range(8)
# The entries of the table.
LIST, DICT, COUNTER, SET, DEQUE, OBJECT = range(6)

# A float is only ever what a column of such a type held on the wire.
_PLAIN = frozenset((type(None), bool, str, bytes, float))
_CONTAINERS = (list, dict, Counter, set, deque)


class NotStorable(TypeError):
    """Something that the schema does not list; says what."""


class Listing:
    """The classes and constants of a schema by number."""

    def __init__(
        self,
        objects: Mapping[type, Sequence[str]],
        values: Sequence[type],
        constants: Mapping[str, object],
        rebuilt: Mapping[type, Sequence[str]],
    ) -> None:
        self.attributes = {cls: tuple(names) for cls, names in objects.items()}
        self.rebuilt = {cls: tuple(names) for cls, names in rebuilt.items()}
        self.classes = list(self.attributes)
        self.class_numbers = {cls: number for number, cls in enumerate(self.classes)}
        self.whole = [cls for cls in values if not issubclass(cls, Enum)]
        self.whole_numbers = {cls: number for number, cls in enumerate(self.whole)}
        self.members = [each for cls in values if issubclass(cls, Enum) for each in cls]
        self.member_numbers = {(type(each), each): n for n, each in enumerate(self.members)}
        self.constants = [constants[name] for name in sorted(constants)]
        self.constant_numbers = {id(each): n for n, each in enumerate(self.constants)}
        self.forms = dict.fromkeys(map(type, self.constants), GraphWriter.constant)
        self.forms |= dict.fromkeys(map(type, self.members), GraphWriter.member)
        self.forms |= dict.fromkeys(self.whole, GraphWriter.whole)
        self.forms |= dict.fromkeys((*_CONTAINERS, *self.classes), GraphWriter.reference)
        self.forms |= {
            int: GraphWriter.large, tuple: GraphWriter.tuple_,
            frozenset: GraphWriter.frozen_set, date: GraphWriter.day,
        }  # fmt: skip
        self.referred = frozenset((*_CONTAINERS, *self.classes))
        self.states = {cls: _state_of(names) for cls, names in self.attributes.items()}
        for cls in self.classes:
            self.check(cls, _slots(cls))

    def check(self, cls: type, names: Iterable[str]) -> None:
        """Every attribute is state or is rebuilt; one that is neither would be lost unseen."""
        known = (*self.attributes[cls], *self.rebuilt.get(cls, ()))
        if lost := sorted(set(names).difference(known)):
            raise NotStorable(f"{_name(cls)}: {', '.join(lost)} not in the schema")


class GraphWriter:
    """Writes one graph."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._forms = listing.forms
        self._found: list[Any] = []
        self._places: dict[int, int] = {}

    def graph(self, root: object) -> list[Any]:
        """The root and the table; the table grows while it is written."""
        top = self._stored(root, 0)
        return [top, [self._entry(each) for each in self._found]]

    def _stored(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _PLAIN or (kind is int and _INT_MIN <= value <= _INT_MAX):
            return value
        form = self._forms.get(kind)
        if form is None:
            raise NotStorable(f"{_name(kind)} is not in the schema")
        if depth > DEPTH_MAX:
            raise NotStorable(f"{_name(kind)} stands more than {DEPTH_MAX} deep")
        return form(self, value, depth + 1)

    def _all(self, values: Sequence[Any], depth: int = 0) -> list[Any]:
        """As `_stored` for each; a day has millions, so without a call for what is usual."""
        if _PLAIN.issuperset(map(type, values)):
            return list(values)
        referred, places, found = self._listing.referred, self._places, self._found
        all_stored: list[Any] = []
        for value in values:
            kind = type(value)
            if kind in _PLAIN:
                all_stored.append(value)
            elif kind in referred:
                place = places.setdefault(id(value), len(found))
                if place == len(found):
                    found.append(value)
                all_stored.append([REFERENCE, place])
            else:
                all_stored.append(self._stored(value, depth))
        return all_stored

    def reference(self, value: Any, depth: int) -> list[Any]:
        place = self._places.get(id(value))
        if place is None:
            place = self._places[id(value)] = len(self._found)
            self._found.append(value)
        return [REFERENCE, place]

    def tuple_(self, value: tuple[Any, ...], depth: int) -> list[Any]:
        return [TUPLE, *self._all(value, depth)]

    def frozen_set(self, value: frozenset[Any], depth: int) -> list[Any]:
        return [FROZENSET, *self._sorted(value, depth)]

    def whole(self, value: Any, depth: int) -> list[Any]:
        kind = type(value)
        items = value if isinstance(value, tuple) else msgspec.structs.astuple(value)
        return [WHOLE, self._listing.whole_numbers[kind], *self._all(items, depth)]

    def member(self, value: Enum, depth: int) -> list[Any]:
        return [MEMBER, self._listing.member_numbers[type(value), value]]

    def constant(self, value: Any, depth: int) -> list[Any]:
        number = self._listing.constant_numbers.get(id(value))
        if number is None:
            raise NotStorable(f"{_name(type(value))} is none of the constants")
        return [CONSTANT, number]

    def large(self, value: int, depth: int) -> list[Any]:
        return [INT, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)]

    def day(self, value: date, depth: int) -> list[Any]:
        return [DATE, value.toordinal()]

    def _entry(self, value: Any) -> list[Any]:
        kind = type(value)
        if kind is list:
            return [LIST, *self._all(value)]
        if kind is dict or kind is Counter:
            flat = list(chain.from_iterable(value.items()))
            return [DICT if kind is dict else COUNTER, *self._all(flat)]
        if kind is set:
            return [SET, *self._sorted(value, 0)]
        if kind is deque:
            return [DEQUE, value.maxlen, *self._all(value)]
        return self._object(value)

    def _object(self, value: Any) -> list[Any]:
        kind = type(value)
        if attributes := getattr(value, "__dict__", None):
            self._listing.check(kind, attributes)
        state = self._listing.states[kind](value)
        return [OBJECT, self._listing.class_numbers[kind], *self._all(state)]

    def _sorted(self, values: Iterable[Any], depth: int) -> list[Any]:
        stored = self._all(list(values), depth)
        if any(type(each) is list and each[0] == REFERENCE for each in stored):
            raise NotStorable("a set of objects, which have no order")
        return sorted(stored, key=msgspec.msgpack.encode)


class GraphReader:
    """Reads one graph; raises whatever its content makes the constructors raise."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._made: list[Any] = []
        # Equal texts become one again: the reference of an order stands in many windows.
        self._texts: dict[str, str] = {}
        self._forms: tuple[Callable[[list[Any]], Any], ...] = (
            lambda stored: self._made[stored[1]],
            lambda stored: tuple(self._all(stored[1:])),
            lambda stored: frozenset(self._all(stored[1:])),
            self._whole,
            lambda stored: listing.members[stored[1]],
            lambda stored: listing.constants[stored[1]],
            lambda stored: int.from_bytes(stored[1], "big", signed=True),
            lambda stored: date.fromordinal(stored[1]),
        )

    def root(self, graph: list[Any], into: object = None) -> Any:
        """The table's entries are made empty, then filled: each may refer to any other.

        `into` and its parts are there already and are filled as they are.
        """
        top, table = graph
        given: dict[int, Any] = {}
        if into is not None:
            self._pair(top, into, table, given)
        self._made = [
            given[place] if place in given else self._empty(entry)
            for place, entry in enumerate(table)
        ]
        for made, entry in zip(self._made, table, strict=True):
            self._fill(made, entry)
        return self._value(top)

    def _pair(self, stored: list[Any], there: Any, table: list[Any], given: dict[int, Any]) -> None:
        """Which entry of the table each object is that is there already."""
        reference, place = stored
        kind, number, *state = table[place]
        is_object = (reference, kind) == (REFERENCE, OBJECT)
        if not is_object or self._listing.classes[number] is not type(there):
            raise TypeError(f"no {_name(type(there))}")
        if place in given:
            return
        given[place] = there
        for name, value in zip(self._listing.attributes[type(there)], state, strict=True):
            part = getattr(there, name)
            if type(part) in self._listing.rebuilt:
                self._pair(value, part, table, given)

    def _value(self, stored: Any) -> Any:
        kind = type(stored)
        if kind is list:
            return self._forms[stored[0]](stored)
        return self._texts.setdefault(stored, stored) if kind is str else stored

    def _all(self, stored: Iterable[Any]) -> list[Any]:
        """As `_value` for each; a day has millions, so without a call for what is usual."""
        made, texts, forms = self._made, self._texts, self._forms
        return [
            each
            if (kind := type(each)) is int
            else texts.setdefault(each, each)
            if kind is str
            else each
            if kind is not list
            else made[each[1]]
            if each[0] == REFERENCE
            else forms[each[0]](each)
            for each in stored
        ]

    def _whole(self, stored: list[Any]) -> Any:
        cls: Any = self._listing.whole[stored[1]]
        items = self._all(stored[2:])
        if issubclass(cls, tuple):
            return cls(*items)
        return cls(**dict(zip(cls.__struct_fields__, items, strict=True)))

    def _empty(self, entry: list[Any]) -> Any:
        kind = entry[0]
        if kind == DEQUE:
            return deque(maxlen=entry[1])
        if kind != OBJECT:
            return _CONTAINERS[kind]()
        cls: Any = self._listing.classes[entry[1]]
        if cls in self._listing.rebuilt:
            return cls()
        if issubclass(cls, msgspec.Struct):
            return cls(**dict.fromkeys(cls.__struct_fields__))
        return cls.__new__(cls)

    def _fill(self, made: Any, entry: list[Any]) -> None:
        kind = entry[0]
        if kind == OBJECT:
            names = self._listing.attributes[type(made)]
            for name, value in zip(names, self._all(entry[2:]), strict=True):
                setattr(made, name, value)
        elif kind in (DICT, COUNTER):
            values = self._all(entry[1:])
            made.update(dict(zip(values[::2], values[1::2], strict=True)))
        elif kind == SET:
            made.update(self._all(entry[1:]))
        else:
            made.extend(self._all(entry[1 if kind == LIST else 2 :]))


def _state_of(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """The attributes of one object, all at once."""
    if len(names) < 2:  # for one name attrgetter gives no tuple
        return lambda value: tuple(getattr(value, name) for name in names)
    return attrgetter(*names)


def _slots(cls: type) -> list[str]:
    names: list[str] = []
    for each in cls.__mro__:
        slots = each.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else slots
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
