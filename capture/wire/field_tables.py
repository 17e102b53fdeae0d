"""Field tables that read like an exchange's specification, turned into one unpack each."""

import re
import struct
from typing import Any, NamedTuple

from capture.wire import kernel

PADDING = b" \0"
_CHAR = re.compile(r"char\[(\d+)\]")
# As the specifications call them; both exchanges' words for one width are never mixed in a table.
INTEGER_TYPES = {
    "u8": "B",
    "u16": "H",
    "u32": "I",
    "u64": "Q",
    "i32": "i",
    "i64": "q",
    "Price": "q",
    "Qty": "q",
    "Amt": "q",
    "LocalTimeStamp": "q",
    "LocalMktDate": "I",
    "price": "q",
    "quantity": "q",
    "amount": "q",
    "date": "I",
    "ntime": "Q",
}


class Field(NamedTuple):
    """One row of a table; `code` is its struct format."""

    offset: int
    name: str
    code: str
    is_text: bool


def fields_of_table(table: str) -> tuple[Field, ...]:
    """Rows "offset name type"; a row whose offset is not where the one before ends is refused."""
    fields: list[Field] = []
    end = 0
    for line in table.strip().splitlines():
        offset, name, kind = line.split()
        code = _code(kind)
        field = Field(int(offset), name, code, code.endswith("s"))
        if field.offset != end:
            raise ValueError(f"{name} stands at {field.offset}, the row before ends at {end}")
        end += struct.calcsize(">" + field.code)
        fields.append(field)
    return tuple(fields)


def extended(fields: tuple[Field, ...], extension: str) -> tuple[Field, ...]:
    """`fields` followed by "name type, name type"."""
    end = struct_of(fields).size
    rows = list(fields)
    for pair in filter(None, extension.split(", ")):
        name, kind = pair.split()
        code = _code(kind)
        field = Field(end, name, code, code.endswith("s"))
        end += struct.calcsize(">" + field.code)
        rows.append(field)
    return tuple(rows)


def struct_of(fields: tuple[Field, ...]) -> struct.Struct:
    return struct.Struct(">" + "".join(field.code for field in fields))


def struct_of_type(kind: str) -> struct.Struct:
    """What unpacks one field of a type."""
    return struct.Struct(">" + _code(kind))


def named_by_python(fields: tuple[Field, ...], values: tuple[Any, ...]) -> dict[str, Any]:
    """Unpacked values under their official names; text decoded and right-stripped."""
    return {
        name: value.rstrip(PADDING).decode("utf-8", "replace") if is_text else value
        for (_, name, _, is_text), value in zip(fields, values, strict=True)
    }


named = named_by_python if kernel.COMPILED is None else kernel.COMPILED.named


def _code(kind: str) -> str:
    if match := _CHAR.fullmatch(kind):
        return f"{match[1]}s"
    return INTEGER_TYPES[kind]
