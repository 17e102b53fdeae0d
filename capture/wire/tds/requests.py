"""What a client sends: PRELOGIN, LOGIN7, SQL batches, procedure calls (MS-TDS 2.2.6)."""

from typing import Any, NamedTuple

from capture.wire.binary_layout import HIDDEN
from capture.wire.tds.reader import MalformedMessage, Reader, utf16
from capture.wire.tds.types import read_type
from capture.wire.tds.version import Version, version_of

PARAMETERS_MAX = 4096
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
_IS_OUTPUT = 1


class Parameter(NamedTuple):
    """A parameter of a procedure call."""

    name: str
    type: str
    value: Any
    output: bool


class Call(NamedTuple):
    """One procedure call."""

    procedure: str
    parameters: list[Parameter]


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
    calls = []
    while reader.left:
        calls.append(_call(reader, version))
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
    separators = _SEPARATORS if version.has_headers else _OLD_SEPARATORS
    parameters: list[Parameter] = []
    while reader.left and reader.data[reader.at] not in separators:
        if len(parameters) == PARAMETERS_MAX:
            raise MalformedMessage(f"more than {PARAMETERS_MAX} parameters")
        parameters.append(_parameter(reader, version))
    if reader.left:
        reader.skip(1)
    return Call(procedure, parameters)


def _parameter(reader: Reader, version: Version) -> Parameter:
    name = reader.b_varchar()
    status = reader.u8()
    kind = read_type(reader, has_collation=version.has_collations)
    value, reader.at = kind.read_parameter(reader.data, reader.at)
    return Parameter(name, kind.name, value, bool(status & _IS_OUTPUT))
