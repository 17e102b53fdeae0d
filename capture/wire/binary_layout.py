"""Layouts of the exchanges' binary messages: what a framer checks and a decoder unpacks."""

import struct
from typing import Any

import msgspec

from capture.wire.field_tables import Field, extended, fields_of_table, named, struct_of

HIDDEN = "***"


class Group(msgspec.Struct, frozen=True):
    """A repeating group at the end of a body; the field named `count` says how often."""

    count: str
    fields: tuple[Field, ...]
    struct: struct.Struct


class Layout(msgspec.Struct, frozen=True):
    """One message type. `size` is that of the fixed part of the body."""

    type: int
    name: str
    fields: tuple[Field, ...]
    struct: struct.Struct
    size: int
    group: Group | None = None

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
        rest = self.rest
        if group := self.layout.group:
            size = group.struct.size * fields[group.count]
            entries = group.struct.iter_unpack(rest[:size])
            fields["groups"] = [named(group.fields, entry) for entry in entries]
            rest = rest[size:]
        if rest:
            fields["extra"] = rest.hex()
        return fields

    def has_whole_groups(self) -> bool:
        """Whether the body is long enough for the entries it announces."""
        group = self.layout.group
        if group is None:
            return True
        count = self.values[self.layout.position(group.count)]
        return bool(group.struct.size * count <= len(self.rest))


class UnknownMessage(msgspec.Struct, frozen=True, gc=False):
    """A sound message of a type that is not in the reference."""

    type: int
    body: bytes
    name: str = "unknown"

    def fields(self) -> dict[str, Any]:
        return {"raw": self.body.hex()}


def plain(kind: int, name: str, table: str, group: str = "", count: str = "") -> Layout:
    """A message type with a table of its own, and its repeating group if it has one."""
    rows = fields_of_table(group)
    repeating = Group(count, rows, struct_of(rows)) if rows else None
    return _layout(kind, name, fields_of_table(table), repeating)


def family(name: str, table: str, extensions: dict[int, str]) -> list[Layout]:
    """Message types that share a table and differ in what they append to it."""
    common = fields_of_table(table)
    return [_layout(kind, name, extended(common, more)) for kind, more in extensions.items()]


def _layout(kind: int, name: str, fields: tuple[Field, ...], group: Group | None = None) -> Layout:
    packed = struct_of(fields)
    return Layout(kind, name, fields, packed, packed.size, group)
