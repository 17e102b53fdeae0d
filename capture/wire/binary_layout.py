"""Layouts of the exchanges' binary messages: what a framer checks and a decoder unpacks."""

from collections.abc import Iterator
from struct import Struct
from typing import Any

import msgspec

from capture.wire.field_tables import (
    Field,
    extended,
    fields_of_table,
    named,
    struct_of,
    struct_of_type,
)

HIDDEN = "***"


class Group(msgspec.Struct, frozen=True):
    """A repeating group behind the fixed part; the field named `count` says how often.

    `own_count` unpacks that field where it stands before the entries, not in the fixed part.
    """

    count: str
    fields: tuple[Field, ...]
    struct: Struct
    own_count: Struct | None = None


class Layout(msgspec.Struct, frozen=True):
    """One message type. `size` is that of the fixed part of the body."""

    type: int
    name: str
    fields: tuple[Field, ...]
    struct: Struct
    size: int
    groups: tuple[Group, ...] = ()

    def position(self, name: str) -> int:
        """Where a field stands among the values."""
        return [field.name for field in self.fields].index(name)


class BinaryMessage(msgspec.Struct, frozen=True, gc=False):
    """`values` are the fixed fields and the checksum, as unpacked.

    `rest` is what followed the fixed fields up to the length.
    """

    layout: Layout
    values: tuple[Any, ...]
    rest: bytes = b""

    @property
    def type(self) -> int:
        return self.layout.type

    @property
    def name(self) -> str:
        return self.layout.name

    def fields(self) -> dict[str, Any]:
        """Official names to values: integers as on the wire, text right-stripped."""
        fields = named(self.layout.fields, self.values[:-1])
        if fields.get("Password"):
            fields["Password"] = HIDDEN
        end = 0
        if self.layout.groups:
            entries: list[dict[str, Any]] = []
            for group, start, end in self._groups(fields):
                chosen = group.struct.iter_unpack(self.rest[start:end])
                entries += [named(group.fields, entry) for entry in chosen]
            fields["groups"] = entries
        if end < len(self.rest):
            fields["extra"] = self.rest[end:].hex()
        return fields

    def has_whole_groups(self) -> bool:
        """Whether the body is long enough for the entries it announces."""
        if not self.layout.groups:
            return True
        fields = named(self.layout.fields, self.values[:-1])
        return sum(1 for _ in self._groups(fields)) == len(self.layout.groups)

    def _groups(self, fields: dict[str, Any]) -> Iterator[tuple[Group, int, int]]:
        """Each group that is there whole, and where its entries stand; counts go into `fields`."""
        end = 0
        for group in self.layout.groups:
            if own_count := group.own_count:
                if end + own_count.size > len(self.rest):
                    return
                (fields[group.count],) = own_count.unpack_from(self.rest, end)
                end += own_count.size
            start, end = end, end + group.struct.size * fields[group.count]
            if end > len(self.rest):
                return
            yield group, start, end


class UnknownMessage(msgspec.Struct, frozen=True, gc=False):
    """A sound message of a type that is not in the reference."""

    type: int
    body: bytes
    name: str = "unknown"

    def fields(self) -> dict[str, Any]:
        return {"raw": self.body.hex()}


def plain(kind: int, name: str, table: str, *groups: Group) -> Layout:
    """A message type with a table of its own, and its repeating groups if it has any."""
    return _layout(kind, name, fields_of_table(table), groups)


def repeating(count: str, table: str, own_count: str = "") -> Group:
    """A group of the rows of a table; `own_count` is the type of a count that precedes it."""
    rows = fields_of_table(table)
    return Group(count, rows, struct_of(rows), struct_of_type(own_count) if own_count else None)


def family(name: str, table: str, extensions: dict[int, str]) -> list[Layout]:
    """Message types that share a table and differ in what they append to it."""
    common = fields_of_table(table)
    return [_layout(kind, name, extended(common, more)) for kind, more in extensions.items()]


def without(layout: Layout, name: str) -> Layout:
    """The same message type from before it had its first field, `name`."""
    first, *fields = layout.fields
    assert first.name == name
    offset = struct_of((first,)).size
    moved = tuple(field._replace(offset=field.offset - offset) for field in fields)
    return _layout(layout.type, layout.name, moved, layout.groups)


def _layout(
    kind: int, name: str, fields: tuple[Field, ...], groups: tuple[Group, ...] = ()
) -> Layout:
    packed = struct_of(fields)
    return Layout(kind, name, fields, packed, packed.size, groups)
