"""Statements the server keeps for a connection, and the procedures that use them (T-SQL, sp_…)."""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from capture.wire.tds.requests import Call, Parameter
from capture.wire.tds.sql_text import procedure_name

STATEMENTS_MAX = 4096
CHARACTERS_MAX = 1 << 24
REMEMBERED_CHARACTERS_MAX = 8192  # of declarations
_DECLARED = re.compile(r"(@[\w$#@]+)\s+(?:AS\s+)?[\w\[\"]", re.IGNORECASE)
_CURSOR_INSERT = 4


class Role(NamedTuple):
    """Where among the parameters of a system procedure what stands."""

    sql: int | None = None
    declarations: int | None = None
    arguments: int | None = None
    # The handle it is given, and whether the first values returned are a handle and a cursor.
    handle: int | None = None
    cursor: int | None = None
    returns_handle: bool = False
    returns_cursor: bool = False
    forgets: bool = False


ROLES = {
    "sp_executesql": Role(sql=0, declarations=1, arguments=2),
    "sp_prepare": Role(sql=2, declarations=1, returns_handle=True),
    "sp_prepexec": Role(sql=2, declarations=1, arguments=3, returns_handle=True),
    "sp_prepexecrpc": Role(sql=1, arguments=2, returns_handle=True),
    "sp_execute": Role(handle=0, arguments=1),
    "sp_unprepare": Role(handle=0, forgets=True),
    "sp_cursoropen": Role(sql=1, declarations=5, arguments=6, returns_cursor=True),
    "sp_cursorprepare": Role(sql=2, declarations=1, returns_handle=True),
    "sp_cursorprepexec": Role(
        sql=3, declarations=2, arguments=7, returns_handle=True, returns_cursor=True
    ),
    "sp_cursorexecute": Role(handle=0, arguments=5, returns_cursor=True),
    "sp_cursorunprepare": Role(handle=0, forgets=True),
    "sp_cursorfetch": Role(cursor=0),
    "sp_cursor": Role(cursor=0),
    "sp_cursoroption": Role(cursor=0),
    "sp_cursorclose": Role(cursor=0, forgets=True),
}


class Prepared(NamedTuple):
    """A text the server keeps, and the declarations of its parameters."""

    sql: str
    declarations: str


class StatementMemory:
    """Handle to text, for one connection; beyond the limits the oldest are forgotten."""

    __slots__ = ("_by_handle", "_characters")

    def __init__(self) -> None:
        self._by_handle: dict[int, Prepared] = {}
        self._characters = 0

    def keep(self, handle: int, prepared: Prepared) -> None:
        self.forget(handle)
        self._by_handle[handle] = prepared
        self._characters += _size(prepared)
        while len(self._by_handle) > STATEMENTS_MAX or self._characters > CHARACTERS_MAX:
            self.forget(next(iter(self._by_handle)))

    def recall(self, handle: int) -> Prepared | None:
        return self._by_handle.get(handle)

    def forget(self, handle: int) -> None:
        if known := self._by_handle.pop(handle, None):
            self._characters -= _size(known)

    def clear(self) -> None:
        self._by_handle.clear()
        self._characters = 0


def _size(prepared: Prepared) -> int:
    return len(prepared.sql) + len(prepared.declarations)


def role_of(call: Call) -> Role | None:
    """What a system procedure does with statements; None for any other procedure."""
    name = call.procedure.lower()
    return ROLES.get(name) or ROLES.get(procedure_name(name))


def prepared_by(call: Call, role: Role) -> Prepared | None:
    """The text that the call itself carries."""
    if role.sql is None or role.sql >= len(call.parameters):
        return None
    return Prepared(_text(call, role.sql), _text(call, role.declarations))


def number_at(call: Call, place: int | None) -> int | None:
    """A handle or cursor among the parameters; 0 and NULL are none."""
    if place is None or place >= len(call.parameters):
        return None
    value = call.parameters[place].value
    return value if type(value) is int and value else None


def returned_numbers(role: Role, values: list[tuple[str, Any]]) -> tuple[int | None, int | None]:
    """The handle and the cursor that a call was given; they are returned before all else."""
    numbers = [value if type(value) is int and value else None for _, value in values[:2]]
    numbers += [None, None]
    if not role.returns_handle:
        return None, numbers[0] if role.returns_cursor else None
    return numbers[0], numbers[1] if role.returns_cursor else None


def arguments_of(call: Call, role: Role, prepared: Prepared) -> list[Parameter]:
    """The values for the text's parameters: with cursors the last ones, behind what may be
    left out."""
    if role.arguments is None:
        return []
    given = call.parameters[role.arguments :]
    if role.returns_cursor:
        declared = len(_DECLARED.findall(prepared.declarations))
        given = call.parameters[max(3, len(call.parameters) - declared) :] if declared else []
    return given


def named(arguments: list[Parameter], declarations: str) -> dict[str, Any]:
    """@name to value; a client may leave names out and rely on the order of the declarations."""
    values = {name.lower(): value for name, _, value, _ in arguments}
    if "" not in values:
        return values
    is_usual = len(declarations) <= REMEMBERED_CHARACTERS_MAX
    declared = _declared_before(declarations) if is_usual else _declared(declarations)
    values = {}
    for place, argument in enumerate(arguments):
        name = argument.name or (declared[place] if place < len(declared) else "")
        values[name.lower()] = argument.value
    return values


def _declared(declarations: str) -> list[str]:
    return _DECLARED.findall(declarations)


_declared_before = lru_cache(maxsize=256)(_declared)


def cursor_insert(call: Call) -> tuple[str, dict[str, Any]] | None:
    """Table and columns of a row that sp_cursor adds: cursor, operation, row, table, @column=…"""
    operation = number_at(call, 1)
    if (
        call.procedure.lower() != "sp_cursor"
        or operation is None
        or not operation & _CURSOR_INSERT
        or len(call.parameters) < 5
    ):
        return None
    row = {each.name.lstrip("@").lower(): each.value for each in call.parameters[4:]}
    return _text(call, 3), row


def _text(call: Call, place: int | None) -> str:
    if place is None or place >= len(call.parameters):
        return ""
    return str(call.parameters[place].value or "")
