"""Builders of TDS packets, requests and response tokens, of version 7.4 unless said otherwise."""

import struct
from collections.abc import Sequence

SQL_BATCH, RPC, RESULT, ATTENTION, BULK, TRANSACTION, LOGIN, PRELOGIN = 1, 3, 4, 6, 7, 14, 16, 18
DATABASE = "Ashare_OIW"
HEADERS = struct.pack("<IIHQI", 22, 18, 2, 0, 1)
VERSIONS = {"7.0": 0x70000000, "7.1": 0x71000001, "7.2": 0x72090002, "7.4": 0x74000004}
CHINESE = bytes.fromhex("0408d00000")  # LCID 0x0804
DONE_MORE, DONE_ERROR, DONE_COUNT, DONE_ATTENTION = 1, 2, 0x10, 0x20
# TYPE_INFO of a nullable int, of nvarchar(200), and of char(10) in Chinese.
INTN, NVARCHAR, CHAR10 = b"\x26\x04", b"\xe7\x90\x01" + CHINESE, b"\xaf\x0a\x00" + CHINESE


def packet(kind: int, payload: bytes, *, status: int = 1) -> bytes:
    return struct.pack(">BBHHBB", kind, status, 8 + len(payload), 0, 1, 0) + payload


def message(kind: int, payload: bytes, size: int = 4096) -> bytes:
    """A message in packets of at most `size` bytes."""
    room = size - 8
    parts = [payload[at : at + room] for at in range(0, len(payload), room)] or [b""]
    return b"".join(packet(kind, part, status=part is parts[-1]) for part in parts)


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def b_varchar(text: str) -> bytes:
    return bytes([len(text)]) + wide(text)


def us_varchar(text: str) -> bytes:
    return struct.pack("<H", len(text)) + wide(text)


def prelogin(encryption: int = 2, *, kind: int = PRELOGIN) -> bytes:
    """Version 11.0.2100 and the encryption option."""
    options = bytes([0]) + struct.pack(">HH", 11, 6) + bytes([1]) + struct.pack(">HH", 17, 1)
    return packet(kind, options + b"\xff" + b"\x0b\x00\x08\x34\x00\x00" + bytes([encryption]))


def login7(version: str = "7.4", database: str = DATABASE) -> bytes:
    texts = ["host", "trader", "secret", "oms", "server", "", "library", "", database]
    at = 36 + 4 * len(texts) + 6
    places, data = b"", b""
    for text in texts:
        places += struct.pack("<HH", at + len(data), len(text))
        data += wide(text)
    size = at + len(data)
    fixed = struct.pack("<II", size, VERSIONS[version]).ljust(36, b"\0")
    return packet(LOGIN, fixed + places + bytes(6) + data)


def login_answer(version: str = "7.4", database: str = DATABASE) -> bytes:
    return response(login_acknowledged(version), environment(1, database), done())


def batch(sql: str, *, headers: bytes = HEADERS, size: int = 4096) -> bytes:
    return message(SQL_BATCH, headers + wide(sql), size)


def parameter(name: str, type_info: bytes, value: bytes, *, is_output: bool = False) -> bytes:
    return b_varchar(name) + bytes([is_output]) + type_info + value


def nvarchar(name: str, text: str | None) -> bytes:
    value = b"\xff\xff" if text is None else struct.pack("<H", 2 * len(text)) + wide(text)
    return parameter(name, NVARCHAR, value)


def integer(name: str, value: int | None, *, is_output: bool = False) -> bytes:
    raw = b"\0" if value is None else b"\x04" + struct.pack("<i", value)
    return parameter(name, INTN, raw, is_output=is_output)


def call(procedure: str | int, *parameters: bytes) -> bytes:
    """One procedure call, by name or by number."""
    if isinstance(procedure, int):
        return struct.pack("<HHH", 0xFFFF, procedure, 0) + b"".join(parameters)
    return us_varchar(procedure) + bytes(2) + b"".join(parameters)


def rpc(*calls: bytes, headers: bytes = HEADERS) -> bytes:
    separator = b"\xff" if headers else b"\x80"
    return message(RPC, headers + separator.join(calls))


def response(*tokens: bytes, size: int = 4096) -> bytes:
    return message(RESULT, b"".join(tokens), size)


def done(status: int = 0, count: int = 0, *, token: int = 0xFD, is_wide: bool = True) -> bytes:
    return bytes([token]) + struct.pack("<HH" + ("Q" if is_wide else "I"), status, 0, count)


def counted(count: int = 1, status: int = 0) -> bytes:
    """What an INSERT of so many rows is answered with."""
    return done(status | DONE_COUNT, count)


def error(number: int, text: str, severity: int = 14, *, is_wide: bool = True) -> bytes:
    body = struct.pack("<iBB", number, 1, severity) + us_varchar(text) + b_varchar("server")
    body += b_varchar("") + struct.pack("<I" if is_wide else "<H", 1)
    return b"\xaa" + struct.pack("<H", len(body)) + body


def login_acknowledged(version: str) -> bytes:
    number = 0x07000000 if version == "7.0" else VERSIONS[version]
    body = b"\x01" + struct.pack(">I", number) + b_varchar("stub") + bytes(4)
    return b"\xad" + struct.pack("<H", len(body)) + body


def environment(kind: int, new: str, old: str = "") -> bytes:
    body = bytes([kind]) + b_varchar(new) + b_varchar(old)
    return b"\xe3" + struct.pack("<H", len(body)) + body


def columns(*described: tuple[str, bytes], is_wide: bool = True) -> bytes:
    """COLMETADATA of (name, TYPE_INFO)."""
    head = bytes(6 if is_wide else 4)
    each = (head + type_info + b_varchar(name) for name, type_info in described)
    return b"\x81" + struct.pack("<H", len(described)) + b"".join(each)


def row(*values: bytes) -> bytes:
    return b"\xd1" + b"".join(values)


def compressed_row(nulls: int, size: int, *values: bytes) -> bytes:
    return b"\xd2" + nulls.to_bytes((size + 7) // 8, "little") + b"".join(values)


def return_value(name: str, type_info: bytes, value: bytes) -> bytes:
    return b"\xac" + bytes(2) + b_varchar(name) + b"\x01" + bytes(6) + type_info + value


def char(text: str, size: int = 10) -> bytes:
    """A value of char(n), space-padded, in code page 936."""
    raw = text.encode("gbk").ljust(size)
    return struct.pack("<H", len(raw)) + raw


def table(names: Sequence[str], *rows: Sequence[str]) -> bytes:
    """A result set of char(10) columns."""
    described = columns(*((name, CHAR10) for name in names))
    return described + b"".join(row(*map(char, values)) for values in rows)


def opening(version: str = "7.4", database: str = DATABASE) -> list[tuple[int, bytes]]:
    """The turns of a log-in: (end, bytes), the client being end 0."""
    return [
        (0, prelogin()),
        (1, prelogin(kind=RESULT)),
        (0, login7(version, database)),
        (1, login_answer(version, database)),
    ]


def smp(flag: int, payload: bytes = b"", *, session: int = 1, sequence: int = 0) -> bytes:
    """A multiplexing frame: 1 SYN, 2 ACK, 4 FIN, 8 DATA."""
    return struct.pack("<BBHIII", 0x53, flag, session, 16 + len(payload), sequence, 4) + payload


def transaction(
    kind: int, *, descriptor: int = 0, name: str = "", flags: int | None = None
) -> bytes:
    """A transaction manager request: 5 begin, 7 commit, 8 rollback, 9 save."""
    isolation = b"\0" if kind == 5 else b""
    rest = b"" if flags is None else bytes([flags]) + (b"\0\0" if flags & 1 else b"")
    payload = struct.pack("<H", kind) + isolation + bytes([2 * len(name)]) + wide(name) + rest
    return message(TRANSACTION, headers(descriptor) + payload)


def headers(descriptor: int) -> bytes:
    """ALL_HEADERS of a request inside a transaction."""
    return struct.pack("<IIHQI", 22, 18, 2, descriptor, 1)


def told(kind: int, descriptor: int = 1) -> bytes:
    """ENVCHANGE of a transaction: 8 begun, 9 committed, 10 rolled back."""
    number = b"\x08" + struct.pack("<Q", descriptor)
    body = bytes([kind]) + (number + b"\0" if kind == 8 else b"\0" + number)
    return b"\xe3" + struct.pack("<H", len(body)) + body


def bulk(names: Sequence[str], *rows: Sequence[str]) -> bytes:
    """The rows of a bulk load, as the client sends them."""
    return message(BULK, table(names, *rows) + done())
