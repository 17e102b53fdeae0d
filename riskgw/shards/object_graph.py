"""A graph of listed objects as columns of plain values, and back: what both directions agree on.

What can change is stored once, under a place of its own, and referred to by that: shared objects
stay shared and cycles close. Objects of one class are stored together, an attribute a column; a
column whose values are of one kind is written and read without a call for each value.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum

from riskgw.kernel.slots import slots_of

DEPTH_MAX = 32
INT_MIN, INT_MAX = -(1 << 63), (1 << 64) - 1
# The forms of a column, each with what belongs to it.
PLAIN, REFERENCES, MEMBERS, CONSTANTS, LARGE, DATES, TUPLES, FROZENSETS, WHOLE, MIXED = range(10)
# The kinds of a batch: the containers by their place here, objects of a class last.
CONTAINERS = (list, dict, Counter, set, deque)
LIST, DICT, COUNTER, SET, DEQUE, OBJECT = range(6)
# Stands for None among references and members.
NOTHING = -1

# A float is only ever what a column of such a type held on the wire.
_PLAIN_TYPES = (type(None), bool, int, str, bytes, float)


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
        self.member_numbers = {id(each): number for number, each in enumerate(self.members)}
        self.member_numbers[id(None)] = NOTHING
        self.constants = [constants[name] for name in sorted(constants)]
        self.constant_numbers = {id(each): number for number, each in enumerate(self.constants)}
        self.forms: dict[type, int] = dict.fromkeys(map(type, self.constants), CONSTANTS)
        self.forms |= dict.fromkeys(map(type, self.members), MEMBERS)
        self.forms |= dict.fromkeys(self.whole, WHOLE)
        self.forms |= dict.fromkeys((*CONTAINERS, *self.classes), REFERENCES)
        self.forms |= {tuple: TUPLES, frozenset: FROZENSETS, date: DATES}
        self.forms |= dict.fromkeys(_PLAIN_TYPES, PLAIN)
        for cls in self.classes:
            self.check(cls, slots_of(cls))

    def check(self, cls: type, names: Iterable[str]) -> None:
        """Every attribute is state or is rebuilt; one that is neither would be lost unseen."""
        known = (*self.attributes[cls], *self.rebuilt.get(cls, ()))
        if lost := sorted(set(names).difference(known)):
            raise NotStorable(f"{name_of(cls)}: {', '.join(lost)} not in the schema")


def name_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
