"""What a client sends: PRELOGIN, LOGIN7, SQL batches, procedure calls (MS-TDS 2.2.6)."""

from typing import Any, NamedTuple

from capture.wire.binary_layout import HIDDEN
from capture.wire.tds.reader import CUT_SHORT, MalformedMessage, Reader, utf16
from capture.wire.tds.table_values import read_table
from capture.wire.tds.types import Token, read_type, type_info_sizes
from capture.wire.tds.value_frames import Read
from capture.wire.tds.version import Version, version_of

PARAMETERS_MAX = 4096  # of a call
MESSAGE_PARAMETERS_MAX, MESSAGE_CALLS_MAX = 1 << 18, 1 << 14
REMEMBERED_HEADS_MAX = 4096
REMEMBERED_LAYOUTS_MAX, LAYOUT_PARAMETERS_MAX = 256, 256
_PRELOGIN_OPTIONS = {
    0: "version",
    1: "encryption",
    2: "instance",
    3: "thread_id",
    4: "mars",
    5: "trace_id",
    6: "fed_auth_required",
    7: "nonce",
}
ENCRYPTION_NOT_SUPPORTED = 2
_TERMINATOR = 0xFF
_LOGIN_FIXED_BYTES = 36
_PROCEDURES_BY_ID = {
    1: "sp_cursor",
    2: "sp_cursoropen",
    3: "sp_cursorprepare",
    4: "sp_cursorexecute",
    5: "sp_cursorprepexec",
    6: "sp_cursorunprepare",
    7: "sp_cursorfetch",
    8: "sp_cursoroption",
    9: "sp_cursorclose",
    10: "sp_executesql",
    11: "sp_prepare",
    12: "sp_execute",
    13: "sp_prepexec",
    14: "sp_prepexecrpc",
    15: "sp_unprepare",
}
_BY_ID = 0xFFFF
# Between the calls of one message: before 7.2, and since.
_OLD_SEPARATORS = frozenset((0x80,))
_SEPARATORS = frozenset((0xFE, 0xFF))
_IS_OUTPUT, _IS_ENCRYPTED = 0x01, 0x08


class Parameter(NamedTuple):
    """A parameter of a procedure call."""

    name: str
    type: str
    value: Any
    output: bool


# What Parameter() comes down to, in half the time: most of what a client sends are parameters.
_new = tuple.__new__


class Call(NamedTuple):
    """One procedure call."""

    procedure: str
    parameters: list[Parameter]


class _Head(NamedTuple):
    """What stands before a parameter's value: name, direction and type."""

    name: str
    type: str
    output: bool
    read: Read


# A head's bytes and their number, then what they say.
_Place = tuple[bytes, int, str, str, bool, Read]


_NO_LAYOUT: list[_Place] = []


class _Heads(dict[bytes, _Head]):
    """Heads by their bytes: a client's calls have the same ones again and again."""

    def __init__(self, *, has_collation: bool) -> None:
        super().__init__()
        self._has_collation = has_collation
        self.sizes = type_info_sizes(has_collation=has_collation)
        # By the first head of a call: all heads that stood there last time.
        self.layouts: dict[bytes, list[_Place]] = {}

    def place(self, raw: bytes) -> _Place:
        return (raw, len(raw), *self[raw])

    def keep_layout(self, first: bytes, layout: list[_Place]) -> None:
        if len(self.layouts) >= REMEMBERED_LAYOUTS_MAX:
            self.layouts.clear()
        self.layouts[first] = layout[:LAYOUT_PARAMETERS_MAX]

    def __missing__(self, raw: bytes) -> _Head:
        reader = Reader(raw)
        name, status = reader.b_varchar(), _status(reader)
        kind = read_type(reader, has_collation=self._has_collation, is_parameter=True)
        head = _Head(name, kind.name, bool(status & _IS_OUTPUT), kind.read_parameter)
        if len(self) >= REMEMBERED_HEADS_MAX:
            self.clear()
        self[raw] = head
        return head


_HEADS = {has_collation: _Heads(has_collation=has_collation) for has_collation in (False, True)}


def prelogin(data: bytes) -> dict[str, Any]:
    """Option names to values: encryption as its number, version as text, others as hex."""
    options: dict[str, Any] = {}
    reader = Reader(data)
    while (code := reader.u8()) != _TERMINATOR:
        offset, size = (int.from_bytes(reader.take(2), "big") for _ in range(2))
        value = data[offset : offset + size]
        if len(value) != size:
            raise MalformedMessage("a PRELOGIN option lies outside the message")
        name = _PRELOGIN_OPTIONS.get(code, f"option_{code}")
        options[name] = _prelogin_value(name, value)
    return options


def encryption_of(options: dict[str, Any]) -> int | None:
    """The encryption option; None where it is missing, or not the one byte it has to be."""
    value = options.get("encryption")
    return value if type(value) is int else None


def _prelogin_value(name: str, value: bytes) -> Any:
    if name == "version" and len(value) == 6:
        return f"{value[0]}.{value[1]}.{int.from_bytes(value[2:4], 'big')}"
    if name in ("encryption", "mars") and len(value) == 1:
        return value[0]
    return value.hex()


def login7(data: bytes) -> tuple[dict[str, Any], Version | None]:
    """The `login7` message and the version it asks for."""
    reader = Reader(data)
    if reader.u32() != len(data):
        raise MalformedMessage("LOGIN7 length does not fit")
    number = reader.u32()
    version = version_of(number)
    reader.at = _LOGIN_FIXED_BYTES
    texts = [_login_text(data, reader.u16(), reader.u16()) for _ in range(9)]
    host, user, _, app, server, _, _, _, database = texts
    return {
        "version": version.text if version else f"0x{number:08x}",
        "host": host,
        "user": user,
        "app": app,
        "server": server,
        "database": database,
        "password": HIDDEN,
    }, version


def sql_batch(data: bytes, version: Version | None) -> str:
    """The text of a SQL batch."""
    return utf16(data[headers_size(data, version) :])


def procedure_calls(data: bytes, version: Version) -> list[Call]:
    """The calls of one RPC message."""
    reader = Reader(data, headers_size(data, version))
    calls: list[Call] = []
    parameters = 0
    while reader.left:
        try:
            call = _call(reader, version)
        except CUT_SHORT as error:
            raise MalformedMessage(f"the call ends early: {error}") from None
        calls.append(call)
        parameters += len(call.parameters)
        if len(calls) > MESSAGE_CALLS_MAX or parameters > MESSAGE_PARAMETERS_MAX:
            raise MalformedMessage(f"{len(calls)} calls with {parameters} parameters")
    return calls


def headers_size(data: bytes, version: Version | None) -> int:
    """Bytes of ALL_HEADERS; without a known version, whether they look like headers decides."""
    if version is not None and not version.has_headers:
        return 0
    total = int.from_bytes(data[:4], "little")
    first = int.from_bytes(data[4:8], "little")
    is_plausible = 4 < total <= len(data) and 6 <= first <= total - 4
    if not is_plausible and version is not None:
        raise MalformedMessage(f"ALL_HEADERS of {total} bytes in {len(data)}")
    return total if is_plausible else 0


def _login_text(data: bytes, offset: int, characters: int) -> str:
    raw = data[offset : offset + 2 * characters]
    if len(raw) != 2 * characters:
        raise MalformedMessage("a LOGIN7 text lies outside the message")
    return utf16(raw)


def _call(reader: Reader, version: Version) -> Call:
    size = reader.u16()
    if size == _BY_ID:
        number = reader.u16()
        procedure = _PROCEDURES_BY_ID.get(number, f"procedure_{number}")
    else:
        procedure = reader.text(size)
    reader.skip(2)  # option flags
    parameters = _parameters(reader, version)
    if reader.left:
        reader.skip(1)
    return Call(procedure, parameters)


def _parameters(reader: Reader, version: Version) -> list[Parameter]:
    """Up to the next call. The usual parameter costs a comparison and the reading of its value."""
    data, at = reader.data, reader.at
    if at == reader.end:
        return []
    heads = _HEADS[version.has_collations]
    type_at = at + 2 + 2 * data[at]
    first = data[at : type_at + heads.sizes[data[type_at]]] if type_at < reader.end else b""
    layout = heads.layouts.get(first, _NO_LAYOUT)
    parameters: list[Parameter] = []
    for raw, size, name, kind, output, read in layout:
        if not data.startswith(raw, at):
            break
        value, at = read(data, at + size)
        parameters.append(_new(Parameter, (name, kind, value, output)))
    reader.at = at
    expected = len(parameters)
    used = _further_parameters(reader, version, parameters)
    if used:
        heads.keep_layout(first, [*layout[:expected], *map(heads.place, used)])
    return parameters


def _further_parameters(
    reader: Reader, version: Version, parameters: list[Parameter]
) -> list[bytes]:
    """Adds the parameters from here on; the heads of the usual ones at their beginning."""
    data, at, end = reader.data, reader.at, reader.end
    separators = _SEPARATORS if version.has_headers else _OLD_SEPARATORS
    heads = _HEADS[version.has_collations]
    used: list[bytes] = []
    is_usual = True
    while at < end and data[at] not in separators:
        if len(parameters) == PARAMETERS_MAX:
            raise MalformedMessage(f"more than {PARAMETERS_MAX} parameters")
        type_at = at + 2 + 2 * data[at]
        size = heads.sizes[data[type_at]]
        if size:
            raw = data[at : type_at + size]
            name, kind, output, read = heads[raw]
            value, at = read(data, type_at + size)
            parameters.append(_new(Parameter, (name, kind, value, output)))
            if is_usual:
                used.append(raw)
        else:
            reader.at = at
            parameters.append(_unusual_parameter(reader, version))
            at = reader.at
            is_usual = False
    reader.at = at
    return used


def _unusual_parameter(reader: Reader, version: Version) -> Parameter:
    """One whose type is described at a length of its own: tables, XML, types of the server."""
    name, output = reader.b_varchar(), bool(_status(reader) & _IS_OUTPUT)
    if reader.data[reader.at] == Token.TABLE:
        reader.skip(1)
        rows = read_table(reader, has_collation=version.has_collations)
        return Parameter(name, "table", rows, output)
    kind = read_type(reader, has_collation=version.has_collations, is_parameter=True)
    value, reader.at = kind.read_parameter(reader.data, reader.at)
    return Parameter(name, kind.name, value, output)


def _status(reader: Reader) -> int:
    status = reader.u8()
    if status & _IS_ENCRYPTED:
        raise MalformedMessage("a parameter encrypted by its client")
    return status
