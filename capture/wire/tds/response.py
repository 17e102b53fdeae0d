"""The server's answer: a stream of tokens (MS-TDS 2.2.7)."""

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from capture.wire.tds.reader import CUT_SHORT, MalformedMessage, Reader
from capture.wire.tds.types import ColumnType, read_type
from capture.wire.tds.value_frames import Read
from capture.wire.tds.version import Version, version_of

COLUMNS_MAX = 4096
VALUES_MAX = 1 << 22  # in the rows of a message: a NULL may cost no byte at all
REMEMBERED_METADATA_MAX = 8
PLAIN_ANSWER_BYTES_MAX, PLAIN_ANSWERS_MAX = 64, 256
NO_METADATA = 0xFFFF
DONE_ERROR, DONE_COUNT, DONE_ATTENTION = 0x02, 0x10, 0x20
ENVIRONMENT_PACKET_SIZE = 4
# Status, current command, row count.
_DONE_WIDE, _DONE_NARROW = struct.Struct("<HHQ"), struct.Struct("<HHI")
_TEXT_TYPES = frozenset(("text", "ntext", "image"))


class Column(NamedTuple):
    """A column of a result set."""

    name: str
    kind: ColumnType


class ResultSet(NamedTuple):
    """Columns and the rows that followed them."""

    columns: list[Column]
    rows: list[list[Any]]


class ServerError(NamedTuple):
    """An ERROR token."""

    number: int
    severity: int
    message: str


class Done(NamedTuple):
    """The end of one statement; `affected` only where the server counted rows.

    `command` tells what sort of statement it was, by the server's own numbers.
    """

    is_error: bool
    is_attention: bool
    affected: int | None
    in_procedure: bool
    command: int = 0


class MetadataMemory:
    """Column descriptions a connection has sent: polls get the same ones again and again.

    Forgetting them changes nothing: they are read again.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: list[tuple[Version, bytes, list[Column]]] = []

    def recall(self, reader: Reader, version: Version) -> list[Column] | None:
        for known_version, description, columns in self._known:
            # The same bytes mean other columns in another version.
            if reader.data.startswith(description, reader.at) and known_version == version:
                reader.skip(len(description))
                return columns
        return None

    def keep(self, version: Version, description: bytes, columns: list[Column]) -> None:
        self._known.insert(0, (version, description, columns))
        del self._known[REMEMBERED_METADATA_MAX:]


class _PlainAnswer(NamedTuple):
    """What an answer says that holds no more than the ends of statements."""

    done: tuple[Done, ...]
    ends: tuple[tuple[int, int, int, int], ...]
    return_status: int | None


class _PlainAnswers(dict[bytes, _PlainAnswer]):
    """Such answers by their bytes: all day long the same few."""

    def keep(self, data: bytes, answer: _PlainAnswer) -> None:
        if len(self) >= PLAIN_ANSWERS_MAX:
            self.clear()
        self[data] = answer


_PLAIN_ANSWERS = {has_headers: _PlainAnswers() for has_headers in (False, True)}


class Response:
    """What one tabular-result message says."""

    def __init__(self, memory: MetadataMemory) -> None:
        self._memory = memory
        self.results: list[ResultSet] = []
        self.return_values: list[tuple[str, Any]] = []
        self.return_status: int | None = None
        self.errors: list[ServerError] = []
        self.done: list[Done] = []
        # How many of each there were behind each DONE that ends a batch or a procedure.
        self.ends: list[tuple[int, int, int, int]] = []
        self.login_version: Version | None = None
        self.environment: list[tuple[int, bytes]] = []
        self._reads: list[Read] = []
        self._totals: dict[int, list[Read]] = {}
        self._values = 0

    def __repr__(self) -> str:
        """All that it says; how its columns were described is no part of that."""
        done = (self.done, self.ends, self.environment, self.login_version)
        return f"Response({self.fields()}, {done})"

    def read(self, data: bytes, version: Version) -> None:
        """All tokens of a message; MalformedMessage where they cannot be followed further."""
        if len(data) > PLAIN_ANSWER_BYTES_MAX:
            self._read(data, version)
            return
        answers = _PLAIN_ANSWERS[version.has_headers]
        plain = answers.get(data)
        if plain is None:
            self._read(data, version)
            if self._is_plain:
                plain = _PlainAnswer(tuple(self.done), tuple(self.ends), self.return_status)
                answers.keep(data, plain)
            return
        done, ends, self.return_status = plain
        self.done, self.ends = [*done], [*ends]

    def _read(self, data: bytes, version: Version) -> None:
        reader = Reader(data)
        while reader.left:
            token = reader.u8()
            parse = _TOKENS.get(token)
            if parse is None:
                raise MalformedMessage(f"unknown token 0x{token:02x} at {reader.at - 1}")
            try:
                parse(self, reader, self.login_version or version)
            except CUT_SHORT as error:
                raise MalformedMessage(f"token 0x{token:02x} ends early: {error}") from None

    @property
    def _is_plain(self) -> bool:
        told = self.results or self.return_values or self.errors or self.environment
        return not (told or self.login_version)

    @property
    def is_attention_answer(self) -> bool:
        return any(done.is_attention for done in self.done)

    def fields(self) -> dict[str, Any]:
        """The JSON of the `response` message, without its request."""
        return {
            "results": [
                {
                    "columns": [[column.name, column.kind.name] for column in result.columns],
                    "rows": result.rows,
                }
                for result in self.results
            ],
            "return_values": [{"name": name, "value": value} for name, value in self.return_values],
            "return_status": self.return_status,
            "errors": [error._asdict() for error in self.errors],
            "affected": [done.affected for done in self.done if done.affected is not None],
        }

    def column_metadata(self, reader: Reader, version: Version) -> None:
        count = reader.u16()
        self._reads, self._totals = [], {}
        if count == NO_METADATA:
            return
        if count > COLUMNS_MAX:
            raise MalformedMessage(f"{count} columns")
        start = reader.at = reader.at - 2
        columns = self._memory.recall(reader, version)
        if columns is None:
            reader.skip(2)
            columns = [_column(reader, version) for _ in range(count)]
            self._memory.keep(version, reader.data[start : reader.at], columns)
        self._reads = [column.kind.read for column in columns]
        self.results.append(ResultSet(columns, []))

    def row(self, reader: Reader, version: Version) -> None:
        data, at = reader.data, reader.at
        values = []
        for read in self._next_row():
            value, at = read(data, at)
            values.append(value)
        reader.at = at
        self.results[-1].rows.append(values)

    def null_compressed_row(self, reader: Reader, version: Version) -> None:
        reads = self._next_row()
        nulls = int.from_bytes(reader.take((len(reads) + 7) // 8), "little")
        data, at = reader.data, reader.at
        values = []
        for read in reads:
            value = None
            if not nulls & 1:
                value, at = read(data, at)
            values.append(value)
            nulls >>= 1
        reader.at = at
        self.results[-1].rows.append(values)

    def totals_metadata(self, reader: Reader, version: Version) -> None:
        """ALTMETADATA: the columns of COMPUTE. Their rows are stepped over."""
        count, number = reader.u16(), reader.u16()
        if count > COLUMNS_MAX:
            raise MalformedMessage(f"{count} columns")
        reader.skip(2 * reader.u8())  # the columns that are grouped by
        reads = []
        for _ in range(count):
            reader.skip(3)  # operator, operand
            reads.append(_column(reader, version).kind.read)
        self._totals[number] = reads

    def totals_row(self, reader: Reader, version: Version) -> None:
        reads = self._totals.get(reader.u16())
        if reads is None:
            raise MalformedMessage("a row of totals without columns")
        data, at = reader.data, reader.at
        for read in reads:
            _, at = read(data, at)
        reader.at = at

    def done_token(self, reader: Reader, version: Version, *, in_procedure: bool = False) -> None:
        form = _DONE_WIDE if version.has_headers else _DONE_NARROW
        status, command, count = form.unpack(reader.take(form.size))
        affected = count if status & DONE_COUNT else None
        is_error, is_attention = bool(status & DONE_ERROR), bool(status & DONE_ATTENTION)
        self.done.append(Done(is_error, is_attention, affected, in_procedure, command))
        if not in_procedure:
            self.ends.append(
                (len(self.results), len(self.return_values), len(self.errors), len(self.done))
            )

    def done_in_procedure(self, reader: Reader, version: Version) -> None:
        self.done_token(reader, version, in_procedure=True)

    def error(self, reader: Reader, version: Version) -> None:
        token = Reader(reader.take(reader.u16()))
        number = token.i32()
        token.skip(1)
        severity = token.u8()
        self.errors.append(ServerError(number, severity, token.us_varchar()))

    def login_acknowledged(self, reader: Reader, version: Version) -> None:
        token = Reader(reader.take(reader.u16()))
        token.skip(1)
        # Sent big-endian, unlike the number in LOGIN7.
        self.login_version = version_of(int.from_bytes(token.take(4), "big"))

    def environment_change(self, reader: Reader, version: Version) -> None:
        token = reader.take(reader.u16())
        if not token:
            raise MalformedMessage("empty ENVCHANGE")
        self.environment.append((token[0], token[1:]))

    def status(self, reader: Reader, version: Version) -> None:
        self.return_status = reader.i32()

    def return_value(self, reader: Reader, version: Version) -> None:
        reader.skip(2)  # ordinal
        name = reader.b_varchar()
        reader.skip(1)  # status
        reader.skip(4 if version.has_headers else 2)  # user type
        reader.skip(2)  # flags
        kind = read_type(reader, has_collation=version.has_collations)
        value, reader.at = kind.read_parameter(reader.data, reader.at)
        self.return_values.append((name, value))

    def _next_row(self) -> list[Read]:
        """How the columns of a row are read; a NULL of a hostile row costs no byte, but memory."""
        reads = self._reads
        if not reads:
            raise MalformedMessage("a row without columns")
        self._values += len(reads)
        if self._values > VALUES_MAX:
            raise MalformedMessage(f"more than {VALUES_MAX} values in rows")
        return reads


def _column(reader: Reader, version: Version) -> Column:
    reader.skip(4 if version.has_headers else 2)  # user type
    reader.skip(2)  # flags
    kind = read_type(reader, has_collation=version.has_collations)
    if kind.name in _TEXT_TYPES:
        for _ in range(reader.u8() if version.has_headers else 1):
            reader.us_varchar()  # table name
    return Column(reader.b_varchar(), kind)


def _skip_u16(response: Response, reader: Reader, version: Version) -> None:
    reader.skip(reader.u16())


def _skip_u32(response: Response, reader: Reader, version: Version) -> None:
    reader.skip(reader.u32())


def _skip_offset(response: Response, reader: Reader, version: Version) -> None:
    reader.skip(4)


def _skip_features(response: Response, reader: Reader, version: Version) -> None:
    while reader.u8() != 0xFF:
        reader.skip(reader.u32())


_TOKENS: dict[int, Callable[[Response, Reader, Version], None]] = {
    0x78: _skip_offset,
    0x79: Response.status,
    0x81: Response.column_metadata,
    0x88: Response.totals_metadata,
    0xA4: _skip_u16,  # TABNAME
    0xA5: _skip_u16,  # COLINFO
    0xA9: _skip_u16,  # ORDER
    0xAA: Response.error,
    0xAB: _skip_u16,  # INFO
    0xAC: Response.return_value,
    0xAD: Response.login_acknowledged,
    0xAE: _skip_features,
    0xD1: Response.row,
    0xD2: Response.null_compressed_row,
    0xD3: Response.totals_row,
    0xE3: Response.environment_change,
    0xE4: _skip_u32,  # SESSIONSTATE
    0xED: _skip_u16,  # SSPI
    0xEE: _skip_u32,  # FEDAUTHINFO
    0xFD: Response.done_token,
    0xFE: Response.done_token,  # DONEPROC
    0xFF: Response.done_in_procedure,
}
FIRST_TOKENS = frozenset(_TOKENS) - {0x78, 0x88, 0xA9, 0xD1, 0xD2, 0xD3}
